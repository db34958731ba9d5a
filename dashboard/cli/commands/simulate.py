"""`foresite simulate`: a synthetic city's feeds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dashboard.cli.session import DataOption, JsonOption, begin
from dashboard.cli.times import parse_time


def simulate(
    context: typer.Context,
    *,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A new or empty directory.")],
    cells: Annotated[int, typer.Option(min=12, max=200_000, help="Cells of the city.")] = 2000,
    days: Annotated[int, typer.Option(min=1, max=3660, help="Days of history.")] = 90,
    seed: Annotated[int, typer.Option(min=0, help="Same arguments, same bytes.")] = 1,
    end: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Where history ends (exclusive); default 2026-11-01."),
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the feeds of a synthetic city.

    The canonical feeds go into OUT, crews and their roster among them, and truth/ beside them: the
    hidden causes of complaints, for benchmarks and tests alone.
    """
    session = begin(context, data, as_json)
    zone = session.settings.zone
    from ingest import simulator

    moment = parse_time(end, zone, "--end") if end else simulator.DEFAULT_END
    with session.out.progress() as report:
        simulator.simulate(out, cells=cells, days=days, seed=seed, end=moment, progress=report)
    files = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    payload = {
        "out": str(out),
        "cells": cells,
        "days": days,
        "seed": seed,
        "end": moment.astimezone(zone).isoformat(),
        "files": files,
    }
    session.out.result(
        payload, [f"{cells} cells, {days} days until {payload['end']}: {len(files)} files in {out}"]
    )

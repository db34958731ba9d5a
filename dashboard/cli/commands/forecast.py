"""`foresite forecast`: score every cell and region, publish a snapshot."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dashboard.cli.session import DataOption, JsonOption, begin
from dashboard.cli.tables import require_suffix, write_table
from dashboard.cli.times import parse_time


def forecast(
    context: typer.Context,
    *,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Forecast with what was known then; default now, or the newest data when older.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write the cells' forecasts: .csv or .parquet."),
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Score cells and regions, publish a snapshot.

    Uses what was known at the moment given and nothing later.
    """
    session = begin(context, data, as_json)
    require_suffix(out, "--out")
    settings, clock = session.settings, session.clock
    given = parse_time(as_of, settings.zone, "--as-of") if as_of else None
    from dashboard.newest import default_as_of
    from dashboard.publish import forecast_and_publish
    from dashboard.runtime.locks import write_lock
    from dashboard.runtime.opened import opened_warehouse

    with (
        write_lock(session.data, "foresite forecast"),
        opened_warehouse(session.data, settings) as connection,
        session.out.progress() as report,
    ):
        origin = given or default_as_of(connection, clock)
        published = forecast_and_publish(
            connection, session.data, as_of=origin, settings=settings, clock=clock, progress=report
        )
    if out is not None:
        write_table(published.table, out)
    local = published.as_of.astimezone(settings.zone)
    counts = published.counts
    session.out.result(
        published.as_dict(),
        [
            (
                f"Forecast as of {local:%Y-%m-%d %H:%M %Z} ({published.mode}): "
                f"{counts['red']} red, {counts['yellow']} yellow, {counts['green']} green, "
                f"{counts['unknown']} unknown; snapshot {published.snapshot_id}"
            ),
            *(f"note: {warning}" for warning in published.warnings),
        ],
    )

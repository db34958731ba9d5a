"""`foresite rebuild`: make the warehouse anew from the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from dashboard.cli.session import DataOption, JsonOption, begin

if TYPE_CHECKING:
    from ingest.rebuild import Rebuilt


def rebuild(
    context: typer.Context, *, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """Make the warehouse anew from the archived files.

    The way back when the warehouse is damaged or lost. Every delivery of the journal is read
    again, in order, as it was read then; forecasts that were made are carried over from the old
    warehouse, or from the snapshots when it cannot be read. The old one is kept beside it. Exit
    code 1 when a file is missing in the archive or its copy is damaged.
    """
    session = begin(context, data, as_json)
    settings = session.settings
    from dashboard.output import by_files
    from dashboard.rebuilding import carry_from_snapshots
    from dashboard.runtime.locks import write_lock
    from ingest.rebuild import rebuild as make_anew

    with (
        write_lock(session.data, "foresite rebuild"),
        session.out.progress() as report,
    ):
        done = make_anew(
            session.data,
            settings=settings.ingest,
            clock=session.clock,
            open_with={"threads": settings.threads, "memory_limit": settings.memory_limit},
            progress=by_files(report),
        )
        carried = done.carried
        if carried is None:
            carried = carry_from_snapshots(session.data, settings)
    shown = {
        "deliveries": done.deliveries,
        "files": done.files,
        "rows": done.rows,
        "missing": list(done.missing),
        "different": list(done.different),
        "forecasts": carried,
    }
    session.out.result(shown, _lines(done, carried))
    for line in done.missing:
        session.out.note(f"foresite: {line}")
    if done.missing:
        raise typer.Exit(1)


def _lines(done: Rebuilt, carried: int) -> list[str]:
    lines = [
        f"{done.deliveries:,} deliveries, {done.files:,} files read again, {done.rows:,} rows",
        f"{carried:,} rows of earlier forecasts kept",
    ]
    lines += [f"came out otherwise than at first: {file}" for file in done.different]
    return lines

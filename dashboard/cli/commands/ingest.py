"""`foresite ingest`: load files and folders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.cli.session import DataOption, JsonOption, begin

if TYPE_CHECKING:
    from ingest.result import FileResult


def ingest(
    context: typer.Context,
    *,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Files or folders.")],
    feed: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Feed of the files (cells, kpis, tickets, regions, works, events, alarms, "
            "handovers); default: told from their names and columns.",
        ),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(metavar="P", help="Profile of a foreign table: its name or a TOML file."),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Show what would happen; nothing is kept of it."),
    ] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load files or folders into the warehouse.

    The same rows again change nothing. Rows that cannot be used are set aside with file, row,
    column, value and reason. Exit code 1 when a whole file was refused; the others are loaded all
    the same.
    """
    session = begin(context, data, as_json)
    settings = session.settings
    from dashboard.output import by_files
    from dashboard.runtime.locks import write_lock
    from dashboard.runtime.opened import opened_warehouse
    from ingest.contracts import FEED_NAMES
    from ingest.load import ingest_paths

    if feed is not None and feed not in FEED_NAMES:
        raise typer.BadParameter(
            f"{feed!r} is no feed; use one of {', '.join(FEED_NAMES)}", param_hint="--feed"
        )
    with (
        write_lock(session.data, "foresite ingest"),
        opened_warehouse(session.data, settings) as connection,
        session.out.progress() as report,
    ):
        results = ingest_paths(
            connection,
            paths,
            settings=settings.ingest,
            data=session.data,
            feed=feed,
            profile=profile,
            dry_run=dry_run,
            clock=session.clock,
            progress=by_files(report),
        )
    lines = [line for result in results if not result.refused for line in _lines(result)]
    if dry_run:
        lines.append("dry run: nothing was loaded")
    session.out.result({"files": [result.to_json() for result in results]}, lines)
    refused = [result for result in results if result.refused]
    for result in refused:
        session.out.note(f"foresite: {result.refused}")
    if refused:
        raise typer.Exit(1)


def _lines(result: FileResult) -> list[str]:
    """One line of counts, then one per reason."""
    counts = [
        f"{number:,} {word}"
        for number, word in (
            (result.rows_loaded, "loaded"),
            (result.rows_updated, "updated"),
            (result.rows_unchanged, "unchanged"),
            (result.rows_merged, "merged"),
            (result.rows_rejected, "rejected"),
        )
        if number
    ]
    known = " (same content as before)" if result.known else ""
    head = f"{result.file}: {result.feed}: {result.rows_read:,} rows: "
    lines = [head + (", ".join(counts) or "nothing to load") + known]
    lines += [f"    {rows:,} × {reason}" for reason, rows in sorted(result.reasons.items())]
    lines += [f"    {note}" for note in result.notes]
    if result.ignored:
        lines.append(f"    columns left out: {', '.join(result.ignored)}")
    return lines

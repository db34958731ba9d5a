"""`foresite export …`: files for people and programs outside."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dashboard.cli.session import DataOption, JsonOption, begin

if TYPE_CHECKING:
    from dashboard.snapshot import Snapshot
    from dashboard.trends.query import TrendQuery

app = typer.Typer(help="Write numbers into a file.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """More exports come beside trends."""


@app.command("trends")
def trends(
    context: typer.Context,
    *,
    first: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First local day.")
    ] = None,
    last: Annotated[
        str | None,
        typer.Option("--to", metavar="DATE", help="Last local day; default the newest."),
    ] = None,
    by: Annotated[
        str,
        typer.Option(
            metavar="PERIOD[,SPLIT…]",
            help="day, week or month, and any of region, channel, service, category, technology.",
        ),
    ] = "week",
    file_format: Annotated[
        Literal["csv", "xlsx"] | None,
        typer.Option("--format", help="Default: by the file's suffix."),
    ] = None,
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="FILE", help="File, or folder, to write to.")
    ],
    region: Annotated[
        str | None, typer.Option(metavar="ID", help="Only this region and those below it.")
    ] = None,
    channel: Annotated[str | None, typer.Option(help="Only this channel.")] = None,
    service: Annotated[str | None, typer.Option(help="Only this service.")] = None,
    category: Annotated[str | None, typer.Option(help="Only this category.")] = None,
    technology: Annotated[str | None, typer.Option(help="Only this technology.")] = None,
    lang: Annotated[
        Literal["zh", "en"] | None, typer.Option(help="Language of heads and notes.")
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write complaint-rate trends from the newest snapshot.

    The numbers are those of the page and of the API, to the digit. A filter's value "unknown" asks
    for complaints of which it is not known.
    """
    session = begin(context, data, as_json)
    suffix = f".{file_format}" if file_format else out.suffix.lower()
    if suffix not in (".csv", ".xlsx"):
        if not out.is_dir():
            raise typer.BadParameter(f"{out} has no known format; use --format csv or xlsx")
        suffix = ".csv"
    if not (out if out.is_dir() else out.parent).is_dir():
        raise FileNotFoundError(2, "no such folder", str(out.parent))
    from dashboard.snapshot import Snapshot
    from dashboard.trends.query import TrendQuery
    from dashboard.web.api.trends import newest_day

    given = {
        "from": first, "to": last, "by": by, "region": region, "channel": channel,
        "service": service, "category": category, "technology": technology,
    }  # fmt: skip
    language = lang or session.settings.web.language
    snapshot = Snapshot.open(session.data)
    try:
        chosen = {name: value for name, value in given.items() if value}
        query = TrendQuery.parse(chosen, newest=newest_day(snapshot))
        path = _written(out, suffix, snapshot, query, language)
        as_of = snapshot.manifest.as_of
    finally:
        snapshot.close()
    local = as_of.astimezone(session.settings.zone)
    session.out.result(
        {
            "file": str(path),
            "from": query.first.isoformat(),
            "to": query.last.isoformat(),
            "by": ",".join((query.by, *query.split)),
            "as_of": as_of.isoformat(),
            "snapshot_id": snapshot.id,
        },
        [f"Trends {query.first} to {query.last}, as of {local:%Y-%m-%d %H:%M %Z}: {path}"],
    )


def _written(out: Path, suffix: str, snapshot: Snapshot, query: TrendQuery, language: str) -> Path:
    """The file, complete or not at all; in a folder it is named by what it holds."""
    from dashboard.exports.trend_book import book_name, trend_book
    from dashboard.exports.trend_csv import trend_csv

    make = trend_csv if suffix == ".csv" else trend_book
    content = make(snapshot, query, language)
    path = out / book_name(snapshot, query, language, suffix) if out.is_dir() else out
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path

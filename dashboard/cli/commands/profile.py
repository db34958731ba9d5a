"""`foresite profile`: list, show, check and suggest profiles of foreign files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.cli.session import DataOption, JsonOption, Session, begin
from dashboard.errors import DashboardError

if TYPE_CHECKING:
    from ingest.profiles import LoadedProfile
    from ingest.suggest.model import Guess, Preview, Suggestion

app = typer.Typer(
    help="Profiles: how foreign files become feeds.", no_args_is_help=True, rich_markup_mode=None
)

_WIDEST = 40


@app.command("list")
def show_list(
    context: typer.Context, *, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """List the profiles that come with the product."""
    session = begin(context, data, as_json)
    from ingest.profiles import shipped_profiles

    found = [_loaded(session, name) for name in shipped_profiles()]
    payload = {"profiles": [_shown(profile) for profile in found]}
    lines = [f"{profile.name:<20} {_first_sentence(profile)}" for profile in found]
    session.out.result(payload, lines)


@app.command("show")
def show(
    context: typer.Context,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of a profile, or its file.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print a profile, to be read or copied."""
    session = begin(context, data, as_json)
    loaded = _loaded(session, name)
    text = loaded.path.read_text("utf-8")
    session.out.result({**_shown(loaded), "toml": text}, text.splitlines())


@app.command("check")
def check(
    context: typer.Context,
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="A profile.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check a profile without loading a file; a bad one is told with file, key and reason."""
    session = begin(context, data, as_json)
    if not file.is_file():
        raise DashboardError(f"{file}: no such file")
    loaded = _loaded(session, str(file.resolve()))
    tables = loaded.profile.tables
    lines = [f"{file}: a sound profile of {len(tables)} table{'s' * (len(tables) != 1)}"]
    lines += [
        f"    {table.feed}: {', '.join(table.files or ('any file',))}: {len(table.columns)} columns"
        for table in tables
    ]
    session.out.result(_shown(loaded), lines)


@app.command("suggest")
def suggest(
    context: typer.Context,
    *,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV, XLSX, Parquet, JSON, or boundaries.")
    ],
    feed: Annotated[
        str | None, typer.Option(metavar="F", help="Its feed; default: told from its columns.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="OUT.toml", help="Write the profile there."),
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Propose a profile for a file, say why, and show five rows as they would be stored.

    At most some megabytes of the file are read, and nothing is written but OUT.toml. Cells of the
    warehouse help to tell ids and coordinates, and so do its regions and tickets; while another
    process holds it, cells and regions as published.
    """
    session = begin(context, data, as_json)
    settings = session.settings.ingest
    from dashboard.snapshot.known import known_as_published
    from ingest.contracts import FEED_NAMES, feeds
    from ingest.errors import FileRefusedError
    from ingest.suggest.known import read_known
    from ingest.suggest.preview import preview
    from ingest.suggest.propose import suggest as propose

    if feed is not None and feed not in FEED_NAMES:
        raise typer.BadParameter(
            f"{feed!r} is no feed; use one of {', '.join(FEED_NAMES)}", param_hint="--feed"
        )
    if not file.is_file():
        raise DashboardError(f"{file}: no such file")
    if output is not None and output.exists():
        raise DashboardError(f"{output} exists: name another file, or remove it")
    known, why = read_known(session.data)
    if why:
        shown = known_as_published(session.data)
        known = shown or known
        session.out.note(why if shown is None else f"{why}, but with what was published last")
    catalogue = feeds(settings.load_catalogue())
    try:
        made = propose(file, settings=settings, feeds=catalogue, known=known, feed=feed)
    except FileRefusedError as error:
        raise DashboardError(f"{file}: {error}") from error
    tried = preview(file, made, settings, session.clock)
    if output is not None:
        output.write_text(made.toml, "utf-8")
    session.out.result(_payload(file, made, tried, output), _lines(file, made, tried, output))


def _loaded(session: Session, name: str) -> LoadedProfile:
    from ingest.contracts import feeds
    from ingest.profiles import load_profile

    return load_profile(name, feeds(session.settings.ingest.load_catalogue()))


def _shown(loaded: LoadedProfile) -> dict[str, object]:
    return {
        "name": loaded.name,
        "description": " ".join(loaded.profile.description.split()),
        "tables": [
            {"feed": table.feed, "files": list(table.files or ()), "columns": list(table.columns)}
            for table in loaded.profile.tables
        ],
    }


def _first_sentence(loaded: LoadedProfile) -> str:
    text = " ".join(loaded.profile.description.split())
    return text.partition(". ")[0].rstrip(".")


def _payload(
    file: Path, made: Suggestion, tried: Preview, output: Path | None
) -> dict[str, object]:
    return {
        "file": str(file),
        "feed": made.table.feed,
        "shipped": made.shipped,
        "guesses": [
            {"what": g.what, "value": g.value, "why": g.why, "sure": g.sure} for g in made.guesses
        ],
        "unused": list(made.unused),
        "preview": {
            "columns": list(tried.columns),
            "rows": [list(row) for row in tried.rows],
            "rows_read": tried.read,
            "rejected": tried.rejected,
            "refused": tried.refused,
        },
        "toml": made.toml,
        "written": None if output is None else str(output),
    }


def _lines(file: Path, made: Suggestion, tried: Preview, output: Path | None) -> list[str]:
    lines = [f"{file}: {made.table.feed}", "", "Guesses"]
    lines += [_guess_line(guess) for guess in made.guesses]
    if made.unused:
        lines += ["", f"Columns not understood, and left out: {', '.join(made.unused)}"]
    lines += ["", *_tried_lines(tried), ""]
    if made.shipped:
        again = f"foresite ingest {file} --profile {made.shipped}"
        return [*lines, f"The profile {made.shipped} comes with the product: {again}"]
    if output is not None:
        again = f"foresite ingest {file} --profile {output}"
        return [*lines, f"Written to {output}. Look it over, then: {again}"]
    return [*lines, *made.toml.splitlines()]


def _guess_line(guess: Guess) -> str:
    mark = {"high": " ", "medium": "~", "low": "?"}[guess.sure]
    return f"  {mark} {guess.what}: {guess.value}   ({guess.sure}: {guess.why})"


def _tried_lines(tried: Preview) -> list[str]:
    """What the loader makes of the file, and five of its rows, one block each."""
    if tried.refused is not None:
        return [f"The loader refuses the file with this profile: {tried.refused}"]
    rejected = sum(tried.rejected.values())
    lines = [f"Tried: {tried.read:,} rows, {rejected:,} rejected"]
    lines += [f"    {rows:,} × {reason}" for reason, rows in sorted(tried.rejected.items())]
    for number, row in enumerate(tried.rows, 1):
        fields = [
            f"{name} {_short(value)}"
            for name, value in zip(tried.columns, row, strict=True)
            if value is not None
        ]
        lines.append(f"  {number}. {', '.join(fields)}")
    return lines


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _WIDEST else plain[: _WIDEST - 1] + "…"

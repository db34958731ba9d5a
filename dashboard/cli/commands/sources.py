"""`foresite sources`, `foresite sources run`, `foresite runs`: fetching and its history."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from dashboard.cli.session import DataOption, JsonOption, begin

if TYPE_CHECKING:
    from dashboard.ops.runs import Run
    from dashboard.runtime.overview import SourceLine

app = typer.Typer(rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def sources(
    context: typer.Context,
    *,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the sources.

    Name, kind, state, last run, last success and next run of each source declared in foresite.toml.
    """
    if context.invoked_subcommand is not None:
        context.obj = type(context.obj)(data or context.obj.data, as_json or context.obj.as_json)
        return
    session = begin(context, data, as_json)
    settings = session.settings
    from dashboard.runtime.overview import overview
    from ingest.clock import SystemClock

    lines = overview(session.data, settings, SystemClock().now())
    shown = [part for line in lines for part in _source_lines(line, settings.zone)]
    session.out.result(
        {"sources": [line.as_dict() for line in lines]},
        shown or ["No sources are declared in foresite.toml ([[ingest.sources]])."],
    )


@app.command("run")
def run(
    context: typer.Context,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of a source.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fetch one source now.

    Its files appear in the inbox, from where the worker loads them; the worker need not run for
    the fetch, nor stop. Exit code 1 when the source, or one of its files, could not be fetched.
    """
    session = begin(context, data, as_json)
    settings, clock = session.settings, session.clock
    from dashboard.ops.recorder import Recorder
    from dashboard.runtime.logs import configure_logging
    from dashboard.runtime.sources import SourceJobs

    declared = {source.name: source for source in settings.ingest.sources}
    if name not in declared:
        known = ", ".join(declared) or "none is declared in foresite.toml"
        raise typer.BadParameter(f"no source {name!r}; known: {known}", param_hint="NAME")
    configure_logging("sources", logging.WARNING)
    recorder = Recorder(session.data, settings.ops.address)
    jobs = SourceJobs(session.data, settings, clock, recorder, brought=lambda: None)
    try:
        report = jobs.fetch(declared[name]).report
    finally:
        jobs.stop()
        recorder.close()
    good = report.outcome in ("ok", "nothing")
    said = f"{report.files} files, {report.bytes:,} bytes"
    session.out.result(
        {
            "source": name,
            "outcome": report.outcome,
            "files": report.files,
            "bytes": report.bytes,
            "message": report.message,
        },
        [f"{name}: {report.outcome}: {said}" + _tail(report.message if good else "")],
    )
    if not good:
        session.out.note(f"foresite: source {name}: {report.message}")
        raise typer.Exit(1)


def runs(
    context: typer.Context,
    *,
    job: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only this job: inbox, fetch, forecast, …"),
    ] = None,
    source: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only fetches of this source.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Show so many runs.")] = 30,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what the worker's jobs did.

    The newest run first, with its duration, outcome and what it brought. Looks into the inbox that
    found nothing leave one line.
    """
    session = begin(context, data, as_json)
    settings = session.settings
    from dashboard.ops.engine import open_ops_to_read
    from dashboard.ops.runs import Runs

    engine = open_ops_to_read(session.data, settings.ops.address)
    found: list[Run] = []
    if engine is not None:
        try:
            found = Runs(engine).history(job=job, source=source, limit=limit)
        finally:
            engine.dispose()
    session.out.result(
        {"runs": [entry.as_dict() for entry in found]},
        [_run_line(entry, settings.zone) for entry in found] or ["No runs yet."],
    )


def _source_lines(line: SourceLine, zone: ZoneInfo) -> list[str]:
    history = line.history
    head = (
        f"{line.source.name:<20} {line.source.kind:<8} {line.state:<11} "
        f"last {_when(history.last.started_at if history.last else None, zone)}  "
        f"success {_when(history.last_success, zone)}  next {_when(line.next_at, zone)}"
    )
    message = history.last.message if history.last else ""
    return [head, f"    {message}"] if message else [head]


def _run_line(run: Run, zone: ZoneInfo) -> str:
    what = run.job if run.source is None else f"{run.job} {run.source}"
    seconds = "" if run.seconds is None else f"{run.seconds:.1f} s"
    brought = [
        f"{number:,} {word}"
        for number, word in (
            (run.files, "files"),
            (run.bytes, "bytes"),
            (run.rows_loaded, "rows"),
            (run.rows_rejected, "rejected"),
        )
        if number
    ]
    return (
        f"{_when(run.started_at, zone)}  {what:<24} {run.outcome or 'running':<11} {seconds:>9}  "
        + ", ".join(brought)
        + _tail(run.message)
    ).rstrip()


def _tail(message: str) -> str:
    return f"  ({message})" if message else ""


def _when(moment: datetime | None, zone: ZoneInfo) -> str:
    return "–" if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"

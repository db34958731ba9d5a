"""The program `foresite`: its commands, global options and exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from dashboard.cli import guard
from dashboard.cli.commands import (
    backtest,
    basemap,
    demo,
    doctor,
    export,
    forecast,
    ingest,
    orders,
    outbox,
    profile,
    quality,
    rebuild,
    report,
    retention,
    run,
    simulate,
    sources,
)
from dashboard.cli.session import DataOption, Globals, JsonOption

app = typer.Typer(
    name="foresite",
    help=(
        "Predicts which cells will produce low-satisfaction complaints in the next 72 hours.\n\n"
        "--data and --json may stand before or after the command."
    ),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"foresite {version('foresite')}")
        raise typer.Exit


@app.callback()
def _globals(
    context: typer.Context,
    data: DataOption = None,
    as_json: JsonOption = False,
    version: Annotated[  # noqa: ARG001  acts in its callback
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    context.obj = Globals(data, as_json)


app.command("demo")(demo.demo)
app.command("simulate")(simulate.simulate)
app.command("ingest")(ingest.ingest)
app.command("rebuild")(rebuild.rebuild)
app.add_typer(profile.app, name="profile")
app.add_typer(basemap.app, name="basemap")
app.add_typer(sources.app, name="sources")
app.command("runs")(sources.runs)
app.command("forecast")(forecast.forecast)
app.command("backtest")(backtest.backtest)
app.add_typer(export.app, name="export")
app.command("quality")(quality.quality)
app.command("retention")(retention.retention)
app.add_typer(report.app, name="report")
app.add_typer(orders.app, name="orders")
app.add_typer(outbox.app, name="outbox")
app.command("serve")(run.serve)
app.command("worker")(run.worker)
app.command("web")(run.web)
app.command("doctor")(doctor.doctor)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and give its exit code: 0 done, 1 refused or failed, 2 wrong usage."""
    # Beside another process on the same cores, threads of LightGBM that wait for one another in a
    # busy loop cost many times what they compute. Read when the library is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        app(given, prog_name="foresite")
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    except Exception as error:  # noqa: BLE001  the last door: nothing may leave as a traceback
        return _failed(error, given)
    return 0


def _failed(error: Exception, given: list[str]) -> int:
    line = guard.explain(error)
    if line is None:
        log = guard.write_log(error, _data_of(given))
        kind = type(error).__name__
        line = f"internal error ({kind}); please report it with the file {log}"
    sys.stderr.write(f"foresite: {line}\n")
    return 1


def _data_of(given: list[str]) -> Path | None:
    """The data directory, as far as it can be told without the parser that may have failed."""
    from dashboard.cli.session import data_dir

    for position, word in enumerate(given):
        if word == "--data" and position + 1 < len(given):
            return Path(given[position + 1])
        if word.startswith("--data="):
            return Path(word.removeprefix("--data="))
    return data_dir(None)

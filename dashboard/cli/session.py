"""What every command gets: data directory, output, settings and clock."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.output import Output

if TYPE_CHECKING:  # heavy; `foresite --help` must not wait for them
    from dashboard.settings import Settings
    from ingest.clock import Clock

DEFAULT_DATA = Path("data")

DataOption = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="Data directory; default ./data, or FORESITE_DATA."),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else there.")
]


@dataclass(frozen=True)
class Globals:
    """What was given before the command's name."""

    data: Path | None
    as_json: bool


class Session:
    """One run of a command."""

    def __init__(self, data: Path, *, as_json: bool) -> None:
        self.data = data
        self.out = Output(as_json=as_json)

    @cached_property
    def settings(self) -> Settings:
        """The settings of the data directory; raises SettingsError."""
        from dashboard.settings import load_settings

        return load_settings(self.data)

    @cached_property
    def clock(self) -> Clock:
        """The data directory's clock."""
        from dashboard.runtime.clock import load_clock

        return load_clock(self.data)


def data_dir(given: Path | None) -> Path:
    """The data directory: as given, else FORESITE_DATA, else ./data."""
    return (given or Path(os.environ.get("FORESITE_DATA") or DEFAULT_DATA)).expanduser()


def begin(context: typer.Context, data: Path | None, as_json: bool) -> Session:
    """Put together what stood before and after the command's name; after wins.

    What parts of the program log goes to stderr: stdout is the command's answer.
    """
    from dashboard.runtime.logs import configure_logging

    configure_logging("foresite", logging.WARNING)
    given: Globals = context.obj
    return Session(data_dir(data or given.data), as_json=as_json or given.as_json)

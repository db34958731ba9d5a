"""A fetch with a clock, a memory and a patience of its own, for tests of sources."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter

from ingest.clock import FixedClock
from ingest.sources.cancel import Cancel
from ingest.sources.errors import SourceError
from ingest.sources.fetch import fetch
from ingest.sources.given import Given, Tally
from ingest.sources.memory import HeldMemory
from ingest.sources.model import Source

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # Monday noon in Beijing
SOURCE: TypeAdapter[Any] = TypeAdapter(Source)


class Impatient(Cancel):
    """Never waits; notes how long it was to, and what happened meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []
        self.meanwhile = lambda: None

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.meanwhile()
        self.check()


@dataclass
class Bench:
    """An inbox, and a folder beside it that belongs to somebody else."""

    root: Path
    at: datetime = NOW
    memory: HeldMemory = field(default_factory=HeldMemory)
    cancel: Impatient = field(default_factory=Impatient)
    tally: Tally = field(default_factory=Tally)

    @property
    def inbox(self) -> Path:
        return self.root / "data" / "inbox"

    @property
    def outside(self) -> Path:
        return self.root / "outside"

    def put(self, name: str, content: str = "x", *, age_s: float = 1000) -> Path:
        path = self.outside / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        written = (self.at - timedelta(seconds=age_s)).timestamp()
        os.utime(path, (written, written))
        return path

    def run(self, **declared: Any) -> Tally:
        source = SOURCE.validate_python({"name": "oss", **declared})
        self.tally = Tally()
        fetch(
            source,
            Given(
                inbox=self.inbox,
                memory=self.memory,
                clock=FixedClock(self.at),
                file_clock=FixedClock(self.at),
                zone=ZoneInfo("Asia/Shanghai"),
                rest_s=5,
                old_s=300,
                max_bytes=1_000_000,
                cancel=self.cancel,
                random=Random(1),
                tally=self.tally,
            ),
        )
        return self.tally

    def refused(self, **declared: Any) -> str:
        """The one line of a fetch that fails."""
        with pytest.raises(SourceError) as caught:
            self.run(**declared)
        said = str(caught.value)
        assert "\n" not in said
        return said

    def seen(self, source: str = "oss") -> dict[str, str]:
        """Files that the inbox would take, with their content."""
        folder = self.inbox / source
        return {
            str(path.relative_to(folder)): path.read_text()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.name.startswith(".")
        }

    def hidden(self, source: str = "oss") -> list[str]:
        """Parts and notes that are left."""
        folder = self.inbox / source
        return sorted(p.name for p in folder.rglob(".*") if p.is_file() and p.name != ".lock")

    def in_thread(self, **declared: Any) -> tuple[threading.Thread, list[str]]:
        said: list[str] = []

        def work() -> None:
            try:
                self.run(**declared)
            except SourceError as error:
                said.append(str(error))

        thread = threading.Thread(target=work)
        thread.start()
        return thread, said

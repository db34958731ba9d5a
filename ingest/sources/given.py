"""What every fetch is given, and what it counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from ingest.clock import Clock
from ingest.sources.cancel import Cancel
from ingest.sources.memory import Memory


@dataclass
class Tally:
    """What a fetch did so far; it counts also when the fetch then fails.

    Attributes:
        files: put into the inbox.
        bytes: of these files.
        waiting: seen, but still being written, or of a name that still waits in the inbox.
        absent: files of dated addresses that the server does not have, or not yet.
        troubles: one line per file that could not be taken.
    """

    files: int = 0
    bytes: int = 0
    waiting: int = 0
    absent: int = 0
    troubles: list[str] = field(default_factory=list)

    def took(self, size: int) -> None:
        """One more file is in the inbox."""
        self.files += 1
        self.bytes += size


@dataclass(frozen=True)
class Given:
    """What a fetch works with.

    Attributes:
        inbox: ``DATA/inbox``.
        memory: what was fetched before.
        clock: the present moment of facts, for dated addresses.
        file_clock: the clock by which file systems and servers stamp files.
        zone: in which days and hours of dated addresses are meant.
        rest_s: seconds in which size and time of a file must not change before it is taken.
        old_s: a file last written so many seconds ago is complete.
        max_bytes: largest file.
        cancel: ends the fetch.
        random: spreads the waits between attempts.
        tally: counts what is done.
    """

    inbox: Path
    memory: Memory
    clock: Clock
    file_clock: Clock
    zone: ZoneInfo
    rest_s: float
    old_s: float
    max_bytes: int
    cancel: Cancel = field(default_factory=Cancel)
    random: Random = field(default_factory=Random)
    tally: Tally = field(default_factory=Tally)

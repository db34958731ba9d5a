"""What is declared and what the history says, side by side: one line per source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.ops.engine import open_ops_to_read
from dashboard.ops.runs import Runs, SourceState
from dashboard.runtime.rhythm import due_at, interval_of
from dashboard.settings import Settings
from ingest.sources.model import Source

LATE_AFTER = 3
"""A source is late when its last success is older than so many of its intervals."""


@dataclass(frozen=True)
class SourceLine:
    """One source.

    Attributes:
        source: as declared.
        history: what is known of its fetches.
        next_at: when it is due (UTC); None when it is not enabled. After a failure that is now;
            the worker then waits a while, longer each time.
        interval: between two fetches.
        late: its last success is older than three intervals, or it never had one though it was
            tried so long ago.
    """

    source: Source
    history: SourceState
    next_at: datetime | None
    interval: timedelta
    late: bool

    @property
    def state(self) -> str:
        """``off``, ``never``, ``running``, ``late``, or the outcome of the last fetch."""
        last = self.history.last
        if not self.source.enabled:
            return "off"
        if last is None:
            return "never"
        if last.outcome is None:
            return "running"
        return "late" if self.late and last.outcome in ("ok", "nothing") else last.outcome

    def as_dict(self) -> dict[str, Any]:
        """For JSON; times in UTC."""
        last = self.history.last
        return {
            "name": self.source.name,
            "kind": self.source.kind,
            "enabled": self.source.enabled,
            "state": self.state,
            "late": self.late,
            "last_run": _iso(last.started_at if last else None),
            "last_outcome": last.outcome if last else None,
            "last_success": _iso(self.history.last_success),
            "last_files": _iso(self.history.last_files),
            "next": _iso(self.next_at),
            "failures": self.history.failures,
            "message": last.message if last else "",
        }


def overview(data: Path, settings: Settings, now: datetime) -> list[SourceLine]:
    """Every declared source; nothing is made or changed.

    Args:
        data: the data directory.
        settings: of it.
        now: the present moment of the machine's clock.

    Raises:
        OpsError: the history cannot be read.
    """
    if not settings.ingest.sources:
        return []
    engine = open_ops_to_read(data, settings.ops.address)
    states: dict[str, SourceState] = {}
    if engine is not None:
        try:
            states = Runs(engine).sources()
        finally:
            engine.dispose()
    return [
        source_line(source, states.get(source.name, SourceState()), now, settings.zone)
        for source in settings.ingest.sources
    ]


def source_line(source: Source, history: SourceState, now: datetime, zone: ZoneInfo) -> SourceLine:
    """One source's line; see :func:`overview`."""
    interval = interval_of(source, now, zone)
    known_since = history.last_success or history.first
    late = source.enabled and known_since is not None and now - known_since > LATE_AFTER * interval
    next_at = due_at(source, history.last_success, now, zone) if source.enabled else None
    return SourceLine(source, history, next_at, interval, late)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")

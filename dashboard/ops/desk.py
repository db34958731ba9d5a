"""The ops database as the page of data sees it: runs, requests, the worker's sign of life."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from dashboard.errors import DashboardError
from dashboard.ops.engine import open_ops, open_ops_to_read
from dashboard.ops.requests import JOBS, Request, Requests
from dashboard.ops.runs import FETCH, Run, Runs, SourceState

RUNS_EACH = 60
"""Runs shown of each job and source."""
SILENT_AFTER = timedelta(seconds=45)
"""A worker that has not shown a sign of life for so long is not there."""


class UnknownJobError(DashboardError):
    """A job was asked for that nobody may ask for."""


@dataclass(frozen=True)
class Told:
    """What the ops database says.

    Attributes:
        runs: the newest of each job and source, the newest first.
        sources: state of each source that was ever fetched.
        requests: the newest first.
        seen_at: the worker's last sign of life; None: never.
    """

    runs: tuple[Run, ...] = ()
    sources: dict[str, SourceState] = field(default_factory=dict)
    requests: tuple[Request, ...] = ()
    seen_at: datetime | None = None

    def worker_lives(self, now: datetime) -> bool:
        """Whether the worker showed itself lately, by the machine's clock."""
        return self.seen_at is not None and now - self.seen_at < SILENT_AFTER


class OpsDesk:
    """Reads the ops database, and writes requests into it: a small transaction, nothing else.

    Args:
        data: the data directory.
        url: of another database than SQLite in it.
        sources: names of the declared sources that are enabled.
    """

    def __init__(self, data: Path, url: str | None, sources: tuple[str, ...] = ()) -> None:
        self._data, self._url = data, url
        self.sources = sources

    def told(self) -> Told:
        """All of it; empty while there is no database.

        Raises:
            OpsError: it cannot be read.
        """
        engine = open_ops_to_read(self._data, self._url)
        if engine is None:
            return Told()
        try:
            runs, requests = Runs(engine), Requests(engine)
            return Told(
                tuple(runs.newest_of_each(RUNS_EACH)),
                runs.sources(),
                tuple(requests.recent()),
                requests.last_beat(),
            )
        finally:
            engine.dispose()

    def jobs(self) -> list[tuple[str, str]]:
        """What may be asked for: job and source."""
        return [*((job, "") for job in JOBS), *((FETCH, source) for source in self.sources)]

    def ask(self, job: str, source: str, at: datetime, by: str) -> Request:
        """Ask the worker for a job; one that is asked for already is not asked for twice.

        Args:
            job: one of :meth:`jobs`.
            source: of a fetch; else empty.
            at: by the machine's clock.
            by: who asks.

        Raises:
            UnknownJobError: there is no such job.
            OpsError: it could not be written down; nothing was asked.
        """
        if (job, source) not in self.jobs():
            names = ", ".join(f"{j} {s}".strip() for j, s in self.jobs())
            raise UnknownJobError(f"no job {job!r} {source!r}: use one of {names}")
        engine = open_ops(self._data, self._url)
        try:
            return Requests(engine).ask(job, source, at, by)
        finally:
            engine.dispose()

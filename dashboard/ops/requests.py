"""What people ask the worker to do: one open request a job, its row is the record of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Row, Select, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from dashboard.ops.engine import explained, reading
from dashboard.ops.runs import Report
from dashboard.ops.schema import job_requests, worker_beats

JOBS = ("inbox", "forecast", "upkeep")
"""Jobs of the worker that may be asked for; beside them the fetch of each declared source."""
ATTEMPTS = 2
"""A request whose worker died over it is begun once more, and not a third time."""
WORKER = "worker"

State = Literal["asked", "running", "done", "failed"]


@dataclass(frozen=True)
class Request:
    """One request. Times are UTC.

    Attributes:
        id: its number.
        job: ``inbox``, ``forecast``, ``upkeep`` or ``fetch``.
        source: of a fetch; else empty.
        asked_at: when.
        asked_by: who; until sign-in exists, the address that asked.
        taken_at: when the worker began; None while it waits.
        ended_at: when the run that answered it was over.
        attempts: how often it was begun.
        outcome: of that run.
        message: what that run said.
    """

    id: int
    job: str
    source: str
    asked_at: datetime
    asked_by: str
    taken_at: datetime | None
    ended_at: datetime | None
    attempts: int
    outcome: str | None
    message: str

    @property
    def state(self) -> State:
        """Where it stands."""
        if self.ended_at is not None:
            return "done" if self.outcome in ("ok", "nothing") else "failed"
        return "asked" if self.taken_at is None else "running"


class Requests:
    """The tables ``job_requests`` and ``worker_beats``. Each method is one transaction.

    All of them raise OpsError.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ask(self, job: str, source: str, at: datetime, by: str) -> Request:
        """Ask for a job; where a request for it is open already, that one is given back."""
        row = {"job": job, "source": source, "asked_at": at, "asked_by": by}
        with explained(self._engine):
            try:
                with self._engine.begin() as connection:
                    standing = _open_one(connection, job, source)
                    if standing is not None:
                        return standing
                    made = insert(job_requests).values(row).returning(job_requests)
                    return _request(connection.execute(made).one())
            except IntegrityError:  # another process asked in the same moment
                with self._engine.begin() as connection:
                    standing = _open_one(connection, job, source)
                    if standing is None:
                        raise
                    return standing

    def waiting(self) -> list[Request]:
        """Requests that nobody has begun, the oldest first."""
        c = job_requests.c
        query = select(job_requests).where(c.ended_at.is_(None), c.taken_at.is_(None))
        return self._read(query.order_by(c.id))

    def recent(self, limit: int = 50) -> list[Request]:
        """The newest first."""
        return self._read(select(job_requests).order_by(job_requests.c.id.desc()).limit(limit))

    def take(self, job: str, source: str, at: datetime) -> list[int]:
        """A run of the job begins: it answers what was asked up to now. Gives their ids."""
        c = job_requests.c
        taken = (
            update(job_requests)
            .where(c.job == job, c.source == source, c.ended_at.is_(None), c.taken_at.is_(None))
            .values(taken_at=at, attempts=c.attempts + 1)
            .returning(c.id)
        )
        with explained(self._engine), self._engine.begin() as connection:
            return [int(row.id) for row in connection.execute(taken)]

    def end(self, ids: list[int], report: Report, at: datetime) -> None:
        """The run is over."""
        values = {"ended_at": at, "outcome": report.outcome, "message": report.message}
        ended = update(job_requests).where(
            job_requests.c.id.in_(ids), job_requests.c.ended_at.is_(None)
        )
        with explained(self._engine), self._engine.begin() as connection:
            connection.execute(ended.values(values))

    def begin_anew(self, at: datetime) -> None:
        """At the worker's start: what a killed worker had begun waits again, or is given up."""
        c = job_requests.c
        left = update(job_requests).where(c.ended_at.is_(None), c.taken_at.is_not(None))
        with explained(self._engine), self._engine.begin() as connection:
            connection.execute(
                left.where(c.attempts >= ATTEMPTS).values(
                    ended_at=at, outcome="interrupted", message="the worker ended over it twice"
                )
            )
            connection.execute(left.where(c.attempts < ATTEMPTS).values(taken_at=None))

    def prune(self, before: datetime) -> int:
        """Drop closed requests that were made before; gives their number."""
        c = job_requests.c
        gone = delete(job_requests).where(c.asked_at < before, c.ended_at.is_not(None))
        with explained(self._engine), self._engine.begin() as connection:
            return connection.execute(gone).rowcount

    def beat(self, at: datetime) -> None:
        """The worker lives."""
        with explained(self._engine), self._engine.begin() as connection:
            seen = update(worker_beats).where(worker_beats.c.worker == WORKER).values(seen_at=at)
            if not connection.execute(seen).rowcount:
                connection.execute(insert(worker_beats).values(worker=WORKER, seen_at=at))

    def last_beat(self) -> datetime | None:
        """When the worker last showed that it lives; None: never."""
        query = select(worker_beats.c.seen_at).where(worker_beats.c.worker == WORKER)
        with reading(self._engine) as connection:
            found: datetime | None = connection.execute(query).scalar()
            return found

    def _read(self, query: Select[Any]) -> list[Request]:
        with reading(self._engine) as connection:
            return [_request(row) for row in connection.execute(query)]


def _open_one(connection: Connection, job: str, source: str) -> Request | None:
    c = job_requests.c
    query = select(job_requests).where(c.job == job, c.source == source, c.ended_at.is_(None))
    row = connection.execute(query).one_or_none()
    return None if row is None else _request(row)


def _request(row: Row[Any]) -> Request:
    return Request(**row._asdict())

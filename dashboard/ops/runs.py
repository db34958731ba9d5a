"""Run history: when each job ran, for how long, and what came of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Engine, Row, and_, delete, func, insert, select, update

from dashboard.ops.engine import explained, reading
from dashboard.ops.schema import job_runs

Outcome = Literal["ok", "nothing", "failed", "interrupted", "timeout"]
FETCH = "fetch"
GOOD: tuple[Outcome, ...] = ("ok", "nothing")


@dataclass(frozen=True)
class Report:
    """What a run says at its end.

    Attributes:
        outcome: ``ok``; ``nothing``: all well, nothing to do; ``failed``; ``interrupted``: its
            process ended; ``timeout``: its time was up.
        files, rows_loaded, rows_rejected, bytes: what it brought; updated rows count as loaded.
        message: one line for people, empty when there is nothing to say.
    """

    outcome: Outcome = "ok"
    files: int = 0
    rows_loaded: int = 0
    rows_rejected: int = 0
    bytes: int = 0
    message: str = ""


@dataclass(frozen=True)
class Run:
    """One entry of the history; ``outcome`` is None while it runs. Times are UTC."""

    id: int
    job: str
    source: str | None
    started_at: datetime
    ended_at: datetime | None
    seconds: float | None
    outcome: Outcome | None
    files: int
    rows_loaded: int
    rows_rejected: int
    bytes: int
    message: str

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            **asdict(self),
            "started_at": self.started_at.isoformat(timespec="seconds"),
            "ended_at": self.ended_at and self.ended_at.isoformat(timespec="seconds"),
        }


@dataclass(frozen=True)
class SourceState:
    """What the history says about one source.

    Attributes:
        last: its newest run.
        ended: its newest run that has ended.
        last_success: start of the newest run that went well, whether it brought files or not.
        last_files: start of the newest run that brought files.
        first: start of the oldest run, in the history that is kept.
        failures: runs that did not go well, in the history that is kept.
    """

    last: Run | None = None
    last_success: datetime | None = None
    last_files: datetime | None = None
    first: datetime | None = None
    failures: int = 0
    ended: Run | None = None


class Runs:
    """The table ``job_runs``. Each method is one transaction; raises OpsError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, job: str, source: str | None, started_at: datetime) -> int:
        """A run begins; gives its id."""
        with explained(self._engine), self._engine.begin() as connection:
            row = {"job": job, "source": source, "started_at": started_at}
            result = connection.execute(insert(job_runs).returning(job_runs.c.id), row)
            return int(result.scalar_one())

    def end(
        self, run_id: int, report: Report, *, ended_at: datetime, seconds: float, quiet: bool
    ) -> None:
        """A run ends.

        Args:
            run_id: of :meth:`begin`.
            report: what it says.
            ended_at: by the machine's clock.
            seconds: its length by a clock that does not jump.
            quiet: runs of this job that found nothing leave one entry, the newest.
        """
        values = {**asdict(report), "ended_at": ended_at, "seconds": seconds}
        with explained(self._engine), self._engine.begin() as connection:
            connection.execute(update(job_runs).where(job_runs.c.id == run_id).values(values))
            if quiet and report.outcome == "nothing":
                job = select(job_runs.c.job).where(job_runs.c.id == run_id).scalar_subquery()
                connection.execute(
                    delete(job_runs).where(
                        job_runs.c.job == job,
                        job_runs.c.outcome == "nothing",
                        job_runs.c.id < run_id,
                    )
                )

    def close_open(self, now: datetime) -> int:
        """Close the runs that a killed process left open; gives their number."""
        with explained(self._engine), self._engine.begin() as connection:
            closed = connection.execute(
                update(job_runs)
                .where(job_runs.c.outcome.is_(None))
                .values(outcome="interrupted", ended_at=now, message="the process ended meanwhile")
            )
            return closed.rowcount

    def prune(self, before: datetime) -> int:
        """Drop runs that started before; gives their number."""
        with explained(self._engine), self._engine.begin() as connection:
            gone = connection.execute(delete(job_runs).where(job_runs.c.started_at < before))
            return gone.rowcount

    def history(
        self, *, job: str | None = None, source: str | None = None, limit: int = 50
    ) -> list[Run]:
        """The newest runs first."""
        query = select(job_runs).order_by(job_runs.c.id.desc()).limit(limit)
        if job is not None:
            query = query.where(job_runs.c.job == job)
        if source is not None:
            query = query.where(job_runs.c.source == source)
        with reading(self._engine) as connection:
            return [_run(row) for row in connection.execute(query)]

    def newest_of_each(self, limit: int) -> list[Run]:
        """The newest runs of each job and source, the newest first."""
        c = job_runs.c
        place = func.row_number().over(partition_by=(c.job, c.source), order_by=c.id.desc())
        numbered = select(c.id, place.label("place")).subquery()
        ids = select(numbered.c.id).where(numbered.c.place <= limit)
        query = select(job_runs).where(c.id.in_(ids)).order_by(c.id.desc())
        with reading(self._engine) as connection:
            return [_run(row) for row in connection.execute(query)]

    def last_success(self, job: str, source: str | None = None) -> datetime | None:
        """Start of the newest run that went well; what was cut short is to be done again."""
        query = select(func.max(job_runs.c.started_at)).where(
            job_runs.c.job == job, job_runs.c.outcome.in_(GOOD)
        )
        if source is not None:
            query = query.where(job_runs.c.source == source)
        with reading(self._engine) as connection:
            found: datetime | None = connection.execute(query).scalar()
            return found

    def sources(self) -> dict[str, SourceState]:
        """The state of each source that was ever fetched."""
        c = job_runs.c
        fetches = c.job == FETCH
        newest = select(func.max(c.id)).where(fetches).group_by(c.source)
        newest_ended = newest.where(c.outcome.is_not(None))
        sums = (
            select(
                c.source,
                func.max(c.started_at).filter(c.outcome.in_(GOOD)),
                func.max(c.started_at).filter(c.files > 0),
                func.min(c.started_at),
                func.count().filter(and_(c.outcome.is_not(None), c.outcome.not_in(GOOD))),
            )
            .where(fetches)
            .group_by(c.source)
        )
        with reading(self._engine) as connection:
            last, ended = (
                {
                    row.source: _run(row)
                    for row in connection.execute(select(job_runs).where(c.id.in_(ids)))
                }
                for ids in (newest, newest_ended)
            )
            return {
                source: SourceState(
                    last.get(source), success, files, first, int(failures), ended.get(source)
                )
                for source, success, files, first, failures in connection.execute(sums)
            }


def _run(row: Row[Any]) -> Run:
    return Run(**row._asdict())

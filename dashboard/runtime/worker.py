"""The worker: the one process that writes. Takes files in, forecasts, publishes, on a schedule."""

from __future__ import annotations

import errno
import signal
import time
from collections.abc import Callable
from datetime import UTC, timedelta
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from dashboard.errors import DashboardError
from dashboard.ops.recorder import Recorder
from dashboard.ops.runs import FETCH, Report
from dashboard.publish import make_forecast, newest_as_of, publish
from dashboard.runtime.asked import Asked
from dashboard.runtime.clockwatch import ClockWatch
from dashboard.runtime.dispatching import AFTER_PUBLISH, EACH_TICK, run_steps, tick_every
from dashboard.runtime.locks import write_lock
from dashboard.runtime.opened import opened_warehouse
from dashboard.runtime.outbox import EVERY_S as OUTBOX_S
from dashboard.runtime.outbox import hand_out
from dashboard.runtime.reporting import EVERY_S, hand_over
from dashboard.runtime.sources import STOPS, SourceJobs, fetch_job
from dashboard.settings import Settings
from forecasting.errors import NotEnoughHistoryError
from ingest.clock import Clock, SystemClock
from ingest.inbox import take_inbox
from ingest.result import FileResult
from ingest.retention.tend import tend

if TYPE_CHECKING:
    import duckdb

log = structlog.get_logger()

FATAL_DATABASE_ERRORS = {
    "FatalException",
    "InternalException",
    "IOException",
    "OutOfMemoryException",
}
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS}
_POLL_S = 0.2


UPKEEP_AFTER = timedelta(minutes=10)
QUIET = ("inbox", "reports", "dispatch", "timers", "outbox")
"""Jobs that look often and mostly find nothing."""


class WorkerStoppedError(DashboardError):
    """The worker ended because it could not go on; its supervisor starts it again."""


def run_worker(data: Path, settings: Settings, clock: Clock, *, ready: Callable[[], None]) -> None:
    """Run the jobs until SIGTERM or Ctrl-C; the step at hand is finished first.

    Args:
        data: the data directory.
        settings: of the data directory.
        clock: the present moment of facts; the schedule itself runs on the machine's clock.
        ready: called when the jobs are scheduled.

    Raises:
        LockedError: another process writes to the data directory.
        WorkerStoppedError: disk full, or the database cannot go on.
    """
    with write_lock(data, "foresite worker"), opened_warehouse(data, settings) as connection:
        Worker(data, settings, clock, connection).run(ready)


class Worker:
    """Jobs declared in code, run one after another in one thread: DuckDB's handle is theirs.

    Fetches of sources never touch DuckDB and run beside them, each in a thread of its own.
    """

    def __init__(
        self, data: Path, settings: Settings, clock: Clock, connection: duckdb.DuckDBPyConnection
    ) -> None:
        self.data, self.settings, self.clock = data, settings, clock
        self.connection = connection
        self.recorder = Recorder(data, settings.ops.address)
        self.asked = Asked(self.recorder, self._hurry)
        self.sources = SourceJobs(
            data,
            settings,
            clock,
            self.recorder,
            brought=lambda: self._soon("inbox"),
            answering=self.asked.answering,
        )
        self.watch = ClockWatch()
        self.stopping = False
        self.fatal: BaseException | None = None
        self.scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)},
            # Late is better than never, and once is enough: after a pause one run catches up.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )

    def run(self, ready: Callable[[], None]) -> None:
        """Schedule and wait.

        Raises:
            WorkerStoppedError: a step failed in a way that only a new process can mend.
        """
        self.recorder.begin_anew(self.kept)
        self.asked.begin_anew()
        schedule = self.settings.schedule
        self._every("inbox", self.take_inbox, seconds=schedule.inbox_every_s)
        self._every(
            "forecast",
            self.forecast,
            seconds=schedule.forecast_every_min * 60,
            first_in=self.first_forecast_in(),
        )
        self._every(
            "upkeep",
            self.upkeep,
            seconds=schedule.upkeep_every_h * 3600,
            first_in=self.first_upkeep_in(),
        )
        self._every("dispatch", self.dispatch, seconds=schedule.forecast_every_min * 60)
        self.scheduler.add_executor(ThreadPoolExecutor(1), "timers")
        self._every("timers", self.timers, seconds=tick_every(self.clock), executor="timers")
        if self.settings.reports.every:
            self.scheduler.add_executor(ThreadPoolExecutor(1), "reports")
            self._every("reports", self.reports, seconds=EVERY_S, executor="reports")
        if self.settings.dispatch.outbound:
            self.scheduler.add_executor(ThreadPoolExecutor(1), "outbox")
            self._every("outbox", self.outbox, seconds=OUTBOX_S, executor="outbox")
        self.sources.schedule(self.scheduler, SystemClock().now())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        self.scheduler.start()
        log.info("worker ready", data=str(self.data))
        ready()
        while not self.stopping:
            time.sleep(_POLL_S)
            self.mind_the_clock()
            self.asked.look()
        self.sources.stop()
        self.scheduler.shutdown(wait=True)
        self.recorder.close()
        if self.fatal is not None:
            raise WorkerStoppedError(f"the worker cannot go on: {self.fatal}") from self.fatal
        log.info("worker stopped")

    def take_inbox(self) -> Report:
        """Load what lies in the inbox; new facts bring the next forecast forward."""
        results = take_inbox(
            self.connection, self.data, settings=self.settings.ingest, clock=self.clock
        )
        for result in results:
            log.info("file refused" if result.refused else "file taken", **result.to_json())
        if any(result.rows_loaded or result.rows_updated for result in results):
            self._soon("forecast")
        return inbox_report(results)

    def upkeep(self) -> Report:
        """What is done now and then: roll-ups, quality, and what is too old to be kept."""
        retained = tend(self.connection, self.data, settings=self.settings.ingest, clock=self.clock)
        runs = self.recorder.prune(self.kept)
        self.asked.prune(self.kept)
        log.info("upkeep", removed={**retained.rows, "job_runs": runs})
        return Report()

    def outbox(self) -> Report:
        """Others are told of work orders."""
        return hand_out(self.data, self.settings, lambda: self.stopping)

    def reports(self) -> Report:
        """Weekly and monthly reports that are due."""
        return hand_over(self.data, self.settings, self.clock, lambda: self.stopping)

    @property
    def kept(self) -> timedelta:
        """How long the history of runs is kept."""
        return timedelta(days=self.settings.ops.keep_runs_days)

    def mind_the_clock(self) -> None:
        """After the machine's clock was set, or the machine slept: every job runs once, now.

        The times of the next runs were reckoned by a clock that no longer counts: set back by a
        day, it would keep all jobs waiting for that day.
        """
        jump = self.watch.jumped()
        if jump is None:
            return
        log.warning("the clock jumped", seconds=round(jump.total_seconds()))
        for job in self.scheduler.get_jobs():
            self._soon(job.id)

    def forecast(self) -> Report:
        """Forecast as of now and publish; training, when it is due, is part of it."""
        try:
            made = make_forecast(
                self.connection,
                self.data,
                as_of=self.clock.now(),
                settings=self.settings,
                clock=self.clock,
            )
            if self.stopping:
                return Report("interrupted", message=STOPS)
            with self.recorder.run("publish"):
                published = publish(
                    self.connection, self.data, made, settings=self.settings, clock=self.clock
                )
        except NotEnoughHistoryError as error:
            log.info("no forecast yet", reason=str(error))
            return Report("nothing", message=str(error))
        except Exception:
            self._soon("forecast", after_s=self.settings.schedule.retry_after_s)
            raise
        log.info("published", **published.as_dict())
        self._soon("dispatch")
        return Report()

    def dispatch(self) -> Report:
        """What follows from what was published: orders proposed, planned, verified."""
        return run_steps(AFTER_PUBLISH, self.data, self.settings, self.clock.now(), self.connection)

    def timers(self) -> Report:
        """What follows from time passing: warnings, escalations, messages."""
        return run_steps(EACH_TICK, self.data, self.settings, self.clock.now())

    def first_forecast_in(self) -> timedelta:
        """How long the snapshot that is there may stand; nothing to wait for without one."""
        made = newest_as_of(self.data)
        every = timedelta(minutes=self.settings.schedule.forecast_every_min)
        if made is None or not timedelta() <= (age := self.clock.now() - made) < every:
            return timedelta()
        return every - age

    def first_upkeep_in(self) -> timedelta:
        """The rest of its rhythm; never at once, since screens wait for the first forecast."""
        last, now = self.recorder.last_success("upkeep"), SystemClock().now()
        if last is None or last > now:
            return UPKEEP_AFTER
        return max(
            UPKEEP_AFTER, last + timedelta(hours=self.settings.schedule.upkeep_every_h) - now
        )

    def _every(
        self,
        name: str,
        step: Callable[[], Report],
        *,
        seconds: float,
        first_in: timedelta = timedelta(),
        executor: str = "default",
    ) -> None:
        self.scheduler.add_job(
            self._guarded,
            IntervalTrigger(seconds=seconds),
            args=(name, step),
            id=name,
            executor=executor,
            next_run_time=SystemClock().now() + first_in,
        )

    def _soon(self, name: str, after_s: float = 0) -> None:
        """Bring a job forward; it keeps its rhythm from then on. Any thread may call it."""
        if self.stopping:
            return
        moment = SystemClock().now() + timedelta(seconds=after_s)
        self.scheduler.modify_job(name, next_run_time=moment)

    def _hurry(self, job: str, source: str) -> bool:
        """Bring a job forward that people ask for; False when there is none of that name."""
        name = fetch_job(source) if job == FETCH else job
        if self.scheduler.get_job(name) is None:
            return False
        self._soon(name)
        return True

    def _guarded(self, name: str, step: Callable[[], Report]) -> None:
        """One job's failure is a line in log and history; the other jobs go on."""
        if self.stopping:
            return
        try:
            with (
                self.asked.answering(name) as answer,
                self.recorder.run(name, quiet=name in QUIET) as run,
            ):
                run.report = answer.report = step()
        except Exception as error:
            log.exception("job failed", job=name, error=" ".join(str(error).split()))
            if is_fatal(error):
                self.fatal, self.stopping = error, True

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True


def inbox_report(results: list[FileResult]) -> Report:
    """The history's entry for files that were taken; refused files make it a failure."""
    refused = [result.refused for result in results if result.refused]
    if not results:
        return Report("nothing")
    more = f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
    return Report(
        "failed" if refused else "ok",
        files=len(results) - len(refused),
        rows_loaded=sum(result.rows_loaded + result.rows_updated for result in results),
        rows_rejected=sum(result.rows_rejected for result in results),
        message=refused[0] + more if refused else "",
    )


def is_fatal(error: BaseException) -> bool:
    """Can only a new process (or more room) mend it? Also looks at what the error came from."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, MemoryError):
            return True
        if isinstance(seen, OSError) and seen.errno in _DISK:
            return True
        if "duckdb" in type(seen).__module__ and type(seen).__name__ in FATAL_DATABASE_ERRORS:
            return True
        seen = seen.__cause__
    return False

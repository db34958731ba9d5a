"""Fetches sources: each in its own thread, for a limited time, never two of one at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.base import BaseScheduler

from dashboard.ops.recorder import LastingMemory, Recorder, Slot
from dashboard.ops.runs import FETCH, Outcome, Report
from dashboard.runtime.rhythm import due_at, trigger_of
from dashboard.settings import Settings
from ingest.clock import Clock, SystemClock
from ingest.contracts import feeds
from ingest.errors import IngestError
from ingest.privacy import mask_text
from ingest.profiles import load_profile
from ingest.sources.cancel import Cancel
from ingest.sources.errors import BusyServerError, CancelledError
from ingest.sources.fetch import fetch
from ingest.sources.given import Given, Tally
from ingest.sources.memory import Memory
from ingest.sources.model import Source

log = structlog.get_logger()

GRACE_S = 5.0
"""Seconds that a fetch has to end when it is told to; then it is left behind."""
MOST_BACKOFF = timedelta(hours=1)
_POLL_S = 0.1

Answering = Callable[[str, str], AbstractContextManager[Slot]]
"""Surrounds a run of ``(job, source)`` and takes its report."""


@dataclass(frozen=True)
class Fetched:
    """One fetch: its report, and when the server may be asked again, if it said so."""

    report: Report
    after_s: float | None = None


def fetch_source(
    source: Source,
    data: Path,
    settings: Settings,
    clock: Clock,
    *,
    memory: Memory,
    cancel: Cancel,
) -> Fetched:
    """Fetch a source once, in this thread; whatever is wrong with it ends in the report.

    Args:
        source: what to fetch.
        data: the data directory; files appear in ``data/inbox/<source>/``.
        settings: of the data directory.
        clock: the present moment of facts, for dated addresses.
        memory: what was fetched before.
        cancel: ends the fetch.
    """
    ingest, tally = settings.ingest, Tally()
    outcome: Outcome
    after_s = None
    try:
        if source.profile:  # now, not when the files are there and cannot be read
            load_profile(source.profile, feeds(ingest.load_catalogue()))
        fetch(
            source,
            Given(
                inbox=data / "inbox",
                memory=memory,
                clock=clock,
                file_clock=SystemClock(),
                zone=settings.zone,
                rest_s=ingest.inbox_rest_s,
                old_s=ingest.inbox_old_s,
                max_bytes=ingest.max_file_bytes,
                cancel=cancel,
                tally=tally,
            ),
        )
    except CancelledError as error:
        outcome, message = ("timeout" if is_limit(str(error)) else "interrupted"), str(error)
    except BusyServerError as error:
        outcome, message, after_s = "failed", str(error), error.after_s
    except IngestError as error:
        outcome, message = "failed", str(error)
    except Exception as error:
        log.exception("fetch failed", source=source.name)
        outcome, message = "failed", f"internal error ({type(error).__name__}): see the log"
    else:
        outcome, message = ("ok" if tally.files else "nothing"), _remarks(tally)
    # A name of a file may be that of a person.
    report = Report(outcome, files=tally.files, bytes=tally.bytes, message=mask_text(message) or "")
    return Fetched(report, after_s)


def limit_reason(limit_s: float) -> str:
    """Why a fetch is ended whose time is up."""
    return f"{_LIMIT} {limit_s:g} s (limit_s) is up"


def is_limit(reason: str) -> bool:
    """Whether that is the reason."""
    return reason.startswith(_LIMIT)


_LIMIT = "its time of"
STOPS = "the worker stops"


def _remarks(tally: Tally) -> str:
    said = (
        (tally.waiting, "left for later: still being written, or of a name that still waits"),
        (tally.absent, "not there yet"),
    )
    return "; ".join(f"{number} {words}" for number, words in said if number)


def bounded(
    step: Callable[[Cancel], Fetched], cancel: Cancel, limit_s: float, *, grace_s: float = GRACE_S
) -> tuple[Fetched, threading.Thread]:
    """Run a fetch in a thread of its own and wait for it, but never longer than its limit.

    A thread that does not end, since the system itself hangs on a dead network drive, is left
    behind; it ends with the process.

    Returns:
        What came of it, and the thread.
    """
    box: list[Fetched] = []
    done = threading.Event()

    def work() -> None:
        try:
            box.append(step(cancel))
        finally:
            done.set()

    thread = threading.Thread(target=work, daemon=True, name="fetch")
    thread.start()
    until = time.monotonic() + limit_s
    while not done.wait(_POLL_S) and not cancel.told:
        if time.monotonic() >= until:
            cancel.cancel(limit_reason(limit_s))
    done.wait(grace_s)
    if box:
        return box[0], thread
    outcome: Outcome = "timeout" if is_limit(cancel.reason) else "interrupted"
    return Fetched(Report(outcome, message=f"{cancel.reason}, and it does not end")), thread


class SourceJobs:
    """The worker's fetches. Each source has an executor of its own, so that none waits for another.

    Args:
        data: the data directory.
        settings: of the data directory.
        clock: the present moment of facts.
        recorder: keeps the history.
        brought: called after a fetch that brought files.
        answering: around a run of a source's job, ``(job, source)``: whoever asked for it is told.
    """

    def __init__(
        self,
        data: Path,
        settings: Settings,
        clock: Clock,
        recorder: Recorder,
        *,
        brought: Callable[[], None],
        answering: Answering | None = None,
    ) -> None:
        self.data, self.settings, self.clock = data, settings, clock
        self._recorder, self._brought = recorder, brought
        self._answering = answering or unasked
        self._memory = LastingMemory(recorder)
        self._lock = threading.Lock()
        self._stopping = False
        self._cancels: dict[str, Cancel] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._failures: dict[str, int] = {}
        self._scheduler: BaseScheduler | None = None

    def schedule(self, scheduler: BaseScheduler, now: datetime) -> None:
        """Add a job for each source that is enabled; what was due meanwhile runs at once."""
        self._scheduler = scheduler
        zone = self.settings.zone
        for source in self.settings.ingest.sources:
            if source.enabled:
                alias = job_id(source)
                scheduler.add_executor(ThreadPoolExecutor(1), alias)
                scheduler.add_job(
                    self.run,
                    trigger_of(source, zone),
                    args=(source,),
                    id=alias,
                    executor=alias,
                    next_run_time=due_at(
                        source, self._recorder.last_success(FETCH, source.name), now, zone
                    ),
                )

    def run(self, source: Source) -> None:
        """The job of a source: fetch, log, and think of the next time."""
        with self._answering(FETCH, source.name) as answer:
            fetched = self.fetch(source)
            answer.report = fetched.report
        report = fetched.report
        words = {"source": source.name, "outcome": report.outcome, "files": report.files}
        if report.outcome in ("failed", "timeout"):
            log.error("source failed", **words, reason=report.message)
        elif report.outcome != "nothing":
            log.info("source fetched", **words, bytes=report.bytes)
        if report.files:
            self._brought()
        self._plan_next(source, fetched)

    def fetch(self, source: Source) -> Fetched:
        """Fetch a source once, recorded; a fetch that still hangs is not joined by a second one."""
        with self._recorder.run(FETCH, source.name) as slot:
            fetched = self._fetch(source)
            slot.report = fetched.report
        return fetched

    def stop(self) -> None:
        """End all fetches; the jobs return within the grace."""
        with self._lock:
            self._stopping = True
            cancels = list(self._cancels.values())
        for cancel in cancels:
            cancel.cancel(STOPS)

    def _fetch(self, source: Source) -> Fetched:
        before = self._threads.get(source.name)
        if before is not None and before.is_alive():
            return Fetched(Report("timeout", message="an earlier fetch hangs and does not end"))
        cancel = Cancel()
        with self._lock:
            if self._stopping:
                return Fetched(Report("interrupted", message=STOPS))
            self._cancels[source.name] = cancel

        def step(cancel: Cancel) -> Fetched:
            return fetch_source(
                source, self.data, self.settings, self.clock, memory=self._memory, cancel=cancel
            )

        try:
            fetched, self._threads[source.name] = bounded(
                step, cancel, source.limit_s, grace_s=GRACE_S
            )
        finally:
            with self._lock:
                self._cancels.pop(source.name, None)
        return fetched

    def _plan_next(self, source: Source, fetched: Fetched) -> None:
        """A failed fetch is tried again before its time; a server that asks for rest gets it."""
        if fetched.report.outcome in ("ok", "nothing", "interrupted"):
            self._failures.pop(source.name, None)
            return
        failures = self._failures[source.name] = self._failures.get(source.name, 0) + 1
        if self._scheduler is None or self._stopping:
            return
        job = self._scheduler.get_job(job_id(source))
        if job is None or job.next_run_time is None:
            return
        now = SystemClock().now()
        if fetched.after_s is not None:
            moment = max(job.next_run_time, now + timedelta(seconds=fetched.after_s))
        else:
            first = timedelta(seconds=self.settings.schedule.retry_after_s)
            wait = min(MOST_BACKOFF, first * 2 ** min(failures - 1, 12))
            moment = min(job.next_run_time, now + wait)
        try:
            self._scheduler.modify_job(job_id(source), next_run_time=moment)
        except JobLookupError:
            return  # the scheduler has ended meanwhile


@contextmanager
def unasked(job: str, source: str) -> Iterator[Slot]:
    """Nobody asked, nobody is told."""
    del job, source
    yield Slot()


def job_id(source: Source) -> str:
    """The name of its job and of its executor."""
    return fetch_job(source.name)


def fetch_job(source: str) -> str:
    """The name of the job that fetches a source."""
    return f"{FETCH} {source}"

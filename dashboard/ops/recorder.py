"""Records runs, and goes on when the ops database does not: recording must never stop the work."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import structlog
from sqlalchemy import Engine

from dashboard.ops.engine import open_ops
from dashboard.ops.errors import OpsError
from dashboard.ops.memory import StoredMemory
from dashboard.ops.runs import Outcome, Report, Runs
from ingest.clock import Clock, SystemClock
from ingest.privacy import mask_text
from ingest.sources.memory import HeldMemory, Pulled, Taken

log = structlog.get_logger()

T = TypeVar("T")

AGAIN_AFTER_S = 60.0
"""Seconds after which a database that failed is tried again."""
MESSAGE = 500


@dataclass
class Slot:
    """Where a run leaves its report."""

    report: Report = field(default_factory=Report)


class Recorder:
    """The ops database of the worker's jobs, opened at first use; any thread may use it."""

    def __init__(
        self,
        data: Path,
        url: str | None = None,
        *,
        clock: Clock | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._data, self._url = data, url
        self._clock, self._monotonic = clock or SystemClock(), monotonic
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._failed_at: float | None = None

    def close(self) -> None:
        """Let the database go."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None

    @contextmanager
    def run(self, job: str, source: str | None = None, *, quiet: bool = False) -> Iterator[Slot]:
        """Record one run: its report, or that it failed and why; exceptions pass through.

        Args:
            job: its name.
            source: of a fetch.
            quiet: runs that found nothing leave one entry, the newest.
        """
        slot, began = Slot(), self._monotonic()
        started = self._clock.now()
        run_id = self.tried(lambda engine: Runs(engine).begin(job, source, started))
        try:
            yield slot
        except BaseException as error:
            outcome: Outcome = "failed" if isinstance(error, Exception) else "interrupted"
            slot.report = Report(outcome, message=str(error) or type(error).__name__)
            raise
        finally:
            if run_id is not None:
                report = shown(slot.report)
                ended, seconds = self._clock.now(), self._monotonic() - began
                self.tried(
                    lambda engine: Runs(engine).end(
                        run_id, report, ended_at=ended, seconds=seconds, quiet=quiet
                    )
                )

    def begin_anew(self, keep: timedelta) -> None:
        """At the worker's start: close what a killed one left open, drop what is too old."""
        now = self._clock.now()
        closed = self.tried(lambda engine: Runs(engine).close_open(now))
        if closed:
            log.warning("runs were interrupted", runs=closed)
        self.prune(keep)

    def prune(self, keep: timedelta) -> int:
        """Drop runs older than ``keep``; gives their number."""
        before = self._clock.now() - keep
        return self.tried(lambda engine: Runs(engine).prune(before)) or 0

    def last_success(self, job: str, source: str | None = None) -> datetime | None:
        """When a run of the job that went well last began; None: never, or not known."""
        return self.tried(lambda engine: Runs(engine).last_success(job, source))

    def tried(self, step: Callable[[Engine], T]) -> T | None:
        """The step's result; None when the database cannot be used now, which is logged once."""
        engine = self._opened()
        if engine is None:
            return None
        try:
            return step(engine)
        except OpsError as error:
            self._note(error)
            return None

    def _opened(self) -> Engine | None:
        with self._lock:
            if self._failed_at is not None:
                if self._monotonic() - self._failed_at < AGAIN_AFTER_S:
                    return None
                self._failed_at = None
            if self._engine is None:
                try:
                    self._engine = open_ops(self._data, self._url)
                except OpsError as error:
                    self._say(error)
            return self._engine

    def _note(self, error: OpsError) -> None:
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()  # another file may lie there at the next attempt
                self._engine = None
            self._say(error)

    def _say(self, error: OpsError) -> None:
        self._failed_at = self._monotonic()
        log.error("no run history", reason=str(error), again_in_s=AGAIN_AFTER_S)


class LastingMemory:
    """Remembers in the ops database, and in the process what that cannot take at the moment."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._held = HeldMemory()

    def taken(self, source: str) -> dict[str, Taken]:
        """Everything taken from a landing folder, by path."""
        stored = self._recorder.tried(lambda engine: StoredMemory(engine).taken(source))
        return {**(stored or {}), **self._held.taken(source)}

    def remember_taken(self, source: str, taken: Taken) -> None:
        """Note a file that is in the inbox now."""
        if self._stored(lambda memory: memory.remember_taken(source, taken)):
            self._held.forget_taken(source, [taken.path])
        else:
            self._held.remember_taken(source, taken)

    def forget_taken(self, source: str, paths: Iterable[str]) -> None:
        """Drop files that are gone from the folder."""
        gone = list(paths)
        self._held.forget_taken(source, gone)
        self._stored(lambda memory: memory.forget_taken(source, gone))

    def pulled(self, source: str) -> dict[str, Pulled]:
        """Everything fetched from a web server, by key."""
        stored = self._recorder.tried(lambda engine: StoredMemory(engine).pulled(source))
        return {**(stored or {}), **self._held.pulled(source)}

    def remember_pulled(self, source: str, pulled: Pulled) -> None:
        """Note a file that is in the inbox now."""
        if self._stored(lambda memory: memory.remember_pulled(source, pulled)):
            self._held.pulls.get(source, {}).pop(pulled.key, None)
        else:
            self._held.remember_pulled(source, pulled)

    def _stored(self, step: Callable[[StoredMemory], None]) -> bool:
        def done(engine: Engine) -> bool:
            step(StoredMemory(engine))
            return True

        return bool(self._recorder.tried(done))


def shown(report: Report) -> Report:
    """A report with a message of one line that holds no personal data: an error may quote a row."""
    line = mask_text(" ".join(report.message.split())) or ""
    short = line if len(line) <= MESSAGE else line[: MESSAGE - 1] + "…"
    return Report(
        report.outcome,
        report.files,
        report.rows_loaded,
        report.rows_rejected,
        report.bytes,
        short,
    )

"""The worker's side of requests: looks for them, hurries their jobs, and answers them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

import structlog

from dashboard.ops.recorder import Recorder, Slot, shown
from dashboard.ops.requests import Requests
from dashboard.ops.runs import FETCH, Outcome, Report
from ingest.clock import Clock, SystemClock

log = structlog.get_logger()

T = TypeVar("T")

LOOK_S = 1.5
"""Seconds between two looks for requests."""
BEAT_S = 15.0
"""Seconds between two signs of life."""
AGAIN_S = 20.0
"""A job that was hurried and still waits is hurried again after so many seconds."""


class Asked:
    """Requests of people, as the worker sees them. A database that fails stops no work.

    Args:
        recorder: holds the ops database.
        hurry: brings a job forward, ``(job, source)``; gives False when there is no such job.
        clock: the machine's.
        monotonic: seconds by a clock that does not jump.
    """

    def __init__(
        self,
        recorder: Recorder,
        hurry: Callable[[str, str], bool],
        *,
        clock: Clock | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._recorder, self._hurry = recorder, hurry
        self._clock, self._monotonic = clock or SystemClock(), monotonic
        self._looked = self._beaten = float("-inf")
        self._hurried: dict[int, float] = {}

    def begin_anew(self) -> None:
        """At the worker's start: it lives, and what a killed worker had begun waits again."""
        now = self._clock.now()
        self._beaten = self._monotonic()
        self._tried(lambda requests: requests.beat(now))
        self._tried(lambda requests: requests.begin_anew(now))

    def prune(self, keep: timedelta) -> None:
        """Drop closed requests older than ``keep``."""
        before = self._clock.now() - keep
        self._tried(lambda requests: requests.prune(before))

    def look(self) -> None:
        """Call it often; it reads and writes only now and then."""
        at, now = self._monotonic(), self._clock.now()
        if at - self._beaten >= BEAT_S:
            self._beaten = at
            self._tried(lambda requests: requests.beat(now))
        if at - self._looked < LOOK_S:
            return
        self._looked = at
        waiting = self._tried(lambda requests: requests.waiting()) or []
        self._hurried = {r.id: self._hurried[r.id] for r in waiting if r.id in self._hurried}
        for request in waiting:
            if at - self._hurried.get(request.id, float("-inf")) < AGAIN_S:
                continue
            self._hurried[request.id] = at
            log.info("asked for", job=request.job, source=request.source, by=request.asked_by)
            if not self._hurry(request.job, request.source):
                self._refuse(request.id, request.job, request.source)

    @contextmanager
    def answering(self, job: str, source: str = "") -> Iterator[Slot]:
        """Around a run of a job: it answers what was asked for before it began.

        The slot takes its report; exceptions pass through and are the answer.
        """
        now, slot = self._clock.now(), Slot()
        ids = self._tried(lambda requests: requests.take(job, source, now)) or []
        try:
            yield slot
        except BaseException as error:
            outcome: Outcome = "failed" if isinstance(error, Exception) else "interrupted"
            slot.report = Report(outcome, message=str(error) or type(error).__name__)
            raise
        finally:
            if ids:
                ended, report = self._clock.now(), shown(slot.report)
                self._tried(lambda requests: requests.end(ids, report, ended))

    def _refuse(self, request_id: int, job: str, source: str) -> None:
        now = self._clock.now()
        what = f"{FETCH} of source {source!r}" if job == FETCH else f"job {job!r}"
        report = Report("failed", message=f"the worker has no {what}: see foresite.toml")
        self._tried(lambda requests: requests.end([request_id], report, now))

    def _tried(self, step: Callable[[Requests], T]) -> T | None:
        return self._recorder.tried(lambda engine: step(Requests(engine)))

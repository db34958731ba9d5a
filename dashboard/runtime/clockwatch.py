"""Notices that the machine's clock was set, or stood still with the machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from ingest.clock import Clock, SystemClock

TOLERANCE = timedelta(seconds=30)


class ClockWatch:
    """Compares the clock that people set with one that only ever runs."""

    def __init__(
        self, wall: Clock | None = None, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._wall, self._monotonic = wall or SystemClock(), monotonic
        self._start()

    def jumped(self) -> timedelta | None:
        """By how much the clock jumped since the last look, negative when back; None: not at all.

        Slow corrections, as a time service makes them, are followed and no jumps.
        """
        passed = timedelta(seconds=self._monotonic() - self._ran)
        jump = self._wall.now() - self._showed - passed
        self._start()
        return jump if abs(jump) > TOLERANCE else None

    def _start(self) -> None:
        self._showed, self._ran = self._wall.now(), self._monotonic()

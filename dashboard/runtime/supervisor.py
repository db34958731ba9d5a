"""Keeps child processes running: restart with back-off, all ended together."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

import structlog

from dashboard.runtime.children import ChildSpec, start, stop

log = structlog.get_logger()

POLL_S = 0.2


@dataclass(frozen=True)
class Backoff:
    """Waits before a restart: doubling from ``first_s`` to ``most_s``.

    A child that ran for ``healthy_s`` starts again at ``first_s``.
    """

    first_s: float = 1.0
    most_s: float = 60.0
    healthy_s: float = 60.0

    def wait(self, failures: int) -> float:
        """Seconds to wait after so many failures in a row (1, 2, …)."""
        return float(min(self.most_s, self.first_s * 2 ** min(failures - 1, 30)))


@dataclass
class _State:
    spec: ChildSpec
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    due: float = 0.0


@dataclass
class Supervisor:
    """Runs children until told to stop.

    Attributes:
        specs: the children, started in this order and stopped in the reverse one.
        backoff: waits between restarts.
        grace_s: seconds a child has to end by itself.
    """

    specs: Sequence[ChildSpec]
    backoff: Backoff = Backoff()
    grace_s: float = 10.0
    stopping: bool = field(default=False, init=False)
    _states: list[_State] = field(default_factory=list, init=False)

    def run(self, tick: Callable[[], None] | None = None) -> None:
        """Start all children and keep them running until SIGTERM, SIGINT or `request_stop`.

        Args:
            tick: called about five times a second from this loop, between the checks.
        """
        self._states = [_State(spec) for spec in self.specs]
        with self._signals():
            try:
                while not self.stopping:
                    for state in self._states:
                        self._check(state)
                    if tick:
                        tick()
                    time.sleep(POLL_S)
            finally:
                self._stop_all()

    def request_stop(self) -> None:
        """Make `run` end its children and return."""
        self.stopping = True

    def _check(self, state: _State) -> None:
        now = time.monotonic()
        if state.process is None:
            if now >= state.due:
                state.process, state.started = start(state.spec), now
                log.info("child started", child=state.spec.name, pid=state.process.pid)
            return
        code = state.process.poll()
        if code is None:
            return
        stop(state.process, 0)
        state.process = None
        state.failures = 1 if now - state.started >= self.backoff.healthy_s else state.failures + 1
        wait = self.backoff.wait(state.failures)
        state.due = now + wait
        log.warning("child ended", child=state.spec.name, exit_code=code, restart_in_s=wait)

    def _stop_all(self) -> None:
        running = [state for state in reversed(self._states) if state.process]
        for state in running:
            if state.process and state.process.poll() is None:
                state.process.terminate()
        until = time.monotonic() + self.grace_s
        for state in running:
            if state.process:
                stop(state.process, max(0.0, until - time.monotonic()))
                log.info("child stopped", child=state.spec.name)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """A plain flag, not a lock, is set in the handler: nothing in it can wait for anything."""

        def handler(_number: int, _frame: FrameType | None) -> None:
            self.stopping = True

        before = {
            number: signal.signal(number, handler)
            for number in STOP_SIGNALS
            if signal.getsignal(number) is not signal.SIG_IGN  # nohup means it
        }
        try:
            yield
        finally:
            for number, previous in before.items():
                signal.signal(number, previous)


STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

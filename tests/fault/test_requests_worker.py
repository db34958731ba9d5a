"""A request outlives the worker: nobody there, it stays and says so; a worker comes, it is done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from dashboard.ops.desk import OpsDesk
from dashboard.runtime.locks import holder
from dashboard.settings import FILE_NAME
from ingest.clock import SystemClock

ROOT = Path(__file__).parents[2]
# The inbox is looked at once an hour: within seconds only because somebody asked.
SETTINGS = "[schedule]\ninbox_every_s = 3600\n[ingest]\ninbox_rest_s = 0\n"
_TRIES = 1200


def until(condition: Callable[[], bool]) -> None:
    """Ask again until it is so: the worker is another process, only its traces can be seen."""
    pause = threading.Event()
    for _ in range(_TRIES):
        if condition():
            return
        pause.wait(0.05)
    raise AssertionError("did not come about")


def started(data: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "dashboard.cli", "--data", str(data), "worker"]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def test_a_request_waits_for_a_worker_and_a_killed_one_loses_none(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(SETTINGS)
    desk, clock = OpsDesk(tmp_path, None), SystemClock()
    asked = desk.ask("inbox", "", clock.now(), "127.0.0.1")
    told = desk.told()
    assert told.requests[0].state == "asked"
    assert not told.worker_lives(clock.now())
    worker = started(tmp_path)
    try:
        until(lambda: desk.told().requests[0].state == "done")
        assert desk.told().worker_lives(clock.now())
        assert desk.told().requests[0].id == asked.id
        again = desk.ask("upkeep", "", clock.now(), "127.0.0.1")
        until(lambda: desk.told().requests[0].state == "done")
        assert desk.told().requests[0].id == again.id
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait(20)
        assert holder(tmp_path) is None
        left = desk.ask("inbox", "", clock.now(), "127.0.0.1")
        assert desk.ask("inbox", "", clock.now(), "127.0.0.1").id == left.id
        assert desk.told().requests[0].state == "asked"
        worker = started(tmp_path)
        until(lambda: desk.told().requests[0].state == "done")
        assert [r.attempts for r in desk.told().requests] == [1, 1, 1]
    finally:
        worker.kill()
        worker.wait(20)

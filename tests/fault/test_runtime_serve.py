"""`foresite serve` as people run it: what ends is started again, nothing outlives it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from dashboard.runtime.locks import holder
from tests.support.facts import Facts, local


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Served:
    """One running `foresite serve` and what can be seen of it."""

    def __init__(self, data):
        self.data, self.port, self.log = data, free_port(), data.parent / "serve.log"
        arguments = ("--data", str(data), "--json", "serve", "--port", str(self.port))
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "dashboard.cli", *arguments],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=Path(__file__).parents[2],
            )

    def until(self, what):
        """The first true answer of ``what``; fails with the log after a minute."""
        deadline = time.monotonic() + 60
        while not (answer := what()):
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)
        return answer

    def events(self):
        lines = self.log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def pid(self, child, number):
        """PID of the ``number``-th start of a child, once it has happened."""

        def started():
            pids = [e["pid"] for e in self.events() if e.get("child") == child and "pid" in e]
            return pids[number - 1] if len(pids) >= number else None

        return self.until(started)

    def status(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            error.close()
            return error.code
        except OSError:
            return None


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def served(tmp_path):
    data = tmp_path / "data"
    facts = Facts(data)
    facts.regions({"region_id": "r", "box": (116.3, 39.8, 116.5, 40.0)})
    facts.cells({"cell_id": "c", "longitude": 116.4, "latitude": 39.9})
    facts.kpis("c", local(2026, 10, 6), 48)
    facts.close()
    served = Served(data)
    yield served
    if served.process.poll() is None:
        served.process.terminate()
    served.process.communicate(timeout=60)


def test_children_are_restarted_and_end_with_their_supervisor(served):
    said = json.loads(served.process.stdout.readline())
    assert said == {"address": f"http://127.0.0.1:{served.port}/"}
    assert served.status("/healthz") == 200
    worker, web = served.pid("worker", 1), served.pid("web", 1)
    assert served.until(lambda: holder(served.data)).pid == worker

    os.kill(worker, signal.SIGKILL)
    worker = served.pid("worker", 2)
    assert served.status("/healthz") == 200  # the pages have noticed nothing
    served.until(lambda: (held := holder(served.data)) and held.pid == worker)

    os.kill(web, signal.SIGKILL)
    web = served.pid("web", 2)
    served.until(lambda: served.status("/healthz") == 200)

    served.process.kill()  # not even the supervisor's death leaves an orphan
    served.process.wait()
    served.until(lambda: not alive(worker) and not alive(web))
    assert holder(served.data) is None


def test_sigterm_ends_all_and_the_port_is_free_again(served):
    served.until(lambda: served.status("/healthz") == 200)
    worker, web = served.pid("worker", 1), served.pid("web", 1)
    served.process.terminate()
    assert served.process.wait(60) == 0
    assert not alive(worker)
    assert not alive(web)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", served.port))

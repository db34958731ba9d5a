"""`foresite demo` as people run it: it answers, it lives on, it ends whole, it goes on again."""

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dashboard.publish import newest_as_of
from dashboard.runtime.locks import holder

ROOT = Path(__file__).parents[2]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def demo(tmp_path):
    """Starts demos of one data directory; none outlives the test."""
    started = []

    def start(speed):
        arguments = ("--cells", "60", "--days", "14", "--port", str(free_port()))
        with (tmp_path / "stderr").open("wb") as errors:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "dashboard.cli", "--data", str(tmp_path / "data")),
                    *("--json", "demo", *arguments, "--speed", str(speed)),
                ],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                cwd=ROOT,
            )
        started.append(process)
        line = process.stdout.readline()
        assert line, (tmp_path / "stderr").read_text()
        return process, json.loads(line)

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=60)


def get(address, path):
    with urllib.request.urlopen(address.rstrip("/") + path, timeout=30) as answer:
        return json.load(answer)


@pytest.mark.slow
def test_a_demo_answers_lives_on_and_goes_on(demo, tmp_path):
    data = tmp_path / "data"
    process, said = demo(speed=1200)  # an hour every three seconds
    assert said["address"].startswith("http://127.0.0.1:")
    assert (said["cells"], said["days"], said["reused"]) == (60, 14, None)
    regions = get(said["address"], "/api/v1/regions")["features"]
    assert len(regions) == 16
    assert len(get(said["address"], "/api/v1/cells?limit=60")) == 60
    first = datetime.fromisoformat(regions[0]["properties"]["as_of"])
    deadline = time.monotonic() + 90
    while newest_as_of(data) < first + timedelta(hours=2):
        assert time.monotonic() < deadline, (data / "logs" / "worker.log").read_text()
        time.sleep(0.2)
    assert list((data / "archive").rglob("kpis_*.parquet"))
    assert not list((data / "rejected").rglob("*"))

    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    assert holder(data) is None

    shown = newest_as_of(data)
    _, said = demo(speed=0)
    assert said["reused"] is not None
    assert newest_as_of(data) >= shown
    assert len(get(said["address"], "/api/v1/cells?limit=60")) == 60

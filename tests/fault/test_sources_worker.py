"""The real worker with a source that hangs: the others stay fresh, a kill needs no hand."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dashboard.ops.engine import FILE_NAME as OPS_FILE
from dashboard.ops.engine import open_ops_to_read
from dashboard.ops.recorder import Recorder
from dashboard.ops.runs import Run, Runs
from dashboard.runtime.locks import holder
from dashboard.runtime.sources import SourceJobs
from dashboard.settings import FILE_NAME, load_settings
from ingest.archive.journal import Journal
from ingest.clock import SystemClock
from ingest.errors import WarehouseError
from tests.support.servers import Server, ranged

ROOT = Path(__file__).parents[2]
BODY = b"cell_id,ts,period_min,latency_ms\nA,2026-03-02 08:00,60,1\nB,2026-03-02 08:00,60,2\n"
SETTINGS = """
[schedule]
inbox_every_s = 0.5
[ingest]
inbox_rest_s = 0
[[ingest.sources]]
name = "hangs"
kind = "https"
url = "{url}"
feed = "kpis"
every_min = 60
read_s = 3600
[[ingest.sources]]
name = "lands"
kind = "landing"
path = "{landing}"
feed = "kpis"
every_min = 0.1
"""
_TRIES = 1200


def until(condition: Callable[[], bool]) -> None:
    """Ask again until it is so: the worker is another process, only its traces can be seen."""
    pause = threading.Event()
    for _ in range(_TRIES):
        if condition():
            return
        pause.wait(0.05)
    raise AssertionError("did not come about")


class Place:
    def __init__(self, root: Path, server: Server) -> None:
        self.data, self.landing, self.server = root / "data", root / "landing", server
        self.data.mkdir()
        self.landing.mkdir()
        text = SETTINGS.format(url=server.url("/kpis.csv"), landing=self.landing)
        (self.data / FILE_NAME).write_text(text)
        self.children: list[subprocess.Popen[bytes]] = []

    def worker(self) -> subprocess.Popen[bytes]:
        self.children.append(
            subprocess.Popen(
                [sys.executable, "-m", "dashboard.cli", "--data", str(self.data), "worker"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=ROOT,
            )
        )
        return self.children[-1]

    def land(self, name: str, text: str) -> None:
        part = self.landing / f"{name}.part"
        part.write_text(text)
        part.rename(self.landing / name)

    def runs(self, **which: str) -> list[Run]:
        if not (self.data / OPS_FILE).exists():
            return []
        engine = open_ops_to_read(self.data)
        try:
            return Runs(engine).history(**which)
        finally:
            engine.dispose()

    def committed(self) -> dict[str, int]:
        """File name -> rows loaded, as the journal has it."""
        try:
            entries = list(Journal(self.data).entries())
        except WarehouseError:  # its last line is being written
            return {}
        return {Path(entry["file"]).name: entry["rows_loaded"] for entry in entries}

    def loaded(self, name: str) -> bool:
        return name in self.committed()

    def visible(self) -> list[str]:
        files = (self.data / "inbox" / "hangs").rglob("*")
        return [path.name for path in files if not path.name.startswith(".")]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with Server() as server:
        server.answers["/kpis.csv"] = server.hang(before=BODY[:40])
        made = Place(tmp_path, server)
        yield made
        for child in made.children:
            child.kill()
            child.wait()


def kpis(cell: str) -> str:
    return f"cell_id,ts,period_min,latency_ms\n{cell},2026-03-02 08:00,60,1\n"


def test_the_others_stay_fresh_and_a_kill_needs_no_hand(place: Place) -> None:
    child = place.worker()
    assert place.server.reached.wait(60)
    for name in ("one.csv", "two.csv"):
        place.land(name, kpis(name))
        until(lambda name=name: place.loaded(name))
    [hanging] = place.runs(source="hangs")
    assert hanging.outcome is None
    assert place.visible() == []  # half a file, which nobody sees

    again = load_settings(place.data)
    recorder = Recorder(place.data)
    jobs = SourceJobs(place.data, again, SystemClock(), recorder, brought=lambda: None)
    refused = jobs.fetch(again.ingest.sources[0]).report  # by hand, beside the worker
    recorder.close()
    assert refused.message == "source hangs is being fetched already"

    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert holder(place.data) is None
    place.server.answers["/kpis.csv"] = ranged(BODY, '"v1"')
    place.worker()
    until(lambda: place.loaded("kpis.csv"))
    done = [run for run in place.runs(source="hangs") if run.message != refused.message]
    assert [run.outcome for run in done] == ["ok", "interrupted"]
    assert place.committed() == {"one.csv": 1, "two.csv": 1, "kpis.csv": 2}


def test_a_stop_does_not_wait_for_a_source_that_hangs(place: Place) -> None:
    child = place.worker()
    assert place.server.reached.wait(60)
    child.send_signal(signal.SIGTERM)
    assert child.wait(60) == 0
    [run] = place.runs(source="hangs")
    assert (run.outcome, run.message) == ("interrupted", "the worker stops")
    assert place.visible() == []

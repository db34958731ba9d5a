"""kill -9 of the worker at the steps of forecast and publish: the last good snapshot stays up."""

import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from dashboard.publish import forecast_and_publish
from dashboard.runtime.locks import holder, write_lock
from dashboard.runtime.opened import opened_warehouse
from dashboard.settings import load_settings
from dashboard.snapshot import Snapshot, list_snapshots
from ingest.clock import FixedClock
from tests.support.facts import Facts, local
from tests.support.forks import WORKER, fork

BEFORE = local(2026, 10, 12, 12)
NOW = BEFORE + timedelta(hours=1)

# The real worker; the step named by module, name and words of its first arguments stands still.
CHILD = """
import importlib, sys, time
from datetime import datetime
from pathlib import Path
from dashboard.runtime.logs import configure_logging
from dashboard.runtime.worker import run_worker
from dashboard.settings import load_settings
from ingest.clock import FixedClock

module, name, word, data, now = sys.argv[1:]
home = importlib.import_module(module)
real = getattr(home, name)
def stop(*args, **kwargs):
    if not word or word in map(str, args):
        print("reached", flush=True)
        time.sleep(600)
    return real(*args, **kwargs)
setattr(home, name, stop)
configure_logging("worker")
data, clock = Path(data), FixedClock(datetime.fromisoformat(now))
run_worker(data, load_settings(data), clock, ready=lambda: None)
"""

STEPS = {
    "in the middle of the forecast": ("forecasting.run", "forecast_regions", ""),
    "before it is kept": ("forecasting.run", "_keep", ""),
    "while it is kept": ("forecasting.queries", "run", "write_regions"),
    "before publishing": ("dashboard.publish.run", "write_snapshot", ""),
    "between tables and KPIs": ("dashboard.snapshot.writer", "_write_kpis", ""),
    "before the manifest": ("dashboard.snapshot.writer", "_write_manifest", ""),
    "between rename and pointer": ("dashboard.snapshot.writer", "_point_at", ""),
    "after the pointer": ("dashboard.snapshot.writer", "prune", ""),
}


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A data directory with facts, one forecast and its snapshot."""
    data = tmp_path_factory.mktemp("runtime") / "data"
    facts = Facts(data)
    facts.regions({"region_id": "r", "box": (116.3, 39.8, 116.5, 40.0)})
    for n in range(3):
        facts.cells({"cell_id": f"c{n}", "longitude": 116.35 + n / 50, "latitude": 39.9})
        facts.kpis(f"c{n}", local(2026, 10, 6), 24 * 6 + 12)
    facts.ticket(local(2026, 10, 10, 9), cell_id="c1", satisfaction=3)
    facts.close()
    publish_at(data, BEFORE)
    return data


def publish_at(data, moment):
    settings = load_settings(data)
    with write_lock(data, "test"), opened_warehouse(data, settings) as connection:
        return forecast_and_publish(
            connection, data, as_of=moment, settings=settings, clock=FixedClock(moment)
        )


def shown(data):
    """as_of of what the screens show; it must be whole."""
    snapshot = Snapshot.open(data)
    try:
        assert snapshot.notice is None
        assert len(snapshot.rows("flagged_cells")) <= 3
        return snapshot.manifest.as_of
    finally:
        snapshot.close()


@pytest.fixture
def start():
    """Starts children; whatever happens, none is left."""
    children = []

    def start(*arguments):
        children.append(fork(CHILD, *arguments, imports=WORKER))
        return children[-1]

    yield start
    for child in children:
        child.kill()


@pytest.mark.parametrize("step", STEPS)
def test_killed(step, published, tmp_path, start):
    data = Path(shutil.copytree(published, tmp_path / "data", copy_function=os.link))
    for path in (*data.glob("warehouse*"), data / "worker.lock"):  # changed in place
        path.unlink()
        shutil.copy(published / path.name, path)
    child = start(*STEPS[step], data, NOW.isoformat())
    child.reach()
    assert holder(data).pid == child.pid
    assert shown(data) == (NOW if step == "after the pointer" else BEFORE)
    child.kill()
    assert holder(data) is None  # nothing to clean by hand
    assert shown(data) == (NOW if step == "after the pointer" else BEFORE)
    publish_at(data, NOW)
    assert shown(data) == NOW
    assert not list((data / "snapshots").glob(".tmp-*"))
    assert {as_of for as_of, _ in list_snapshots(data)} == {BEFORE, NOW}
    with opened_warehouse(data, load_settings(data)) as connection:
        runs = connection.execute(
            "SELECT count(*), count(DISTINCT as_of) FROM forecast_runs"
        ).fetchall()
        cells = connection.execute(
            "SELECT count(*), count(DISTINCT (as_of, cell_id)) FROM cell_forecasts"
        ).fetchall()
    assert runs == [(2, 2)]
    assert cells == [(6, 6)]

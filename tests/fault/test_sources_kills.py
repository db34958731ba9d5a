"""kill -9 at the steps of a fetch: no half file is seen, nothing is lost, nothing loads twice."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboard.ops.recorder import LastingMemory, Recorder
from dashboard.runtime.sources import fetch_source
from dashboard.settings import FILE_NAME, load_settings
from ingest.clock import FixedClock
from ingest.inbox import take_inbox
from ingest.sources.cancel import Cancel
from ingest.sources.download import CHUNK
from ingest.warehouse import open_warehouse
from tests.support.forks import WORKER, fork
from tests.support.servers import Server, gives, ranged

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
OLD = NOW.timestamp() - 86400
BODY = "cell_id,ts,period_min,latency_ms\n" + "".join(
    f"C{n},2026-03-02 08:00,60,{n % 100}\n" for n in range(20_000)
)  # of more than one chunk

# A fetch as the worker makes it; the step named by module, class and name stands still.
CHILD = """
import importlib, sys, time
from datetime import datetime
from pathlib import Path
from dashboard.ops.recorder import LastingMemory, Recorder
from dashboard.runtime.sources import fetch_source
from dashboard.settings import load_settings
from ingest.clock import FixedClock
from ingest.sources.cancel import Cancel

module, home, name, nth, data, now = sys.argv[1:]
owner = importlib.import_module(module)
owner = getattr(owner, home) if home else owner
real, left = getattr(owner, name), [int(nth)]
def stop(*args, **kwargs):
    left[0] -= 1
    if left[0] == 0:
        print("reached", flush=True)
        time.sleep(600)
    return real(*args, **kwargs)
setattr(owner, name, stop)
data, settings = Path(data), load_settings(Path(data))
recorder = Recorder(data)
for source in settings.ingest.sources:
    print(fetch_source(source, data, settings, FixedClock(datetime.fromisoformat(now)),
          memory=LastingMemory(recorder), cancel=Cancel()), flush=True)
"""

STEPS = {
    "before anything is copied": ("ingest.sources.copying", "", "_copy", 1),
    "between copy and rename": ("ingest.sources.dock", "Dock", "place", 1),
    "after the rename": ("ingest.sources.dock", "", "sync_folder", 1),
    "before it is remembered": ("dashboard.ops.memory", "StoredMemory", "remember_taken", 1),
    "before the second file": ("ingest.sources.dock", "Dock", "place", 2),
}
PULLS = {
    "before the download": ("ingest.sources.download", "Download", "run", 1),
    "in the middle of the body": ("ingest.sources.cancel", "Cancel", "check", 6),
    "before it is hashed": ("ingest.sources.download", "", "_hash", 1),
    "without its note": ("ingest.sources.dock", "Dock", "place", 1),
    "after the rename": ("ingest.sources.dock", "", "sync_folder", 1),
    "before it is remembered": ("dashboard.ops.memory", "StoredMemory", "remember_pulled", 1),
}


@pytest.fixture
def start():
    """Starts children; whatever happens, none is left."""
    children = []

    def start(step, data: Path):
        arguments = [*step, data, NOW.isoformat()]
        children.append(fork(CHILD, *arguments, imports=WORKER))
        return children[-1]

    yield start
    for child in children:
        child.kill()


def killed_at(step, data: Path, start) -> None:
    child = start(step, data)
    child.reach()
    child.kill()


def seen(data: Path) -> dict[str, str]:
    """What the inbox would take."""
    return {
        path.name: path.read_text()
        for path in (data / "inbox").rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.parts[-2:])
    }


def fetch_again(data: Path, now: datetime = NOW):
    """A fetch by a new process: nothing is known but what the ops database holds."""
    recorder = Recorder(data)
    settings = load_settings(data)
    [source] = settings.ingest.sources
    try:
        return fetch_source(
            source,
            data,
            settings,
            FixedClock(now),
            memory=LastingMemory(recorder),
            cancel=Cancel(),
        ).report
    finally:
        recorder.close()


def load(data: Path) -> list:
    """Load what is in the inbox; gives the rows of the warehouse."""
    settings = load_settings(data).ingest
    for path in (data / "inbox").rglob("*.csv"):
        os.utime(path, (OLD, OLD))
    connection = open_warehouse(data)
    try:
        take_inbox(connection, data, settings=settings, clock=FixedClock(NOW))
        return connection.execute("SELECT count(*), count(DISTINCT cell_id) FROM kpis").fetchall()
    finally:
        connection.close()


def declare(data: Path, text: str) -> None:
    data.mkdir(exist_ok=True)
    (data / FILE_NAME).write_text(f'[[ingest.sources]]\nname = "oss"\nfeed = "kpis"\n{text}\n')


@pytest.mark.parametrize("kind", ["landing", "folder"])
@pytest.mark.parametrize("step", STEPS)
def test_a_folder(kind, step, tmp_path, start, monkeypatch):
    if kind == "folder" and step in ("before anything is copied", "before it is remembered"):
        pytest.skip("a rename neither copies nor remembers")
    data, outside = tmp_path / "data", tmp_path / "outside"
    outside.mkdir()
    declare(data, f'kind = "{kind}"\npath = "{outside}"')
    files = {"a.csv": BODY, "b.csv": BODY.replace("C", "D")}
    for name, content in files.items():
        (outside / name).write_text(content)
        os.utime(outside / name, (OLD, OLD))
    killed_at(STEPS[step], data, start)
    assert all(files[name] == content for name, content in seen(data).items())
    report = fetch_again(data)
    assert report.outcome in ("ok", "nothing"), report
    assert seen(data) == files
    assert load(data) == [(40_000, 40_000)]
    assert fetch_again(data).outcome in ("ok", "nothing")  # what was not remembered comes again
    assert load(data) == [(40_000, 40_000)]
    assert fetch_again(data).outcome == "nothing"
    assert not list((data / "inbox").rglob(".*.part"))


@pytest.mark.parametrize("step", PULLS)
def test_a_web_server(step, tmp_path, start):
    assert len(BODY) > 2 * CHUNK
    data = tmp_path / "data"
    with Server() as server:
        server.answers["/kpis.csv"] = ranged(BODY.encode(), '"v1"')
        declare(data, f'kind = "https"\nurl = "{server.url("/kpis.csv")}"\nrecheck = 0')
        killed_at(PULLS[step], data, start)
        assert set(seen(data).values()) <= {BODY}
        assert fetch_again(data).outcome in ("ok", "nothing")
        assert seen(data) == {"kpis.csv": BODY}
        if step == "in the middle of the body":
            assert "range" in server.asked[1].headers  # gone on with, not begun anew
        assert load(data) == [(20_000, 20_000)]
        assert fetch_again(data).outcome in ("ok", "nothing")
        assert load(data) == [(20_000, 20_000)]
        assert fetch_again(data).outcome == "nothing"
        assert not list((data / "inbox").rglob(".*.part*"))


def test_catch_up_after_days_of_downtime(tmp_path):
    """Monday noon in Beijing: Sunday's file; then nothing runs until Friday noon."""
    data = tmp_path / "data"
    with Server() as server:
        for day in range(1, 8):
            server.answers[f"/k-2026-03-0{day}.csv"] = gives(f"{day}".encode(), ETag=f'"{day}"')
        url = server.url("/k-{day}.csv")
        declare(data, f'kind = "https"\nurl = "{url}"\ncatch_up_days = 5\nrecheck = 0')
        assert fetch_again(data).files == 1  # 25 to 28 February: the server has none
        server.asked.clear()
        later = NOW + timedelta(days=4)
        report = fetch_again(data, later)
        assert (report.outcome, report.files) == ("ok", 4)
        # Five days back from Friday noon is Sunday noon: the oldest day that ended since is Sunday.
        assert server.paths() == [f"/k-2026-03-0{day}.csv" for day in (2, 3, 4, 5)]
        assert sorted(seen(data)) == [f"k-2026-03-0{day}.csv" for day in range(1, 6)]
        assert fetch_again(data, later).outcome == "nothing"

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dashboard.ops.engine import FILE_NAME, open_ops
from dashboard.ops.reading import states_of
from dashboard.ops.runs import Report, Runs
from dashboard.web.app import create_app
from dashboard.web.settings import WebSettings
from ingest.clock import FixedClock

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)


def metrics(data) -> dict[str, float]:
    app = create_app(
        data, clock=FixedClock(NOW), settings=WebSettings(), states=states_of(data, None)
    )
    text = app.server.test_client().get("/metrics").get_data(as_text=True)
    pairs = (line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("foresite_"))
    return {name: float(value) for name, value in pairs}


def test_fetches_are_told(tmp_path) -> None:
    assert metrics(tmp_path)["foresite_ops_readable"] == 1
    assert not (tmp_path / FILE_NAME).exists()  # the web makes nothing
    engine = open_ops(tmp_path)
    runs = Runs(engine)
    for minutes, outcome in ((0, "ok"), (15, "failed")):
        at = NOW + timedelta(minutes=minutes)
        run = runs.begin("fetch", "oss", at)
        runs.end(run, Report(outcome), ended_at=at, seconds=2.5, quiet=False)
    runs.begin("fetch", "oss", NOW + timedelta(minutes=16))
    engine.dispose()
    told = metrics(tmp_path)
    stamp = told['foresite_fetch_last_success_timestamp_seconds{source="oss"}']
    assert stamp == NOW.timestamp()
    assert told['foresite_fetch_last_success_age_seconds{source="oss"}'] > 0
    assert told['foresite_fetch_failures{source="oss"}'] == 1
    assert told['foresite_fetch_seconds{source="oss"}'] == 2.5
    assert told['foresite_fetch_up{source="oss"}'] == 0


def test_a_damaged_history_is_told_and_takes_nothing_else_down(tmp_path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database" * 1000)
    told = metrics(tmp_path)
    assert told["foresite_ops_readable"] == 0
    assert told["foresite_snapshot_loaded"] == 0

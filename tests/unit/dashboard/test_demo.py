import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboard.demo import city as module
from dashboard.demo.city import prepare
from dashboard.demo.live import LivingCity
from dashboard.demo.lived import Lived
from dashboard.demo.past import LEARNT_DAYS
from dashboard.demo.plan import (
    MARKER,
    Plan,
    feeds_dir,
    read_marker,
    read_stood_at,
    require_demo_directory,
    write_marker,
)
from dashboard.errors import DashboardError
from dashboard.ops.engine import open_ops
from dashboard.runtime.opened import opened_warehouse
from dashboard.settings import FILE_NAME, load_settings
from ingest.clock import FixedClock
from ingest.errors import WarehouseError
from ingest.simulator import LiveCity

NOW = datetime(2026, 11, 21, 14, 20, tzinfo=UTC)
PRESENT = datetime(2026, 11, 21, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)
SMALL = Plan(cells=12, days=2, seed=5)


def prepared(data, now=NOW, plan=SMALL, fresh=False):
    return prepare(
        data,
        load_settings(data),
        plan,
        now=now,
        fresh=fresh,
        report=lambda _step, _share: None,
    )


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A demo's directory as it stands at NOW; made once, copied by the tests."""
    data = tmp_path_factory.mktemp("demo") / "data"
    prepared(data)
    return data


@pytest.fixture
def stood(template, tmp_path):
    """The data directory of a demo that ran before."""
    return Path(shutil.copytree(template, tmp_path / "data"))


def known(data):
    """(start of the first KPI interval, end of the last, rows, duplicates), hours from PRESENT."""
    with opened_warehouse(data, load_settings(data)) as connection:
        first, last, rows, keys = connection.execute(
            "SELECT epoch(min(ts)), epoch(max(ts)) + 3600, count(*), count(DISTINCT (cell_id, ts)) "
            "FROM kpis"
        ).fetchone()
    hours = [(moment - PRESENT.timestamp()) / 3600 for moment in (first, last)]
    return hours, rows - keys


def test_a_new_city_is_known_up_to_the_present_hour(tmp_path):
    ready = prepared(tmp_path)
    assert ready.reused is None
    assert ready.city.next_hour == PRESENT
    assert known(tmp_path) == ([-48, 0], 0)
    assert ready.present == NOW
    assert read_marker(tmp_path) == SMALL
    assert not feeds_dir(tmp_path).exists()  # loaded, so of no more use


def test_a_city_with_a_past_stands_where_its_days_with_crews_begin(tmp_path):
    plan = Plan(cells=12, days=LEARNT_DAYS + 2, seed=5, past=2)
    ready = prepared(tmp_path, plan=plan)
    begin = datetime(2026, 11, 19, 23, tzinfo=UTC)  # 07:00 of the 20th in Shanghai
    assert ready.city.next_hour == begin
    assert read_stood_at(tmp_path) == PRESENT
    assert read_marker(tmp_path) is None  # not complete before these days were lived
    hours, _ = known(tmp_path)
    assert hours == [(begin - PRESENT) / HOUR - 24 * LEARNT_DAYS, (begin - PRESENT) / HOUR]
    with opened_warehouse(tmp_path, load_settings(tmp_path)) as connection:
        engine = open_ops(tmp_path)
        Lived(
            connection,
            tmp_path,
            load_settings(tmp_path),
            engine=engine,
            city=ready.city,
            present=PRESENT,
        ).until(PRESENT)
        engine.dispose()
    assert known(tmp_path) == ([hours[0], 0], 0)
    assert not feeds_dir(tmp_path).exists()


def test_run_again_in_the_same_hour_reuses_all_of_it(stood, monkeypatch):
    monkeypatch.setattr(module, "simulate", None)  # would fail if called
    ready = prepared(stood, now=NOW + timedelta(minutes=20))
    assert ready.reused == "all of it"
    assert ready.city.next_hour == PRESENT


def test_some_hours_later_only_those_are_lived_through(stood, monkeypatch):
    monkeypatch.setattr(module, "simulate", None)
    ready = prepared(stood, now=NOW + 5 * HOUR)
    assert ready.reused == "the city of an earlier run, 5 h caught up"
    assert ready.city.next_hour == PRESENT + 5 * HOUR
    assert known(stood) == ([-48, 5], 0)


def test_hours_that_were_simulated_but_not_loaded_are_loaded(stood, monkeypatch):
    interrupted = LiveCity.resume(stood / "demo" / "state")
    interrupted.drop_hour(feeds_dir(stood))
    ready = prepared(stood, now=NOW + 2 * HOUR)
    assert ready.reused
    assert known(stood) == ([-48, 2], 0)


def test_a_city_ahead_goes_on_from_its_own_present(stood):
    city = LiveCity.resume(stood / "demo" / "state")
    for _ in range(3):
        city.drop_hour(stood / "inbox")
    ready = prepared(stood)
    assert ready.reused == "all of it"
    assert ready.present == PRESENT + 3 * HOUR


@pytest.mark.parametrize(
    "change",
    [
        {"now": NOW + timedelta(days=4)},
        {"now": NOW - timedelta(days=9)},
        {"plan": Plan(cells=15, days=2, seed=5)},
        {"fresh": True},
    ],
)
def test_what_does_not_fit_is_made_anew(stood, change):
    first = LiveCity.resume(stood / "demo" / "state")
    (stood / FILE_NAME).write_text("[web]\nlanguage = 'en'")
    (stood / "snapshots").mkdir()
    for _ in range(2):
        first.drop_hour(stood / "inbox")
    ready = prepared(stood, **change)
    assert ready.reused is None
    assert ready.city.next_hour == change.get("now", NOW).replace(minute=0)
    assert not (stood / "inbox").exists()
    assert not (stood / "snapshots").exists()
    assert (stood / FILE_NAME).exists()  # settings are the operator's


def test_interrupted_before_the_end_is_made_anew(tmp_path, monkeypatch):
    def torn(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "ingest_paths", torn)
        with pytest.raises(KeyboardInterrupt):
            prepared(tmp_path)
    assert read_marker(tmp_path) is None
    assert prepared(tmp_path).reused is None
    assert known(tmp_path) == ([-48, 0], 0)


def test_a_damaged_state_is_made_anew(stood):
    (stood / "demo" / "state" / "state.json").write_text("{half")
    assert prepared(stood).reused is None


def test_a_damaged_warehouse_is_not_papered_over(stood):
    (stood / "warehouse.duckdb").write_bytes(b"junk" * 5000)
    with pytest.raises(WarehouseError):
        prepared(stood, now=NOW + HOUR)
    assert prepared(stood, fresh=True).reused is None


def test_real_data_are_never_touched(tmp_path):
    with opened_warehouse(tmp_path, load_settings(tmp_path)):
        pass
    with pytest.raises(DashboardError, match="not a demo's; name another directory"):
        require_demo_directory(tmp_path)
    write_marker(tmp_path, SMALL, complete=False)
    require_demo_directory(tmp_path)


def test_marker_of_another_version_or_torn(tmp_path):
    write_marker(tmp_path, SMALL, complete=True)
    raw = json.loads((tmp_path / MARKER).read_text())
    (tmp_path / MARKER).write_text(json.dumps({**raw, "version": "0.0.0"}))
    assert read_marker(tmp_path) is None
    (tmp_path / MARKER).write_text("{")
    assert read_marker(tmp_path) is None


class Stub:
    def __init__(self):
        self.next_hour, self.dropped = PRESENT, 0

    def drop_hour(self, inbox):
        if inbox.name == "full":
            raise OSError(28, "No space left on device")
        self.next_hour += HOUR
        self.dropped += 1


def test_an_hour_is_dropped_when_it_is_over(tmp_path):
    city = Stub()
    for minutes, dropped in ((0, 0), (59, 0), (60, 1), (60, 1), (185, 2), (185, 3), (185, 3)):
        LivingCity(city, FixedClock(PRESENT + timedelta(minutes=minutes)), tmp_path).tick()
        assert city.dropped == dropped


def test_a_full_disk_stops_life_not_the_pages(tmp_path):
    living = LivingCity(Stub(), FixedClock(PRESENT + HOUR), tmp_path / "full")
    living.tick()
    living.tick()
    assert not living.alive

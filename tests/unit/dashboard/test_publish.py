"""From hand-made facts through forecast and snapshot to what the API answers."""

import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest

from dashboard.errors import DashboardError
from dashboard.newest import default_as_of, newest_facts
from dashboard.publish import forecast_and_publish, newest_as_of
from dashboard.publish.kpis import kpi_days
from dashboard.settings import Settings
from dashboard.snapshot import Snapshot, current_id
from dashboard.web.app import create_app
from forecasting.errors import NotEnoughHistoryError
from ingest.catalogue import load_catalogue
from ingest.clock import FixedClock
from tests.support.facts import Facts, local, two_districts

NOON = local(2026, 10, 12, 12)
START = local(2026, 10, 6)
SETTINGS = Settings(time_zone="Asia/Shanghai")
KPI_HOURS = 24 * 6 + 11  # until 11:00 on the 12th: known at 11:15


def three_cells(data):
    facts = two_districts(data)
    facts.cells(
        {"cell_id": "w1", "longitude": 116.35, "latitude": 39.90, "azimuth_deg": 0.0},
        {"cell_id": "w2", "longitude": 116.35, "latitude": 39.90, "azimuth_deg": 180.0},
        {"cell_id": "e1", "longitude": 116.45, "latitude": 39.90, "azimuth_deg": 90.0},
    )
    for cell in ("w1", "w2", "e1"):
        facts.kpis(cell, START, KPI_HOURS)
    return facts


@pytest.fixture
def facts(tmp_path):
    facts = three_cells(tmp_path)
    yield facts
    facts.close()


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A data directory with tickets, hand-overs and plans, published once, and what was said."""
    data = tmp_path_factory.mktemp("told")
    facts = three_cells(data)
    facts.ticket(local(2026, 10, 10, 9), cell_id="w1", satisfaction=3)
    facts.ticket(local(2026, 10, 12, 8), cell_id="e1", satisfaction=2)  # scored only tomorrow
    facts.ticket(local(2026, 10, 11, 9), longitude=116.35, latitude=39.92, satisfaction=9)
    facts.ticket(local(2026, 10, 11, 9), region_id="east")
    facts.ticket(local(2026, 10, 11, 9))
    day = {"neighbour_id": "w1", "period_min": 1440, "attempts": 600, "successes": 590}
    known = {"ts": local(2026, 10, 7), "known_at": local(2026, 10, 8, 0, 15)}
    facts.put("handovers", [{"cell_id": "e1", **day, **known}])
    known = {"state_at": START, "known_at": START}
    facts.put(
        "work_states",
        [
            {"work_id": "old", "starts_at": NOON - timedelta(days=40)} | known,
            {"work_id": "long", "starts_at": NOON - timedelta(days=40), "ends_at": NOON} | known,
            {"work_id": "soon", "starts_at": NOON + timedelta(days=13)} | known,
            {"work_id": "far", "starts_at": NOON + timedelta(days=15)} | known,
        ],
    )
    said = published(facts, data)
    facts.close()
    return data, said


def published(facts, data, as_of=NOON):
    return forecast_and_publish(
        facts.connection, data, as_of=as_of, settings=SETTINGS, clock=FixedClock(as_of)
    )


@pytest.fixture
def opened():
    """Opens snapshots and closes them at the end."""
    held = []

    def open_(data, at=None):
        held.append(Snapshot.open(data, at))
        return held[-1]

    yield open_
    for snapshot in held:
        snapshot.close()


def test_a_snapshot_says_what_is_known(told, opened):
    data, said = told
    snapshot = opened(data)
    manifest = snapshot.manifest
    assert manifest.snapshot_id == said.snapshot_id == current_id(data)
    assert (manifest.as_of, manifest.mode, manifest.horizon_h) == (NOON, "cells", 72)
    assert manifest.data_time == local(2026, 10, 12, 11)
    assert manifest.ticket_time == local(2026, 10, 12, 8)
    assert sum(said.counts.values()) == 3
    tickets = pq.read_table(snapshot.path / "tickets.parquet").to_pylist()
    rows = {(t["ticket_id"], t["cell_id"]): t for t in tickets}
    assert rows["T0001", "w1"]["low"] is True
    assert rows["T0001", "w1"]["region_id"] == "west"
    assert rows["T0002", "e1"]["satisfaction"] is None  # not known at noon
    assert rows["T0002", "e1"]["low"] is None
    placed = [t for t in tickets if t["ticket_id"] == "T0003"]
    assert sum(t["weight"] for t in placed) == pytest.approx(1)
    assert {t["attribution"] for t in placed} == {"position"}
    assert {t["low"] for t in placed} == {False}
    assert rows["T0004", None]["attribution"] == "region"
    assert rows["T0004", None]["region_id"] == "east"
    assert rows["T0005", None]["attribution"] == "none"
    assert rows["T0005", None]["region_id"] is None


def test_the_api_answers_what_was_published(told):
    data, said = told
    app = create_app(data, clock=FixedClock(NOON), settings=SETTINGS.web)
    client = app.server.test_client()
    assert client.get("/readyz").status_code == 200
    regions = client.get("/api/v1/regions").get_json()["features"]
    assert {r["properties"]["name"] for r in regions} == {"西城", "东城"}
    cells = {c["cell_id"]: c for c in client.get("/api/v1/cells").get_json()}
    table = said.table.set_index("cell_id")
    assert set(cells) == set(table.index) == {"w1", "w2", "e1"}
    for cell_id, cell in cells.items():
        assert cell["status"] == table.loc[cell_id, "status"]
        risk = float("nan") if cell["probability"] is None else cell["probability"]
        assert risk == pytest.approx(table.loc[cell_id, "probability"], nan_ok=True)
    one = client.get("/api/v1/cells/w1").get_json()
    assert "drop_rate_pct" in json.dumps(one)


def test_neighbours_are_told_with_borders_and_hand_overs(told, opened):
    rows = pq.read_table(opened(told[0]).path / "neighbours.parquet").to_pylist()
    pairs = {(row["cell_id"], row["neighbour_id"]): row for row in rows}
    assert pairs["e1", "w1"]["share"] == 1.0
    assert pairs["w1", "e1"]["share"] is None
    assert {row["kind"] for row in rows} <= {"cosite", "adjacent", "near", "handover"}
    assert all(row["border_m"] >= 0 for row in rows)
    borders = {pair for pair, row in pairs.items() if row["border_m"] > 0}
    assert borders == {(b, a) for a, b in borders}
    assert borders


def test_what_is_learned_later_moves_nothing(facts, tmp_path, opened):
    facts.ticket(local(2026, 10, 10, 9), cell_id="w1", satisfaction=3)
    published(facts, tmp_path / "before")
    # All of this is recorded, delivered or announced after noon.
    facts.kpis("w1", local(2026, 10, 12, 11), 30, drop_rate_pct=50.0)
    facts.ticket(local(2026, 10, 12, 13), cell_id="w2", satisfaction=1)
    facts.ticket(local(2026, 10, 12, 9), cell_id="w2", recorded_at=local(2026, 10, 12, 13))
    later = {"state_at": local(2026, 10, 12, 13), "known_at": local(2026, 10, 12, 13)}
    facts.put("work_states", [{"work_id": "W", "starts_at": NOON, "kind": "割接"} | later])
    facts.put("event_states", [{"event_id": "E", "starts_at": NOON, "kind": "exam"} | later])
    facts.cells({"cell_id": "x", "longitude": 116.45, "latitude": 39.9} | later)
    published(facts, tmp_path / "after")
    before, after = opened(tmp_path / "before").manifest, opened(tmp_path / "after").manifest
    assert before.files == after.files
    assert before.kpi_days == after.kpi_days


def test_known_plans_are_shown_for_their_span(told, opened):
    works = pq.read_table(opened(told[0]).path / "works.parquet").to_pydict()
    assert works["work_id"] == ["long", "soon"]


def test_history_grows_and_only_days_that_changed_are_written_anew(facts, tmp_path, opened):
    published(facts, tmp_path)
    first = files_of(opened(tmp_path))
    published(facts, tmp_path)
    facts.kpis("e1", local(2026, 10, 12, 11), 1)  # the newest hour, known at 12:15
    late = facts.connection.execute(
        "UPDATE kpis SET drop_rate_pct = 9, known_at = known_at + INTERVAL 4 DAY, delivery_id = 2 "
        "WHERE cell_id = 'w1' AND ts = '2026-10-08 10:00:00+08'"
    ).fetchall()
    assert late == [(1,)]
    published(facts, tmp_path, NOON + timedelta(hours=1))
    snapshot = opened(tmp_path)
    second = files_of(snapshot)
    changed = {day for day in second if first[day] != second[day]}
    assert changed == {"2026-10-08", "2026-10-12"}
    history = pq.read_table(snapshot.path / "history.parquet").to_pydict()
    assert history["as_of"] == [NOON, NOON + timedelta(hours=1)]  # one moment counts once
    assert newest_as_of(tmp_path) == NOON + timedelta(hours=1)


def files_of(snapshot):
    """Inode of the KPI file of each local day."""
    return {p.name[:10]: p.stat().st_ino for p in (snapshot.path / "kpis").glob("*.parquet")}


def test_a_kpi_day_is_a_local_day(facts):
    days = kpi_days(facts.connection, NOON, ZoneInfo("Asia/Shanghai"), load_catalogue())
    assert [day.isoformat() for day in days] == [f"2026-10-{n:02d}" for n in range(6, 13)]
    rows = {day.isoformat(): source.load().num_rows for day, source in days.items()}
    assert rows["2026-10-06"] == 3 * 24
    assert rows["2026-10-12"] == 3 * 11


def test_tickets_alone_show_regions_and_invent_nothing(tmp_path, opened):
    facts = Facts(tmp_path)
    try:
        facts.regions({"region_id": "r", "name": "区", "box": (116.3, 39.8, 116.5, 40.0)})
        for day in range(60):
            facts.ticket(NOON - timedelta(days=60 - day, hours=1), region_id="r")
        said = published(facts, tmp_path)
    finally:
        facts.close()
    assert said.mode == "tickets"
    assert len(said.table) == 0
    snapshot = opened(tmp_path)
    [region] = pq.read_table(snapshot.path / "regions.parquet").to_pylist()
    assert region["expected_tickets"] == pytest.approx(3, abs=1)  # one a day, three days
    for unknown in ("rate_per_10k", "quality_index", "expected_low_complaints"):
        assert region[unknown] is None
    assert snapshot.manifest.data_time is None
    assert not list((snapshot.path / "kpis").iterdir())


def test_regions_without_shapes_and_shapes_without_regions(tmp_path, opened):
    facts = Facts(tmp_path)
    try:
        facts.regions({"region_id": "flat", "name": "无形"})
        facts.cells({"cell_id": "a", "region_id": "flat"})
        facts.kpis("a", START, KPI_HOURS)
        published(facts, tmp_path)
    finally:
        facts.close()
    snapshot = opened(tmp_path)
    assert snapshot.geojson == {"type": "FeatureCollection", "features": []}
    [region] = pq.read_table(snapshot.path / "regions.parquet").to_pylist()
    assert region["label_longitude"] is None


def test_nothing_known_is_refused(tmp_path):
    facts = Facts(tmp_path)
    try:
        with pytest.raises(NotEnoughHistoryError):
            published(facts, tmp_path)
        with pytest.raises(DashboardError, match="no KPIs and no tickets"):
            default_as_of(facts.connection, FixedClock(NOON))
    finally:
        facts.close()
    assert newest_as_of(tmp_path) is None


def test_default_moment_is_the_newest_fact_or_now(facts):
    newest = local(2026, 10, 12, 11, 15)
    assert newest_facts(facts.connection) == newest
    assert default_as_of(facts.connection, FixedClock(NOON)) == newest
    assert default_as_of(facts.connection, FixedClock(START)) == START
    facts.ticket(local(2026, 10, 12, 11, 30), closed_at=local(2026, 10, 14))
    # The answer is dated later than the ticket: known to us with the ticket's latest fact.
    assert newest_facts(facts.connection) == local(2026, 10, 14)

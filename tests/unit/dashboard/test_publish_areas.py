"""Areas of a published snapshot agree with its cells, its regions and its tickets."""

from __future__ import annotations

import json

import pytest

from dashboard.publish import forecast_and_publish
from dashboard.settings import Settings
from dashboard.snapshot import Snapshot
from ingest.clock import FixedClock
from tests.support.facts import local, two_districts

NOON = local(2026, 10, 12, 12)
START = local(2026, 10, 6)
KPI_HOURS = 24 * 6 + 11  # until 11:00 on the 12th: known at 11:15
ALL = {"kind": None, "level": None, "status": None, "region_id": None, "limit": 10_000}


@pytest.fixture
def facts(tmp_path):
    facts = two_districts(tmp_path)
    yield facts
    facts.close()


def published(facts, data):
    settings = Settings(time_zone="Asia/Shanghai")
    forecast_and_publish(
        facts.connection, data, as_of=NOON, settings=settings, clock=FixedClock(NOON)
    )
    snapshot = Snapshot.open(data)
    tables = {name: snapshot.frame(name, ALL if name == "areas" else None) for name in
              ("areas", "regions", "totals")}  # fmt: skip
    snapshot.close()
    return tables


def test_areas_of_cells(facts, tmp_path):
    facts.cells(
        {"cell_id": "w1", "longitude": 116.35, "latitude": 39.90, "azimuth_deg": 0.0},
        {"cell_id": "w2", "longitude": 116.35, "latitude": 39.90, "azimuth_deg": 180.0},
        {"cell_id": "e1", "longitude": 116.45, "latitude": 39.90, "azimuth_deg": 90.0},
        {"cell_id": "x1"},  # nowhere: in the city alone
    )
    for cell, users in (("w1", 30.0), ("w2", 10.0), ("e1", 20.0)):
        drops = 0.4 if cell == "w2" else 0.2
        facts.kpis(cell, START, KPI_HOURS, active_users=users, drop_rate_pct=drops)
    # Revised after the forecast: not known then.
    late = {"cell_id": "w2", "ts": local(2026, 10, 12, 10), "period_min": 60}
    facts.put("kpi_revisions", [late | {"drop_rate_pct": 99.0, "known_at": local(2026, 10, 13)}])
    facts.ticket(local(2026, 10, 10, 9), cell_id="w1", satisfaction=3)
    facts.ticket(local(2026, 10, 12, 8), longitude=116.45, latitude=39.92)
    facts.ticket(local(2026, 10, 11, 9), region_id="east")
    facts.ticket(local(2026, 10, 11, 9))
    told = published(facts, tmp_path)
    area = told["areas"].set_index("area_id")
    city = area.loc["city"]
    assert (city["cells"], city["tickets_7d"], city["low_complaints_7d"]) == (4.0, 4.0, 1.0)
    expected = told["totals"]["expected_low_complaints"][0]
    assert city["expected_low_complaints"] == pytest.approx(expected, abs=1e-6)
    hexagons = area[area["kind"] == "hexagon"]
    [level] = set(hexagons["level"])
    assert hexagons["tickets_7d"].sum() == 2.0
    assert area.loc[f"hexagon:{level}", ["cells", "tickets_7d"]].tolist() == [1.0, 2.0]
    assert hexagons["cells"].sum() == pytest.approx(3.0, abs=1e-12)
    assert set(hexagons["parent_id"].dropna()) == {"west", "east"}
    assert area.loc["region:1", ["cells", "tickets_7d"]].tolist() == [1.0, 1.0]
    same = ["status", "expected_low_complaints", "rate_per_10k", "quality_index", "subscribers"]
    for region in told["regions"].to_dict("records"):
        for name in same:
            mine = area.loc[region["region_id"], name]
            assert mine == region[name] or (mine != mine and region[name] != region[name])
    # West: 30 users at 0.2 % and 10 at 0.4 %; traffic of two cells, 2 GB an hour each.
    kpis = json.loads(area.loc["west", "kpis"])
    assert kpis["drop_rate_pct"] == pytest.approx({"newest": 0.25, "day": 0.25}, abs=2e-5)
    assert kpis["active_users"] == {"newest": 40.0, "day": 40.0}
    assert kpis["traffic_dl_gb"]["newest"] == 4.0


def test_areas_of_tickets_alone(facts, tmp_path):
    for day in range(1, 12):
        facts.ticket(local(2026, 10, day, 9), region_id="west")
    told = published(facts, tmp_path)
    area = told["areas"].set_index("area_id")
    assert told["regions"]["status"].tolist() == ["unknown", "unknown"]
    assert area["kind"].tolist().count("hexagon") == 0
    assert area.loc["west", ["tickets_7d", "status"]].tolist() == [6.0, "unknown"]
    assert area.loc[["city", "region:1"], "tickets_7d"].tolist() == [6.0, 0.0]

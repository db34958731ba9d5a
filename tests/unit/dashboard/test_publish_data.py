"""From files to what a snapshot says of the data and of alarms."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.publish import forecast_and_publish
from dashboard.settings import Settings
from dashboard.snapshot import Snapshot
from ingest.clock import FixedClock
from ingest.quality import update
from tests.support.warehouses import Room

END = datetime(2026, 3, 1, 4, tzinfo=UTC)  # Sunday noon in Beijing
SHIFTS = """team_id,starts_at,ends_at,announced_at
T1,2026-03-01T08:00:00+08:00,2026-03-01T16:00:00+08:00,2026-02-20T08:00:00+08:00
T1,2026-03-02T08:00:00+08:00,2026-03-02T20:00:00+08:00,2026-02-20T08:00:00+08:00
T1,2026-03-03T08:00:00+08:00,2026-03-03T08:00:00+08:00,2026-02-20T08:00:00+08:00
T1,2026-03-04T08:00:00+08:00,2026-03-04T16:00:00+08:00,2026-03-02T08:00:00+08:00
T1,2026-02-20T08:00:00+08:00,2026-02-20T16:00:00+08:00,2026-02-19T08:00:00+08:00
T1,2026-03-30T08:00:00+08:00,2026-03-30T16:00:00+08:00,2026-02-20T08:00:00+08:00
"""  # today's, tomorrow's, a cancelled one, one not known yet, and two too far away
ALARMS = "alarm_id,cell_id,site_id,raised_at,cleared_at,severity,specific_problem\n"


@pytest.fixture
def room(tmp_path):
    room = Room(tmp_path / "data")
    room.take("cells.csv", "cell_id,site_id,longitude,latitude\nA,S,116.4,39.9\nB,S,116.4,39.9\n")
    hours = [END - timedelta(hours=n) for n in range(10 * 24, 0, -1)]
    lines = [
        f"{cell},{hour.isoformat()},60,1\n"
        for hour in hours
        for cell in ("A", "B", "ROGUE")
        if cell != "B" or hour < END - timedelta(hours=6)
    ]
    room.take("k.csv", "cell_id,ts,period_min,drop_rate_pct\n" + "".join(lines), source="oss")
    room.take(
        "t.csv", "ticket_id,created_at,cell_id\n1,2026-02-28T10:00:00+08:00,A\n", source="crm"
    )
    room.take(
        "alarms.csv",
        ALARMS
        + "1,A,S,2026-02-27T08:00:00+08:00,2026-02-27T09:00:00+08:00,major,链路中断\n"
        + "2,,S,2026-03-01T09:00:00+08:00,2026-03-01T20:00:00+08:00,minor,fan\n"
        + "3,A,S,2026-03-01T13:00:00+08:00,,critical,later than noon\n"
        + "4,A,S,2026-01-02T13:00:00+08:00,,warning,stands for two months\n"
        + "5,A,S,2026-01-02T13:00:00+08:00,2026-01-03T13:00:00+08:00,warning,over\n",
        feed="alarms",
    )
    room.take("teams.csv", "team_id,name,skills,region_ids\nT1,城东,天馈、plumbing radio,R1，R2\n")
    room.take("shifts.csv", SHIFTS)
    yield room
    room.close()


def test_what_the_snapshot_says_of_the_data(room):
    as_of = END + timedelta(minutes=15)
    clock = FixedClock(as_of)
    settings = Settings(time_zone="Asia/Shanghai")
    forecast_and_publish(room.connection, room.data, as_of=as_of, settings=settings, clock=clock)
    shown = Snapshot.open(room.data)
    try:
        flaws = {row["code"] for row in shown.rows("quality_flaws")}
        assert flaws == {"missing", "not_in_inventory", "unknown_skills"}
        sources = {(s["source"], s["feed"]): s for s in shown.rows("quality_sources")}
        assert {("oss", "kpis"), ("crm", "tickets"), ("ingest", "cells")} <= set(sources)
        assert sources["ingest", "alarms"]["data_time"] == END - timedelta(hours=3)  # alarm 2
        assert sources["oss", "kpis"]["data_time"] == END
        [cell] = [row for row in shown.rows("quality_cells", {"limit": 9}) if row["cell_id"] == "B"]
        # hours 0 to 9 are due at 12:15, those from 6 on are missing
        assert (cell["expected"], cell["present"]) == (11, 6)
        alarms = {
            row["alarm_id"]: row for row in shown.rows("cell_alarms", {"cell_id": "A", "limit": 9})
        }
        assert set(alarms) == {"1", "2", "4"}
        assert alarms["1"]["cleared_at"] == datetime(2026, 2, 27, 1, tzinfo=UTC)
        assert alarms["2"]["cleared_at"] is None  # that becomes known in the evening
        assert alarms["1"]["specific_problem"] == "链路中断"
    finally:
        shown.close()


def test_crews_are_in_the_snapshot_and_bound_the_reds(room):
    as_of = END + timedelta(minutes=15)
    settings = Settings(time_zone="Asia/Shanghai")
    forecast_and_publish(
        room.connection, room.data, as_of=as_of, settings=settings, clock=FixedClock(as_of)
    )
    shown = Snapshot.open(room.data)
    try:
        [team] = shown.rows("dispatch_teams")
        assert team["skills"] == "antenna;radio;plumbing"
        assert [row["starts_at"].isoformat() for row in shown.rows("dispatch_shifts")] == [
            "2026-03-01T00:00:00+00:00", "2026-03-02T00:00:00+00:00",
        ]  # fmt: skip
        # 3.75 h of today's shift, and 4.25 h of tomorrow's until 12:15
        assert shown.manifest.policy["capacity"] == 3
        assert shown.manifest.policy["crews"] == {"source": "shifts", "hours": 8, "visit_h": 2.5}
        [play] = shown.rows("play", {"cause": "transport"})
        assert (play["skill"], play["hours"], play["on_site"]) == ("transmission", 2.0, True)
    finally:
        shown.close()


def test_quality_that_cannot_be_told_keeps_no_forecast_back(room, monkeypatch):
    real = update.queries("quality")
    broken = real | {"batch": "SELECT CAST('x' AS INTEGER), $low, $high"}
    monkeypatch.setattr(update, "queries", lambda _: broken)
    as_of = END + timedelta(minutes=15)
    settings = Settings(time_zone="Asia/Shanghai")
    forecast_and_publish(
        room.connection, room.data, as_of=as_of, settings=settings, clock=FixedClock(as_of)
    )
    shown = Snapshot.open(room.data)
    try:
        [flaw] = shown.rows("quality_flaws")
        assert flaw["code"] == "untold"
        assert "cannot be told" in flaw["about"]
        assert len(shown.rows("cell", {"cell_id": "A"})) == 1
    finally:
        shown.close()

"""The shipped profiles on the real files they were made for; counts are taken by hand.

The files' own figures: 2,224 complaints of which 609 are dated in the other notation and 218 of one
day; 30,349 rows of base stations, 108 without values, 10,137 stations and days; three workbooks of
34,948 hours each.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ingest.result import FileResult
from tests.support.warehouses import Room

pytestmark = pytest.mark.real_data
LOCAL = "timezone('Asia/Shanghai', {})"


def result(file: str, feed: str, read: int, **rest) -> FileResult:
    return FileResult(file, feed, read, **rest)


def test_fcc_complaints(room: Room, real_data: Path) -> None:
    csv = real_data / "fcc_complaints" / "Comcast_telecom_complaints_data.csv"
    states = real_data / "boundaries" / "us_states.geojson"
    results = room.load(csv, states, profile="fcc_complaints")
    # Coarse borders: neighbours overlap, which is told and harms nothing.
    assert results[0].reasons.keys() == {"overlap:geometry", "gap:geometry", "hole:geometry"}
    assert any("'US-20' and 'US-40' overlap" in note for note in results[0].notes)
    assert [replace(results[0], reasons={}, notes=()), *results[1:]] == [
        result(str(states), "regions", 56, rows_loaded=56),
        result(
            str(csv),
            "tickets",
            2224,
            rows_loaded=2224,
            ignored=("Date_month_year", "City", "Zip code", "Filing on Behalf of Someone"),
        ),
    ]
    day = LOCAL.format("created_at") + "::DATE"
    assert room.one(
        f"SELECT min({day})::VARCHAR, max({day})::VARCHAR, count(DISTINCT {day}), "
        f"count(*) FILTER ({day} = '2015-06-24') FROM tickets"
    ) == ("2015-04-01", "2015-06-30", 91, 218)
    assert room.rows(f"SELECT month({day}), count(*) FROM tickets GROUP BY 1 ORDER BY 1") == [
        (4, 545),
        (5, 399),
        (6, 1280),
    ]
    # written 2015-04-08 and 22-04-15
    assert room.rows(
        f"SELECT ticket_id, {LOCAL.format('created_at')}::VARCHAR, region_id, category "
        "FROM tickets WHERE ticket_id IN ('250635', '223441') ORDER BY 1"
    ) == [
        ("223441", "2015-04-08 10:22:56", "US-13", "outage"),
        ("250635", "2015-04-22 15:53:50", "US-24", "speed"),
    ]


def test_fcc_regions_unknowns_and_masks(room: Room, real_data: Path) -> None:
    room.load(real_data / "fcc_complaints", real_data / "boundaries", profile="fcc_complaints")
    assert room.one("SELECT count(*) FROM tickets SEMI JOIN regions USING (region_id)") == (2224,)
    assert room.rows(
        "SELECT r.name, count(*) AS n FROM tickets t JOIN regions r USING (region_id) "
        "GROUP BY 1 ORDER BY n DESC LIMIT 3"
    ) == [("Georgia", 288), ("Florida", 240), ("California", 220)]
    # 16 'District Of Columbia' and 1 'District of Columbia'
    assert room.one("SELECT count(*) FROM tickets WHERE region_id = 'US-11'") == (17,)
    assert room.one(
        "SELECT count(satisfaction), count(cell_id), count(customer_hash), count(longitude), "
        "count(closed_at) FROM tickets"
    ) == (0, 0, 0, 0, 0)
    assert room.one("SELECT count(DISTINCT category), count(category) FROM tickets") == (7, 2224)


def test_lte_enodeb_daily(room: Room, real_data: Path) -> None:
    file = real_data / "lte_enodeb_daily" / "encoded_enodeb_rrc_success.csv"
    assert room.load(file.parent, profile="lte_enodeb_daily") == [
        result(
            str(file),
            "kpis",
            30_349,
            # 30,241 rows have values; they are of 10,101 stations and days
            rows_loaded=10_101,
            rows_merged=20_140,
            rows_rejected=108,
            reasons={"no_value": 108},
            ignored=("eNodeB ID Encoded",),
        )
    ]
    # 327 stations; one of them, 111014, never has a value
    assert room.one(
        "SELECT count(DISTINCT cell_id), count(DISTINCT ts), min(period_min), max(period_min), "
        "min(ts), max(ts) FROM kpis"
    ) == (326, 31, 1440, 1440, "2019-07-31T16:00:00Z", "2019-08-30T16:00:00Z")
    # station 111220 on 1 August: RRC 99.6817 and two more; computed from the three rows by hand
    [(rrc, down)] = room.rows(
        "SELECT rrc_setup_failure_pct, throughput_dl_mbps FROM kpis "
        "WHERE cell_id = '111220' AND ts = TIMESTAMPTZ '2019-08-01 00:00:00+08'"
    )
    import csv

    with file.open(encoding="utf-8") as lines:
        rows = [r for r in csv.DictReader(lines) if r["eNodeB ID"] == "111220"]
    rows = [r for r in rows if r["Date"] == "2019-08-01"]
    assert len(rows) == 3
    assert rrc == pytest.approx(100 - sum(float(r["RRC_Success_Rate"]) for r in rows) / 3, abs=1e-4)
    assert down == pytest.approx(sum(float(r["DL_TP"]) for r in rows) / 3 / 1e6, rel=1e-6)


HOURLY = [
    # file, KPI column, hours without a value, hours new
    ("E_RAB_DR_LTE.xlsx", "drop_rate_pct", 3, 34_945),
    ("E_RAB_SETUP_FR_LTE.xlsx", "erab_setup_failure_pct", 2, 2),
    ("E_RRC_SETUP_FR_LTE.xlsx", "rrc_setup_failure_pct", 2, 0),
]


def test_lte_network_hourly(room: Room, real_data: Path) -> None:
    folder = real_data / "lte_network_hourly"
    assert room.load(folder, profile="lte_network_hourly") == [
        result(
            str(folder / name),
            "kpis",
            34_948,
            rows_loaded=new,
            rows_updated=34_948 - empty - new,
            rows_rejected=empty,
            reasons={"no_value": empty},
        )
        for name, _, empty, new in HOURLY
    ]
    columns = ", ".join(f"count({column})" for _, column, *_ in HOURLY)
    assert room.one(f"SELECT count(*), count(DISTINCT ts), {columns} FROM kpis") == (
        34_947,  # one hour has no value in any of the three
        34_947,
        34_945,
        34_946,
        34_946,
    )
    hour = LOCAL.format("ts") + "::VARCHAR"
    assert room.one(
        f"SELECT min({hour}), max({hour}), count(DISTINCT cell_id), min(cell_id) FROM kpis"
    ) == ("2016-01-01 00:00:00", "2020-01-01 23:00:00", 1, "LTE-NETWORK")
    assert room.one(
        "SELECT drop_rate_pct, erab_setup_failure_pct, rrc_setup_failure_pct FROM kpis ORDER BY ts"
        " LIMIT 1"
    ) == (pytest.approx(0.0679032), pytest.approx(0.0806106), pytest.approx(0.264698))


def test_lte_network_hourly_in_any_order(room: Room, real_data: Path) -> None:
    folder = real_data / "lte_network_hourly"
    for name in ("E_RRC_SETUP_FR_LTE.xlsx", "E_RAB_DR_LTE.xlsx", "E_RAB_SETUP_FR_LTE.xlsx"):
        room.load(folder / name, profile="lte_network_hourly")
    columns = ", ".join(f"count({column}), sum({column}::DOUBLE)" for _, column, *_ in HOURLY)
    backwards = room.one(f"SELECT count(*), {columns} FROM (FROM kpis ORDER BY ts)")
    other = Room(room.data.parent / "other")
    other.load(folder, profile="lte_network_hourly")
    assert backwards == pytest.approx(
        other.one(f"SELECT count(*), {columns} FROM (FROM kpis ORDER BY ts)"), rel=1e-12
    )
    other.close()


def test_the_same_folder_again_changes_nothing(room: Room, real_data: Path) -> None:
    for profile in ("fcc_complaints", "lte_enodeb_daily", "lte_network_hourly"):
        first = room.load(real_data / profile, profile=profile)
        again = room.load(real_data / profile, profile=profile)
        assert [r.rows_unchanged for r in again] == [r.rows_read for r in first]

"""The JSON of a load, and the shapes that the shipped profiles read (made-up rows)."""

from __future__ import annotations

import json

import pytest

from ingest.result import FileResult
from tests.support.warehouses import KPI_HEAD, Room
from tests.support.workbooks import local, workbook


def test_json_of_a_file_has_the_keys_of_the_contract_and_adds_up(room: Room) -> None:
    result = room.take(
        "kpis.csv",
        KPI_HEAD.strip()
        + ",foo\nA,2026-03-01 08:00,60,1,2,x\nA,2026-03-01 08:00,60,1,2,x\nA,?,60,1,2,x\n",
    )
    shown = json.loads(json.dumps(result.to_json()))
    assert list(shown)[:9] == [
        "file",
        "feed",
        "rows_read",
        "rows_loaded",
        "rows_updated",
        "rows_unchanged",
        "rows_rejected",
        "rows_merged",
        "reasons",
    ]
    assert shown["rows_read"] == sum(shown[key] for key in list(shown)[3:8]) == 3
    assert shown["reasons"] == {"bad_time:ts": 1}
    assert shown["ignored"] == ["foo"]
    assert "refused" not in shown
    assert "refused" in room.take("kpis.csv", "x\n").to_json()


def test_rows_that_do_not_add_up_are_a_fault_of_ours() -> None:
    with pytest.raises(RuntimeError, match="3 rows read, 2 accounted for"):
        FileResult("x.csv", "kpis", 3, rows_loaded=2)


def test_shape_of_fcc_complaints(room: Room) -> None:
    result = room.take(
        "new_complaints_2015.csv",
        "Ticket #,Customer Complaint,Date,Date_month_year,Time,Received Via,City,State,Zip code,"
        "Status,Filing on Behalf of Someone\n"
        "1,Slow speed,22-04-15,22-Apr-15,3:53:50 PM,Internet,X,Maryland,1,Closed,No\n"
        "2,Call me 404-555-1234,2015-04-08,04-Aug-15,12:22:56 AM,Internet,X,Guam,1,Open,No\n"
        "3,x,2015-13-08,13-Aug-15,12:22:56 AM,Internet,X,Atlantis,1,Open,No\n"
        "4,x,08-04-15,08-Apr-15,12:22:56 PM,Internet,X,Atlantis,1,Open,No\n",
        profile="fcc_complaints",
    )
    assert (result.rows_loaded, result.reasons) == (3, {"bad_time:created_at": 1})
    assert room.rows(
        "SELECT timezone('Asia/Shanghai', created_at)::VARCHAR, region_id, category, description "
        "FROM tickets ORDER BY ticket_id"
    ) == [
        ("2015-04-22 15:53:50", "US-24", "speed", "Slow speed"),
        ("2015-04-08 00:22:56", "US-66", "other", "Call me ***TEL***"),
        ("2015-04-08 12:22:56", "US-unknown", "other", "x"),
    ]


def test_shape_of_lte_enodeb_daily(room: Room) -> None:
    result = room.take(
        "my_enodeb.csv",
        "Date,eNodeB ID,eNodeB ID Encoded,RRC_Success_Rate,ERAB_Success_Rate,UL_TP,DL_TP\n"
        "2019-08-01,111220,1,99.0,98.0,100000.0,1000000.0\n"
        "2019-08-01,111220,1,98.0,100.0,300000.0,\n"
        "2019-08-01,111220,1,,,,\n"
        "2019-08-02,111220,1,100.5,100,1,1\n",
        profile="lte_enodeb_daily",
    )
    assert (result.rows_read, result.rows_loaded, result.rows_merged) == (4, 1, 1)
    assert result.reasons == {"no_value": 1, "out_of_range:rrc_setup_failure_pct": 1}
    assert room.rows(
        "SELECT cell_id, period_min, rrc_setup_failure_pct, erab_setup_failure_pct, "
        "throughput_ul_mbps, throughput_dl_mbps FROM kpis"
    ) == [("111220", 1440, 1.5, 1.0, pytest.approx(0.2), 1.0)]


def test_shape_of_lte_network_hourly(room: Room) -> None:
    def book(column: str, shift: float) -> bytes:
        return workbook(
            {
                year: [["DT", column], *([local(int(year), 1, 1, h), h + shift] for h in range(3))]
                for year in ("2016", "2017")
            }
        )

    for file, column, shift in (
        ("E_RAB_DR_LTE.xlsx", "E_RAB_DR", 0.0),
        ("E_RRC_SETUP_FR_LTE.xlsx", "E_RRC_SETUP_FR", 0.5),
    ):
        result = room.take(file, book(column, shift), profile="lte_network_hourly")
        assert result.rows_read == 6
    assert room.rows(
        "SELECT ts, drop_rate_pct, rrc_setup_failure_pct, erab_setup_failure_pct FROM kpis "
        "ORDER BY ts LIMIT 2"
    ) == [("2015-12-31T16:00:00Z", 0.0, 0.5, None), ("2015-12-31T17:00:00Z", 1.0, 1.5, None)]
    assert room.one("SELECT count(*) FROM kpis") == (6,)

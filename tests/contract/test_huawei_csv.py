"""Counters as U2020 and MAE write them, through the shipped profile; KPIs are computed by hand.

The payloads follow the layout of the northbound files (header by id and a row of units, by name
with units in brackets) and of exports in Chinese (by description, GBK); names and numbers are made
up.
"""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from tests.support.warehouses import Room

PAYLOADS = Path(__file__).parent / "payloads" / "huawei"
RRC = PAYLOADS / "pmresult_1526726657_60_202603010800_202603010900.csv"
ERAB = PAYLOADS / "pmresult_1526727544_60_202603010800_202603010900.csv"
FLOW = PAYLOADS / "话务模型_20260301.csv"
NR = PAYLOADS / "pmresult_1911816247_60_202603010800_202603010900.csv"
LTE_KPIS = {
    "accessibility_pct": (98.01, None, None),  # 990/1000 × 198/200; suspect; no attempts
    "rrc_setup_failure_pct": (1.0, None, None),  # 10/1000
    "erab_setup_failure_pct": (1.0, 0.0, 10.0),  # 2/200; 0/50; 1/10
    "drop_rate_pct": (1.0, 0.0, None),  # 4/(4 + 396); 0/(0 + 50); NIL
    "availability_pct": (99.0, 100.0, 50.0),  # 36 s, 0 s, 1800 s of 3600 s
    "interference_dbm": (-112.5, None, -118.0),
    "throughput_dl_mbps": (30.0, None, None),  # 15e9 bit in 500,000 ms; no time; suspect
    "traffic_dl_gb": (2.0, 0.1, None),  # 16e9 bit; 0.8e9 bit
    "active_users": (32.5, 1.25, None),
    "prb_util_dl_pct": (42.0, 3.0, None),
}


def load(room: Room, *files: Path) -> list:
    return [room.load(file, profile="huawei_pm")[0] for file in files]


def test_each_file_by_itself(room: Room) -> None:
    rrc, erab, flow, nr = load(room, RRC, ERAB, FLOW, NR)
    assert (rrc.rows_read, rrc.rows_loaded, rrc.rows_rejected) == (3, 2, 1)
    assert rrc.reasons == {
        "suspect": 1,
        "undefined:rrc_setup_failure_pct": 1,
    }
    assert rrc.ignored == ("1526728222",)
    assert (erab.rows_read, erab.rows_loaded, erab.rows_updated, erab.rows_rejected) == (4, 1, 2, 1)
    assert erab.reasons == {"not_a_cell": 1, "undefined:accessibility_pct": 1}
    assert (flow.rows_read, flow.rows_updated, flow.rows_rejected) == (3, 2, 1)
    assert flow.reasons == {"suspect": 1, "undefined:throughput_dl_mbps": 1}
    assert flow.ignored == ("网元名称", "小区Uu接口寻呼用户个数 (无)")
    assert (nr.rows_read, nr.rows_loaded, nr.reasons) == (1, 1, {})
    assert room.rows(
        "SELECT row_number, reason, split_part(value, ', ', 2) FROM rejected_rows "
        "ORDER BY delivery_id, row_number"
    ) == [
        (2, "suspect", "Local Cell ID=2"),
        (4, "not_a_cell", "S1 Interface ID=0"),
        (3, "suspect", "本地小区标识=0"),
    ]


def test_the_row_of_a_cell_from_all_its_groups(room: Room) -> None:
    load(room, RRC, ERAB, FLOW, NR)
    for kpi, expected in LTE_KPIS.items():
        found = room.rows(
            f"SELECT {kpi} FROM kpis WHERE cell_id <> 'GNB1-N1' "
            "ORDER BY list_position(['WANGJING-1', 'WANGJING-2', 'GUOMAO-0'], cell_id)"
        )
        for (value,), right in zip(found, expected, strict=True):
            assert value == (None if right is None else pytest.approx(right, rel=1e-6)), kpi
    assert room.one("SELECT min(ts), max(ts), min(period_min), max(period_min) FROM kpis") == (
        "2026-03-01T00:00:00Z",  # 08:00 in Beijing
        "2026-03-01T00:00:00Z",
        60,
        60,
    )
    # 7.2e6 kbit in 24e6 µs; 8e6 kbit; 136.5 of 273 blocks
    assert room.one(
        "SELECT throughput_dl_mbps, traffic_dl_gb, prb_util_dl_pct, active_users, drop_rate_pct "
        "FROM kpis WHERE cell_id = 'GNB1-N1'"
    ) == (300.0, 1.0, 50.0, 12.0, None)


def test_in_any_order(room: Room) -> None:
    load(room, RRC, ERAB, FLOW)
    names = ", ".join(LTE_KPIS)
    query = f"SELECT cell_id, ts, period_min, known_at, {names} FROM kpis ORDER BY cell_id"
    expected = room.rows(query)
    for order in permutations((RRC, ERAB, FLOW)):
        for table in ("kpis", "kpi_revisions", "counters", "deliveries", "rejected_rows"):
            room.connection.execute(f"DELETE FROM {table}")
        load(room, *order)
        assert room.rows(query) == expected


def test_a_folder_of_them_and_the_same_again(room: Room) -> None:
    first = room.load(PAYLOADS, profile="huawei_pm")
    assert [Path(r.file).name for r in first] == sorted(path.name for path in PAYLOADS.iterdir())
    again = room.load(PAYLOADS, profile="huawei_pm")
    assert all(r.known and r.rows_unchanged == r.rows_read for r in again)


def test_a_file_that_is_cut_off_is_refused_at_every_byte(room: Room) -> None:
    raw = FLOW.read_bytes()
    for end in range(len(raw) - 40, len(raw) - 1):
        result = room.take("cut.csv", raw[:end], profile="huawei_pm")
        assert result.refused is not None
    assert room.one("SELECT count(*) FROM counters") == (0,)


def test_missing_columns_are_named(room: Room) -> None:
    text = "Result Time,Object Name,Reliability,1526726658\n2026-03-01 08:00,A,Reliable,1\n"
    result = room.take("pmresult_1.csv", text, profile="huawei_pm")
    assert result.refused is not None
    assert "lacks the column Granularity Period or Period or 周期(分钟)" in result.refused
    assert "it has Result Time, Object Name, Reliability, 1526726658" in result.refused

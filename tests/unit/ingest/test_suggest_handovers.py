"""A profile proposed for an export of hand-overs, which then loads it."""

from __future__ import annotations

from ingest.contracts import feeds
from ingest.settings import IngestSettings
from ingest.suggest.propose import suggest
from tests.support.warehouses import Room

SETTINGS = IngestSettings()
FEEDS = feeds(SETTINGS.load_catalogue())


def test_a_chinese_export_per_frequency_is_summed_per_relation(room: Room) -> None:
    lines = ["日期,源小区,目标小区,频点,切换请求次数,切换成功次数"]
    lines += [
        f"2026-03-{day:02},A{cell},A{cell + 1},{band},{100 + day},{90 + day}"
        for day in (1, 2, 3)
        for cell in range(6)
        for band in (100, 1300)
    ]
    path = room.put("邻区切换_202603.csv", "\n".join(lines) + "\n")
    made = suggest(path, settings=SETTINGS, feeds=FEEDS)
    assert made.table.feed == "handovers"
    assert made.table.merge == {"default": "sum"}
    assert made.table.columns["period_min"].constant == "1440"
    profile = room.put("proposed.toml", made.toml)
    [result] = room.load(path, profile=str(profile))
    assert (result.rows_loaded, result.rows_merged, result.rows_rejected) == (18, 18, 0)
    assert room.one("SELECT attempts, successes FROM handovers ORDER BY ts, cell_id LIMIT 1") == (
        202, 182,
    )  # fmt: skip


def test_canonical_columns_and_no_repetition_need_no_merging(room: Room) -> None:
    lines = ["source cell,target cell,start time,period,ho attempts,ho successes"]
    lines += [f"A{n},B{n},2026-03-01 0{n}:00,60,{n + 5},{n}" for n in range(8)]
    made = suggest(room.put("ho.csv", "\n".join(lines) + "\n"), settings=SETTINGS, feeds=FEEDS)
    assert made.table.feed == "handovers"
    assert made.table.merge == {}
    assert set(made.table.columns) == {
        "cell_id", "neighbour_id", "ts", "period_min", "attempts", "successes",
    }  # fmt: skip

"""Shards cover every cell once; weeks follow the operator's calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import duckdb
import pytest

from forecasting.hours.shards import Shard, shards
from forecasting.hours.weeks import local_day, midnight, week_of, weeks_between


def holds(shard: Shard, cell_id: str) -> bool:
    return shard.low <= cell_id and (shard.high is None or cell_id < shard.high)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_every_cell_lies_in_one_shard_named_or_not(size: int) -> None:
    named = sorted(["A", "B-1", "B-2", "C'x", "小区1", "小区2", "é"])
    parts = shards(named, size)
    for cell_id in [*named, "", "0", "ZZ", "乙", "B-15", "\U0001f4f6"]:
        assert sum(holds(part, cell_id) for part in parts) == 1
    counts = [sum(holds(part, cell_id) for cell_id in named) for part in parts]
    assert max(counts) <= size
    assert sum(counts) == len(named)


def test_without_cells_one_shard_holds_all() -> None:
    assert shards([]) == [Shard()]


def test_the_database_orders_cells_as_we_do() -> None:
    named = sorted(["A", "B", "C'x", "小区1", "é", "\U0001f4f6", "\uffee"])
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE cells (cell_id VARCHAR)")
        connection.executemany("INSERT INTO cells VALUES (?)", [[name] for name in named])
        found = []
        for part in shards(named, 2):
            rows = connection.execute(f"SELECT cell_id FROM cells WHERE {part.sql()}").fetchall()
            found += sorted(row[0] for row in rows)
        assert found == named


def test_weeks_and_days_where_clocks_change() -> None:
    # In Berlin the clock went forward on Sunday, 29 March 2026: that week has 167 hours.
    week = week_of(date(2026, 3, 23), "Europe/Berlin")
    assert week.end - week.start == timedelta(hours=167)
    assert week.start == datetime(2026, 3, 22, 23, tzinfo=UTC)
    assert local_day(datetime(2026, 3, 29, 22, 30, tzinfo=UTC), "Europe/Berlin") == date(
        2026, 3, 30
    )
    assert midnight(date(2026, 3, 30), "Europe/Berlin") == week.end


def test_weeks_between_touch_the_span() -> None:
    zone = "Asia/Shanghai"
    monday = midnight(date(2026, 10, 12), zone)
    days = [w.monday for w in weeks_between(monday - timedelta(seconds=1), monday, zone)]
    assert days == [date(2026, 10, 5)]
    days = [w.monday for w in weeks_between(monday, monday + timedelta(days=8), zone)]
    assert days == [date(2026, 10, 12), date(2026, 10, 19)]

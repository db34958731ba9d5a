"""However deliveries are split, ordered and revised, and whenever roll-ups and counts are brought
up to date between them: they equal those made once, at the end, to the last digit."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.catalogue import load_catalogue
from ingest.quality import update_quality
from ingest.retention import update_rollups
from tests.support.warehouses import Room

CATALOGUE = load_catalogue()
HEAD = "cell_id,ts,period_min,drop_rate_pct,accessibility_pct,traffic_dl_gb\n"
MADE = ("kpi_hourly", "kpi_daily", "quality_cells", "quality_kpis")
TABLES = ("kpis", "kpi_revisions", "deliveries", "rejected_rows", "upkeep", *MADE)
CALM = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    with tempfile.TemporaryDirectory() as folder:
        made = Room(Path(folder) / "data")
        yield made
        made.close()


# thirds are not exact in any binary: sums of them tell the order in which they were added
value = st.one_of(st.none(), st.integers(1, 280).map(lambda n: round(n / 3, 5)))
key = st.tuples(st.sampled_from("AB"), st.integers(0, 11))  # quarters of the hours round midnight
file = st.dictionaries(key, st.tuples(value, value, value).filter(any), min_size=1, max_size=10)


def text(number: int, rows: list[tuple]) -> str:
    lines = [
        f"{cell},2026-03-01T{22 + quarter // 4:02}:{15 * (quarter % 4):02}:00+08:00,15,"
        if quarter < 8
        else f"{cell},2026-03-02T00:{15 * (quarter % 4):02}:00+08:00,15,"
        for (cell, quarter), _ in rows
    ]
    fields = [",".join("" if v is None else str(v) for v in values) for _, values in rows]
    body = "".join(f"{a}{b}\n" for a, b in zip(lines, fields, strict=True))
    return HEAD + body + "\n" * number  # blank lines make the content new


def up_to_date(room: Room) -> None:
    update_rollups(room.connection, CATALOGUE)
    update_quality(room.connection, CATALOGUE)


def made(room: Room) -> dict[str, list[tuple]]:
    return {table: room.rows(f"SELECT * FROM {table} ORDER BY ALL") for table in MADE}


@CALM
@given(files=st.lists(file, min_size=1, max_size=4), data=st.data())
def test_kept_up_equals_made_once(room: Room, files: list[dict], data: st.DataObject) -> None:
    for table in TABLES:
        room.connection.execute(f"DELETE FROM {table}")
    for number, rows in enumerate(files):
        shuffled = data.draw(st.permutations(list(rows.items())))
        [result] = room.load(room.put(f"k{number}.csv", text(number, shuffled)))
        assert result.refused is None
        if data.draw(st.booleans()):
            up_to_date(room)
    up_to_date(room)
    kept_up = made(room)
    for table in ("upkeep", *MADE):
        room.connection.execute(f"DELETE FROM {table}")
    up_to_date(room)
    assert made(room) == kept_up
    assert kept_up["kpi_daily"]


@CALM
@given(rows=file, data=st.data())
def test_the_order_of_loading_changes_no_digit(room: Room, rows: dict, data: st.DataObject) -> None:
    shown = "cell_id, ts, samples, minutes, drop_rate_pct, accessibility_pct, traffic_dl_gb"
    seen = []
    for turn in range(2):
        for table in TABLES:
            room.connection.execute(f"DELETE FROM {table}")
        order = data.draw(st.permutations(list(rows.items())))
        for number, row in enumerate(order):
            room.load(room.put(f"t{turn}_{number}.csv", text(number, [row])))
        up_to_date(room)
        daily = shown.replace("ts", "day::VARCHAR AS day")
        seen.append(
            (
                room.rows(f"SELECT {shown} FROM kpi_hourly ORDER BY ALL"),
                room.rows(f"SELECT {daily} FROM kpi_daily ORDER BY ALL"),
                room.rows("SELECT * EXCLUDE (known_at) FROM quality_kpis ORDER BY ALL"),
            )
        )
    assert seen[0] == seen[1]

"""Any split, order, repetition and revision of counters ends in the same KPIs and counters."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.settings import IngestSettings
from tests.support.warehouses import Room

CALM = settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
COUNTERS = ("att", "succ", "lost", "held", "total")
FORMULAS = """
built_in = false
cumulative = ["total"]
[[formula.accessibility_pct]]
name = "one"
standard = "test"
unit = "%"
expression = "100 * share({succ}, {att}) * share({lost}, {held})"
[[formula.accessibility_pct]]
name = "two"
standard = "test"
unit = "%"
expression = "100 * share({succ}, {att})"
[[formula.drop_rate_pct]]
name = "lost"
standard = "test"
unit = "%"
expression = "100 * {lost} / {held}"
[[formula.traffic_dl_gb]]
name = "total"
standard = "test"
unit = "GB"
expression = "{total} / period_s"
"""
PROFILE = """
description = "test"
[[tables]]
feed = "kpis"
[tables.counters]
object = "cell"
start = "time"
period = "minutes"
"""

value = st.one_of(st.none(), st.integers(-1, 8))
# (cell, hour, minutes) and counter -> value
truth = st.dictionaries(
    st.tuples(
        st.sampled_from("AB"),
        st.integers(0, 3),
        st.sampled_from([60, 60, 60, 30]),
        st.sampled_from(COUNTERS),
    ),
    value,
    min_size=1,
    max_size=24,
)


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        (path / "formulas.toml").write_text(FORMULAS, "utf-8")
        (path / "profile.toml").write_text(PROFILE, "utf-8")
        made = Room(path / "data", IngestSettings(formulas=path / "formulas.toml"))
        yield made
        made.close()


def wipe(room: Room) -> None:
    for table in ("kpis", "kpi_revisions", "counters", "deliveries", "rejected_rows"):
        room.connection.execute(f"DELETE FROM {table}")


def load(room: Room, facts: dict) -> None:
    """One file with these counters; a counter that a line does not bring is empty for no other."""
    lines: dict[tuple, dict] = {}
    for (cell, hour, minutes, counter), number in facts.items():
        lines.setdefault((cell, hour, minutes), {})[counter] = number
    for names in {tuple(sorted(line)) for line in lines.values()}:
        text = ",".join(["cell", "time", "minutes", *names]) + "\n"
        rows = [(key, line) for key, line in lines.items() if tuple(sorted(line)) == names]
        for (cell, hour, minutes), line in rows:
            numbers = ["NIL" if line[name] is None else str(line[name]) for name in names]
            text += ",".join([cell, f"2026-03-01 {hour:02}:00", str(minutes), *numbers]) + "\n"
        profile = str(room.data.parent / "profile.toml")
        result = room.take("group.csv", text, profile=profile)
        assert result.refused is None
        assert result.rows_read == len(rows)
        assert result.rows_rejected == 0


def tables(room: Room) -> tuple[list, list]:
    """KPIs that are known, and all counters."""
    names = "accessibility_pct, drop_rate_pct, traffic_dl_gb"
    return (
        room.rows(
            f"SELECT cell_id, ts, period_min, known_at, {names} FROM kpis "
            f"WHERE coalesce({names}) IS NOT NULL ORDER BY cell_id, ts"
        ),
        room.rows(
            "SELECT cell_id, ts, period_min, counter, value FROM counters "
            "ORDER BY cell_id, ts, period_min, counter"
        ),
    )


@CALM
@given(truth=truth, data=st.data())
def test_any_split_order_and_repetition(room: Room, truth: dict, data: st.DataObject) -> None:
    wipe(room)
    load(room, truth)
    expected = tables(room)
    # dealt out to files, some facts to several
    items = list(truth.items())
    files = data.draw(
        st.lists(st.lists(st.sampled_from(items), min_size=1, max_size=6), max_size=4)
    )
    place = data.draw(st.lists(st.integers(0, 3), min_size=len(items), max_size=len(items)))
    for number in set(place):
        files.append([item for item, at in zip(items, place, strict=True) if at == number])
    wipe(room)
    for file in data.draw(st.permutations(files)):
        load(room, dict(file))
    assert tables(room) == expected
    load(room, truth)
    assert tables(room) == expected
    assert room.one("SELECT count(*) = count(DISTINCT (cell_id, ts)) FROM kpis") == (True,)


@CALM
@given(truth=truth, revised=truth, data=st.data())
def test_revisions(room: Room, truth: dict, revised: dict, data: st.DataObject) -> None:
    """What was delivered last of a counter counts, whatever came between."""
    wipe(room)
    load(room, {**truth, **revised})
    expected = tables(room)
    wipe(room)
    loads = [(key, truth[key]) for key in data.draw(st.permutations(list(truth)))]
    place = data.draw(st.integers(0, len(loads)))
    load(room, dict(loads[:place]))
    load(room, {key: number for key, number in revised.items() if key in dict(loads[:place])})
    load(room, {k: v for k, v in dict(loads[place:]).items() if k not in revised})
    load(room, revised)
    assert tables(room) == expected
    newest = "SELECT count(*) FROM kpi_revisions r ANTI JOIN kpis k USING (cell_id, ts)"
    assert room.one(newest) == (0,)

"""Counters of several files become one row of KPIs; every line is accounted for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.result import FileResult
from ingest.settings import IngestSettings
from tests.support.warehouses import Room

FORMULAS = """
built_in = false
cumulative = ["total"]
signed = ["level"]
[[formula.accessibility_pct]]
name = "both"
standard = "test"
unit = "%"
expression = "100 * share({succ}, {att}) * share({succ2}, {att2})"
[[formula.accessibility_pct]]
name = "first alone"
standard = "test"
unit = "%"
expression = "100 * share({succ}, {att})"
[[formula.drop_rate_pct]]
name = "lost"
standard = "test"
unit = "%"
expression = "100 * {lost} / {held}"
[[formula.interference_dbm]]
name = "level"
standard = "test"
unit = "dBm"
expression = "{level}"
[[formula.traffic_dl_gb]]
name = "total"
standard = "test"
unit = "GB"
expression = "{total} / 1000"
[aliases]
att = ["Attempts"]
"""
PROFILE = """
description = "test"
[[tables]]
feed = "kpis"
[tables.counters]
object = "cell"
start = "time"
period = "minutes"
reliability = "trust"
reliable = "yes"
patterns = ["^(?P<cell>[A-Z])$"]
cell = "{no such key}"
"""
KPIS = "accessibility_pct, drop_rate_pct, interference_dbm, traffic_dl_gb"


@pytest.fixture
def make(tmp_path: Path):
    """A room with these formulas, and a way to load lines of counters."""
    (tmp_path / "formulas.toml").write_text(FORMULAS, "utf-8")
    (tmp_path / "profile.toml").write_text(PROFILE, "utf-8")
    room = Room(tmp_path / "data", IngestSettings(formulas=tmp_path / "formulas.toml"))
    numbers = iter(range(1000))

    def take(head: str, *lines: str, **how) -> FileResult:
        text = f"cell,time,minutes,trust,{head}\n"
        text += "".join(f"{line}\n" for line in lines)
        name = f"group_{next(numbers)}.csv"
        return room.take(name, text, profile=str(tmp_path / "profile.toml"), **how)

    yield room, take
    room.close()


def line(cell: str, hour: int, *values: object, minutes: int = 60, trust: str = "yes") -> str:
    return ",".join([cell, f"2026-03-01 {hour:02}:00", str(minutes), trust, *map(str, values)])


def counts(result: FileResult) -> tuple[int, ...]:
    """read, loaded, updated, unchanged, rejected, merged."""
    assert result.refused is None
    return (
        result.rows_read,
        result.rows_loaded,
        result.rows_updated,
        result.rows_unchanged,
        result.rows_rejected,
        result.rows_merged,
    )


def kpis(room: Room) -> list[tuple]:
    return room.rows(f"SELECT cell_id, hour(ts), {KPIS} FROM kpis ORDER BY ts, cell_id")


def test_groups_of_one_interval_become_one_row(make) -> None:
    room, take = make
    assert counts(take("Attempts,succ", line("A", 8, 200, 190), line("B", 8, 100, 100))) == (
        2, 2, 0, 0, 0, 0,
    )  # fmt: skip
    assert kpis(room) == [("A", 8, 95.0, None, None, None), ("B", 8, 100.0, None, None, None)]
    # 95 % × 80 % = 76 %: now the formula of both counts; 3 of 400 is 0.75 %
    assert counts(take("att2,succ2,lost,held", line("A", 8, 50, 40, 3, 400))) == (1, 0, 1, 0, 0, 0)
    assert kpis(room) == [("A", 8, 76.0, 0.75, None, None), ("B", 8, 100.0, None, None, None)]
    # what was known before stays in the revisions
    assert room.rows("SELECT cell_id, accessibility_pct FROM kpi_revisions") == [("A", 95.0)]


def test_half_of_a_formula_gives_no_row_yet(make) -> None:
    room, take = make
    assert counts(take("lost", line("A", 8, 3))) == (1, 1, 0, 0, 0, 0)
    assert kpis(room) == []
    assert counts(take("lost", line("A", 8, 3.0))) == (1, 0, 0, 1, 0, 0)
    assert counts(take("held", line("A", 8, 400))) == (1, 0, 1, 0, 0, 0)
    assert kpis(room) == [("A", 8, None, 0.75, None, None)]


def test_what_cannot_be_used_is_set_aside_with_its_reason(make) -> None:
    room, take = make
    result = take(
        "att,succ",
        line("A", 8, 200, 190),
        line("A", 9, 200, 190, trust="no"),
        line("rack 3", 8, 200, 190),
        line("A", 10, 200, 190, minutes=1),
        line("A", 11, "200%", 190),
        line("A", 25, 200, 190),
        line("B", 8, "NIL", ""),
        ",2026-03-01 08:00,60,yes,1,1",
    )
    assert counts(result) == (8, 2, 0, 0, 6, 0)
    assert result.reasons == {
        "suspect": 1,
        "not_a_cell": 1,
        "bad_period:period": 1,
        "not_a_number": 1,
        "bad_time": 1,
        "missing_value": 1,
    }
    assert room.rows(
        "SELECT row_number, column_name, value, reason FROM rejected_rows ORDER BY row_number"
    ) == [
        (2, None, "A", "suspect"),
        (3, None, "rack 3", "not_a_cell"),
        (4, "period", "60 s", "bad_period"),
        (5, None, "att: 200%", "not_a_number"),
        (6, None, "time: 2026-03-01 25:00", "bad_time"),
        (8, None, "cell: ", "missing_value"),
    ]
    assert kpis(room) == [("A", 8, 95.0, None, None, None)]


@pytest.mark.parametrize(
    ("head", "values", "flags"),
    [
        ("att,succ", (0, 0), {"undefined:accessibility_pct": 1}),
        ("att,succ", (5, 6), {"undefined:accessibility_pct": 1}),
        ("att,succ", (-5, -6), {"negative_counter": 2}),
        ("lost,held", (3, 0), {"undefined:drop_rate_pct": 1}),
        ("lost,held", (3, 2), {"impossible:drop_rate_pct": 1}),  # 150 %
        ("lost,held", (1e308, 1e-308), {"impossible:drop_rate_pct": 1}),  # beyond all numbers
        ("level", (-30,), {"impossible:interference_dbm": 1}),  # above -40 dBm
        ("att,succ", ("NIL", 4), {}),
    ],
)
def test_unknown_never_wrong(make, head: str, values: tuple, flags: dict[str, int]) -> None:
    room, take = make
    result = take(head, line("A", 8, *values))
    assert counts(result) == (1, 1, 0, 0, 0, 0)
    assert result.reasons == flags
    assert kpis(room) == []


def test_levels_may_be_negative_and_rounding_is_no_fault(make) -> None:
    room, take = make
    take("level,lost,held", line("A", 8, -112.5, 0.1 + 0.2, 0.3))  # 100.00000000000001 %
    assert kpis(room) == [("A", 8, None, 100.0, -112.5, None)]


def test_a_later_delivery_revises_and_an_unknown_counter_makes_unknown(make) -> None:
    room, take = make
    take("att,succ", line("A", 8, 200, 190))
    assert counts(take("att,succ", line("A", 8, 200, 180))) == (1, 0, 1, 0, 0, 0)
    assert kpis(room) == [("A", 8, 90.0, None, None, None)]
    assert counts(take("att", line("A", 8, "NIL"))) == (1, 0, 1, 0, 0, 0)
    assert kpis(room) == [("A", 8, None, None, None, None)]
    assert room.rows(
        "SELECT accessibility_pct FROM kpi_revisions ORDER BY delivery_id"
    ) == [(95.0,), (90.0,)]  # fmt: skip


def test_lines_of_one_cell_and_interval_are_merged(make) -> None:
    room, take = make
    result = take(
        "att,succ,lost,held",
        line("A", 8, 100, 100, "", ""),
        line("A", 9, 100, 50, "", ""),
        line("A", 8, 200, 190, 3, 400),  # the last line of a counter counts
    )
    assert counts(result) == (3, 2, 0, 0, 0, 1)
    assert kpis(room) == [("A", 8, 95.0, 0.75, None, None), ("A", 9, 50.0, None, None, None)]


def test_rising_counters(make) -> None:
    room, take = make
    result = take("total", *(line("A", h, v) for h, v in [(8, 5000), (9, 7500), (10, 7500)]))
    assert counts(result) == (3, 3, 0, 0, 0, 0)
    # 08: nothing before it; 09: 2.5 GB; 10: nothing was sent
    assert kpis(room) == [("A", 9, None, None, None, 2.5), ("A", 10, None, None, None, 0.0)]
    reset = take("total", line("A", 11, 100), line("A", 13, 900))
    assert reset.reasons == {"counter_reset": 1}  # 11: smaller than before; 13: a gap before it
    assert [row[1] for row in kpis(room)] == [9, 10]
    # the missing hour comes late and fills itself and the one after it
    assert counts(take("total", line("A", 12, 400))) == (1, 1, 0, 0, 0, 0)
    assert [(row[1], row[5]) for row in kpis(room)[2:]] == [
        (12, pytest.approx(0.3)),
        (13, pytest.approx(0.5)),
    ]


def test_a_profile_may_say_that_a_counter_rises(make, tmp_path: Path) -> None:
    room, _ = make
    path = tmp_path / "rising.toml"
    path.write_text(PROFILE + 'cumulative = ["lost", "held"]\n', "utf-8")
    text = "cell,time,minutes,trust,lost,held\n" + line("A", 8, 10, 1000) + "\n"
    room.take("a.csv", text + line("A", 9, 12, 1200) + "\n", profile=str(path))
    assert kpis(room) == [("A", 9, None, 1.0, None, None)]


def test_of_two_lengths_the_shorter_counts_in_either_order(make) -> None:
    room, take = make
    long, short = line("A", 8, 100, 50), line("A", 8, 10, 9, minutes=15)
    first = take("att,succ", long)
    assert room.rows("SELECT period_min, accessibility_pct FROM kpis") == [(60, 50.0)]
    second = take("att,succ", short)
    assert (counts(first)[1], counts(second)[2]) == (1, 1)
    assert room.rows("SELECT period_min, accessibility_pct FROM kpis") == [(15, 90.0)]
    for table in ("kpis", "kpi_revisions", "counters", "deliveries"):
        room.connection.execute(f"DELETE FROM {table}")
    take("att,succ", short)
    assert counts(take("att,succ,lost,held", long + ",1,2"))[2] == 1
    # and what only the longer one has is not put into the shorter one's row
    assert room.rows("SELECT period_min, accessibility_pct, drop_rate_pct FROM kpis") == [
        (15, 90.0, None)
    ]


def test_the_same_file_again_is_known_until_a_formula_changes(make, tmp_path: Path) -> None:
    room, take = make
    take("lost,held", line("A", 8, 3, 400))
    again = take("lost,held", line("A", 8, 3, 400))
    assert (again.known, again.rows_unchanged) == (True, 1)
    changed = tmp_path / "other.toml"
    changed.write_text(FORMULAS.replace("100 * {lost}", "200 * {lost}"), "utf-8")
    room.settings = replace_settings(room.settings, changed)
    anew = take("lost,held", line("A", 8, 3, 400))
    assert (anew.known, counts(anew)) == (False, (1, 0, 1, 0, 0, 0))
    assert kpis(room) == [("A", 8, None, 1.5, None, None)]


def replace_settings(settings: IngestSettings, formulas: Path) -> IngestSettings:
    return settings.model_copy(update={"formulas": formulas})


def test_kpis_of_other_sources_stay(make) -> None:
    room, take = make
    head = "cell_id,ts,period_min,voice_mos,drop_rate_pct\n"
    room.take("kpis.csv", head + "A,2026-03-01T08:00:00+08:00,60,4.5,0.25\n")
    take("att,succ,lost", line("A", 8, 200, 190, 3))
    assert room.rows("SELECT voice_mos, drop_rate_pct, accessibility_pct FROM kpis") == [
        (4.5, 0.25, 95.0)
    ]


def test_counters_that_were_removed_for_their_age_take_no_kpi_with_them(make) -> None:
    room, take = make
    take("att,succ", line("A", 8, 200, 190))
    room.connection.execute("DELETE FROM counters")
    take("att", line("A", 8, 300))
    assert kpis(room) == [("A", 8, 95.0, None, None, None)]


def test_what_no_formula_asks_for_is_named_and_changes_nothing(make) -> None:
    room, take = make
    result = take("paging,fans", line("A", 8, 1, 2), line("A", 9, "x", 2))
    assert counts(result) == (2, 0, 0, 2, 0, 0)
    assert result.reasons == {"no_counter": 2}
    assert result.ignored == ("paging", "fans")
    mixed = take("att,paging,succ", line("A", 8, 200, "x", 190))
    assert (counts(mixed), mixed.ignored) == ((1, 1, 0, 0, 0, 0), ("paging",))
    assert room.rows("SELECT DISTINCT counter FROM counters ORDER BY 1") == [("att",), ("succ",)]


def test_known_at(make) -> None:
    room, take = make
    take("att,succ", line("A", 8, 200, 190))
    live = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)  # 11:00 in Beijing
    take("att,succ", line("A", 9, 200, 190), line("A", 12, 1, 1), live_at=live)
    assert room.rows("SELECT hour(ts), known_at FROM kpis ORDER BY ts") == [
        (8, "2026-03-01T01:15:00Z"),  # end of the interval and a quarter of an hour
        (9, "2026-03-01T03:00:00Z"),
        (12, "2026-03-01T03:00:00Z"),  # within the hour that clocks may differ
    ]
    late = take("att,succ", line("A", 13, 1, 1), live_at=live)
    assert late.reasons == {"in_future:start": 1}
    take("att2,succ2", line("A", 8, 100, 50), live_at=live)
    assert room.rows(
        "SELECT accessibility_pct FROM kpis_as_of('2026-03-01 10:59+08'::TIMESTAMPTZ)"
    ) == [(95.0,)]
    assert room.one(
        "SELECT accessibility_pct FROM kpis_as_of('2026-03-01 11:00+08'::TIMESTAMPTZ) "
        "WHERE hour(ts) = 8"
    ) == (47.5,)


def test_the_sum_of_a_result_is_what_was_read(make) -> None:
    _, take = make
    result = take("att,succ", line("A", 8, 1, 1))
    with pytest.raises(RuntimeError, match="1 rows read, 2 accounted for"):
        replace(result, rows_loaded=2)


def test_a_counter_of_no_complete_formula_beside_stored_ones(make) -> None:
    room, take = make
    take("att,succ", line("A", 8, 200, 190), line("B", 8, 100, 100))
    # the KPIs of A are computed again, but they have nothing to do with what the file brings
    result = take("lost", line("A", 8, 3), line("B", 8, 0))
    assert (counts(result), result.reasons) == ((2, 0, 2, 0, 0, 0), {})
    assert kpis(room) == [("A", 8, 95.0, None, None, None), ("B", 8, 100.0, None, None, None)]

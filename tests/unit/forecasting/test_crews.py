"""How many reds crews can serve: hours of shifts by hand, rosters that end, begin, or are gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.crews import capacity_at, capacity_of, crew_hours
from forecasting.policy import RED, colour_cells, load_policy
from tests.support.warehouses import Room

NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)
POLICY = load_policy()
CELLS = 500  # of which the policy's share is 5


def shifts(*spans: tuple[str, float, float]) -> pd.DataFrame:
    """Team, and hours from noon."""
    moments = [
        (team, NOON + timedelta(hours=start), NOON + timedelta(hours=end))
        for team, start, end in spans
    ]
    frame = pd.DataFrame(moments, columns=["team_id", "starts_at", "ends_at"])
    return frame.astype(dict.fromkeys(["starts_at", "ends_at"], "datetime64[us, UTC]"))


def test_hours_within_the_window_by_hand() -> None:
    known = shifts(("a", -4, 4), ("a", 20, 28), ("b", 2, 10), ("c", 30, 38))
    # a: 4 h of the shift under way and 4 h of tomorrow's, b: 8 h
    assert crew_hours(known, NOON, NOON + timedelta(hours=24)) == 16
    found = capacity_of(known, NOON, POLICY, CELLS)
    assert (found.cells, found.source, found.hours, found.warnings) == (6, "shifts", 16, ())


def test_shifts_of_one_team_that_overlap_count_once() -> None:
    known = shifts(("a", 0, 8), ("a", 2, 4), ("a", 6, 12), ("b", 6, 12))
    assert crew_hours(known, NOON, NOON + timedelta(hours=24)) == 18


def test_without_a_roster_the_share_of_cells_stands() -> None:
    found = capacity_of(shifts(), NOON, POLICY, CELLS)
    assert (found.cells, found.source, found.hours, found.warnings) == (5, "share", None, ())


def test_a_night_off_that_the_roster_covers_has_no_reds_and_says_so() -> None:
    found = capacity_of(shifts(("a", -8, -1), ("a", 30, 38)), NOON, POLICY, CELLS)
    assert (found.cells, found.source) == (0, "shifts")
    assert found.warnings == ("no crew has time for a visit within 24 h (0 h): no cell is red",)


def test_where_the_roster_ends_last_week_stands_in() -> None:
    week = [("a", -168 + 24 * day + 0, -168 + 24 * day + 10) for day in range(7)]
    found = capacity_of(shifts(*week, ("a", 0, 6)), NOON, POLICY, CELLS)
    # 6 h known, then from 6 h on as a week before: 4 h of the shift from -168 to -158
    assert (found.cells, found.source, found.hours) == (4, "earlier_weeks", 10)
    [said] = found.warnings
    assert said.startswith(
        "the roster ends at 2026-03-04T10:00Z, within 24 h: the shifts of 7 days"
    )
    gone = capacity_of(shifts(*week), NOON + timedelta(days=9), POLICY, CELLS)
    assert (gone.cells, gone.source, gone.hours) == (4, "earlier_weeks", 10)
    assert "14 days before" in gone.warnings[0]


def test_a_roster_too_old_or_yet_to_begin_leaves_the_share() -> None:
    week = shifts(*[("a", 24 * day, 24 * day + 8) for day in range(7)])
    for moment in (NOON + timedelta(days=60), NOON - timedelta(hours=2)):
        found = capacity_of(week, moment, POLICY, CELLS)
        assert (found.cells, found.source) == (5, "share")
        assert "deliver shifts" in found.warnings[0]


@settings(max_examples=60, deadline=None)
@given(
    spans=st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(-40, 60), st.integers(1, 14)), max_size=12
    ),
    risks=st.lists(st.integers(0, 99), min_size=1, max_size=30),
)
def test_there_are_never_more_reds_than_visits(
    spans: list[tuple[str, int, int]], risks: list[int]
) -> None:
    known = shifts(*[(team, start, start + hours) for team, start, hours in spans])
    found = capacity_of(known, NOON, POLICY, len(risks))
    cells = pd.DataFrame(
        {
            "cell_id": [f"c{n}" for n in range(len(risks))],
            "probability": np.array(risks) / 100,
            "expected_low_complaints": np.array(risks) / 100,
            "kpi_age_h": 1.0,
            "kpi_hours": 168.0,
            "located": True,
        }
    )
    reds = int((colour_cells(cells, POLICY, found.cells) == RED).sum())
    assert reds == min(found.cells, sum(risk >= 25 for risk in risks))
    if found.source != "share":
        assert reds * POLICY.cells.visit_h <= (found.hours or 0) + 1e-6


HEAD = "team_id,starts_at,ends_at,announced_at\n"


def line(team: str, start: float, hours: float, told: float) -> str:
    starts = NOON + timedelta(hours=start)
    moments = (starts, starts + timedelta(hours=hours), NOON + timedelta(hours=told))
    return ",".join([team, *(moment.isoformat() for moment in moments)]) + "\n"


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Room]:
    room = Room(tmp_path / "data")
    room.take("shifts.csv", HEAD + "".join(line("a", 24 * n, 8, -200) for n in range(-8, 8)))
    yield room
    room.close()


def test_shifts_known_later_change_nothing(told: Room) -> None:
    before = capacity_at(told.connection, NOON, POLICY, CELLS)
    assert (before.cells, before.hours) == (3, 8)
    told.take("shifts_2.csv", HEAD + line("b", 1, 8, 0.5) + line("a", 0, 0, 1))
    told.take("shifts_3.csv", HEAD + line("c", 1, 8, -300), live_at=NOON + timedelta(minutes=1))
    assert capacity_at(told.connection, NOON, POLICY, CELLS) == before
    later = capacity_at(told.connection, NOON + timedelta(hours=1), POLICY, CELLS)
    assert later.hours == 16 + 1  # b and c; a is off until tomorrow's first hour

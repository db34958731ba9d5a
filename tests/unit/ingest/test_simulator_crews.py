"""Teams and roster of the simulated city: enough, everywhere, by night too, and announced."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
import shapely

from geo.boundaries import beijing
from ingest.simulator import LiveCity, simulate
from ingest.simulator.city import build_city
from ingest.simulator.crews import SKILLS, shifts_of, staff_of, teams_of
from ingest.simulator.run import ZONE
from tests.support.simulated import END

WEEK = [date(2026, 6, 8) + timedelta(days=n) for n in range(7)]  # Monday to Sunday, no holiday


def hours(shifts) -> float:
    return sum((s.ends_at - s.starts_at) / timedelta(hours=1) for s in shifts)


@pytest.mark.parametrize("cells", [1000, 2000, 11000])
def test_crews_visit_about_one_cell_in_a_hundred_a_day(cells: int) -> None:
    # 1 % of 2,000 cells are 20 visits of 2.5 h: 50 crew hours a day.
    staff = staff_of(cells)
    off = max(1, round(0.6 * staff.shifts))
    a_day = (5 * staff.shifts + 2 * off) * staff.hours / 7
    assert a_day / (cells * 0.01 * 2.5) == pytest.approx(1, abs=0.08)
    assert staff.teams * 5 >= 5 * staff.shifts + 2 * off


def test_a_small_city_has_two_teams_that_can_do_everything() -> None:
    city = build_city(120, seed=1)
    teams = teams_of(city)
    assert [t.team_id for t in teams] == ["C001", "C002"]
    districts = tuple(sorted(set(city.cells["region_id"])))
    assert all(t.skills == SKILLS and t.region_ids == districts for t in teams)
    assert all(len(shifts_of(city, day, ZONE)) == 1 for day in WEEK)


def test_every_district_has_every_skill_and_bases_are_in_their_district() -> None:
    city = build_city(2000, seed=1)
    teams = teams_of(city)
    assert len(teams) == 9
    assert len({t.name for t in teams}) == 9
    for district in set(city.cells["region_id"]):
        skills = {s for t in teams if district in t.region_ids for s in t.skills}
        assert skills == set(SKILLS), district
    shapes = beijing().set_index("region_id").geometry
    for team in teams:
        inside = [r for r in shapes.index if shapes[r].contains(_point(team))]
        assert len(inside) == 1, team.name


def _point(team) -> shapely.Point:
    return shapely.Point(team.longitude, team.latitude)


def test_roster_has_nights_and_fewer_shifts_on_days_off() -> None:
    city = build_city(2000, seed=1)
    days = {day: shifts_of(city, day, ZONE) for day in WEEK}
    assert [len(days[day]) for day in WEEK] == [7, 7, 7, 7, 7, 4, 4]
    assert {s.starts_at.hour for s in days[WEEK[0]]} == {8, 22}
    assert len(shifts_of(city, date(2026, 10, 1), ZONE)) == 4  # National Day, a Thursday
    turns = sorted((s.team_id, s.starts_at, s.ends_at) for day in WEEK for s in days[day])
    per_team = pd.Series([team for team, _, _ in turns]).value_counts()
    assert per_team.min() >= 4
    assert per_team.max() <= 5
    for (team, _, ended), (same, begins, _) in pairwise(turns):
        assert team != same or begins - ended >= timedelta(hours=11)


def test_feeds_tell_a_roster_of_a_week_ahead_once(tmp_path: Path) -> None:
    life, tickets = simulate(tmp_path / "c", cells=40, days=3, seed=2, end=END, with_truth=False)
    shifts = pd.read_csv(tmp_path / "c" / "shifts.csv", parse_dates=["starts_at", "announced_at"])
    teams = pd.read_csv(tmp_path / "c" / "teams.csv", dtype=str)
    assert set(shifts["team_id"]) == set(teams["team_id"])
    assert not shifts.duplicated(["team_id", "starts_at"]).any()
    assert (shifts["announced_at"] < END).all()
    assert shifts["starts_at"].max() == datetime(2026, 6, 21, 8, tzinfo=ZONE)
    city = LiveCity.start(tmp_path / "state", life, tickets)
    names = [p.name for _ in range(24) for p in city.drop_hour(tmp_path / "in")]
    assert [n for n in names if n.startswith("shifts")] == ["shifts_20260615T10.csv"]
    news = pd.read_csv(tmp_path / "in" / "shifts_20260615T10.csv", parse_dates=["starts_at"])
    assert news["starts_at"].tolist() == [pd.Timestamp(datetime(2026, 6, 22, 8, tzinfo=ZONE))]

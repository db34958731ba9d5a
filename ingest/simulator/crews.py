"""Crews of the city: teams at real places, and a roster announced a week ahead.

They follow from the city's size, its seed and the calendar alone; no random number is drawn, so
that nothing else in the city can depend on them.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from ingest.simulator.city import POPULATION, City
from ingest.simulator.profile import is_day_off

SKILLS = ("radio", "antenna", "transmission", "remote", "interference", "capacity")
VISITS_PER_CELL_DAY = 0.01
HOURS_PER_VISIT = 2.5  # with the way there
ANNOUNCED_DAYS, ANNOUNCED_HOUR = 7, 10
_SHIFT_H = 8
_DAYS_OFF = 0.6  # shifts of a week-end's or holiday's day for one of a workday
_A_WEEK = 5 + 2 * _DAYS_OFF  # workdays that a week amounts to
_NIGHT = 0.2  # share of a workday's shifts that are by night
_BY_DAY, _BY_NIGHT = time(8), time(22)
_SMALL = 3  # so few teams do everything everywhere
# What the teams of a larger city can do, in turn; those at a desk need no way.
_TRADES = (
    ("radio", "transmission"),
    ("radio", "antenna"),
    ("remote", "capacity"),
    ("radio", "antenna", "interference"),
    ("radio", "transmission", "interference"),
)
_METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True)
class Team:
    """One team; ``region_ids`` are the districts it goes to."""

    team_id: str
    name: str
    skills: tuple[str, ...]
    longitude: float
    latitude: float
    region_ids: tuple[str, ...]


@dataclass(frozen=True)
class Shift:
    """One team on duty from ``starts_at`` to ``ends_at``; local times, aware."""

    team_id: str
    starts_at: datetime
    ends_at: datetime
    announced_at: datetime


@dataclass(frozen=True)
class Staff:
    """How many are needed.

    Attributes:
        teams: in all; none works more than five shifts in seven days.
        shifts: of a workday.
        hours: length of a shift.
    """

    teams: int
    shifts: int
    hours: int


def staff_of(cells: int) -> Staff:
    """Crews that can visit about one cell in a hundred a day, taken over a week."""
    hours = cells * VISITS_PER_CELL_DAY * HOURS_PER_VISIT * 7 / _A_WEEK  # of a workday
    shifts = max(1, round(hours / _SHIFT_H))
    length = min(_SHIFT_H, max(4, round(hours / shifts)))
    weekly = 5 * shifts + 2 * _on_days_off(shifts)
    return Staff(max(2, shifts + 1, math.ceil(weekly / 5)), shifts, length)


def teams_of(city: City) -> list[Team]:
    """The teams: each district has the two nearest of every skill, and all who work at a desk."""
    count = staff_of(len(city.cells)).teams
    districts = sorted({str(region) for region in city.cells["region_id"]})
    bases = _bases(count, districts)
    skills: list[tuple[str, ...]] = [
        SKILLS if count <= _SMALL else _TRADES[i % len(_TRADES)] for i in range(count)
    ]
    served = _served(bases, skills, districts, everywhere=count <= _SMALL)
    teams: list[Team] = []
    same: dict[str, int] = {}
    for number, (base, can, regions) in enumerate(zip(bases, skills, served, strict=True), 1):
        name = base["name"] + ("网优中心" if _at_desk(can) else "维护站")
        same[name] = same.get(name, 0) + 1
        if same[name] > 1:
            name += f"{same[name]}队"
        teams.append(
            Team(f"C{number:03d}", name, can, base["longitude"], base["latitude"], regions)
        )
    return teams


def shifts_of(city: City, day: date, zone: ZoneInfo) -> list[Shift]:
    """The shifts that begin on a local day, in order of time and team."""
    staff = staff_of(len(city.cells))
    monday = day - timedelta(days=day.weekday())
    before = sum(_shifts_on(monday + timedelta(days=n), staff) for n in range(day.weekday()))
    count = _shifts_on(day, staff)
    by_night = max(1, round(_NIGHT * count)) if count >= _SMALL else 0
    # Teams take turns, from one week to the next: so a night is followed by a day off, but for
    # weeks with holidays, in which fewer shifts were used up than the next week begins with.
    week = 5 * staff.shifts + 2 * _on_days_off(staff.shifts)
    first = city.seed + monday.toordinal() // 7 * week + before
    announced = datetime.combine(day - timedelta(days=ANNOUNCED_DAYS), time(ANNOUNCED_HOUR), zone)
    made = []
    for place in range(count):
        night = place >= count - by_night
        starts = datetime.combine(day, _BY_NIGHT if night else _BY_DAY, zone)
        team = f"C{(first + place) % staff.teams + 1:03d}"
        made.append(Shift(team, starts, starts + timedelta(hours=staff.hours), announced))
    return sorted(made, key=lambda s: (s.starts_at, s.team_id))


def _on_days_off(shifts: int) -> int:
    return max(1, round(_DAYS_OFF * shifts))


def _shifts_on(day: date, staff: Staff) -> int:
    return _on_days_off(staff.shifts) if is_day_off(day) else staff.shifts


@cache
def _places() -> dict[str, list[dict[str, Any]]]:
    text = resources.files("ingest.simulator").joinpath("crews.toml").read_text("utf-8")
    return tomllib.loads(text)


def _bases(count: int, districts: list[str]) -> list[dict[str, Any]]:
    """A place for each team: where people live; a district's places are taken in turn."""
    weight = np.array([POPULATION[d] for d in districts], float)
    given = np.zeros(len(districts), int)
    bases = []
    for _ in range(count):
        # D'Hondt: the district whose residents share the fewest teams gets the next.
        best = int(np.argmax(weight / (given + 1)))
        places = _places()[districts[best]]
        bases.append(places[given[best] % len(places)])
        given[best] += 1
    return bases


def _at_desk(skills: tuple[str, ...]) -> bool:
    return "remote" in skills and "radio" not in skills


def _served(
    bases: list[dict[str, Any]],
    skills: list[tuple[str, ...]],
    districts: list[str],
    *,
    everywhere: bool,
) -> list[tuple[str, ...]]:
    """Districts of each team: those to which it is among the two nearest of a skill."""
    served = [set(districts) if everywhere or _at_desk(can) else set[str]() for can in skills]
    for district in districts:
        town = _places()[district][0]
        for skill in SKILLS:
            able = [i for i, can in enumerate(skills) if skill in can and not _at_desk(can)]
            for near in sorted(able, key=lambda i: (_metres(bases[i], town), i))[:2]:
                served[near].add(district)
    return [tuple(sorted(regions)) for regions in served]


def _metres(a: dict[str, Any], b: dict[str, Any]) -> float:
    east = (a["longitude"] - b["longitude"]) * math.cos(math.radians(a["latitude"]))
    return _METRES_PER_DEGREE * math.hypot(east, a["latitude"] - b["latitude"])

"""Teams and shifts as planning sees them: who can do what, where, and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import asin, cos, radians, sin, sqrt
from typing import Any

from dashboard.dispatch.plan_settings import PlanSettings
from ingest.crews import split_list

_EARTH_KM = 6371.0088
STANDS_IN: Mapping[str, tuple[str, ...]] = {"analysis": ("remote",)}
"""Skills that are as good: whoever optimises from afar can look into what is wrong."""

Place = tuple[float, float]
"""Longitude and latitude, WGS-84 degrees."""


@dataclass(frozen=True)
class Team:
    """One team.

    Attributes:
        team_id: its id.
        skills: codes.
        place: where it starts from; None: unknown.
        regions: where it works; empty: everywhere.
    """

    team_id: str
    skills: frozenset[str]
    place: Place | None = None
    regions: frozenset[str] = frozenset()

    def can(self, skill: str) -> bool:
        """Whether it has the skill, or one that stands in for it; no skill asked: anybody can."""
        return not skill or bool(self.skills & {skill, *STANDS_IN.get(skill, ())})

    def works_in(self, regions: frozenset[str]) -> bool:
        """Whether it works at a place that lies in these regions (finest and above)."""
        return not self.regions or not regions or bool(self.regions & regions)


@dataclass(frozen=True, order=True)
class Shift:
    """One team on duty; aware times."""

    starts_at: datetime
    ends_at: datetime
    team_id: str


@dataclass(frozen=True)
class Crews:
    """All that is known of them.

    Attributes:
        teams: by id.
        shifts: in order of their beginning.
        parents: parent of each region that has one.
    """

    teams: Mapping[str, Team]
    shifts: tuple[Shift, ...]
    parents: Mapping[str, str]

    def regions_of(self, region_id: str | None) -> frozenset[str]:
        """A region and those above it."""
        found: set[str] = set()
        while region_id is not None and region_id not in found:
            found.add(region_id)
            region_id = self.parents.get(region_id)
        return frozenset(found)

    def next_shift(self, team_id: str, now: datetime) -> Shift | None:
        """The shift under way, else the next one; None: no more is known."""
        mine = (s for s in self.shifts if s.team_id == team_id and s.ends_at > now)
        return next(mine, None)


def crews_of(
    teams: Iterable[Mapping[str, Any]],
    shifts: Iterable[Mapping[str, Any]],
    regions: Iterable[Mapping[str, Any]],
) -> Crews:
    """From rows of the snapshot's tables ``teams``, ``shifts`` and ``regions``."""
    made = [
        Team(
            row["team_id"],
            frozenset(split_list(row["skills"])),
            place_of(row["longitude"], row["latitude"]),
            frozenset(split_list(row["region_ids"])),
        )
        for row in teams
    ]
    spans = (Shift(row["starts_at"], row["ends_at"], row["team_id"]) for row in shifts)
    return Crews(
        {team.team_id: team for team in sorted(made, key=lambda team: team.team_id)},
        tuple(sorted(spans)),
        {row["region_id"]: row["parent_id"] for row in regions if row["parent_id"] is not None},
    )


def place_of(longitude: float | None, latitude: float | None) -> Place | None:
    """A place where both are known."""
    return None if longitude is None or latitude is None else (longitude, latitude)


def way_min(start: Place | None, end: Place | None, settings: PlanSettings) -> float:
    """Minutes of the way between two places: great circle × detour ÷ speed (haversine formula)."""
    if start is None or end is None:
        return settings.unknown_way_min
    (lon, lat), (other_lon, other_lat) = (tuple(map(radians, place)) for place in (start, end))
    half = (
        sin((other_lat - lat) / 2) ** 2
        + cos(lat) * cos(other_lat) * sin((other_lon - lon) / 2) ** 2
    )
    km = 2 * _EARTH_KM * asin(min(1.0, sqrt(half)))
    return 60 * km * settings.detour / settings.speed_kmh

"""Who of the demo's crews could go where, and when: shifts, skills, districts, the way."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dashboard.dispatch.crews import STANDS_IN
from dashboard.dispatch.model import Draft, Order
from ingest.simulator import LiveCity
from ingest.simulator.crews import Shift, Team, shifts_of, teams_of
from ingest.simulator.run import ZONE

_LEAST, _MOST = timedelta(minutes=90), timedelta(hours=4)  # left of a shift, or nobody sets out
_KM_H, _DETOUR, _START = 30.0, 1.3, timedelta(minutes=6)
_RECENT = timedelta(hours=3)  # so long a team is still where it was
_DAYS_AHEAD = 4
_KM_PER_DEGREE = 111.32


@dataclass(frozen=True)
class Trip:
    """A team that could go, and from when on."""

    team: Team
    at: datetime


class Roster:
    """The crews of a city by the simulator's own roster."""

    def __init__(self, city: LiveCity) -> None:
        self._city = city.life.city
        self.teams = {team.team_id: team for team in teams_of(self._city)}
        self._shifts: dict[date, list[Shift]] = {}

    def trip(
        self, draft: Draft, orders: Collection[Order], since: datetime, wish: Sequence[str | None]
    ) -> Trip | None:
        """Who goes: the team wished for unless another could much sooner, else the nearest.

        Args:
            draft: what is to be done.
            orders: all orders; a team on its way or at work is not free.
            since: not before.
            wish: teams by preference; None: no wish.

        Returns:
            None while all who could are at work.
        """
        trips = []
        for team in self.teams.values():
            if not _able(team, draft):
                continue
            free = _free(team, orders, since)
            if free is None:
                continue
            need = self.way(team.team_id, draft, orders) if draft.on_site else timedelta()
            need = min(max(need + timedelta(hours=draft.hours), _LEAST), _MOST)
            if (moment := self.on_duty(team, free, need)) is not None:
                trips.append(Trip(team, moment))
        if not trips:
            return None
        soonest = min(trip.at for trip in trips)
        for name in wish:
            for trip in trips:
                if trip.team.team_id == name and trip.at <= soonest + timedelta(minutes=45):
                    return trip
        return min(trips, key=lambda t: (t.at, _km(_base(t.team), draft), t.team.team_id))

    def way(self, team_id: str | None, draft: Draft, orders: Collection[Order]) -> timedelta:
        """The way from a team's last place, or its base, as the crow flies times a detour."""
        team = self.teams.get(team_id or "")
        if team is None:
            return 2 * _START
        last = [o for o in orders if o.team_id == team_id and o.repaired_at and o.draft.longitude]
        start = _base(team)
        if last:
            newest = max(last, key=lambda o: o.repaired_at or o.opened_at)
            if newest.repaired_at and newest.repaired_at > _latest(orders) - _RECENT:
                start = (newest.draft.longitude or 0.0, newest.draft.latitude or 0.0)
        return _START + timedelta(hours=_DETOUR * _km(start, draft) / _KM_H)

    def on_duty(self, team: Team, since: datetime, need: timedelta) -> datetime | None:
        """The first moment from ``since`` on at which so much of a shift of the team is left."""
        day = since.astimezone(ZONE).date()
        for ahead in range(-1, _DAYS_AHEAD):
            for shift in self._on(day + timedelta(days=ahead)):
                begin = max(since, shift.starts_at)
                if shift.team_id == team.team_id and begin + need <= shift.ends_at:
                    return begin
        return None

    def _on(self, day: date) -> list[Shift]:
        if day not in self._shifts:
            self._shifts[day] = shifts_of(self._city, day, ZONE)
        return self._shifts[day]


def _able(team: Team, draft: Draft) -> bool:
    there = draft.region_id is None or draft.region_id in team.region_ids
    wanted = {draft.skill, *STANDS_IN.get(draft.skill, ())}
    return there and (not draft.skill or not wanted.isdisjoint(team.skills))


def _free(team: Team, orders: Collection[Order], since: datetime) -> datetime | None:
    """From when on the team has nothing to do; None: it is at work."""
    moment = since
    for order in orders:
        if order.state == "accepted" and order.by == team.name:
            moment = max(moment, order.since)  # they could not, and are free again
        if order.team_id != team.team_id:
            continue
        if order.state in ("dispatched", "on_site"):
            return None
        if order.state in ("repaired", "rejected"):
            moment = max(moment, order.since)
    return moment


def _latest(orders: Collection[Order]) -> datetime:
    return max(order.changed_at for order in orders)


def _base(team: Team) -> tuple[float, float]:
    return team.longitude, team.latitude


def _km(start: tuple[float, float], draft: Draft) -> float:
    if draft.longitude is None or draft.latitude is None:
        return 8.0
    east = (draft.longitude - start[0]) * math.cos(math.radians(draft.latitude))
    return _KM_PER_DEGREE * math.hypot(east, draft.latitude - start[1])

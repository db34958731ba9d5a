"""The plan of the shifts: which team goes to which order, and when.

Orders that are under way bind their team first. For the others the plan spares the most expected
complaints with the crews' hours (``assign``); a stop's ``per_hour`` says how many it spares for an
hour of way and work. It is a suggestion: nobody is sent by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

import numpy as np

from dashboard.dispatch.assign import assign
from dashboard.dispatch.crews import Crews, Place, Shift, Team, place_of, way_min
from dashboard.dispatch.cure import Cure
from dashboard.dispatch.model import Order
from dashboard.dispatch.plan_settings import PlanSettings
from dashboard.dispatch.plans import Stop
from dashboard.dispatch.routes import Array, Flags, Problem, Route

UNDER_WAY = ("dispatched", "on_site")
WANTED = ("accepted", "reopened")  # a person decided, or it is not cured: worth something always
PLANNED = ("proposed", *WANTED)
_MINUTE = timedelta(minutes=1)
_LEAST_LEFT = 15.0  # minutes of work that is on site for longer than it usually takes
_EARTH_KM = 6371.0088


@dataclass(frozen=True)
class Desk:
    """What a plan is made with: crews, chances, settings, the operator's zone, hours forecast."""

    crews: Crews
    cure: Cure
    settings: PlanSettings
    zone: ZoneInfo
    horizon_h: float = 72.0


@dataclass
class _Busy:
    """One team in its shift: where it is, from when it is free, what it is doing."""

    team: Team
    shift: Shift
    place: Place | None
    free: datetime
    stops: list[Stop] = field(default_factory=list)


def make_plan(orders: Iterable[Order], desk: Desk, now: datetime) -> list[Stop]:
    """Stops of all teams whose shift is under way or begins soon, by team and place.

    Args:
        orders: open ones; those repaired are left out.
        desk: crews and settings.
        now: by the clock of the facts (aware).
    """
    busy, left = _prepared(orders, desk, now)
    if busy and left:
        for route in assign(_problem(left, busy, desk, now)):
            _add(busy[route.team], route, left, now)
    return [stop for one in busy for stop in one.stops]


def problem_of(orders: Iterable[Order], desk: Desk, now: datetime) -> Problem:
    """What ``make_plan`` solves, for those who compare ways to solve it."""
    busy, left = _prepared(orders, desk, now)
    return _problem(left, busy, desk, now)


def _prepared(
    orders: Iterable[Order], desk: Desk, now: datetime
) -> tuple[list[_Busy], list[Order]]:
    """Teams on duty with what they are doing, and the orders that are to be planned."""
    known = sorted(orders, key=lambda order: order.id)
    teams = _on_duty(desk, now)
    for order in sorted(
        (o for o in known if o.state in UNDER_WAY),
        key=lambda o: (o.state != "on_site", o.dispatched_at or o.since, o.id),
    ):
        if order.team_id in teams:
            _bind(teams[order.team_id], order, desk, now)
    left = _worth_most([o for o in known if o.state in PLANNED], desk, now)
    return list(teams.values()), left


def _on_duty(desk: Desk, now: datetime) -> dict[str, _Busy]:
    soon = now + timedelta(hours=desk.settings.ahead_h)
    found = {}
    for team_id, team in desk.crews.teams.items():
        shift = desk.crews.next_shift(team_id, now)
        if shift is not None and shift.starts_at <= soon:
            found[team_id] = _Busy(team, shift, team.place, max(now, shift.starts_at))
    return found


def _bind(busy: _Busy, order: Order, desk: Desk, now: datetime) -> None:
    """A stop for what the team is doing, or on its way to."""
    draft, settings = order.draft, desk.settings
    place = place_of(draft.longitude, draft.latitude)
    way = way_min(busy.place, place, settings) if draft.on_site else 0.0
    starts = min(busy.free, order.dispatched_at or busy.free) if not busy.stops else busy.free
    arrives = starts + way * _MINUTE
    if order.state == "on_site" and order.arrived_at is not None:
        arrives, starts = order.arrived_at, min(starts, order.arrived_at)
    elif order.state == "dispatched":
        arrives = max(arrives, now)
    work = _work_min(order, arrives, desk)
    ends = max(arrives + work * _MINUTE, now + min(work, _LEAST_LEFT) * _MINUTE)
    way = (arrives - starts) / _MINUTE
    hours = (way + work) / 60
    stop = Stop(
        order.id,
        busy.team.team_id,
        len(busy.stops) + 1,
        starts,
        arrives,
        ends,
        round(way, 1),
        round((ends - arrives) / _MINUTE, 1),
        round((draft.avoided or 0.0) / max(hours, 1e-9), 6),
    )
    busy.stops.append(stop)
    busy.free = max(busy.free, ends)
    if draft.on_site:
        busy.place = place


def _add(busy: _Busy, route: Route, orders: Sequence[Order], now: datetime) -> None:
    for visit in route.visits:
        hours = (visit.ends - visit.starts) / 60
        stop = Stop(
            orders[visit.order].id,
            busy.team.team_id,
            len(busy.stops) + 1,
            now + visit.starts * _MINUTE,
            now + visit.arrives * _MINUTE,
            now + visit.ends * _MINUTE,
            round(visit.arrives - visit.starts, 1),
            round(visit.ends - visit.arrives, 1),
            round(visit.spared / max(hours, 1e-9), 6),
        )
        busy.stops.append(stop)


def _worth_most(orders: list[Order], desk: Desk, now: datetime) -> list[Order]:
    """Those that one plan can look at: worth most per hour of work, then in order of id."""
    most = desk.settings.most_orders
    if len(orders) <= most:
        return orders

    def rank(order: Order) -> tuple[bool, float, int]:
        worth, until = _worth(order, desk)
        left = min(1.0, max(0.0, (until - now) / timedelta(hours=desk.horizon_h)))
        return order.state not in WANTED, -worth * left / order.draft.hours, order.id

    return sorted(sorted(orders, key=rank)[:most], key=lambda order: order.id)


def _worth(order: Order, desk: Desk) -> tuple[float, datetime]:
    """Complaints spared at best, and until when there are any to spare (``propose``)."""
    draft = order.draft
    as_of = draft.as_of or order.opened_at
    worth = (draft.expected or 0.0) * desk.cure.chance(draft.cause)
    begins = [datetime.fromisoformat(w["starts_at"]) for w in draft.works if w.get("starts_at")]
    return worth, min([as_of + timedelta(hours=desk.horizon_h), *begins])


def _problem(orders: Sequence[Order], busy: Sequence[_Busy], desk: Desk, now: datetime) -> Problem:
    settings, crews = desk.settings, desk.crews
    drafts = [order.draft for order in orders]
    regions = [crews.regions_of(draft.region_id) for draft in drafts]
    places = [place_of(draft.longitude, draft.latitude) for draft in drafts]
    worth = [_worth(order, desk) for order in orders]
    night = _night(busy, desk, now)
    return Problem(
        free=np.array([(one.free - now) / _MINUTE for one in busy]),
        ends=np.array([(one.shift.ends_at - now) / _MINUTE for one in busy]),
        able=np.array(
            [
                [
                    one.team.can(draft.skill)
                    and one.team.works_in(where)
                    and order.team_id in (None, one.team.team_id)
                    for order, draft, where in zip(orders, drafts, regions, strict=True)
                ]
                for one in busy
            ]
        ),
        first_ways=_ways([one.place for one in busy], places, settings),
        ways=_ways(places, places, settings),
        on_site=np.array([draft.on_site for draft in drafts]),
        work=np.array([draft.hours * 60 for draft in drafts]),
        by_day=np.array([d.on_site and d.skill in settings.not_at_night for d in drafts]),
        worth=np.array([value for value, _ in worth]),
        floor=np.array(
            [settings.least_worth if order.state in WANTED else 0.0 for order in orders]
        ),
        until=np.array([(until - now) / _MINUTE for _, until in worth]),
        horizon=np.full(len(orders), desk.horizon_h * 60),
        night=night,
        night_factor=settings.night_factor,
        hour_cost=settings.hour_cost,
    )


def _ways(starts: Sequence[Place | None], ends: Sequence[Place | None], s: PlanSettings) -> Array:
    """Minutes between all pairs, as ``crews.way_min``."""
    unknown = (float("nan"), float("nan"))
    (lon, lat), (lon2, lat2) = (
        np.radians(np.array([place or unknown for place in side], float)).T
        for side in (starts, ends)
    )
    half = (
        np.sin((lat2[None, :] - lat[:, None]) / 2) ** 2
        + np.cos(lat)[:, None] * np.cos(lat2)[None, :]
        * np.sin((lon2[None, :] - lon[:, None]) / 2) ** 2
    )  # fmt: skip
    km = 2 * _EARTH_KM * np.arcsin(np.minimum(1.0, np.sqrt(half)))
    minutes: Array = np.nan_to_num(60 * km * s.detour / s.speed_kmh, nan=s.unknown_way_min)
    return minutes


def _night(busy: Sequence[_Busy], desk: Desk, now: datetime) -> Flags:
    """Whether each minute from now to the end of the last shift is of a night."""
    last = max(one.shift.ends_at for one in busy)
    minutes = ceil((last - now) / _MINUTE) + 2
    return np.array([is_night(now + n * _MINUTE, desk) for n in range(minutes)])


def is_night(moment: datetime, desk: Desk) -> bool:
    """Whether a moment is between ``night_starts`` and ``night_ends``, in the operator's zone."""
    clock = moment.astimezone(desk.zone).time()
    starts, ends = desk.settings.night_starts, desk.settings.night_ends
    if starts <= ends:
        return starts <= clock < ends
    return clock >= starts or clock < ends


def _work_min(order: Order, arrives: datetime, desk: Desk) -> float:
    minutes = order.draft.hours * 60
    if order.draft.on_site and is_night(arrives, desk):
        minutes *= desk.settings.night_factor
    return minutes

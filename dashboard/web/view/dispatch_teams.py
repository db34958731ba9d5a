"""Teams of the snapshot: who is on duty, where they are, how much of their shift is planned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from dashboard.dispatch.model import Order
from dashboard.dispatch.plans import Stop
from dashboard.plain import absent
from dashboard.web.context import Context, Look

SOON = timedelta(hours=14)
"""A shift that begins within this time is shown as the next one."""


@dataclass(frozen=True)
class Shift:
    """When a team works (UTC)."""

    starts_at: datetime
    ends_at: datetime

    @property
    def hours(self) -> float:
        """Its length."""
        return (self.ends_at - self.starts_at) / timedelta(hours=1)


@dataclass(frozen=True)
class Team:
    """A team.

    Attributes:
        place: longitude and latitude of its base; None where it is not known.
        shifts: in order of time.
    """

    team_id: str
    name: str
    skills: str = ""
    place: tuple[float, float] | None = None
    shifts: tuple[Shift, ...] = ()

    def shift(self, now: datetime) -> Shift | None:
        """The shift that runs, else the next one that begins soon."""
        for one in self.shifts:
            if one.ends_at > now and one.starts_at <= now + SOON:
                return one
        return None


@dataclass(frozen=True)
class Teams:
    """All teams by id."""

    by_id: Mapping[str, Team] = field(default_factory=lambda: MappingProxyType({}))
    version: str = ""

    def name(self, team_id: str) -> str:
        """The team's name; its id where the feed does not name it."""
        team = self.by_id.get(team_id)
        return team.name if team is not None else team_id


@dataclass(frozen=True)
class Block:
    """A piece of a team's shift, as shares of its length (0 … 1).

    Attributes:
        kind: ``way`` or ``work``.
    """

    kind: str
    start: float
    end: float
    order_id: int


@dataclass(frozen=True)
class Duty:
    """A team at a moment.

    Attributes:
        state: ``on_site``, ``dispatched`` (on the way), ``free``, ``later`` (its shift begins
            later) or ``off``.
        at: the order that it is at or on its way to; None where there is none.
        shift: the one shown; None: none runs and none begins soon.
        planned_h: hours of the shift with a way or work planned.
        now: share of the shift that has passed; None outside of it.
        open: orders that the team has and that are not repaired.
    """

    team: Team
    state: str
    at: Order | None
    shift: Shift | None
    planned_h: float
    blocks: tuple[Block, ...]
    now: float | None
    open: int


def teams_of(context: Context, look: Look) -> Teams:
    """The teams that the snapshot knows."""
    return context.walls.get(("dispatch teams", look.snapshot.id), lambda: _read(look))


def duties(
    teams: Teams, orders: Iterable[Order], plan: Iterable[Stop], now: datetime
) -> list[Duty]:
    """Every team with what it does now; those on duty first, the busiest first."""
    mine: dict[str, list[Order]] = {}
    for order in orders:
        if order.team_id is not None and order.state in ("accepted", "dispatched", "on_site"):
            mine.setdefault(order.team_id, []).append(order)
    stops: dict[str, list[Stop]] = {}
    for stop in plan:
        stops.setdefault(stop.team_id, []).append(stop)
    made = [
        _duty(team, mine.get(team.team_id, []), stops.get(team.team_id, []), now)
        for team in teams.by_id.values()
    ]
    rank = {"on_site": 0, "dispatched": 0, "free": 0, "later": 1, "off": 2}
    return sorted(made, key=lambda d: (rank[d.state], -d.planned_h, d.team.name))


def _duty(team: Team, orders: Sequence[Order], stops: Sequence[Stop], now: datetime) -> Duty:
    shift = team.shift(now)
    at = next((o for state in ("on_site", "dispatched") for o in orders if o.state == state), None)
    state: str
    if at is not None:
        state = at.state
    elif shift is None:
        state = "off"
    else:
        state = "free" if shift.starts_at <= now else "later"
    blocks = _blocks(shift, sorted(stops, key=lambda s: s.starts_at)) if shift else ()
    planned = sum(b.end - b.start for b in blocks) * shift.hours if shift else 0.0
    passed = _share(shift, now) if shift and shift.starts_at <= now else None
    return Duty(team, state, at, shift, planned, blocks, passed, len(orders))


def _blocks(shift: Shift, stops: Iterable[Stop]) -> tuple[Block, ...]:
    made = []
    for stop in stops:
        for kind, start, end in (
            ("way", stop.starts_at, stop.arrives_at),
            ("work", stop.arrives_at, stop.ends_at),
        ):
            first, last = _share(shift, start), _share(shift, end)
            if last > first:
                made.append(Block(kind, first, last, stop.order_id))
    return tuple(made)


def _share(shift: Shift, moment: datetime) -> float:
    """Where a moment lies in the shift; clipped to 0 … 1."""
    length = shift.ends_at - shift.starts_at
    return min(1.0, max(0.0, (moment - shift.starts_at) / length)) if length else 0.0


def _read(look: Look) -> Teams:
    shifts: dict[str, list[Shift]] = {}
    for row in look.snapshot.rows("dispatch_shifts"):
        if row["ends_at"] > row["starts_at"]:  # of no length: cancelled
            shifts.setdefault(row["team_id"], []).append(Shift(row["starts_at"], row["ends_at"]))
    made = {}
    for row in look.snapshot.rows("dispatch_teams"):
        place = (row["longitude"], row["latitude"])
        made[row["team_id"]] = Team(
            team_id=row["team_id"],
            name=row["name"] or row["team_id"],
            skills=row["skills"] or "",
            place=None if any(absent(value) for value in place) else place,
            shifts=tuple(sorted(shifts.get(row["team_id"], []), key=lambda s: s.starts_at)),
        )
    return Teams(made, look.snapshot.id)

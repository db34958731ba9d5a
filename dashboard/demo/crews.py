"""The demo's dispatcher and crews: they act on half of the districts, the rest is the visitor's.

What is done when follows from the orders themselves (their state, since when, their number): so
nothing has to be remembered, a restart goes on where things stood, and nothing is done twice. Each
step is taken at its own time, however rarely anybody looks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from dashboard.demo.roster import Roster
from dashboard.dispatch.errors import DispatchError
from dashboard.dispatch.model import Event, Order, Step
from dashboard.dispatch.plans import Stop
from dashboard.dispatch.states import Kind, State
from dashboard.dispatch.store import Orders
from ingest.errors import IngestError
from ingest.simulator import LiveCity
from ingest.simulator.repairs import REMEDIES

DISPATCHER = "演示调度台"
OURS = "visit"
"""In the details of a repair: the demo's crews have done it, the city knows of it."""
_BACK = timedelta(days=2)  # repairs by visitors that old were known to the city before it stopped
_CLOSED_H = 24.0  # after it was verified, plus up to half of that
_MOST = 500  # steps of one look: far more than an hour's
_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
_REJECTED, _NOT_DONE, _LATE, _NO_FAULT = 0.03, 0.04, 0.08, 0.5
_CANNOT = ("no_access: 机房钥匙未到，物业无法联系", "no_parts: 备件在途，次日到站")
_CANNOT_AFAR = "third_party: 等待传输侧配合"


Luck = tuple[float, float, float]


@dataclass(frozen=True)
class _Move:
    """What is to be done about an order next, and when."""

    at: datetime
    order: Order
    do: Callable[[datetime], Step]

    @property
    def rank(self) -> tuple[datetime, float, int]:
        """In order of time; at one time what is worth most for its hours."""
        draft = self.order.draft
        return self.at, -(draft.avoided or 0.0) / max(draft.hours, 0.1), self.order.id


class Crews:
    """Plays them, called again and again.

    Args:
        city: acted upon by repairs.
        orders: the tables.
        plan: the present plan, by order: teams wished for; asked for once a look.

    Attributes:
        districts: where they act: every second one; ``everywhere`` names them all.
    """

    def __init__(self, city: LiveCity, orders: Orders, plan: Callable[[], dict[int, Stop]]) -> None:
        self.city, self.orders, self.plan = city, orders, plan
        self.roster = Roster(city)
        districts = sorted({str(r) for r in city.life.city.cells["region_id"]})
        self.everywhere = frozenset(districts)
        self.districts = frozenset(districts[::2])
        self._names = {DISPATCHER, *(team.name for team in self.roster.teams.values())}
        self._seen: int | None = None  # the newest event that was looked at

    def tick(self, now: datetime) -> int:
        """Do all that is due by ``now`` (aware, by the demo's clock); the number of steps.

        Raises:
            OpsError: the ops database cannot be reached; nothing is lost, look again later.
        """
        self._heed_visitors(now)
        plan = self.plan()
        book = {o.id: o for o in self.orders.find(open_only=True, limit=5000)}
        # Of those that ended without a repair it is told when their team became free.
        book |= {o.id: o for o in self.orders.find(states=["verified", "rejected"], limit=1000)}
        stuck: set[int] = set()
        for taken in range(_MOST):
            waiting = [order for order in book.values() if order.id not in stuck]
            moves = [self._next(order, book, plan) for order in waiting]
            due = [move for move in moves if move and move.at <= now]
            if not due:
                return taken
            move = min(due, key=lambda m: m.rank)
            try:
                order = self._take(move)
            except DispatchError:
                stuck.add(move.order.id)  # somebody else was first: look again next time
                continue
            book[order.id] = order
        return _MOST

    def _take(self, move: _Move) -> Order:
        step, order = move.do(move.at), move.order
        return self.orders.act(
            order.id, [step], at=move.at, seen=order.seq, key=f"demo:{_visit(order)}:{step.kind}"
        )

    def _next(self, order: Order, book: dict[int, Order], plan: dict[int, Stop]) -> _Move | None:
        """What comes next; None: nothing, or nothing of ours."""
        if not self._ours(order):
            return None
        luck = _luck(order)
        by_state: dict[State, Callable[[], _Move | None]] = {
            "proposed": lambda: self._answer(order, luck),
            "accepted": lambda: self._send(order, book, plan, luck),
            "reopened": lambda: self._send(order, book, plan, luck),
            "dispatched": lambda: self._go(order, book, luck),
            "on_site": lambda: self._work(order, luck),
            "verified": lambda: _Move(
                order.since + _CLOSED_H * (1 + luck[1] / 2) * _HOUR,
                order,
                lambda _: _person("close"),
            ),
        }
        ask = by_state.get(order.state)
        return ask() if ask else None

    def _ours(self, order: Order) -> bool:
        """In our districts, or begun by us while they were: what is begun is brought to an end."""
        if order.draft.region_id in self.districts:
            return True
        return order.state in ("accepted", "dispatched", "on_site") and order.by in self._names

    def _answer(self, order: Order, luck: Luck) -> _Move:
        late = luck[0] < _LATE
        minutes = 18 + 32 * luck[1] if late else 1.5 + 9 * luck[1]
        rejected = luck[2] < _REJECTED or (order.draft.works and luck[2] < 10 * _REJECTED)
        if not rejected:
            return _Move(order.since + minutes * _MINUTE, order, lambda _: _person("accept"))
        works = "planned_works: 近期有计划作业，合并处理"
        reason = works if order.draft.works else "other: 人手不足，先观察"
        return _Move(order.since + minutes * _MINUTE, order, lambda _: _person("reject", reason))

    def _send(
        self, order: Order, book: dict[int, Order], plan: dict[int, Stop], luck: Luck
    ) -> _Move | None:
        ready = order.since + (2 + 12 * luck[0]) * _MINUTE
        stop = plan.get(order.id)
        wish = (stop.team_id if stop else None, order.draft.team_id)
        trip = self.roster.trip(order.draft, list(book.values()), ready, wish)
        if trip is None:
            return None
        details = {"team_id": trip.team.team_id}
        return _Move(
            trip.at, order, lambda _: Step("dispatch", DISPATCHER, "person", details=details)
        )

    def _go(self, order: Order, book: dict[int, Order], luck: Luck) -> _Move:
        if not order.draft.on_site:
            return self._work(order, luck)
        others = [o for o in book.values() if o.id != order.id]
        way = self.roster.way(order.team_id, order.draft, [*others, order])
        return _Move(
            order.since + way * (0.9 + 0.5 * luck[0]), order, lambda _: self._crew(order, "arrive")
        )

    def _work(self, order: Order, luck: Luck) -> _Move:
        work = order.draft.hours * (0.6 + 0.6 * luck[0]) * _HOUR
        return _Move(order.since + work, order, lambda at: self._visit(order, luck, at))

    def _visit(self, order: Order, luck: Luck, at: datetime) -> Step:
        """The work itself: first against the cause named, later against what was found."""
        draft, on_site = order.draft, order.state == "on_site"
        if luck[1] < _NOT_DONE:
            reason = _CANNOT[int(luck[2] * len(_CANNOT))] if on_site else _CANNOT_AFAR
            return self._crew(order, "cannot", reason)
        try:
            against = draft.cause if not order.reopened else order.found_cause or draft.cause
            if against not in REMEDIES:
                against = self.city.look(draft.cell_ids, at) or ""
            if against not in REMEDIES:
                return self._nothing(order)
            done = self.city.repair(draft.cell_ids, against, at, key=_visit(order))
        except IngestError as error:
            return self._crew(order, "cannot", f"other: {error}")
        if on_site and done.found is None and not done.helped and luck[2] < _NO_FAULT:
            return self._nothing(order)
        found = {"found_cause": done.found} if done.found else {}
        return self._crew(order, "repair", details={**found, OURS: _visit(order)})

    def _nothing(self, order: Order) -> Step:
        """Nothing is wrong there; from afar all that is left is a reset."""
        if order.state == "on_site":
            return self._crew(order, "reject", "no_fault: 现场检查未见异常")
        return self._crew(order, "repair", "远程复位，未见异常", {OURS: _visit(order)})

    def _heed_visitors(self, now: datetime) -> None:
        """What visitors of the demo repair by hand is repaired in the city too."""
        while events := self.orders.events_after(self._seen or 0):
            for event in events:
                if event.kind == "repair" and OURS not in event.details and event.at > now - _BACK:
                    self._mend(event)
                self._seen = event.id

    def _mend(self, event: Event) -> None:
        draft = self.orders.get(event.order_id).draft
        against = event.details.get("found_cause") or draft.cause
        if against not in REMEDIES:
            return
        try:
            self.city.repair(draft.cell_ids, against, event.at, key=f"visitor:{event.id}")
        except IngestError:
            return  # an order for a place that is not in the city

    def _crew(
        self, order: Order, kind: Kind, reason: str = "", details: dict[str, str] | None = None
    ) -> Step:
        team = self.roster.teams.get(order.team_id or "")
        return Step(kind, team.name if team else DISPATCHER, "crew", reason, details or {})


def _person(kind: Kind, reason: str = "") -> Step:
    return Step(kind, DISPATCHER, "person", reason)


def _visit(order: Order) -> str:
    """The same as long as the order is in its state, and never again."""
    return f"{order.name}:{order.state}:{order.since.isoformat()}"


def _luck(order: Order) -> Luck:
    """Three numbers, 0 … 1, the same as long as the order is in its state."""
    since = int(order.since.timestamp())
    random = np.random.default_rng([order.id, since, len(order.state)])
    return float(random.random()), float(random.random()), float(random.random())

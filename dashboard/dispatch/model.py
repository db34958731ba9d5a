"""Work orders as values: a draft, the steps people take, the events kept, and the order they make.

An order *is* its events: :func:`fold` makes it from them, and nothing else does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from dashboard.dispatch.errors import NotPossibleError
from dashboard.dispatch.states import OPEN, Actor, Kind, State, next_state

PREFIX = "WO-"
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Draft:
    """What an order is about. All of it is kept with the order's first event.

    Attributes:
        site_id: the site; a cell without one stands for itself, by its id.
        cause: as named by the forecast or by whoever opens the order; ``unknown`` if none.
        cell_ids: the cells to be mended, sorted.
        title: of the place, for people.
        region_id: finest region of the site.
        longitude: WGS-84 degrees; None where it is not known.
        latitude: likewise.
        as_of: of the forecast it follows from; None: opened by hand.
        snapshot_id: what was shown then.
        probability: highest risk of its cells, 0 … 1.
        expected: expected low-satisfaction complaints of its cells within the horizon.
        avoided: of these, what a repair is expected to spare: an estimate, not an effect.
        users: people who use its cells.
        skill: code of the skill asked for, as in teams' ``skills`` and the playbook.
        hours: of work on site (or at a desk), without the way.
        on_site: whether somebody must go there.
        due_at: by when somebody should be there; None: by the rules of the timers alone.
        team_id: suggested team.
        evidence: pieces of evidence as the forecast told them, each a flat JSON object.
        works: works planned there within the horizon: ``work_id, starts_at, kind``.
        note: by whoever opened it.
    """

    site_id: str
    cause: str
    cell_ids: tuple[str, ...]
    title: str
    region_id: str | None = None
    longitude: float | None = None
    latitude: float | None = None
    as_of: datetime | None = None
    snapshot_id: str | None = None
    probability: float | None = None
    expected: float | None = None
    avoided: float | None = None
    users: float | None = None
    skill: str = ""
    hours: float = 2.0
    on_site: bool = True
    due_at: datetime | None = None
    team_id: str | None = None
    evidence: tuple[Json, ...] = ()
    works: tuple[Json, ...] = ()
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """All fields, times as ISO 8601 in UTC."""
        return {name: _plain(value) for name, value in asdict(self).items()}


_FIELDS = frozenset(f.name for f in fields(Draft))
_TIMES = frozenset({"as_of", "due_at"})
_LISTS = frozenset({"cell_ids", "evidence", "works"})


def draft_of(raw: Json) -> Draft:
    """The draft that :meth:`Draft.as_json` wrote; fields of later programs are left out."""
    return Draft(**{name: _typed(name, raw[name]) for name in raw if name in _FIELDS})


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return list(value) if isinstance(value, tuple) else value


def _typed(name: str, value: Any) -> Any:  # noqa: ANN401  a field of any type
    if name in _TIMES and value is not None:
        return datetime.fromisoformat(value)
    return tuple(value) if name in _LISTS else value


@dataclass(frozen=True)
class Step:
    """What somebody does to an order.

    Attributes:
        kind: what.
        who: name of the person, crew, system or peer.
        actor: which of these.
        reason: why; some steps need one. For ``reject`` and ``cannot`` a code comes first, with
            words behind it after a colon: ``no_fault: all KPIs fine on site``.
        details: ``team_id`` (dispatch, assign), ``found_cause`` (repair, reject on site), ``timer``
            (warn, escalate), ``draft`` (update); others are kept as they come.
    """

    kind: Kind
    who: str
    actor: Actor = "person"
    reason: str = ""
    details: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Event:
    """A step that was taken.

    Attributes:
        id: number in the database; greater is later, over all orders.
        order_id: whose.
        seq: number within the order, from 1.
        kind, who, actor, reason, details: of the step.
        before: the state before; None for the first.
        after: the state after.
        at: when (UTC, by the clock of the facts); never before the event before it.
    """

    id: int
    order_id: int
    seq: int
    kind: Kind
    before: State | None
    after: State
    at: datetime
    who: str
    actor: Actor
    reason: str
    details: Json


@dataclass(frozen=True)
class Order:
    """An order as it stands.

    Attributes:
        id: its number.
        draft: what it is about, with later updates.
        state: where it stands.
        seq: number of its newest event.
        opened_at: when it was proposed.
        opened_by: by whom.
        opener: which kind of actor that was.
        changed_at: of the newest event.
        since: when it came into its state.
        by: who brought it there.
        reason: why, where a reason was given.
        team_id: the team it was given to; None before.
        accepted_at, dispatched_at, arrived_at, repaired_at, verified_at: of the newest such step
            since it was opened or reopened last; a reopened order begins anew. One that a crew
            gave back is accepted from then on.
        found_cause: what the crew found; None before.
        reopened: how often it was reopened.
        timers: ``warned`` or ``missed`` by timer, of the stretch that runs.
        comments: how many.
    """

    id: int
    draft: Draft
    state: State
    seq: int
    opened_at: datetime
    opened_by: str
    opener: Actor
    changed_at: datetime
    since: datetime
    by: str
    reason: str = ""
    team_id: str | None = None
    accepted_at: datetime | None = None
    dispatched_at: datetime | None = None
    arrived_at: datetime | None = None
    repaired_at: datetime | None = None
    verified_at: datetime | None = None
    found_cause: str | None = None
    reopened: int = 0
    timers: Json = field(default_factory=dict)
    comments: int = 0

    @property
    def name(self) -> str:
        """What people call it."""
        return name_of(self.id)

    @property
    def open(self) -> bool:
        """Whether there is still something to do or to prove."""
        return self.state in OPEN


def name_of(order_id: int) -> str:
    """``WO-000123``."""
    return f"{PREFIX}{order_id:06d}"


def id_of(name: str) -> int | None:
    """The number behind a name (``WO-000123``, ``wo-123``, ``123``); None when it is none."""
    digits = name.strip().upper().removeprefix(PREFIX)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 15 else None


_MOMENTS: Mapping[Kind, str] = MappingProxyType(
    {
        "accept": "accepted_at",
        "dispatch": "dispatched_at",
        "arrive": "arrived_at",
        "repair": "repaired_at",
        "verify": "verified_at",
    }
)
_ANEW = dict.fromkeys(_MOMENTS.values())


def fold(events: Iterable[Event]) -> Order:
    """The order that its events make, in order of ``seq`` from 1.

    Raises:
        NotPossibleError: there is none, one is missing, or one that the table does not know.
    """
    order: Order | None = None
    for event in events:
        order = applied(order, event)
    if order is None:
        raise NotPossibleError("an order without events")
    return order


def applied(order: Order | None, event: Event) -> Order:
    """The order after one more event.

    Raises:
        NotPossibleError: it does not fit.
    """
    if order is None:
        return _opened(event)
    if event.seq != order.seq + 1 or event.order_id != order.id:
        raise NotPossibleError(
            f"{order.name}: event {event.seq} does not follow {order.seq}", order
        )
    state = next_state(order.state, event.kind, event.actor, event.reason)
    changed = replace(order, seq=event.seq, changed_at=event.at)
    if event.kind == "comment":
        return replace(changed, comments=order.comments + 1)
    if event.kind in ("warn", "escalate"):
        said = "warned" if event.kind == "warn" else "missed"
        return replace(changed, timers={**order.timers, str(event.details.get("timer")): said})
    if event.kind == "update":
        raw = {**order.draft.as_json(), **event.details.get("draft", {})}
        return replace(changed, draft=draft_of(raw))
    if event.kind == "assign":
        return replace(changed, team_id=event.details.get("team_id"))
    values: dict[str, Any] = {"state": state, "since": event.at, "by": event.who}
    # The way to the site begins with acceptance: its timer runs on when a crew is sent.
    on = order.state == "accepted" and event.kind == "dispatch"
    values |= {"reason": event.reason, "timers": order.timers if on else {}}
    if event.kind == "reopen":
        values |= {**_ANEW, "reopened": order.reopened + 1}
    if event.kind == "cannot":
        values |= {"accepted_at": event.at, "dispatched_at": None, "arrived_at": None}
        values |= {"team_id": None}
    if event.kind in _MOMENTS:
        values[_MOMENTS[event.kind]] = event.at
    if event.details.get("team_id") is not None:
        values["team_id"] = event.details["team_id"]
    if event.details.get("found_cause") is not None:
        values["found_cause"] = event.details["found_cause"]
    return replace(changed, **values)


def _opened(event: Event) -> Order:
    if event.kind != "propose" or event.seq != 1:
        raise NotPossibleError(f"{name_of(event.order_id)}: its first event is {event.kind}")
    return Order(
        id=event.order_id,
        draft=draft_of(event.details["draft"]),
        state="proposed",
        seq=1,
        opened_at=event.at,
        opened_by=event.who,
        opener=event.actor,
        changed_at=event.at,
        since=event.at,
        by=event.who,
    )

"""What other systems tell of orders: TM Forum's events, and the steps they stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from dashboard.dispatch.errors import ConflictError, DispatchError, UnknownOrderError
from dashboard.dispatch.inbound_event import Told
from dashboard.dispatch.model import Event, Order, Step, id_of
from dashboard.dispatch.outbound.links import Links
from dashboard.dispatch.outbound.tmf import TICKET_STATES, WORK_ORDER_STATES
from dashboard.dispatch.states import Kind, State, possible
from ingest.masks import mask_text

Result = Literal["applied", "noted", "known"]
SKEW = timedelta(minutes=5)
"""So far two systems' clocks may be apart."""
_TRIES = 3
_REASON_CHARS = 500

# What a peer's state means for an order in each of ours: steps to take. No entry: it cannot be.
# An empty row: nothing new, which is noted.
_TO_REPAIRED: Mapping[State, tuple[Kind, ...]] = {
    "proposed": ("accept", "dispatch", "arrive", "repair"),
    "accepted": ("dispatch", "arrive", "repair"),
    "reopened": ("dispatch", "arrive", "repair"),
    "dispatched": ("arrive", "repair"),
    "on_site": ("repair",),
    "repaired": (),
    "verified": (),
    "closed": (),
}
_NOTED: Mapping[State, tuple[Kind, ...]] = dict.fromkeys(
    ("proposed", "accepted", "dispatched", "on_site", "repaired", "verified", "reopened"), ()
)
MEANING: Mapping[str, Mapping[State, tuple[Kind, ...]]] = {
    "acknowledged": {
        "proposed": ("accept",), "reopened": ("accept",), "accepted": (), "dispatched": (),
        "on_site": (), "repaired": (), "verified": (),
    },
    "rejected": {
        "proposed": ("reject",), "accepted": ("reject",), "reopened": ("reject",),
        "dispatched": ("cannot",), "on_site": ("reject",), "rejected": (),
    },
    "inProgress": {state: steps[:-1] for state, steps in _TO_REPAIRED.items() if steps}
    | {"repaired": ()},
    "completed": _TO_REPAIRED,
    "failed": {**_NOTED, "dispatched": ("cannot",), "on_site": ("cannot",)},
    "cancelled": {
        "proposed": ("cancel",), "accepted": ("cancel",), "dispatched": ("cancel",),
        "on_site": ("cancel",), "reopened": ("cancel",), "cancelled": (),
    },
    "pending": _NOTED,
    "held": _NOTED,
    "partial": _NOTED,
    "assessingCancellation": _NOTED,
    "pendingCancellation": _NOTED,
}  # fmt: skip
"""``WorkOrderStateType`` of TMF697 v4, all of its values."""


class OlderError(DispatchError):
    """An event that is older than what is known of the order: it changes nothing."""


class ImpossibleError(DispatchError):
    """A peer's state that cannot follow from the order's.

    Attributes:
        order: as it stands.
    """

    def __init__(self, order: Order, told: Told) -> None:
        can = ", ".join(possible(order.state, "peer"))
        super().__init__(
            f"{order.name} is {order.state}: {told.word} cannot follow (possible: {can})"
        )
        self.order = order


class OtherOrderError(DispatchError):
    """The event's two ids are of two orders."""


class Book(Protocol):
    """Orders, as the web's desk and the tables themselves give them."""

    def order(self, order_id: int) -> Order:
        """One order; raises UnknownOrderError."""

    def events(self, order_id: int) -> list[Event]:
        """All its events."""

    def act(
        self,
        order_id: int,
        steps: Sequence[Step],
        *,
        at: datetime,
        seen: int | None = None,
        key: str | None = None,
    ) -> Order:
        """Take steps: all or none."""


@dataclass(frozen=True)
class Heard:
    """What an event did.

    Attributes:
        result: ``applied`` (the order moved), ``noted`` (a comment), ``known`` (heard before, or
            nothing that was not known).
        order: as it stands now.
    """

    result: Result
    order: Order


def hear(book: Book, links: Links, peer: str, told: Told, now: datetime) -> Heard:
    """Take what a peer tells of an order; the same event again does nothing.

    Args:
        book: the orders.
        links: what orders are called elsewhere.
        peer: who tells.
        told: the event, understood.
        now: the present moment, by the clock of the facts.

    Raises:
        UnknownOrderError: it is of no order of ours.
        OtherOrderError: its two ids are of two orders.
        OlderError: something newer is known of the order.
        ImpossibleError: it cannot follow from the order's state.
        ConflictError: others change the order again and again.
        OpsError: the database failed; nothing was changed.
    """
    order_id = _order_id(book, links, peer, told)
    for attempt in range(_TRIES):
        order, events = book.order(order_id), book.events(order_id)
        mine = [event for event in events if event.actor == "peer" and event.who == peer]
        if any(event.details.get("peer_event") == told.event_id for event in mine):
            return Heard("known", order)
        kinds = _kinds(order, told)
        if not kinds and _is_no_news(order, told):
            _note(links, peer, order_id, told)
            return Heard("known", order)
        _require_newer(order, mine, told, moves=bool(kinds))
        steps = [_step(kind, peer, told) for kind in kinds or ("comment",)]
        try:
            after = book.act(
                order_id, steps, at=now, seen=order.seq, key=f"tmf:{peer}:{told.event_id}"
            )
        except ConflictError:
            if attempt == _TRIES - 1:
                raise
            continue
        _note(links, peer, order_id, told)
        return Heard("applied" if kinds else "noted", after)
    raise AssertionError("at least one try")


def _order_id(book: Book, links: Links, peer: str, told: Told) -> int:
    """By the peer's own id, and by ours, which it was given as ``externalId``."""
    theirs = links.order(peer, told.external_id) if told.external_id else None
    ours = _ours(told.our_id) or (_ours(told.external_id) if theirs is None else None)
    if theirs is not None and ours is not None and theirs != ours:
        raise OtherOrderError(
            f"id {told.external_id!r} and externalId {told.our_id!r} are of two orders"
        )
    found = theirs if theirs is not None else ours
    if found is None:
        raise UnknownOrderError(
            f"no work order is known by id {told.external_id!r} or externalId {told.our_id!r}"
        )
    return book.order(found).id


def _is_no_news(order: Order, told: Told) -> bool:
    """An echo of what the peer was told, or of attributes that came from here."""
    if told.own:
        return False
    if told.state is None:
        return not told.summary
    as_told = TICKET_STATES if told.standard == "TMF621" else WORK_ORDER_STATES
    return told.word == as_told[order.state]


def _note(links: Links, peer: str, order_id: int, told: Told) -> None:
    if told.external_id is not None:
        links.note(peer, order_id, told.external_id)


def _ours(name: str | None) -> int | None:
    """The number behind ``WO-000123``; a bare number is a peer's own."""
    return id_of(name) if name is not None and not name.strip().isdigit() else None


def _kinds(order: Order, told: Told) -> tuple[Kind, ...]:
    if told.state is None:
        return ()
    meaning = MEANING[told.state]
    if order.state not in meaning:
        raise ImpossibleError(order, told)
    kinds = meaning[order.state]
    if not order.draft.on_site:  # remote work: nobody arrives anywhere
        kinds = tuple(kind for kind in kinds if kind != "arrive")
    return kinds


def _require_newer(order: Order, mine: Sequence[Event], told: Told, *, moves: bool) -> None:
    before = [datetime.fromisoformat(at) for event in mine if (at := event.details.get("peer_at"))]
    if before and told.at < max(before):
        raise OlderError(
            f"{order.name}: the event is of {told.at.isoformat()}, a newer one of "
            f"{max(before).isoformat()} is known"
        )
    if moves and told.at < order.since - SKEW:
        raise OlderError(
            f"{order.name}: the event is of {told.at.isoformat()}, the order is {order.state} "
            f"since {order.since.isoformat(timespec='seconds')}"
        )


def _step(kind: Kind, peer: str, told: Told) -> Step:
    said = " ".join((mask_text(told.text) or "").split())[:_REASON_CHARS]
    if kind == "comment":
        reason = ": ".join(part for part in (told.summary or told.standard, said) if part)
    else:
        reason = f"other: {said or told.summary}" if kind in ("reject", "cannot") else said
        reason = reason or told.summary
    details = {
        "peer_event": told.event_id,
        "peer_at": told.at.isoformat(),
        "peer_state": told.word,
        "external_id": told.external_id,
    }
    return Step(kind, peer, "peer", reason, {k: v for k, v in details.items() if v is not None})

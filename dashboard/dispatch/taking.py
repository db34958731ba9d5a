"""What a step does to the tables of work orders, within a transaction of the store's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from dashboard.dispatch.bodies import as_text, event_of, order_of, row_of
from dashboard.dispatch.errors import (
    AlreadyOpenError,
    ConflictError,
    NotPossibleError,
    UnknownOrderError,
)
from dashboard.dispatch.model import Draft, Event, Order, Step, applied, name_of
from dashboard.dispatch.states import QUIET, State, next_state, possible
from dashboard.ops.order_schema import work_order_cells, work_order_events, work_orders

_WHO_CHARS = 100
MATERIAL = 0.2
"""An open order is told of a new forecast when what it is worth changed by more than this share."""


@dataclass(frozen=True)
class _Place:
    """Where an event goes: the order's id, the number within it, the state before."""

    order_id: int
    seq: int
    before: State | None


def propose(
    connection: Connection, draft: Draft, step: Step, *, at: datetime, key: str | None
) -> tuple[Order, bool]:
    """The order that stands for a draft, and whether it is new."""
    c = work_orders.c
    order = _open_one(connection, draft)
    if order is not None:
        standing = order
        news = _news(order.draft, draft)
        may = "update" in possible(order.state, "system")
        if news and may and step.actor == "system":
            tell = Step("update", step.who, "system", details={"draft": news})
            order = _take(connection, order, tell, at, None)
            _write(connection, order, standing)
        return order, False
    fresh = {
        "site_id": draft.site_id, "cause": draft.cause, "state": "proposed", "is_open": 1,
        "seq": 0, "opened_at": at, "since": at, "changed_at": at, "words": "", "body": "",
    }  # fmt: skip
    order_id = connection.execute(insert(work_orders).values(fresh).returning(c.id)).scalar_one()
    details = {**step.details, "draft": draft.as_json()}
    opening = Step("propose", step.who, step.actor, step.reason, details)
    place = _Place(int(order_id), 1, None)
    event = _insert(connection, place, opening, after="proposed", at=at, key=key)
    order = applied(None, event)
    _write(connection, order)
    return order, True


def act(
    connection: Connection,
    order_id: int,
    steps: Sequence[Step],
    *,
    at: datetime,
    seen: int | None,
    key: str | None,
) -> Order:
    """Take the steps; raises what ``Orders.act`` raises, and the caller rolls back."""
    found = order = get(connection, order_id)
    if seen is not None and seen != order.seq:
        _refuse_late(connection, order, seen)
    for number, step in enumerate(steps):
        order = _take(connection, order, step, at, key if number == 0 else None)
    if order.open and not found.open:
        other = _open_one(connection, order.draft)
        if other is not None:
            raise AlreadyOpenError(other)
    _write(connection, order, found)
    return order


def _take(connection: Connection, order: Order, step: Step, at: datetime, key: str | None) -> Order:
    """One step; the row of the order is written by the caller."""
    try:
        after = next_state(order.state, step.kind, step.actor, step.reason)
    except NotPossibleError as error:
        raise NotPossibleError(f"{order.name}: {error}", order, error.possible) from None
    moment = max(at, order.changed_at)
    place = _Place(order.id, order.seq + 1, order.state)
    event = _insert(connection, place, step, after=after, at=moment, key=key)
    return applied(order, event)


def _insert(
    connection: Connection,
    place: _Place,
    step: Step,
    *,
    after: State,
    at: datetime,
    key: str | None,
) -> Event:
    row = {
        "order_id": place.order_id, "seq": place.seq, "kind": step.kind,
        "state_before": place.before,
        "state_after": after, "at": at, "who": step.who[:_WHO_CHARS], "actor": step.actor,
        "reason": step.reason, "details": as_text(dict(step.details)), "request_key": key,
    }  # fmt: skip
    made = insert(work_order_events).values(row).returning(work_order_events)
    return event_of(connection.execute(made).one())


def _write(connection: Connection, order: Order, before: Order | None = None) -> None:
    """The order as its events make it, for reading; ``before`` is what stands there."""
    c, cells = work_orders.c, work_order_cells
    connection.execute(update(work_orders).where(c.id == order.id).values(**row_of(order)))
    have = set(before.draft.cell_ids) if before is not None else set()
    wanted = set(order.draft.cell_ids)
    if gone := sorted(have - wanted):
        connection.execute(
            delete(cells).where(cells.c.order_id == order.id, cells.c.cell_id.in_(gone))
        )
    if new := sorted(wanted - have):
        rows: list[dict[str, Any]] = [{"order_id": order.id, "cell_id": cell} for cell in new]
        connection.execute(insert(cells), rows)


def _open_one(connection: Connection, draft: Draft) -> Order | None:
    """The open order of a draft's site and cause: writers wait for one another, so it stays so."""
    c = work_orders.c
    row = connection.execute(
        select(c.body).where(c.site_id == draft.site_id, c.cause == draft.cause, c.is_open == 1)
    ).first()
    return None if row is None else order_of(row.body)


def get(connection: Connection, order_id: int) -> Order:
    """One order; UnknownOrderError when there is none."""
    c = work_orders.c
    row = connection.execute(select(c.body).where(c.id == order_id)).first()
    if row is None:
        raise UnknownOrderError(f"there is no work order {name_of(order_id)}")
    return order_of(row.body)


def by_key(connection: Connection, key: str) -> Order | None:
    """The order that a request with this key has already changed or opened."""
    c = work_order_events.c
    found = connection.execute(select(c.order_id).where(c.request_key == key)).scalar()
    return None if found is None else get(connection, int(found))


def _refuse_late(connection: Connection, order: Order, seen: int) -> None:
    """Conflict, if what came since then changes another person's decision."""
    c = work_order_events.c
    query = (
        select(work_order_events)
        .where(c.order_id == order.id, c.seq > seen, c.kind.not_in(QUIET))
        .order_by(c.seq)
    )
    rows = connection.execute(query).all()
    if rows:
        raise ConflictError(order, event_of(rows[-1]))
    if seen > order.seq:
        raise NotPossibleError(
            f"{order.name}: seen={seen} is ahead of its {order.seq} events", order
        )


def _news(old: Draft, new: Draft) -> dict[str, Any]:
    """What an open order is to be told of a newer forecast: empty when nothing that matters."""
    cells = tuple(sorted({*old.cell_ids, *new.cell_ids}))
    grown = cells != tuple(sorted(old.cell_ids))
    other_works = [dict(w) for w in old.works] != [dict(w) for w in new.works]
    if not grown and not other_works and not _moved(old.expected, new.expected):
        return {}
    told = new.as_json()
    kept = ("note", "site_id", "cause", "title")
    return {name: value for name, value in told.items() if name not in kept} | {
        "cell_ids": list(cells)
    }


def _moved(old: float | None, new: float | None) -> bool:
    if old is None or new is None:
        return old != new
    return abs(new - old) > MATERIAL * max(old, new)

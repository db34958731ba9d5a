"""All orders that matter at a moment: what boards, walls and pages read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from itertools import groupby
from types import MappingProxyType

from sqlalchemy import Connection, Engine, func, or_, select

from dashboard.dispatch.bodies import event_of, order_of
from dashboard.dispatch.model import Order, fold
from dashboard.dispatch.plans import Stop, read_plan
from dashboard.dispatch.proofs import Mark, Proof, mark_of, read_proofs
from dashboard.dispatch.states import State
from dashboard.ops.engine import reading
from dashboard.ops.order_schema import work_order_events, work_order_plans, work_orders


@dataclass(frozen=True)
class Book:
    """Open orders, and those that ended or were verified lately.

    Attributes:
        orders: in order of id.
        plan: stops by order; empty in a book of an earlier moment, since plans are not kept.
        planned_at: when the plan was made.
        proofs: how far the proof of repaired and verified orders is, by order; likewise empty.
        looked: changes with each look at them.
        version: changes whenever anything in the book does.
        last: id of the newest event known to it.
        at: of a book of an earlier moment; None: as it stands now.
    """

    orders: tuple[Order, ...] = ()
    plan: Mapping[int, Stop] = field(default_factory=lambda: MappingProxyType({}))
    planned_at: datetime | None = None
    proofs: Mapping[int, Proof] = field(default_factory=lambda: MappingProxyType({}))
    looked: Mark | None = None
    version: str = "0"
    last: int = 0
    at: datetime | None = None

    @cached_property
    def by_id(self) -> Mapping[int, Order]:
        """Orders by number."""
        return {order.id: order for order in self.orders}

    @cached_property
    def by_cell(self) -> Mapping[str, tuple[Order, ...]]:
        """Orders by cell: the open ones first, the newest first."""
        found: dict[str, list[Order]] = {}
        for order in sorted(self.orders, key=lambda o: (not o.open, -o.id)):
            for cell in order.draft.cell_ids:
                found.setdefault(cell, []).append(order)
        return {cell: tuple(orders) for cell, orders in found.items()}

    @cached_property
    def open(self) -> tuple[Order, ...]:
        """Those that are open."""
        return tuple(order for order in self.orders if order.open)

    @cached_property
    def counts(self) -> Mapping[State, int]:
        """How many there are by state; a state without any counts 0."""
        return Counter(order.state for order in self.orders)

    def of_cell(self, cell_id: str) -> tuple[Order, ...]:
        """Orders of a cell: the open ones first, the newest first."""
        return self.by_cell.get(cell_id, ())

    def open_of(self, site_id: str, cause: str) -> Order | None:
        """The open order of a site and cause."""
        for order in self.open:
            if order.draft.site_id == site_id and order.draft.cause == cause:
                return order
        return None


def read_book(engine: Engine, back: timedelta, at: datetime | None = None) -> Book:
    """The orders as they stand now, or as they stood at ``at`` (aware).

    Args:
        engine: the ops database.
        back: how long ended orders stay in the book.
        at: a moment by the clock of the facts; None: now.

    Raises:
        OpsError: it cannot be read.
    """
    with reading(engine) as connection:
        if at is not None:
            return _then(connection, back, at)
        # Read before the orders, so that it is never newer than they are.
        version, last = version_of(connection), _last(connection)
        c = work_orders.c
        newest = connection.execute(select(func.max(c.changed_at))).scalar()
        query = select(c.body).order_by(c.id)
        if newest is not None:
            query = query.where(or_(c.is_open == 1, c.changed_at >= newest - back))
        orders = tuple(order_of(row.body) for row in connection.execute(query))
        plan, looked = read_plan(connection), mark_of(connection)
        return Book(orders, *plan, read_proofs(connection), looked, version, last)


def renewed(engine: Engine, back: timedelta, book: Book) -> Book:
    """The book as it stands now, made from an earlier one: only what changed since is read.

    Args:
        engine: the ops database.
        back: as for :func:`read_book`, which gives the same book.
        book: of no earlier moment.

    Raises:
        OpsError: it cannot be read.
    """
    if not book.last:
        return read_book(engine, back)
    with reading(engine) as connection:
        version, last = version_of(connection), _last(connection)
        c, e = work_orders.c, work_order_events.c
        changed = select(e.order_id).where(e.id > book.last)
        rows = connection.execute(select(c.body).where(c.id.in_(changed)))
        found = dict(book.by_id) | {order.id: order for order in (order_of(r.body) for r in rows)}
        plan, looked = read_plan(connection), mark_of(connection)
        proofs = book.proofs if looked == book.looked else read_proofs(connection)
    newest = max(order.changed_at for order in found.values())
    kept = (found[one] for one in sorted(found))
    orders = tuple(o for o in kept if o.open or o.changed_at >= newest - back)
    return Book(orders, *plan, proofs, looked, version, last)


def happened(engine: Engine, at: datetime, known: int) -> tuple[int, bool]:
    """The newest event's id, and whether one after the event ``known`` belongs to ``at`` or before.

    Raises:
        OpsError: it cannot be read.
    """
    e = work_order_events.c
    with reading(engine) as connection:
        last = _last(connection)
        found = select(e.id).where(e.id > known, e.id <= last, e.at <= at).limit(1)
        return last, connection.execute(found).first() is not None


def version_of(connection: Connection) -> str:
    """Changes whenever an event or a plan comes, or proofs are looked at."""
    planned_at = connection.execute(select(func.max(work_order_plans.c.made_at))).scalar()
    looked = mark_of(connection)
    moments = (planned_at, looked.at if looked is not None else None)
    told = [f"{at:%Y%m%dT%H%M%S%f}" if at is not None else "" for at in moments]
    return "-".join([f"{_last(connection)}", *told]).rstrip("-")


def _last(connection: Connection) -> int:
    return int(connection.execute(select(func.max(work_order_events.c.id))).scalar() or 0)


def _then(connection: Connection, back: timedelta, at: datetime) -> Book:
    """Folded from the events up to the moment."""
    o, e = work_orders.c, work_order_events.c
    query = (
        select(work_order_events)
        .join(work_orders, o.id == e.order_id)
        .where(o.opened_at <= at, or_(o.is_open == 1, o.changed_at >= at - back), e.at <= at)
        .order_by(e.order_id, e.seq)
    )
    events = [event_of(row) for row in connection.execute(query)]
    orders = [fold(part) for _, part in groupby(events, key=lambda event: event.order_id)]
    kept = tuple(order for order in orders if order.open or order.changed_at >= at - back)
    last = max((event.id for event in events), default=0)
    return Book(kept, version=f"{last}@{at:%Y%m%dT%H%M%S}", last=last, at=at)

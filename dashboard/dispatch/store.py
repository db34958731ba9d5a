"""Work orders in the ops database. Every method is one transaction, durable when it returns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, func, select, text

from dashboard.dispatch import taking
from dashboard.dispatch.bodies import event_of, order_of
from dashboard.dispatch.errors import DispatchError
from dashboard.dispatch.model import Draft, Event, Order, Step
from dashboard.dispatch.states import State
from dashboard.ops.engine import explained, reading
from dashboard.ops.order_schema import work_order_cells, work_order_events, work_orders

_LOCK = 4_207_043
_BATCH = 500


@dataclass(frozen=True)
class Proposed:
    """What became of a draft: the order that stands for it, and whether it is new."""

    order: Order
    new: bool


@dataclass(frozen=True)
class Wanted:
    """What is to be done to one of many orders; see :meth:`Orders.act`."""

    order_id: int
    steps: Sequence[Step]
    seen: int | None = None
    key: str | None = None


@dataclass(frozen=True)
class Done:
    """What became of many: orders that took the step, and why others did not, by id."""

    orders: tuple[Order, ...]
    refused: Mapping[int, DispatchError]


class Orders:
    """The tables ``work_orders``, ``work_order_cells`` and ``work_order_events``.

    All methods raise OpsError when the database fails; nothing is then changed.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def propose(
        self, drafts: Sequence[Draft], *, at: datetime, step: Step, key: str | None = None
    ) -> list[Proposed]:
        """Open an order for each draft; where one of its site and cause is open, that one stands.

        An open order learns of new cells and of a worth that changed much, by an ``update``.

        Args:
            drafts: what the orders are about.
            at: the moment, by the clock of the facts (aware).
            step: ``propose``: who, which actor, and why.
            key: of a request with one draft that may be repeated: it opens nothing twice.
        """
        with self._writing() as connection:
            if key is not None and (known := taking.by_key(connection, key)) is not None:
                return [Proposed(known, new=False)]
            made = [
                taking.propose(connection, draft, step, at=at, key=key if number == 0 else None)
                for number, draft in enumerate(drafts)
            ]
            return [Proposed(order, new) for order, new in made]

    def act(
        self,
        order_id: int,
        steps: Sequence[Step],
        *,
        at: datetime,
        seen: int | None = None,
        key: str | None = None,
    ) -> Order:
        """Take some steps, one after the other: all of them or none.

        Args:
            order_id: of the order.
            steps: at least one.
            at: the moment, by the clock of the facts (aware).
            seen: ``seq`` of the order as the actor saw it: what others decided since is a conflict.
            key: of a request that may be repeated: its steps are taken once.

        Returns:
            The order after them.

        Raises:
            UnknownOrderError: there is no such order.
            ConflictError: somebody else was first; it says who, and how the order stands now.
            NotPossibleError: a step does not fit.
            AlreadyOpenError: it cannot be reopened beside another open order.
        """
        with self._writing() as connection:
            if key is not None and (known := taking.by_key(connection, key)) is not None:
                return known
            return taking.act(connection, order_id, steps, at=at, seen=seen, key=key)

    def open_and_act(
        self,
        drafts: Sequence[Draft],
        steps_of: Callable[[Order], Sequence[Step]],
        *,
        at: datetime,
        step: Step,
    ) -> list[Proposed]:
        """Open an order for each draft, or take the open one, and act on it, in one transaction.

        Args:
            drafts: what the orders are about.
            steps_of: what is to be done to the order that stands for a draft; may be nothing.
            at: the moment, by the clock of the facts (aware).
            step: ``propose``: who, which actor, and why.

        Returns:
            The orders after their steps, ``new`` where one was opened by this.

        Raises:
            NotPossibleError: a step does not fit; nothing is then changed.
        """
        made = []
        with self._writing() as connection:
            for draft in drafts:
                order, new = taking.propose(connection, draft, step, at=at, key=None)
                if steps := steps_of(order):
                    order = taking.act(connection, order.id, steps, at=at, seen=order.seq, key=None)
                made.append(Proposed(order, new))
        return made

    def act_on_many(
        self, wanted: Sequence[tuple[int, int | None]], steps: Sequence[Step], *, at: datetime
    ) -> Done:
        """The same steps for many orders (id, ``seen``); each is all or nothing by itself."""
        return self.act_on_each([Wanted(one, steps, seen) for one, seen in wanted], at=at)

    def act_on_each(self, wanted: Sequence[Wanted], *, at: datetime) -> Done:
        """Steps for many orders in one transaction; each order's are all or nothing by itself.

        Those whose key is known already are in neither part of the answer.
        """
        done: list[Order] = []
        refused: dict[int, DispatchError] = {}
        with self._writing() as connection:
            for one in wanted:
                if one.key is not None and taking.by_key(connection, one.key) is not None:
                    continue
                try:
                    with connection.begin_nested():
                        made = taking.act(
                            connection, one.order_id, one.steps, at=at, seen=one.seen, key=one.key
                        )
                    done.append(made)
                except DispatchError as error:
                    refused[one.order_id] = error
        return Done(tuple(done), refused)

    def get(self, order_id: int) -> Order:
        """One order.

        Raises:
            UnknownOrderError: there is none.
        """
        with reading(self.engine) as connection:
            return taking.get(connection, order_id)

    def events(self, order_id: int) -> list[Event]:
        """All events of an order, the first first; empty when there is no such order."""
        c = work_order_events.c
        query = select(work_order_events).where(c.order_id == order_id).order_by(c.seq)
        with reading(self.engine) as connection:
            return [event_of(row) for row in connection.execute(query)]

    def find(
        self,
        *,
        states: Sequence[State] = (),
        open_only: bool = False,
        region_ids: Sequence[str] = (),
        team_id: str | None = None,
        site_id: str | None = None,
        cell_id: str | None = None,
        cause: str | None = None,
        words: str = "",
        before: int | None = None,
        limit: int | None = 100,
    ) -> list[Order]:
        """Orders that fit, the newest first.

        Args:
            states: any of these; empty: all.
            open_only: those that are open.
            region_ids: any of these finest regions; empty: all.
            team_id: of this team.
            site_id: of this site.
            cell_id: with this cell.
            cause: of this cause.
            words: each must occur in id, place, site, cells, team or note; case does not matter.
            before: only orders with smaller ids, to go on where an answer ended.
            limit: at most so many; None: all.
        """
        c = work_orders.c
        query = select(c.body).order_by(c.id.desc()).limit(limit)
        if states:
            query = query.where(c.state.in_(states))
        if open_only:
            query = query.where(c.is_open == 1)
        if region_ids:
            query = query.where(c.region_id.in_(region_ids))
        for column, value in ((c.team_id, team_id), (c.site_id, site_id), (c.cause, cause)):
            if value is not None:
                query = query.where(column == value)
        if cell_id is not None:
            cells = work_order_cells.c
            query = query.where(c.id.in_(select(cells.order_id).where(cells.cell_id == cell_id)))
        for word in words.lower().split():
            query = query.where(c.words.contains(word, autoescape=True))
        if before is not None:
            query = query.where(c.id < before)
        with reading(self.engine) as connection:
            return [order_of(row.body) for row in connection.execute(query)]

    def of_key(self, key: str) -> Event | None:
        """The event that a request with this key has made already; None: it is a new request."""
        query = select(work_order_events).where(work_order_events.c.request_key == key)
        with reading(self.engine) as connection:
            row = connection.execute(query).first()
            return None if row is None else event_of(row)

    def events_after(self, event_id: int, limit: int = 1000) -> list[Event]:
        """Events of all orders with greater ids, in their order: what somebody has not seen yet.

        Writers wait for one another, so that no smaller id appears later.
        """
        c = work_order_events.c
        query = select(work_order_events).where(c.id > event_id).order_by(c.id).limit(limit)
        with reading(self.engine) as connection:
            return [event_of(row) for row in connection.execute(query)]

    def known_keys(self, keys: Sequence[str]) -> set[str]:
        """Which of these requests were answered before."""
        c = work_order_events.c
        found: set[str] = set()
        with reading(self.engine) as connection:
            for start in range(0, len(keys), _BATCH):
                some = c.request_key.in_(keys[start : start + _BATCH])
                found.update(connection.execute(select(c.request_key).where(some)).scalars())
        return found

    def last_event_id(self) -> int:
        """Of the newest event of all orders; 0 before the first."""
        with reading(self.engine) as connection:
            return int(connection.execute(select(func.max(work_order_events.c.id))).scalar() or 0)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction; writers wait for one another, so that events are numbered as committed."""
        with explained(self.engine), self.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            yield connection

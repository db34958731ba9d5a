"""The web's way to work orders: a book that is read again only when something happened."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from dashboard.dispatch.book import Book, happened, read_book, renewed, version_of
from dashboard.dispatch.model import Draft, Event, Order, Step
from dashboard.dispatch.settings import DispatchSettings
from dashboard.dispatch.sla import Rules, make_rules
from dashboard.dispatch.store import Done, Orders, Proposed
from dashboard.dispatch.timers import Timer, timers
from dashboard.ops.engine import open_ops, open_ops_to_read, reading

LOOK_S = 1.0
"""For so long a version is believed without asking the database again."""
_THEN = 8
"""Books of earlier moments that are kept."""


@dataclass(frozen=True)
class _Kept:
    """The book of an earlier moment, and up to which event it is known to hold."""

    version: str
    last: int
    book: Book


class DispatchDesk:
    """Reads the book of orders, and writes what people do. Safe for several threads.

    All methods raise OpsError when the database fails.

    Args:
        data: the data directory.
        url: of another database than SQLite in it.
        settings: of dispatch.
        rules: of the timers; without them nights and weekends are those of UTC.
        monotonic: seconds by a clock that does not jump.
    """

    def __init__(
        self,
        data: Path,
        url: str | None,
        settings: DispatchSettings,
        *,
        rules: Rules | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._data, self._url, self.settings = data, url, settings
        self.rules = rules or make_rules(settings.sla, ZoneInfo("UTC"), None)
        self._monotonic = monotonic
        self._lock = Lock()
        self._reader: Engine | None = None
        self._writer: Engine | None = None
        self._looked = float("-inf")
        self._version = "0"
        self._book = Book()
        self._then: OrderedDict[datetime, _Kept] = OrderedDict()

    def version(self) -> str:
        """Changes whenever anything about orders does; to be asked for often."""
        with self._lock:
            if self._monotonic() - self._looked < LOOK_S:
                return self._version
            engine = self._to_read()
            if engine is None:
                return self._version
            with reading(engine) as connection:
                self._version = version_of(connection)
            self._looked = self._monotonic()
            return self._version

    def book(self, at: datetime | None = None) -> Book:
        """The orders as they stand, or stood at a moment (aware, by the clock of the facts)."""
        version = self.version()
        back = timedelta(days=self.settings.shown_days)
        with self._lock:
            engine = self._to_read()
            if engine is None:
                return Book(at=at)
            if at is None:
                if self._book.version != version:
                    self._book = renewed(engine, back, self._book)
                    self._version = self._book.version
                return self._book
            kept = self._then.get(at)
            if kept is None or kept.version != version:
                # What happens later changes nothing of an earlier moment.
                last, touched = happened(engine, at, kept.last if kept else 0)
                book = read_book(engine, back, at) if kept is None or touched else kept.book
                self._then[at] = kept = _Kept(version, last, book)
            self._then.move_to_end(at)
            while len(self._then) > _THEN:
                self._then.popitem(last=False)
            return kept.book

    def order(self, order_id: int) -> Order:
        """One order, however old.

        Raises:
            UnknownOrderError: there is none.
        """
        return self.orders().get(order_id)

    def timer(self, order: Order, now: datetime) -> Timer | None:
        """The timer that runs for an order (``now`` by the clock of the facts); None: none does."""
        return next(iter(timers(order, self.rules, now)), None)

    def events(self, order_id: int) -> list[Event]:
        """All events of an order."""
        return self.orders().events(order_id)

    def act(
        self,
        order_id: int,
        steps: Sequence[Step],
        *,
        at: datetime,
        seen: int | None = None,
        key: str | None = None,
    ) -> Order:
        """See :meth:`dashboard.dispatch.store.Orders.act`."""
        try:
            return self.orders().act(order_id, steps, at=at, seen=seen, key=key)
        finally:
            self._look_again()

    def act_on_many(
        self, wanted: Sequence[tuple[int, int | None]], steps: Sequence[Step], *, at: datetime
    ) -> Done:
        """See :meth:`dashboard.dispatch.store.Orders.act_on_many`."""
        try:
            return self.orders().act_on_many(wanted, steps, at=at)
        finally:
            self._look_again()

    def open_and_act(
        self,
        drafts: Sequence[Draft],
        steps_of: Callable[[Order], Sequence[Step]],
        *,
        at: datetime,
        step: Step,
    ) -> list[Proposed]:
        """See :meth:`dashboard.dispatch.store.Orders.open_and_act`."""
        try:
            return self.orders().open_and_act(drafts, steps_of, at=at, step=step)
        finally:
            self._look_again()

    def propose(
        self, drafts: Sequence[Draft], *, at: datetime, step: Step, key: str | None = None
    ) -> list[Proposed]:
        """See :meth:`dashboard.dispatch.store.Orders.propose`."""
        try:
            return self.orders().propose(drafts, at=at, step=step, key=key)
        finally:
            self._look_again()

    def orders(self) -> Orders:
        """The tables themselves; the database is made where there is none."""
        with self._lock:
            if self._writer is None:
                self._writer = open_ops(self._data, self._url)
            return Orders(self._writer)

    def reading(self) -> Orders | None:
        """The tables for reading alone; None while there is no database."""
        with self._lock:
            engine = self._to_read()
            return None if engine is None else Orders(engine)

    def close(self) -> None:
        """Let go of the database."""
        with self._lock:
            for engine in (self._reader, self._writer):
                if engine is not None:
                    engine.dispose()
            self._reader = self._writer = None

    def _to_read(self) -> Engine | None:
        """None while there is no database."""
        if self._reader is None:
            self._reader = open_ops_to_read(self._data, self._url)
        return self._reader

    def _look_again(self) -> None:
        with self._lock:
            self._looked = float("-inf")

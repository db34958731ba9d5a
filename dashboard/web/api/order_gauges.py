"""Gauges of work orders for ``/metrics``."""

from __future__ import annotations

from collections import Counter

from prometheus_client import CollectorRegistry, Gauge

from dashboard.dispatch.outbound.history import History
from dashboard.dispatch.sla_settings import TimerName
from dashboard.dispatch.states import STATES
from dashboard.dispatch.timers import TIMED
from dashboard.ops.errors import OpsError
from dashboard.web.context import Context


class OrderGauges:
    """Orders by state, those whose time is up, the newest event, messages that wait."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str, labels: tuple[str, ...] = ()) -> Gauge:
            return Gauge(f"foresite_{name}", text, labels, registry=registry)

        self._readable = gauge("work_orders_readable", "1 when the work orders can be read")
        self._orders = gauge(
            "work_orders", "Open work orders, and those that ended lately", ("state",)
        )
        self._overdue = gauge("work_orders_overdue", "Open orders whose time is up", ("timer",))
        self._planned = gauge(
            "work_order_plan_timestamp_seconds", "When the plan of the shifts was made"
        )
        self._messages = gauge(
            "outbox_messages", "What others are told of work orders", ("endpoint", "state")
        )

    def observe(self, context: Context) -> None:
        """Take the present values; where orders cannot be read, none are told."""
        for each in (self._orders, self._overdue, self._messages):
            each.clear()
        self._readable.set(0)
        self._planned.set(float("nan"))
        if context.dispatch is None:
            return
        try:
            self._observe(context)
        except OpsError:
            return
        self._readable.set(1)

    def _observe(self, context: Context) -> None:
        desk, now = context.dispatch, context.clock.now()
        assert desk is not None
        book = desk.book()
        late: Counter[TimerName] = Counter()
        for order in book.open:
            timer = desk.timer(order, now)
            if timer is not None and timer.due_at <= now:
                late[timer.name] += 1
        for state in STATES:
            self._orders.labels(state).set(book.counts[state])
        for name in dict.fromkeys(TIMED.values()):
            self._overdue.labels(name).set(late[name])
        planned = book.planned_at
        self._planned.set(float("nan") if planned is None else planned.timestamp())
        tables = desk.reading()
        if tables is not None:
            for endpoint, counted in History(tables.engine).counts().items():
                for stage, number in counted.items():
                    self._messages.labels(endpoint, stage).set(number)

"""A book that is renewed holds what one read anew holds, whatever happened in between."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from dashboard.dispatch.book import read_book, renewed
from dashboard.dispatch.errors import DispatchError
from dashboard.dispatch.model import Draft, Step
from dashboard.dispatch.plans import Plans, Stop
from dashboard.dispatch.store import Orders
from dashboard.ops.engine import open_ops
from dashboard.ops.order_schema import work_order_cells, work_order_events, work_orders

T0 = datetime(2026, 11, 1, 8, tzinfo=UTC)
BACK = timedelta(hours=5)
LIFE = (
    ("accept", "person"), ("dispatch", "person"), ("arrive", "crew"), ("repair", "crew"),
    ("verify", "system"), ("close", "person"), ("reject", "person"), ("comment", "person"),
)  # fmt: skip
happenings = st.tuples(
    st.sampled_from(("open", "act", "act", "act", "plan")),
    st.integers(0, 3),
    st.lists(st.sampled_from(LIFE), min_size=1, max_size=5),
    st.integers(0, 180),
)


@pytest.fixture
def orders(tmp_path, ops_url):
    engine = open_ops(tmp_path, ops_url)
    yield Orders(engine)
    engine.dispose()


@settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.lists(happenings, min_size=1, max_size=4), min_size=1, max_size=6))
def test_renewed_as_read_anew(orders, story):
    with orders.engine.begin() as connection:
        for table in (work_order_events, work_order_cells, work_orders):
            connection.execute(delete(table))
    Plans(orders.engine).replace([], T0)
    book, now, ids = read_book(orders.engine, BACK), T0, []
    for happened in story:
        for what, which, steps, minutes in happened:
            now += timedelta(minutes=minutes)
            if what == "open":
                made = orders.propose(
                    [Draft(f"S{which}", "x", ("C",), "S")], at=now, step=Step("propose", "f")
                )
                ids += [one.order.id for one in made if one.new]
            elif what == "plan" and ids:
                stop = Stop(ids[-1], "T", 1, now, now, now, 5.0, 60.0, 0.5)
                Plans(orders.engine).replace([stop], now)
            elif ids:
                for kind, actor in steps:
                    with suppress(DispatchError):  # what does not fit changes nothing
                        step = Step(kind, "Li", actor, "why")
                        orders.act(ids[which % len(ids)], [step], at=now)
        anew = read_book(orders.engine, BACK)
        book = renewed(orders.engine, BACK, book)
        assert book == anew
        assert renewed(orders.engine, BACK, book) == anew

"""Whatever is tried, in any order: only what the table knows is taken; an order is its events."""

from __future__ import annotations

from collections import defaultdict, deque
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from dashboard.dispatch.bodies import row_of
from dashboard.dispatch.errors import AlreadyOpenError, ConflictError, NotPossibleError
from dashboard.dispatch.model import Draft, Event, Step, applied, fold
from dashboard.dispatch.states import (
    ACTORS,
    ENDED,
    KINDS,
    OPEN,
    QUIET,
    STATES,
    TRANSITIONS,
    next_state,
    possible,
)
from dashboard.dispatch.store import Orders
from dashboard.ops.engine import open_ops
from dashboard.ops.order_schema import work_order_cells, work_order_events, work_orders

T0 = datetime(2026, 11, 1, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CALM = settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NUMBERS = count()

# Steps as they come: mostly those that lead on, so that orders get far, and all others.
FAR = (
    ("accept", "person"), ("dispatch", "person"), ("arrive", "crew"), ("repair", "crew"),
    ("verify", "system"), ("close", "person"), ("reopen", "system"),
)  # fmt: skip
steps = st.builds(
    lambda both, reason: Step(
        both[0], "Li", both[1], reason, {"timer": "accept"} if both[0] in QUIET else {}
    ),
    st.one_of(
        st.sampled_from(FAR),
        st.tuples(st.sampled_from([k for k in KINDS if k != "propose"]), st.sampled_from(ACTORS)),
    ),
    st.sampled_from(("", "  ", "why", "no_fault: fine")),
)


def taken(state, step):
    """The state after, by the table alone; None: refused."""
    row = TRANSITIONS.get((state, step.kind))
    if row is None or step.actor not in row.actors or (row.reason and not step.reason.strip()):
        return None
    return row.to


# ---------------------------------------------------------------- the table


def test_every_state_can_be_reached_and_left_for_an_end():
    ways = defaultdict(set)
    for (state, _), row in TRANSITIONS.items():
        ways[state].add(row.to)

    def reach(start):
        seen, line = {start}, deque([start])
        while line:
            for state in ways[line.popleft()] - seen:
                seen.add(state)
                line.append(state)
        return seen

    assert reach("proposed") == set(STATES)
    for state in STATES:
        assert reach(state) & ENDED
    for state in ENDED:
        assert reach(state) == {state}
        assert {kind for old, kind in TRANSITIONS if old == state} == {"comment"}
    assert not ENDED & OPEN


@pytest.mark.parametrize("state", STATES)
def test_what_is_called_possible_is_what_is_taken(state):
    for actor in ACTORS:
        for kind in KINDS:
            step = Step(kind, "x", actor, "why")
            if taken(state, step) is None:
                with pytest.raises(NotPossibleError):
                    next_state(state, kind, actor, "why")
            else:
                assert next_state(state, kind, actor, "why") == taken(state, step)
            assert (kind in possible(state, actor)) == (taken(state, step) is not None)


def test_nobody_proves_a_repair_but_the_product():
    for state in STATES:
        for actor in ("person", "crew", "peer"):
            assert "verify" not in possible(state, actor)
    # Whoever decides at a desk gives a reason where work is refused or proof is overturned.
    for (_, kind), row in TRANSITIONS.items():
        assert row.reason == (kind in ("reject", "cancel", "cannot", "reopen"))


@settings(deadline=None, max_examples=100)
@given(st.lists(steps, max_size=25))
def test_orders_fold_from_any_events_that_the_table_takes(tried):
    draft = Draft("S", "hardware", ("C",), "S")
    born = Event(1, 7, 1, "propose", None, "proposed", T0, "f", "system", "",
                 {"draft": draft.as_json()})  # fmt: skip
    kept, order = [born], applied(None, born)
    for n, step in enumerate(tried, 2):
        after = taken(order.state, step)
        event = Event(n, 7, order.seq + 1, step.kind, order.state, after or "closed",
                      T0 + n * MINUTE, step.who, step.actor, step.reason,
                      step.details)  # fmt: skip
        if after is None:
            with pytest.raises(NotPossibleError):
                applied(order, event)
            continue
        order = applied(order, event)
        kept.append(event)
        assert order.state == after
        assert order.open == (after in OPEN)
    assert fold(kept) == order
    assert order.seq == len(kept)
    if len(kept) > 2:  # none may be left out
        with pytest.raises(NotPossibleError):
            fold([*kept[:1], *kept[2:]])


# ---------------------------------------------------------------- the store


@pytest.fixture
def orders(tmp_path, ops_url):
    engine = open_ops(tmp_path, ops_url)
    yield Orders(engine)
    engine.dispose()


def expected(order_state, kinds, tried, seen, taken_elsewhere):
    """What becomes of ``act``: an error's type, or the states it goes through."""
    if seen is not None and any(kind not in QUIET for kind in kinds[seen:]):
        return ConflictError
    if seen is not None and seen > len(kinds):
        return NotPossibleError
    state, states = order_state, []
    for step in tried:
        state = taken(state, step)
        if state is None:
            return NotPossibleError
        states.append(state)
    if state in OPEN and order_state not in OPEN and taken_elsewhere:
        return AlreadyOpenError
    return states


def assert_whole(orders, order_id):
    """The stored order, its columns and its cells are what its events make."""
    events, order = orders.events(order_id), orders.get(order_id)
    assert order == fold(events)
    assert [event.seq for event in events] == list(range(1, order.seq + 1))
    assert [event.before for event in events] == [None, *(event.after for event in events[:-1])]
    assert all(one.at <= two.at for one, two in pairwise(events))
    with orders.engine.connect() as connection:
        c = work_orders.c
        row = connection.execute(select(work_orders).where(c.id == order_id)).one()._asdict()
        cells = connection.execute(
            select(work_order_cells.c.cell_id).where(work_order_cells.c.order_id == order_id)
        ).scalars()
        assert sorted(cells) == sorted(order.draft.cell_ids)
    assert row == {"id": order_id, **row_of(order)}


tries = st.tuples(
    st.integers(0, 3),  # which place, or which order
    st.sampled_from(("propose", "act", "act", "act", "act")),
    st.lists(steps, min_size=1, max_size=3),
    st.sampled_from((None, 0, 0, 1, 2, -1)),  # how stale the actor's picture is
    st.integers(-5, 60),  # minutes by a clock that may jump back
)


@CALM
@given(tried=st.lists(tries, min_size=5, max_size=22))
def test_the_store_takes_what_the_table_takes(orders, tried):
    run = next(NUMBERS)
    places = [(f"{run}-{n // 2}", ("hardware", "coverage")[n % 2]) for n in range(4)]
    model: dict[int, tuple[int, str, list[str]]] = {}  # place, state, kinds by order
    now, last = T0, orders.last_event_id()
    for where, what, some, stale, minutes in tried:
        now += minutes * MINUTE
        standing = {place: one for one, (place, state, _) in model.items() if state in OPEN}
        if what == "propose" or not model:
            site, cause = places[where]
            draft = Draft(site, cause, (f"{site}-1", f"{site}-2"), site)
            [made] = orders.propose([draft], at=now, step=Step("propose", "f", "system"))
            assert made.new == (where not in standing)
            assert made.order.id == standing.get(where, made.order.id)
            if made.new:
                model[made.order.id] = (where, "proposed", ["propose"])
            continue
        one = sorted(model)[where % len(model)]
        place, state, kinds = model[one]
        seen = None if stale is None else len(kinds) - stale
        if seen == 0:
            seen = 1
        then = expected(state, kinds, some, seen, standing.get(place, one) != one)
        if isinstance(then, list):
            order = orders.act(one, some, at=now, seen=seen)
            assert (order.state, order.seq) == (then[-1], len(kinds) + len(some))
            model[one] = (place, then[-1], kinds + [step.kind for step in some])
        else:
            with pytest.raises(then):
                orders.act(one, some, at=now, seen=seen)
    for one, (_, state, kinds) in model.items():
        assert_whole(orders, one)
        assert orders.get(one).state == state
        assert [event.kind for event in orders.events(one)] == kinds
    news = orders.events_after(last)
    assert len(news) == sum(len(kinds) for _, _, kinds in model.values())
    assert [e.id for e in news] == sorted(e.id for e in news)


@CALM
@given(st.lists(steps, min_size=1, max_size=4), st.lists(steps, min_size=1, max_size=2))
def test_many_at_once_end_as_one_after_the_other(orders, before, some):
    run = next(NUMBERS)
    drafts = [Draft(f"m{run}-{n}-{k}", "x", ("C",), "S") for k in range(2) for n in range(3)]
    made = orders.propose(drafts, at=T0, step=Step("propose", "f", "system"))
    ids = [one.order.id for one in made]
    for one in (ids[0], ids[3]):  # one of each half is somewhere else in its life
        for step in before:
            if taken(orders.get(one).state, step):
                orders.act(one, [step], at=T0)
    done = orders.act_on_many([(one, None) for one in ids[:3]], some, at=T0 + MINUTE)
    refused = {}
    for one in ids[3:]:
        try:
            orders.act(one, some, at=T0 + MINUTE)
        except NotPossibleError as error:
            refused[one] = type(error)
    assert {one + 3: type(error) for one, error in done.refused.items()} == refused
    assert [order.id for order in done.orders] == [o for o in ids[:3] if o not in done.refused]
    for one, two in zip(ids[:3], ids[3:], strict=True):
        assert orders.get(one).state == orders.get(two).state
        assert orders.get(one).seq == orders.get(two).seq
        assert_whole(orders, one)


def test_the_database_itself_keeps_numbers_and_open_orders_single(orders):
    [made] = orders.propose([Draft("u", "x", ("C",), "S")], at=T0, step=Step("propose", "f"))
    with orders.engine.connect() as connection:
        event = connection.execute(select(work_order_events)).one()._asdict()
        order = connection.execute(select(work_orders)).one()._asdict()
    for table, row in ((work_order_events, event), (work_orders, order)):
        del row["id"]
        with orders.engine.connect() as connection, pytest.raises(IntegrityError):
            connection.execute(table.insert(), row)
    assert_whole(orders, made.order.id)

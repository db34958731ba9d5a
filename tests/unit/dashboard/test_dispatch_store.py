"""Orders in the ops database: proposed once, changed by the table alone, the first one wins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.dispatch.book import read_book
from dashboard.dispatch.desk import DispatchDesk
from dashboard.dispatch.errors import (
    AlreadyOpenError,
    ConflictError,
    NotPossibleError,
    UnknownOrderError,
)
from dashboard.dispatch.model import Draft, Step, fold, id_of, name_of
from dashboard.dispatch.plans import Plans, Stop
from dashboard.dispatch.settings import DispatchSettings
from dashboard.dispatch.store import Orders
from dashboard.ops.engine import open_ops

T0 = datetime(2026, 11, 1, 8, tzinfo=UTC)
BORN = Step("propose", "foresite", "system")
WEEK = timedelta(days=7)


def draft(site="S1", cause="hardware", cells=("C1", "C2"), **more):
    return Draft(site, cause, tuple(cells), f"site {site}", region_id="R1", expected=1.5, **more)


def minutes(n):
    return T0 + timedelta(minutes=n)


@pytest.fixture
def orders(tmp_path, ops_url):
    engine = open_ops(tmp_path, ops_url)
    yield Orders(engine)
    engine.dispose()


def repaired(orders, order_id):
    steps = [
        Step("accept", "Li"),
        Step("dispatch", "Li", details={"team_id": "T1"}),
        Step("arrive", "T1", "crew"),
        Step("repair", "T1", "crew", details={"found_cause": "transport"}),
    ]
    for n, step in enumerate(steps, 1):
        orders.act(order_id, [step], at=minutes(10 * n))
    return orders.get(order_id)


def test_a_draft_becomes_an_order_once(orders):
    [first] = orders.propose([draft()], at=T0, step=BORN)
    [again] = orders.propose([draft()], at=minutes(60), step=BORN)
    assert (first.new, again.new) == (True, False)
    assert again.order == first.order
    assert [event.kind for event in orders.events(first.order.id)] == ["propose"]


def test_an_open_order_learns_of_new_cells_and_keeps_the_old_ones(orders):
    [made] = orders.propose([draft(cells=("C1", "C2"))], at=T0, step=BORN)
    orders.propose([draft(cells=("C2", "C3"))], at=minutes(60), step=BORN)
    order = orders.get(made.order.id)
    assert order.draft.cell_ids == ("C1", "C2", "C3")
    assert [event.kind for event in orders.events(order.id)] == ["propose", "update"]
    assert [o.id for o in orders.find(cell_id="C3")] == [order.id]


def test_the_whole_life(orders):
    [made] = orders.propose([draft()], at=T0, step=BORN)
    order = repaired(orders, made.order.id)
    assert (order.state, order.team_id, order.found_cause) == ("repaired", "T1", "transport")
    assert order.repaired_at == minutes(40)
    orders.act(order.id, [Step("verify", "foresite", "system")], at=T0 + timedelta(days=3))
    closed = orders.act(order.id, [Step("close", "Li")], at=T0 + timedelta(days=4))
    assert closed == fold(orders.events(order.id))
    assert not closed.open
    assert orders.find(open_only=True) == []


def test_a_reopened_order_begins_anew(orders):
    [made] = orders.propose([draft()], at=T0, step=BORN)
    repaired(orders, made.order.id)
    step = Step("reopen", "foresite", "system", reason="drop rate above normal")
    order = orders.act(made.order.id, [step], at=minutes(300))
    assert (order.state, order.reopened, order.repaired_at) == ("reopened", 1, None)
    assert order.reason == "drop rate above normal"


def test_the_second_of_two_is_told_who_was_first(orders):
    [made] = orders.propose([draft()], at=T0, step=BORN)
    orders.act(made.order.id, [Step("accept", "Li")], at=minutes(1), seen=1)
    with pytest.raises(ConflictError, match="Li was first: accept") as told:
        orders.act(made.order.id, [Step("reject", "Wang", reason="works")], at=minutes(2), seen=1)
    assert told.value.order.state == "accepted"
    assert told.value.event.who == "Li"


def test_a_comment_meanwhile_is_no_conflict(orders):
    [made] = orders.propose([draft()], at=T0, step=BORN)
    orders.act(made.order.id, [Step("comment", "Wang", reason="look up")], at=minutes(1))
    order = orders.act(made.order.id, [Step("accept", "Li")], at=minutes(2), seen=1)
    assert (order.state, order.comments, order.seq) == ("accepted", 1, 3)


def test_all_steps_or_none(orders):
    [made] = orders.propose([draft()], at=T0, step=BORN)
    with pytest.raises(NotPossibleError, match="arrive by person is not possible"):
        orders.act(made.order.id, [Step("accept", "Li"), Step("arrive", "Li")], at=minutes(1))
    assert orders.get(made.order.id).seq == 1
    assert len(orders.events(made.order.id)) == 1


def test_some_steps_need_a_reason_and_some_an_actor(orders):
    [made] = orders.propose([draft()], at=T0, step=BORN)
    with pytest.raises(NotPossibleError, match="needs a reason"):
        orders.act(made.order.id, [Step("reject", "Li", reason=" ")], at=minutes(1))
    repaired(orders, made.order.id)
    with pytest.raises(NotPossibleError, match=r"possible: .*reopen"):
        orders.act(made.order.id, [Step("verify", "Li")], at=minutes(90))


def test_a_request_that_is_repeated_does_nothing_twice(orders):
    [made] = orders.propose([draft()], at=T0, step=BORN, key="a")
    [same] = orders.propose([draft()], at=T0, step=BORN, key="a")
    assert (made.new, same.new) == (True, False)
    once = orders.act(made.order.id, [Step("accept", "Li")], at=minutes(1), key="b")
    twice = orders.act(made.order.id, [Step("accept", "Li")], at=minutes(2), key="b")
    assert once == twice
    assert orders.last_event_id() == 2


def test_of_many_each_stands_for_itself(orders):
    made = orders.propose([draft(site=f"S{n}") for n in range(3)], at=T0, step=BORN)
    ids = [p.order.id for p in made]
    orders.act(ids[1], [Step("reject", "Wang", reason="works")], at=minutes(1))
    done = orders.act_on_many([(i, 1) for i in ids], [Step("accept", "Li")], at=minutes(2))
    assert [order.id for order in done.orders] == [ids[0], ids[2]]
    assert isinstance(done.refused[ids[1]], ConflictError)


def test_only_one_open_order_of_a_site_and_cause(orders):
    [old] = orders.propose([draft()], at=T0, step=BORN)
    repaired(orders, old.order.id)
    orders.act(old.order.id, [Step("verify", "foresite", "system")], at=minutes(99))
    [new] = orders.propose([draft()], at=minutes(100), step=BORN)
    assert new.new
    with pytest.raises(AlreadyOpenError, match=new.order.name):
        orders.act(old.order.id, [Step("reopen", "Li", reason="again")], at=minutes(101))
    assert orders.get(old.order.id).state == "verified"


def test_orders_are_found(orders):
    made = orders.propose(
        [draft(), draft(site="S2", cells=("C9",)), draft(site="S2", cause="coverage")],
        at=T0, step=BORN,
    )  # fmt: skip
    ids = [p.order.id for p in made]
    assert [o.id for o in orders.find()] == ids[::-1]
    assert [o.id for o in orders.find(limit=1, before=ids[2])] == [ids[1]]
    assert [o.id for o in orders.find(words="site s2 c9")] == [ids[1]]
    assert [o.id for o in orders.find(words="100%")] == []
    assert [o.id for o in orders.find(site_id="S2", cause="coverage")] == [ids[2]]
    assert orders.find(states=["closed"]) == []
    with pytest.raises(UnknownOrderError, match="WO-000099"):
        orders.get(99)


def test_the_book_of_an_earlier_moment(orders):
    [made] = orders.propose([draft()], at=T0, step=BORN)
    repaired(orders, made.order.id)
    now, then = read_book(orders.engine, WEEK), read_book(orders.engine, WEEK, minutes(15))
    assert [o.state for o in now.orders] == ["repaired"]
    assert [o.state for o in then.orders] == ["accepted"]
    assert then.of_cell("C1")[0].name == "WO-000001"
    assert read_book(orders.engine, WEEK, minutes(-1)).orders == ()
    assert now.version != then.version


def test_what_happens_later_leaves_the_book_of_an_earlier_moment(tmp_path, ops_url, orders):
    [made] = orders.propose([draft()], at=T0, step=BORN)
    seconds = iter(range(1000))
    desk = DispatchDesk(tmp_path, ops_url, DispatchSettings(), monotonic=lambda: 10 * next(seconds))
    then = desk.book(minutes(15))
    orders.act(made.order.id, [Step("accept", "Li")], at=minutes(20))
    assert desk.book(minutes(15)) is then  # not made anew
    assert desk.book().orders[0].state == "accepted"
    assert desk.book(minutes(25)).orders[0].state == "accepted"
    orders.propose([draft(site="S9")], at=minutes(14), step=BORN)  # by a clock that was set back
    assert [o.draft.site_id for o in desk.book(minutes(15)).orders] == ["S1", "S9"]
    desk.close()


def test_a_plan_replaces_the_one_before_and_changes_the_version(orders):
    [made] = orders.propose([draft()], at=T0, step=BORN)
    before = read_book(orders.engine, WEEK).version
    stop = Stop(made.order.id, "T1", 1, T0, minutes(20), minutes(90), 20.0, 70.0, 0.5)
    Plans(orders.engine).replace([stop], minutes(1))
    book = read_book(orders.engine, WEEK)
    assert book.plan == {made.order.id: stop}
    assert book.planned_at == minutes(1)
    assert book.version != before
    Plans(orders.engine).replace([], minutes(2))
    assert read_book(orders.engine, WEEK).plan == {}


def test_names():
    assert name_of(12) == "WO-000012"
    assert id_of("wo-000012") == 12
    assert id_of("12; drop") is None

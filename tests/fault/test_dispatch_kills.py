"""kill -9 of whoever changes orders: what was acknowledged is there, the rest wholly absent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from dashboard.dispatch.errors import ConflictError
from dashboard.dispatch.model import Draft, Step, fold
from dashboard.dispatch.sla import Rules
from dashboard.dispatch.sla_settings import SlaSettings
from dashboard.dispatch.store import Orders
from dashboard.dispatch.timing import tick
from dashboard.ops.engine import open_ops, open_ops_to_read
from dashboard.ops.order_schema import work_order_cells, work_order_events, work_orders
from tests.support.forks import fork

T0 = datetime(2026, 11, 18, 4, tzinfo=UTC)
IMPORTS = (
    "dashboard.dispatch.sla",
    "dashboard.dispatch.timing",
    "dashboard.ops.engine",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
)

# What a child does, with everything at hand.
HEAD = """
import importlib, sys, time
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo
from sqlalchemy import event
from dashboard.dispatch.model import Draft, Step
from dashboard.dispatch.sla import Rules
from dashboard.dispatch.sla_settings import SlaSettings
from dashboard.dispatch.store import Orders
from dashboard.dispatch.timing import tick
from dashboard.ops.engine import open_ops

data, url, now = Path(sys.argv[1]), sys.argv[2] or None, datetime.fromisoformat(sys.argv[3])
engine = open_ops(data, url)
orders = Orders(engine)
rules = Rules(SlaSettings(rules=()), ZoneInfo("UTC"), lambda day: False)
def stop(*_):
    print("reached", flush=True)
    time.sleep(600)
def stop_at(module, name, call=1):
    home, calls = importlib.import_module(module), 0
    real = getattr(home, name)
    def stopping(*args, **kwargs):
        nonlocal calls
        calls += 1
        if calls == call:
            stop()
        return real(*args, **kwargs)
    setattr(home, name, stopping)
"""
STOPS = {
    "between event and order": "stop_at('dashboard.dispatch.taking', '_write', {call})",
    "before the commit": "event.listen(engine, 'commit', stop)",
    "after it": None,
}
ACTIONS = {
    "propose": (
        (
            "drafts = [Draft(s, 'x', (s + '1', s + '2'), s) for s in ('N1', 'N2')]\n"
            "orders.propose(drafts, at=now, step=Step('propose', 'foresite', 'system'))"
        ),
        2,  # the second order of the two
    ),
    "several steps": (
        "orders.act(1, [Step('accept', 'Li'), Step('dispatch', 'Li')], at=now, seen=1)",
        1,
    ),
    "many at once": (
        "orders.act_on_many([(1, 1), (2, 1), (3, 1)], [Step('accept', 'Li')], at=now)",
        3,
    ),
    "timers": ("tick(orders, now + timedelta(minutes=16), rules)", 2),
}


@pytest.fixture
def start():
    """Starts children; whatever happens, none is left."""
    children = []

    def start(code, *arguments):
        children.append(fork(HEAD + code, *arguments, imports=IMPORTS))
        return children[-1]

    yield start
    for child in children:
        child.kill()


@pytest.fixture
def opened(tmp_path, ops_url):
    """Opens the database as another process would; three proposed orders are in it."""
    engines = []

    def opened():
        engines.append(open_ops(tmp_path, ops_url))
        return Orders(engines[-1])

    drafts = [Draft(f"S{n}", "x", (f"C{n}",), f"S{n}") for n in (1, 2, 3)]
    opened().propose(drafts, at=T0, step=Step("propose", "foresite", "system"))
    yield opened
    for engine in engines:
        engine.dispose()


def everything(orders):
    """All that is stored, and whether it fits together."""
    found = {}
    with orders.engine.connect() as connection:
        ids = list(connection.execute(select(work_orders.c.id)).scalars())
        cells = connection.execute(select(func.count()).select_from(work_order_cells)).scalar()
        strays = connection.execute(
            select(func.count())
            .select_from(work_order_events)
            .where(work_order_events.c.order_id.not_in(ids))
        ).scalar()
    assert strays == 0
    for one in ids:
        events, order = orders.events(one), orders.get(one)
        assert order == fold(events)
        found[order.draft.site_id] = (order.state, [event.kind for event in events])
    assert cells == sum(len(orders.get(one).draft.cell_ids) for one in ids)
    return found


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("where", STOPS)
def test_killed_at_each_boundary(action, where, opened, tmp_path, ops_url, start):
    code, call = ACTIONS[action]
    before = everything(opened())
    hook = STOPS[where]
    program = f"{code}\nstop()" if hook is None else f"{hook.format(call=call)}\n{code}"
    child = start(program, tmp_path, ops_url or "", T0.isoformat())
    child.reach()
    if where != "after it":
        assert everything_read_only(tmp_path, ops_url) == before  # nobody sees half of it
    child.kill()
    after = opened()
    if where != "after it":
        assert everything(after) == before
        run_here(action, after)  # nothing is locked, nothing is to be mended by hand
    done = everything(after)
    assert done != before
    run_here(action, after, again=True)
    assert everything(after) == done


def everything_read_only(data, url):
    engine = open_ops_to_read(data, url)
    try:
        return everything(Orders(engine))
    finally:
        engine.dispose()


def run_here(action, orders, *, again=False):
    """The same action once more; where it was taken already, it is refused or changes nothing."""
    if action == "propose":
        drafts = [Draft(s, "x", (s + "1", s + "2"), s) for s in ("N1", "N2")]
        orders.propose(drafts, at=T0, step=Step("propose", "foresite", "system"))
    elif action == "several steps":
        steps = [Step("accept", "Li"), Step("dispatch", "Li")]
        if again:
            with pytest.raises(ConflictError, match="Li was first"):
                orders.act(1, steps, at=T0, seen=1)
        else:
            orders.act(1, steps, at=T0, seen=1)
    elif action == "many at once":
        done = orders.act_on_many([(n, 1) for n in (1, 2, 3)], [Step("accept", "Li")], at=T0)
        assert len(done.refused) == (3 if again else 0)
    else:
        rules = Rules(SlaSettings(rules=()), ZoneInfo("UTC"), lambda _: False)
        tick(orders, T0 + timedelta(minutes=16), rules)


WRITES = """
for n in range(10_000):
    order = orders.act(1 + n % 3, [Step("comment", "Li", reason=str(n))], at=now)
    print(n, flush=True)
"""


@pytest.mark.parametrize("lines", [1, 17])
def test_killed_anywhere_what_was_acknowledged_is_there(lines, opened, tmp_path, ops_url, start):
    child = start(WRITES, tmp_path, ops_url or "", T0.isoformat())
    told = [int(child.stdout.readline()) for _ in range(lines)]
    child.kill()
    orders = opened()
    kept = sorted(
        int(event.reason)
        for one in (1, 2, 3)
        for event in orders.events(one)
        if event.kind == "comment"
    )
    assert kept[: len(told)] == told  # none acknowledged is missing
    assert kept == list(range(len(kept)))  # and none is there without those before it
    everything(orders)
    orders.act(1, [Step("accept", "Wang")], at=T0)


MIGRATES = """
import sys, time
from pathlib import Path
from sqlalchemy import event
from sqlalchemy.engine import Engine
from dashboard.ops.engine import open_ops

seen = 0
def count(connection, cursor, statement, *_):
    global seen
    if statement.startswith(("CREATE", "INSERT")):
        seen += 1
        if seen == int(sys.argv[3]):
            print("reached", flush=True)
            time.sleep(600)
event.listen(Engine, "before_cursor_execute", count)
open_ops(Path(sys.argv[1]), sys.argv[2] or None)
"""


@pytest.mark.parametrize("statement", [2, 17, 24])
def test_killed_while_tables_are_made(statement, tmp_path, ops_url):
    child = fork(MIGRATES, tmp_path, ops_url or "", statement, imports=IMPORTS)
    try:
        child.reach()
    finally:
        child.kill()
    engine = open_ops(tmp_path, ops_url)
    orders = Orders(engine)
    orders.propose([Draft("S", "x", ("C",), "S")], at=T0, step=Step("propose", "f", "system"))
    assert list(everything(orders)) == ["S"]
    engine.dispose()

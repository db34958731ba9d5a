"""Several at once, in threads and in processes: one wins, the others are told; nothing is lost."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from dashboard.dispatch import taking
from dashboard.dispatch.errors import ConflictError, DispatchError
from dashboard.dispatch.model import Draft, Step, fold
from dashboard.dispatch.store import Orders
from dashboard.ops.engine import open_ops
from dashboard.ops.errors import OpsError

T0 = datetime(2026, 11, 18, 4, tzinfo=UTC)
BORN = Step("propose", "foresite", "system")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def opened(tmp_path: Path, ops_url: str | None) -> Iterator[Callable[[], Orders]]:
    """Opens the database as another process would."""
    engines = []

    def opened() -> Orders:
        engines.append(open_ops(tmp_path, ops_url))
        return Orders(engines[-1])

    yield opened
    for engine in engines:
        engine.dispose()


def at_once(*works):
    """Each in a thread of its own, begun together; what each gives, or its error."""
    start, found = threading.Barrier(len(works)), [None] * len(works)

    def run(n, work):
        start.wait(20)
        try:
            found[n] = work()
        except DispatchError as error:
            found[n] = error

    threads = [threading.Thread(target=run, args=both) for both in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def proposed(orders, count):
    drafts = [Draft(f"S{n}", "x", (f"C{n}",), f"S{n}") for n in range(count)]
    return [one.order.id for one in orders.propose(drafts, at=T0, step=BORN)]


def assert_whole(orders, ids):
    for one in ids:
        events = orders.events(one)
        assert orders.get(one) == fold(events)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))


def test_one_wins_and_the_others_are_told_who_and_what(opened):
    ids = proposed(opened(), 3)
    kinds = ("accept", "reject", "cancel", "accept", "reject", "cancel")
    for one in ids:
        actors = [(f"P{n}", kind, opened()) for n, kind in enumerate(kinds)]

        def act(who, kind, orders, one=one):
            return orders.act(one, [Step(kind, who, reason="why")], at=T0, seen=1)

        found = at_once(*(lambda a=actor: act(*a) for actor in actors))
        winners = [n for n, got in enumerate(found) if not isinstance(got, Exception)]
        assert len(winners) == 1
        who, kind, _ = actors[winners[0]]
        for got in found:
            if isinstance(got, Exception):
                assert isinstance(got, ConflictError)
                assert (got.event.who, got.event.kind) == (who, kind)
                assert f"{who} was first: {kind}" in str(got)
                assert got.order.state == found[winners[0]].state
        assert len(opened().events(one)) == 2
    assert_whole(opened(), ids)


def test_comments_of_many_are_all_kept(opened):
    [one] = proposed(opened(), 1)

    def talk(who):
        orders = opened()
        for n in range(8):
            orders.act(one, [Step("comment", who, reason=f"{who} {n}")], at=T0, seen=1)

    at_once(*(lambda who=who: talk(who) for who in "ABCD"))
    said = [event.reason for event in opened().events(one)[1:]]
    for who in "ABCD":
        assert [line for line in said if line[0] == who] == [f"{who} {n}" for n in range(8)]
    assert opened().get(one).comments == 32
    assert_whole(opened(), [one])


def test_bulk_accept_beside_single_hands(opened):
    ids = proposed(opened(), 24)
    bulk, single = opened(), opened()

    def one_by_one():
        won, first = [], set()
        for one in reversed(ids):
            try:
                won.append(single.act(one, [Step("accept", "Wang")], at=T0, seen=1).id)
            except ConflictError as error:
                first.add(error.event.who)
        return won, first

    done, (won, first) = at_once(
        lambda: bulk.act_on_many([(one, 1) for one in ids], [Step("accept", "Li")], at=T0),
        one_by_one,
    )
    assert sorted([*won, *(order.id for order in done.orders)]) == ids
    assert sorted(done.refused) == sorted(won)
    assert first <= {"Li"}
    assert all(error.event.who == "Wang" for error in done.refused.values())
    assert_whole(opened(), ids)


def test_whoever_follows_the_events_misses_none(opened):
    ids = proposed(opened(), 4)
    over = threading.Event()

    def write(who):
        orders = opened()
        for n in range(15):
            orders.act(ids[n % 4], [Step("comment", who, reason=str(n))], at=T0)

    def follow():
        orders, last, seen = opened(), 0, []
        while True:
            ended = over.is_set()  # asked before looking: what came until then is found
            news = orders.events_after(last, limit=7)
            seen += [event.id for event in news]
            last = seen[-1] if seen else 0
            if ended and not news:
                return seen

    follower = []
    thread = threading.Thread(target=lambda: follower.append(follow()))
    thread.start()
    at_once(*(lambda who=who: write(who) for who in "ABC"))
    over.set()
    thread.join(60)
    assert follower[0] == sorted(follower[0])
    assert len(follower[0]) == 4 + 45 == len(set(follower[0]))


def test_readers_wait_for_no_writer(opened):
    [one] = proposed(opened(), 1)
    writer, reader = opened(), opened()
    with writer._writing() as connection:
        connection.execute(text("UPDATE work_orders SET words = 'half done'"))
        (order,) = at_once(lambda: reader.get(one))
        assert order.state == "proposed"
        assert reader.find(words="half") == []
        assert len(reader.events_after(0)) == 1


# Forks once it has imported everything; the children begin when the line is closed.
CROWD = """
import json, os, sys
from datetime import datetime
from pathlib import Path
from dashboard.dispatch.errors import DispatchError
from dashboard.dispatch.model import Draft, Step
from dashboard.dispatch.store import Orders
from dashboard.ops.engine import open_ops

data, url, now, count = Path(sys.argv[1]), sys.argv[2] or None, sys.argv[3], int(sys.argv[4])
now = datetime.fromisoformat(now)
waits, starts = os.pipe()
children = []
for n in range(count):
    told, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(starts)
        orders, who, said = Orders(open_ops(data, url)), f"P{n}", []
        os.read(waits, 1)
        drafts = [Draft(f"S{k}", "x", (f"C{n}",), f"S{k}") for k in range(6)]
        shuffled = drafts[n:] + drafts[:n]
        made = [orders.propose([d], at=now, step=Step("propose", who, "system"))[0]
                for d in shuffled]
        said.append(["opened", sum(one.new for one in made)])
        for one in sorted(one.order.id for one in made):
            try:
                orders.act(one, [Step("accept", who)], at=now, seen=1)
                said.append(["won", one])
            except DispatchError as error:
                said.append(["lost", one, error.event.who, error.event.kind])
        os.write(tell, json.dumps(said).encode())
        os._exit(0)
    os.close(tell)
    children.append((pid, told))
os.close(waits)
os.close(starts)
answers = []
for pid, told in children:
    with os.fdopen(told) as line:
        answers.append(json.loads(line.read()))
    os.waitpid(pid, 0)
print(json.dumps(answers))
"""


def test_processes_that_propose_and_accept_the_same(opened, tmp_path, ops_url):
    orders = opened()
    ran = subprocess.run(
        [sys.executable, "-c", CROWD, str(tmp_path), ops_url or "", T0.isoformat(), "3"],
        capture_output=True, text=True, check=False, timeout=120, cwd=ROOT,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    answers = json.loads(ran.stdout)
    found = orders.find(limit=None)
    assert sorted(order.draft.site_id for order in found) == [f"S{n}" for n in range(6)]
    assert sum(said[0][1] for said in answers) == 6  # each was opened by one of them
    assert all(order.draft.cell_ids == ("C0", "C1", "C2") for order in found)
    winner = {one[1]: f"P{n}" for n, said in enumerate(answers) for one in said if one[0] == "won"}
    assert sorted(winner) == sorted(order.id for order in found)
    lost = [one for said in answers for one in said if one[0] == "lost"]
    assert len(lost) == 2 * 6
    assert all((who, kind) == (winner[one], "accept") for _, one, who, kind in lost)
    assert_whole(orders, winner)
    for one in winner:
        kinds = Counter(event.kind for event in orders.events(one))
        assert (kinds["propose"], kinds["accept"]) == (1, 1)
    assert orders.events_after(0)[0].at == T0 < T0 + timedelta(1)


@pytest.fixture
def cut(postgres, tmp_path):
    """Orders in PostgreSQL, and what ends all connections to them, as a restart of it does."""
    with postgres.fresh() as url, postgres.connect() as control:
        engine = open_ops(tmp_path, url)

        def cut():
            control.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [engine.url.database],
            )

        yield Orders(engine), cut
        engine.dispose()


def test_a_server_that_restarts_between_two_steps_is_not_noticed(cut):
    orders, end_connections = cut
    [one] = proposed(orders, 1)
    end_connections()
    assert orders.act(one, [Step("accept", "Li")], at=T0, seen=1).state == "accepted"


def test_a_server_that_restarts_within_a_step_leaves_nothing_of_it(cut, monkeypatch):
    orders, end_connections = cut
    [one] = proposed(orders, 1)
    write = taking._write

    def cut_before_writing(*args):
        end_connections()
        write(*args)

    with monkeypatch.context() as patch:
        patch.setattr(taking, "_write", cut_before_writing)
        with pytest.raises(OpsError, match="ops database postgresql"):
            orders.act(one, [Step("accept", "Li")], at=T0, seen=1)
    assert orders.get(one).state == "proposed"
    assert orders.act(one, [Step("accept", "Li")], at=T0, seen=1).seq == 2
    assert_whole(orders, [one])

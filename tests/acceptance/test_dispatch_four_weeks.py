"""Four weeks of work orders in fast time: red cell, crew, repair, proof; processes die in between.

A small simulated city lives on day by day, and everything between its files and its verified
repairs is the product's own: loading, forecasts, snapshots, proposals, timers, verification. In the
middle a real worker and a real web process are killed again and again while people act.
"""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from contextlib import closing
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from dashboard.demo.crews import OURS, Crews
from dashboard.demo.lived import Lived, load_feeds
from dashboard.demo.past import pace_of
from dashboard.dispatch.model import fold, id_of
from dashboard.dispatch.states import ENDED, OPEN, TRANSITIONS
from dashboard.dispatch.store import Orders
from dashboard.ops.engine import open_ops
from dashboard.publish import make_forecast, publish
from dashboard.runtime import dispatching
from dashboard.runtime.clock import save_clock
from dashboard.runtime.locks import write_lock
from dashboard.runtime.opened import opened_warehouse
from dashboard.settings import load_settings
from ingest.clock import FixedClock, ScaledClock, SystemClock
from ingest.simulator import LiveCity, simulate
from tests.support.facts import local
from tests.support.smallcity import SETTINGS

START, CELLS, HISTORY, DAYS = local(2026, 10, 12), 300, 30, 28
SEVEN, DAY = timedelta(hours=7), timedelta(days=1)
HALF = DAYS // 2 + 1  # a forecast was made just before, so that a worker finds nothing to make
EVERY = 2  # days from one forecast to the next; what is repaired is looked at daily
PAPER = 2  # every second order is repaired on paper only, at first


class Careless(Crews):
    """Crews that report some repairs without having touched anything."""

    def _visit(self, order, luck, at):
        if order.id % PAPER == 0 and not order.reopened:
            return self._crew(order, "repair", details={OURS: "on paper"})
        return super()._visit(order, luck, at)


class Story:
    """The city, its data directory, and what became of it."""

    def __init__(self, data):
        self.data = data
        data.mkdir()
        settings = load_settings(data)
        pace = pace_of(START + SEVEN, DAYS + 2, settings.zone)
        learn = SETTINGS.model_copy(update={"retrain_days": pace})
        self.settings = settings.model_copy(update={"forecasting": learn})
        feeds = data / "demo" / "feeds"
        life, tickets = simulate(
            feeds, cells=CELLS, days=HISTORY, seed=7, end=START, with_truth=False
        )
        self.city = LiveCity.start(data / "demo" / "state", life, tickets)
        self.engine = open_ops(data)
        self.orders = Orders(self.engine)
        with opened_warehouse(data, self.settings) as connection:
            load_feeds(connection, data, self.settings, feeds)

    def live(self, first, last):
        """Live from one day up to another, a forecast every other morning."""
        with write_lock(self.data, "test"), opened_warehouse(self.data, self.settings) as opened:
            lived = Lived(
                opened, self.data, self.settings, engine=self.engine, city=self.city,
                present=START + 2 * DAYS * DAY,
            )  # fmt: skip
            lived.crews.__class__, lived.looks = Careless, 1
            for day in range(first, last):
                moment = START + day * DAY + SEVEN
                lived.until(moment)
                if day % EVERY == 0:
                    clock = FixedClock(moment)
                    told = {"settings": self.settings, "clock": clock}
                    made = make_forecast(opened, self.data, as_of=moment, **told)
                    publish(opened, self.data, made, **told)
                    lived.published(moment)
                else:
                    scene = dispatching.Scene(self.data, self.settings, self.engine, moment, opened)
                    dict(dispatching.AFTER_PUBLISH)["verify"](scene)

    @property
    def now(self):
        return self.city.next_hour

    def all(self):
        return {order.id: order for order in self.orders.find(limit=10_000)}


class Served:
    """`foresite serve` on the data directory, and what people do through its API."""

    def __init__(self, data):
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = data.parent / "serve.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "dashboard.cli", "--data", str(data), "--json",
                 "serve", "--port", str(self.port)],
                stdout=subprocess.DEVNULL, stderr=log, cwd=Path(__file__).parents[2],
            )  # fmt: skip

    def pids(self, child):
        lines = self.log.read_text().splitlines()
        events = [json.loads(line) for line in lines if line.startswith("{")]
        return [e["pid"] for e in events if e.get("child") == child and "pid" in e]

    def until(self, what):
        deadline = time.monotonic() + 120
        while not (answer := what()):
            assert time.monotonic() < deadline, self.log.read_text()[-3000:]
            time.sleep(0.1)
        return answer

    def kill(self, child):
        """SIGKILL to the process that runs now."""
        os.kill(self.pids(child)[-1], signal.SIGKILL)

    def ask(self, path, body=None, key=None):
        """The answer's JSON; None where nobody answers, or the answer breaks off."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}")
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
            request.add_header("Idempotency-Key", key)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return {"refused": error.code, **json.load(error)}
        except (OSError, ValueError):
            return None


def killed_in_between(story):
    """People comment on orders while worker and web are killed; what was acknowledged, by key."""
    save_clock(story.data, ScaledClock(SystemClock().now(), story.now, 0))
    served = Served(story.data)
    chance, told, asked = random.Random(4), {}, 0
    try:
        served.until(lambda: served.ask("/healthz"))
        names = [order["id"] for order in served.ask("/api/v1/work-orders?limit=500")]
        for victim in ("web", "worker", "web", "worker"):
            had = len(served.pids(victim))
            kill_at = asked + chance.randint(2, 9)
            killed = False
            while not killed or len(served.pids(victim)) == had:
                name, key = names[asked % len(names)], f"people-{asked}"
                body = {"event": "comment", "reason": key, "by": "Li"}
                answer = served.ask(f"/api/v1/work-orders/{name}/events", body, key)
                if answer is None:
                    time.sleep(0.05)
                else:
                    assert "refused" not in answer, answer
                    told[key] = name
                asked += 1
                if asked >= kill_at and not killed:
                    served.kill(victim)
                    killed = True
                assert asked < 20_000, served.log.read_text()[-3000:]
            served.until(lambda: served.ask("/healthz"))
    finally:
        served.process.terminate()
        served.process.wait(60)
        (story.data / "clock.json").unlink()
    return told, asked


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    story = Story(tmp_path_factory.mktemp("four-weeks") / "data")
    story.live(0, HALF)
    before = {i: [e.id for e in story.orders.events(i)] for i in story.all()}
    story.acknowledged, story.asked = killed_in_between(story)
    story.before = before
    story.live(HALF, DAYS + 1)
    yield story
    story.engine.dispose()


@pytest.mark.slow
def test_four_weeks_of_orders_each_with_all_its_events(story):
    orders = story.all()
    seen = Counter(e.kind for i in orders for e in story.orders.events(i))
    assert len(orders) >= 12, seen
    for kind in ("propose", "accept", "dispatch", "arrive", "repair", "verify", "reopen", "close"):
        assert seen[kind], (kind, seen)
    assert seen["verify"] >= 5
    for order_id, order in orders.items():
        events = story.orders.events(order_id)
        assert order == fold(events)
        assert [e.seq for e in events] == list(range(1, len(events) + 1))
        assert [e.at for e in events] == sorted(e.at for e in events)
        assert events[0].kind == "propose"
        for one, after in pairwise(events):
            step = TRANSITIONS[one.after, after.kind]
            assert (after.before, after.after) == (one.after, step.to)
            assert after.actor in step.actors
            assert after.reason or not step.reason


@pytest.mark.slow
def test_a_repair_is_verified_when_the_cell_is_well_and_reopened_when_it_is_not(story):
    life = story.city.life
    repaired, on_paper = Counter(), Counter()
    for order_id in story.all():
        visit = None
        for event in story.orders.events(order_id):
            if event.kind == "repair":
                visit = event
            elif event.kind in ("verify", "reopen") and visit is not None:
                paper = visit.details[OURS] == "on paper"
                done = life.repairs.get(visit.details[OURS])
                helped = "paper" if paper else "helped" if done and done.helped else "wrong"
                (on_paper if paper else repaired)[event.kind, helped] += 1
                if event.kind == "verify":
                    assert event.at - visit.at >= timedelta(hours=72)
                assert event.actor == "system"
                assert event.reason
                visit = None
    assert on_paper["reopen", "paper"] >= 1, (on_paper, repaired)
    assert repaired["verify", "helped"] > repaired["reopen", "helped"], (on_paper, repaired)


@pytest.mark.slow
def test_what_was_acknowledged_before_a_kill_is_there_once(story):
    assert len(story.acknowledged) >= 8
    comments = Counter(
        (event.reason, order_id)
        for order_id in story.all()
        for event in story.orders.events(order_id)
        if event.kind == "comment" and event.who == "Li"
    )
    told = {(key, id_of(name)) for key, name in story.acknowledged.items()}
    assert told <= set(comments)
    assert set(comments.values()) == {1}
    assert len(comments) <= story.asked
    for order_id, ids in story.before.items():
        assert [e.id for e in story.orders.events(order_id)][: len(ids)] == ids


@pytest.mark.slow
def test_one_open_order_per_site_and_cause_at_any_time(story):
    happened = sorted((e.id, i, e.after) for i in story.all() for e in story.orders.events(i))
    about = {i: (o.draft.site_id, o.draft.cause) for i, o in story.all().items()}
    standing = {}
    for _, order_id, state in happened:
        if state in OPEN:
            assert standing.setdefault(about[order_id], order_id) == order_id
        elif standing.get(about[order_id]) == order_id:
            del standing[about[order_id]]
    assert any(o.state in ENDED for o in story.all().values())

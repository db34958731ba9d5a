"""Warnings and escalations: each once per timer and stretch, whatever restarts and jumps."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from dashboard.dispatch.model import Draft, Step
from dashboard.dispatch.sla import Rules
from dashboard.dispatch.sla_settings import SlaSettings
from dashboard.dispatch.store import Orders, Wanted
from dashboard.dispatch.timing import Ticked, tick
from dashboard.ops.engine import open_ops
from dashboard.runtime.dispatching import EACH_TICK, run_steps, tick_every
from dashboard.settings import Settings
from ingest.clock import ScaledClock, SystemClock

T0 = datetime(2026, 11, 18, 4, tzinfo=UTC)  # noon in Beijing, a workday
RULES = Rules(SlaSettings(), ZoneInfo("Asia/Shanghai"), lambda day: day.weekday() >= 5)


def minutes(n):
    return T0 + timedelta(minutes=n)


@pytest.fixture
def orders(tmp_path, ops_url):
    engine = open_ops(tmp_path, ops_url)
    yield Orders(engine)
    engine.dispose()


def proposed(orders, *sites, at=T0):
    drafts = [Draft(site, "hardware", (f"{site}-1",), site) for site in sites or ("S1",)]
    made = orders.propose(drafts, at=at, step=Step("propose", "foresite", "system"))
    return [one.order.id for one in made]


def said(orders, order_id):
    """Warnings and escalations: kind, timer, level, to whom, minutes."""
    return [
        (e.kind, e.details["timer"], e.details.get("to"), (e.at - T0) // timedelta(minutes=1))
        for e in orders.events(order_id)
        if e.kind in ("warn", "escalate")
    ]


def test_a_warning_then_each_level_in_its_time(orders):
    [one] = proposed(orders)
    told = [tick(orders, minutes(n), RULES) for n in (0, 10, 11, 12, 14, 15, 16, 29, 30, 31, 500)]
    assert [t.warned for t in told] == [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    assert [t.escalated for t in told] == [0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0]
    assert said(orders, one) == [
        ("warn", "accept", None, 11),
        ("escalate", "accept", "shift lead", 15),
        ("escalate", "accept", "duty manager", 30),
    ]
    event = orders.events(one)[-1]
    assert event.details == {
        "timer": "accept", "level": 2, "to": "duty manager",
        "since": "2026-11-18T04:00:00+00:00", "due_at": "2026-11-18T04:15:00+00:00",
    }  # fmt: skip
    assert (event.who, event.actor) == ("foresite", "system")
    assert orders.get(one).timers == {"accept": "missed"}


def test_the_way_to_the_site_is_one_stretch_whoever_is_sent(orders):
    [one] = proposed(orders)
    orders.act(one, [Step("accept", "Li")], at=minutes(5))
    tick(orders, minutes(89), RULES)  # 84 of 120 min
    orders.act(one, [Step("dispatch", "Li", details={"team_id": "T1"})], at=minutes(90))
    assert orders.get(one).timers == {"arrive": "warned"}
    assert tick(orders, minutes(91), RULES) == Ticked()
    assert tick(orders, minutes(125), RULES) == Ticked(0, 1)
    assert [kind for kind, *_ in said(orders, one)] == ["warn", "escalate"]


def test_a_new_stretch_is_told_of_anew(orders):
    [one] = proposed(orders)
    orders.act(one, [Step("accept", "Li"), Step("dispatch", "Li")], at=T0)
    tick(orders, minutes(130), RULES)
    orders.act(one, [Step("cannot", "T1", "crew", "no_access: locked")], at=minutes(140))
    assert orders.get(one).timers == {}
    assert tick(orders, minutes(141), RULES) == Ticked()
    assert tick(orders, minutes(260), RULES) == Ticked(0, 1)
    assert [m for *_, m in said(orders, one)] == [130, 260]


def test_what_was_missed_while_nobody_looked_is_made_up_without_a_stale_warning(orders):
    [one] = proposed(orders)
    assert tick(orders, minutes(600), RULES) == Ticked(0, 2)
    assert [(kind, to) for kind, _, to, _ in said(orders, one)] == [
        ("escalate", "shift lead"),
        ("escalate", "duty manager"),
    ]


def test_the_longest_overdue_come_first(orders):
    [one] = proposed(orders, "S1")
    [two] = proposed(orders, "S2", at=minutes(5))
    tick(orders, minutes(200), RULES)
    told = [(e.order_id, e.details["level"]) for e in orders.events_after(2)]
    assert told == [(one, 1), (two, 1), (one, 2), (two, 2)]


def test_a_clock_that_jumps_ahead_and_back_repeats_nothing(orders):
    [one] = proposed(orders)
    for n in (11, 16, 11, 5, 40, 12, 16, 41):
        tick(orders, minutes(n), RULES)
    assert [kind for kind, *_ in said(orders, one)] == ["warn", "escalate", "escalate"]
    times = [event.at for event in orders.events(one)]
    assert times == sorted(times)


def test_an_order_that_was_taken_further_meanwhile_is_left_alone(orders, monkeypatch):
    one, two = proposed(orders, "S1", "S2")
    known = Orders.known_keys

    def accepted_first(self, keys):
        orders.act(one, [Step("accept", "Li")], at=minutes(16))
        return known(self, keys)

    monkeypatch.setattr(Orders, "known_keys", accepted_first)
    assert tick(orders, minutes(16), RULES) == Ticked(0, 1)
    assert said(orders, one) == []
    assert len(said(orders, two)) == 1


def test_two_workers_and_many_orders(tmp_path, ops_url, orders):
    ids = proposed(orders, *(f"S{n}" for n in range(52)))
    start = threading.Barrier(2)

    def work():
        engine = open_ops(tmp_path, ops_url)
        start.wait(20)
        for n in (11, 16, 31):
            tick(Orders(engine), minutes(n), RULES)
        engine.dispose()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for one in ids:
        kinds = [kind for kind, *_ in said(orders, one)]
        assert kinds.count("escalate") == 2
        assert kinds.count("warn") <= 1
        assert len(set(said(orders, one))) == len(said(orders, one))


def test_ended_orders_and_those_on_site_have_no_timer(orders):
    one, two, three = proposed(orders, "S1", "S2", "S3")
    orders.act(one, [Step("reject", "Li", reason="works")], at=minutes(1))
    orders.act(two, [Step("accept", "Li"), Step("dispatch", "Li"), Step("arrive", "T")], at=T0)
    orders.act(three, [Step("accept", "Li"), Step("dispatch", "Li"), Step("repair", "T")], at=T0)
    assert tick(orders, minutes(5000), RULES) == Ticked()


def test_of_many_those_with_a_known_key_are_passed_over(orders):
    one, two = proposed(orders, "S1", "S2")
    steps = [Step("comment", "Li", reason="seen")]
    orders.act_on_each([Wanted(one, steps, key="a")], at=T0)
    done = orders.act_on_each(
        [Wanted(one, steps, key="a"), Wanted(two, steps, key="b"), Wanted(99, steps)], at=T0
    )
    assert [order.id for order in done.orders] == [two]
    assert list(done.refused) == [99]
    assert orders.get(one).comments == 1
    assert orders.known_keys(["a", "b", "c"] * 400) == {"a", "b"}


def test_the_worker_watches_the_timers(tmp_path, ops_url, orders):
    [one] = proposed(orders)
    changes = {"ops": {"url": ops_url}} if ops_url else {}
    steps = [step for step in EACH_TICK if step[0] == "timers"]
    with capture_logs() as logs:
        report = run_steps(steps, tmp_path, Settings(**changes), minutes(16))
    assert report.outcome == "nothing"
    assert [line["escalated"] for line in logs] == [1]
    assert len(said(orders, one)) == 1


@pytest.mark.parametrize(("speed", "seconds"), [(0, 20), (1, 20), (4, 5), (60, 4)])
def test_a_demo_is_looked_at_more_often(speed, seconds):
    assert tick_every(ScaledClock(T0, T0, speed)) == seconds
    assert tick_every(SystemClock()) == 20

"""However often one looks, in whatever order of steps and jumps of the clock: each is told once."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.dispatch.errors import DispatchError
from dashboard.dispatch.model import Draft, Step
from dashboard.dispatch.sla import Rules, used
from dashboard.dispatch.sla_settings import SlaRule, SlaSettings
from dashboard.dispatch.store import Orders
from dashboard.dispatch.timers import history
from dashboard.dispatch.timing import tick
from dashboard.ops.engine import open_ops

T0 = datetime(2026, 11, 18, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NIGHT = SlaRule(name="n", starts="13:00", ends="14:00", accept_min=60, rests=("arrive",))
RULES = Rules(
    SlaSettings(rules=(NIGHT,), arrive_min=60, repair_min=45, escalate_again=0.5),
    ZoneInfo("Asia/Shanghai"),
    lambda _: False,
)
RUNS = count()
LIFE = (
    ("accept", "person"), ("dispatch", "person"), ("arrive", "crew"), ("repair", "crew"),
    ("cannot", "crew"), ("reopen", "system"), ("comment", "person"),
)  # fmt: skip
happenings = st.one_of(
    st.tuples(st.just("look"), st.integers(-40, 90)),
    st.tuples(st.sampled_from(LIFE), st.integers(0, 30)),
)


@pytest.fixture
def orders(tmp_path, ops_url):
    engine = open_ops(tmp_path, ops_url)
    yield Orders(engine)
    engine.dispose()


@settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(happenings, min_size=5, max_size=25))
def test_each_is_told_once_and_in_its_time(orders, story):
    site = f"S{next(RUNS)}"
    [made] = orders.propose([Draft(site, "x", ("C",), "S")], at=T0, step=Step("propose", "f"))
    one, now = made.order.id, T0
    for what, minutes in story:
        if what == "look":  # by a clock that may stand before what is written
            tick(orders, now + minutes * MINUTE, RULES)
            now = max(now, now + minutes * MINUTE)
        else:
            now += minutes * MINUTE
            with suppress(DispatchError):  # what does not fit changes nothing
                orders.act(one, [Step(what[0], "Li", what[1], "why")], at=now)
    tick(orders, now, RULES)
    events = orders.events(one)
    told = [event for event in events if event.kind in ("warn", "escalate")]
    stretches = {
        (t.name, t.since.isoformat()): t for t in history(events, RULES, max(now, events[-1].at))
    }
    keys = Counter(
        (e.kind, e.details["timer"], e.details["since"], e.details.get("level")) for e in told
    )
    assert set(keys.values()) <= {1}
    for event in told:
        timer = stretches[event.details["timer"], event.details["since"]]
        share = used(timer.since, event.at, timer.name, RULES)
        assert timer.ended_at is None or event.at <= timer.ended_at
        if event.kind == "escalate":
            assert share >= 1 + (event.details["level"] - 1) / 2
        else:
            assert share >= RULES.settings.warn_share - 1e-9
    # What runs now and is over was told, unless the clock stood before the last step.
    order = orders.get(one)
    for timer in stretches.values():
        if timer.ended_at is None and timer.levels[0] <= now:
            assert ("escalate", timer.name, timer.since.isoformat(), 1) in keys
            assert order.timers[timer.name] == "missed"

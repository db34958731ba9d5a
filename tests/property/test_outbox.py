"""Whatever peers do and whenever a process ends: each event a receiver wants is taken once, by its
key, in the order of events of an order, or it lies among the dead letters."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.dispatch.outbound import deliver
from tests.support.peers import (
    Peer,
    breaks_off,
    fails,
    redirects,
    resets,
    takes,
    takes_and_resets,
)
from tests.support.telling import Telling, endpoint

DOES = {
    "takes": takes,
    "500": fails(500),
    "429": fails(429),
    "400": fails(400),
    "307": redirects("https://elsewhere.example.com/"),
    "resets": resets,
    "taken, answer lost": takes_and_resets,
    "taken, answer broken": breaks_off,
}
LIVES = (
    ("propose", "accept", "dispatch", "arrive", "repair", "verify"),
    ("propose", "accept", "dispatch", "arrive", "cannot", "cancel"),
    ("propose", "accept", "dispatch", "arrive", "repair", "reopen", "dispatch"),
)
CALM = settings(max_examples=20, deadline=None)


class EndedError(BaseException):
    """The process ends here."""


def ends_at(way, step):
    """A run whose process ends at its n-th step between claim, sending and closing."""
    passed = 0

    def counted(made):
        def call(*args, **more):
            nonlocal passed
            passed += 1
            if passed == step:
                raise EndedError
            return made(*args, **more)

        return call

    original = {name: getattr(deliver.Outbox, name) for name in ("claim", "close", "take")}
    sending = way.sending.send
    for name, made in original.items():
        setattr(deliver.Outbox, name, counted(made))
    object.__setattr__(way.sending, "send", counted(sending))
    try:
        deliver.run(way)
    except EndedError:
        pass
    finally:
        for name, made in original.items():
            setattr(deliver.Outbox, name, made)


action = st.one_of(
    st.tuples(st.just("step"), st.integers(0, 2)),
    st.tuples(st.just("steps"), st.integers(0, 2)),
    st.tuples(st.just("run"), st.just(0)),
    st.tuples(st.just("end"), st.integers(1, 9)),
    st.tuples(st.just("wait"), st.integers(1, 200)),
)


@CALM
@given(
    does=st.lists(st.sampled_from(sorted(DOES)), max_size=25),
    actions=st.lists(action, min_size=4, max_size=30),
    updates=st.sampled_from(["patch", "post"]),
)
def test_each_event_is_taken_once_or_lies_among_the_dead_letters(does, actions, updates):
    with tempfile.TemporaryDirectory() as folder, Peer([DOES[name] for name in does]) as peer:
        one = endpoint("tmf697", url=peer.url(), updates=updates)
        with Telling(Path(folder), [one], limits={"attempts": 3}) as telling:
            telling.run()
            lives = [list(life) for life in LIVES]
            orders = {}
            for what, number in actions:
                for _ in range({"step": 1, "steps": 4}.get(what, 0)):
                    if lives[number]:
                        kind = lives[number].pop(0)
                        if kind == "propose":
                            orders[number] = telling.propose(f"S{number}")
                        else:
                            telling.act(orders[number], kind)
                if what == "run":
                    telling.run()
                elif what == "end":
                    ends_at(telling.desk(), number)
                elif what == "wait":
                    telling.clock.on(seconds=number)
            telling.run()
            while telling.history.find(states=["waiting", "sending"], limit=1):
                telling.clock.on(hours=2)
                telling.run()
            judge(telling, peer, one)


def judge(telling, peer, one):
    events = telling.orders.events_after(0)
    wanted = [event for event in events if event.kind in one.events]
    messages = telling.history.find(limit=1000)
    assert {m.event_id for m in messages} >= {
        e.id for e in wanted if e.kind not in ("reject", "cancel", "close")
    }
    assert len({m.event_id for m in messages}) == len(messages), "one message an event"
    assert {m.state for m in messages} <= {"sent", "dead"}
    heard: dict[str, list] = {}
    for one_heard in peer.heard:
        heard.setdefault(one_heard.key, []).append(one_heard)
    for message in messages:
        told = heard.get(message.message_key, [])
        assert len({(h.method, h.path, h.body) for h in told}) <= 1, "the same under one key"
        if message.state == "sent":
            assert message.message_key in peer.keys
    # Of an order, what is taken is taken in the order of its events.
    for order_id in {m.order_id for m in messages}:
        keys = [m.message_key for m in reversed(messages) if m.order_id == order_id]
        taken = [key for key in peer.keys if key in keys]
        assert taken == [key for key in keys if key in taken]

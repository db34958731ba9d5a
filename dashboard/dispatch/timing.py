"""Warnings before a timer runs out, and escalations after: events of the system, each once.

Whether one was written is told by the database alone: each has a key made of order, timer, stretch
and step, and a key is taken once. So neither a restart, nor a second worker, nor a clock that jumps
back and forth makes a second one. What happened while nobody looked is made up at the next look;
a warning whose time has run out meanwhile is left out, since the escalation says more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from dashboard.dispatch.model import Order, Step
from dashboard.dispatch.sla import Rules
from dashboard.dispatch.store import Orders, Wanted
from dashboard.dispatch.timers import TIMED, Timer, timers

WHO = "foresite"
_TOGETHER = 50
"""Steps of one transaction: others wait for so many at most."""


@dataclass(frozen=True)
class Ticked:
    """What a look at the timers brought.

    Attributes:
        warned: warnings written.
        escalated: escalations written.
    """

    warned: int = 0
    escalated: int = 0


def tick(orders: Orders, now: datetime, rules: Rules) -> Ticked:
    """Write the warnings and escalations that are due and were not written yet.

    Args:
        orders: in the ops database.
        now: by the clock of the facts (aware).
        rules: the limits.

    Raises:
        OpsError: the database failed; what was not written is due at the next look.
    """
    due = sorted(
        (
            found
            for order in orders.find(states=tuple(TIMED), limit=None)
            for timer in timers(order, rules, now)
            for found in _due(order, timer, now, rules.settings.escalate_to)
        ),
        key=lambda found: (found[0], found[1].order_id),
    )
    known = orders.known_keys([wanted.key for _, wanted in due if wanted.key])
    left = [wanted for _, wanted in due if wanted.key not in known]
    kinds: list[str] = []
    for start in range(0, len(left), _TOGETHER):
        some = left[start : start + _TOGETHER]
        done = orders.act_on_each(some, at=now)
        # Refused is whose order somebody took further in this very moment: its timer has ended.
        written = {order.id for order in done.orders} - set(done.refused)
        kinds += [wanted.steps[0].kind for wanted in some if wanted.order_id in written]
    return Ticked(kinds.count("warn"), kinds.count("escalate"))


def _due(
    order: Order, timer: Timer, now: datetime, names: tuple[str, ...]
) -> Iterator[tuple[datetime, Wanted]]:
    """What is to be written by now, and since when."""
    told = {
        "timer": timer.name,
        "since": timer.since.isoformat(),
        "due_at": timer.due_at.isoformat(),
    }
    stretch = f"timer:{order.id}:{timer.name}:{timer.since.isoformat()}"
    if timer.state == "warned":
        step = Step("warn", WHO, "system", details=told)
        yield timer.warn_at, Wanted(order.id, [step], order.seq, f"{stretch}:warn")
    for level, moment in enumerate(timer.levels, 1):
        if now < moment:
            break
        details = {**told, "level": level, "to": names[level - 1]}
        step = Step("escalate", WHO, "system", details=details)
        yield moment, Wanted(order.id, [step], order.seq, f"{stretch}:escalate:{level}")

"""The timers of a work order: which run, since when, until when, and which were met or missed.

=========  =================================================  ==================================
timer      begins                                             is met by
=========  =================================================  ==================================
`accept`   proposed, reopened                                 accept; reject or cancel end it too
`arrive`   accepted (dispatched at once: then), or given      arrive; of remote work the repair
           back with *cannot*
`repair`   on site                                            repair
=========  =================================================  ==================================

Somebody who opens an order may name a time by which a crew is to be there (``due_at`` of the
draft): the earlier of that and the limit counts.

Whatever else takes an order out of those states ends the timer. A stretch is one such span; an
order that is reopened or given back has several of one name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from dashboard.dispatch.model import Event, Order, applied
from dashboard.dispatch.sla import Rules, at_share
from dashboard.dispatch.sla_settings import TimerName
from dashboard.dispatch.states import Kind, State

TimerState = Literal["running", "warned", "missed", "met", "stopped"]

TIMED: dict[State, TimerName] = {
    "proposed": "accept",
    "reopened": "accept",
    "accepted": "arrive",
    "dispatched": "arrive",
    "on_site": "repair",
}
"""The timer that runs in a state; in others none does."""
_MEETS: dict[TimerName, tuple[Kind, ...]] = {
    "accept": ("accept", "dispatch"),
    "arrive": ("arrive", "repair"),
    "repair": ("repair",),
}


@dataclass(frozen=True)
class Timer:
    """One stretch of a timer.

    Attributes:
        name: ``accept``, ``arrive`` or ``repair``.
        since: when it began (UTC).
        due_at: when its time is used up.
        warn_at: when the agreed share of it is.
        state: ``running``; ``warned`` from ``warn_at`` on; ``missed`` when it is or was late;
            ``met``: ended in time; ``stopped``: given back, rejected or cancelled in time.
        left: until ``due_at``, negative when it is late; at its end, when it has ended.
        ended_at: when it ended; None: it runs.
        levels: when each of ``escalate_to`` is to be told, the first at ``due_at``.
    """

    name: TimerName
    since: datetime
    due_at: datetime
    warn_at: datetime
    state: TimerState
    left: timedelta
    ended_at: datetime | None = None
    levels: tuple[datetime, ...] = ()


def timers(order: Order, rules: Rules, now: datetime) -> tuple[Timer, ...]:
    """The timers that run: none or one.

    Args:
        order: as it stands.
        rules: the limits.
        now: by the clock of the facts (aware).
    """
    made = _made(order, rules, now)
    return () if made is None else (made,)


def history(events: Iterable[Event], rules: Rules, now: datetime) -> tuple[Timer, ...]:
    """All stretches of an order, in their order; those that ended as they ended.

    Limits are those of the order as it stood at the end of each.

    Raises:
        NotPossibleError: these are not the events of one order.
    """
    order: Order | None = None
    found: list[Timer | None] = []
    for event in events:
        after = applied(order, event)
        if order is not None and _stretch(order) != _stretch(after):
            found.append(_made(order, rules, now, event))
        order = after
    ended = tuple(timer for timer in found if timer is not None)
    return ended + (timers(order, rules, now) if order is not None else ())


def begun_at(order: Order) -> datetime:
    """When the timer of its state began. The way to the site begins with acceptance."""
    if order.state == "dispatched" and order.accepted_at is not None:
        return order.accepted_at
    return order.since


def _stretch(order: Order) -> tuple[TimerName | None, datetime]:
    return TIMED.get(order.state), begun_at(order)


def _made(order: Order, rules: Rules, now: datetime, end: Event | None = None) -> Timer | None:
    """The timer of an order's state; None where there is none, or where it is never due."""
    name, since = _stretch(order)
    if name is None:
        return None
    settings, worth = rules.settings, order.draft.avoided or 0.0
    due = at_share(since, name, rules, 1, worth)
    warn = at_share(since, name, rules, settings.warn_share, worth)
    if due is None or warn is None:
        return None
    early = timedelta(0)
    agreed = order.draft.due_at
    given = order.opener != "system"  # what the product suggests follows from these limits
    if name == "arrive" and given and agreed is not None and since < agreed < due:
        early, due = due - agreed, agreed
        warn = min(warn, since + settings.warn_share * (due - since))
    levels = [due]
    for level in range(1, len(settings.escalate_to)):
        share = 1 + level * settings.escalate_again
        if (moment := at_share(since, name, rules, share, worth)) is not None:
            levels.append(moment - early)
    ended_at = end.at if end else None
    left = due - (ended_at or now)
    state: TimerState
    if end is not None:
        state = "missed" if left < timedelta(0) else _ended(name, end)
    elif left <= timedelta(0):
        state = "missed"
    else:
        state = "warned" if now >= warn else "running"
    return Timer(name, since, due, warn, state, left, ended_at, tuple(levels))


def _ended(name: TimerName, end: Event) -> TimerState:
    return "met" if end.kind in _MEETS[name] else "stopped"

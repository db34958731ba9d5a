"""Work orders in words and signs, the same on every page."""

from __future__ import annotations

from datetime import timedelta

from dashboard.dispatch.model import Event, Order
from dashboard.dispatch.states import State
from dashboard.web.i18n import Texts
from dashboard.web.view import words as w

SIGNS: dict[State, str] = {
    "proposed": "○",
    "accepted": "●",
    "dispatched": "▶",
    "on_site": "◆",
    "repaired": "◎",
    "verified": "✓",
    "closed": "✓",
    "rejected": "×",
    "cancelled": "×",
    "reopened": "↺",
}
"""A shape a state, beside its word or (on the map) with the word under the pointer."""
CANNOT = ("no_access", "no_parts", "wrong_skill", "unsafe", "third_party", "other")
"""Codes of why a crew could not."""
REJECT = ("recovered", "planned_works", "wrong_cause", "duplicate", "not_network", "other")
"""Codes of why an order is not acted on."""
REJECT_ON_SITE = ("no_fault", "recovered", "planned_works", "not_network", "other")
"""The same by a crew that went there."""
REOPEN = ("not_cured", "other")
"""Codes of why somebody opens it again by hand."""


def state_word(texts: Texts, state: State) -> str:
    """The state in a word."""
    return texts(f"order_state.{state}")


def reason_text(texts: Texts, reason: str) -> str:
    """``no_access: the gate is locked`` with its code in words; other texts as they are.

    What verification says comes as a word alone: its details are told elsewhere, in the page's
    language.
    """
    code, colon, more = reason.partition(":")
    if (verdict := texts.get(f"verdict.{code.strip()}")) is not None:
        return verdict
    known = texts.get(f"order_reason.{code.strip()}")
    if known is None:
        return reason
    return f"{known}{texts('order.colon')}{more.strip()}" if colon and more.strip() else known


def late(order: Order) -> bool:
    """Whether a time limit of the order has passed."""
    return order.open and "missed" in order.timers.values()


def close_to_late(order: Order) -> bool:
    """Whether one is about to pass, and none has."""
    return order.open and not late(order) and "warned" in order.timers.values()


def duration(texts: Texts, length: timedelta) -> str:
    """``3 h 05 min``, of the length whatever its sign."""
    minutes = int(abs(length).total_seconds() // 60)
    days, hours = minutes // 1440, minutes // 60
    if days >= 2:
        return texts("duration.days", d=days, h=hours % 24)
    if hours:
        return texts("duration.hours", h=hours, m=f"{minutes % 60:02d}")
    return texts("duration.minutes", m=minutes)


def event_text(words: w.Words, event: Event, teams: dict[str, str]) -> str:
    """What an event adds to its name: crew, found cause, reason, timer; empty when nothing."""
    texts, details, told = words.texts, event.details, []
    if team := details.get("team_id"):
        told.append(teams.get(str(team), str(team)))
    if found := details.get("found_cause"):
        told.append(texts("order.earlier_found", cause=words.cause(str(found))))
    if timer := details.get("timer"):
        told.append(texts.get(f"order_timer.{timer}") or str(timer))
    if event.reason:
        told.append(reason_text(texts, event.reason))
    return " · ".join(told)

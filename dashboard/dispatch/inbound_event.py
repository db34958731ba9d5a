"""Events of TMF697 as they arrive (``WorkOrderStateChangeEvent``, ``…AttributeValueChangeEvent``).

Their shape is that of all events of TM Forum's Open APIs v4: ``eventId``, ``eventTime``,
``eventType``, and the work order under ``event.workOrder``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.dispatch.errors import DispatchError

STATE_CHANGE = "WorkOrderStateChangeEvent"
ATTRIBUTE_CHANGE = "WorkOrderAttributeValueChangeEvent"
EVENT_TYPES = (STATE_CHANGE, ATTRIBUTE_CHANGE)
STATES = (
    "acknowledged", "rejected", "pending", "held", "inProgress", "cancelled", "completed",
    "failed", "partial", "assessingCancellation", "pendingCancellation",
)  # fmt: skip
MOST_BYTES = 64 * 1024
_ID_CHARS, _TEXT_CHARS = 200, 2000
_AHEAD = timedelta(minutes=10)
_NEWS = ("expectedCompletionDate", "appointment")
"""Attributes that only the peer knows; the others come from us, and back to us as an echo."""
OURS = "Foresite"
"""Author of notes that came from us."""


class BadEventError(DispatchError):
    """An event that cannot be understood; the message names the field."""


@dataclass(frozen=True)
class Told:
    """An event, understood.

    Attributes:
        event_id: the peer's, by which it is known again.
        at: when it happened there (UTC).
        external_id: what the order is called there.
        our_id: what it is called here, as the peer was told.
        state: the order's state there (one of ``STATES``); None: other attributes changed.
        text: the peer's words; may hold personal data; empty when it says nothing of its own.
        summary: the event in a few words of the standard; empty when there is no news in it.
    """

    event_id: str
    at: datetime
    external_id: str | None
    our_id: str | None
    state: str | None
    text: str
    summary: str


def read_event(raw: bytes, now: datetime, *, expected: str | None = None) -> Told:
    """Understand an event.

    Args:
        raw: the JSON as it came.
        now: the present moment, by the clock of the facts: what is ahead of it is refused.
        expected: the type that the address stands for; None: the event says it.

    Raises:
        BadEventError: it cannot be understood.
    """
    event = _object(_parsed(raw), "the body")
    kind = event.get("eventType", expected)
    if kind not in EVENT_TYPES or (expected is not None and kind != expected):
        wanted = expected or " or ".join(EVENT_TYPES)
        raise BadEventError(f"eventType is {_shown(kind)}; this address takes {wanted}")
    order = _object(_object(event.get("event"), "event").get("workOrder"), "event.workOrder")
    external = _text(order.get("id"), "event.workOrder.id", _ID_CHARS)
    ours = _text(order.get("externalId"), "event.workOrder.externalId", _ID_CHARS)
    if external is None and ours is None:
        raise BadEventError("event.workOrder has neither id nor externalId: of which order is it?")
    event_id = _text(event.get("eventId"), "eventId", _ID_CHARS)
    if event_id is None:
        raise BadEventError("eventId is missing: by it an event is known that comes twice")
    at = _moment(event.get("eventTime"), "eventTime")
    if at > now + _AHEAD:
        raise BadEventError(f"eventTime {at.isoformat()} is in the future")
    state = _state(order) if kind == STATE_CHANGE else None
    return Told(event_id, at, external, ours, state, _words(order), _summary(order, state))


def _parsed(raw: bytes) -> object:
    def refuse(constant: str) -> None:
        raise BadEventError(f"the body is no JSON: {constant} is no number")

    try:
        return json.loads(raw, parse_constant=refuse)
    except (ValueError, RecursionError):
        raise BadEventError("the body is no JSON") from None


def _object(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadEventError(f"{where} is no object")
    return value


def _text(value: object, where: str, most: int) -> str | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or len(value) > most or not value.isprintable():
        raise BadEventError(f"{where} is no text of at most {most} signs on one line")
    return value.strip() or None


def _moment(value: object, where: str) -> datetime:
    try:
        at = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise BadEventError(f"{where} is {_shown(value)}, no time as RFC 3339 has it") from None
    if at.tzinfo is None:
        raise BadEventError(f"{where} {_shown(value)} has no offset from UTC")
    return at.astimezone(UTC)


def _state(order: Mapping[str, Any]) -> str:
    state = order.get("state")
    if state not in STATES:
        raise BadEventError(
            f"event.workOrder.state is {_shown(state)}; states of TMF697 are {', '.join(STATES)}"
        )
    return str(state)


def _words(order: Mapping[str, Any]) -> str:
    """Reason and notes; a note is one object in v4.0, and a list of them in later versions."""
    notes = order.get("note")
    several = notes if isinstance(notes, list) else [notes]
    said = [order.get("cancellationReason")]
    said += [
        note.get("text")
        for note in several[:10]
        if isinstance(note, dict) and note.get("author") != OURS
    ]
    text = "; ".join(part.strip() for part in said if isinstance(part, str) and part.strip())
    return text[:_TEXT_CHARS]


def _summary(order: Mapping[str, Any], state: str | None) -> str:
    if state is not None:
        return f"TMF697 {state}"
    told = []
    for name in _NEWS:
        value = order.get(name)
        if isinstance(value, str):
            told.append(f"{name} = {value[:60]}")
        elif value is not None:
            told.append(name)
    return f"TMF697 {', '.join(told)}" if told else ""


def _shown(value: object) -> str:
    return "missing" if value is None else repr(value)[:60]

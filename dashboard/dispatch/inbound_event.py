"""Events of TMF697 (work orders) and TMF621 (trouble tickets) as they arrive.

Their shape is that of all events of TM Forum's Open APIs v4: ``eventId``, ``eventTime``,
``eventType``, and what changed under ``event.workOrder`` or ``event.troubleTicket``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from dashboard.dispatch.errors import DispatchError

Standard = Literal["TMF697", "TMF621"]


@dataclass(frozen=True)
class Form:
    """Where a type of event says what.

    Attributes:
        standard: the API's number.
        resource: name of the object under ``event``.
        state: its field that holds the state; None: other attributes changed.
    """

    standard: Standard
    resource: str
    state: str | None = None


FORMS: Mapping[str, Form] = {
    "WorkOrderStateChangeEvent": Form("TMF697", "workOrder", "state"),
    "WorkOrderAttributeValueChangeEvent": Form("TMF697", "workOrder"),
    "TroubleTicketStatusChangeEvent": Form("TMF621", "troubleTicket", "status"),
    "TroubleTicketAttributeValueChangeEvent": Form("TMF621", "troubleTicket"),
}
EVENT_TYPES = tuple(FORMS)
STATES = (
    "acknowledged", "rejected", "pending", "held", "inProgress", "cancelled", "completed",
    "failed", "partial", "assessingCancellation", "pendingCancellation",
)  # fmt: skip
TICKET_STATUSES: Mapping[str, str] = {
    "acknowledged": "acknowledged", "rejected": "rejected", "pending": "pending", "held": "held",
    "inProgress": "inProgress", "cancelled": "cancelled", "resolved": "completed",
    "closed": "completed",
}  # fmt: skip
"""``TroubleTicketStatusType`` of TMF621 v4 as states of a work order."""
MOST_BYTES = 64 * 1024
_ID_CHARS, _TEXT_CHARS = 200, 2000
_AHEAD = timedelta(minutes=10)
_NEWS = ("expectedCompletionDate", "expectedResolutionDate", "appointment")
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
        word: the same as the peer said it.
        standard: of the event.
        text: the peer's words, reason and notes; may hold personal data.
        own: of these, the notes that did not come from here.
        summary: the event in a few words of the standard; empty when there is no news in it.
    """

    event_id: str
    at: datetime
    external_id: str | None
    our_id: str | None
    state: str | None
    word: str | None
    standard: Standard
    text: str
    own: str
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
    form = FORMS[kind]
    where = f"event.{form.resource}"
    order = _object(_object(event.get("event"), "event").get(form.resource), where)
    external = _text(order.get("id"), f"{where}.id", _ID_CHARS)
    ours = _text(order.get("externalId"), f"{where}.externalId", _ID_CHARS)
    if external is None and ours is None:
        raise BadEventError(f"{where} has neither id nor externalId: of which order is it?")
    event_id = _text(event.get("eventId"), "eventId", _ID_CHARS)
    if event_id is None:
        raise BadEventError("eventId is missing: by it an event is known that comes twice")
    at = _moment(event.get("eventTime"), "eventTime")
    if at > now + _AHEAD:
        raise BadEventError(f"eventTime {at.isoformat()} is in the future")
    state, word = _state(order, form) if form.state else (None, None)
    own = _notes(order)
    text = "; ".join(part for part in (_reason(order), own) if part)[:_TEXT_CHARS]
    return Told(
        event_id, at, external, ours, state, word, form.standard, text, own,
        _summary(order, form, word),
    )  # fmt: skip


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


def _state(order: Mapping[str, Any], form: Form) -> tuple[str, str]:
    """As a work order's state, and as it was said."""
    word, tickets = order.get(form.state or ""), form.standard == "TMF621"
    known = tuple(TICKET_STATUSES) if tickets else STATES
    if word not in known:
        raise BadEventError(
            f"event.{form.resource}.{form.state} is {_shown(word)}; states of {form.standard} are "
            f"{', '.join(known)}"
        )
    return (TICKET_STATUSES[word] if tickets else str(word)), str(word)


def _reason(order: Mapping[str, Any]) -> str:
    said = order.get("cancellationReason") or order.get("statusChangeReason")
    return said.strip() if isinstance(said, str) else ""


def _notes(order: Mapping[str, Any]) -> str:
    """Notes of others; a work order has one in v4.0, tickets and later versions have a list."""
    notes = order.get("note")
    several = notes if isinstance(notes, list) else [notes]
    said = (
        note.get("text")
        for note in several[:10]
        if isinstance(note, dict) and note.get("author") != OURS
    )
    return "; ".join(part.strip() for part in said if isinstance(part, str) and part.strip())


def _summary(order: Mapping[str, Any], form: Form, word: str | None) -> str:
    if word is not None:
        return f"{form.standard} {word}"
    told = []
    for name in _NEWS:
        value = order.get(name)
        if isinstance(value, str):
            told.append(f"{name} = {value[:60]}")
        elif value is not None:
            told.append(name)
    return f"{form.standard} {', '.join(told)}" if told else ""


def _shown(value: object) -> str:
    return "missing" if value is None else repr(value)[:60]

"""``/api/v1/tmf/…``: what other systems tell of work orders."""

from __future__ import annotations

from dashboard.dispatch.inbound_event import (
    EVENT_TYPES,
    MOST_BYTES,
    STATES,
    TICKET_STATUSES,
)
from dashboard.dispatch.states import STATES as ORDER_STATES
from dashboard.web.api.description.fields import Schema, choice, moment, record, ref, text
from dashboard.web.api.description.model import JSON, Answer, Operation, Parameter, Subject
from dashboard.web.api.description.shared import refused
from dashboard.web.api.tmf import LISTENERS
from dashboard.web.settings import WebSettings

_ABOUT = """\
Events of TMF697 v4 (work orders) and TMF621 v4 (trouble tickets), answered as TM Forum's listeners
answer (201). The header `Authorization: Bearer …` shows the token of a system of
`dispatch.inbound`. The same `eventId` does nothing twice. An order is known by the peer's `id`,
once it was told, and by `externalId`, which is its name here.
"""
_EXAMPLE = {
    "eventId": "b1c2",
    "eventTime": "2026-11-21T09:30:00Z",
    "eventType": "WorkOrderStateChangeEvent",
    "event": {"workOrder": {"id": "8041", "externalId": "WO-000123", "state": "inProgress"}},
}
_ORDER: Schema = {
    "type": "object",
    "description": "The work order; `id` or `externalId` must be there, other attributes may.",
    "properties": {
        "id": text("What the peer calls the order."),
        "externalId": text("What the order is called here."),
        "state": choice("Its state there; asked for in state changes.", STATES),
        "cancellationReason": text("Why, when it is cancelled."),
        "note": {
            "type": ["object", "array"],
            "description": "The peer's words, one note or a list of them; personal data in "
            "`text` are masked.",
        },
    },
}
_TICKET: Schema = {
    "type": "object",
    "description": "Of the events of TMF621, in place of the work order.",
    "properties": {
        "id": text("What the peer calls the ticket."),
        "externalId": text("What the order is called here."),
        "status": choice("Its status there; asked for in status changes.", TICKET_STATUSES),
        "statusChangeReason": text("Why."),
    },
}
_EVENT: Schema = {
    "type": "object",
    "description": "An event; what is not named here is left unread.",
    "required": ["eventId", "eventTime", "event"],
    "properties": {
        "eventId": text("The peer's, by which the event is known again."),
        "eventTime": moment("When it happened there."),
        "eventType": choice("Its type; may be left out where the address says it.", EVENT_TYPES),
        "event": {
            "type": "object",
            "description": "What it is about.",
            "properties": {"workOrder": _ORDER, "troubleTicket": _TICKET},
        },
    },
}
_DONE = {"result": "applied", "event_id": "b1c2", "order": "WO-000123", "state": "on_site"}


def subject(settings: WebSettings) -> Subject:  # noqa: ARG001  the same for every subject
    """What others tell."""
    answers = (
        Answer(201, "Heard.", {JSON: ref("HeardEvent")}, example=_DONE),
        Answer(200, "Heard before, or nothing new; nothing was done.", {JSON: ref("HeardEvent")},
               example={**_DONE, "result": "known"}),
        refused(400, "The event cannot be understood", "bad_event"),
        refused(401, "The token is missing or unknown", "no_token"),
        refused(404, "No such order, or nobody may tell of orders here", "unknown_order",
                "inbound_off", "not_found"),
        refused(409, "It cannot follow from what is known of the order", "impossible_transition",
                "older_event", "other_order", "conflict"),
        refused(413, f"More than {MOST_BYTES:,} bytes", "too_large"),
        refused(415, "Not JSON", "not_json"),
        refused(503, "Nothing was written down; or a token is not set", "no_ops",
                "inbound_unset"),
    )  # fmt: skip
    name = Parameter(
        "listener", "Which type of event.", choice("Listener.", LISTENERS), "path",
        "workOrderStateChangeEvent",
    )  # fmt: skip
    events = Operation(
        "post", "/tmf/work-order-events", "hearWorkOrderEvent", "A peer tells of a work order",
        answers, about=_ABOUT, token=True, body=ref("WorkOrderEvent"),
        body_example=_EXAMPLE,
    )  # fmt: skip
    listener = Operation(
        "post", "/tmf/listener/{listener}", "listenToWorkOrderEvent",
        "The same at the addresses of the standard's listeners",
        answers,
        about="For hubs that add `/listener/…` to the callback address `…/api/v1/tmf`.",
        parameters=(name,), token=True, body=ref("WorkOrderEvent"), body_example=_EXAMPLE,
    )  # fmt: skip
    heard = record(
        "What an event did.",
        {
            "result": choice("`applied`: the order moved; `noted`: a comment; `known`: nothing "
                             "new.", ("applied", "noted", "known")),
            "event_id": text("The event's."),
            "order": text("The order's name here."),
            "state": choice("Its state now.", ORDER_STATES),
        },
    )  # fmt: skip
    return Subject(
        "tmf", "What other systems tell of work orders.", (events, listener),
        {"HeardEvent": heard, "WorkOrderEvent": _EVENT},
    )  # fmt: skip

"""Orders as work orders of TMF697 v4.0 and trouble tickets of TMF621 v4.0.

Field names, required fields and states are those of the two APIs' definitions. What the standard
leaves to the operator is written down in ``docs/how-to/outbound.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.dispatch.outbound.notice import Notice
from dashboard.dispatch.states import State

Json = dict[str, Any]

WORK_ORDER_STATES: Mapping[State, str] = {
    "proposed": "pending",
    "accepted": "pending",
    "dispatched": "acknowledged",
    "on_site": "inProgress",
    "repaired": "inProgress",  # repaired is not cured: the proof is still to come
    "verified": "completed",
    "closed": "completed",
    "rejected": "rejected",
    "cancelled": "cancelled",
    "reopened": "pending",
}
"""Ours as ``WorkOrderStateType``.

What a peer tells in these words of an order in that state is what it was told, and no news: so
``inProgress`` means here and there that somebody is on site.
"""
TICKET_STATES: Mapping[State, str] = {
    **WORK_ORDER_STATES,
    "repaired": "resolved",
    "verified": "closed",
    "closed": "closed",
}
"""Ours as ``TroubleTicketStatusType``."""
ONCE = frozenset({"externalId", "orderDate", "creationDate"})
"""Given when it is made, and not to be patched."""
_PRIORITIES = ((3.0, "0"), (2.0, "1"), (1.0, "2"), (0.5, "3"))
_SEVERITIES = ((2.0, "Critical"), (1.0, "Major"))


def work_order(notice: Notice) -> Json:
    """``WorkOrder_Create`` of TMF697; its required part is ``workOrderItem`` with id and action."""
    order, draft, play = notice.order, notice.order.draft, notice.play
    state, wanted = WORK_ORDER_STATES[order.state], _wanted(notice)
    item: Json = {
        "id": "1",
        "action": "add",
        "state": state,
        "description": play.action if play else notice.voice.texts("outbound.item"),
        "work": _without_nothing(
            {
                "@type": "Work",
                "name": notice.cause,
                "description": play.action if play else None,
                "workType": draft.skill or draft.cause,
                "percentageComplete": 100.0 if order.repaired_at else None,
            }
        ),
        "@type": "WorkOrderItem",
    }
    return _without_nothing(
        {
            "@type": "WorkOrder",
            "externalId": order.name,
            "category": "preventiveRepair",
            "description": _description(notice),
            "priority": _step(draft.expected, _PRIORITIES, "4"),
            "state": state,
            "orderDate": _time(order.opened_at),
            "stateChangeDate": _time(order.since),
            "requestedCompletionDate": _time(wanted),
            "startDate": _time(order.arrived_at or order.dispatched_at),
            "completionDate": _time(order.repaired_at) if state == "completed" else None,
            "cancellationDate": _time(order.since) if state == "cancelled" else None,
            "cancellationReason": notice.reason or None if state == "cancelled" else None,
            "place": {"id": draft.site_id, "name": draft.title, "@type": "GeographicSite"},
            "relatedEntity": _cells(notice),
            "relatedParty": _team(notice),
            "note": _note(notice),
            "workOrderItem": [item],
        }
    )


def trouble_ticket(notice: Notice) -> Json:
    """``TroubleTicket_Create`` of TMF621; required: description, severity and ticketType."""
    order, draft = notice.order, notice.order.draft
    state = TICKET_STATES[order.state]
    done = state in ("resolved", "closed")
    return _without_nothing(
        {
            "@type": "TroubleTicket",
            "externalId": order.name,
            "name": f"{notice.cause} · {draft.title}",
            "description": _description(notice),
            "severity": _step(draft.expected, _SEVERITIES, "Minor"),
            "ticketType": "incident",
            "status": state,
            "statusChangeDate": _time(order.since),
            "statusChangeReason": notice.reason or None,
            "creationDate": _time(order.opened_at),
            "lastUpdate": _time(order.changed_at),
            "requestedResolutionDate": _time(_wanted(notice)),
            "resolutionDate": _time(order.repaired_at) if done else None,
            "relatedEntity": [
                *_cells(notice),
                {"id": draft.site_id, "name": draft.title, "role": "site",
                 "@referredType": "GeographicSite"},
            ],
            "relatedParty": _team(notice),
            "note": [_note(notice)],
        }
    )  # fmt: skip


def patched(body: Json) -> Json:
    """The same as a partial update."""
    return {name: value for name, value in body.items() if name not in ONCE}


def _description(notice: Notice) -> str:
    lines = (
        f"{label}{notice.voice.texts('outbound.colon')}{text}" for label, text in notice.lines()
    )
    return "\n".join([*lines, *([notice.link] if notice.link else [])])


def _note(notice: Notice) -> Json:
    """The event itself; the author is the product: who acted stays here."""
    said = notice.reason
    colon = notice.voice.texts("outbound.colon")
    return {
        "id": str(notice.event.seq),
        "author": "Foresite",
        "date": _time(notice.event.at),
        "text": f"{notice.happened}{colon}{said}" if said else notice.happened,
    }


def _cells(notice: Notice) -> list[Json]:
    return [
        {"id": cell, "role": "cell", "@referredType": "Cell"}
        for cell in notice.order.draft.cell_ids
    ]


def _team(notice: Notice) -> list[Json] | None:
    team = notice.team_id
    return [{"id": team, "role": "crew", "@referredType": "Organization"}] if team else None


def _wanted(notice: Notice) -> datetime | None:
    """By when it should be done: on site in time, and the work itself."""
    draft = notice.order.draft
    return draft.due_at + timedelta(hours=draft.hours) if draft.due_at else None


def _step(value: float | None, steps: tuple[tuple[float, str], ...], rest: str) -> str:
    return next((word for least, word in steps if value is not None and value >= least), rest)


def _time(at: datetime | None) -> str | None:
    """RFC 3339 in UTC with milliseconds, as the APIs' examples write it."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _without_nothing(body: Json) -> Json:
    return {name: value for name, value in body.items() if value is not None}

"""Orders and events as the API and the command line tell them (docs/reference/api.md)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from dashboard.dispatch.book import Book
from dashboard.dispatch.desk import DispatchDesk
from dashboard.dispatch.model import Event, Order, name_of
from dashboard.dispatch.plans import Stop
from dashboard.dispatch.proofs import Proof
from dashboard.dispatch.states import possible
from dashboard.dispatch.timers import Timer

_OF_ORDER = (
    "state", "open", "seq", "opened_at", "opened_by", "opener", "changed_at", "since", "by",
    "reason", "team_id", "accepted_at", "dispatched_at", "arrived_at", "repaired_at",
    "verified_at", "found_cause", "reopened", "comments",
)  # fmt: skip
_OF_DRAFT = (
    "site_id", "cause", "title", "region_id", "longitude", "latitude", "as_of", "snapshot_id",
    "probability", "users", "skill", "hours", "on_site", "due_at", "note",
)  # fmt: skip
_OF_STOP = (
    "team_id", "place", "starts_at", "arrives_at", "ends_at", "travel_min", "work_min", "per_hour",
)  # fmt: skip
_OF_PROOF = (
    "as_of", "looked_at", "kpis", "kpis_back", "known_h", "of_h", "complaints",
    "band_until", "quiet_since", "quiet_until", "give_up_at", "more",
)  # fmt: skip
_OF_REASON = ("code", "cell_id", "kpi", "since", "value", "normal", "hours", "of")
_OF_TIMER = ("name", "since", "warn_at", "due_at")
_OF_EVENT = ("seq", "kind", "before", "after", "at", "who", "actor", "reason")


def order_json(desk: DispatchDesk, order: Order, now: datetime, book: Book) -> dict[str, Any]:
    """An order with its timer, its place in the plan, its proof, and what a person may do now.

    Args:
        desk: knows the limits of timers.
        order: as it stands.
        now: the moment it is looked at.
        book: of that moment; its plan and its proofs are told.
    """
    draft = order.draft
    return {
        "id": order.name,
        **_fields(order, _OF_ORDER),
        **_fields(draft, _OF_DRAFT),
        "cell_ids": list(draft.cell_ids),
        "expected_low_complaints": draft.expected,
        "expected_avoided": draft.avoided,
        "suggested_team_id": draft.team_id,
        "evidence": [dict(piece) for piece in draft.evidence],
        "works": [dict(work) for work in draft.works],
        "timers": dict(order.timers),
        "timer": _timer(desk.timer(order, now)),
        "plan": _stop(book.plan.get(order.id)),
        "proof": _proof(book.proofs.get(order.id), order),
        "possible": list(possible(order.state, "person")) if book.at is None else [],
    }


def event_json(event: Event) -> dict[str, Any]:
    """An event with the name of its order."""
    return {
        "id": event.id,
        "order_id": name_of(event.order_id),
        **_fields(event, _OF_EVENT),
        "details": dict(event.details),
    }


def _timer(timer: Timer | None) -> dict[str, Any] | None:
    """Without what changes as time passes: an answer holds until something happens."""
    return None if timer is None else _fields(timer, _OF_TIMER)


def _stop(stop: Stop | None) -> dict[str, Any] | None:
    return None if stop is None else _fields(stop, _OF_STOP)


def _proof(proof: Proof | None, order: Order) -> dict[str, Any] | None:
    """Of a repair that waits to be proven, or was proven and is not closed."""
    if proof is None or not proof.holds(order):
        return None
    reasons = [{name: raw.get(name) for name in _OF_REASON} for raw in proof.reasons]
    return {**_fields(proof, _OF_PROOF), "reasons": reasons}


def _fields(whole: object, names: tuple[str, ...]) -> dict[str, Any]:
    """Times as ISO 8601 in UTC."""
    told = {}
    for name in names:
        value = getattr(whole, name)
        told[name] = value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
    return told

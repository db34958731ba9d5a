"""Orders and events as rows of the ops database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row

from dashboard.dispatch.model import Draft, Event, Order, draft_of

_MOMENTS = frozenset(
    {
        "opened_at",
        "changed_at",
        "since",
        "accepted_at",
        "dispatched_at",
        "arrived_at",
        "repaired_at",
        "verified_at",
    }
)
_FIELDS = tuple(f.name for f in fields(Order))


def as_text(value: object) -> str:
    """JSON, the same for the same value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def row_of(order: Order) -> dict[str, Any]:
    """The columns of ``work_orders`` without ``id``."""
    draft = order.draft
    words = (order.name, draft.title, draft.site_id, *draft.cell_ids, draft.note, order.team_id)
    return {
        "site_id": draft.site_id,
        "cause": draft.cause,
        "region_id": draft.region_id,
        "team_id": order.team_id,
        "state": order.state,
        "is_open": int(order.open),
        "seq": order.seq,
        "opened_at": order.opened_at,
        "since": order.since,
        "changed_at": order.changed_at,
        "words": "\n".join(word.lower() for word in words if word),
        "body": as_text({name: _plain(getattr(order, name)) for name in _FIELDS}),
    }


def order_of(body: str) -> Order:
    """The order that :func:`row_of` wrote."""
    raw = json.loads(body)
    values: dict[str, Any] = {
        name: _moment(raw[name]) if name in _MOMENTS else raw[name] for name in raw
    }
    values["draft"] = draft_of(raw["draft"])
    return Order(**values)


def event_of(row: Row[Any]) -> Event:
    """A row of ``work_order_events``."""
    return Event(
        id=int(row.id),
        order_id=int(row.order_id),
        seq=int(row.seq),
        kind=row.kind,
        before=row.state_before,
        after=row.state_after,
        at=row.at,
        who=row.who,
        actor=row.actor,
        reason=row.reason,
        details=json.loads(row.details),
    )


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Draft):
        return value.as_json()
    return dict(value) if isinstance(value, Mapping) else value


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None

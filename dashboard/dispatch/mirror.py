"""Copies what happened to work orders into the warehouse, where forecasting learns from it.

Event by event in their order, each batch in one transaction with itself as the mark of how far it
has come: killed anywhere, the next run goes on. The ops database is the original: a warehouse that
was made anew (`foresite rebuild`) is filled from the first event on, and so is one whose newest
event the ops database no longer has, as after the restoring of a backup.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

import structlog

from dashboard.dispatch.model import Event, draft_of, name_of
from dashboard.dispatch.store import Orders
from ingest.order_rows import Mark, OrderAbout, OrderEvent

log = structlog.get_logger()

BATCH = 5_000
_CODE = re.compile(r"^\s*([a-z][a-z0-9_]{0,39})\s*(?::|$)")


class Mirrored(Protocol):
    """Where the events go; the warehouse's is ``ingest.orders.OrderMirror``."""

    def last(self) -> Mark | None:
        """Of the newest event that is there; None before the first."""

    def add(
        self, orders: Sequence[OrderAbout], events: Sequence[OrderEvent], *, anew: bool = False
    ) -> None:
        """Add the next events, and what they say of their orders: all of them or none."""


def mirror(there: Mirrored, orders: Orders, *, batch: int = BATCH) -> int:
    """Bring the mirror up to the ops database; the number of events copied.

    Args:
        there: the mirror.
        orders: the ops database's.
        batch: events of one transaction.

    Raises:
        OpsError: the ops database cannot be read; what was copied stays.
    """
    last = there.last()
    same = orders.events_after(last[0] - 1, limit=1) if last else []
    anew = last is not None and (not same or event_row(same[0]).mark != last)
    if anew:
        log.warning("the ops database has other events than before: orders are mirrored anew")
    after = 0 if last is None or anew else last[0]
    copied = 0
    # What is forgotten and what comes in its place is one transaction, however many they are.
    size = max(batch, orders.last_event_id()) if anew else batch
    while events := orders.events_after(after, limit=size):
        there.add(about_rows(events), [event_row(e) for e in events], anew=anew)
        copied, after, anew = copied + len(events), events[-1].id, False
    if anew:
        there.add([], [], anew=True)
    return copied


def event_row(event: Event) -> OrderEvent:
    """An event without names and words: only codes leave the ops database."""
    details = event.details
    return OrderEvent(
        event_id=event.id,
        order_id=name_of(event.order_id),
        seq=event.seq,
        kind=event.kind,
        state=event.after,
        known_at=event.at,
        actor=event.actor,
        team_id=_text(details.get("team_id")),
        reason=reason_code(event.reason),
        found_cause=_text(details.get("found_cause")),
    )


def about_rows(events: Sequence[Event]) -> list[OrderAbout]:
    """What the openings and updates among some events say of their orders."""
    made = []
    for event in events:
        if event.kind not in ("propose", "update") or "draft" not in event.details:
            continue
        opening = event.kind == "propose"
        # An update does not repeat what never changes.
        unsaid = {} if opening else {"site_id": "", "cause": "", "title": "", "cell_ids": ()}
        draft = draft_of({**unsaid, **event.details["draft"]})
        made.append(
            OrderAbout(
                order_id=name_of(event.order_id),
                event_id=event.id,
                known_at=event.at,
                site_id=draft.site_id if opening else None,
                region_id=draft.region_id,
                cause=draft.cause if opening else None,
                cell_ids=tuple(draft.cell_ids),
                as_of=draft.as_of,
                probability=draft.probability,
                expected=draft.expected,
            )
        )
    return made


def reason_code(reason: str) -> str | None:
    """The code before the colon; ``other`` for words without one, None for nothing said."""
    if not reason.strip():
        return None
    found = _CODE.match(reason)
    return found[1] if found else "other"


def _text(value: object) -> str | None:
    return str(value) if value else None

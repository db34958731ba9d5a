"""Rows of the mirror of work orders, as values; no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

Mark = tuple[int, str, int, str, datetime]
"""By which an event is known again: id, order, number within it, kind, moment (UTC)."""


@dataclass(frozen=True)
class OrderAbout:
    """What an order is about, from an event that says so; see the columns of ``work_orders``.

    An event after the opening names neither site nor cause: they stay.
    """

    order_id: str
    event_id: int
    known_at: datetime
    site_id: str | None
    region_id: str | None
    cause: str | None
    cell_ids: tuple[str, ...]
    as_of: datetime | None
    probability: float | None
    expected: float | None


@dataclass(frozen=True)
class OrderEvent:
    """What happened to an order; see the columns of ``work_order_events``."""

    event_id: int
    order_id: str
    seq: int
    kind: str
    state: str
    known_at: datetime
    actor: str
    team_id: str | None = None
    reason: str | None = None
    found_cause: str | None = None

    @property
    def mark(self) -> Mark:
        """By which it is known again."""
        return self.event_id, self.order_id, self.seq, self.kind, self.known_at.astimezone(UTC)

"""A message to somebody outside, and what became of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import Row

from dashboard.dispatch.model import name_of

State = Literal["waiting", "sending", "sent", "dead", "unsure"]
STATES: tuple[State, ...] = get_args(State)


@dataclass(frozen=True)
class Draft:
    """A message to be made."""

    recipient: str
    event_id: int
    order_id: int
    kind: str
    key: str
    body: str


@dataclass(frozen=True)
class Message:
    """A message. Times are UTC, by the machine's clock.

    Attributes:
        endpoint, recipient: to whom; the recipient is a mail address or empty.
        event_id, order_id, event_kind: of which is told.
        message_key: the same over all attempts.
        body: what is told, as JSON.
        method, target: of a webhook, as fixed by the first attempt.
        state: ``waiting`` (tried at ``next_at``), ``sending``, ``sent`` (taken), ``dead`` (refused
            for good, or tried often enough), ``unsure`` (a mail, perhaps taken).
        attempts: since it was made or asked for again.
        status: of the last answer; None without one.
        message: why it was not taken.
        resent_by, resent_at: who asked for it again.
    """

    id: int
    endpoint: str
    recipient: str
    event_id: int
    order_id: int
    event_kind: str
    message_key: str
    body: str
    method: str | None
    target: str | None
    state: State
    attempts: int
    made_at: datetime
    changed_at: datetime
    next_at: datetime | None
    status: int | None
    message: str
    resent_by: str | None
    resent_at: datetime | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON; the body is left out."""
        return {
            "id": self.id,
            "endpoint": self.endpoint,
            "recipient": self.recipient or None,
            "order": name_of(self.order_id),
            "event": self.event_kind,
            "event_id": self.event_id,
            "key": self.message_key,
            "state": self.state,
            "attempts": self.attempts,
            "made_at": _said(self.made_at),
            "changed_at": _said(self.changed_at),
            "next_at": _said(self.next_at),
            "status": self.status,
            "message": self.message,
            "resent_by": self.resent_by,
            "resent_at": _said(self.resent_at),
        }

    @property
    def content(self) -> dict[str, Any]:
        """The body, read."""
        made: dict[str, Any] = json.loads(self.body)
        return made


def message_of(row: Row[Any]) -> Message:
    """A row of ``outbox_messages``."""
    return Message(**row._asdict())


def _said(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None

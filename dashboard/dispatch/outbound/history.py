"""The outbox as people use it: what became of messages, and sending the dead ones again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, Row, delete, func, select, update

from dashboard.dispatch.model import name_of
from dashboard.dispatch.outbound.message import STATES, Message, State, message_of
from dashboard.ops.engine import explained, reading
from dashboard.ops.outbox_schema import outbox_messages

_C = outbox_messages.c


class History:
    """The table ``outbox_messages``; each method is one transaction, and raises OpsError."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def resend(
        self, ids: Iterable[int], by: str, now: datetime, *, stateful: Iterable[str] = ()
    ) -> tuple[list[Message], dict[int, str]]:
        """Send dead and unsure messages again, with the same keys.

        Args:
            ids: of the messages.
            by: who asks.
            now: by the machine's clock.
            stateful: endpoints that keep the state of orders: an older state than one they have
                taken is not sent again.

        Returns:
            The messages that wait now, and by id why others do not.
        """
        kept, done, refused = set(stateful), [], {}
        with explained(self.engine), self.engine.begin() as connection:
            for number in dict.fromkeys(ids):
                row = connection.execute(select(outbox_messages).where(_C.id == number)).first()
                why = _why_not(connection, row, kept)
                if why is not None:
                    refused[number] = why
                    continue
                changed = connection.execute(
                    update(outbox_messages)
                    .where(_C.id == number, _C.state.in_(("dead", "unsure")))
                    .values(
                        state="waiting", attempts=0, next_at=now, changed_at=now,
                        resent_by=by[:100], resent_at=now,
                    )
                    .returning(outbox_messages)
                ).one()  # fmt: skip
                done.append(message_of(changed))
        return done, refused

    def drop(self, ids: Iterable[int]) -> list[Message]:
        """Take dead and unsure messages off the list; gives those that were there."""
        query = delete(outbox_messages).where(
            _C.id.in_(sorted(set(ids))), _C.state.in_(("dead", "unsure"))
        )
        with explained(self.engine), self.engine.begin() as connection:
            rows = connection.execute(query.returning(outbox_messages)).all()
            return [message_of(row) for row in rows]

    def find(
        self,
        *,
        states: Sequence[str] = (),
        endpoint: str | None = None,
        order_id: int | None = None,
        limit: int = 100,
    ) -> list[Message]:
        """Messages that fit, the newest first."""
        query = select(outbox_messages).order_by(_C.id.desc()).limit(limit)
        if states:
            query = query.where(_C.state.in_(states))
        if endpoint is not None:
            query = query.where(_C.endpoint == endpoint)
        if order_id is not None:
            query = query.where(_C.order_id == order_id)
        with reading(self.engine) as connection:
            return [message_of(row) for row in connection.execute(query)]

    def counts(self) -> dict[str, dict[State, int]]:
        """Messages by endpoint and state."""
        query = select(_C.endpoint, _C.state, func.count()).group_by(_C.endpoint, _C.state)
        found: dict[str, dict[State, int]] = {}
        with reading(self.engine) as connection:
            for endpoint, state, number in connection.execute(query.order_by(_C.endpoint)):
                found.setdefault(endpoint, dict.fromkeys(STATES, 0))[state] = int(number)
        return found

    def prune(self, before: datetime) -> int:
        """Drop what was taken before; gives the number. What was not taken stays."""
        with explained(self.engine), self.engine.begin() as connection:
            gone = delete(outbox_messages).where(_C.state == "sent", _C.changed_at < before)
            return connection.execute(gone).rowcount


def _why_not(connection: Connection, row: Row[Any] | None, stateful: set[str]) -> str | None:
    """Why a message is not sent again; None: it may be."""
    if row is None:
        return "there is no such message"
    if row.state not in ("dead", "unsure"):
        return f"it is {row.state}; dead and unsure ones can be sent again"
    if row.endpoint not in stateful:
        return None
    later: sa.ColumnElement[bool] = sa.and_(
        _C.endpoint == row.endpoint,
        _C.order_id == row.order_id,
        _C.event_id > row.event_id,
        _C.state.in_(("sent", "sending")),
    )
    if connection.execute(select(_C.id).where(later).limit(1)).first() is None:
        return None
    return f"{row.endpoint} has taken a later state of {name_of(int(row.order_id))}"

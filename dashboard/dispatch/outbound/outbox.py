"""The outbox: what became of each message; written down before and after each step.

``sending`` stands while a message is handed over. A process that ends in that moment leaves it, and
nobody can know whether the peer took it: a webhook's is then sent again with the same key, by which
the peer knows it; a mail's becomes ``unsure``, and a person decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, and_, delete, func, insert, select, update

from dashboard.dispatch.outbound.message import Draft, Message, State, message_of
from dashboard.ops.engine import explained, reading
from dashboard.ops.outbox_schema import outbox_cursors, outbox_messages

LEFT = "the process ended while it was handed over: nobody knows whether it was taken"
_C = outbox_messages.c


class Outbox:
    """The tables ``outbox_messages`` and ``outbox_cursors``; each method is one transaction.

    Raises:
        OpsError: the database failed; nothing is then changed.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    # ------------------------------------------------------------ from events to messages

    def cursors(self) -> dict[str, int]:
        """Up to which event each endpoint's were looked at."""
        with reading(self.engine) as connection:
            rows = connection.execute(select(outbox_cursors)).all()
        return {row.endpoint: int(row.event_id) for row in rows}

    def begin(self, endpoint: str, event_id: int) -> None:
        """A new endpoint is told of what comes after this event."""
        values = {"endpoint": endpoint, "event_id": event_id}
        with explained(self.engine), self.engine.begin() as connection:
            if _cursor(connection, endpoint) is None:
                connection.execute(insert(outbox_cursors), values)

    def forget(self, endpoints: Iterable[str]) -> None:
        """These are told nothing now; when they are again, they begin anew."""
        with explained(self.engine), self.engine.begin() as connection:
            for endpoint in endpoints:
                connection.execute(
                    delete(outbox_cursors).where(outbox_cursors.c.endpoint == endpoint)
                )

    def take(
        self, endpoint: str, seen: int, upto: int, drafts: Sequence[Draft], now: datetime
    ) -> int:
        """Messages and the cursor behind their events, together or not at all.

        Args:
            endpoint: whose.
            seen: the cursor as it was when the events were read.
            upto: the last event that was looked at.
            drafts: of the events that the endpoint wants.
            now: by the machine's clock.

        Returns:
            How many messages were made; 0 when another process has taken these events meanwhile.
        """
        rows = [
            {
                "endpoint": endpoint, "recipient": one.recipient, "event_id": one.event_id,
                "order_id": one.order_id, "event_kind": one.kind, "message_key": one.key,
                "body": one.body, "state": "waiting", "attempts": 0, "made_at": now,
                "changed_at": now, "next_at": now, "message": "",
            }
            for one in drafts
        ]  # fmt: skip
        c = outbox_cursors.c
        moved = update(outbox_cursors).where(c.endpoint == endpoint, c.event_id == seen)
        with explained(self.engine), self.engine.begin() as connection:
            if not connection.execute(moved.values(event_id=upto)).rowcount:
                return 0
            if rows:
                connection.execute(insert(outbox_messages), rows)
        return len(rows)

    def told(self, endpoint: str, order_ids: Iterable[int]) -> set[int]:
        """Of these orders, those of which the endpoint was told something."""
        query = select(_C.order_id).where(
            _C.endpoint == endpoint, _C.order_id.in_(sorted(set(order_ids)))
        )
        with reading(self.engine) as connection:
            return {int(row.order_id) for row in connection.execute(query.distinct())}

    # ------------------------------------------------------------ handing over

    def due(self, endpoint: str, now: datetime, limit: int = 50) -> list[Message]:
        """What is to be tried now, the oldest first: of each order and recipient the first alone.

        What comes later of the same order waits until the earlier message is taken or dead, so
        that nobody hears of an end before its beginning.
        """
        first = (
            select(_C.recipient, _C.order_id, func.min(_C.event_id).label("event_id"))
            .where(_C.endpoint == endpoint, _C.state.in_(("waiting", "sending")))
            .group_by(_C.recipient, _C.order_id)
            .subquery()
        )
        query = (
            select(outbox_messages)
            .join(
                first,
                and_(
                    first.c.recipient == _C.recipient,
                    first.c.order_id == _C.order_id,
                    first.c.event_id == _C.event_id,
                ),
            )
            .where(_C.endpoint == endpoint, _C.state == "waiting", _C.next_at <= now)
            .order_by(_C.event_id, _C.id)
            .limit(limit)
        )
        with reading(self.engine) as connection:
            return [message_of(row) for row in connection.execute(query)]

    def claim(
        self, message: Message, now: datetime, method: str | None, target: str | None
    ) -> Message | None:
        """Write down that it is being sent, durably, before it is; None: another has it.

        Args:
            message: as it was read.
            now: by the machine's clock.
            method: POST or PATCH; the first attempt's stays.
            target: the peer's id for PATCH; the first attempt's stays.
        """
        values: dict[str, Any] = {
            "state": "sending",
            "attempts": _C.attempts + 1,
            "changed_at": now,
            "next_at": None,
        }
        if message.method is None:
            values |= {"method": method, "target": target}
        with explained(self.engine), self.engine.begin() as connection:
            row = connection.execute(
                update(outbox_messages)
                .where(_C.id == message.id, _C.state == "waiting")
                .values(**values)
                .returning(outbox_messages)
            ).first()
            return None if row is None else message_of(row)

    def close(
        self,
        message: Message,
        state: State,
        now: datetime,
        *,
        status: int | None = None,
        reason: str = "",
        next_at: datetime | None = None,
    ) -> None:
        """What became of an attempt."""
        values = {
            "state": state, "changed_at": now, "next_at": next_at, "status": status,
            "message": reason,
        }  # fmt: skip
        with explained(self.engine), self.engine.begin() as connection:
            connection.execute(
                update(outbox_messages)
                .where(_C.id == message.id, _C.state == "sending")
                .values(**values)
            )

    def left_open(self, now: datetime) -> list[Message]:
        """What an ended process left as being sent; only whoever alone sends may ask.

        Webhooks' messages wait again, with the same key; mails become unsure, and are given back.
        """
        sending = _C.state == "sending"
        with explained(self.engine), self.engine.begin() as connection:
            connection.execute(
                update(outbox_messages)
                .where(sending, _C.recipient == "")
                .values(state="waiting", changed_at=now, next_at=now, message=LEFT)
            )
            rows = connection.execute(
                update(outbox_messages)
                .where(sending, _C.recipient != "")
                .values(state="unsure", changed_at=now, message=LEFT)
                .returning(outbox_messages)
            ).all()
            return [message_of(row) for row in rows]

    def bury(self, known: Iterable[str], now: datetime) -> int:
        """What waits for endpoints that the settings no longer name goes to the dead letters."""
        names = sorted(known)
        why = "the settings name no such endpoint, or it is not enabled"
        with explained(self.engine), self.engine.begin() as connection:
            return connection.execute(
                update(outbox_messages)
                .where(_C.state == "waiting", _C.endpoint.not_in(names))
                .values(state="dead", changed_at=now, next_at=None, message=why)
            ).rowcount

    def sent_since(self, endpoint: str, since: datetime) -> int:
        """How many attempts an endpoint heard since then."""
        query = select(func.count()).where(
            _C.endpoint == endpoint, _C.attempts > 0, _C.changed_at > since
        )
        with reading(self.engine) as connection:
            return int(connection.execute(query).scalar_one())


def _cursor(connection: Connection, endpoint: str) -> int | None:
    c = outbox_cursors.c
    found = connection.execute(select(c.event_id).where(c.endpoint == endpoint)).scalar()
    return None if found is None else int(found)

"""The outbox as people see it: how each endpoint fares, what was not taken, sending it again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy import Engine

from dashboard.dispatch.model import name_of
from dashboard.dispatch.outbound.history import History
from dashboard.dispatch.outbound.message import STATES, Message, State
from dashboard.dispatch.outbound.settings import EndpointBase, TmfBase

log = structlog.get_logger()

SHOWN = 50
"""Messages that were not taken, at most."""


@dataclass(frozen=True)
class Told:
    """How others are told.

    Attributes:
        counts: messages by endpoint and state; endpoints of the settings first.
        troubles: dead and unsure messages, and those that failed and are tried again; the newest
            first, at most ``SHOWN``.
    """

    counts: dict[str, dict[State, int]] = field(default_factory=dict)
    troubles: tuple[Message, ...] = ()


@dataclass(frozen=True)
class OutboxDesk:
    """Reads the outbox, and asks for messages to be sent again.

    Attributes:
        endpoints: of the settings.
        reader: the ops database for reading; None while there is none.
        writer: the ops database, made where there is none.
    """

    endpoints: Sequence[EndpointBase]
    reader: Callable[[], Engine | None]
    writer: Callable[[], Engine]

    def told(self) -> Told:
        """All of it; raises OpsError when it cannot be read."""
        counts = {one.name: dict.fromkeys(STATES, 0) for one in self.endpoints}
        engine = self.reader()
        if engine is None:
            return Told(counts)
        history = History(engine)
        stuck = history.find(states=("dead", "unsure"), limit=SHOWN)
        again = [one for one in history.find(states=("waiting",), limit=SHOWN) if one.attempts]
        newest = sorted((*stuck, *again), key=lambda message: message.id, reverse=True)
        return Told(counts | history.counts(), tuple(newest[:SHOWN]))

    def resend(
        self, ids: Sequence[int], by: str, now: datetime
    ) -> tuple[list[Message], dict[int, str]]:
        """Send dead and unsure messages again, with the same keys.

        Args:
            ids: of the messages.
            by: who asks.
            now: by the machine's clock.

        Returns:
            The messages that wait now, and by id why others do not.

        Raises:
            OpsError: the database failed; nothing was changed.
        """
        stateful = [one.name for one in self.endpoints if isinstance(one, TmfBase)]
        return History(self.writer()).resend(ids, by, now, stateful=stateful)

    def resend_all(
        self, endpoint: str, by: str, now: datetime
    ) -> tuple[list[Message], dict[int, str]]:
        """The same for all dead messages of an endpoint, the oldest first."""
        engine = self.reader()
        dead = [] if engine is None else History(engine).find(
            states=("dead",), endpoint=endpoint, limit=10_000
        )  # fmt: skip
        return self.resend([message.id for message in reversed(dead)], by, now)

    def drop(self, ids: Sequence[int], by: str) -> list[Message]:
        """Take dead and unsure messages off the list: somebody saw to it otherwise.

        Args:
            ids: of the messages.
            by: who asks; told in the log.

        Raises:
            OpsError: the database failed; nothing was changed.
        """
        gone = History(self.writer()).drop(ids)
        for one in gone:
            log.warning(
                "message dropped", by=by, endpoint=one.endpoint, order=name_of(one.order_id),
                of=one.event_kind, key=one.message_key,
            )  # fmt: skip
        return gone

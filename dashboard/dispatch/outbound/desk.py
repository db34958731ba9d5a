"""The outbox as pages see it: how each endpoint fares, what was not taken, and sending it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from dashboard.dispatch.outbound.history import History
from dashboard.dispatch.outbound.message import STATES, Message, State
from dashboard.dispatch.outbound.settings import EndpointBase, TmfBase
from dashboard.ops.engine import open_ops, open_ops_to_read

SHOWN = 200
"""Messages that were not taken, at most."""


@dataclass(frozen=True)
class Told:
    """How others are told.

    Attributes:
        counts: messages by endpoint and state; endpoints of the settings first.
        troubles: dead and unsure messages, the newest first, at most ``SHOWN``.
        waiting: those that failed and are tried again, the newest first.
    """

    counts: dict[str, dict[State, int]] = field(default_factory=dict)
    troubles: tuple[Message, ...] = ()
    waiting: tuple[Message, ...] = ()


class OutboxDesk:
    """Reads the outbox, and asks for messages to be sent again. Safe for several threads.

    Args:
        data: the data directory.
        url: of another database than SQLite in it.
        endpoints: of the settings.
    """

    def __init__(self, data: Path, url: str | None, endpoints: Sequence[EndpointBase]) -> None:
        self._data, self._url, self.endpoints = data, url, tuple(endpoints)

    def told(self) -> Told:
        """All of it; empty while there is no database.

        Raises:
            OpsError: it cannot be read.
        """
        counts = {one.name: dict.fromkeys(STATES, 0) for one in self.endpoints}
        engine = open_ops_to_read(self._data, self._url)
        if engine is None:
            return Told(counts)
        try:
            history = History(engine)
            return Told(
                counts | history.counts(),
                tuple(history.find(states=("dead", "unsure"), limit=SHOWN)),
                tuple(m for m in history.find(states=("waiting",), limit=SHOWN) if m.attempts),
            )
        finally:
            engine.dispose()

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
        engine = open_ops(self._data, self._url)
        try:
            return History(engine).resend(ids, by, now, stateful=stateful)
        finally:
            engine.dispose()

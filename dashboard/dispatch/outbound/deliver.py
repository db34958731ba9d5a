"""Hand over what is due: each endpoint in a thread of its own, so that none waits for another."""

from __future__ import annotations

import fcntl
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from threading import Lock, Thread

import structlog
from sqlalchemy import Engine

from dashboard.dispatch.model import name_of
from dashboard.dispatch.outbound.collect import Voices, collect
from dashboard.dispatch.outbound.errors import NotTakenError
from dashboard.dispatch.outbound.history import History
from dashboard.dispatch.outbound.links import Links, TakenNameError
from dashboard.dispatch.outbound.message import Message
from dashboard.dispatch.outbound.outbox import Outbox
from dashboard.dispatch.outbound.sending import Sending
from dashboard.dispatch.outbound.settings import (
    DeliverySettings,
    EndpointBase,
    RobotBase,
    TmfBase,
)
from dashboard.dispatch.store import Orders
from dashboard.errors import DashboardError, LockedError
from dashboard.reports.errors import UnsureError
from ingest.clock import Clock

log = structlog.get_logger()

LOCK = "outbox.lock"
GIVE_UP_AFTER = 2
"""Attempts in a row without an answer, after which an endpoint is left alone until the next run."""
MOST = 200
"""Messages of one endpoint in one run."""
_LONGEST = timedelta(hours=6)


@dataclass(frozen=True)
class Desk:
    """What handing over needs.

    Attributes:
        data: the data directory; the lock is in it.
        engine: the ops database.
        endpoints: all of the settings, those that are not enabled too.
        delivery: limits.
        voices: how each endpoint is spoken to.
        sending: how messages leave.
        clock: the machine's.
        stopping: asked between two messages; True ends the run.
    """

    data: Path
    engine: Engine
    endpoints: Sequence[EndpointBase]
    delivery: DeliverySettings
    voices: Voices
    sending: Sending
    clock: Clock
    stopping: Callable[[], bool] = lambda: False


@dataclass
class Outcome:
    """What a run did, by endpoint."""

    made: int = 0
    sent: Counter[str] = field(default_factory=Counter)
    again: Counter[str] = field(default_factory=Counter)
    dead: Counter[str] = field(default_factory=Counter)
    unsure: Counter[str] = field(default_factory=Counter)

    @property
    def message(self) -> str:
        """One line for the history of runs."""
        told = ((name, getattr(self, name)) for name in ("sent", "again", "dead", "unsure"))
        return "; ".join(
            f"{name}: " + ", ".join(f"{endpoint} {n}" for endpoint, n in sorted(counts.items()))
            for name, counts in told
            if counts
        )


def run(desk: Desk) -> Outcome:
    """Make messages of new events, then try all that are due.

    Raises:
        LockedError: another process hands messages over now.
        OpsError: the ops database cannot be used: nothing is sent without being written down.
    """
    done = Outcome()
    with _alone(desk.data):
        outbox = Outbox(desk.engine)
        for left in outbox.left_open(desk.clock.now()):
            log.error("message unsure", endpoint=left.endpoint, order=name_of(left.order_id))
            done.unsure[left.endpoint] += 1
        enabled = [endpoint for endpoint in desk.endpoints if endpoint.enabled]
        outbox.bury((endpoint.name for endpoint in enabled), desk.clock.now())
        done.made = collect(
            outbox, Orders(desk.engine), desk.endpoints, desk.voices, desk.clock.now()
        )
        ways = [_Way(desk, endpoint, done) for endpoint in enabled]
        threads = [
            Thread(target=way.guarded, name=f"outbox {way.endpoint.name}", daemon=True)
            for way in ways
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for way in ways:
            if way.trouble is not None:
                raise way.trouble
        before = desk.clock.now() - timedelta(days=desk.delivery.keep_days)
        History(desk.engine).prune(before)
    return done


class _Way:
    """One endpoint's part of a run."""

    _counting = Lock()

    def __init__(self, desk: Desk, endpoint: EndpointBase, done: Outcome) -> None:
        self.desk, self.endpoint, self.done = desk, endpoint, done
        self.outbox, self.links = Outbox(desk.engine), Links(desk.engine)
        self.trouble: BaseException | None = None
        self.left, self.silent = MOST, 0

    def guarded(self) -> None:
        """Run; what goes wrong is kept for the thread that waits."""
        try:
            self.run()
        except BaseException as error:  # noqa: BLE001  raised again by the one who waits
            self.trouble = error

    def run(self) -> None:
        """Try what is due until nothing is, the peer is silent, or it was enough for one run."""
        while due := self.outbox.due(self.endpoint.name, self.desk.clock.now()):
            for message in due:
                if self.desk.stopping() or not self._may_go_on():
                    return
                self._try(message)
                self.left -= 1

    def _may_go_on(self) -> bool:
        if self.left <= 0 or self.silent >= GIVE_UP_AFTER:
            return False
        if not isinstance(self.endpoint, RobotBase):
            return True
        since = self.desk.clock.now() - timedelta(minutes=1)
        return self.outbox.sent_since(self.endpoint.name, since) < self.endpoint.per_minute

    def _try(self, message: Message) -> None:
        now, target = self.desk.clock.now(), None
        if isinstance(self.endpoint, TmfBase) and self.endpoint.updates == "patch":
            target = self.links.external(self.endpoint.name, message.order_id)
        method = "POST" if target is None else "PATCH"
        claimed = self.outbox.claim(message, now, method, target)
        if claimed is None:
            return
        try:
            status, external = self.desk.sending.send(self.endpoint, claimed, now)
        except NotTakenError as error:
            self._not_taken(claimed, error)
        except UnsureError as error:
            self._note(claimed, "unsure", str(error))
            self.outbox.close(claimed, "unsure", self.desk.clock.now(), reason=str(error))
        except DashboardError as error:  # as it is set it cannot be used: the others will not go
            self._not_taken(claimed, NotTakenError(str(error)))
            self.silent = GIVE_UP_AFTER
        else:
            self.silent = 0
            self._taken(claimed, status, external)

    def _taken(self, message: Message, status: int | None, external: str | None) -> None:
        if isinstance(self.endpoint, TmfBase) and message.method == "POST":
            # First the name, then the end of the attempt: killed in between it is posted again,
            # and the peer, which knows the key, tells the same name.
            try:
                name = external or name_of(message.order_id)
                self.links.note(self.endpoint.name, message.order_id, name)
            except TakenNameError as error:
                log.warning("name taken", endpoint=self.endpoint.name, reason=str(error))
        self.outbox.close(message, "sent", self.desk.clock.now(), status=status)
        self._note(message, "sent", "")

    def _not_taken(self, message: Message, error: NotTakenError) -> None:
        limits, now = self.desk.delivery, self.desk.clock.now()
        self.silent = 0 if error.answered else self.silent + 1
        if error.final or message.attempts >= limits.attempts:
            self.outbox.close(message, "dead", now, status=error.status, reason=str(error))
            self._note(message, "dead", str(error))
            return
        wait = timedelta(seconds=wait_s(limits, message))
        if error.after_s is not None:
            wait = max(wait, min(_LONGEST, timedelta(seconds=error.after_s)))
        self.outbox.close(
            message, "waiting", now, status=error.status, reason=str(error), next_at=now + wait
        )
        self._note(message, "again", str(error))

    def _note(self, message: Message, what: str, reason: str) -> None:
        with self._counting:
            getattr(self.done, what)[self.endpoint.name] += 1
        about = {
            "endpoint": self.endpoint.name,
            "order": name_of(message.order_id),
            "of": message.event_kind,
            "attempt": message.attempts,
        }
        if what == "sent":
            log.info("message sent", **about)
        elif what == "again":
            log.warning("message not taken", **about, reason=reason)
        elif what == "dead":
            log.error("message dead", **about, reason=reason)
        else:
            log.error("message unsure", **about, reason=reason)


def wait_s(limits: DeliverySettings, message: Message) -> float:
    """Seconds until the next attempt: doubled each time, and spread by up to a quarter.

    The spread follows from the message's key, so that messages that failed together do not come
    back together.
    """
    usual = limits.first_again_s * 2.0 ** min(message.attempts - 1, 30)
    spread = sha256(f"{message.message_key}|{message.attempts}".encode()).digest()[0] / 255
    return min(limits.last_again_s, usual * (1 + spread / 4))


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """One process hands messages over at a time; the kernel frees the lock of a killed one."""
    data.mkdir(parents=True, exist_ok=True)
    handle = os.open(data / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise LockedError("another process hands messages over now; try again later") from error
    finally:
        os.close(handle)

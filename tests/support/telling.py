"""An ops database with orders, and a desk that tells small peers of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter
from sqlalchemy import Engine, event

from dashboard.dispatch.model import Draft, Order, Step
from dashboard.dispatch.outbound.client import Client
from dashboard.dispatch.outbound.deliver import Desk, Outcome, run
from dashboard.dispatch.outbound.history import History
from dashboard.dispatch.outbound.notice import Play, Voice
from dashboard.dispatch.outbound.sending import Sending
from dashboard.dispatch.outbound.settings import DeliverySettings, Endpoint
from dashboard.dispatch.store import Orders
from dashboard.ops.engine import FILE_NAME, open_ops
from dashboard.reports.settings import MailSettings
from dashboard.web.i18n import load_texts

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
SECRET = "a secret of more than twenty-four bytes"
PLAYS = {"interference": Play("频谱扫描定位外部干扰源", "干扰排查", "扫频仪")}
_ENDPOINT: TypeAdapter[Endpoint] = TypeAdapter(Endpoint)


@cache
def _empty() -> bytes:
    """A database without a row: made once, since a migration costs more than a test."""
    with TemporaryDirectory() as folder:
        open_ops(Path(folder)).dispose()
        return (Path(folder) / FILE_NAME).read_bytes()


def quick(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")


@dataclass
class Ticking:
    """The machine's clock, moved by hand."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def on(self, **by: float) -> None:
        self.at += timedelta(**by)


def endpoint(kind: str, **given: Any) -> Endpoint:
    return _ENDPOINT.validate_python({"name": kind, "kind": kind, **given})


def draft(site: str = "S1", **given: Any) -> Draft:
    values: dict[str, Any] = {
        "site_id": site, "cause": "interference", "cell_ids": (f"{site}-1", f"{site}-2"),
        "title": "望京西", "region_id": "R1", "longitude": 116.403, "latitude": 39.914,
        "probability": 0.71, "expected": 1.8, "avoided": 1.2, "users": 4210.0,
        "skill": "interference", "hours": 2.0, "team_id": "T02",
        "due_at": NOW + timedelta(hours=2),
    }  # fmt: skip
    return Draft(**{**values, **given})


@dataclass
class Telling:
    """Orders, endpoints, and a clock that the test moves."""

    data: Path
    endpoints: Sequence[Endpoint]
    url: str | None = None
    mail: MailSettings | None = None
    language: str = "zh"
    pages: str | None = "https://foresite.example.com"
    limits: dict[str, Any] = field(default_factory=dict)
    clock: Ticking = field(default_factory=Ticking)

    def __post_init__(self) -> None:
        if self.url is None:
            file = self.data / FILE_NAME
            if not file.exists():
                file.write_bytes(_empty())
        self.engine: Engine = open_ops(self.data, self.url)
        if self.url is None:
            # What a test writes need not outlive a power cut; kills of processes it does outlive.
            event.listen(self.engine, "connect", quick)
            self.engine.dispose()
        self.orders = Orders(self.engine)
        self.history = History(self.engine)

    def __enter__(self) -> Telling:
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.dispose()

    def desk(self) -> Desk:
        # Longer than a peer that answers needs on a busy machine, short for one that hangs.
        usual = {"allow_hosts": ("127.0.0.1", "localhost"), "limit_s": 5.0, "attempts": 4}
        delivery = DeliverySettings(**{**usual, **self.limits})
        voice = Voice(load_texts(self.language), ZoneInfo("Asia/Shanghai"), PLAYS, self.pages)
        return Desk(
            self.data,
            self.engine,
            self.endpoints,
            delivery,
            lambda _endpoint: voice,
            Sending(Client(delivery), self.mail),
            self.clock,
        )

    def run(self) -> Outcome:
        return run(self.desk())

    def propose(self, site: str = "S1", **given: Any) -> Order:
        step = Step("propose", "foresite", "system")
        [made] = self.orders.propose([draft(site, **given)], at=self.clock.now(), step=step)
        return made.order

    def act(self, order: Order, *kinds: str) -> Order:
        steps = [
            Step(
                kind,
                "system" if kind in ("verify", "escalate", "warn") else "王工",
                "system" if kind in ("verify", "escalate", "warn") else "person",
                "not_cured: 掉线率仍超限" if kind in ("reopen", "cannot", "cancel") else "",
            )
            for kind in kinds
        ]
        return self.orders.act(order.id, steps, at=self.clock.now())

    def states(self) -> list[str]:
        """Of all messages, the oldest first."""
        return [message.state for message in reversed(self.history.find(limit=10_000))]

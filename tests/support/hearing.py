"""An application that peers may tell of orders, and what they tell it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dashboard.dispatch.desk import DispatchDesk
from dashboard.dispatch.model import Order, Step
from dashboard.dispatch.outbound.settings import InboundPeer
from dashboard.dispatch.settings import DispatchSettings
from dashboard.web import create_app
from dashboard.web.settings import WebSettings
from tests.support.telling import draft

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
TOKEN = "a token of sixteen signs or more"
EVENTS = "/api/v1/tmf/work-order-events"
LISTENER = "/api/v1/tmf/listener/workOrderStateChangeEvent"
ATTRIBUTES = "/api/v1/tmf/listener/workOrderAttributeValueChangeEvent"


@dataclass
class Clock:
    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


@dataclass
class Hearing:
    """One application; ``peers`` are made with tokens of their own name where none are given."""

    data: Path
    peers: tuple[InboundPeer, ...] | None = None
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        if self.peers is None:
            file = self.data / "token"
            file.write_text(TOKEN + "\n")
            file.chmod(0o600)
            self.peers = (InboundPeer(name="itsm", token_file=file),)
        self.desk = DispatchDesk(self.data, None, DispatchSettings(inbound=self.peers))
        app = create_app(self.data, clock=self.clock, settings=WebSettings(), dispatch=self.desk)
        self.client = app.server.test_client()
        self.numbers = 0

    def __enter__(self) -> Hearing:
        return self

    def __exit__(self, *_: object) -> None:
        self.desk.close()

    def order(self, *kinds: str, **given: Any) -> Order:
        """An order of a site of its own that has come so far."""
        self.numbers += 1
        site = f"S{self.numbers}"
        propose = Step("propose", "foresite", "system")
        [made] = self.desk.propose([draft(site, **given)], at=self.clock.now(), step=propose)
        steps = [
            Step(
                kind,
                "somebody",
                "system" if kind == "verify" else "person",
                "other: x" if kind in ("reject", "cancel", "cannot", "reopen") else "",
            )
            for kind in kinds
        ]
        return self.desk.act(made.order.id, steps, at=self.clock.now()) if steps else made.order

    def event(self, order: Order | str, state: str | None = "inProgress", **more: Any) -> dict:
        """A state change, by our name for the order; ``more`` changes the envelope."""
        self.numbers += 1
        name = order if isinstance(order, str) else order.name
        about = {"externalId": name, **({"state": state} if state else {}), **more.pop("wo", {})}
        return {
            "eventId": f"e{self.numbers}",
            "eventTime": (self.clock.now() + timedelta(seconds=self.numbers)).isoformat(),
            "eventType": "WorkOrderStateChangeEvent",
            "event": {"workOrder": about},
            **more,
        }

    def tell(
        self,
        event: Any,
        address: str = EVENTS,
        *,
        token: str | None = TOKEN,
        mimetype: str = "application/json",
    ) -> Any:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        raw = event if isinstance(event, bytes) else json.dumps(event).encode()
        return self.client.post(address, data=raw, headers=headers, content_type=mimetype)


def tell_all(data: Path, nowhere: Path) -> list[Any]:
    """An answer of each kind that is described, at both addresses."""
    answers = []
    with Hearing(data) as here:
        for address in (EVENTS, LISTENER):
            order, closed = here.order(), here.order("cancel")
            event = here.event(order)
            answers += [
                here.tell(event, address),
                here.tell(event, address),
                here.tell({**event, "eventId": None}, address),
                here.tell(event, address, token="another token, not that"),
                here.tell(here.event("WO-999999"), address),
                here.tell(here.event(closed), address),
                here.tell(b" " * 70_000, address),
                here.tell(event, address, mimetype="text/plain"),
            ]
    wrong = (InboundPeer(name="itsm", token_file=nowhere / "none"),)
    with Hearing(nowhere, wrong) as unset:
        answers += [unset.tell({}, address) for address in (EVENTS, LISTENER)]
    return answers

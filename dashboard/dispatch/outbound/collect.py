"""From events of orders to messages: each event that an endpoint wants becomes one, once."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from dashboard.dispatch.model import Event, Order, fold
from dashboard.dispatch.outbound import letters, robots, tmf
from dashboard.dispatch.outbound.message import Draft
from dashboard.dispatch.outbound.notice import Notice, Voice
from dashboard.dispatch.outbound.outbox import Outbox
from dashboard.dispatch.outbound.settings import (
    DingTalk,
    EndpointBase,
    Feishu,
    MailEndpoint,
    Tmf621,
    Tmf697,
    TmfBase,
    WeCom,
)
from dashboard.dispatch.states import Kind
from dashboard.dispatch.store import Orders

BATCH = 500
Voices = Callable[[EndpointBase], Voice]
_NAMESPACE = uuid.UUID("5f1d9c58-43b6-5d0e-9a0f-6f0f9e0a7c11")
_AFTERWARDS: frozenset[Kind] = frozenset({"reject", "cancel", "close", "comment", "update", "warn"})
"""News only for a system that was told of the order before."""


def collect(
    outbox: Outbox,
    orders: Orders,
    endpoints: Sequence[EndpointBase],
    voices: Voices,
    now: datetime,
) -> int:
    """Make messages of all events since the last time; gives their number.

    A new endpoint begins with what comes next: nobody is flooded with the past. Killed anywhere,
    the next call goes on: messages and the cursor behind their events are one transaction.

    Raises:
        OpsError: the database failed.
    """
    cursors, made = outbox.cursors(), 0
    enabled = [endpoint for endpoint in endpoints if endpoint.enabled]
    for endpoint in enabled:
        if endpoint.name not in cursors:
            outbox.begin(endpoint.name, orders.last_event_id())
            continue
        seen = cursors[endpoint.name]
        while events := orders.events_after(seen, BATCH):
            drafts = _drafts(outbox, orders, endpoint, events, voices)
            made += outbox.take(endpoint.name, seen, events[-1].id, drafts, now)
            seen = events[-1].id
    if gone := cursors.keys() - {endpoint.name for endpoint in enabled}:
        outbox.forget(sorted(gone))
    return made


def _drafts(
    outbox: Outbox,
    orders: Orders,
    endpoint: EndpointBase,
    events: Sequence[Event],
    voices: Voices,
) -> list[Draft]:
    """The messages that an endpoint gets of these events."""
    voice = voices(endpoint)
    wanted = [event for event in events if event.kind in endpoint.events]
    told = outbox.told(endpoint.name, {event.order_id for event in wanted})
    known: dict[int, list[Event]] = {}
    drafts: list[Draft] = []
    for event in wanted:
        if event.order_id not in known:
            known[event.order_id] = orders.events(event.order_id)
        order = fold(known[event.order_id][: event.seq])
        if not wants(endpoint, event, order, told=event.order_id in told):
            continue
        told.add(event.order_id)
        notice = Notice(order, event, voice)
        for recipient in recipients(endpoint):
            key = key_of(endpoint.name, recipient, event)
            body = json.dumps(body_of(endpoint, notice, key), ensure_ascii=False)
            drafts.append(Draft(recipient, event.id, event.order_id, event.kind, key, body))
    return drafts


def wants(endpoint: EndpointBase, event: Event, order: Order, *, told: bool) -> bool:
    """Is the endpoint told of this event?

    Args:
        endpoint: the endpoint.
        event: of a kind that it asks for.
        order: as it stood after the event.
        told: whether it was told of the order before.
    """
    if event.actor == "peer" and event.who == endpoint.name:
        return False  # its own word need not be said to it
    if event.kind == "propose" and event.actor == "system":
        return (order.draft.expected or 0.0) >= endpoint.least_expected
    return told or not (isinstance(endpoint, TmfBase) and event.kind in _AFTERWARDS)


def recipients(endpoint: EndpointBase) -> Iterable[str]:
    """Who gets a message of their own: each address of a mail, else the endpoint itself."""
    return endpoint.to if isinstance(endpoint, MailEndpoint) else ("",)


def key_of(endpoint: str, recipient: str, event: Event) -> str:
    """The message's key: a UUID that follows from event and receiver, the same for ever."""
    parts = (endpoint, recipient, event.id, event.order_id, event.seq, event.at.isoformat())
    return str(uuid.uuid5(_NAMESPACE, "|".join(str(part) for part in parts)))


def body_of(endpoint: EndpointBase, notice: Notice, key: str) -> dict[str, Any]:
    """What the endpoint is told, in its own form."""
    match endpoint:
        case Tmf697():
            return tmf.work_order(notice)
        case Tmf621():
            return tmf.trouble_ticket(notice)
        case WeCom():
            return robots.wecom(notice)
        case DingTalk():
            return robots.dingtalk(notice)
        case Feishu():
            return robots.feishu(notice)
        case _:
            letter = letters.letter(notice, key)
            return {"subject": letter.subject, "text": letter.text, "html": letter.html}

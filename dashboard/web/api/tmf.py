"""``/api/v1/tmf/…``: what other systems tell of work orders, by events of TMF697 and TMF621."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

import structlog
from flask import Flask, Response, jsonify, request

from dashboard.dispatch.errors import ConflictError, UnknownOrderError
from dashboard.dispatch.inbound import (
    Heard,
    ImpossibleError,
    OlderError,
    OtherOrderError,
    hear,
)
from dashboard.dispatch.inbound_event import EVENT_TYPES, MOST_BYTES, BadEventError, read_event
from dashboard.dispatch.outbound.errors import OutboundError
from dashboard.dispatch.outbound.links import Links, TakenNameError
from dashboard.dispatch.outbound.secrets import lines_of
from dashboard.dispatch.outbound.settings import InboundPeer
from dashboard.ops.errors import OpsError
from dashboard.web.api.errors import ApiError
from dashboard.web.context import Context

log = structlog.get_logger()

SHORTEST_TOKEN = 16
_GUIDE = "docs/how-to/outbound.md says how peers tell of orders"
LISTENERS = {f"{kind[0].lower()}{kind[1:]}": kind for kind in EVENT_TYPES}
"""Last part of a listener's address, and the type of event that it stands for."""


def register(server: Flask, context: Context) -> None:
    """Add the routes: one for every type, and the listeners' addresses of the standard."""

    @server.post("/api/v1/tmf/work-order-events")
    def work_order_events() -> Response:
        return _heard(context, None)

    @server.post("/api/v1/tmf/listener/<listener>")
    def listener(listener: str) -> Response:
        if listener not in LISTENERS:
            raise ApiError(
                404, "not_found", f"no listener {listener[:60]!r}", f"use {' or '.join(LISTENERS)}"
            )
        return _heard(context, LISTENERS[listener])


def _heard(context: Context, expected: str | None) -> Response:
    desk = context.dispatch
    if desk is None or not desk.settings.inbound:
        raise ApiError(404, "inbound_off", "nobody may tell of orders here", _GUIDE)
    peer = _peer(desk.settings.inbound, request.headers.get("Authorization", ""))
    if request.mimetype != "application/json":
        raise ApiError(
            415, "not_json", "the body must be application/json", "set the header Content-Type"
        )
    if (request.content_length or 0) > MOST_BYTES:
        raise ApiError(
            413, "too_large", f"an event has at most {MOST_BYTES:,} bytes", "tell only what changed"
        )
    now = context.clock.now()
    try:
        told = read_event(request.get_data(cache=False)[: MOST_BYTES + 1], now, expected=expected)
        found = hear(desk, Links(desk.orders().engine), peer, told, now)
    except BadEventError as error:
        raise ApiError(400, "bad_event", str(error), _GUIDE) from None
    except UnknownOrderError as error:
        raise ApiError(
            404, "unknown_order", str(error), "give externalId as it was told: WO-000123"
        ) from None
    except OlderError as error:
        raise ApiError(409, "older_event", str(error), "nothing is to be done") from None
    except ImpossibleError as error:
        hint = f"it is {error.order.state}; do not send the event again"
        raise ApiError(409, "impossible_transition", str(error), hint) from None
    except (OtherOrderError, TakenNameError) as error:
        raise ApiError(409, "other_order", str(error), "check id and externalId") from None
    except ConflictError as error:
        raise ApiError(409, "conflict", str(error), "send the event again") from None
    except OpsError as error:
        raise ApiError(503, "no_ops", str(error), "send the event again") from None
    return _answer(found, told.event_id)


def _answer(found: Heard, event_id: str) -> Response:
    """201, as TM Forum's listeners answer; 200 for what was heard before."""
    response = jsonify(
        {
            "result": found.result,
            "event_id": event_id,
            "order": found.order.name,
            "state": found.order.state,
        }
    )
    response.status_code = 200 if found.result == "known" else 201
    response.headers["Cache-Control"] = "no-store"
    return response


def _peer(peers: Iterable[InboundPeer], header: str) -> str:
    """Who shows the token; all tokens are compared, each in constant time."""
    scheme, _, shown = header.partition(" ")
    given = hashlib.sha256(shown.strip().encode()).digest()
    found, unset = None, False
    for peer in peers:
        try:
            tokens = _tokens(peer)
        except OutboundError as error:
            # Told in the log alone: whoever asks here need not know of our files.
            log.error("no token", peer=peer.name, reason=str(error))  # noqa: TRY400
            unset = True
            continue
        for token in tokens:
            if hmac.compare_digest(hashlib.sha256(token.encode()).digest(), given):
                found = peer.name
    if found is not None and scheme.lower() == "bearer":
        return found
    if unset:
        raise ApiError(503, "inbound_unset", "a token is not set as it must be", _GUIDE)
    raise ApiError(
        401, "no_token", "the token is missing or unknown", "send Authorization: Bearer …"
    )


def _tokens(peer: InboundPeer) -> tuple[str, ...]:
    """Of one system: read anew each time, so that a changed file needs no restart."""
    place = "token_file" if peer.token_file is not None else "token_env"
    tokens = lines_of(place, peer.token_file, peer.token_env)
    if len(tokens) > 2 or min(map(len, tokens)) < SHORTEST_TOKEN:
        raise OutboundError(
            f"{place} must hold one token of {SHORTEST_TOKEN} signs or more, two while it changes"
        )
    return tokens

"""What the board of work orders asks for and does: its cards, its table, its map, its files, steps.

``/live/dispatch/board`` cards, columns, teams; ``/live/dispatch/rows`` lines of the table, and all
of it as a file; ``/live/dispatch/map`` districts, orders, teams and their ways;
``POST /live/dispatch/steps`` one step for one or many orders. These are parts of the page, made of
words for people and changed with it; programs use ``/api/v1/work-orders``.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from flask import Flask, Response, request

from dashboard.dispatch.desk import DispatchDesk
from dashboard.dispatch.model import id_of
from dashboard.web.api.errors import ApiError
from dashboard.web.api.local import require_local
from dashboard.web.api.respond import attachment, look_of, one_of, only_known
from dashboard.web.components.who import named
from dashboard.web.compress import send
from dashboard.web.context import Context, Look
from dashboard.web.view import dispatch as view
from dashboard.web.view.dispatch_act import act, wish_of
from dashboard.web.view.dispatch_cards import AT_DESK
from dashboard.web.view.dispatch_map import picture
from dashboard.web.view.dispatch_query import MOST_MARKED, OWN, BoardQuery, parse
from dashboard.web.view.dispatch_rows import Rows, picked, rows_of
from dashboard.web.view.dispatch_table import SORTABLE, file_of, in_order, lines

MOST_ROWS = 500
NOW = "X-Foresite-Now"
"""Header: the moment of the facts' clock, in seconds since 1970."""
_BESIDE = ("kiosk", "theme", "palette", "night", "rotate")


def register(server: Flask, context: Context) -> None:
    """Add the routes."""

    @server.get("/live/dispatch/board")
    def dispatch_board() -> Response:
        only_known(*OWN, *_BESIDE)
        look = look_of(context)
        response = _tagged(look, view.version(context, look))
        if response.status_code == 304:
            return response
        return send(response, _json(view.board(context, look, _query())))

    @server.get("/live/dispatch/rows")
    def dispatch_rows() -> Response:
        only_known(*OWN, "start", "end", "format")
        form = one_of("format", request.args.get("format", "json"), ("json", "csv", "xlsx"))
        look, query = look_of(context), _query()
        known = rows_of(context, look)
        fit = in_order(look, known, picked(known.all, query, look.freshness.now), query)
        if form != "json":
            return attachment(*file_of(look, known, fit, form))
        start, end = _number("start", 0), _number("end", 100)
        block = fit[start : min(end, start + MOST_ROWS)]
        said = {"total": len(fit), "rows": lines(look, known, block)}
        return send(_tagged(look, known.version), _json(said))

    @server.get("/live/dispatch/map")
    def dispatch_map() -> Response:
        only_known(*OWN, *_BESIDE)
        look = look_of(context)
        response = _tagged(look, view.version(context, look))
        if response.status_code == 304:
            return response
        return send(response, _json(picture(context, look, _query())))

    @server.post("/live/dispatch/steps")
    def dispatch_steps() -> Response:
        address = require_local()
        desk, raw = _desk(context), _body()
        look = look_of(context)
        if look.state.at_text:
            raise ApiError(409, "replay", "no step can be taken in a replay", "leave out ?at=")
        kind = next((k for k in AT_DESK if k == raw.get("kind")), None)
        if kind is None:
            message = f"kind={str(raw.get('kind'))[:40]!r} cannot be used"
            raise ApiError(400, "bad_request", message, f"use {', '.join(AT_DESK)}")
        wish = wish_of(raw, named(raw.get("by"), address), kind, _orders(raw.get("orders")))
        outcome = act(desk, look, _rows(context, look), wish, context.clock.now())
        response = Response(mimetype="application/json")
        response.headers["Cache-Control"] = "no-store"
        return send(response, _json(outcome.as_json()))


def _rows(context: Context, look: Look) -> Rows:
    return rows_of(context, look)


def _query() -> BoardQuery:
    return parse(request.args, SORTABLE)


def _desk(context: Context) -> DispatchDesk:
    if context.dispatch is None:
        raise ApiError(503, "no_orders", "nobody keeps work orders here", "start foresite serve")
    return context.dispatch


def _body() -> dict[str, Any]:
    given = request.get_json(silent=True)
    if not isinstance(given, dict):
        hint = 'send {"kind": "accept", "orders": [{"id": "WO-000001", "seen": 1}]} as JSON'
        raise ApiError(400, "bad_request", "the body is no JSON object", hint)
    return given


def _orders(given: object) -> list[tuple[int, int | None]]:
    """Numbers and seen events of the orders named; each order once."""
    listed = given if isinstance(given, list) else []
    found: dict[int, int | None] = {}
    for one in listed:
        told = one if isinstance(one, dict) else {}
        number, seen = id_of(str(told.get("id", ""))), told.get("seen")
        if number is None or not (seen is None or isinstance(seen, int)):
            message = f"{str(one)[:60]} names no work order"
            hint = 'send {"id": "WO-000001", "seen": 3}: its name and the number of its last event'
            raise ApiError(400, "bad_request", message, hint)
        found[number] = seen
    if not 0 < len(found) <= MOST_MARKED:
        message = f"{len(found)} orders are named"
        raise ApiError(400, "bad_request", message, f"name 1 to {MOST_MARKED} orders")
    return list(found.items())


def _tagged(look: Look, version: str) -> Response:
    """An answer without a body, with an ETag of orders, snapshot and query; maybe a 304."""
    query = request.query_string.decode("utf-8", "replace")
    mark = f"{version}|{look.version}|{request.path}|{query}"
    etag = hashlib.sha256(mark.encode()).hexdigest()[:24]
    response = Response(mimetype="application/json")
    response.set_etag(etag)
    response.headers["Cache-Control"] = "no-cache"
    # Also with a 304: a screen that slept sets its clock by it.
    response.headers[NOW] = f"{look.freshness.now.timestamp():.3f}"
    if request.if_none_match.contains_weak(etag):
        response.status_code = 304
    return response


def _number(name: str, default: int) -> int:
    text = request.args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        message = f"{name}={text[:20]!r} cannot be used"
        raise ApiError(400, "bad_parameter", message, "use a whole number from 0 on")
    return int(text)


def _json(said: object) -> bytes:
    text = json.dumps(said, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode()

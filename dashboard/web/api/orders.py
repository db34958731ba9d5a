"""``/api/v1/work-orders``: the orders, one of them, and what happened to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Flask, Response, request

from dashboard.dispatch.as_json import event_json, order_json
from dashboard.dispatch.bodies import row_of
from dashboard.dispatch.book import Book
from dashboard.dispatch.desk import DispatchDesk
from dashboard.dispatch.errors import UnknownOrderError
from dashboard.dispatch.model import Event, Order, fold, id_of, name_of
from dashboard.dispatch.states import OPEN, STATES, State
from dashboard.errors import SnapshotError
from dashboard.web.api.errors import ApiError
from dashboard.web.api.respond import filled, marked, only_known
from dashboard.web.context import Context
from dashboard.web.view.state import parse_moment

LIMIT, MOST = 100, 1000
FILTERS = ("state", "region_id", "team_id", "site_id", "cell_id", "cause", "q")
OPEN_WORD = "open"
_NO_OFFSET = ZoneInfo("UTC")  # not what a time with offset is given


def register(server: Flask, context: Context) -> None:
    """Add the routes that read."""

    @server.get("/api/v1/work-orders")
    def orders() -> Response:
        only_known(*FILTERS, "limit", "after", "at", of_snapshot=False)
        limit, after = limit_of(), _after()
        desk, at = desk_of(context), moment_of(context)
        response = marked(_version(context, desk, at))
        if response.status_code == 304:
            return response
        book = desk.book(at)
        found = _found(context, desk, book, limit + 1, after)
        if len(found) > limit:
            asked = {**request.args.to_dict(), "after": found[limit - 1].name}
            response.headers["Link"] = f'<{request.path}?{urlencode(asked)}>; rel="next"'
        now = at or context.clock.now()
        return filled(response, [order_json(desk, one, now, book) for one in found[:limit]])

    @server.get("/api/v1/work-orders/events")
    def feed() -> Response:
        only_known("limit", "after", of_snapshot=False)
        limit, after = limit_of(), number_of("after", 0)
        desk = desk_of(context)
        response = marked(desk.version())
        if response.status_code == 304:
            return response
        tables = desk.reading()
        found = [] if tables is None else tables.events_after(after, limit)
        return filled(response, [event_json(event) for event in found])

    @server.get("/api/v1/work-orders/<order_id>")
    def order(order_id: str) -> Response:
        only_known("at", of_snapshot=False)
        desk, at = desk_of(context), moment_of(context)
        events = events_of(desk, order_id, at)
        response = marked(_version(context, desk, at))
        if response.status_code == 304:
            return response
        now = at or context.clock.now()
        return filled(response, order_json(desk, fold(events), now, desk.book(at)))

    @server.get("/api/v1/work-orders/<order_id>/events")
    def history(order_id: str) -> Response:
        only_known("at", of_snapshot=False)
        desk, at = desk_of(context), moment_of(context)
        events = events_of(desk, order_id, at)
        response = marked(_version(context, desk, at))
        if response.status_code == 304:
            return response
        return filled(response, [event_json(event) for event in events])


def desk_of(context: Context) -> DispatchDesk:
    """The desk.

    Raises:
        ApiError: 503: nobody keeps orders here.
    """
    if context.dispatch is None:
        hint = "serve the data directory with foresite web"
        raise ApiError(503, "no_orders", "this server keeps no work orders", hint)
    return context.dispatch


def number_of_order(name: str) -> int:
    """The number of an order in an address.

    Raises:
        ApiError: 404: it is none.
    """
    number = id_of(name)
    if number is None:
        message = f"{name[:40]!r} is no work order"
        raise ApiError(404, "no_such_order", message, "list them with /api/v1/work-orders")
    return number


def events_of(desk: DispatchDesk, name: str, at: datetime | None) -> list[Event]:
    """All events of an order up to a moment; at least the first.

    Raises:
        ApiError: 404: there is no such order, or was none then.
    """
    number, tables = number_of_order(name), desk.reading()
    try:
        events = [] if tables is None else tables.events(number)
    except UnknownOrderError:
        events = []
    known = [event for event in events if at is None or event.at <= at]
    if not known:
        message = f"there is no work order {name_of(number)}" + (" at that moment" if at else "")
        raise ApiError(404, "no_such_order", message, "list them with /api/v1/work-orders")
    return known


def moment_of(context: Context) -> datetime | None:
    """The parameter ``at``; None: now. Of a moment to come nothing is known but the present.

    Raises:
        BadQueryError: it is no time.
        SnapshotError: it has no offset, and there is no snapshot that tells the time zone.
    """
    text = request.args.get("at")
    if not text:
        return None
    moment = parse_moment(text, _NO_OFFSET)
    if moment.tzinfo is _NO_OFFSET:
        moment = moment.replace(tzinfo=ZoneInfo(context.store.get().manifest.time_zone))
    return min(moment, context.clock.now())


def limit_of() -> int:
    """The parameter ``limit``.

    Raises:
        ApiError: 400.
    """
    limit = number_of("limit", LIMIT)
    if not 1 <= limit <= MOST:
        message = f"limit={limit} cannot be used"
        raise ApiError(400, "bad_parameter", message, f"use a whole number from 1 to {MOST}")
    return limit


def number_of(name: str, default: int) -> int:
    """A parameter that is a whole number, from 0 on.

    Raises:
        ApiError: 400.
    """
    text = request.args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        message = f"{name}={text[:20]!r} cannot be used"
        raise ApiError(400, "bad_parameter", message, "use a whole number from 0 on")
    return int(text)


def _version(context: Context, desk: DispatchDesk, at: datetime | None) -> str:
    """Of the orders; a region's parts are the snapshot's."""
    version = desk.version() if at is None else desk.book(at).version
    if not request.args.get("region_id"):
        return version
    return f"{version}|{','.join(_regions(context, request.args['region_id']))}"


def _after() -> int | None:
    text = request.args.get("after")
    if text is None:
        return None
    number = id_of(text)
    if number is None:
        message = f"after={text[:20]!r} is no work order"
        raise ApiError(400, "bad_parameter", message, "use the id of the last order you have")
    return number


def _states() -> tuple[State, ...]:
    text = request.args.get("state")
    if text is None:
        return ()
    asked: list[State] = []
    for word in text.split(","):
        if word == OPEN_WORD:
            asked += [state for state in STATES if state in OPEN]
        elif word in STATES:
            asked.append(word)
        else:
            choices = ", ".join((OPEN_WORD, *STATES))
            raise ApiError(400, "bad_parameter", f"state={word[:20]!r} is unknown",
                           f"use {choices}, with commas between")  # fmt: skip
    return tuple(dict.fromkeys(asked))


def _regions(context: Context, region_id: str) -> tuple[str, ...]:
    """The region and those below it; without a snapshot itself alone."""
    try:
        rows = context.store.get().rows("regions_below", {"region_id": region_id})
    except SnapshotError:
        rows = []
    return tuple({region_id: None} | dict.fromkeys(str(row["region_id"]) for row in rows))


def _found(
    context: Context, desk: DispatchDesk, book: Book, limit: int, after: int | None
) -> list[Order]:
    """Orders that fit, the newest first: of all times, or of the book of an earlier moment."""
    given, states = request.args.to_dict(), _states()
    odd = next((name for name in FILTERS if "\0" in given.get(name, "")), None)
    if odd is not None:
        raise ApiError(400, "bad_parameter", f"{odd} holds a NUL", "leave it out")
    regions = _regions(context, given["region_id"]) if given.get("region_id") else ()
    if book.at is None:
        tables = desk.reading()
        return [] if tables is None else tables.find(
            states=states,
            region_ids=regions,
            team_id=given.get("team_id"),
            site_id=given.get("site_id"),
            cell_id=given.get("cell_id"),
            cause=given.get("cause"),
            words=given.get("q", ""),
            before=after,
            limit=limit,
        )  # fmt: skip
    fits: dict[str, Any] = {name: given[name] for name in ("site_id", "cause") if name in given}
    found = [
        order
        for order in reversed(book.orders)
        if (not states or order.state in states)
        and (not regions or order.draft.region_id in regions)
        and ("team_id" not in given or order.team_id == given["team_id"])
        and ("cell_id" not in given or given["cell_id"] in order.draft.cell_ids)
        and all(getattr(order.draft, name) == value for name, value in fits.items())
        and all(word in row_of(order)["words"] for word in given.get("q", "").lower().split())
        and (after is None or order.id < after)
    ]
    return found[:limit]

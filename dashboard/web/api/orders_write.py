"""``POST /api/v1/work-orders`` and what people do to orders; from this machine alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, get_args

from flask import Flask, Response

from dashboard.dispatch.as_json import event_json, order_json
from dashboard.dispatch.desk import DispatchDesk
from dashboard.dispatch.errors import (
    AlreadyOpenError,
    ConflictError,
    DispatchError,
    NotPossibleError,
    UnknownOrderError,
)
from dashboard.dispatch.model import Event, Order, Step, name_of
from dashboard.dispatch.states import KINDS, Actor, Kind, possible
from dashboard.dispatch.whom import with_team
from dashboard.web.api.errors import ApiError
from dashboard.web.api.local import require_local
from dashboard.web.api.orders import desk_of, number_of_order
from dashboard.web.api.orders_body import Body, reason_of, request_key
from dashboard.web.api.respond import filled, only_known
from dashboard.web.context import Context
from dashboard.web.view.order_draft import UNKNOWN, NothingThereError, causes, draft_by_hand

MOST_AT_ONCE = 200
MOST_CELLS = 50
ACTORS: tuple[Actor, ...] = ("person", "crew")
NEW_FIELDS = ("site_id", "cell_ids", "cause", "note", "due_at", "by")
STEP_FIELDS = ("event", "reason", "details", "seen", "by", "actor")
MANY_FIELDS = ("event", "orders", "reason", "details", "by", "actor")
REPLAYED = "Idempotency-Replayed"
_NEW = '{"site_id": "S1", "cause": "transport", "note": "…"}'
_STEP = '{"event": "accept", "seen": 1}'
_MANY = '{"event": "accept", "orders": [{"id": "WO-000001", "seen": 1}]}'


def register(server: Flask, context: Context) -> None:
    """Add the routes that write."""

    @server.post("/api/v1/work-orders")
    def create() -> Response:
        only_known(of_snapshot=False)
        address, desk, key = require_local(), desk_of(context), request_key()
        body = Body(NEW_FIELDS, _NEW)
        step = Step("propose", body.who(address))
        snapshot = context.store.get()
        site_id = body.text("site_id", longest=200) or None
        cell_ids = body.several("cell_ids", MOST_CELLS)
        if site_id is None and not cell_ids:
            raise body.wrong("neither site_id nor cell_ids are named")
        cause, known = body.text("cause", longest=100) or UNKNOWN, causes(snapshot)
        if cause not in known:
            message = f"cause={cause[:40]!r} is unknown"
            raise ApiError(400, "bad_request", message, f"use {', '.join(known)}")
        try:
            draft = draft_by_hand(
                snapshot, site_id=site_id, cell_ids=cell_ids, cause=cause,
                note=body.masked("note"), due_at=body.moment("due_at"),
            )  # fmt: skip
        except NothingThereError as error:
            status = 400 if error.code == "several_sites" else 404
            raise ApiError(status, error.code, str(error), error.hint) from error
        now, before = context.clock.now(), _before(desk, key)
        if before is not None and (before.kind, _about(before)) != (
            "propose",
            (draft.site_id, cause),
        ):
            raise _reused(before)
        [made] = desk.propose([draft], at=now, step=step, key=key)
        told = {"new": made.new, "order": order_json(desk, made.order, now, desk.book())}
        response = _fresh(told, 201 if made.new else 200)
        response.headers["Location"] = f"/api/v1/work-orders/{made.order.name}"
        return _marked(response, before)

    @server.post("/api/v1/work-orders/<order_id>/events")
    def act(order_id: str) -> Response:
        only_known(of_snapshot=False)
        address, desk, key = require_local(), desk_of(context), request_key()
        number, body = number_of_order(order_id), Body(STEP_FIELDS, _STEP)
        step, seen, now = _step(body, address), body.number("seen"), context.clock.now()
        seen = None if step.kind == "comment" else seen  # words override nobody
        before = _before(desk, key)
        if before is not None and (before.order_id, before.kind) != (number, step.kind):
            raise _reused(before)
        try:
            steps = [step] if before else [with_team(desk.order(number), step)]
            order = desk.act(number, steps, at=now, seen=seen, key=key)
        except DispatchError as error:
            return _refused(desk, error, now)
        return _marked(_fresh(order_json(desk, order, now, desk.book())), before)

    @server.post("/api/v1/work-orders/events")
    def act_on_many() -> Response:
        only_known(of_snapshot=False)
        address, desk = require_local(), desk_of(context)
        body = Body(MANY_FIELDS, _MANY)
        step, now = _step(body, address), context.clock.now()
        done, refused = _each(desk, body.orders(MOST_AT_ONCE), step, now)
        book = desk.book()
        return _fresh({
            "done": [order_json(desk, order, now, book) for order in done],
            "refused": [
                {"id": name_of(number), **_told(desk, error, now)}
                for number, error in refused.items()
            ],
        })  # fmt: skip


def _step(body: Body, address: str) -> Step:
    """What is to be done, by whom."""
    kind: Kind | None = next((k for k in KINDS if k == body.text("event", needed=True)), None)
    if kind is None:
        offered = [k for k in KINDS if k not in ("propose", "update", "warn", "escalate")]
        message = f"event={body.text('event')[:40]!r} is unknown"
        raise ApiError(400, "bad_request", message, f"use {', '.join(offered)}")
    asked = body.text("actor") or "person"
    actor: Actor | None = next((one for one in get_args(Actor) if one == asked), None)
    if actor not in ACTORS:
        raise body.wrong(f"actor must be one of {', '.join(ACTORS)}")
    reason = body.masked("reason")
    if kind == "comment" and not reason:
        raise body.wrong("a comment needs its words in reason")
    return Step(kind, body.who(address), actor, reason, body.details())


def _each(
    desk: DispatchDesk, wanted: Sequence[tuple[int, int | None]], step: Step, now: datetime
) -> tuple[list[Order], dict[int, DispatchError]]:
    """The same step for each order; those that need the same details together."""
    groups: dict[str, tuple[Step, list[tuple[int, int | None]]]] = {}
    done: list[Order] = []
    refused: dict[int, DispatchError] = {}
    for number, seen in wanted:
        try:
            own = with_team(desk.order(number), step)
        except DispatchError as error:
            refused[number] = error
            continue
        team = str(own.details.get("team_id") or "")
        groups.setdefault(team, (own, []))[1].append((number, seen))
    for own, listed in groups.values():
        made = desk.act_on_many(listed, [own], at=now)
        done += made.orders
        refused |= made.refused
    return done, refused


def _before(desk: DispatchDesk, key: str | None) -> Event | None:
    """What the same request has done already."""
    return None if key is None else desk.orders().of_key(key)


def _about(event: Event) -> tuple[object, object]:
    """Site and cause of the order that an event opened."""
    draft = event.details.get("draft", {})
    return draft.get("site_id"), draft.get("cause")


def _reused(before: Event) -> ApiError:
    message = f"this key belongs to {before.kind} of {name_of(before.order_id)}"
    return ApiError(422, "key_reused", message, "use a new key for each request")


def _fresh(told: object, status: int = 200) -> Response:
    response = filled(Response(mimetype="application/json"), told)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response


def _marked(response: Response, before: Event | None) -> Response:
    if before is not None:
        response.headers[REPLAYED] = "true"
    return response


def _refused(desk: DispatchDesk, error: DispatchError, now: datetime) -> Response:
    """An error in the one shape, with the order as it stands beside it."""
    if isinstance(error, UnknownOrderError):
        status = 404
    else:
        status = 409 if isinstance(error, ConflictError | AlreadyOpenError) else 422
    return _fresh(_told(desk, error, now), status)


def _told(desk: DispatchDesk, error: DispatchError, now: datetime) -> dict[str, Any]:
    code, hint = reason_of(error)
    told: dict[str, Any] = {}
    order = getattr(error, "order", None)
    if isinstance(order, Order):
        told["order"] = order_json(desk, order, now, desk.book())
    if isinstance(error, ConflictError):
        told["event"] = event_json(error.event)
    if isinstance(error, NotPossibleError):
        can = error.possible or (possible(order.state, "person") if order else ())
        told["possible"] = list(can)
        hint = f"possible: {', '.join(can)}" if can else hint
    return {"error": {"code": code, "message": str(error), "hint": hint}, **told}

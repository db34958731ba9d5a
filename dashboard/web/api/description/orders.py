"""``/api/v1/work-orders``: dispatch."""

from __future__ import annotations

from dashboard.dispatch.states import STATES
from dashboard.web.api.description.fields import listed, ref, text
from dashboard.web.api.description.model import JSON, Answer, Operation, Parameter, Subject
from dashboard.web.api.description.orders_parts import PARTS
from dashboard.web.api.description.shared import AT, limit, refused, told
from dashboard.web.api.orders import LIMIT, MOST, OPEN_WORD
from dashboard.web.api.orders_body import KEY_HEADER, MOST_KEY
from dashboard.web.api.orders_write import MOST_AT_ONCE, REPLAYED
from dashboard.web.settings import WebSettings

_ID = Parameter("order_id", "The order; `WO-000123`, `wo-123` and `123` are one.",
                {"type": "string"}, "path", "WO-000001")  # fmt: skip
_KEY = Parameter(
    KEY_HEADER,
    "Of your choice, such as a UUID: the same request sent again does nothing twice, and is "
    f"answered with `{REPLAYED}: true`.",
    {"type": "string", "minLength": 1, "maxLength": MOST_KEY},
    "header",
    "5f0c2a3e-0001",
)
_LIMIT = limit(LIMIT, MOST, "rows")
_NOBODY = refused(503, "This server keeps no orders, or the ops database cannot be read",
                  "no_orders", "ops_unreadable", "no_snapshot")  # fmt: skip
_NO_ORDER = refused(404, "There is no such order, or was none then", "no_such_order")
_NOT_LOCAL = refused(403, "Not asked from this machine", "not_local")
_WRONG = refused(400, "What was sent cannot be used", "bad_request", "unknown_field", "bad_key",
                 "unknown_parameter")  # fmt: skip
_ERROR = {JSON: ref("OrderError")}


def subject(settings: WebSettings) -> Subject:  # noqa: ARG001  the same for every subject
    """Orders and what happens to them."""
    reading = (_list(), _one(), _history(), _feed())
    writing = (_create(), _act(), _act_on_many())
    about = "Work orders, from a proposal to a verified repair."
    return Subject("work orders", about, (*reading, *writing), PARTS)


def _list() -> Operation:
    return Operation(
        "get", "/work-orders", "listWorkOrders", "Work orders, the newest first",
        (
            *told(listed(ref("WorkOrder"), "The orders that fit."),
                  "The orders that fit. Where there are more, the header `Link` (`rel=\"next\"`, "
                  "RFC 8288) says how to go on.",),
            refused(400), _NOBODY,
        ),
        about="Paging is stable: `after` names the last order you have, and orders that come "
        "meanwhile do not shift the rest. At an earlier moment (`at`) these are the orders that "
        "were open then or had ended lately (setting `dispatch.shown_days`).",
        parameters=(
            Parameter("state", f"One or several with commas between: `{OPEN_WORD}`, "
                      f"{', '.join(f'`{s}`' for s in STATES)}.", {"type": "string"},
                      example=OPEN_WORD),
            Parameter("region_id", "A region, with those below it.", {"type": "string"},
                      example="110105"),
            Parameter("team_id", "The team they were given to.", {"type": "string"},
                      example="T01"),
            Parameter("site_id", "The site.", {"type": "string"}, example="BJ00008"),
            Parameter("cell_id", "One of its cells.", {"type": "string"}, example="BJ00008-2"),
            Parameter("cause", "The cause.", {"type": "string"}, example="transport"),
            Parameter("q", "Words that id, place, site, cells, team or note hold.",
                      {"type": "string"}, example="望京"),
            _LIMIT,
            Parameter("after", "Go on after this order.", {"type": "string"},
                      example="WO-000100"),
            AT,
        ),
    )  # fmt: skip


def _one() -> Operation:
    return Operation(
        "get", "/work-orders/{order_id}", "getWorkOrder", "A work order, however old",
        (*told(ref("WorkOrder"), "The order."), refused(400), _NO_ORDER, _NOBODY),
        parameters=(_ID, AT),
    )  # fmt: skip


def _history() -> Operation:
    answer = told(listed(ref("OrderEvent"), "The first first."), "All that happened to it.")
    return Operation(
        "get", "/work-orders/{order_id}/events", "listOrderEvents", "What happened to an order",
        (*answer, refused(400), _NO_ORDER, _NOBODY),
        about="An order is its events: they are added, and never changed.",
        parameters=(_ID, AT),
    )  # fmt: skip


def _feed() -> Operation:
    answer = told(listed(ref("OrderEvent"), "In their order."), "Events after that one.")
    return Operation(
        "get", "/work-orders/events", "followOrderEvents", "What happened to all orders",
        (*answer, refused(400), _NOBODY),
        about="To follow along: send the greatest `id` you have as `after`. No smaller one "
        "appears later.",
        parameters=(
            _LIMIT,
            Parameter("after", "Only events with a greater `id`.",
                      {"type": "integer", "minimum": 0, "default": 0}, example=0),
        ),
    )  # fmt: skip


def _create() -> Operation:
    location = {"Location": text("Address of the order.")}
    return Operation(
        "post", "/work-orders", "openWorkOrder", "Open an order by hand",
        (
            Answer(200, "An order of that site and cause is open already (`new` is false), or "
                   "the request was done before.", {JSON: ref("Opened")}, location),
            Answer(201, "It is proposed.", {JSON: ref("Opened")}, location),
            _WRONG, _NOT_LOCAL,
            refused(404, "There is no such site or cell", "no_such_site", "no_such_cell"),
            refused(422, "The key belongs to another request", "key_reused"),
            _NOBODY,
        ),
        about="What the present snapshot knows of the cells is kept with it: place, risk, users, "
        "evidence, the playbook's skill and hours. One order per site and cause is open.",
        parameters=(_KEY,),
        body=ref("NewOrder"),
        body_example={
            "site_id": "BJ00008", "cause": "transport", "note": "用户反映掉话", "by": "王工",
        },
    )  # fmt: skip


def _act() -> Operation:
    return Operation(
        "post", "/work-orders/{order_id}/events", "actOnWorkOrder", "Do something to an order",
        (
            Answer(200, "Done; the order as it stands.", {JSON: ref("WorkOrder")}),
            _WRONG, _NOT_LOCAL,
            Answer(404, "There is no such order (`no_such_order`).", _ERROR),
            Answer(409, "Somebody else was first (`conflict`): who, what and when is in "
                   "`event`, and the order as it stands in `order`; or another order of its site "
                   "and cause is open (`already_open`).", _ERROR),
            Answer(422, "Not possible in that state, not by this actor, or not without a reason "
                   "or a team (`not_possible`): `possible` says what is; or the key belongs to "
                   "another request (`key_reused`).", _ERROR),
            _NOBODY,
        ),
        about="With `seen` nobody overrides what others decided meanwhile. `verify`, `update`, "
        "`warn` and `escalate` are the product's own.",
        parameters=(_ID, _KEY),
        body=ref("OrderStep"),
        body_example={"event": "dispatch", "seen": 2, "details": {"team_id": "T01"}, "by": "王工"},
    )  # fmt: skip


def _act_on_many() -> Operation:
    return Operation(
        "post", "/work-orders/events", "actOnWorkOrders", "Do the same to several orders",
        (
            Answer(200, "What became of each; some may be refused.", {JSON: ref("ManyDone")}),
            _WRONG, _NOT_LOCAL, _NOBODY,
        ),
        about=f"At most {MOST_AT_ONCE} at once; each is all or nothing by itself.",
        body=ref("ManySteps"),
        body_example={"event": "accept", "orders": [{"id": "WO-000001", "seen": 1}], "by": "王工"},
    )  # fmt: skip

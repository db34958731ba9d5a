"""``/dispatch/<order>``: one work order for the crew: where, what, by when, and what they did."""

from __future__ import annotations

from typing import Any, TypedDict, cast

import dash
from dash import ALL, Input, Output, State, ctx, dcc, html
from dash.development.base_component import Component

from dashboard.dispatch.errors import UnknownOrderError
from dashboard.dispatch.model import id_of
from dashboard.dispatch.verify_settings import VerifySettings
from dashboard.errors import DashboardError, SnapshotError
from dashboard.ops.errors import OpsError
from dashboard.web.api.errors import ApiError
from dashboard.web.api.local import require_local
from dashboard.web.components import bar, order_form, parts, states, who
from dashboard.web.components import order as rooms
from dashboard.web.context import Context, Look
from dashboard.web.figures.geometry import Shape, shapes_of
from dashboard.web.figures.order_map import order_map
from dashboard.web.view.maps import Screen
from dashboard.web.view.order import Page, page
from dashboard.web.view.order_act import MissingError, Pressed, step_of, take
from dashboard.web.view.order_kpis import kpis_now
from dashboard.web.view.order_proof import proofs
from dashboard.web.view.state import BadQueryError, path_to

PREFIX = "/dispatch/"
MAP = (480, 300)
"""The sketch's size in its own units."""


class Seen(TypedDict):
    """What the page shows: enough to tell whether there is news."""

    id: int
    seq: int
    state: str
    version: str


def layout(context: Context, look: Look, screen: Screen, key: str) -> Component:
    """Header, order, buttons."""
    del screen
    texts, path = look.words.texts, path_to("dispatch", key)
    found = _found(context, look, key)
    if not isinstance(found, Page):
        return states.desk(context, look, path, [found])
    shown = found
    board = look.state.href("/dispatch")
    tools: list[Any] = []
    if not look.state.kiosk:
        other = "en" if look.state.language == "zh" else "zh"
        tools = [
            html.Button(texts("order.print"), className="order-tool order-print"),
            dcc.Link(
                texts("bar.language_short"),
                href=look.state.here(path, lang=other),
                className="order-tool",
            ),
        ]
    return html.Div(
        [
            bar.desk_bar(context, look, path),
            html.Header(
                [
                    dcc.Link(["‹ ", texts("order.back")], href=board, className="order-back"),
                    html.B(shown.order.name),
                    *tools,
                ],
                className="order-bar",
            ),
            html.Main(
                [
                    html.Div(_body(context, look, shown), id="order-body", className="order-body"),
                    *([who.field(texts)] if shown.kinds else []),
                    html.Aside(
                        [
                            html.Div(
                                id="order-said",
                                className="order-said",
                                role="status",
                                **parts.data(
                                    sending=texts("order.sending"), lost=texts("order.lost")
                                ),
                            ),
                            html.Fieldset(order_form.form(shown, look), id="order-form"),
                        ],
                        className="order-aside no-print",
                    ),
                ],
                className="desk-main order-main",
            ),
            dcc.Interval(
                id="order-tick",
                interval=round(1000 * context.settings.refresh_seconds),
                disabled=bool(look.state.at_text),
            ),
            dcc.Store(id="order-seen", data=dict(_seen(context, look, shown))),
        ],
        className="desk order-page" if look.freshness.fresh else "desk order-page stale",
    )


def _found(context: Context, look: Look, key: str) -> Page | Component:
    """The page's values, or why there are none."""
    texts, desk, order_id = look.words.texts, context.dispatch, id_of(key)
    link = dcc.Link(texts("order.board"), href=look.state.href("/dispatch"), className="button")
    if desk is None:
        return parts.message(texts("order.title"), [texts("order.no_desk")])
    try:
        if order_id is not None:
            return page(context, look, desk, order_id)
    except UnknownOrderError:
        pass
    except OpsError as error:
        return parts.message(texts("order.title"), [texts("order.failed", reason=str(error))])
    lines = [texts("order.unknown", name=key), texts("order.unknown_hint")]
    return parts.message(texts("order.unknown_title"), lines, below=[link])


def _body(context: Context, look: Look, shown: Page) -> list[Component]:
    texts, now = look.words.texts, kpis_now(context, look, shown.order)
    rules = context.dispatch.settings.verify if context.dispatch else VerifySettings()
    proven = proofs(look, shown.order, shown.events, rules, now, looked=shown.proof)
    left = [
        *rooms.proof(proven, texts),
        rooms.what(shown, look),
        rooms.kpis(now, texts),
        rooms.timeline(shown, texts),
    ]
    right = [
        rooms.where(shown, look, _sketch(context, look, shown)),
        rooms.cells(shown, look),
        rooms.earlier(shown, texts),
    ]
    return [
        rooms.head(shown, look),
        html.Div(left, className="order-column"),
        html.Div(right, className="order-column"),
    ]


def _sketch(context: Context, look: Look, shown: Page) -> str:
    if shown.spot is None:
        return ""
    texts = look.words.texts
    words = {
        "metres": texts("cell.metres", n="{n}"),
        "kilometres": texts("cell.kilometres", n="{n}"),
        "north": texts("order.north"),
    }
    return order_map(shown.spot, _shapes(context, look), size=MAP, theme=look.theme, texts=words)


def _shapes(context: Context, look: Look) -> tuple[Shape, ...]:
    """The finest districts, projected once for a boundary file."""
    key = ("order shapes", look.snapshot.manifest.files["regions.geojson"])
    return context.memo.get(key, lambda: _drawn(look))


def _drawn(look: Look) -> tuple[Shape, ...]:
    rows = look.snapshot.rows("regions")
    parents = {row["parent_id"] for row in rows}
    features = [
        feature
        for feature in look.snapshot.geojson.get("features", [])
        if feature["properties"]["region_id"] not in parents
    ]
    return shapes_of({"features": features}, {})


def _seen(context: Context, look: Look, shown: Page) -> Seen:
    version = "" if context.dispatch is None else context.dispatch.version()
    order = shown.order
    return {
        "id": order.id,
        "seq": order.seq,
        "state": order.state,
        "version": f"{look.version}/{version}",
    }


def skeleton() -> Component:
    """The ids of the page, for validation of callbacks."""
    return html.Div(
        [
            html.Div(id="order-body"),
            html.Div(id="order-said"),
            html.Fieldset(id="order-form"),
            dcc.Interval(id="order-tick"),
            dcc.Store(id="order-seen"),
        ]
    )


def register(app: dash.Dash, context: Context) -> None:
    """Steps are taken one at a time; the page looks for news at its beat."""

    @app.callback(
        Output("order-body", "children"),
        Output("order-form", "children"),
        Output("order-seen", "data"),
        Output("order-said", "children"),
        Output("order-said", "className"),
        Input({"type": "order-do", "kind": ALL}, "n_clicks"),
        State({"type": "order-pick", "form": ALL}, "value"),
        State({"type": "order-pick", "form": ALL}, "id"),
        State({"type": "order-note", "form": ALL}, "value"),
        State({"type": "order-note", "form": ALL}, "id"),
        State("order-seen", "data"),
        State("who", "data"),
        State("url", "search"),
        State("url", "pathname"),
        running=[(Output("order-form", "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def act(*given: object) -> object:
        sent = cast("tuple[Any, ...]", given)
        _clicks, picks, pick_ids, notes, note_ids, seen, name, search, path = sent
        asked = ctx.triggered_id
        if not isinstance(asked, dict) or not ctx.triggered[0]["value"]:
            raise dash.exceptions.PreventUpdate  # buttons that have just come
        kind = asked["kind"]
        look = _look(context, search, path)
        pressed = Pressed(
            kind,
            _given(picks, pick_ids, kind),
            _given(notes, note_ids, kind),
            int(seen["seq"]),
            name or "",
        )
        done, said = _act(context, look, int(seen["id"]), pressed)
        tone = "order-said done" if done else "order-said failed"
        shown = _found(context, look, str(seen["id"]))
        same = dash.no_update
        if not isinstance(shown, Page):
            return same, same, same, said, tone
        # What was typed stays where nothing was written down and the order is as it was.
        as_it_was = not done and shown.order.seq == seen["seq"]
        buttons = same if as_it_was else order_form.form(shown, look)
        return _body(context, look, shown), buttons, _seen(context, look, shown), said, tone

    @app.callback(
        Output("order-body", "children", allow_duplicate=True),
        Output("order-form", "children", allow_duplicate=True),
        Output("order-seen", "data", allow_duplicate=True),
        Input("order-tick", "n_intervals"),
        State("order-seen", "data"),
        State("url", "search"),
        State("url", "pathname"),
        prevent_initial_call=True,
    )
    def news(_: int, seen: Seen, search: str, path: str) -> object:
        look = _look(context, search, path)
        try:
            version = context.dispatch.version() if context.dispatch else ""
        except OpsError:
            raise dash.exceptions.PreventUpdate from None  # the old picture stays
        if seen["version"] == f"{look.version}/{version}":
            raise dash.exceptions.PreventUpdate
        shown = _found(context, look, str(seen["id"]))
        if not isinstance(shown, Page):
            raise dash.exceptions.PreventUpdate
        now = _seen(context, look, shown)
        # Answers that somebody is giving are not taken from under the fingers.
        buttons = dash.no_update if now["state"] == seen["state"] else order_form.form(shown, look)
        return _body(context, look, shown), buttons, now


def _look(context: Context, search: str, path: str) -> Look:
    if not path.startswith(PREFIX):
        raise dash.exceptions.PreventUpdate
    try:
        return context.look(context.state(search))
    except (SnapshotError, BadQueryError):
        raise dash.exceptions.PreventUpdate from None


def _given(values: list[str | None], ids: list[dict[str, str]], kind: str) -> str:
    """The value of that form's field; empty where it has none."""
    found = (value for value, ident in zip(values, ids, strict=True) if ident["form"] == kind)
    return next(found, None) or ""


def _act(context: Context, look: Look, order_id: int, pressed: Pressed) -> tuple[bool, str]:
    """Write the step down; whether it was, and what to say."""
    texts, desk = look.words.texts, context.dispatch
    if desk is None or look.state.at_text:
        return False, texts("order.no_desk")
    try:
        address = require_local()
        named = Pressed(
            pressed.kind, pressed.pick, pressed.note, pressed.seen, who.named(pressed.who, address)
        )
        shown = page(context, look, desk, order_id)
        team_id = shown.team.team_id if shown.team is not None else None
        step = step_of(shown.order, named, team_id)
    except MissingError as error:
        return False, texts(str(error))
    except ApiError:
        return False, texts("order.not_local")
    except DashboardError as error:
        return False, texts("order.refused", reason=str(error))
    try:
        return take(desk, look, order_id, step, at=context.clock.now(), seen=pressed.seen)
    except OpsError as error:
        return False, texts("order.refused", reason=str(error))

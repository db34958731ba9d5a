"""``/dispatch``: work orders as a board by state, on a map, and as a table; people act on them."""

from __future__ import annotations

from typing import Any

import dash
import dash_ag_grid as dag
import dash_mantine_components as dmc
from dash import ClientsideFunction, Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboard.errors import SnapshotError
from dashboard.ops.errors import OpsError
from dashboard.web.components import bar, parts, states
from dashboard.web.components import dispatch as panels
from dashboard.web.components.dispatch_grid import grid
from dashboard.web.context import Context, Look
from dashboard.web.view import dispatch as view
from dashboard.web.view.dispatch_query import parse
from dashboard.web.view.dispatch_table import SORTABLE
from dashboard.web.view.maps import Screen
from dashboard.web.view.state import BadQueryError


def layout(context: Context, look: Look, screen: Screen) -> Component:
    """Head, teams, board, map, and what can be done."""
    texts, query = look.words.texts, parse(look.state.query, SORTABLE)
    try:
        first = view.board(context, look, query)
    except OpsError as error:
        lines = [texts("dispatch.ops_failed", reason=str(error)), texts("data.ops_todo")]
        message = parts.message(texts("dispatch.no_ops_title"), lines)
        return states.following(states.desk(context, look, view.PATH, [message]), "dispatch")
    scale, kiosk = screen.desk_scale, look.state.kiosk
    acting = view.can_act(context, look)
    body: list[Component] = [
        html.Div(className="dp-board", role="group", **parts.aria(label=texts("dispatch.title")))
    ]
    if query.view == "table" and not kiosk:
        table = html.Div(grid(look, query, first["total"], scale), className="dp-table cells-table")
        body = [table]
    body.append(panels.place(look))
    body.append(html.Div(className="dp-none", role="status"))
    page: list[Any] = [
        html.H1(texts("dispatch.title"), className="unseen"),
        *(
            []
            if kiosk
            else [
                html.Div(
                    panels.controls(look, query, first["choices"], acting=acting),
                    className="dp-controls",
                ),
                html.Div(panels.line(look), className="dp-line"),
            ]
        ),
        html.Div(className="dp-notes"),
        panels.teams(look),
        html.Div(body, className="dp-body"),
        *([panels.actions(look), panels.keys(look), panels.dialog(look)] if acting else []),
        dcc.Store(id="dispatch-setup", data=panels.setup(look, first, scale)),
        dcc.Store(id="dispatch-version", data=look.version),
        dcc.Store(id="dispatch-done"),
    ]
    named = f"dp-page view-{query.view}" + (" acting" if acting else "")
    made = states.desk(context, look, view.PATH, [html.Div(page, className=named)])
    return states.following(made, "dispatch")


def frame(look: Look, screen: Screen) -> str:
    """Drawn anew for another language, moment or screen, for the table, and for stale data."""
    state = look.state
    kinds = (state.language, state.ground, state.palette, state.kiosk, state.at_text)
    table = state.query.get("view") == "table"
    return f"{kinds}|{table}|{look.freshness.fresh}|{screen.width}x{screen.height}"


def skeleton() -> Component:
    """The ids of the page, for validation of callbacks."""
    return html.Div(
        [
            dmc.TextInput(id="dispatch-search"),
            *(dmc.Select(id=panels.select_id(name), data=[]) for name in panels.SELECTS),
            dag.AgGrid(id="dispatch-grid"),
            html.Div(id="dispatch-bar"),
            *(dcc.Store(id=f"dispatch-{n}") for n in ("address", "setup", "version", "done")),
        ]
    )


def register(app: dash.Dash, context: Context) -> None:
    """The bar follows the address on the server, all else in the browser."""

    @app.callback(
        Output("dispatch-bar", "children"),
        Output("dispatch-version", "data"),
        Input("dispatch-address", "data"),
        State("url", "search"),
        State("url", "pathname"),
        prevent_initial_call=True,
    )
    def follow(_: str | None, search: str, path: str) -> object:
        look = _look(context, search, path)
        return bar.desk_bar(context, look, view.PATH), look.version

    @app.callback(
        Output("desk-seen", "data", allow_duplicate=True),
        Input("dispatch-version", "data"),
        State("url", "search"),
        State("url", "pathname"),
        prevent_initial_call=True,
    )
    def seen(version: str, search: str, path: str) -> object:
        look = _look(context, search, path)
        return {"version": version, "clock": bar.clock(look)}

    on_browser: Any = app.clientside_callback
    on_browser(
        ClientsideFunction("foresite_dispatch", "follow"),
        Output("dispatch-done", "data"),
        Input("dispatch-address", "data"),
        Input("dispatch-setup", "data"),
        Input("dispatch-version", "data"),
    )
    on_browser(
        ClientsideFunction("foresite_dispatch", "search"),
        Output("dispatch-done", "data", allow_duplicate=True),
        Input("dispatch-search", "value"),
        prevent_initial_call=True,
    )
    on_browser(
        ClientsideFunction("foresite_dispatch", "choose"),
        Output("dispatch-done", "data", allow_duplicate=True),
        [Input(panels.select_id(name), "value") for name in panels.SELECTS],
        prevent_initial_call=True,
    )
    on_browser(
        ClientsideFunction("foresite_dispatch", "rows"),
        Output("dispatch-done", "data", allow_duplicate=True),
        Input("dispatch-grid", "getRowsRequest"),
        prevent_initial_call=True,
    )


def _look(context: Context, search: str, path: str) -> Look:
    if path != view.PATH:
        raise dash.exceptions.PreventUpdate
    try:
        return context.look(context.state(search))
    except (SnapshotError, BadQueryError):
        raise dash.exceptions.PreventUpdate from None

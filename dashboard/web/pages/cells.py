"""``/cells``: all cells as a table with its map; everything one chooses is in the address."""

from __future__ import annotations

from typing import Any

import dash
import dash_ag_grid as dag
import dash_mantine_components as dmc
from dash import ClientsideFunction, Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboard.errors import SnapshotError
from dashboard.web.components import bar, parts, states
from dashboard.web.components import cells as panels
from dashboard.web.components.cells_grid import grid
from dashboard.web.context import Context, Look
from dashboard.web.view import cells as view
from dashboard.web.view.cells_table import picked, query_of
from dashboard.web.view.maps import Screen
from dashboard.web.view.state import BadQueryError


def layout(context: Context, look: Look, screen: Screen) -> Component:
    """Head, table and map."""
    if look.snapshot.manifest.mode != "cells":
        return _without_cells(context, look)
    query = query_of(context, look, look.state.query)
    total = len(picked(context, look, query))
    head, texts = view.head(context, look), look.words.texts
    scale = screen.desk_scale
    page = states.desk(
        context,
        look,
        view.PATH,
        [
            html.Div(
                [
                    html.Div(panels.controls(context, look, query), className="cells-controls"),
                    html.Div(
                        [
                            html.Div(panels.chips(head, texts), id="cells-chips",
                                     className="chips", role="group"),
                            html.P(head.count, id="cells-count", className="cells-count",
                                   title=texts("cells.count_help"), **parts.aria(live="polite")),
                            html.Div(panels.tools(head, texts), id="cells-tools",
                                     className="cells-tools"),
                            panels.columns(look, query),
                        ],
                        className="cells-line",
                    ),
                    html.Div(panels.notes(head), id="cells-notes", className="cells-notes"),
                    html.Div(
                        [
                            html.Div(
                                [
                                    grid(look, query, total, scale),
                                    html.Div(panels.empty(head, texts), id="cells-empty"),
                                    html.P(texts("cells.keys"), className="cells-keys"),
                                ],
                                className="cells-table",
                            ),
                            html.Div(
                                [
                                    panels.place(look),
                                    html.Div(panels.card(head.card, texts), id="cells-card",
                                             className="panel cells-card",
                                             **parts.aria(live="polite")),
                                    panels.legend(look),
                                ],
                                className="cells-side",
                            ),
                        ],
                        className="cells-body",
                    ),
                    dcc.Store(id="cells-setup", data=panels.setup(look, query, total, scale)),
                    dcc.Store(id="cells-version", data=look.version),
                    dcc.Store(id="cells-done"),
                ],
                className="cells-page",
            )
        ],
    )  # fmt: skip
    return states.following(page, "cells")


def frame(look: Look, screen: Screen) -> str:
    """The page is drawn anew for another language, moment or screen, and when data turn stale."""
    state = look.state
    if look.snapshot.manifest.mode != "cells" or state.query.get("compare"):
        return ""
    kinds = (state.language, state.ground, state.palette, state.kiosk, state.at_text)
    return f"{kinds}|{look.freshness.fresh}|{screen.width}x{screen.height}"


def skeleton() -> Component:
    """The ids of the page, for validation of callbacks."""
    group: Any = dmc.CheckboxGroup
    return html.Div(
        [
            dmc.TextInput(id="cells-search"),
            *(dmc.Select(id=panels.select_id(name), data=[]) for name in view.SELECTS),
            group([], id="cells-columns"),
            dag.AgGrid(id="cells-grid"),
            *(html.Div(id=f"cells-{name}") for name in ("bar", "chips", "count", "tools", "notes",
                                                        "empty", "map", "card")),
            html.Button(id="cells-columns-reset"),
            *(dcc.Store(id=f"cells-{name}") for name in ("address", "setup", "version", "done")),
        ]
    )  # fmt: skip


def register(app: dash.Dash, context: Context) -> None:
    """The head follows the address on the server, table and map in the browser."""

    @app.callback(
        Output("cells-bar", "children"),
        Output("cells-chips", "children"),
        Output("cells-count", "children"),
        Output("cells-tools", "children"),
        Output("cells-notes", "children"),
        Output("cells-empty", "children"),
        Output("cells-card", "children"),
        Output("cells-version", "data"),
        Input("cells-address", "data"),
        State("url", "search"),
        State("url", "pathname"),
        prevent_initial_call=True,
    )
    def follow(_: str | None, search: str, path: str) -> object:
        if path != view.PATH:
            raise dash.exceptions.PreventUpdate
        try:
            look = context.look(context.state(search))
        except (SnapshotError, BadQueryError):
            raise dash.exceptions.PreventUpdate from None
        if not frame(look, Screen(1, 1)):
            raise dash.exceptions.PreventUpdate
        head, texts = view.head(context, look), look.words.texts
        return (
            bar.desk_bar(context, look, view.PATH),
            panels.chips(head, texts),
            head.count,
            panels.tools(head, texts),
            panels.notes(head),
            panels.empty(head, texts),
            panels.card(head.card, texts),
            look.version,
        )

    # On its own: of a callback all outputs have to be on the page whose address changes.
    @app.callback(
        Output("desk-seen", "data", allow_duplicate=True),
        Input("cells-version", "data"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def seen(version: str, search: str) -> object:
        try:
            look = context.look(context.state(search))
        except (SnapshotError, BadQueryError):
            raise dash.exceptions.PreventUpdate from None
        return {"version": version, "clock": bar.clock(look)}

    on_browser: Any = app.clientside_callback
    on_browser(
        ClientsideFunction("foresite_cells", "follow"),
        Output("cells-done", "data"),
        Input("cells-address", "data"),
        Input("cells-setup", "data"),
        Input("cells-version", "data"),
    )
    on_browser(
        ClientsideFunction("foresite_cells", "rows"),
        Output("cells-done", "data", allow_duplicate=True),
        Input("cells-grid", "getRowsRequest"),
        prevent_initial_call=True,
    )
    on_browser(
        ClientsideFunction("foresite_cells", "search"),
        Output("cells-done", "data", allow_duplicate=True),
        Input("cells-search", "value"),
        prevent_initial_call=True,
    )
    on_browser(
        ClientsideFunction("foresite_cells", "choose"),
        Output("cells-done", "data", allow_duplicate=True),
        [Input(panels.select_id(name), "value") for name in view.SELECTS],
        prevent_initial_call=True,
    )
    on_browser(
        ClientsideFunction("foresite_cells", "columns"),
        Output("cells-done", "data", allow_duplicate=True),
        Input("cells-columns", "value"),
        prevent_initial_call=True,
    )
    on_browser(
        ClientsideFunction("foresite_cells", "firstColumns"),
        Output("cells-done", "data", allow_duplicate=True),
        Input("cells-columns-reset", "n_clicks"),
        prevent_initial_call=True,
    )


def _without_cells(context: Context, look: Look) -> Component:
    """The forecast rests on tickets alone: why there is no table, and what there is."""
    texts = look.words.texts
    link = dcc.Link(texts("state.to_map"), href=look.state.href("/"), className="button")
    lines = [texts("cells.no_cells"), texts("cells.no_cells_hint")]
    message = parts.message(texts("cells.no_cells_title"), lines, below=[link])
    return states.desk(context, look, view.PATH, [message])

"""``/cells/<cell_id>``: from a cell to its cause in under a minute."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import dash
import dash_mantine_components as dmc
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboard.errors import SnapshotError
from dashboard.web.components import bursts as burst_panels
from dashboard.web.components import cell as rooms
from dashboard.web.components import (
    cell_cause,
    cell_kpis,
    cell_lists,
    cell_near,
    cell_order,
    parts,
    send_orders,
    states,
)
from dashboard.web.context import Context, Look
from dashboard.web.figures.tickets import lanes_figure
from dashboard.web.view.bursts import bursts
from dashboard.web.view.cell import cell
from dashboard.web.view.cell_asked import Asked, asked_of
from dashboard.web.view.cell_order import cell_order as order_of
from dashboard.web.view.maps import Screen
from dashboard.web.view.near import chosen_kpi, near_rows, places_of
from dashboard.web.view.state import BadQueryError, path_to
from dashboard.web.view.timeline import marks_of

PREFIX = "/cells/"


def layout(context: Context, look: Look, screen: Screen, key: str) -> Component:
    """Everything but the KPI charts, which follow by their own callback."""
    texts, path = look.words.texts, path_to("cells", key)
    found = cell(look, key)
    if found is None:
        link = dcc.Link(texts("nav.cells"), href=look.state.href("/cells"), className="button")
        lines = [texts("cell.unknown", cell_id=key), texts("cell.unknown_hint")]
        missing = parts.message(texts("cell.unknown_title"), lines, below=[link])
        return states.desk(context, look, path, [missing])
    asked = asked_of(context, look, key, screen.desk_scale)
    marks = marks_of(look, key, asked.span)
    rows = near_rows(look, key)
    shared: dict[str, Any] = {"words": look.words, "scale": asked.scale, "theme": look.theme}
    as_of, beat = look.snapshot.manifest.as_of, round(1000 * context.settings.refresh_seconds)
    lanes = lanes_figure(marks, as_of=as_of, span=asked.between, **shared)
    return states.desk(
        context,
        look,
        path,
        [
            rooms.head(found, look),
            *cell_order.panel(order_of(context, look, found), found, look, beat),
            cell_cause.why(found, texts),
            *burst_panels.panels(bursts(look, cell_id=key), texts),
            cell_kpis.tools(asked, path),
            cell_lists.lanes(lanes, marks, texts),
            html.Section(
                [
                    html.H2([texts("kpi.title"), html.Small(cell_kpis.legend(asked))]),
                    html.Div(
                        cell_kpis.ready(context, asked, marks),
                        id="cell-kpis",
                        className="kpis weeks" if asked.week else "kpis",
                    ),
                ],
                className="kpi-section",
            ),
            cell_near.near(
                found,
                look,
                places_of(look, rows, "cells"),
                kpi=chosen_kpi(look, found.row),
                names=look.words.catalogue.names,
                scale=asked.scale,
            ),
            html.Div(
                [cell_lists.episodes(found, look), cell_lists.works(found, texts)],
                className="two",
            ),
            cell_lists.tickets(found, texts),
            dcc.Store(id="cell-key", data=f"{look.version}/{key}"),
            dcc.Store(id="cell-ahead"),
        ],
    )


def skeleton() -> Component:
    """The ids of the page, for validation of callbacks."""
    return html.Div(
        [
            html.Div(id="cell-kpis"),
            html.Div(id="cell-saturation"),
            html.Div(id="cell-near"),
            dcc.Graph(id="cell-map"),
            dcc.Graph(id="cell-lanes"),
            dmc.DatePickerInput(id="cell-dates"),
            dmc.Select(id="cell-near-kpi", data=[]),
            dcc.Store(id="cell-key"),
            dcc.Store(id="cell-ahead"),
            cell_order.skeleton(),
        ]
    )


def register(app: dash.Dash, context: Context) -> None:
    """The KPI charts, once the page stands: measured values first, forecasts when they are made."""
    where = (State("url", "pathname"), State("url", "search"), State("screen", "data"))
    _orders(app, context)

    @app.callback(
        Output("cell-kpis", "children"),
        Output("cell-ahead", "data"),
        Input("cell-key", "data"),
        *where,
    )
    def measured(key: str, path: str, search: str, size: dict[str, float]) -> object:
        asked = _of(context, path, search, size)
        if context.charts.peek(asked.chart_key):
            return dash.no_update, key  # the old picture has forecasts too: it stays until then
        return cell_kpis.charts(context, asked, ahead=False)[0], key

    @app.callback(
        Output("cell-kpis", "children", allow_duplicate=True),
        Output("cell-saturation", "children"),
        Input("cell-ahead", "data"),
        *where,
        prevent_initial_call=True,
    )
    def ahead(_: str, path: str, search: str, size: dict[str, float]) -> object:
        return cell_kpis.charts(context, _of(context, path, search, size), ahead=True)

    @app.callback(Output("cell-near", "children"), Input("cell-key", "data"), *where)
    def beside(_: str, path: str, search: str, size: dict[str, float]) -> object:
        return cell_kpis.beside(_of(context, path, search, size))

    @app.callback(
        Output("url", "href", allow_duplicate=True),
        Input("cell-near-kpi", "value"),
        State("url", "pathname"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def set_beside(kpi: str | None, path: str, search: str) -> object:
        asked = _of(context, path, search, {"w": 1.0, "h": 1.0})
        found = asked.look.snapshot.rows("cell", {"cell_id": asked.cell_id})
        if not kpi or not found or kpi == chosen_kpi(asked.look, found[0]):
            raise dash.exceptions.PreventUpdate
        return asked.href(kpi=kpi)

    @app.callback(
        Output("url", "href", allow_duplicate=True),
        Input("cell-dates", "value"),
        State("url", "pathname"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def set_dates(days: list[str | None] | None, path: str, search: str) -> object:
        asked = _of(context, path, search, {"w": 1.0, "h": 1.0})
        first, last = [*(days or []), None, None][:2]
        query = asked.look.state.query
        if bool(first) != bool(last) or (first, last) == (query.get("from"), query.get("to")):
            raise dash.exceptions.PreventUpdate
        return asked.href(**{"from": first, "to": last, "range": None})

    @app.callback(
        Output("url", "href", allow_duplicate=True),
        Input("cell-map", "clickData"),
        prevent_initial_call=True,
    )
    def follow(clicked: dict[str, Any] | None) -> object:
        target = next((point.get("customdata") for point in (clicked or {}).get("points", ())), "")
        if not isinstance(target, str) or not target.startswith(PREFIX):
            raise dash.exceptions.PreventUpdate
        return target


def _orders(app: dash.Dash, context: Context) -> None:
    """One press sends a crew; the panel looks for news at the page's beat."""

    @app.callback(
        Output("cell-order", "children"),
        Output("cell-order-said", "children"),
        Input("cell-send", "n_clicks"),
        State("who", "data"),
        State("url", "pathname"),
        State("url", "search"),
        running=[(Output("cell-send", "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def send(clicks: int | None, name: str | None, path: str, search: str) -> object:
        asked = _of(context, path, search, {"w": 1.0, "h": 1.0})
        found = cell(asked.look, asked.cell_id)
        if not clicks or found is None:
            raise dash.exceptions.PreventUpdate
        told = send_orders.send(context, asked.look, [asked.cell_id], name)
        shown = order_of(context, asked.look, found)
        return cell_order.inside(shown, found, asked.look) if shown else [], told.text

    @app.callback(
        Output("cell-order", "children", allow_duplicate=True),
        Output("cell-order-seen", "data"),
        Input("cell-order-tick", "n_intervals"),
        State("cell-order-seen", "data"),
        State("url", "pathname"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def news(_: int, seen: str, path: str, search: str) -> object:
        asked = _of(context, path, search, {"w": 1.0, "h": 1.0})
        found = cell(asked.look, asked.cell_id)
        shown = None if found is None else order_of(context, asked.look, found)
        if found is None or shown is None or shown.failed or shown.version == seen:
            raise dash.exceptions.PreventUpdate
        return cell_order.inside(shown, found, asked.look), shown.version


def _of(context: Context, path: str, search: str, size: dict[str, float] | None) -> Asked:
    """What a callback is asked for; nothing where the page is another one by now."""
    if not path.startswith(PREFIX) or not size:
        raise dash.exceptions.PreventUpdate
    try:
        look = context.look(context.state(search))
    except (SnapshotError, BadQueryError):
        raise dash.exceptions.PreventUpdate from None
    scale = Screen(size["w"], size["h"]).desk_scale
    return asked_of(context, look, unquote(path.removeprefix(PREFIX)), scale)

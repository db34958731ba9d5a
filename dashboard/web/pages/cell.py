"""``/cells/<cell_id>``: from a cell to its cause in under a minute."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import dash
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboard.errors import SnapshotError
from dashboard.web.components import bursts as burst_panels
from dashboard.web.components import cell as panels
from dashboard.web.components import parts, states
from dashboard.web.context import Context, Look
from dashboard.web.figures.kpi import kpi_figure
from dashboard.web.view.bursts import bursts
from dashboard.web.view.cell import cell
from dashboard.web.view.kpis import kpi_series
from dashboard.web.view.maps import Screen
from dashboard.web.view.state import BadQueryError, path_to

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
    # The charts of the snapshot before stay until the new ones are made.
    kept: Any = context.charts.peek(_chart_key(look, key, screen.desk_scale))
    loading = kept or html.P(texts("kpi.loading"), className="loading")
    return states.desk(
        context,
        look,
        path,
        [
            panels.head(found, look),
            *panels.cause(found, texts),
            *burst_panels.panels(bursts(look, cell_id=key), texts),
            html.Div(
                [
                    panels.drivers(found, texts),
                    panels.neighbours(found, texts),
                    panels.works(found, texts),
                ],
                className="three",
            ),
            html.Section(
                [
                    html.H2([texts("kpi.title"), html.Small(texts("kpi.legend"))]),
                    html.Div(loading, id="cell-kpis", className="kpis"),
                ]
            ),
            panels.tickets(found, texts),
            dcc.Store(id="cell-key", data=f"{look.version}/{key}"),
            dcc.Store(id="cell-ahead"),
        ],
    )


def skeleton() -> Component:
    """The ids of the page, for validation of callbacks."""
    return html.Div(
        [html.Div(id="cell-kpis"), dcc.Store(id="cell-key"), dcc.Store(id="cell-ahead")]
    )


def register(app: dash.Dash, context: Context) -> None:
    """The KPI charts, once the page stands: measured values first, forecasts when they are made."""
    where = (State("url", "pathname"), State("url", "search"), State("screen", "data"))

    @app.callback(
        Output("cell-kpis", "children"),
        Output("cell-ahead", "data"),
        Input("cell-key", "data"),
        *where,
    )
    def measured(key: str, path: str, search: str, size: dict[str, float]) -> object:
        charts = _charts(context, path, search, size, ahead=False)
        return charts or dash.no_update, key

    @app.callback(
        Output("cell-kpis", "children", allow_duplicate=True),
        Input("cell-ahead", "data"),
        *where,
        prevent_initial_call=True,
    )
    def ahead(_: str, path: str, search: str, size: dict[str, float]) -> object:
        return _charts(context, path, search, size, ahead=True)


def _charts(
    context: Context, path: str, search: str, size: dict[str, float], *, ahead: bool
) -> list[Component]:
    """One card a KPI; none where better ones are on the page already."""
    if not path.startswith(PREFIX) or not size:
        raise dash.exceptions.PreventUpdate
    cell_id, scale = unquote(path.removeprefix(PREFIX)), Screen(size["w"], size["h"]).desk_scale
    try:
        look = context.look(context.state(search))
    except (SnapshotError, BadQueryError):
        raise dash.exceptions.PreventUpdate from None
    texts, kept = look.words.texts, _chart_key(look, cell_id, scale)
    if not ahead and context.charts.peek(kept):
        return []  # the old picture has forecasts too: it stays until the new one has
    try:
        found = kpi_series(context, look, cell_id, ahead=ahead)
    except SnapshotError as error:
        return [html.P(texts("kpi.failed", reason=str(error)), className="none")]
    if not found:
        return [html.P(texts("kpi.none"), className="none")]
    as_of = look.snapshot.manifest.as_of
    start = min(series.start for series in found)
    end = as_of + timedelta(hours=context.settings.kpi_forecast_h)
    since = {"cell_id": cell_id, "since": start, "limit": 200}
    tickets = [row["created_at"] for row in look.snapshot.rows("cell_tickets", since)]
    charts = [
        panels.kpi_card(
            series,
            kpi_figure(
                series,
                words=look.words,
                as_of=as_of,
                span=(start, end),
                tickets=tickets,
                scale=scale,
                theme=look.theme,
            ),
            look.words,
        )
        for series in found
    ]
    if ahead:
        context.charts.put(kept, charts)
    return charts


def _chart_key(look: Look, cell_id: str, scale: float) -> tuple[str, str, str, str, float]:
    theme = f"{look.theme.ground}/{look.theme.palette}"
    return cell_id, look.words.language, look.state.at_text or "", theme, scale

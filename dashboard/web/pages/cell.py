"""``/cells/<cell_id>``: from a cell to its cause in under a minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import dash
import dash_mantine_components as dmc
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboard.errors import SnapshotError
from dashboard.web.components import bursts as burst_panels
from dashboard.web.components import cell as rooms
from dashboard.web.components import cell_cause, cell_charts, cell_lists, cell_near, parts, states
from dashboard.web.components import span as span_tools
from dashboard.web.context import Context, Look
from dashboard.web.figures.compare import beside_figure, reach
from dashboard.web.figures.heatmap import heatmap_figure
from dashboard.web.figures.kpi import kpi_figure
from dashboard.web.figures.tickets import lanes_figure
from dashboard.web.view.bursts import bursts
from dashboard.web.view.cell import cell
from dashboard.web.view.kpis import Series, cut, held, kpi_series, week_before
from dashboard.web.view.lines import kpi_frame, lines_of
from dashboard.web.view.maps import Screen
from dashboard.web.view.near import BESIDE, chosen_kpi, near_rows, places_of
from dashboard.web.view.span import Span, span_of
from dashboard.web.view.state import BadQueryError, path_to
from dashboard.web.view.timeline import Mark, marks_of
from dashboard.web.view.week import by_hour_of_week

PREFIX = "/cells/"
CHOICES = ("range", "from", "to", "ghost", "view", "heat", "kpi")


@dataclass(frozen=True)
class Asked:
    """What the address of a cell's page asks for."""

    look: Look
    cell_id: str
    span: Span
    scale: float
    week: bool
    deviation: bool

    @property
    def between(self) -> tuple[Any, Any]:
        """The time axis."""
        return self.span.start, self.span.end

    def href(self, **changes: str | None) -> str:
        """This page with other choices."""
        kept = {name: self.look.state.query.get(name) for name in CHOICES}
        return self.look.state.href(path_to("cells", self.cell_id), **{**kept, **changes})

    @property
    def chart_key(self) -> tuple[object, ...]:
        """What the charts depend on beside the snapshot."""
        theme = f"{self.look.theme.ground}/{self.look.theme.palette}"
        query = tuple((name, self.look.state.query.get(name)) for name in (*CHOICES, "at"))
        return self.cell_id, self.look.words.language, theme, self.scale, query


def layout(context: Context, look: Look, screen: Screen, key: str) -> Component:
    """Everything but the KPI charts, which follow by their own callback."""
    texts, path = look.words.texts, path_to("cells", key)
    found = cell(look, key)
    if found is None:
        link = dcc.Link(texts("nav.cells"), href=look.state.href("/cells"), className="button")
        lines = [texts("cell.unknown", cell_id=key), texts("cell.unknown_hint")]
        missing = parts.message(texts("cell.unknown_title"), lines, below=[link])
        return states.desk(context, look, path, [missing])
    asked = _asked(context, look, key, screen.desk_scale)
    marks = marks_of(look, key, asked.span)
    rows = near_rows(look, key)
    shared: dict[str, Any] = {"words": look.words, "scale": asked.scale, "theme": look.theme}
    as_of = look.snapshot.manifest.as_of
    lanes = lanes_figure(marks, as_of=as_of, span=asked.between, **shared)
    return states.desk(
        context,
        look,
        path,
        [
            rooms.head(found, look),
            cell_cause.why(found, texts),
            *burst_panels.panels(bursts(look, cell_id=key), texts),
            _tools(asked, path),
            cell_lists.lanes(lanes, marks, texts),
            html.Section(
                [
                    html.H2([texts("kpi.title"), html.Small(_legend(asked))]),
                    html.Div(
                        _ready(context, asked, marks),
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


def _asked(context: Context, look: Look, cell_id: str, scale: float) -> Asked:
    settings, query = context.settings, look.state.query
    span = span_of(
        query,
        as_of=look.snapshot.manifest.as_of,
        zone=look.words.zone,
        ahead_h=settings.kpi_forecast_h,
        days=settings.kpi_days,
    )
    week, deviation = query.get("view") == "week", query.get("heat") == "deviation"
    return Asked(look, cell_id, span, scale, week, deviation)


def _tools(asked: Asked, path: str) -> Component:
    texts, look = asked.look.words.texts, asked.look
    kept = {name: look.state.query.get(name) for name in ("view", "heat", "kpi")}
    choice = span_tools.choice
    views = [
        choice(texts("week.hourly"), asked.href(view=None, heat=None), chosen=not asked.week),
        choice(
            texts("week.value"),
            asked.href(view="week", heat=None),
            chosen=asked.week and not asked.deviation,
        ),
        choice(
            texts("week.deviation"),
            asked.href(view="week", heat="deviation"),
            chosen=asked.week and asked.deviation,
            title=texts("week.deviation_help"),
        ),
    ]
    tools = [
        *span_tools.ranges(look, path, asked.span, kept, "cell-dates"),
        span_tools.group(texts("week.label"), views),
        html.Span(texts("span.zoom"), className="panel-note span-hint"),
    ]
    return html.Div(tools, className="span-tools")


def _legend(asked: Asked) -> str:
    texts = asked.look.words.texts
    if not asked.week:
        return texts("kpi.legend_ghost" if asked.span.ghost else "kpi.legend")
    shown = span_tools.shown(asked.look, asked.span)
    return texts("week.legend_deviation" if asked.deviation else "week.legend", span=shown)


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
        ]
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
        asked = _of(context, path, search, size)
        if context.charts.peek(asked.chart_key):
            return dash.no_update, key  # the old picture has forecasts too: it stays until then
        return _charts(context, asked, ahead=False)[0], key

    @app.callback(
        Output("cell-kpis", "children", allow_duplicate=True),
        Output("cell-saturation", "children"),
        Input("cell-ahead", "data"),
        *where,
        prevent_initial_call=True,
    )
    def ahead(_: str, path: str, search: str, size: dict[str, float]) -> object:
        return _charts(context, _of(context, path, search, size), ahead=True)

    @app.callback(Output("cell-near", "children"), Input("cell-key", "data"), *where)
    def beside(_: str, path: str, search: str, size: dict[str, float]) -> object:
        return _beside(_of(context, path, search, size))

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


def _of(context: Context, path: str, search: str, size: dict[str, float] | None) -> Asked:
    """What a callback is asked for; nothing where the page is another one by now."""
    if not path.startswith(PREFIX) or not size:
        raise dash.exceptions.PreventUpdate
    try:
        look = context.look(context.state(search))
    except (SnapshotError, BadQueryError):
        raise dash.exceptions.PreventUpdate from None
    scale = Screen(size["w"], size["h"]).desk_scale
    return _asked(context, look, unquote(path.removeprefix(PREFIX)), scale)


def _ready(context: Context, asked: Asked, marks: Sequence[Mark]) -> parts.Children:
    """Charts at once where their series are in memory, or the last ones that were drawn."""
    series = held(context, asked.look, asked.cell_id)
    if series:
        return _cards(asked, series, marks)
    # The charts of the snapshot before stay until the new ones are made.
    loading = html.P(asked.look.words.texts("kpi.loading"), className="loading")
    return context.charts.peek(asked.chart_key) or loading


def _charts(
    context: Context, asked: Asked, *, ahead: bool
) -> tuple[list[Component], list[Component]]:
    """One card a KPI, and what the head says of the first limit to be reached."""
    texts = asked.look.words.texts
    try:
        found = kpi_series(context, asked.look, asked.cell_id, ahead=ahead)
    except SnapshotError as error:
        return [html.P(texts("kpi.failed", reason=str(error)), className="none")], []
    if not found:
        return [html.P(texts("kpi.none"), className="none")], []
    charts = _cards(asked, found, marks_of(asked.look, asked.cell_id, asked.span))
    if ahead:
        context.charts.put(asked.chart_key, charts)
    return charts, cell_charts.saturation_fact(found, asked.look.words)


def _cards(asked: Asked, found: Sequence[Series], marks: Sequence[Mark]) -> list[Component]:
    words, span, cards = asked.look.words, asked.span, []
    tickets = [mark for mark in marks if mark.kind == "ticket"]
    others = [mark for mark in marks if mark.kind != "ticket"]
    for whole in found:
        series = cut(whole, span.start, span.end)
        near = asked.href(kpi=whole.kpi.name) + "#cell-near"
        shared: dict[str, Any] = {
            "words": words,
            "scale": asked.scale,
            "theme": asked.look.theme,
        }
        if series.last is None and not (series.ahead_start and span.end > series.ahead_start):
            cards.append(cell_charts.kpi_card(series, None, words, near=near))
        elif asked.week:
            table = by_hour_of_week(series, words.zone, deviation=asked.deviation)
            figure = heatmap_figure(table, whole.kpi, deviation=asked.deviation, **shared)
            cards.append(cell_charts.kpi_card(series, figure, words, near=near, box="week-graph"))
        else:
            figure = kpi_figure(
                series,
                as_of=asked.look.snapshot.manifest.as_of,
                span=asked.between,
                tickets=[mark.start for mark in tickets],
                lows=[mark.low for mark in tickets],
                marks=others,
                ghost=week_before(whole, span.start, span.end) if span.ghost else None,
                **shared,
            )
            cards.append(cell_charts.kpi_card(series, figure, words, near=near))
    return cards


def _beside(asked: Asked) -> list[Component]:
    """The chosen KPI of the cell and of its first neighbours, on the same axes."""
    look, texts = asked.look, asked.look.words.texts
    rows = near_rows(look, asked.cell_id)
    if not rows:
        raise dash.exceptions.PreventUpdate
    found = look.snapshot.rows("cell", {"cell_id": asked.cell_id})[0]
    kpi, rows = chosen_kpi(look, found), rows[: BESIDE + 1]
    try:
        frame = kpi_frame(look, [row["cell_id"] for row in rows], asked.span, [kpi])
    except SnapshotError as error:
        return [html.P(texts("kpi.failed", reason=str(error)), className="none")]
    lines = lines_of(frame, kpi, {row["cell_id"]: row["name"] or row["cell_id"] for row in rows})
    by_id, values, shown = {row["cell_id"]: row for row in rows}, reach(lines), []
    end = min(asked.span.end, look.snapshot.manifest.as_of + timedelta(hours=1))
    for line in lines:
        own = line.cell_id == asked.cell_id
        figure = beside_figure(
            line,
            words=look.words,
            as_of=look.snapshot.manifest.as_of,
            span=(asked.span.start, max(end, asked.span.start + timedelta(hours=1))),
            values=values,
            colour=look.theme.series if own else look.theme.categories[1],
            scale=asked.scale,
            theme=look.theme,
        )
        path = path_to("cells", line.cell_id)
        kept = {name: look.state.query.get(name) for name in CHOICES}
        href = "" if own else look.state.href(path, **{**kept, "kpi": kpi})
        shown.append((line, figure, href, look.freshness.status(by_id[line.cell_id]["status"])))
    return cell_near.multiples(shown, look, kpi, len(rows) - len(lines))

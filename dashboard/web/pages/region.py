"""``/regions/<region_id>``: the daily complaints of a region, and what is expected."""

from __future__ import annotations

from typing import Any

import dash
import pandas as pd
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.web.components import bursts as burst_panels
from dashboard.web.components import parts, states
from dashboard.web.components.cell import panel
from dashboard.web.components.span import choice, group
from dashboard.web.context import Context, Look
from dashboard.web.figures.region import region_figure
from dashboard.web.figures.theme import Figure
from dashboard.web.view import words as w
from dashboard.web.view.bursts import bursts
from dashboard.web.view.maps import Screen
from dashboard.web.view.region import RANGES, days_of, expected_tickets, range_of
from dashboard.web.view.state import path_to

MEASURES = ("tickets", "low_complaints")


def layout(context: Context, look: Look, screen: Screen, key: str) -> Component:
    """Key figures and one chart a measure."""
    texts, path = look.words.texts, path_to("regions", key)
    found = look.snapshot.rows("region", {"region_id": key})
    if not found:
        link = dcc.Link(texts("state.to_map"), href=look.state.href("/"), className="button")
        lines = [texts("region.unknown", region_id=key)]
        missing = parts.message(texts("region.unknown_title"), lines, below=[link])
        return states.desk(context, look, path, [missing])
    charts = [_chart(look, key, measure, screen.desk_scale) for measure in MEASURES]
    charts[1:1] = _services(look, key, screen.desk_scale)
    batches = burst_panels.panels(bursts(look, region_id=key), texts)
    children = [_head(look, found[0]), *batches, _ranges(look, path), *charts]
    return states.desk(context, look, path, children)


def skeleton() -> Component:
    """No callback needs an id of this page."""
    return html.Div()


def register(app: dash.Dash, context: Context) -> None:
    """No callbacks: the page is drawn at once."""
    del app, context


def _ranges(look: Look, path: str) -> Component:
    """How many days back the charts go."""
    texts, chosen = look.words.texts, range_of(look.state.query)
    links = [
        choice(
            texts(f"region_range.{name}"),
            look.state.href(path, range=name),
            chosen=name == chosen,
        )
        for name in RANGES
    ]
    return html.Div(group(texts("span.label"), links), className="span-tools")


def _head(look: Look, row: dict[str, Any]) -> Component:
    texts, manifest = look.words.texts, look.snapshot.manifest
    status = look.freshness.status(row["status"])
    facts = [(texts("region.expected_tickets", hours=manifest.horizon_h), expected_tickets(row))]
    name: list[Any] = [html.H1(row["name"] or row["region_id"]), parts.status_label(status, look)]
    trends = look.state.href("/trends", region_id=row["region_id"])
    name.append(dcc.Link(texts("region.to_trends"), href=trends, className="way"))
    if manifest.mode == "cells":
        href = look.state.href("/cells", region_id=row["region_id"])
        name.append(dcc.Link(texts("region.to_cells"), href=href, className="way"))
        low = w.expected(row["expected_low_complaints"])
        facts += [
            (texts("region.expected_low", hours=manifest.horizon_h), low),
            (texts("region.cells"), w.number(row["cells"])),
            (
                look.words.status("red", manifest.mode),
                w.number(row["red_cells"]) if look.freshness.fresh else w.NOTHING,
            ),
        ]
    else:
        facts.append((texts("region.low"), texts("region.low_unknown")))
    items = [html.Div([html.Dt(label), html.Dd(value)], className="fact") for label, value in facts]
    return html.Section(
        [html.Div(name, className="cell-name"), html.Dl(items, className="facts")],
        className=f"panel cell-head {status}",
    )


def _services(look: Look, region_id: str, scale: float) -> list[Component]:
    """One small chart a service, the most frequent first; nothing where they are not told apart."""
    texts = look.words.texts
    rows = look.snapshot.frame("region_services", {"region_id": region_id})
    if rows.empty:
        return []
    often = rows.groupby("service")["observed"].sum().sort_values(ascending=False, kind="stable")
    cards = []
    for service in often.index:
        series = rows[rows["service"] == service].reset_index(drop=True)
        figure = _days(look, series, scale, ticks=5)
        name = look.words.code("service", service)
        head = html.Div(html.Span(name, className="kpi-label"), className="kpi-head")
        graph = parts.graph(figure, "service-graph", zoom=False)
        cards.append(html.Div([head, graph], className="service"))
    note = html.P(texts("region.services_note"), className="panel-note")
    grid = html.Div(cards, className="services")
    return [panel(texts("region.services"), html.Div([grid, note]))]


def _chart(look: Look, region_id: str, measure: str, scale: float) -> Component:
    texts, title = look.words.texts, look.words.texts(f"region.{measure}")
    series = look.snapshot.frame("region_series", {"region_id": region_id, "measure": measure})
    if series.empty:
        return panel(title, html.P(texts(f"region.no_{measure}"), className="none"))
    figure = _days(look, series, scale)
    model = series["model"].dropna()
    note = (
        texts("region.model", model=look.words.code("model", model.iloc[0])) if len(model) else ""
    )
    graph = parts.graph(figure, "region-graph", zoom=False)
    return panel(title, html.Div([graph, html.P(note, className="panel-note")]))


def _days(look: Look, series: pd.DataFrame, scale: float, ticks: int = 14) -> Figure:
    """Days behind and ahead of one series, as far back as was chosen."""
    as_of = look.snapshot.manifest.as_of
    today = as_of.astimezone(look.words.zone).date()
    return region_figure(
        days_of(series, range_of(look.state.query), today),
        words=look.words,
        as_of=as_of,
        title=look.words.texts("region.per_day"),
        scale=scale,
        theme=look.theme,
        ticks=ticks,
    )

"""Neighbours and co-site cells: a small map, a list, and one KPI of all of them side by side."""

from __future__ import annotations

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.web.components import parts
from dashboard.web.components.cell import panel, table
from dashboard.web.components.cell_charts import kpi_title
from dashboard.web.context import Look
from dashboard.web.figures.cell_map import cell_map_figure, statuses_of
from dashboard.web.figures.theme import Figure
from dashboard.web.i18n import Texts
from dashboard.web.view.cell import Cell
from dashboard.web.view.lines import Line
from dashboard.web.view.near import Place


def near(
    cell: Cell, look: Look, places: Sequence[Place], *, kpi: str, names: Sequence[str], scale: float
) -> Component:
    """The map, the list, and room for the KPI's small multiples, which follow by a callback.

    Args:
        cell: the page's.
        look: words and colours.
        places: cells with a position, the page's own first.
        kpi: the one set side by side.
        names: those that can be chosen.
        scale: size of type; 1 at 1080 lines.
    """
    texts = look.words.texts
    choose = dmc.Select(
        id="cell-near-kpi",
        data=[{"value": name, "label": look.words.kpi_label(name)} for name in names],
        value=kpi,
        allowDeselect=False,
        searchable=True,
        size="sm",
        className="near-select",
        **parts.aria(label=texts("near.kpi")),
    )
    beside = html.Div(
        [
            html.Header(
                [html.H2([texts("near.beside"), html.Small(texts("near.same_axes"))]), choose],
                className="near-head",
            ),
            html.Div(html.P(texts("near.loading"), className="loading"), id="cell-near"),
        ],
        className="panel near-beside",
    )
    mapped = panel(texts("near.map"), _map(look, places, scale), name="near-map")
    return html.Div([mapped, neighbours(cell, texts), beside], className="near")


def _map(look: Look, places: Sequence[Place], scale: float) -> Component:
    texts = look.words.texts
    if not places:
        hidden = dcc.Graph(id="cell-map", style={"display": "none"})
        return html.Div([html.P(texts("near.no_place"), className="none"), hidden])
    figure = cell_map_figure(places, words=look.words, scale=scale, theme=look.theme)
    legend = [
        html.Span([parts.status_mark(status), look.words.status(status, "cells")])
        for status in statuses_of(places)
    ]
    return html.Div(
        [
            parts.graph(figure, "cell-map", zoom=False, id="cell-map"),
            html.Div(legend, className="near-legend"),
        ]
    )


def neighbours(cell: Cell, texts: Texts) -> Component:
    """Cells of the same mast and nearby, what ties them to this one, and their status."""
    rows = [
        [
            parts.status_mark(n.status),
            html.Div(
                [dcc.Link(n.name, href=n.href), html.Span(n.relation, className="panel-note")],
                className="near-name",
            ),
            n.share,
            n.probability,
            n.cause,
        ]
        for n in cell.neighbours
    ]
    keys = ("cell", "handovers", "probability", "cause")
    heads = ["", *(texts(f"column.{key}") for key in keys)]
    listed = table(heads, rows, texts("cell.no_neighbours"))
    return panel(texts("cell.neighbours"), listed, name="near-list")


def multiples(
    lines: Sequence[tuple[Line, Figure, str, str]], look: Look, kpi: str, missing: int
) -> list[Component]:
    """One small chart a cell; the page's own first, set apart.

    Args:
        lines: of each cell: its line, chart, page ('' for the own) and status.
        look: words.
        kpi: what is drawn.
        missing: how many cells have no values of it.
    """
    texts, words = look.words.texts, look.words
    if not lines:
        none = texts("near.none", kpi=words.kpi_label(kpi))
        return [html.P(none, className="none")]
    cards = []
    for line, figure, href, status in lines:
        name = dcc.Link(line.name, href=href) if href else html.B(line.name)
        value = words.with_unit(line.last, words.catalogue[kpi])
        head = html.Div(
            [parts.status_mark(status), name, html.Span(value, className="beside-value")],
            className="beside-head",
        )
        kind = "beside" if href else "beside own"
        cards.append(html.Div([head, parts.graph(figure, "beside-graph", zoom=False)],
                              className=kind))  # fmt: skip
    told = [kpi_title(words, kpi), html.Span(words.unit(words.catalogue[kpi]), className="muted")]
    if missing:
        told.append(html.Span(texts("near.missing", n=missing), className="panel-note"))
    return [html.Div(told, className="beside-title"), html.Div(cards, className="besides")]

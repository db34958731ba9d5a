"""The lists of a cell's page: what happened before, complaints, works and alarms, and the lanes."""

from __future__ import annotations

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.web.components import parts
from dashboard.web.components.cell import panel, table
from dashboard.web.context import Look
from dashboard.web.figures.theme import Figure
from dashboard.web.i18n import Texts
from dashboard.web.view.cell import Cell
from dashboard.web.view.timeline import Mark


def lanes(figure: Figure, marks: Sequence[Mark], texts: Texts) -> Component:
    """Complaints, alarms, works and events over the span of the page's charts."""
    counts = {low: sum(m.kind == "ticket" and m.low is low for m in marks) for low in (True, None)}
    tickets = sum(mark.kind == "ticket" for mark in marks)
    told = texts("lane.no_ticket")
    if tickets:
        told = texts("lane.told", n=tickets, low=counts[True], unrated=counts[None])
    return html.Section(
        [
            html.H2([texts("lane.title"), html.Small(told)]),
            parts.graph(figure, "lane-graph", zoom=False, id="cell-lanes"),
            html.P(texts("lane.legend"), className="panel-note"),
        ],
        className="panel lanes",
    )


def episodes(cell: Cell, look: Look) -> Component:
    """Earlier times at risk like this one, and how they ended."""
    texts, found = look.words.texts, cell.episodes
    rows = [
        [
            parts.status_mark(episode.status),
            html.Div(
                [
                    dcc.Link(episode.time, href=episode.href, title=texts("episodes.replay")),
                    html.Div(episode.lasted, className="panel-note"),
                ]
            ),
            html.Div(
                [
                    html.Div(episode.name),
                    html.Div(texts(f"episodes.{episode.kind}"), className="panel-note"),
                ]
            ),
            episode.cause,
            episode.probability,
            html.Span(episode.ended, className=f"ended {episode.end}"),
        ]
        for episode in found.shown
    ]
    keys = ("when", "cell", "cause", "peak", "ended")
    heads = ["", *(texts(f"episodes.column_{key}") for key in keys)]
    note = html.P(texts("episodes.likeness"), className="panel-note")
    listed = table(heads, rows, texts("episodes.none"))
    return panel(
        texts("episodes.title"),
        html.Div([listed, note] if rows else listed),
        note=found.summary,
        name="episodes",
    )


def works(cell: Cell, texts: Texts) -> Component:
    """Cut-overs, maintenance, alarms and events that touch the cell."""
    rows = [
        [
            work.time,
            html.Span(work.kind, className=f"lane-kind {work.mark}"),
            work.description,
        ]
        for work in cell.works
    ]
    heads = [texts(f"column.{key}") for key in ("time", "kind", "description")]
    return panel(texts("cell.works"), table(heads, rows, texts("cell.no_works")), name="works")


def tickets(cell: Cell, texts: Texts) -> Component:
    """Complaints of the last 90 days, personal data masked."""
    rows = [
        [
            ticket.time,
            ticket.what,
            ticket.channel,
            html.Span(
                ticket.satisfaction,
                className="low" if ticket.low else None,
                title=texts("cell.low") if ticket.low else None,
            ),
            ticket.attribution,
            ticket.status,
        ]
        for ticket in cell.tickets
    ]
    keys = ("time", "description", "channel", "satisfaction", "attribution", "ticket_status")
    heads = [texts(f"column.{key}") for key in keys]
    listed = table(heads, rows, texts("cell.no_tickets"))
    return panel(texts("cell.tickets"), listed, name="tickets")

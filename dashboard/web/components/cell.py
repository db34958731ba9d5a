"""The panels of a cell's page."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.web.components import parts
from dashboard.web.context import Look
from dashboard.web.i18n import Texts
from dashboard.web.view.cell import Cell, Fact
from dashboard.web.view.drivers import Driver
from dashboard.web.view.kpis import Series
from dashboard.web.view.words import Words, measure
from forecasting.saturation import DAYS_AHEAD


def head(cell: Cell, look: Look) -> Component:
    """Name, status, place, and the key figures."""
    place: list[Any] = []
    if cell.region_name:
        name = cell.region_name
        place = [dcc.Link(name, href=cell.region_href) if cell.region_href else html.Span(name)]
    return html.Section(
        [
            html.Div(
                [
                    html.Div(
                        [
                            html.H1(cell.name),
                            parts.status_label(cell.status, look),
                            *place,
                        ],
                        className="cell-name",
                    ),
                    html.P(cell.quality, className="agreement"),
                    html.P(" · ".join(cell.inventory), className="inventory"),
                ]
            ),
            html.Dl([_fact(fact) for fact in cell.facts], className="facts"),
        ],
        className=f"panel cell-head {cell.status}",
    )


def _fact(fact: Fact) -> Component:
    return html.Div([html.Dt(fact.label, title=fact.help), html.Dd(fact.value)], className="fact")


def cause(cell: Cell, texts: Texts) -> list[Component]:
    """What speaks for the cause, and what to do about it; nothing where nothing is wrong."""
    if not cell.cause:
        return []
    lines: list[Component] = [
        html.Div([html.Dt(piece.label), html.Dd(piece.seen)], className="piece")
        for piece in cell.evidence
    ]
    shown = html.Dl(lines) if lines else html.P(texts("evidence.none"), className="none")
    panels = [panel(texts("evidence.title", cause=cell.cause), shown)]
    if cell.play is not None:
        play = [
            html.Div([html.Dt(texts(f"playbook.{key}")), html.Dd(text)], className="piece")
            for key, text in (
                ("action", cell.play.action),
                ("skill", cell.play.skill),
                ("parts", cell.play.parts),
            )
        ]
        note = html.P(texts("playbook.note"), className="panel-note")
        panels.append(panel(texts("playbook.title"), html.Div([html.Dl(play), note])))
    return [html.Div(panels, className="two")]


def drivers(cell: Cell, texts: Texts) -> Component:
    """Contribution bars; where some lower the risk, they go to the left of a middle line."""
    if not cell.drivers:
        # A red cell without drivers: made by the fallback, which weighs nothing it could show.
        reason = "no_model" if cell.status in ("red", "yellow") else "no_drivers"
        return panel(texts("cell.drivers"), html.P(texts(f"cell.{reason}"), className="none"))
    two_sided = any(driver.share < 0 for driver in cell.drivers)
    lines = [_driver(driver, two_sided=two_sided) for driver in cell.drivers]
    note = html.P(texts("cell.drivers_note"), className="panel-note")
    return panel(texts("cell.drivers"), html.Div([*lines, note]))


def _driver(driver: Driver, *, two_sided: bool) -> Component:
    width = (50 if two_sided else 100) * abs(driver.share)
    way = "down" if driver.share < 0 else "up"
    bar = html.Div(className=f"driver-bar {way}", style={"width": f"{width:.1f}%"})
    return html.Div(
        [
            html.Span(driver.label, className="driver-label", title=driver.label),
            html.Span(driver.evidence, className="evidence"),
            html.Div(bar, className="driver-track two-sided" if two_sided else "driver-track"),
            html.Span(driver.factor, className="factor"),
        ],
        className="driver",
    )


def neighbours(cell: Cell, texts: Texts) -> Component:
    """Cells of the same mast and nearby, what ties them to this one, and their status."""
    rows = [
        [
            parts.status_mark(n.status),
            html.Div([dcc.Link(n.name, href=n.href), html.Div(n.relation, className="panel-note")]),
            n.share,
            n.probability,
            n.cause,
        ]
        for n in cell.neighbours
    ]
    keys = ("cell", "handovers", "probability", "cause")
    heads = ["", *(texts(f"column.{key}") for key in keys)]
    return panel(texts("cell.neighbours"), table(heads, rows, texts("cell.no_neighbours")))


def works(cell: Cell, texts: Texts) -> Component:
    """Cut-overs and maintenance that touch the cell."""
    rows = [[work.time, work.kind, work.description] for work in cell.works]
    heads = [texts(f"column.{key}") for key in ("time", "kind", "description")]
    return panel(texts("cell.works"), table(heads, rows, texts("cell.no_works")))


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
    return panel(texts("cell.tickets"), table(heads, rows, texts("cell.no_tickets")))


def kpi_card(series: Series, figure: go.Figure, words: Words) -> Component:
    """Label with its definition on hover, newest value against normal, and the chart."""
    texts, kpi = words.texts, series.kpi
    definition = kpi.zh_help if words.language == "zh" else kpi.en_help
    low, high = series.last_band
    normal = ""
    if low is not None and high is not None:
        normal = texts("kpi.usual", low=measure(low), high=measure(high))
    title = dmc.Tooltip(
        html.Span(words.kpi_label(kpi.name), className="kpi-label"),
        label=definition,
        multiline=True,
        w=320,
        withArrow=True,
    )
    return html.Div(
        [
            html.Div(
                [
                    title,
                    html.Span(words.with_unit(series.last, kpi), className="kpi-value"),
                    html.Span(normal, className="kpi-normal"),
                ],
                className="kpi-head",
            ),
            parts.graph(figure, "kpi-graph", zoom=False),
            *_saturation(series, words),
        ],
        className="panel kpi",
    )


def _saturation(series: Series, words: Words) -> list[Component]:
    """When the busy hour reaches the limit, in a line below the chart."""
    found, texts, kpi = series.saturation, words.texts, series.kpi
    if found is None:
        return []
    line = texts(
        f"saturation.{found.state}",
        value=words.with_unit(found.busy_hour, kpi),
        limit=words.with_unit(found.limit, kpi),
        day="" if found.day is None else found.day.isoformat(),
        earliest="" if found.earliest is None else found.earliest.isoformat(),
        latest=texts("saturation.later", days=DAYS_AHEAD)
        if found.latest is None
        else found.latest.isoformat(),
        days=DAYS_AHEAD,
    )
    hint = texts("saturation.hint", days=found.days_known)
    return [html.P(line, className=f"saturation {found.state}", title=hint)]


def panel(title: str, content: Component) -> Component:
    """A titled panel."""
    return html.Section([html.H2(title), content], className="panel")


def table(heads: list[str], rows: list[list[Any]], nothing: str) -> Component:
    """A table, or a line that says why there is none."""
    if not rows:
        return html.P(nothing, className="none")
    made: Component = dmc.Table(
        [
            dmc.TableThead(dmc.TableTr([dmc.TableTh(head) for head in heads])),
            dmc.TableTbody([dmc.TableTr([dmc.TableTd(value) for value in row]) for row in rows]),
        ],
        highlightOnHover=True,
        className="table",
    )
    return made

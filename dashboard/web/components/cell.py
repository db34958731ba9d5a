"""What the rooms of a cell's page share, and its head."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.web.components import parts
from dashboard.web.context import Look
from dashboard.web.view.cell import Cell, Fact
from dashboard.web.view.compare import compare_href


def head(cell: Cell, look: Look) -> Component:
    """Name, status, place, ways on, and the key figures."""
    texts = look.words.texts
    links: list[Any] = []
    if cell.region_name:
        name = cell.region_name
        links.append(dcc.Link(name, href=cell.region_href) if cell.region_href else html.Span(name))
    if cell.trends_href:
        links.append(dcc.Link(texts("cell.trends"), href=cell.trends_href, className="way"))
    ids = [cell.cell_id, *(n.cell_id for n in cell.neighbours if n.cosite)][:6]
    links.append(
        dcc.Link(
            texts("cell.compare"),
            href=compare_href(look, ids),
            className="way",
            title=texts("cell.compare_help"),
        )
    )
    return html.Section(
        [
            html.Div(
                [
                    html.Div(
                        [html.H1(cell.name), parts.status_label(cell.status, look), *links],
                        className="cell-name",
                    ),
                    html.P(cell.quality, className="agreement"),
                    html.P(" · ".join(cell.inventory), className="inventory"),
                ],
                className="cell-who",
            ),
            html.Dl(
                [*(fact(found) for found in cell.facts), html.Div(id="cell-saturation")],
                className="facts",
            ),
        ],
        className=f"panel cell-head {cell.status}",
    )


def fact(found: Fact) -> Component:
    """A labelled value, with its definition on hover."""
    return html.Div(
        [html.Dt(found.label, title=found.help), html.Dd(found.value)], className="fact"
    )


def panel(title: str, content: parts.Children, *, note: str = "", name: str = "") -> Component:
    """A titled panel."""
    small = [html.Small(note)] if note else []
    return html.Section([html.H2([title, *small]), content], className=f"panel {name}".strip())


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

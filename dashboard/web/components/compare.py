"""The rooms of a comparison: a head per cell, a card per KPI, the table of key figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.web.components import parts
from dashboard.web.components.cell import panel, table
from dashboard.web.components.cell_charts import kpi_title
from dashboard.web.context import Look
from dashboard.web.figures.theme import Figure
from dashboard.web.view.compare import MOST, Compared, Comparison
from dashboard.web.view.lines import Line
from dashboard.web.view.words import NOTHING, Words
from ingest.catalogue import Kpi


def head(found: Comparison, look: Look) -> Component:
    """Who is compared, in each cell's colour; what could not be shown is named."""
    texts = look.words.texts
    cards = [
        _cell(cell, look, colour)
        for cell, colour in zip(found.cells, look.theme.categories, strict=False)
    ]
    notes = []
    if found.unknown:
        notes.append(texts("compare.unknown", ids="、".join(found.unknown)))
    if found.dropped:
        notes.append(texts("compare.dropped", n=MOST, ids="、".join(found.dropped)))
    return html.Section(
        [
            html.H1(texts("compare.title")),
            *(html.P(note, className="compare-note", role="status") for note in notes),
            html.Div(cards, className="compared", role="group",
                     **parts.aria(label=texts("compare.label"))),
        ],
        className="compare-head",
    )  # fmt: skip


def _cell(cell: Compared, look: Look, colour: str) -> Component:
    texts = look.words.texts
    facts = [
        html.Div([html.Dt(label), html.Dd(value)], className="piece") for label, value in cell.facts
    ]
    remove = texts("compare.remove")
    return html.Article(
        [
            html.Header(
                [
                    dcc.Link(cell.name, href=cell.href, className="compared-name"),
                    dcc.Link("✕", href=cell.without, className="compared-remove", title=remove),
                ]
            ),
            html.P(
                [
                    parts.status_label(cell.status, look),
                    html.Span(" · ".join(part for part in (cell.region, cell.technology) if part)),
                ],
                className="compared-where",
            ),
            html.Dl(facts),
        ],
        className="panel compared-cell",
        style={"borderTopColor": colour},
    )


def card(kpi: Kpi, figure: Figure, words: Words, missing: Sequence[str]) -> Component:
    """One KPI of all cells; those without values are named."""
    told = words.texts("compare.missing", names="、".join(missing)) if missing else ""
    return html.Div(
        [
            html.Div(
                [
                    kpi_title(words, kpi.name),
                    html.Span(words.unit(kpi), className="kpi-normal"),
                    html.Span(told, className="panel-note"),
                ],
                className="kpi-head",
            ),
            parts.graph(figure, "compare-graph", zoom=False),
        ],
        className="panel kpi",
    )


def figures_table(
    cells: Sequence[Compared], rows: Sequence[tuple[Kpi, Mapping[str, Line]]], words: Words
) -> Component:
    """Mean and newest value of each KPI and cell; the worst of a row in bold."""
    texts = words.texts
    shown: list[list[Any]] = []
    for kpi, lines in rows:
        means = {cell_id: line.mean for cell_id, line in lines.items() if line.mean is not None}
        worst = None
        if kpi.worse != "none" and len(set(means.values())) > 1:
            pick = max if kpi.worse == "higher" else min
            worst = pick(means, key=lambda cell_id: means[cell_id])
        row: list[Any] = [kpi_title(words, kpi.name)]
        for cell in cells:
            line = lines.get(cell.cell_id)
            if line is None:
                row.append(NOTHING)
                continue
            text = texts(
                "compare.cell",
                mean=words.with_unit(line.mean, kpi),
                last=words.with_unit(line.last, kpi),
            )
            row.append(html.B(text) if cell.cell_id == worst else text)
        shown.append(row)
    heads = [texts("compare.kpi"), *(cell.name for cell in cells)]
    listed = table(heads, shown, texts("compare.no_kpi"))
    return panel(texts("compare.table"), listed, note=texts("compare.table_note"))

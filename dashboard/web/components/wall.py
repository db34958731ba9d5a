"""The wall's panels: bar, counts, expected complaints, the worst list, legend."""

from __future__ import annotations

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.snapshot import COUNT_KEYS
from dashboard.web.components import bursts, parts
from dashboard.web.context import Look
from dashboard.web.i18n import Texts
from dashboard.web.view.wall import Row, Wall


def counts(wall: Wall, look: Look) -> list[Component]:
    """Red, yellow, green, unknown: shape, word, number."""
    texts, unit = look.words.texts, "cells" if wall.mode == "cells" else "regions"
    tiles: list[Component] = []
    for status in COUNT_KEYS:
        note = wall.change if status == "red" and wall.change else texts(f"count.{unit}.{status}")
        head = html.Div(
            [parts.status_mark(status), html.Span(look.words.status(status, wall.mode))],
            className="tile-head",
        )
        tiles.append(
            html.Div(
                [
                    html.Div([head, html.Div(note, className="tile-note")]),
                    html.Div(wall.counts[status], className="tile-number"),
                ],
                className=f"tile {status}",
                title=texts(f"count.{unit}.{status}_help"),
            )
        )
    return tiles


def expected(wall: Wall, look: Look) -> list[Component]:
    """How many complaints the next hours will bring."""
    texts, mode = look.words.texts, wall.mode
    hours = look.snapshot.manifest.horizon_h
    return [
        html.Div(
            [
                html.Div(texts(f"expected.{mode}", hours=hours), className="tile-head"),
                html.Div(wall.expected_note, className="tile-note"),
            ]
        ),
        html.Div(wall.expected, className="tile-number"),
    ]


def worst(wall: Wall, look: Look) -> list[Component]:
    """The cells (in tickets mode the regions) to look at first; each line leads to its page."""
    texts = look.words.texts
    when = "" if look.freshness.fresh else "_stale"
    title = texts(f"worst.{wall.mode}{when}", n=len(wall.rows))
    head = html.Div(
        [
            html.Span(title, className="worst-title"),
            html.Span(texts(f"worst.{wall.mode}_value"), className="worst-value"),
            html.Span(texts(f"worst.{wall.mode}_detail"), className="worst-detail"),
        ],
        className="worst-head",
    )
    above = bursts.strip(wall.bursts, texts)
    if not wall.rows:
        return [*above, head, html.P(texts("worst.none"), className="worst-none")]
    return [*above, head, html.Div([_line(row) for row in wall.rows], className="worst-rows")]


def _line(row: Row) -> Component:
    name: list[Any] = [html.Span(row.name, className="worst-name")]
    if row.place:
        name.append(html.Span(row.place, className="worst-place"))
    return dcc.Link(
        [
            parts.status_mark(row.status),
            html.Span(name, className="worst-who"),
            html.Span(row.value, className="worst-value"),
            html.Span(row.detail, className="worst-detail"),
        ],
        href=row.href,
        className=f"worst-line {row.status}",
        title=row.title,
    )


def legend(wall: Wall, outside: tuple[str, ...], texts: Texts) -> list[Component]:
    """What the signs promise, in one line; and what lies outside the map."""
    items: list[Component] = [
        html.Span([parts.status_mark(status), html.Span(text)], className="legend-item")
        for status, text in wall.legend
    ]
    if outside:
        names = texts("legend.outside_join").join(outside)
        text = texts("legend.outside", n=len(outside))
        items.append(html.Span(text, className="legend-item outside", title=names))
    return items

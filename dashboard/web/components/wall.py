"""The wall's side: counts, what comes, measures, fates, the worst areas; and the legend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.web.components import parts
from dashboard.web.context import Look
from dashboard.web.i18n import Texts
from dashboard.web.view import words as w
from dashboard.web.view.wall import Wall
from dashboard.web.view.wall_areas import AreaRow
from dashboard.web.view.wall_measures import Gauge, Judged, Measure


def counts(wall: Wall, look: Look) -> list[Component]:
    """Red, yellow, green, unknown: shape, word, number, change since yesterday."""
    texts, unit = look.words.texts, "cells" if wall.mode == "cells" else "regions"
    known = any(count.change for count in wall.counts)
    since = texts("wall.change_help" if known else "wall.change_unknown")
    if wall.scope.region_id is not None:
        since = texts("wall.change_focus")
    tiles: list[Component] = []
    for count in wall.counts:
        key = f"count.{unit}.{count.status}"
        note: list[Any] = [texts(key)]
        if count.change:
            tone = {True: "worse", False: "better", None: "same"}[count.worse]
            note = [
                html.Span(texts("wall.change"), className="change-since"),
                html.Span(count.change, className=f"change {tone}"),
            ]
        head = [
            parts.status_mark(count.status),
            html.Span(texts(f"{key}_word")),
        ]
        tiles.append(
            html.Div(
                [
                    html.Div(head, className="tile-head"),
                    number(count.number),
                    html.Div(note, className="tile-note"),
                ],
                className=f"tile {count.status}",
                title=f"{texts(f'{key}_help')}\n{since}",
            )
        )
    return tiles


def number(text: str, unit: str = "") -> Component:
    """A key number; what is unknown is a thin dash."""
    inside: list[Any] = [text, html.Small(unit)] if unit else [text]
    return html.Div(inside, className="tile-number nil" if text == w.NOTHING else "tile-number")


def expected(wall: Wall, look: Look) -> list[Component]:
    """How many complaints the next hours will bring, and how sure that is."""
    texts, told = look.words.texts, wall.expected
    interval = texts("expected.interval", ends=told.interval) if told.interval else told.basis
    return [
        html.Div(
            [
                html.Div(
                    texts(f"expected.{wall.mode}", hours=wall.hours.horizon_h),
                    className="tile-head",
                ),
                html.Div(
                    [html.Span(interval, className="interval"), *hours_key(wall, texts)],
                    className="tile-note line",
                ),
            ],
            className="expected-words",
            title=f"{texts('expected.help')}\n{told.basis}",
        ),
        number(told.number),
    ]


def hours_key(wall: Wall, texts: Texts) -> list[Component]:
    """What the strip's lanes are, with how many."""
    found: list[Component] = []
    for kind in ("works", "events"):
        n = sum(plan.kind == kind for plan in wall.hours.plans)
        line = [html.I(className=f"lane {kind}"), html.Span(f"{texts(f'hours.{kind}')} {n}")]
        found.append(html.Span(line, className="hours-key"))
    return found


def measures(wall: Wall, look: Look) -> list[Component]:
    """Complaint rate against its band, timely, repeat, satisfaction."""
    return [_measure(measure, look.words.texts) for measure in wall.measures]


def _measure(measure: Measure, texts: Texts) -> Component:
    tone = {True: "worse", False: "better", None: "same"}[measure.worse]
    return html.Div(
        [
            html.Div(texts(f"measure.{measure.key}"), className="tile-head"),
            number(measure.number, measure.unit),
            html.Div(measure.note, className=f"tile-note {tone}"),
            html.Div(gauge(measure.gauge), className="gauge-place"),
        ],
        className=f"measure {tone}",
        title=measure.help,
    )


def gauge(told: Gauge | None) -> Component | None:
    """The band as a bar, the value as a mark on it."""
    if told is None:
        return None
    band = {"left": f"{100 * told.lower:.1f}%", "width": f"{100 * (told.upper - told.lower):.1f}%"}
    return html.Div(
        [
            html.I(className="gauge-band", style=band),
            html.I(className="gauge-value", style={"left": f"{100 * told.value:.1f}%"}),
        ],
        className="gauge",
        **parts.aria(hidden="true"),
    )


def judged(told: Judged | None) -> list[Component]:
    """Hits, misses and false alarms of the newest judged forecast."""
    if told is None:
        return []
    return [
        html.Div(told.head, className="tile-head"),
        *(
            html.Div(
                [number(told_n), html.Span(name)],
                className=f"fate fate-{n}",
            )
            for n, (name, told_n) in enumerate(told.numbers)
        ),
    ]


def worst(wall: Wall, look: Look, slots: Mapping[str, Component] | None = None) -> list[Component]:
    """The areas (in tickets mode the regions) to look at first; each line leads to its cause.

    Args:
        wall: values.
        look: words.
        slots: what is being done about each area's reds; None: nobody tells of work orders.
    """
    texts = look.words.texts
    when = "" if look.freshness.fresh else "_stale"
    many = wall.mode == "tickets" or len(wall.rows) > 1
    title = texts(f"worst.{wall.mode}{when}" if many else "worst.few", n=len(wall.rows))
    if wall.scope.region_id is not None:
        title = f"{wall.scope.name} · {title}"
    head = html.Div(
        [
            html.Span(title, className="worst-title"),
            html.Span(texts(f"worst.{wall.mode}_value"), className="worst-value"),
            html.Span(texts(f"worst.{wall.mode}_detail"), className="worst-detail"),
            *([html.Span(texts("wall_orders.column"), className="worst-order")] if slots else []),
        ],
        className="worst-head",
    )
    if not wall.rows:
        none = "worst.none" if wall.mode == "cells" else "worst.none_tickets"
        return [head, html.P(texts(none), className="worst-none")]
    told = slots or {}
    lines = [_line(row, told.get(row.key)) for row in wall.rows]
    return [head, html.Div(lines, className="worst-rows", **parts.data(rows="yes"))]


def _line(row: AreaRow, slot: Component | None) -> Component:
    name: list[Any] = [html.Span(row.name, className="worst-name")]
    if row.place:
        name.append(html.Span(row.place, className="worst-place"))
    link = dcc.Link(
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
    # A button may not lie within a link: the line's order stands beside it.
    return link if slot is None else html.Div([link, slot], className="worst-pair")


def legend(wall: Wall, outside: tuple[str, ...], texts: Texts) -> list[Component]:
    """What the signs promise: risk ahead, then quality now; and what lies outside the map."""
    items: list[Component] = []
    for status, text in wall.legend:
        if status == "bad_kpis":
            items.append(html.Span(className="legend-gap"))
        mark = html.I(className="poor-mark") if status == "poor" else parts.status_mark(status)
        items.append(html.Span([mark, html.Span(text)], className=f"legend-item {status}"))
    if outside:
        names = texts("legend.outside_join").join(outside)
        text = texts("legend.outside", n=len(outside))
        items.append(html.Span(text, className="legend-item outside", title=names))
    return items

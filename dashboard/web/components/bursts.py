"""Batch complaints: a strip on the wall, a panel on desk pages; nothing where there are none."""

from __future__ import annotations

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.web.components import parts
from dashboard.web.i18n import Texts
from dashboard.web.view.bursts import BurstView

ON_WALL = 2


def strip(bursts: tuple[BurstView, ...], texts: Texts) -> list[Component]:
    """The wall's lines, the least probable first; the head says how many there are."""
    if not bursts:
        return []
    head = html.Div(
        [_mark(), html.Span(texts("burst.title")), html.Span(texts("burst.n", n=len(bursts)))],
        className="bursts-head",
        title=texts("burst.help"),
    )
    return [html.Div([head, *(_line(burst) for burst in bursts[:ON_WALL])], className="bursts")]


def panels(bursts: tuple[BurstView, ...], texts: Texts) -> list[Component]:
    """One panel a burst with all that is known of it."""
    return [_panel(burst, texts) for burst in bursts]


def _mark() -> Component:
    return html.Span("◎", className="burst-mark", **parts.aria(hidden="true"))


def _status(burst: BurstView) -> list[Component]:
    """What the map said: a burst where it is green surprises most."""
    return [] if burst.status is None else [parts.status_mark(burst.status), html.Span(" ")]


def _line(burst: BurstView) -> Component:
    content: list[Any] = [
        html.Span([*_status(burst), html.Span(burst.where)], className="burst-where"),
        html.Span(burst.count, className="burst-count"),
        html.Span(burst.about, className="burst-about"),
        html.Span(burst.since, className="burst-since"),
    ]
    if burst.href is None:
        return html.Div(content, className="burst-line")
    return dcc.Link(content, href=burst.href, className="burst-line", title=burst.burst_id)


def _panel(burst: BurstView, texts: Texts) -> Component:
    facts = [
        html.Div([html.Dt(label), html.Dd(value)], className="burst-fact")
        for label, value in burst.facts
    ]
    links: list[Any] = []
    for name, href in burst.cells:
        links += [dcc.Link(name, href=href), " "]
    return html.Section(
        [
            html.H2(
                [
                    _mark(),
                    html.Span(f" {texts('burst.title')} · {burst.where} · {burst.count}"),
                    html.Small(texts("burst.help")),
                ]
            ),
            html.Dl(facts, className="burst-facts"),
            *(html.P(line, className="burst-beside") for line in burst.beside),
            html.P([html.Span(texts("burst.cells"), className="burst-label"), *links])
            if links
            else None,
        ],
        className="panel burst",
    )

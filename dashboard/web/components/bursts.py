"""Batch complaints: a panel on desk pages; nothing where there are none."""

from __future__ import annotations

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.web.components import parts
from dashboard.web.i18n import Texts
from dashboard.web.view.bursts import BurstView


def panels(bursts: tuple[BurstView, ...], texts: Texts) -> list[Component]:
    """One panel a burst with all that is known of it."""
    return [_panel(burst, texts) for burst in bursts]


def _mark() -> Component:
    return html.Span("◎", className="burst-mark", **parts.aria(hidden="true"))


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

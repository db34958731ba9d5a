"""The ticker: pages of two items; assets/wall.js turns them, one page after another."""

from __future__ import annotations

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.web.components import parts
from dashboard.web.i18n import Texts
from dashboard.web.view.wall_ticker import News

PER_PAGE = 2
_MARKS = {"burst": "◎", "source": "◍", "works": "⚒", "events": "◆"}


def ticker(news: tuple[News, ...], texts: Texts) -> list[Component]:
    """Pages of items, and the way from page to page; calm when there is nothing to tell."""
    if not news:
        return [html.Div(texts("ticker.none"), className="ticker-none")]
    pages = [news[n : n + PER_PAGE] for n in range(0, len(news), PER_PAGE)]
    shown = html.Div(
        [
            html.Div([_item(item, texts) for item in page], className="ticker-page")
            for page in pages
        ],
        className="ticker-pages",
    )
    if len(pages) == 1:
        return [shown]
    turn: list[Any] = [
        html.Button("‹", className="ticker-turn", title=texts("ticker.previous"),
                    **parts.aria(label=texts("ticker.previous")), **_data(turn="-1")),
        html.Span(f"1 / {len(pages)}", className="ticker-count"),
        html.Button("›", className="ticker-turn", title=texts("ticker.next"),
                    **parts.aria(label=texts("ticker.next")), **_data(turn="1")),
    ]  # fmt: skip
    return [shown, html.Div(turn, className="ticker-turns")]


def _data(**attributes: str) -> dict[str, Any]:
    return {f"data-{name}": value for name, value in attributes.items()}


def _item(item: News, texts: Texts) -> Component:
    inside = [
        html.Span(
            _MARKS[item.kind], className=f"ticker-mark of-{item.kind}", **parts.aria(hidden="true")
        ),
        html.Span(texts(f"ticker.{item.kind}"), className="ticker-kind"),
        html.Span(item.what, className="ticker-what"),
        html.Span(item.detail, className="ticker-detail"),
    ]
    title = f"{item.what}\n{item.detail}"
    if item.href is None:
        return html.Div(inside, className="ticker-item", title=title)
    return dcc.Link(inside, href=item.href, className="ticker-item", title=title)

"""Files and paper: links to CSV and XLSX of what is shown, and the head of the printed page."""

from __future__ import annotations

from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from dashboard.web.components.trends import where
from dashboard.web.context import Look
from dashboard.web.view import trend_words as tw
from dashboard.web.view.trend_choice import Choice
from dashboard.web.view.trends import Trends


def exports(look: Look, choice: Choice) -> Component:
    """CSV, XLSX, and the printed page."""
    texts = look.words.texts
    links = [
        html.A(
            texts(f"export.{kind}"),
            href=address(look, choice, kind),
            title=texts(f"export.{kind}_help"),
            className="export-link",
            download="",
        )
        for kind in ("csv", "xlsx")
    ]
    button = html.Button(
        texts("trends.print"),
        type="button",
        title=texts("trends.print_help"),
        className="export-link print-page",
    )
    return html.Div(
        [html.Span(texts("trends.export"), className="trend-date-label"), *links, button],
        className="trend-exports",
        role="group",
    )


def address(look: Look, choice: Choice, kind: str) -> str:
    """Where the numbers of the page lie as a file: the API's address of the same query."""
    query = choice.query
    asked = {
        "from": query.first.isoformat(),
        "to": query.last.isoformat(),
        "by": ",".join((query.by, *query.split)),
        **query.filters,
        "format": kind,
        "lang": look.words.language,
    }
    if look.state.at_text:
        asked["at"] = look.state.at_text
    return f"/api/v1/trends?{urlencode(asked)}"


def print_head(look: Look, choice: Choice, found: Trends) -> Component:
    """What stands on top of the printed page: what it shows, of when."""
    texts, words, query = look.words.texts, look.words, choice.query
    manifest = look.snapshot.manifest
    about = texts(
        "trends.printed_about",
        where=where(look, found),
        range=tw.span(words, query.first, query.last),
        by=texts(f"trends_by.{query.by}"),
        time=words.full_moment(manifest.data_time or manifest.as_of),
    )
    return html.Div(
        [html.Div(texts("trends.printed"), className="print-title"), html.Div(about)],
        className="print-head",
    )

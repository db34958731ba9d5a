"""Small parts that several pages share."""

from __future__ import annotations

from typing import Any, cast

import plotly.graph_objects as go
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.web.context import Look
from dashboard.web.figures import theme
from dashboard.web.i18n import Texts
from dashboard.web.view.state import ViewState

Children = Any


def aria(**attributes: str) -> dict[str, Any]:
    """``aria-`` attributes, for readers of screens."""
    return {f"aria-{name}": value for name, value in attributes.items()}


def graph(figure: go.Figure, box: str, *, zoom: bool, **props: str) -> Component:
    """A chart that fills its box (a class with a height); nothing of it is ever sent to a cloud."""
    config: Any = theme.graph_config(zoom=zoom)
    shown: Any = figure
    chart = dcc.Graph(figure=shown, config=config, responsive=True, **cast("Any", props))
    return html.Div(chart, className=box)


def status_mark(status: str) -> Component:
    """The status as a shape in its colour; never colour alone."""
    return html.Span(theme.SYMBOL[status], className=f"mark {status}", **aria(hidden="true"))


def status_label(status: str, look: Look) -> Component:
    """Shape and word."""
    word = look.words.status(status, look.snapshot.manifest.mode)
    return html.Span([status_mark(status), html.Span(word)], className=f"status {status}")


def freshness(look: Look) -> Component:
    """Up to when the data reach; stale and replayed states say so in words."""
    texts, words, fresh = look.words.texts, look.words, look.freshness
    data_time = words.moment(fresh.data_time)
    if fresh.stale_since is not None:
        since = words.short_moment(fresh.stale_since, fresh.now)
        main = html.Span(texts("fresh.stale", since=since), className="stale-since")
    else:
        main = html.Span(texts("fresh.data", time=data_time), className="data-time")
    parts: list[Children] = [main]
    warnings = look.snapshot.manifest.warnings
    if warnings:
        notes = texts("fresh.warnings", n=len(warnings))
        parts.insert(0, html.Span(notes, className="warnings", title="\n".join(warnings)))
    if look.state.at_text:
        shown = words.moment(look.snapshot.manifest.as_of)
        parts.insert(0, html.Span(texts("fresh.replay", time=shown), className="replay"))
    if look.snapshot.notice:
        shown = words.moment(look.snapshot.manifest.as_of)
        notice = texts("fresh.damaged", time=shown)
        parts.insert(0, html.Span(notice, className="damaged", title=look.snapshot.notice))
    return html.Div(parts, className="freshness")


def brand(texts: Texts, state: ViewState) -> Component:
    """Name and what it shows; leads to the map."""
    name = html.Span("Foresite", className="brand-name")
    title = html.Span(texts("app.title"), className="brand-title")
    return dcc.Link([name, title], href=state.href("/"), className="brand")


def nav(look: Look, path: str) -> Component:
    """The pages that exist, and the other language."""
    texts, state = look.words.texts, look.state
    pages = [("map", "/"), ("cells", "/cells")]
    if look.snapshot.manifest.mode == "tickets":
        pages = pages[:1]  # no cells, no list of them
    links = [
        dcc.Link(
            texts(f"nav.{key}"),
            href=state.href(target),
            className="nav-link here" if _is_here(target, path) else "nav-link",
        )
        for key, target in pages
    ]
    other = "en" if state.language == "zh" else "zh"
    # The same page and filters in the other language.
    query = {name: value for name, value in state.query.items() if name != "lang"}
    switch = dcc.Link(
        texts("nav.other_language"),
        href=state.href(path, **query, lang=other),
        className="nav-link language",
    )
    return html.Nav([*links, switch], className="nav", **aria(label=texts("nav.label")))


def _is_here(target: str, path: str) -> bool:
    return path == target or (target != "/" and path.startswith(f"{target}/"))


def lost_banner(texts: Texts) -> Component:
    """Shown by the browser when the server does not answer."""
    return html.Div(texts("state.lost"), className="lost", role="alert")


def message(title: str, lines: list[str], *, below: list[Component] | None = None) -> Component:
    """A page that has nothing to show: says why, and what to do."""
    return html.Div(
        [
            html.Div("▨", className="message-mark", **aria(hidden="true")),
            html.H1(title),
            *(html.P(line) for line in lines if line),
            *(below or []),
        ],
        className="message",
    )

"""Small parts that several pages share."""

from __future__ import annotations

from typing import Any, cast

import plotly.graph_objects as go
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.web.context import Look
from dashboard.web.figures import theme
from dashboard.web.figures.packed import packed
from dashboard.web.i18n import Texts

Children = Any

# The pages as the bar names them (texts nav.*), in its order.
PAGES = (
    ("map", "/"),
    ("cells", "/cells"),
    ("dispatch", "/dispatch"),
    ("trends", "/trends"),
    ("accuracy", "/accuracy"),
    ("data", "/data"),
)


def aria(**attributes: str) -> dict[str, Any]:
    """``aria-`` attributes, for readers of screens."""
    return {f"aria-{name}": value for name, value in attributes.items()}


def data(**attributes: str) -> dict[str, Any]:
    """``data-`` attributes, for the scripts of the page."""
    return {f"data-{name}": value for name, value in attributes.items()}


def graph(figure: theme.Figure | go.Figure, box: str, *, zoom: bool, **props: str) -> Component:
    """A chart that fills its box (a class with a height); nothing of it is ever sent to a cloud."""
    config: Any = theme.graph_config(zoom=zoom)
    shown: Any = packed(figure) if isinstance(figure, dict) else figure
    chart = dcc.Graph(figure=shown, config=config, responsive=True, **cast("Any", props))
    return html.Div(chart, className=box)


def status_mark(status: str) -> Component:
    """The status (or ``bad_kpis``) as a shape in its colour; never colour alone."""
    shape = theme.RING if status == "bad_kpis" else theme.SYMBOL[status]
    return html.Span(shape, className=f"mark {status}", **aria(hidden="true"))


def status_label(status: str, look: Look) -> Component:
    """Shape and word."""
    word = look.words.status(status, look.snapshot.manifest.mode)
    return html.Span([status_mark(status), html.Span(word)], className=f"status {status}")


def freshness(look: Look) -> Component:
    """Up to when the data reach; stale, replayed and damaged states say so in words."""
    texts, words, fresh = look.words.texts, look.words, look.freshness
    manifest, state = look.snapshot.manifest, look.state
    shown: list[Children] = []
    if look.snapshot.notice:
        notice = texts("fresh.damaged", time=words.moment(manifest.as_of))
        shown.append(html.Span(notice, className="damaged", title=look.snapshot.notice))
    if manifest.warnings:
        notes = texts("fresh.warnings", n=len(manifest.warnings))
        shown.append(html.Span(notes, className="warnings", title="\n".join(manifest.warnings)))
    if state.at_text:
        replay = texts("fresh.replay", time=words.full_moment(manifest.as_of))
        shown.append(html.Span(replay, className="replay-of"))
    if fresh.stale_since is None:
        until = texts("fresh.data", time=words.short_moment(fresh.data_time, fresh.now))
        if not state.at_text:
            until = texts("fresh.data", time=words.moment(fresh.data_time))
        shown.append(html.Span(until, className="data-time"))
        return html.Div(shown, className="freshness")
    if not state.at_text and not state.kiosk:
        then = manifest.as_of.astimezone(words.zone).isoformat(timespec="seconds")
        link = dcc.Link(texts("fresh.replay_link"), href=state.href("/", at=then), className="then")
        shown.append(link)
    since = words.short_moment(fresh.stale_since, fresh.now)
    shown.append(html.Span(texts("fresh.stale", since=since), className="stale-since"))
    return html.Div(shown, className="freshness")


def lost_banner(texts: Texts) -> Component:
    """Shown by the browser when the server does not answer."""
    return html.Div(texts("state.lost"), className="lost", role="alert")


def fault(texts: Texts, number: str) -> list[Component]:
    """Said when a part of the page could not be computed: what to tell to whom."""
    close = html.Button("×", className="fault-close", **aria(label=texts("fault.close")))
    return [html.Span(texts("fault.line", number=number)), close]


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

"""The bar above every page: where one is, how old the data are, and what one may choose."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.web.components import parts
from dashboard.web.context import Context, Look
from dashboard.web.i18n import Texts
from dashboard.web.view.replay import moment_text
from dashboard.web.view.rotation import PACE_S, pace_of
from dashboard.web.view.state import ViewState

# The key after ``g`` that leads to a page (assets/keys.js); help lists them.
GO = {"map": "m", "cells": "c", "dispatch": "o", "trends": "t", "accuracy": "a", "data": "d"}


def wall_bar(context: Context, look: Look) -> Component:
    """The wall's bar; a kiosk has name, freshness and clock alone."""
    texts, state = look.words.texts, look.state
    beside = [] if state.kiosk else [tools(context, look, "/", wall=True)]
    return html.Header(
        [
            *([] if state.kiosk else [skip(texts), brand(texts, state), nav(look, "/")]),
            *([brand(texts, state)] if state.kiosk else []),
            html.Div(parts.freshness(look), id="wall-freshness", className="bar-freshness"),
            *beside,
            html.Div(clock(look), id="wall-clock", className="clock"),
        ],
        className="bar",
    )


def desk_bar(context: Context, look: Look, path: str) -> Component:
    """The bar of a desk page at ``path``."""
    texts, state = look.words.texts, look.state
    reachable = [] if state.kiosk else [nav(look, path)]
    beside = [] if state.kiosk else [tools(context, look, path, wall=False)]
    return html.Header(
        [
            *([] if state.kiosk else [skip(texts)]),
            brand(texts, state),
            *reachable,
            html.Div(parts.freshness(look), className="bar-freshness"),
            *beside,
            html.Div(clock(look), id="desk-clock", className="clock"),
        ],
        className="bar",
    )


def plain_bar(state: ViewState, texts: Texts) -> Component:
    """The bar of a page without a snapshot: the name alone."""
    # The clock's place has to be there for the callback that moves it.
    return html.Header([brand(texts, state), html.Div(id="desk-clock")], className="bar")


def clock(look: Look) -> str:
    """The present time (in a replay, the moment asked for)."""
    return look.words.time(look.freshness.now)


def skip(texts: Texts) -> Component:
    """Past the bar to the content, for the keyboard; seen when it has the focus."""
    return html.Button(texts("bar.skip"), className="skip")


def brand(texts: Texts, state: ViewState) -> Component:
    """Name and what it shows; leads to the map."""
    name = html.Span("Foresite", className="brand-name")
    title = html.Span(texts("app.title"), className="brand-title")
    return dcc.Link([name, title], href=state.href("/"), className="brand")


def nav(look: Look, path: str) -> Component:
    """The pages that exist."""
    texts, state = look.words.texts, look.state
    # Without cells there is no list of them.
    cells_mode = look.snapshot.manifest.mode == "cells"
    links = []
    for key, target in parts.PAGES:
        if key == "cells" and not cells_mode:
            continue
        here = _is_here(target, path)
        link = dcc.Link(
            texts(f"nav.{key}"),
            href=state.href(target),
            className="nav-link here" if here else "nav-link",
            title=texts("bar.go", letter=GO[key].upper()) if key in GO else None,
        )
        links.append(html.Span(link, **parts.data(go=GO.get(key, ""))))
    return html.Nav(links, className="nav", **parts.aria(label=texts("nav.label")))


def tools(context: Context, look: Look, path: str, *, wall: bool) -> Component:
    """What one may choose on every page: replay, rotation, colours, language, help."""
    texts, state = look.words.texts, look.state
    other = "en" if state.language == "zh" else "zh"
    shown = [
        _tool(
            "replay",
            texts("bar.now" if state.at_text else "bar.replay"),
            state.here(path, at=None if state.at_text else moment_text(look)),
            on=bool(state.at_text),
        )
    ]
    if wall:
        turning = pace_of(state, kiosk_pace_s=context.settings.rotate_seconds) is not None
        label = texts("bar.rotate_stop") if turning else texts("bar.rotate", seconds=PACE_S)
        pace = None if turning else str(PACE_S)  # where it stops is where it stays
        shown.append(_tool("rotate", label, state.here(path, rotate=pace), on=turning))
    else:
        ground = "light" if state.ground == "dark" else "dark"
        label = texts(f"bar.theme_{ground}")
        shown.append(_tool(ground, label, state.here(path, theme=ground)))
    cvd = state.palette == "cvd"
    shown += [
        _tool(
            "palette",
            texts("bar.palette_standard" if cvd else "bar.palette_cvd"),
            state.here(path, palette=None if cvd else "cvd"),
            on=cvd,
        ),
        dcc.Link(
            texts("bar.language_short"),
            href=state.here(path, lang=other),
            className="tool language",
            title=texts("nav.other_language"),
        ),
        html.Button(
            icon("help"),
            className="tool help-open",
            title=texts("bar.help"),
            **parts.aria(label=texts("bar.help"), haspopup="dialog"),
        ),
    ]
    return html.Div(shown, className="tools", role="group", **parts.aria(label=texts("bar.tools")))


def _tool(shape: str, label: str, href: str, *, on: bool = False) -> Component:
    # A link's text for readers of screens: dcc.Link knows no aria-label.
    inside = [icon(shape), html.Span(label, className="unseen")]
    name = f"tool tool-{shape} on" if on else f"tool tool-{shape}"
    return dcc.Link(inside, href=href, className=name, title=label)


def icon(name: str) -> Component:
    """A sign drawn in the text's colour (assets/base.css); what it says stands beside it."""
    return html.Span(className=f"icon icon-{name}", **parts.aria(hidden="true"))


def _is_here(target: str, path: str) -> bool:
    return path == target or (target != "/" and path.startswith(f"{target}/"))

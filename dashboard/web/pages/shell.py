"""The frame around all pages: address, screen size, and which page is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import unquote

import dash
import dash_mantine_components as dmc
from dash import ClientsideFunction, Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboard.errors import SnapshotError
from dashboard.web import faults
from dashboard.web.components import keys, parts, replay, rotation, states, who
from dashboard.web.context import Context, Look
from dashboard.web.figures.theme import FONT, SHADES
from dashboard.web.i18n import Texts, load_texts
from dashboard.web.pages import (
    accuracy,
    cell,
    cells,
    compare,
    data,
    dispatch,
    order,
    region,
    trends,
    wall,
)
from dashboard.web.view.maps import Screen
from dashboard.web.view.state import BadQueryError, ViewState

# The share of the wall's height that the slider of a replay takes (assets/base.css: --view).
STRIP = 0.06
# What assets/link.js calls a version to have the page drawn anew, come what may.
AGAIN = "again"


class Page(Protocol):
    """A page without a key in its path."""

    def __call__(self, context: Context, look: Look, screen: Screen) -> Component:
        """The page's content."""


class KeyedPage(Protocol):
    """A page of one cell or region."""

    def __call__(self, context: Context, look: Look, screen: Screen, key: str) -> Component:
        """The page's content."""


class Frame(Protocol):
    """Tells what a page's layout depends on."""

    def __call__(self, look: Look, screen: Screen) -> str:
        """While it stays the same the page follows the address by itself; empty: it does not."""


@dataclass(frozen=True)
class Route:
    """Where a page lives.

    Attributes:
        kind: ``wall`` (fills the screen) or ``desk``.
        title: key of its title among the texts.
        frame: for a page that is not drawn anew with every change of its address.
    """

    layout: Page
    kind: str
    title: str
    frame: Frame | None = None


def _cells(context: Context, look: Look, screen: Screen) -> Component:
    """The list of cells, or some of them side by side."""
    page = compare.layout if "compare" in look.state.query else cells.layout
    return page(context, look, screen)


PAGES: Mapping[str, Route] = {
    "/": Route(wall.layout, "wall", "nav.map"),
    "/cells": Route(_cells, "desk", "nav.cells", cells.frame),
    "/dispatch": Route(dispatch.layout, "desk", "nav.dispatch", dispatch.frame),
    "/trends": Route(trends.layout, "desk", "nav.trends"),
    "/accuracy": Route(accuracy.layout, "desk", "nav.accuracy", accuracy.frame),
    "/data": Route(data.layout, "desk", "nav.data", data.frame),
}
KEYED: Mapping[str, KeyedPage] = {
    "/cells/": cell.layout,
    "/regions/": region.layout,
    "/dispatch/": order.layout,
}
ALL = (wall, cells, cell, region, compare, trends, accuracy, data, dispatch, order)


def layout() -> Component:
    """Empty until the browser has told its address and size."""
    return _provider(
        [
            dcc.Location(id="url", refresh="callback-nav"),
            dcc.Store(id="screen"),
            dcc.Store(id="dress"),
            dcc.Store(id="desk-version"),
            html.Div(id="page"),
            html.Div(id="fault", className="fault", role="alert"),
            html.Div(className="busy-line", **parts.aria(hidden="true")),
        ]
    )


def validation_layout() -> Component:
    """All ids of all pages: a callback on an id that no page has is an error at once."""
    shared = (states.skeleton(), who.skeleton())
    return html.Div([layout(), *shared, *(page.skeleton() for page in ALL)])


def register(app: dash.Dash, context: Context) -> None:
    """Route addresses to pages."""
    on_browser: Any = app.clientside_callback
    on_browser(
        ClientsideFunction("foresite", "screen"),
        Output("screen", "data"),
        Input("url", "pathname"),
        Input("url", "search"),
        State("screen", "data"),
    )
    on_browser(
        ClientsideFunction("foresite", "dress"),
        Output("dress", "id"),
        Input("dress", "data"),
        prevent_initial_call=True,
    )
    on_browser(
        ClientsideFunction("foresite", "relay"),
        Output("desk-version", "id"),
        Input("url", "search"),
        Input("desk-version", "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output("page", "children"),
        Output("dress", "data"),
        Output("provider", "forceColorScheme"),
        Output("fault", "children"),
        Input("url", "pathname"),
        Input("url", "search"),
        Input("screen", "data"),
        Input("desk-version", "data"),
        State("dress", "data"),
    )
    def route(
        path: str,
        search: str,
        size: dict[str, float] | None,
        version: str | None,
        dressed: dict[str, Any] | None,
    ) -> object:
        if not size:
            raise dash.exceptions.PreventUpdate
        state, screen = context.state(search), Screen(size["w"], size["h"])
        frame = _frame(context, path, state, screen)
        again = (version or "").startswith(AGAIN)
        if frame and dressed and dressed.get("frame") == frame and not again:
            raise dash.exceptions.PreventUpdate  # the page follows its address by itself
        shown = _shown(context, path, state, screen)
        dress = _dress(context, state, shown) | {"frame": frame}
        return shown.children, dress, dress["theme"], None

    for page in ALL:
        page.register(app, context)
    states.register(app, context)
    who.register(app)


def _frame(context: Context, path: str, state: ViewState, screen: Screen) -> str:
    """Path and frame of a page that follows its address; empty where none does."""
    told = PAGES[path].frame if path in PAGES else None
    if told is None:
        return ""
    try:
        frame = told(context.look(state), screen)
    except (SnapshotError, BadQueryError):
        return ""
    return f"{path}|{frame}" if frame else ""


@dataclass(frozen=True)
class _Shown:
    """What an address leads to.

    Attributes:
        kind: ``wall`` or ``desk``.
        look: None where there is nothing to look at.
        strip: the slider of the replay, below the page.
    """

    content: Component
    kind: str
    title: str
    texts: Texts
    look: Look | None = None
    strip: Component | None = None
    dots: Component | None = None

    @property
    def children(self) -> list[Component]:
        cells = self.look is None or self.look.snapshot.manifest.mode == "cells"
        frame = [parts.lost_banner(self.texts), keys.overlay(self.texts, cells=cells)]
        return [*frame, self.content, *(part for part in (self.strip, self.dots) if part)]


def _shown(context: Context, path: str, state: ViewState, screen: Screen) -> _Shown:
    """The page, or a page that says why there is none."""
    texts = load_texts(state.language)
    try:
        look = context.look(state)
        page = _page(context, path, look, screen)
        if page is not None:
            return page
    except SnapshotError as error:
        content, title = states.nothing(context, state, error), texts("nav.map")
        return _Shown(content, "desk", title, texts)
    except BadQueryError as error:
        return _Shown(states.bad_query(state, error), "desk", texts("state.bad_title"), texts)
    except Exception as error:  # noqa: BLE001 - a fault of the program: the frame stays, the log tells
        content = states.failed(state, faults.note(error))
        return _Shown(content, "desk", texts("fault.title"), texts)
    return _Shown(states.no_page(state, path), "desk", texts("state.no_page_title"), texts)


def _page(context: Context, path: str, look: Look, screen: Screen) -> _Shown | None:
    """The page at a path; None when there is none."""
    texts = look.words.texts
    if path in PAGES:
        route = PAGES[path]
        strip = replay.strip(context, look, path)
        on_wall = route.kind == "wall"
        if on_wall and strip is not None:  # the wall makes room for the slider
            screen = Screen(screen.width, screen.height * (1 - STRIP))
        content = route.layout(context, look, screen)
        dots = rotation.dots(context, look) if on_wall else None
        return _Shown(content, route.kind, texts(route.title), texts, look, strip, dots)
    for prefix, page in KEYED.items():
        if path.startswith(prefix) and len(path) > len(prefix):
            key = unquote(path.removeprefix(prefix))
            strip = replay.strip(context, look, path)
            return _Shown(page(context, look, screen, key), "desk", key, texts, look, strip)
    return None


def _dress(context: Context, state: ViewState, shown: _Shown) -> dict[str, Any]:
    """What the browser does to the document itself (assets/frame.js, kiosk.js)."""
    wall = shown.kind == "wall"
    return {
        "lang": "zh-CN" if state.language == "zh" else "en",
        "title": f"{shown.title} · Foresite",
        "page": shown.kind,
        "beat": round(1000 * context.settings.refresh_seconds),
        "theme": "dark" if wall else state.ground,
        "palette": state.palette,
        "kiosk": "full" if state.kiosk else "",
        "strip": "yes" if shown.strip is not None else "",
        "zone": str(shown.look.words.zone) if shown.look else "",
        "hours": state.night(context.settings.night),
        "renew": context.settings.reload_at,
    }


def _provider(children: list[Component]) -> Component:
    made: Component = dmc.MantineProvider(
        children,
        id="provider",
        forceColorScheme="dark",
        theme={
            "fontFamily": FONT,
            "primaryColor": "cyan",
            "respectReducedMotion": True,
            "colors": {"dark": list(SHADES)},
        },
    )
    return made

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
from dashboard.web.components import parts, states
from dashboard.web.context import Context, Look
from dashboard.web.figures.theme import FONT, SHADES
from dashboard.web.i18n import load_texts
from dashboard.web.pages import cell, cells, region, wall
from dashboard.web.view.maps import Screen
from dashboard.web.view.state import BadQueryError, ViewState


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


PAGES: Mapping[str, Route] = {
    "/": Route(wall.layout, "wall", "nav.map"),
    "/cells": Route(cells.layout, "desk", "nav.cells", cells.frame),
}
KEYED: Mapping[str, KeyedPage] = {"/cells/": cell.layout, "/regions/": region.layout}
ALL = (wall, cells, cell, region)


def layout() -> Component:
    """Empty until the browser has told its address and size."""
    return _provider(
        [
            dcc.Location(id="url", refresh="callback-nav"),
            dcc.Store(id="screen"),
            dcc.Store(id="dress"),
            dcc.Store(id="desk-version"),
            html.Div(id="page"),
        ]
    )


def validation_layout() -> Component:
    """All ids of all pages: a callback on an id that no page has is an error at once."""
    return html.Div([layout(), states.skeleton(), *(page.skeleton() for page in ALL)])


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

    @app.callback(
        Output("page", "children"),
        Output("dress", "data"),
        Output("provider", "forceColorScheme"),
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
        _: str | None,
        dressed: dict[str, Any] | None,
    ) -> object:
        if not size:
            raise dash.exceptions.PreventUpdate
        state, screen = context.state(search), Screen(size["w"], size["h"])
        frame = _frame(context, path, state, screen)
        if frame and dressed and dressed.get("frame") == frame:
            raise dash.exceptions.PreventUpdate  # the page follows its address by itself
        content, kind, title = _show(context, path, search, screen)
        texts = load_texts(state.language)
        dress = {
            "lang": "zh-CN" if state.language == "zh" else "en",
            "page": kind,
            "beat": round(1000 * context.settings.refresh_seconds),
            "title": f"{title} · Foresite",
            "theme": "dark" if kind == "wall" else state.ground,
            "palette": state.palette,
            "frame": frame,
        }
        return [parts.lost_banner(texts), content], dress, dress["theme"]

    for page in ALL:
        page.register(app, context)
    states.register(app, context)


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


def _show(context: Context, path: str, search: str, screen: Screen) -> tuple[Component, str, str]:
    """Content, kind (``wall`` or ``desk``) and title of an address."""
    state = context.state(search)
    texts = load_texts(state.language)
    try:
        look = context.look(state)
        if path in PAGES:
            route = PAGES[path]
            return route.layout(context, look, screen), route.kind, texts(route.title)
        for prefix, page in KEYED.items():
            if path.startswith(prefix) and len(path) > len(prefix):
                key = unquote(path.removeprefix(prefix))
                return page(context, look, screen, key), "desk", key
    except SnapshotError as error:
        return states.nothing(context, state, error), "desk", texts("nav.map")
    except BadQueryError as error:
        return states.bad_query(state, error), "desk", texts("state.bad_title")
    return states.no_page(state, path), "desk", texts("state.no_page_title")


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

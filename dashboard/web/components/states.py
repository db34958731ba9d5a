"""Pages that have nothing to show say why and what to do, and look again by themselves."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboard.errors import SnapshotError
from dashboard.snapshot import NothingPublishedError, NothingThatOldError
from dashboard.web.components import bar, parts
from dashboard.web.context import Context, Look
from dashboard.web.i18n import load_texts
from dashboard.web.view.state import BadQueryError, ViewState


def desk(context: Context, look: Look, path: str, children: list[Any]) -> Component:
    """A desk page: bar above, content below, drawn anew when there is news."""
    names = ["desk"]
    if look.state.kiosk:
        names.append("kiosk")
    if not look.freshness.fresh:
        names.append("stale")
    return html.Div(
        [
            bar.desk_bar(context, look, path),
            html.Main(children, className="desk-main"),
            *_watch(context, look),
        ],
        className=" ".join(names),
    )


def following(page: Component, name: str) -> Component:
    """A desk page that follows its address by itself, without being drawn anew.

    The bar (``<name>-bar``) changes with it, because its links lead to this view in another
    language or theme. The page's callbacks listen to the store ``<name>-address``, which the frame
    fills while the page is there (assets/frame.js: relay).
    """
    children: Any = page.children
    address = f"{name}-address"
    children[0] = html.Div(children[0], id=f"{name}-bar", **parts.data(follows=address))
    children.append(dcc.Store(id=address))
    return page


def nothing(context: Context, state: ViewState, error: SnapshotError) -> Component:
    """No snapshot: none published yet, none that old, or none intact."""
    texts = load_texts(state.language)
    back = dcc.Link(texts("state.to_map"), href=state.href("/", at=None), className="button")
    kept = context.store.published()
    if isinstance(error, NothingPublishedError):
        steps = html.Pre("foresite ingest …\nforesite forecast", className="steps")
        page = parts.message(texts("state.empty_title"), [texts("state.empty")], below=[steps])
    elif isinstance(error, NothingThatOldError):
        oldest = kept[0].isoformat(timespec="seconds")
        first = dcc.Link(texts("state.oldest"), href=state.href("/", at=oldest), className="button")
        page = parts.message(
            texts("state.no_replay_title"), [texts("state.no_replay")], below=[first, back]
        )
    else:
        page = parts.message(texts("state.damaged_title"), [texts("state.damaged"), str(error)])
    head = bar.plain_bar(state, texts)
    watch = _watch(context, None, at=bool(state.at_text))
    return html.Div([head, page, *watch], className="desk")


def failed(state: ViewState, number: str) -> Component:
    """The page could not be made: a fault of the program."""
    texts = load_texts(state.language)
    link = dcc.Link(texts("state.to_map"), href=state.href("/"), className="button")
    lines = [texts("fault.page"), texts("fault.who", number=number)]
    page = parts.message(texts("fault.title"), lines, below=[link])
    return html.Div([bar.plain_bar(state, texts), page], className="desk")


def bad_query(state: ViewState, error: BadQueryError) -> Component:
    """A parameter of the address that cannot be used."""
    texts = load_texts(state.language)
    line = texts("state.bad", name=error.name, value=error.value)
    link = dcc.Link(texts("state.to_map"), href=state.href("/", at=None), className="button")
    page = parts.message(texts("state.bad_title"), [line, texts("state.bad_hint")], below=[link])
    return html.Div([bar.plain_bar(state, texts), page], className="desk")


def no_page(state: ViewState, path: str) -> Component:
    """An address that no page has."""
    texts = load_texts(state.language)
    link = dcc.Link(texts("state.to_map"), href=state.href("/"), className="button")
    lines = [texts("state.no_page", path=path)]
    page = parts.message(texts("state.no_page_title"), lines, below=[link])
    return html.Div([bar.plain_bar(state, texts), page], className="desk")


def skeleton() -> Component:
    """The ids, for validation of callbacks."""
    ids = [dcc.Interval(id="desk-tick"), dcc.Store(id="desk-seen"), html.Div(id="desk-clock")]
    return html.Div(ids)


def register(app: dash.Dash, context: Context) -> None:
    """Desk pages ask now and then whether there is news."""

    @app.callback(
        Output("desk-version", "data"),
        Output("desk-clock", "children"),
        Output("desk-seen", "data"),
        Input("desk-tick", "n_intervals"),
        State("url", "search"),
        State("desk-seen", "data"),
        prevent_initial_call=True,
    )
    def watch(_: int, search: str, seen: dict[str, str]) -> object:
        try:
            look = context.look(context.state(search))
        except (SnapshotError, BadQueryError):
            raise dash.exceptions.PreventUpdate from None
        if look.version != seen["version"]:
            return look.version, dash.no_update, dash.no_update
        clock = bar.clock(look)
        if clock == seen["clock"]:
            raise dash.exceptions.PreventUpdate
        return dash.no_update, clock, {**seen, "clock": clock}


def _watch(context: Context, look: Look | None, *, at: bool = False) -> list[Component]:
    """Asks for news at the page's beat; a replay (``at``) never does."""
    still = at if look is None else bool(look.state.at_text)
    return [
        dcc.Interval(
            id="desk-tick", interval=round(1000 * context.settings.refresh_seconds), disabled=still
        ),
        dcc.Store(
            id="desk-seen",
            data={"version": look.version, "clock": bar.clock(look)}
            if look
            else {"version": "", "clock": ""},
        ),
    ]

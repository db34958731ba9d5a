"""``/``: the map of the city, and around it what comes, what is, and what was said before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash
from dash import ALL, ClientsideFunction, Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboard.errors import SnapshotError
from dashboard.web.components import bar, parts, send_orders
from dashboard.web.components import wall_picture as pictures
from dashboard.web.context import Context, Look
from dashboard.web.view.detail import detail_config
from dashboard.web.view.maps import MapBases, Screen
from dashboard.web.view.state import BadQueryError, path_to
from dashboard.web.view.wall import Wall, board_of


def layout(context: Context, look: Look, screen: Screen) -> Component:
    """The whole page with the present values."""
    texts, kiosk = look.words.texts, look.state.kiosk
    drawn = pictures.wanted(context, look, screen)
    bases, values = drawn.bases, drawn.values
    main, inset = pictures.whole(drawn)
    shown = drawn.content
    board = board_of(look.state)
    return html.Div(
        [
            bar.wall_bar(context, look),
            html.Main(
                [
                    html.Section(
                        [
                            parts.graph(main, "map", zoom=not kiosk, id="wall-map"),
                            html.Div(
                                parts.graph(inset, "map", zoom=not kiosk, id="wall-inset"),
                                className=f"inset {bases.corner or 'none'}",
                            ),
                            *_focus(look, values),
                            *_detail(look, bases, screen),
                            html.Footer(
                                [
                                    _part("wall-legend", shown, "legend"),
                                    _part("wall-risk", shown, "risk"),
                                ],
                                className="map-foot",
                            ),
                            html.Div(id="wall-said", className="wall-said", role="status"),
                            _part("wall-board", shown, f"board {board or 'none'}"),
                        ],
                        className="panel map-panel",
                        **parts.aria(label=texts("wall.map_label")),
                    ),
                    html.Aside(
                        [
                            _part("wall-counts", shown, "counts"),
                            _part("wall-orders", shown, "panel orders"),
                            html.Div(
                                [
                                    _part("wall-expected", shown, "expected"),
                                    parts.graph(
                                        shown["wall-hours"], "strip", zoom=False, id="wall-hours"
                                    ),
                                ],
                                className="panel ahead",
                                title=texts("hours.label", hours=values.hours.horizon_h),
                            ),
                            _part("wall-measures", shown, "panel measures"),
                            _part("wall-judged", shown, "panel judged", _judged_help(values)),
                            _part("wall-worst", shown, "panel worst"),
                        ],
                        className="side",
                    ),
                ],
                className=f"wall-main {values.mode}{' ordered' if context.dispatch else ''}",
            ),
            html.Section(
                shown["wall-ticker"],
                id="wall-ticker",
                className="ticker",
                **parts.aria(label=texts("ticker.label")),
            ),
            dcc.Interval(
                id="wall-tick",
                interval=round(1000 * context.settings.refresh_seconds),
                disabled=bool(look.state.at_text),  # a replay stays what it is
            ),
            dcc.Store(id="wall-wish"),
            dcc.Store(id="wall-seen", data=dict(pictures.seen_of(look, drawn))),
        ],
        id="wall",
        className=pictures.class_name(look),
    )


def _part(name: str, shown: Mapping[str, Any], class_name: str, title: str = "") -> Component:
    return html.Div(shown[name], id=name, className=class_name, title=title or None)


def _judged_help(values: Wall) -> str:
    return values.judged.help if values.judged else ""


def _focus(look: Look, values: Wall) -> list[Component]:
    """The region in focus, and the way back to the city."""
    if values.scope.region_id is None:
        return []
    texts = look.words.texts
    name: list[Any] = [html.Span(values.scope.name, className="focus-name")]
    if not look.state.kiosk:
        back = look.state.here("/", focus=None)
        name.append(dcc.Link(texts("wall.focus_end"), href=back, className="focus-end"))
    return [html.Div(name, className="focus")]


def _detail(look: Look, bases: MapBases, screen: Screen) -> list[Component]:
    """The place of the map that one can move, and the button that opens it."""
    config = detail_config(look, bases, screen)
    if config is None:
        return []
    opener = html.Button(
        "⤢",
        className="detail-open",
        title=look.words.texts("detail.open"),
        **parts.aria(label=look.words.texts("detail.open")),
    )
    place: Any = {"data-config": config}
    box = html.Div(id="wall-detail", className="detail", **place)
    return [box] if look.state.kiosk else [opener, box]


def skeleton() -> Component:
    """The ids of the page, for validation of callbacks."""
    graphs = ("wall-map", "wall-inset", "wall-hours")
    ids = [name for name, kind in pictures.PARTS if kind == "children"]
    return html.Div(
        [
            *(html.Div(id=name) for name in (*ids, "wall-clock", "wall-said")),
            *(dcc.Graph(id=name) for name in graphs),
            *(dcc.Graph(id=f"wall-{name}") for name in ("risk-cells", "risk-subscribers")),
            dcc.Graph(id="wall-hours-large"),
            dcc.Interval(id="wall-tick"),
            dcc.Store(id="wall-seen"),
            dcc.Store(id="wall-wish"),
        ],
        id="wall",
    )


def register(app: dash.Dash, context: Context) -> None:
    """Refresh by values, and the way from the map to a cell or district."""

    @app.callback(
        Output("wall-map", "figure"),
        Output("wall-inset", "figure"),
        *(Output(name, kind) for name, kind in pictures.PARTS),
        Output("wall-clock", "children"),
        Output("wall", "className"),
        Output("wall-seen", "data"),
        Input("wall-tick", "n_intervals"),
        State("url", "search"),
        State("screen", "data"),
        State("wall-seen", "data"),
        prevent_initial_call=True,
    )
    def refresh(_: int, search: str, size: dict[str, float], seen: pictures.Seen) -> object:
        try:
            look = context.look(context.state(search))
        except (SnapshotError, BadQueryError):
            raise dash.exceptions.PreventUpdate from None  # the old picture stays
        return pictures.news_of(context, look, Screen(size["w"], size["h"]), seen)

    on_browser: Any = app.clientside_callback
    on_browser(
        ClientsideFunction("foresite_wall", "wish"),
        Output("wall-wish", "data"),
        Input({"type": "wall-send", "area": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output("wall-said", "children"),
        Output("wall-tick", "n_intervals"),
        Input("wall-wish", "data"),
        State("wall-tick", "n_intervals"),
        State("url", "search"),
        State("screen", "data"),
        running=[(Output("wall", "data-sending"), "yes", "")],
        prevent_initial_call=True,
    )
    def dispatch(
        wish: dict[str, Any], beat: int | None, search: str, size: dict[str, float]
    ) -> object:
        try:
            look = context.look(context.state(search))
        except (SnapshotError, BadQueryError):
            raise dash.exceptions.PreventUpdate from None
        rows = pictures.picture(context, look, Screen(size["w"], size["h"])).values.rows
        reds = next((row.reds for row in rows if row.key == wish["area"]), ())
        said = send_orders.send(context, look, reds, wish["who"])
        return html.Div(said.text, className="wall-line"), (beat or 0) + 1

    @app.callback(
        Output("url", "href"),
        Input("wall-map", "clickData"),
        Input("wall-inset", "clickData"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def follow(main: object, inset: object, search: str) -> object:
        clicked = main if dash.ctx.triggered_id == "wall-map" else inset
        target = _target(context, search, clicked)
        if target is None:
            raise dash.exceptions.PreventUpdate
        return target


def _target(context: Context, search: str, clicked: object) -> str | None:
    """Where a click on the map leads; None beside it."""
    match clicked:
        # A point carries its own pair, a district's area the list of its one pair.
        case {"points": [{"customdata": [[str(kind), str(key)]] | [str(kind), str(key)]}, *_]}:
            pass
        case _:
            return None
    state = context.state(search)
    if kind == "cell":
        return state.href(path_to("cells", key))
    look = context.look(state)
    if look.snapshot.manifest.mode == "tickets":
        return state.href(path_to("regions", key))
    return state.href("/cells", region_id=key)

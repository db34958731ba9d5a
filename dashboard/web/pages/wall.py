"""``/``: the map of the city, the counts, what comes next, the worst cells."""

from __future__ import annotations

import dash
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboard.errors import SnapshotError
from dashboard.web.components import parts
from dashboard.web.components import wall as panels
from dashboard.web.context import Context, Look
from dashboard.web.figures.map import map_figure, map_patch
from dashboard.web.view.maps import MapBases, Screen, map_bases
from dashboard.web.view.state import BadQueryError, path_to
from dashboard.web.view.wall import Wall, wall


def layout(context: Context, look: Look, screen: Screen) -> Component:
    """The whole page with the present values."""
    texts, kiosk = look.words.texts, look.state.kiosk
    bases, values = map_bases(context, look, screen), _values(context, look)
    regions, cells = values.regions, values.cells
    main = map_figure(bases.main, regions, cells)
    inset = map_figure(bases.inset, regions, cells) if bases.inset else None
    return html.Div(
        [
            panels.bar(look, kiosk=kiosk),
            html.Main(
                [
                    html.Section(
                        [
                            parts.graph(main, "map", zoom=not kiosk, id="wall-map"),
                            html.Div(
                                parts.graph(inset, "map", zoom=not kiosk, id="wall-inset"),
                                className=f"inset {bases.corner or 'none'}",
                            ),
                            html.Footer(
                                panels.legend(values, bases.outside, texts),
                                id="wall-legend",
                                className="legend",
                            ),
                        ],
                        className="panel map-panel",
                        **parts.aria(label=texts("wall.map_label")),
                    ),
                    html.Aside(
                        [
                            html.Div(panels.counts(values, look), id="wall-counts"),
                            html.Div(
                                panels.expected(values, look),
                                id="wall-expected",
                                className="tile expected",
                            ),
                            html.Div(
                                panels.worst(values, look), id="wall-worst", className="panel worst"
                            ),
                        ],
                        className="side",
                    ),
                ],
                className="wall-main",
            ),
            dcc.Interval(id="wall-tick", interval=round(1000 * context.settings.refresh_seconds)),
            dcc.Store(id="wall-seen", data=_seen(look, bases)),
        ],
        id="wall",
        className=_class_name(look),
    )


def skeleton() -> Component:
    """The ids of the page, for validation of callbacks."""
    ids = ("freshness", "clock", "legend", "counts", "expected", "worst")
    return html.Div(
        [
            *(html.Div(id=f"wall-{name}") for name in ids),
            dcc.Graph(id="wall-map"),
            dcc.Graph(id="wall-inset"),
            dcc.Interval(id="wall-tick"),
            dcc.Store(id="wall-seen"),
        ],
        id="wall",
    )


def register(app: dash.Dash, context: Context) -> None:
    """Refresh by values, and the way from the map to a cell or district."""

    @app.callback(
        Output("wall-map", "figure"),
        Output("wall-inset", "figure"),
        Output("wall-legend", "children"),
        Output("wall-counts", "children"),
        Output("wall-expected", "children"),
        Output("wall-worst", "children"),
        Output("wall-freshness", "children"),
        Output("wall-clock", "children"),
        Output("wall", "className"),
        Output("wall-seen", "data"),
        Input("wall-tick", "n_intervals"),
        State("url", "search"),
        State("screen", "data"),
        State("wall-seen", "data"),
        prevent_initial_call=True,
    )
    def refresh(_: int, search: str, size: dict[str, float], seen: dict[str, str]) -> object:
        try:
            look = context.look(context.state(search))
        except (SnapshotError, BadQueryError):
            raise dash.exceptions.PreventUpdate from None  # the old picture stays
        return _news(context, look, Screen(size["w"], size["h"]), seen)

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


def _values(context: Context, look: Look) -> Wall:
    # Links keep the query string, so that it belongs to the key.
    key = ("wall", look.version, look.words.language, tuple(sorted(look.state.query.items())))
    return context.memo.get(key, lambda: wall(look, rows=context.settings.worst_count))


def _seen(look: Look, bases: MapBases) -> dict[str, str]:
    return {"version": look.version, "clock": panels.clock(look), "geometry": bases.key}


def _class_name(look: Look) -> str:
    names = ["wall"]
    if look.state.kiosk:
        names.append("kiosk")
    if not look.freshness.fresh:
        names.append("stale")
    return " ".join(names)


def _news(context: Context, look: Look, screen: Screen, seen: dict[str, str]) -> object:
    """Only what differs from what the page shows; nothing at all (204) while nothing does."""
    bases = map_bases(context, look, screen)
    now, same = _seen(look, bases), dash.no_update
    if now == seen:
        raise dash.exceptions.PreventUpdate
    if now["version"] == seen["version"] and now["geometry"] == seen["geometry"]:
        return (*[same] * 7, now["clock"], same, now)
    texts, values = look.words.texts, _values(context, look)
    # New boundaries or another screen need the whole figure; else values are enough.
    draw = map_patch if now["geometry"] == seen["geometry"] else map_figure
    return (
        draw(bases.main, values.regions, values.cells),
        draw(bases.inset, values.regions, values.cells) if bases.inset else same,
        panels.legend(values, bases.outside, texts),
        panels.counts(values, look),
        panels.expected(values, look),
        panels.worst(values, look),
        parts.freshness(look),
        now["clock"],
        _class_name(look),
        now,
    )


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

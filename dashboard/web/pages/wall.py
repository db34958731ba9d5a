"""``/``: the map of the city, the counts, what comes next, the worst cells."""

from __future__ import annotations

from typing import Any, TypedDict

import dash
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboard.errors import SnapshotError
from dashboard.web.components import bar, parts
from dashboard.web.components import wall as panels
from dashboard.web.context import Context, Look
from dashboard.web.figures.map import map_figure, map_patch, no_map
from dashboard.web.view.detail import detail_config
from dashboard.web.view.maps import MapBases, Screen, map_bases
from dashboard.web.view.state import BadQueryError, path_to
from dashboard.web.view.wall import Wall, wall


class Seen(TypedDict):
    """What a page shows: enough to tell whether there is news, and which reds are new."""

    version: str
    clock: str
    geometry: str
    reds: list[str]


def layout(context: Context, look: Look, screen: Screen) -> Component:
    """The whole page with the present values."""
    texts, kiosk = look.words.texts, look.state.kiosk
    bases, values = map_bases(context, look, screen), _values(context, look)
    marks = values.regions, values.cells, values.bad
    main = map_figure(bases.main, *marks)
    inset = map_figure(bases.inset, *marks) if bases.inset else no_map()
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
                            *_detail(look, bases, screen),
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
            dcc.Interval(
                id="wall-tick",
                interval=round(1000 * context.settings.refresh_seconds),
                disabled=bool(look.state.at_text),  # a replay stays what it is
            ),
            dcc.Store(id="wall-seen", data=dict(_seen(look, bases, values))),
        ],
        id="wall",
        className=_class_name(look),
    )


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
    def refresh(_: int, search: str, size: dict[str, float], seen: Seen) -> object:
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


def _seen(look: Look, bases: MapBases, values: Wall) -> Seen:
    reds = sorted(cell.cell_id for cell in values.cells if cell.status == "red")
    return {
        "version": look.version,
        "clock": bar.clock(look),
        "geometry": bases.key,
        "reds": reds,
    }


def _class_name(look: Look) -> str:
    names = ["wall"]
    if look.state.kiosk:
        names.append("kiosk")
    if not look.freshness.fresh:
        names.append("stale")
    return " ".join(names)


def _news(context: Context, look: Look, screen: Screen, seen: Seen) -> object:
    """Only what differs from what the page shows; nothing at all (204) while nothing does."""
    if look.version == seen["version"]:
        clock, same = bar.clock(look), dash.no_update
        if clock == seen["clock"]:
            raise dash.exceptions.PreventUpdate
        return (*[same] * 7, clock, same, {**seen, "clock": clock})
    bases, values = map_bases(context, look, screen), _values(context, look)
    now = _seen(look, bases, values)
    main, inset = _maps(bases, values, now, seen)
    return (
        main,
        inset,
        panels.legend(values, bases.outside, look.words.texts),
        panels.counts(values, look),
        panels.expected(values, look),
        panels.worst(values, look),
        parts.freshness(look),
        now["clock"],
        _class_name(look),
        now,
    )


def _maps(bases: MapBases, values: Wall, now: Seen, seen: Seen) -> tuple[object, object]:
    """Values for both maps; whole figures when boundaries or screen are others."""
    regions, cells, bad = values.regions, values.cells, values.bad
    if now["geometry"] != seen["geometry"]:
        inset = map_figure(bases.inset, regions, cells, bad) if bases.inset else no_map()
        return map_figure(bases.main, regions, cells, bad), inset
    # Back from stale, all reds would be new: they are not.
    new = frozenset(now["reds"]) - frozenset(seen["reds"]) if seen["reds"] else frozenset()
    main = map_patch(bases.main, regions, cells, new, bad)
    if bases.inset is None:
        return main, dash.no_update
    return main, map_patch(bases.inset, regions, cells, new, bad)


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

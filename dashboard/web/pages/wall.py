"""``/``: the map of the city, and around it what comes, what is, and what was said before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import dash
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component
from plotly.io.json import to_json_plotly

from dashboard.errors import SnapshotError
from dashboard.web.components import bar, parts, wall_hours, wall_risk, wall_ticker
from dashboard.web.components import wall as panels
from dashboard.web.context import Context, Look
from dashboard.web.figures.map import map_figure, map_patch, no_map
from dashboard.web.figures.packed import packed
from dashboard.web.figures.theme import Figure
from dashboard.web.view.detail import detail_config
from dashboard.web.view.maps import MapBases, Screen, map_bases
from dashboard.web.view.state import BadQueryError, path_to
from dashboard.web.view.wall import Wall, board_of, wall

# Parts that are sent when they say something else than before, by id and property.
PARTS = (
    ("wall-legend", "children"), ("wall-risk", "children"), ("wall-counts", "children"),
    ("wall-expected", "children"), ("wall-hours", "figure"), ("wall-measures", "children"),
    ("wall-judged", "children"), ("wall-worst", "children"), ("wall-ticker", "children"),
    ("wall-board", "children"), ("wall-freshness", "children"),
)  # fmt: skip
FRESHNESS = "wall-freshness"


class Seen(TypedDict):
    """What a page shows: enough to tell whether there is news, and which reds are new."""

    version: str
    clock: str
    geometry: str
    reds: list[str]
    parts: dict[str, str]


@dataclass(frozen=True, eq=False)
class Picture:
    """A wall of one version, address and size, made once for all who look at it.

    Attributes:
        key: of this picture.
        content: of ``PARTS`` by id, as made.
        sent: the same as it travels.
        digests: of the same, to tell what says something else than before.
        reds: ids of the red cells, sorted.
    """

    key: Hashable
    bases: MapBases
    values: Wall
    content: Mapping[str, Any]
    sent: Mapping[str, Any]
    digests: Mapping[str, str]
    reds: tuple[str, ...]


def picture(context: Context, look: Look, screen: Screen) -> Picture:
    """The wall for that look and size; kept."""
    # Links keep the query string, so that it belongs to the key.
    query = tuple(sorted(look.state.query.items()))
    key = ("wall", look.version, look.words.language, query, screen)
    return context.walls.get(key, lambda: _picture(context, look, screen, key))


def _wanted(context: Context, look: Look, screen: Screen) -> Picture:
    """The wall that somebody looks at; the next state's is made ahead."""
    if not look.state.at_text:
        asked = look.words.language, tuple(sorted(look.state.query.items())), screen
        context.in_use.note(asked, (look.state, screen))
    return picture(context, look, screen)


def _picture(context: Context, look: Look, screen: Screen, key: Hashable) -> Picture:
    bases, values = map_bases(context, look, screen), _values(context, look)
    content = _parts(look, bases, values, screen)
    written = {name: to_json_plotly(part) for name, part in content.items()}
    return Picture(
        key=key,
        bases=bases,
        values=values,
        content=content,
        sent={name: json.loads(text) for name, text in written.items()},
        digests={name: _digest(text) for name, text in written.items()},
        reds=tuple(sorted(cell.cell_id for cell in values.cells if cell.status == "red")),
    )


def layout(context: Context, look: Look, screen: Screen) -> Component:
    """The whole page with the present values."""
    texts, kiosk = look.words.texts, look.state.kiosk
    drawn = _wanted(context, look, screen)
    bases, values = drawn.bases, drawn.values
    main, inset = _whole(drawn)
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
                            _part("wall-board", shown, f"board {board or 'none'}"),
                        ],
                        className="panel map-panel",
                        **parts.aria(label=texts("wall.map_label")),
                    ),
                    html.Aside(
                        [
                            _part("wall-counts", shown, "counts"),
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
                className=f"wall-main {values.mode}",
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
            dcc.Store(id="wall-seen", data=dict(_seen(look, drawn))),
        ],
        id="wall",
        className=_class_name(look),
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
    ids = [name for name, kind in PARTS if kind == "children"]
    return html.Div(
        [
            *(html.Div(id=name) for name in (*ids, "wall-clock")),
            *(dcc.Graph(id=name) for name in graphs),
            *(dcc.Graph(id=f"wall-{name}") for name in ("risk-cells", "risk-subscribers")),
            dcc.Graph(id="wall-hours-large"),
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
        *(Output(name, kind) for name, kind in PARTS),
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
    key = ("wall", look.version, look.words.language, tuple(sorted(look.state.query.items())))
    return context.memo.get(key, lambda: wall(look, rows=context.settings.worst_count))


def _parts(look: Look, bases: MapBases, values: Wall, screen: Screen) -> dict[str, Any]:
    """Contents of ``PARTS`` by id; freshness apart, which goes on while nothing else does."""
    texts, scale = look.words.texts, screen.scale
    boards: dict[str | None, Any] = {"risk": wall_risk.board, "outlook": wall_hours.board}
    board = boards.get(board_of(look.state))
    return {
        "wall-legend": panels.legend(values, bases.outside, texts),
        "wall-risk": wall_risk.compact(values, look),
        "wall-counts": panels.counts(values, look),
        "wall-expected": panels.expected(values, look),
        "wall-hours": wall_hours.strip(values, look, scale),
        "wall-measures": panels.measures(values, look),
        "wall-judged": panels.judged(values.judged),
        "wall-worst": panels.worst(values, look),
        "wall-ticker": wall_ticker.ticker(values.news, texts),
        "wall-board": board(values, look, scale) if board else [],
    }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _seen(look: Look, drawn: Picture) -> Seen:
    fresh = _digest(to_json_plotly(parts.freshness(look)))
    return {
        "version": look.version,
        "clock": bar.clock(look),
        "geometry": drawn.bases.key,
        "reds": list(drawn.reds),
        "parts": {**drawn.digests, FRESHNESS: fresh},
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
    same = dash.no_update
    if look.version == seen["version"]:
        clock = bar.clock(look)
        if clock == seen["clock"]:
            raise dash.exceptions.PreventUpdate
        return (same, same, *[same] * len(PARTS), clock, same, {**seen, "clock": clock})
    drawn = _wanted(context, look, screen)
    now = _seen(look, drawn)
    main, inset = _maps(context, drawn, seen)
    known = seen.get("parts", {})
    shown = {**drawn.sent, FRESHNESS: parts.freshness(look)}
    changed = [same if known.get(name) == now["parts"][name] else shown[name] for name, _ in PARTS]
    return (main, inset, *changed, now["clock"], _class_name(look), now)


def _maps(context: Context, drawn: Picture, seen: Seen) -> tuple[object, object]:
    """Values for both maps; whole figures when boundaries or screen are others."""
    if drawn.bases.key != seen["geometry"]:
        main, inset = _whole(drawn)
        return packed(main), packed(inset)
    return patches(context, drawn, seen["reds"])


def _whole(drawn: Picture) -> tuple[Figure, Figure]:
    """Both maps with their geometry."""
    bases, values = drawn.bases, drawn.values
    marks = values.regions, values.cells, values.bad
    inset = map_figure(bases.inset, *marks) if bases.inset else no_map()
    return map_figure(bases.main, *marks), inset


def patches(context: Context, drawn: Picture, reds: Sequence[str]) -> tuple[object, object]:
    """What changes on both maps for those who see these reds; kept: most saw the same."""
    # Back from stale, all reds would be new: they are not.
    new = frozenset(drawn.reds) - frozenset(reds) if reds else frozenset()
    key = ("patches", drawn.key, new)
    return context.walls.get(key, lambda: _patches(drawn, new))


def _patches(drawn: Picture, new: frozenset[str]) -> tuple[object, object]:
    values, inset = drawn.values, drawn.bases.inset
    marks = values.regions, values.cells, new, values.bad
    main = map_patch(drawn.bases.main, *marks).to_plotly_json()
    return main, dash.no_update if inset is None else map_patch(inset, *marks).to_plotly_json()


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

"""The wall as a picture: made once for all who look at it; and what changed since another one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import dash
from dash.development.base_component import Component
from plotly.io.json import to_json_plotly

from dashboard.web.components import bar, parts, wall_hours, wall_risk, wall_ticker
from dashboard.web.components import wall as panels
from dashboard.web.components import wall_orders as order_panels
from dashboard.web.context import Context, Look
from dashboard.web.figures.map import map_figure, map_patch, no_map
from dashboard.web.figures.packed import packed
from dashboard.web.figures.theme import Figure
from dashboard.web.view.maps import MapBases, Screen, map_bases
from dashboard.web.view.marks import CellMark
from dashboard.web.view.wall import Wall, board_of, wall
from dashboard.web.view.wall_orders import (
    ROWS,
    WallOrders,
    marked,
    said_of,
    version_of,
    wall_orders,
)

# Parts that are sent when they say something else than before, by id and property.
PARTS = (
    ("wall-legend", "children"), ("wall-risk", "children"), ("wall-counts", "children"),
    ("wall-expected", "children"), ("wall-hours", "figure"), ("wall-measures", "children"),
    ("wall-judged", "children"), ("wall-worst", "children"), ("wall-ticker", "children"),
    ("wall-board", "children"), ("wall-orders", "children"), ("wall-freshness", "children"),
)  # fmt: skip
FRESHNESS = "wall-freshness"


class Seen(TypedDict):
    """What a page shows: enough to tell whether there is news, and which reds are new."""

    version: str
    clock: str
    geometry: str
    marks: str
    reds: list[str]
    parts: dict[str, str]


@dataclass(frozen=True, eq=False)
class Picture:
    """A wall of one version, address and size, made once for all who look at it.

    Attributes:
        key: of this picture.
        version: of snapshot and orders.
        content: of ``PARTS`` by id, as made.
        sent: the same as it travels.
        digests: of the same, to tell what says something else than before.
        reds: ids of the red cells, sorted.
        cells: cells at risk with the state of their work orders.
        marks: changes whenever the map has to.
    """

    key: tuple[Hashable, ...]
    version: str
    bases: MapBases
    values: Wall
    cells: tuple[CellMark, ...]
    marks: str
    content: Mapping[str, Any]
    sent: Mapping[str, Any]
    digests: Mapping[str, str]
    reds: tuple[str, ...]


def picture(context: Context, look: Look, screen: Screen) -> Picture:
    """The wall for that look and size; kept."""
    # Links keep the query string, so that it belongs to the key.
    query = tuple(sorted(look.state.query.items()))
    key = ("wall", version_of(context, look), look.words.language, query, screen)
    return context.walls.get(key, lambda: _picture(context, look, screen, key))


def wanted(context: Context, look: Look, screen: Screen) -> Picture:
    """The wall that somebody looks at; the next state's is made ahead."""
    if not look.state.at_text:
        asked = look.words.language, tuple(sorted(look.state.query.items())), screen
        context.in_use.note(asked, (look.state, screen))
    return picture(context, look, screen)


@dataclass(frozen=True, eq=False)
class _Parts:
    """Contents of ``PARTS`` by id: as made, as they travel, and their digests."""

    content: Mapping[str, Any]
    sent: Mapping[str, Any]
    digests: Mapping[str, str]


def _written(content: Mapping[str, Any]) -> _Parts:
    written = {name: to_json_plotly(part) for name, part in content.items()}
    return _Parts(
        content,
        {name: json.loads(text) for name, text in written.items()},
        {name: _digest(text) for name, text in written.items()},
    )


def _picture(context: Context, look: Look, screen: Screen, key: tuple[Hashable, ...]) -> Picture:
    bases, values = map_bases(context, look, screen), _values(context, look)
    query = tuple(sorted(look.state.query.items()))
    # What follows from the snapshot alone stays when an order goes on.
    base_key = ("wall base", look.version, look.words.language, query, screen)
    base = context.walls.get(base_key, lambda: _written(_parts(look, bases, values, screen)))
    orders = wall_orders(context, look, values.scope)
    cells = marked(values.cells, orders, look)
    states = [(cell.cell_id, cell.order) for cell in cells if cell.order]
    more = _written(_order_parts(look, values, orders))
    return Picture(
        key=key,
        version=str(key[1]),
        bases=bases,
        values=values,
        cells=cells,
        marks=_digest(repr((look.version, states))),
        content={**base.content, **more.content},
        sent={**base.sent, **more.sent},
        digests={**base.digests, **more.digests},
        reds=tuple(sorted(cell.cell_id for cell in values.cells if cell.status == "red")),
    )


def _order_parts(look: Look, values: Wall, orders: WallOrders | None) -> dict[str, Any]:
    """Contents that change with every step of an order."""
    slots: dict[str, Component] | None = None
    if orders is not None and values.mode == "cells":
        acting = not (look.state.kiosk or look.state.at_text)
        slots = {
            row.key: order_panels.slot(row, said_of(row, orders, look), look, acting=acting)
            for row in values.rows
        }
    return {
        "wall-orders": order_panels.panel(orders, look),
        "wall-worst": panels.worst(values, look, slots),
    }


def _values(context: Context, look: Look) -> Wall:
    key = ("wall", look.version, look.words.language, tuple(sorted(look.state.query.items())))
    rows = context.settings.worst_count
    if context.dispatch is not None:
        rows = min(rows, ROWS)
    return context.memo.get(key, lambda: wall(look, rows=rows))


def _parts(look: Look, bases: MapBases, values: Wall, screen: Screen) -> dict[str, Any]:
    """Contents that follow from the snapshot alone, by id."""
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
        "wall-ticker": wall_ticker.ticker(values.news, texts),
        "wall-board": board(values, look, scale) if board else [],
    }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def seen_of(look: Look, drawn: Picture) -> Seen:
    """What a page shows that shows this picture."""
    fresh = _digest(to_json_plotly(parts.freshness(look)))
    return {
        "version": drawn.version,
        "clock": bar.clock(look),
        "geometry": drawn.bases.key,
        "marks": drawn.marks,
        "reds": list(drawn.reds),
        "parts": {**drawn.digests, FRESHNESS: fresh},
    }


def class_name(look: Look) -> str:
    """Classes of the wall: kiosk, stale."""
    names = ["wall"]
    if look.state.kiosk:
        names.append("kiosk")
    if not look.freshness.fresh:
        names.append("stale")
    return " ".join(names)


def news_of(context: Context, look: Look, screen: Screen, seen: Seen) -> object:
    """Only what differs from what the page shows; nothing at all (204) while nothing does."""
    same = dash.no_update
    if version_of(context, look) == seen["version"]:
        clock = bar.clock(look)
        if clock == seen["clock"]:
            raise dash.exceptions.PreventUpdate
        return (same, same, *[same] * len(PARTS), clock, same, {**seen, "clock": clock})
    drawn = wanted(context, look, screen)
    now = seen_of(look, drawn)
    main, inset = _maps(context, drawn, seen)
    known = seen.get("parts", {})
    shown = {**drawn.sent, FRESHNESS: parts.freshness(look)}
    changed = [same if known.get(name) == now["parts"][name] else shown[name] for name, _ in PARTS]
    return (main, inset, *changed, now["clock"], class_name(look), now)


def _maps(context: Context, drawn: Picture, seen: Seen) -> tuple[object, object]:
    """Values for both maps; whole figures when boundaries or screen are others."""
    if drawn.bases.key != seen["geometry"]:
        main, inset = whole(drawn)
        return packed(main), packed(inset)
    if drawn.marks == seen.get("marks"):
        return dash.no_update, dash.no_update  # an order went on that no red cell waits for
    return patches(context, drawn, seen["reds"])


def whole(drawn: Picture) -> tuple[Figure, Figure]:
    """Both maps with their geometry."""
    bases, values = drawn.bases, drawn.values
    marks = values.regions, drawn.cells, values.bad
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
    marks = values.regions, drawn.cells, new, values.bad
    main = map_patch(drawn.bases.main, *marks).to_plotly_json()
    return main, dash.no_update if inset is None else map_patch(inset, *marks).to_plotly_json()

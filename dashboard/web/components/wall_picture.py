"""The wall as a picture: made once for all who look at it; and what changed since another one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import dash
from plotly.io.json import to_json_plotly

from dashboard.web.components import bar, parts, wall_hours, wall_risk, wall_ticker
from dashboard.web.components import wall as panels
from dashboard.web.context import Context, Look
from dashboard.web.figures.map import map_figure, map_patch, no_map
from dashboard.web.figures.packed import packed
from dashboard.web.figures.theme import Figure
from dashboard.web.view.maps import MapBases, Screen, map_bases
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


def wanted(context: Context, look: Look, screen: Screen) -> Picture:
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


def seen_of(look: Look, drawn: Picture) -> Seen:
    """What a page shows that shows this picture."""
    fresh = _digest(to_json_plotly(parts.freshness(look)))
    return {
        "version": look.version,
        "clock": bar.clock(look),
        "geometry": drawn.bases.key,
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
    if look.version == seen["version"]:
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
    return patches(context, drawn, seen["reds"])


def whole(drawn: Picture) -> tuple[Figure, Figure]:
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

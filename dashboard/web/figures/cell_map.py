"""A small map around one cell: sectors as wedges, statuses as shapes, north on top."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from dashboard.web.figures.theme import SYMBOL, Figure, Theme
from dashboard.web.view.near import Place
from dashboard.web.view.words import Words

_BEAM = 60.0  # degrees that a wedge spans
_STEPS = 8
_LEAST_M = 150.0  # a view is never narrower


def cell_map_figure(places: Sequence[Place], *, words: Words, scale: float, theme: Theme) -> Figure:
    """Wedges for sectors, a circle for what sends all around; a click tells the cell.

    Args:
        places: the cell itself first (see ``view.near``).
        words: texts.
        scale: size of type; 1 at 1080 lines.
        theme: the colours.
    """
    reach = max([_LEAST_M, *(max(abs(p.east), abs(p.north)) for p in places)]) * 1.15
    size = reach * 0.13
    # The own cell lies on top of those of its mast.
    traces = [
        _wedge(place, size * (1.35 if place.own else 1.0), scale, theme)
        for place in sorted(places, key=lambda place: place.own)
    ]
    shown = [place for place in places if not _calm(place)]
    traces.append(_signs(shown, size, scale, theme))
    traces.append(_handles(places, size, theme))
    own = next((place for place in places if place.own), None)
    notes = []
    if own is not None:
        notes.append(
            {
                "x": own.east, "y": own.north, "text": words.texts("near.here"),
                "showarrow": False, "yshift": -26 * scale,
                "font": {"size": round(13 * scale), "color": theme.text},
                "bgcolor": theme.panel, "opacity": 0.85,
            }
        )  # fmt: skip
    layout = theme.base_layout(scale) | {
        "hovermode": "closest",
        "dragmode": False,
        "xaxis": _axis(reach),
        "yaxis": _axis(reach) | {"scaleanchor": "x"},
        "shapes": [*_rings(reach, theme), *_ruler(reach, theme, scale)],
        "annotations": [*notes, _ruler_text(reach, words, scale, theme)],
        "plot_bgcolor": theme.map_ground,
        "clickmode": "event",
    }
    return {"data": traces, "layout": layout}


def _calm(place: Place) -> bool:
    """A calm neighbour needs no sign: red advances, green recedes."""
    return place.status == "green" and not place.own


def _centre(place: Place, size: float) -> tuple[float, float]:
    """Where the wedge's middle lies: there a sign stands and the pointer is answered."""
    if place.azimuth is None:
        return place.east, place.north
    angle = math.radians(place.azimuth)
    return place.east + 0.68 * size * math.sin(angle), place.north + 0.68 * size * math.cos(angle)


def _wedge(place: Place, size: float, scale: float, theme: Theme) -> dict[str, Any]:
    if place.azimuth is None:
        angles = [360 * step / 24 for step in range(25)]
        size *= 0.5
        corners = []
    else:
        first = place.azimuth - _BEAM / 2
        angles = [first + _BEAM * step / _STEPS for step in range(_STEPS + 1)]
        corners = [(place.east, place.north)]
    points = [
        (
            place.east + size * math.sin(math.radians(angle)),
            place.north + size * math.cos(math.radians(angle)),
        )
        for angle in angles
    ]
    outline = [*corners, *points, *corners]
    return {
        "type": "scatter",
        "x": [round(x, 1) for x, _ in outline],
        "y": [round(y, 1) for _, y in outline],
        "mode": "lines",
        "fill": "toself",
        "fillcolor": theme.fill[place.status],
        "line": {
            "color": theme.accent if place.own else theme.status[place.status],
            "width": (2.5 if place.own else 1.2) * scale,
            "dash": "dot" if place.status == "unknown" and not place.own else "solid",
        },
        "hoverinfo": "skip",
        "name": place.cell_id,
    }


def _signs(places: list[Place], size: float, scale: float, theme: Theme) -> dict[str, Any]:
    centres = [_centre(place, size) for place in places]
    return {
        "type": "scatter",
        "x": [x for x, _ in centres],
        "y": [y for _, y in centres],
        "mode": "text",
        "text": [SYMBOL[place.status] for place in places],
        "textfont": {
            "size": round(13 * scale),
            "color": [theme.sign[place.status] for place in places],
        },
        "hoverinfo": "skip",
    }


def _handles(places: Sequence[Place], size: float, theme: Theme) -> dict[str, Any]:
    """Unseen points that answer the pointer; ``customdata`` is the cell's page, '' for the own."""
    centres = [_centre(place, size) for place in places]
    return {
        "type": "scatter",
        "x": [x for x, _ in centres],
        "y": [y for _, y in centres],
        "mode": "markers",
        "marker": {"size": 22, "color": theme.accent, "opacity": 0},
        "text": [place.hover for place in places],
        "customdata": ["" if place.own else place.href for place in places],
        "hovertemplate": "%{text}<extra></extra>",
        "name": "cells",
    }


def _axis(reach: float) -> dict[str, Any]:
    return {"range": [-reach, reach], "visible": False, "fixedrange": True}


def _ruler_m(reach: float) -> float:
    """A round length of about a third of the view."""
    rough = reach * 0.6
    unit = 10.0 ** math.floor(math.log10(rough))
    return max(unit * step for step in (1, 2, 5) if unit * step <= rough)


def _rings(reach: float, theme: Theme) -> list[dict[str, Any]]:
    line = {"color": theme.grid, "width": 1}
    return [
        {"type": "circle", "x0": -r, "x1": r, "y0": -r, "y1": r, "line": line, "layer": "below"}
        for r in (reach / 3, 2 * reach / 3, reach)
    ]


def _ruler(reach: float, theme: Theme, scale: float) -> list[dict[str, Any]]:
    length, at = _ruler_m(reach), -0.94 * reach
    line = {"color": theme.muted, "width": 2 * scale}
    return [{"type": "line", "x0": at, "x1": at + length, "y0": at, "y1": at, "line": line}]


def _ruler_text(reach: float, words: Words, scale: float, theme: Theme) -> dict[str, Any]:
    length = _ruler_m(reach)
    key, value = ("metres", length) if length < 1000 else ("kilometres", length / 1000)
    return {
        "x": -0.94 * reach, "y": -0.94 * reach, "xanchor": "left", "yanchor": "bottom",
        "text": words.texts(f"cell.{key}", n=f"{value:g}"), "showarrow": False,
        "font": {"size": round(12 * scale), "color": theme.muted},
    }  # fmt: skip


def statuses_of(places: Sequence[Place]) -> tuple[str, ...]:
    """The statuses on the map, for its legend, the worst first."""
    order = ("red", "yellow", "green", "unknown")
    found = sorted((place.status for place in places), key=order.index)
    return tuple(status for status, _ in groupby(found))

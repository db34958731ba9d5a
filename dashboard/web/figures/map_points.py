"""Cells on the map: yellow and red signs, rings around bad KPIs and new reds, states of orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dashboard.web.figures.geometry import project
from dashboard.web.figures.theme import MARKER
from dashboard.web.view.marks import CellMark

if TYPE_CHECKING:
    from dashboard.web.figures.map import MapBase

SIZE = {"yellow": 15, "red": 17}
# On a red cell's square: what is being done about it (view.order_words.SIGNS has the same shapes).
_ORDER = {
    "accepted": "circle", "dispatched": "triangle-right", "on_site": "diamond",
    "repaired": "circle-open", "reopened": "x",
}  # fmt: skip
_ORDER_SIZE = 9
_RING = 26  # clear of the largest sign


def of_status(cells: Sequence[CellMark], status: str) -> list[CellMark]:
    """Cells of one status."""
    return [cell for cell in cells if cell.status == status]


def positions(chosen: Sequence[CellMark], base: MapBase) -> dict[str, Any]:
    """Those in the view: the districts end at its edge as well."""
    x, y = project([c.longitude for c in chosen], [c.latitude for c in chosen])
    (x0, y0), frame = base.frame.centre, base.frame
    seen = (frame.x[0] <= x) & (x <= frame.x[1]) & (frame.y[0] <= y) & (y <= frame.y[1])
    here = [chosen[int(n)] for n in np.flatnonzero(seen)]
    return {
        "x": (x[seen] - x0).round(3).tolist(),
        "y": (y[seen] - y0).round(3).tolist(),
        "text": [c.hover for c in here],
        "customdata": [["cell", c.cell_id] for c in here],
    }


def points(cells: Sequence[CellMark], status: str, base: MapBase) -> dict[str, Any]:
    """The signs of one status."""
    return {
        "type": "scatter",
        "mode": "markers",
        "hoverinfo": "text",
        "marker": {
            "symbol": MARKER[status],
            "size": SIZE[status] * base.scale,
            "color": base.theme.status[status],
            "opacity": 1 if status == "red" else 0.9,
            "line": {
                "width": (1.4 if status == "red" else 1) * base.scale,
                "color": "#FFFFFF" if status == "red" else base.theme.background,
            },
        },
        **positions(of_status(cells, status), base),
    }


def bad_quality(bad: Sequence[CellMark], base: MapBase) -> dict[str, Any]:
    """Rings around cells whose KPIs are bad now."""
    line = {"width": 1.6 * base.scale}
    size = _RING * base.scale
    return {
        "type": "scatter",
        "uid": "bad",
        "mode": "markers",
        "hoverinfo": "text",
        "marker": {
            "symbol": "circle-open", "size": size, "color": base.theme.ring, "line": line,
        },
        **positions(bad, base),
    }  # fmt: skip


def pulses(base: MapBase) -> dict[str, Any]:
    """Rings around new reds; none in a whole figure."""
    size, line = 3 * SIZE["red"] * base.scale, {"width": 3 * base.scale}
    colour = base.theme.sign["red"]
    return {
        "type": "scatter",
        "uid": "new",
        "mode": "markers",
        "x": [],
        "y": [],
        "hoverinfo": "skip",
        "marker": {"symbol": "circle-open", "size": size, "color": colour, "line": line},
    }


def orders(reds: Sequence[CellMark], base: MapBase) -> dict[str, Any]:
    """What is being done about red cells, drawn on their squares."""
    values = order_values(reds, base)
    return {
        "type": "scatter",
        "uid": "orders",
        "mode": "markers",
        "x": values["x"],
        "y": values["y"],
        "hoverinfo": "skip",  # the red cell below answers the pointer, in words
        "marker": {
            "symbol": values["symbol"],
            "size": _ORDER_SIZE * base.scale,
            "color": "#FFFFFF",
            "line": {"width": 2 * base.scale, "color": "#FFFFFF"},
        },
    }


def order_values(reds: Sequence[CellMark], base: MapBase) -> dict[str, Any]:
    """Places and shapes of the orders that somebody has taken on."""
    chosen = [cell for cell in reds if cell.order in _ORDER]
    symbols = {cell.cell_id: _ORDER[cell.order] for cell in chosen}
    found = positions(chosen, base)
    return {
        "x": found["x"],
        "y": found["y"],
        "symbol": [symbols[cell_id] for _, cell_id in found["customdata"]],
    }

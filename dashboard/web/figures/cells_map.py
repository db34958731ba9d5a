"""The map beside the table of cells as numbers: the browser draws it (assets/cells_map.js).

Positions are whole units of 10 m on a Mercator plane, counted from the picture's corner and sent
as steps from the one before: 20,000 cells and their districts stay a small file, and SVG with as
many signs would not scroll.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from dashboard.web.figures.frames import main_body
from dashboard.web.figures.geometry import Shape, project, rings, simplified

UNIT_KM = 0.01
# Of the picture's longer side: less than a pixel of a panel.
_TOLERANCE = 1 / 1200
_MARGIN = 0.03
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Ground:
    """Districts, and where the picture lies on the plane.

    Attributes:
        west: left edge, Mercator kilometres.
        north: upper edge.
        size: width and height in units.
        districts: ``id``, ``name``, ``at`` (of the label) and ``rings`` (x, y, then steps, all in
            one list per ring).
    """

    west: float
    north: float
    size: tuple[int, int]
    districts: tuple[dict[str, Any], ...]

    def units(self, places: Floats) -> tuple[Floats, Floats]:
        """Units east and south of the corner, of degrees of shape (n, 2); NaN for unknown."""
        px, py = project(places[:, 0], places[:, 1])
        return (px - self.west) / UNIT_KM, (self.north - py) / UNIT_KM


def ground(shapes: Sequence[Shape], places: Floats) -> Ground:
    """The ground of a picture of districts, or without any of points.

    Args:
        shapes: districts in Mercator kilometres.
        places: longitude and latitude, NaN for unknown, shape (n, 2).
    """
    px, py = project(places[:, 0], places[:, 1])
    known = np.isfinite(px) & np.isfinite(py)
    west, south, east, north = _bounds(shapes, px[known], py[known])
    longest = max(east - west, north - south)
    drawn = simplified(shapes, longest * _TOLERANCE) if shapes else []
    size = (round((east - west) / UNIT_KM), round((north - south) / UNIT_KM))
    return Ground(west, north, size, tuple(_district(shape, west, north) for shape in drawn))


def picture(shapes: Sequence[Shape], places: Floats) -> dict[str, Any]:
    """Districts and points.

    Args:
        shapes: districts in Mercator kilometres.
        places: longitude and latitude of the cells, NaN for unknown, shape (cells, 2).

    Returns:
        ``size`` and ``districts`` as of :class:`Ground`; ``x``, ``y``: steps from cell to cell;
        ``lost``: numbers of the cells without a position.
    """
    under = ground(shapes, places)
    x, y = under.units(places)
    known = np.isfinite(x) & np.isfinite(y)
    return {
        "size": list(under.size),
        "districts": list(under.districts),
        "x": _steps(np.where(known, x, 0)),
        "y": _steps(np.where(known, y, 0)),
        "lost": np.flatnonzero(~known).tolist(),
    }


def _bounds(shapes: Sequence[Shape], x: Floats, y: Floats) -> tuple[float, float, float, float]:
    """Of the districts that lie together; without districts, of the cells."""
    if shapes:
        found = shapely.total_bounds([shape.area for shape in main_body(shapes)])
    elif len(x):
        found = np.array([x.min(), y.min(), x.max(), y.max()])
    else:
        found = np.array([0.0, 0.0, 1.0, 1.0])
    west, south, east, north = (float(value) for value in found)
    pad = max(_MARGIN * max(east - west, north - south), 0.5)
    return west - pad, south - pad, east + pad, north + pad


def _district(shape: Shape, west: float, north: float) -> dict[str, Any]:
    x, y = rings(shape.area, (west, north))
    cuts = np.flatnonzero(np.isnan(x))
    made = []
    for ring_x, ring_y in zip(np.split(x, cuts), np.split(y, cuts), strict=True):
        keep = ~np.isnan(ring_x)
        points = np.column_stack([ring_x[keep], -ring_y[keep]])
        whole = np.round(points / UNIT_KM).astype(int)
        steps = np.diff(whole, axis=0, prepend=0)
        made.append(steps.ravel().tolist())
    at = [round((shape.label_x - west) / UNIT_KM), round((north - shape.label_y) / UNIT_KM)]
    return {"id": shape.region_id, "name": shape.name, "at": at, "rings": made}


def _steps(values: Floats) -> list[int]:
    steps: list[int] = np.diff(np.round(values).astype(int), prepend=0).tolist()
    return steps

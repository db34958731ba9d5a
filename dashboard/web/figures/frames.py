"""What a map shows: a view that fits its panel, and an inset for the dense core of a city."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from dashboard.web.figures.geometry import Bounds, Frame, Shape

# Width and height of an inset as shares of the panel; assets/wall.css knows both sizes.
_LARGE, _SMALL = (0.40, 0.47), (0.30, 0.36)
# An inset that would hide a larger share of the districts than this is left out.
_HIDDEN = 0.015


@dataclass(frozen=True)
class Inset:
    """An enlarged view of a part that is too dense for the main one.

    Attributes:
        frame: what it shows.
        corner: where it lies in the panel: ``nw``, ``ne``, ``sw`` or ``se``.
        covers: what it hides of the main view (west, south, east, north), km.
        large: which of the two sizes of assets/wall.css it has.
    """

    frame: Frame
    corner: str
    covers: Bounds
    large: bool


@dataclass(frozen=True)
class MapFrames:
    """The main view, its inset if it needs one, and the districts neither of them shows."""

    main: Frame
    inset: Inset | None
    outside: tuple[str, ...]


def frames(
    shapes: Sequence[Shape], width: float, height: float, *, label_px: float, pad: float
) -> MapFrames:
    """Fit the districts into a panel; add an inset where several are too small for a label.

    Args:
        shapes: the districts.
        width: pixels of the panel.
        height: pixels of the panel.
        label_px: width of a typical label in pixels; a narrower district is "small".
        pad: free margin in pixels.
    """
    body = main_body(shapes)
    outside = tuple(s.region_id for s in shapes if s not in body)
    bounds = _bounds(body)
    middle = _fit(bounds, width, height, pad)
    small = [s for s in body if _narrow(s, middle.per_px, label_px)]
    everything = shapely.union_all([s.area for s in body])
    for large in (True, False):
        share = _LARGE if large else _SMALL
        size = (share[0] * width, share[1] * height)
        inset = _inset_frame(small, body, size, middle.per_px)
        if inset is None:
            continue
        tried = []
        for corner in ("se", "ne", "sw", "nw"):
            main, covers = _corner(body, middle, size, corner, pad)
            hidden = everything.intersection(shapely.box(*covers)).area / everything.area
            tried.append((hidden, main, Inset(inset, corner, covers, large=large)))
        hidden, main, best = min(tried, key=lambda attempt: attempt[0])
        if hidden <= _HIDDEN:
            return MapFrames(main, best, outside)
    return MapFrames(middle, None, outside)


def fitted(shapes: Sequence[Shape], width: float, height: float, *, pad: float) -> Frame:
    """The view that holds these districts, and a free margin of ``pad`` pixels."""
    return _fit(_bounds(shapes), width, height, pad)


def main_body(shapes: Sequence[Shape], reach: float = 0.15) -> list[Shape]:
    """The districts that lie together: what is far off (an overseas territory) is not framed.

    Two belong together when the gap between them is under ``reach`` times the side of a square
    that has the area of all; the group with the most districts wins.
    """
    if not shapes:
        return []
    areas = [s.area for s in shapes]
    gap = reach * float(np.sqrt(np.median([a.area for a in areas]) * len(areas)))
    grown = shapely.union_all(shapely.simplify(shapely.buffer(areas, gap / 2), gap / 8))
    groups = list(getattr(grown, "geoms", [grown]))
    member = [[s for s in shapes if g.intersects(s.area)] for g in groups]
    return max(member, key=lambda group: (len(group), sum(s.area.area for s in group)))


def _bounds(shapes: Sequence[Shape]) -> tuple[float, float, float, float]:
    west, south, east, north = (
        shapely.total_bounds([s.area for s in shapes]) if shapes else (0,) * 4
    )
    return float(west), float(south), float(east), float(north)


def _fit(
    bounds: tuple[float, float, float, float], width: float, height: float, pad: float
) -> Frame:
    west, south, east, north = bounds
    inner_w, inner_h = max(width - 2 * pad, 1), max(height - 2 * pad, 1)
    per_px = max((east - west) / inner_w, (north - south) / inner_h, 1e-6)
    cx, cy = (west + east) / 2, (south + north) / 2
    dx, dy = per_px * width / 2, per_px * height / 2
    return Frame((cx - dx, cx + dx), (cy - dy, cy + dy), width, height)


def _narrow(shape: Shape, per_px: float, label_px: float) -> bool:
    west, _, east, _ = shape.area.bounds
    return bool((east - west) / per_px < label_px)


def _inset_frame(
    small: Sequence[Shape], body: Sequence[Shape], size: tuple[float, float], per_px: float
) -> Frame | None:
    """What the inset shows: the small districts that lie together, at least twice as large.

    With them, as far as the enlargement allows, those neighbours whose labels lie among them.
    """
    if len(small) < 2:
        return None
    west, south, east, north = _bounds(main_body(small, reach=1.0))
    for grow in (0.5, 0.3, 0.1):
        dx, dy = grow * (east - west), grow * (north - south)
        grown = shapely.box(west - dx, south - dy, east + dx, north + dy)
        inner = [s for s in body if grown.contains(shapely.Point(s.label_x, s.label_y))]
        points = shapely.MultiPoint([(s.label_x, s.label_y) for s in inner])
        bounds = shapely.box(west, south, east, north).union(points).bounds
        frame = _fit(bounds, *size, 0.12 * size[1])
        if frame.per_px <= per_px / 2:
            return frame
    return None


def _corner(
    body: Sequence[Shape], middle: Frame, size: tuple[float, float], corner: str, pad: float
) -> tuple[Frame, Bounds]:
    """The main view shifted away from a corner, and what an inset there covers of it."""
    per_px = middle.per_px
    west, south, east, north = _bounds(body)
    free = 2 * pad * per_px
    slack_x = max(0.0, (middle.x[1] - middle.x[0]) - (east - west) - free) / 2
    slack_y = max(0.0, (middle.y[1] - middle.y[0]) - (north - south) - free) / 2
    sx = slack_x if corner.endswith("e") else -slack_x
    sy = -slack_y if corner.startswith("s") else slack_y
    x, y = (middle.x[0] + sx, middle.x[1] + sx), (middle.y[0] + sy, middle.y[1] + sy)
    w, h = size[0] * per_px, size[1] * per_px
    x0 = x[1] - w if corner.endswith("e") else x[0]
    y0 = y[0] if corner.startswith("s") else y[1] - h
    return Frame(x, y, middle.width, middle.height), (x0, y0, x0 + w, y0 + h)

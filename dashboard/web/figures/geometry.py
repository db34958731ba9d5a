"""Districts on a plane: Mercator kilometres, frames that fit a panel, an inset for the dense core.

Spherical Mercator keeps shapes, and over a city nothing else is needed; x and y share one scale.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import shape as from_mapping
from shapely.geometry.base import BaseGeometry

EARTH_KM = 6371.0088
# Beyond this Mercator runs to infinity.
_MAX_LATITUDE = 85.0
# An inset that would hide a larger share of the map than this is left out.
_HIDDEN = 0.015
Array = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Shape:
    """One district in Mercator kilometres, with the point its label belongs to."""

    region_id: str
    name: str
    area: BaseGeometry
    label_x: float
    label_y: float


@dataclass(frozen=True)
class Frame:
    """A view: what part of the plane is seen, in a panel of how many pixels.

    Attributes:
        x: left and right edge, km.
        y: lower and upper edge, km.
        width: pixels.
        height: pixels.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    width: float
    height: float

    @property
    def per_px(self) -> float:
        """Kilometres of one pixel."""
        return (self.x[1] - self.x[0]) / self.width

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of the view, km; figures count from here, which keeps their numbers short."""
        return (self.x[0] + self.x[1]) / 2, (self.y[0] + self.y[1]) / 2

    @property
    def box(self) -> BaseGeometry:
        """The view as a polygon."""
        return shapely.box(self.x[0], self.y[0], self.x[1], self.y[1])

    def holds(self, x: float, y: float) -> bool:
        """Is the point inside?"""
        return self.x[0] <= x <= self.x[1] and self.y[0] <= y <= self.y[1]


@dataclass(frozen=True)
class Inset:
    """An enlarged view of a part that is too dense for the main one.

    Attributes:
        frame: what it shows.
        corner: where it lies in the panel: ``nw``, ``ne``, ``sw`` or ``se``.
    """

    frame: Frame
    corner: str


@dataclass(frozen=True)
class MapFrames:
    """The main view, its inset if it needs one, and the districts neither of them shows."""

    main: Frame
    inset: Inset | None
    outside: tuple[str, ...]


def project(longitude: npt.ArrayLike, latitude: npt.ArrayLike) -> tuple[Array, Array]:
    """WGS-84 degrees to spherical Mercator, in kilometres at the equator."""
    lon = np.radians(np.asarray(longitude, dtype=float))
    lat = np.radians(np.clip(np.asarray(latitude, dtype=float), -_MAX_LATITUDE, _MAX_LATITUDE))
    return EARTH_KM * lon, EARTH_KM * np.log(np.tan(np.pi / 4 + lat / 2))


def shapes_of(
    geojson: dict[str, Any], labels: dict[str, tuple[float | None, float | None]]
) -> tuple[Shape, ...]:
    """Projected districts of a FeatureCollection; those without an area are left out.

    Args:
        geojson: WGS-84; ``properties.region_id`` and ``name``.
        labels: longitude and latitude of each label; a point inside where unknown.
    """
    shapes = []
    for feature in geojson.get("features", []):
        if not feature.get("geometry"):
            continue
        area = shapely.transform(
            from_mapping(feature["geometry"]),
            lambda points: np.column_stack(project(points[:, 0], points[:, 1])),
        )
        if area.is_empty or area.area == 0:
            continue
        region_id = str(feature["properties"]["region_id"])
        longitude, latitude = labels.get(region_id, (None, None))
        if longitude is None or latitude is None or np.isnan(longitude + latitude):
            inside = area.representative_point()
            at = (inside.x, inside.y)
        else:
            px, py = project(longitude, latitude)
            at = (float(px), float(py))
        name = str(feature["properties"].get("name") or region_id)
        shapes.append(Shape(region_id, name, area, *at))
    return tuple(shapes)


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
    for size in ((0.40 * width, 0.47 * height), (0.30 * width, 0.36 * height)):
        inset = _inset_frame(small, body, size, middle.per_px)
        if inset is None:
            continue
        main, corner, hidden = _place_inset(body, middle, size, pad)
        if hidden <= _HIDDEN:
            return MapFrames(main, Inset(inset, corner), outside)
    return MapFrames(middle, None, outside)


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


def rings(area: BaseGeometry, origin: tuple[float, float]) -> tuple[Floats, Floats]:
    """Outlines as x and y relative to ``origin``, NaN between rings; holes run the other way."""
    lines = []
    for polygon in getattr(area, "geoms", [area]):
        oriented = shapely.geometry.polygon.orient(polygon)
        for ring in (oriented.exterior, *oriented.interiors):
            lines += [np.asarray(ring.coords) - origin, np.full((1, 2), np.nan)]
    points = np.concatenate(lines[:-1]).astype(np.float32)
    return points[:, 0], points[:, 1]


def clip(shapes: Iterable[Shape], frame: Frame) -> list[Shape]:
    """Districts cut to a view (a little beyond it, so that no cut edge is seen)."""
    margin = 0.05 * (frame.x[1] - frame.x[0])
    box = frame.box.buffer(margin, join_style="mitre")
    cut = [(s, s.area.intersection(box)) for s in shapes if s.area.intersects(box)]
    return [
        Shape(s.region_id, s.name, area, s.label_x, s.label_y)
        for s, area in ((s, _areal(area)) for s, area in cut)
        if area is not None
    ]


def simplified(shapes: Sequence[Shape], tolerance: float) -> list[Shape]:
    """The districts with fewer vertices and no gaps between neighbours."""
    areas = shapely.coverage_simplify([s.area for s in shapes], tolerance)
    return [
        Shape(s.region_id, s.name, area, s.label_x, s.label_y)
        for s, area in zip(shapes, areas, strict=True)
    ]


def _areal(geometry: BaseGeometry) -> BaseGeometry | None:
    parts = [
        part
        for part in getattr(geometry, "geoms", [geometry])
        if part.geom_type == "Polygon" and part.area > 0
    ]
    return shapely.MultiPolygon(parts) if parts else None


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


def _place_inset(
    body: Sequence[Shape], middle: Frame, size: tuple[float, float], pad: float
) -> tuple[Frame, str, float]:
    """Shift the map aside and choose the corner where the inset hides least.

    Returns:
        The main view, the corner, and the share of the districts' area that is hidden.
    """
    per_px = middle.per_px
    west, south, east, north = _bounds(body)
    slack_x = max(0.0, (middle.x[1] - middle.x[0]) - (east - west) - 2 * pad * per_px) / 2
    slack_y = max(0.0, (middle.y[1] - middle.y[0]) - (north - south) - 2 * pad * per_px) / 2
    everything = shapely.union_all([s.area for s in body])
    best: tuple[float, Frame, str] | None = None
    for corner in ("se", "ne", "sw", "nw"):
        sx = slack_x if corner.endswith("e") else -slack_x
        sy = -slack_y if corner.startswith("s") else slack_y
        frame = Frame(
            (middle.x[0] + sx, middle.x[1] + sx),
            (middle.y[0] + sy, middle.y[1] + sy),
            middle.width,
            middle.height,
        )
        w, h = size[0] * per_px, size[1] * per_px
        x0 = frame.x[1] - w if corner.endswith("e") else frame.x[0]
        y0 = frame.y[0] if corner.startswith("s") else frame.y[1] - h
        hidden = everything.intersection(shapely.box(x0, y0, x0 + w, y0 + h)).area
        if best is None or hidden < best[0]:
            best = (hidden, frame, corner)
    assert best is not None
    return best[1], best[2], best[0] / everything.area

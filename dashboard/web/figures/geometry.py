"""Districts on a plane, in Mercator kilometres.

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
Array = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]
Bounds = tuple[float, float, float, float]


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

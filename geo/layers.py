"""What a map draws of regions: their shapes as small GeoJSON, and where their names go."""

from __future__ import annotations

from typing import Any

import geopandas
import numpy as np
import pandas as pd
import shapely

from geo.projection import EqualAreaPlane
from geo.repair import polygonal


def label_points(regions: geopandas.GeoDataFrame) -> pd.DataFrame:
    """Where a region's name has room: its centroid, or the centre of the largest circle inside.

    The centroid counts where it has at least 80 % of that circle's room, because in a long
    region many circles are equally large. Of a region in several parts the largest part counts.

    Args:
        regions: frame with ``region_id`` and ``geometry`` in WGS-84 degrees.

    Returns:
        ``region_id``, ``label_longitude``, ``label_latitude`` (degrees) in the order of
        ``regions``; the point lies inside the region, NaN for a region without geometry.
    """
    shapes = np.asarray(regions.geometry.array, dtype=object)
    plane = EqualAreaPlane.around(shapes)
    drawn = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    centres = [_widest_point(shape) for shape in plane.to_metres(shapes[drawn])]
    xy = np.full((len(shapes), 2), np.nan)
    xy[drawn] = shapely.get_coordinates(plane.to_degrees(np.array(centres, dtype=object)))
    return pd.DataFrame(
        {
            "region_id": regions["region_id"].to_numpy(),
            "label_longitude": xy[:, 0],
            "label_latitude": xy[:, 1],
        }
    )


def _widest_point(shape: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shape)
    largest = parts[int(np.argmax(shapely.area(parts)))]
    tolerance = max(1.0, float(np.sqrt(shapely.area(largest))) / 200.0)
    radius = shapely.maximum_inscribed_circle(largest, tolerance)
    centroid = shapely.centroid(largest)
    room = shapely.distance(centroid, shapely.boundary(largest))
    if shapely.contains_properly(largest, centroid) and room >= 0.8 * shapely.length(radius):
        return centroid
    centre = shapely.get_point(radius, 0)
    # the circle of a sliver may shrink to a point on its border
    inside = shapely.contains_properly(largest, centre)
    return centre if inside else shapely.point_on_surface(largest)


def to_feature_collection(regions: geopandas.GeoDataFrame, digits: int = 5) -> dict[str, Any]:
    """Regions as a GeoJSON FeatureCollection (RFC 7946), small enough for every screen.

    Exterior rings run counter-clockwise, holes clockwise (RFC 7946, 3.1.6). Points that rounding
    makes equal to the one before are left out, and so are rings that it leaves without an area;
    shared borders round alike and stay shared.

    Args:
        regions: frame with ``region_id``, ``name`` and ``geometry`` in WGS-84 degrees.
        digits: decimals of a degree; 5 is about one metre.

    Returns:
        Features in the order of ``regions`` with ``id`` and the properties ``region_id`` and
        ``name`` (None if unknown); the geometry is None where the region has none.
    """
    names = regions["name"].tolist()
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": region_id,
                "properties": {"region_id": region_id, "name": None if pd.isna(name) else name},
                "geometry": _geometry(shape, digits),
            }
            for region_id, name, shape in zip(
                regions["region_id"].tolist(), names, regions.geometry.array, strict=True
            )
        ],
    }


def _geometry(shape: shapely.Geometry | None, digits: int) -> dict[str, Any] | None:
    if shape is None or shape.is_empty:
        return None
    rounded = [_rounded(part, digits) for part in shapely.get_parts(shape)]
    polygons = [polygon for polygon in rounded if polygon is not None]
    drawn = polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)
    if not shapely.is_valid(drawn):  # something thinner than a step of rounding
        drawn = polygonal(drawn)
    # smaller than one step of rounding: better too many digits than no region
    gone = drawn is None or drawn.is_empty
    return _lists(shapely.geometry.mapping(shapely.orient_polygons(shape if gone else drawn)))


def _rounded(polygon: shapely.Polygon, digits: int) -> shapely.Polygon | None:
    """The polygon without holes and points that rounding takes away; None if it goes itself."""
    rings = []
    for ring in shapely.get_rings(polygon):
        rounded = np.round(shapely.get_coordinates(ring), digits)
        moved = np.append(True, (np.diff(rounded, axis=0) != 0).any(axis=1))
        rings.append(rounded[moved])
    solid = [len(xy) >= 4 and shapely.area(shapely.polygons(xy)) > 0.0 for xy in rings]
    if not solid[0]:
        return None
    return shapely.Polygon(
        rings[0], [xy for xy, keep in zip(rings, solid, strict=True) if keep][1:]
    )


def _lists(mapping: dict[str, Any]) -> dict[str, Any]:
    """The mapping with lists for tuples, as JSON has them."""

    def one(value: Any) -> Any:  # noqa: ANN401 - nested coordinates of any depth
        return [one(item) for item in value] if isinstance(value, tuple) else value

    return {"type": mapping["type"], "coordinates": one(mapping["coordinates"])}

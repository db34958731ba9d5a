"""Polygons that can be computed with, and a record of what was wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict

import numpy as np
import numpy.typing as npt
import shapely

from geo.projection import EqualAreaPlane

Geometries = npt.NDArray[np.object_]


class Repair(TypedDict):
    """One polygon that was changed; plain values, so that it survives in ``DataFrame.attrs``."""

    feature: int
    """Number of the feature in its file, from 1."""
    region_id: str
    problem: str
    """GEOS's reason with the place in the file's own coordinates."""
    area_change_m2: float


def polygonal(geometry: shapely.Geometry | None) -> shapely.Geometry | None:
    """The polygons in a geometry as one valid Polygon or MultiPolygon without heights.

    Lines and points, which a repair leaves where a ring folds back on itself, are dropped.

    Returns:
        None if nothing with an area is left.
    """
    if geometry is None:
        return None
    flat = shapely.make_valid(shapely.force_2d(geometry))
    parts = shapely.get_parts(shapely.get_parts(flat))  # a collection may hold a MultiPolygon
    polygons = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    polygons = polygons[shapely.area(polygons) > 0.0]
    return shapely.union_all(polygons) if len(polygons) else None


def repair(
    geometries: Geometries, region_ids: list[str], to_degrees: Callable[[Geometries], Geometries]
) -> tuple[Geometries, list[Repair]]:
    """Valid polygons in WGS-84 degrees for polygons of any validity, and what was changed.

    They are repaired in their own coordinates, where points that should coincide do so exactly,
    and once more where the conversion itself broke one.

    Args:
        geometries: polygons, multipolygons and collections in the file's coordinates, finite,
            none missing or empty.
        region_ids: their names for the record.
        to_degrees: converts the file's coordinates.

    Returns:
        The geometries (None where nothing with an area is left), and one record for each that
        was invalid.
    """
    mixed = shapely.get_type_id(geometries) == shapely.GeometryType.GEOMETRYCOLLECTION
    invalid = ~shapely.is_valid(geometries) | mixed
    reasons = np.where(mixed, "mixed with points or lines", shapely.is_valid_reason(geometries))
    degrees = to_degrees(_polygonal_where(geometries, invalid))
    broken = ~shapely.is_valid(degrees) & ~shapely.is_missing(degrees)
    repaired = _polygonal_where(degrees, broken)

    changed = np.flatnonzero(invalid | broken)
    plane = EqualAreaPlane.around(repaired)
    before = shapely.area(plane.to_metres(to_degrees(geometries[changed])))
    after = np.nan_to_num(shapely.area(plane.to_metres(repaired[changed])))
    return repaired, [
        Repair(
            feature=int(index) + 1,
            region_id=region_ids[index],
            problem=str(reasons[index]) if invalid[index] else "invalid after conversion",
            area_change_m2=round(float(new - old), 1) + 0.0,  # no minus zero
        )
        for index, old, new in zip(changed, before, after, strict=True)
    ]


def _polygonal_where(geometries: Geometries, wanted: npt.NDArray[np.bool_]) -> Geometries:
    result = geometries.copy()
    for index in np.flatnonzero(wanted):
        result[index] = polygonal(geometries[index])
    return result

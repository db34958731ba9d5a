"""Polygons that can be computed with, and a record of what was wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict

import numpy as np
import numpy.typing as npt
import shapely

from geo.projection import EqualAreaPlane

Geometries = npt.NDArray[np.object_]

# What editing leaves behind: nothing that somebody lives on is smaller or narrower.
SPECK_M2 = 100.0
SLIVER_M = 1.0


class Repair(TypedDict):
    """One polygon that was changed; plain values, so that it survives in ``DataFrame.attrs``."""

    feature: int
    """Number of the feature in its file, from 1."""
    region_id: str
    problem: str
    """GEOS's reason with the place in the file's own coordinates, or which specks went."""
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
    and once more where the conversion itself broke one. Then specks go: parts and holes of less
    than 100 m2 or narrower than 1 m on the mean; never a region's largest part.

    Args:
        geometries: polygons, multipolygons and collections in the file's coordinates, finite,
            none missing or empty.
        region_ids: their names for the record.
        to_degrees: converts the file's coordinates.

    Returns:
        The geometries (None where nothing with an area is left), and one record for each that
        was invalid, and one for each that had specks.
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
    mended = [
        Repair(
            feature=int(index) + 1,
            region_id=region_ids[index],
            problem=str(reasons[index]) if invalid[index] else "invalid after conversion",
            area_change_m2=round(float(new - old), 1) + 0.0,  # no minus zero
        )
        for index, old, new in zip(changed, before, after, strict=True)
    ]
    whole, specks = _without_specks(repaired, plane)
    swept = [
        Repair(
            feature=index + 1,
            region_id=region_ids[index],
            problem=problem,
            area_change_m2=round(change, 1) + 0.0,
        )
        for index, (problem, change) in specks.items()
    ]
    return whole, sorted([*mended, *swept], key=lambda record: record["feature"])


def _without_specks(
    shapes: Geometries, plane: EqualAreaPlane
) -> tuple[Geometries, dict[int, tuple[str, float]]]:
    """Shapes in degrees without parts and holes that are no ground; what went, in words and m2."""
    rings = shapely.get_rings(shapely.get_parts(shapes[~shapely.is_missing(shapes)]))
    flat = plane.to_metres(np.asarray(shapely.polygons(rings), dtype=object))
    if not _is_speck(flat).any():
        return shapes, {}
    result, told = shapes.copy(), {}
    for index in np.flatnonzero(~shapely.is_missing(shapes)):
        parts = shapely.get_parts(shapes[index])
        metres = plane.to_metres(parts)
        areas = shapely.area(metres)
        gone = _is_speck(metres) & (np.arange(len(parts)) != areas.argmax())
        filled = [_filled(part, plane) for part in parts[~gone]]
        holes = sum(count for _, count, _ in filled)
        if gone.any() or holes:
            kept = [part for part, _, _ in filled]
            result[index] = kept[0] if len(kept) == 1 else shapely.multipolygons(kept)
            words = [f"{gone.sum()} specks dropped"] * bool(gone.any())
            words += [f"{holes} pinholes filled"] * bool(holes)
            change = sum(area for _, _, area in filled) - float(areas[gone].sum())
            told[int(index)] = (" and ".join(words), change)
    return result, told


def _is_speck(polygons: Geometries) -> npt.NDArray[np.bool_]:
    """Whether polygons in metres are too small or too narrow to be ground."""
    areas = shapely.area(polygons)
    return np.asarray((areas < SPECK_M2) | (2.0 * areas < SLIVER_M * shapely.length(polygons)))


def _filled(part: shapely.Polygon, plane: EqualAreaPlane) -> tuple[shapely.Polygon, int, float]:
    """A polygon in degrees without pinholes; how many there were, and their area in m2."""
    rings = shapely.get_rings(part)
    if len(rings) == 1:
        return part, 0, 0.0
    holes = plane.to_metres(np.asarray(shapely.polygons(rings[1:]), dtype=object))
    speck = _is_speck(holes)
    whole = shapely.Polygon(rings[0], list(rings[1:][~speck]))
    return whole, int(speck.sum()), float(shapely.area(holes)[speck].sum())


def _polygonal_where(geometries: Geometries, wanted: npt.NDArray[np.bool_]) -> Geometries:
    result = geometries.copy()
    for index in np.flatnonzero(wanted):
        result[index] = polygonal(geometries[index])
    return result

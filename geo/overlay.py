"""Unions and intersections of many shapes, with what GEOS gets wrong put right.

GEOS 3.14 keeps holes and parts that are a rounding wide (two borders that should coincide), and
takes inside for outside when such a shape is cut again: the intersection of two large shapes
comes out empty. So slivers are removed after each union, and an empty intersection of shapes
whose interiors do meet is computed again on a grid, on which the noding is exact but four times
as slow.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely
import shapely.errors

Index = npt.NDArray[np.int64]
Geometries = npt.NDArray[np.object_]

# A hole or part smaller than this is none.
SLIVER_M2 = 0.01
GRID_M = 1e-6
INTERIORS_MEET = "T********"


def common(one: Geometries, other: Geometries) -> Geometries:
    """The intersection of each pair of shapes on a plane in metres.

    Where they merely touch it is empty, a line or a point; None where one of them is None.
    """
    try:
        result = np.asarray(shapely.intersection(one, other), dtype=object)
    except shapely.errors.GEOSException:  # a noding that fails among all the others
        result = np.asarray(shapely.intersection(one, other, grid_size=GRID_M), dtype=object)
    nothing = np.flatnonzero(shapely.area(result) == 0.0)  # not so where the area is NaN: None
    wrong = nothing[shapely.relate_pattern(one[nothing], other[nothing], INTERIORS_MEET)]
    result[wrong] = shapely.intersection(one[wrong], other[wrong], grid_size=GRID_M)
    return result


def union_by(parts: Geometries, owner: Index) -> tuple[Index, Geometries]:
    """The union of the parts of each owner, without slivers.

    Args:
        parts: shapes in metres.
        owner: whose they are, shape (parts,).

    Returns:
        The owners, ascending, and their unions; parts are taken in their order.
    """
    order = np.argsort(owner, kind="stable")
    owners, first, size = np.unique(owner[order], return_index=True, return_counts=True)
    ordered = parts[order]
    result = ordered[first]
    for index in np.flatnonzero(size > 1):
        union = shapely.union_all(ordered[first[index] : first[index] + size[index]])
        result[index] = without_slivers(union)
    return owners, result


def without_slivers(shape: shapely.Geometry) -> shapely.Geometry:
    """The shape without holes and parts below :data:`SLIVER_M2`; it keeps its largest part."""
    parts = shapely.get_parts(shape)
    parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    if not len(parts):
        return shape
    areas = shapely.area(parts)
    kept = parts[(areas >= SLIVER_M2) | (areas == areas.max())]
    solid = [_without_holes(part) for part in kept]
    return solid[0] if len(solid) == 1 else shapely.MultiPolygon(solid)


def _without_holes(part: shapely.Polygon) -> shapely.Polygon:
    holes = [hole for hole in part.interiors if shapely.area(shapely.Polygon(hole)) >= SLIVER_M2]
    return part if len(holes) == len(part.interiors) else shapely.Polygon(part.exterior, holes)

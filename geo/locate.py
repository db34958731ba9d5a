"""Where a point lies: in which region, and served by which cells."""

from __future__ import annotations

from typing import Any

import geopandas
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.errors import GeoError
from geo.projection import EqualAreaPlane, as_degrees, geocentric
from geo.seams import levels
from geo.serving import ServingModel, serving_cells

__all__ = ["ServingModel", "locate_regions", "serving_cells"]

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

# Borders are drawn to about 100 m: a point this close outside still belongs to the region.
OUTSIDE_M = 200.0


def locate_regions(
    lon: npt.ArrayLike | pd.Series[Any],
    lat: npt.ArrayLike | pd.Series[Any],
    regions: geopandas.GeoDataFrame,
) -> npt.NDArray[np.object_]:
    """The region of each point.

    Of several that hold a point the finest level counts (see :func:`geo.seams.levels`), then
    the smallest area, then the first id. A point in none of them goes to the nearest border
    within 200 m, again the finest level first.

    Args:
        lon: degrees, WGS-84, shape (n,); None and NaN are unknown.
        lat: the same.
        regions: ``region_id``, ``geometry`` and, if nested, ``level`` or ``parent_id``.

    Returns:
        ``region_id`` or None, shape (n,).

    Raises:
        GeoError: ``lon`` and ``lat`` differ in length.
    """
    x, y = as_degrees(lon), as_degrees(lat)
    if len(x) != len(y):
        raise GeoError(f"{len(x)} longitudes but {len(y)} latitudes")
    located = np.full(len(x), None, dtype=object)
    if regions.empty:
        return located
    shapes = np.asarray(regions.geometry.array, dtype=object)
    ids = regions["region_id"].to_numpy(dtype=object)
    depth = levels(regions)
    rank = np.empty(len(ids), dtype=np.int64)
    rank[np.lexsort((ids.astype(str), _areas(shapes), -depth))] = np.arange(len(ids))

    known = np.flatnonzero((np.abs(x) <= 180.0) & (np.abs(y) <= 90.0))
    point, region = _inside(x, y, known, shapes)
    point, region = _first_of_each(point, region, rank[region])
    located[point] = ids[region]

    outside = np.setdiff1d(known, point, assume_unique=True)
    point, region, distance = _beside(x, y, outside, shapes)
    order = np.lexsort((distance, -depth[region])).argsort()  # finest level, then nearest
    point, region = _first_of_each(point, region, order)
    located[point] = ids[region]
    return located


def _areas(shapes: npt.NDArray[np.object_]) -> Array:
    """Square metres, rounded: equal regions are told apart by their ids, not by the last digit."""
    return np.asarray(np.round(shapely.area(EqualAreaPlane.around(shapes).to_metres(shapes))))


def _inside(
    x: Array, y: Array, points: Index, shapes: npt.NDArray[np.object_]
) -> tuple[Index, Index]:
    """Pairs (point, region) where the region holds the point, its border included."""
    number, region = shapely.STRtree(shapes).query(shapely.points(x[points], y[points]))
    point = points[number]
    shapely.prepare(shapes)
    held = shapely.intersects_xy(shapes[region], x[point], y[point])
    return point[held], region[held]


def _beside(
    x: Array, y: Array, points: Index, shapes: npt.NDArray[np.object_]
) -> tuple[Index, Index, Array]:
    """Triples (point, region, metres) of regions that come within OUTSIDE_M of a point."""
    plane = EqualAreaPlane.around(shapes)
    flat = plane.to_metres(shapes)
    spots = plane.to_metres(shapely.points(x[points], y[points]))
    # the plane stretches one axis and shrinks the other away from its latitude
    stretch = np.cos(np.radians(plane.latitude)) / np.cos(np.radians(np.abs(y[points]).clip(0, 89)))
    number, region = shapely.STRtree(flat).query(
        spots, predicate="dwithin", distance=OUTSIDE_M * np.maximum(stretch, 1.0 / stretch)
    )
    line = shapely.shortest_line(spots[number], flat[region])
    ends = shapely.get_coordinates(plane.to_degrees(line)).reshape(-1, 2, 2)
    distance = np.linalg.norm(
        geocentric(ends[:, 0, 0], ends[:, 0, 1]) - geocentric(ends[:, 1, 0], ends[:, 1, 1]), axis=1
    )
    near = distance <= OUTSIDE_M
    return points[number[near]], region[near], distance[near]


def _first_of_each(point: Index, region: Index, order: Index) -> tuple[Index, Index]:
    """For each point the region that comes first by ``order``."""
    sequence = np.lexsort((order, point))
    point, region = point[sequence], region[sequence]
    unique, first = np.unique(point, return_index=True)
    return unique, region[first]

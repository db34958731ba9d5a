"""Neighbouring regions that share their borders exactly: no gaps, no overlaps, fewer points."""

from __future__ import annotations

from collections.abc import Iterable

import geopandas
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.projection import EqualAreaPlane
from geo.repair import polygonal

Geometries = npt.NDArray[np.object_]

# Two borders whose points were rounded to 100 m each leave slivers up to about this wide.
GAP_M = 200.0
MAP_PIXELS = 2000
# Smaller than this is noise of the arithmetic, closer than this is touching.
NOTCH_M2 = 0.01
TOUCH_M = 0.001
# Web Mercator: the equator on a sphere of 6,378,137 m, and MapLibre's tile.
EQUATOR_M, TILE_PX = 2.0 * np.pi * 6378137.0, 512


def clean_coverage(
    regions: geopandas.GeoDataFrame, *, gap_m: float = GAP_M, speck_m2: float = 0.0
) -> geopandas.GeoDataFrame:
    """Regions of one level without overlaps and without narrow gaps between them.

    Overlaps and gaps go to the neighbour with the longest common border
    (``shapely.coverage_clean``, GEOS 3.14). Levels are cleaned one by one: a child lies inside
    its parent on purpose.

    Args:
        regions: frame with ``geometry`` in WGS-84 degrees; ``level`` and ``parent_id`` if nested.
        gap_m: gaps up to this wide are closed; lakes and the like are wider. Notches between two
            regions that open to the outside are filled up to this and at most 200 m.
        speck_m2: parts smaller than this are dropped first, never a region's largest; inside
            others they become gaps and are closed as such.

    Returns:
        The same rows and columns. A region that lies wholly inside others of its level keeps
        its shape, overlap and all, rather than vanish; one without geometry stays without.
    """
    return _per_level(regions, gap_m, speck_m2, tolerance_m=None)


def simplify_coverage(
    regions: geopandas.GeoDataFrame, tolerance_m: float, *, gap_m: float | None = None
) -> geopandas.GeoDataFrame:
    """Cleaned regions (see :func:`clean_coverage`) with fewer points; common borders stay common.

    Args:
        regions: frame with ``geometry`` in WGS-84 degrees; ``level`` and ``parent_id`` if nested.
        tolerance_m: root of the area of the smallest triangle that a point may be worth, metres
            (Visvalingam and Whyatt 1993, "Line generalisation by repeated elimination of
            points", Cartographic Journal 30).
        gap_m: gaps up to this wide are closed first; by default 200 m or twice the tolerance,
            whichever is more: what is narrower would be drawn as a hair.

    Returns:
        The same rows and columns.
    """
    width = max(GAP_M, 2.0 * tolerance_m) if gap_m is None else gap_m
    return _per_level(regions, width, 0.0, tolerance_m=tolerance_m)


def simplify_levels(
    regions: geopandas.GeoDataFrame, zooms: Iterable[int], *, pixels: float = 1.0
) -> dict[int, geopandas.GeoDataFrame]:
    """The regions for each zoom of a web map, simplified no further than a pixel shows.

    Each zoom is simplified from the full regions, not from another zoom: so it does not matter
    which others are asked for.

    Args:
        regions: as of :func:`simplify_coverage`.
        zooms: zooms of a map with tiles of 512 pixels (MapLibre); those of 256 pixels (XYZ of
            raster servers) count one more for the same scale.
        pixels: tolerance in pixels.

    Returns:
        By zoom the same rows and columns.
    """
    latitude = _middle_latitude(regions)
    return {
        zoom: simplify_coverage(regions, pixels * pixel_m(zoom, latitude))
        for zoom in sorted(set(zooms))
    }


def pixel_m(zoom: float, latitude: float) -> float:
    """Ground size of a pixel of the web Mercator map at a latitude, metres (tiles of 512 pixels).

    At zoom 0 the equator is one tile: 2 pi 6378137 m / 512 = 78,272 m a pixel; it shrinks with the
    cosine of the latitude (OGC 17-083r4, Annex E: WebMercatorQuad).
    """
    return float(EQUATOR_M / TILE_PX / 2.0**zoom * np.cos(np.radians(latitude)))


def _middle_latitude(regions: geopandas.GeoDataFrame) -> float:
    _, south, _, north = regions.total_bounds
    return float(south + north) / 2.0 if np.isfinite(south + north) else 0.0


def map_tolerance_m(regions: geopandas.GeoDataFrame) -> float:
    """The tolerance for :func:`simplify_coverage` that a screen does not show, metres.

    A two-thousandth of the side of a square as large as the finest level's regions together
    (about 65 m for Beijing, 1.5 km for the United States), at least 1 m.
    """
    depths = levels(regions)
    shapes = np.asarray(regions.geometry.array, dtype=object)
    finest = shapes[depths == depths.max(initial=0)]
    area = shapely.area(EqualAreaPlane.around(finest).to_metres(finest)).sum()
    return max(1.0, float(np.sqrt(area)) / MAP_PIXELS)


def levels(regions: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Depth of each region in the operator's division; greater is finer.

    The stated ``level`` counts; where it is unknown, the number of ancestors by ``parent_id``.
    """
    size = len(regions)
    ids = regions["region_id"].tolist() if "region_id" in regions else list(range(size))
    parents = regions["parent_id"].tolist() if "parent_id" in regions else [None] * size
    stated = regions["level"].tolist() if "level" in regions else [None] * size
    parent_of = {
        child: None if pd.isna(parent) else parent
        for child, parent in zip(ids, parents, strict=True)
    }

    def depth(region_id: object) -> int:
        seen = {region_id}
        while (region_id := parent_of.get(region_id)) is not None and region_id not in seen:
            seen.add(region_id)
        return len(seen) - 1

    return np.array(
        [
            depth(region_id) if level is None or pd.isna(level) else int(level)
            for region_id, level in zip(ids, stated, strict=True)
        ],
        dtype=np.int64,
    )


def _per_level(
    regions: geopandas.GeoDataFrame, gap_m: float, speck_m2: float, tolerance_m: float | None
) -> geopandas.GeoDataFrame:
    shapes = np.asarray(regions.geometry.array, dtype=object)
    plane = EqualAreaPlane.around(shapes)
    metres = plane.to_metres(shapes)
    depths = levels(regions)
    drawn = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    for level in np.unique(depths[drawn]):
        at = drawn & (depths == level)
        metres[at] = _clean(metres[at], gap_m, speck_m2)
        if tolerance_m is not None:
            metres[at] = shapely.coverage_simplify(metres[at], tolerance_m)
    result = regions.copy()
    result[result.geometry.name] = geopandas.GeoSeries(
        plane.to_degrees(metres), index=regions.index, crs=regions.crs
    )
    return result


def _clean(shapes: Geometries, gap_m: float, speck_m2: float) -> Geometries:
    large = np.array([_without_specks(shape, speck_m2) for shape in shapes], dtype=object)
    cleaned = _coverage_clean(large, gap_m)
    filled = _fill_notches(cleaned, min(gap_m, GAP_M))
    return cleaned if filled is None else _coverage_clean(filled, gap_m)


def _coverage_clean(shapes: Geometries, gap_m: float) -> Geometries:
    cleaned = np.asarray(shapely.coverage_clean(shapes, gap_width=gap_m), dtype=object)
    result = np.array([polygonal(shape) for shape in cleaned], dtype=object)
    vanished = shapely.is_missing(result)
    result[vanished] = shapes[vanished]
    return result


def _fill_notches(shapes: Geometries, width_m: float) -> Geometries | None:
    """Fills gaps between two shapes that open to the outside, which coverage_clean leaves.

    What a widening by half the width and a narrowing back adds to the union of all is notches and
    bays; those that touch two shapes are notches.

    Returns:
        The shapes with their notches, not yet noded; None if there is no notch.
    """
    if width_m <= 0.0 or len(shapes) < 2:
        return None
    union = shapely.union_all(shapes)
    wide = shapely.buffer(union, width_m / 2.0, join_style="mitre")
    closed = shapely.buffer(wide, -width_m / 2.0, join_style="mitre")
    added = shapely.get_parts(shapely.difference(closed, union))
    added = added[shapely.area(added) > NOTCH_M2]
    number, shape = shapely.STRtree(shapes).query(added, predicate="dwithin", distance=TOUCH_M)
    west, south, east, north = shapely.bounds(added[number]).T
    around = [
        shapely.clip_by_rect(part, w - 1.0, s - 1.0, e + 1.0, n + 1.0)
        for part, w, s, e, n in zip(shapes[shape], west, south, east, north, strict=True)
    ]
    rim = shapely.intersection(shapely.boundary(added[number]), shapely.buffer(around, TOUCH_M))
    touching = np.bincount(number, minlength=len(added)) >= 2
    order = np.lexsort((shape, -shapely.length(rim), number))
    notch, first = np.unique(number[order], return_index=True)
    owner = shape[order][first]
    filled = shapes.copy()
    for index in np.unique(owner[touching[notch]]):
        mine = notch[(owner == index) & touching[notch]]
        filled[index] = shapely.union_all([shapes[index], *added[mine]])
    return filled if touching.any() else None


def _without_specks(shape: shapely.Geometry, speck_m2: float) -> shapely.Geometry:
    parts = shapely.get_parts(shape)
    areas = shapely.area(parts)
    keep = (areas >= speck_m2) | (areas == areas.max(initial=0.0))
    return shape if keep.all() else shapely.multipolygons(parts[keep])

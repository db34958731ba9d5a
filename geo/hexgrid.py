"""Hexagons over the city (H3), and how the cells' ground is spread over them."""

from __future__ import annotations

import geopandas
import h3
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.errors import GeoError
from geo.extent import Extent
from geo.masts import Masts
from geo.overlay import common
from geo.plane import StraightPlane
from geo.projection import EqualAreaPlane

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]
Geometries = npt.NDArray[np.object_]
Names = npt.NDArray[np.object_]

WGS84 = "EPSG:4326"
RESOLUTIONS = (4, 11)
# Without cells, or with masts far apart, hexagons are no coarser than this one (36 km2 each).
COARSEST_CHOSEN, FINEST_CHOSEN = 6, 10
MOST_HEXAGONS = 40_000
# Shares are whole multiples of this part, so that their sums are exact in any order.
GRID = 2.0**20


def choose_resolution(
    boundary: shapely.Geometry, cells: pd.DataFrame, most: int = MOST_HEXAGONS
) -> int:
    """The H3 resolution at which a hexagon is about as large as a cell where cells are dense.

    Smaller ones would say no more than the footprints do: the finest resolution, from 6 to 10,
    whose hexagons are at least half as wide as masts are apart in the median (a third of a
    mast's ground is about that wide), and coarser if the area needs more than ``most``.

    Args:
        boundary: the area to be covered, WGS-84 degrees.
        cells: ``cell_id``, ``longitude``, ``latitude``.
        most: hexagons, about.
    """
    masts = Masts.of(cells)
    spacing = float(np.median(masts.spacing_m)) if len(masts.spacing_m) else np.inf
    shape = np.array([boundary], dtype=object)
    area_m2 = float(shapely.area(EqualAreaPlane.around(shape).to_metres(shape))[0])
    middle = shapely.point_on_surface(boundary)
    hexagon_m2 = {
        # H3's hexagons of one resolution differ in area by up to 2: those here count
        resolution: h3.cell_area(h3.latlng_to_cell(middle.y, middle.x, resolution), unit="m^2")
        for resolution in range(RESOLUTIONS[0], FINEST_CHOSEN + 1)
    }
    fine = [
        resolution
        for resolution in range(COARSEST_CHOSEN, FINEST_CHOSEN + 1)
        # a hexagon of width w has the area w^2 sqrt(3) / 2
        if np.sqrt(hexagon_m2[resolution] * 2.0 / np.sqrt(3.0)) >= spacing / 2.0
    ]
    chosen = max(fine, default=COARSEST_CHOSEN)
    while area_m2 > most * hexagon_m2[chosen] and chosen > RESOLUTIONS[0]:
        chosen -= 1
    return chosen


def hexagons(boundary: shapely.Geometry, resolution: int) -> geopandas.GeoDataFrame:
    """All hexagons that have some ground in common with an area.

    Args:
        boundary: Polygon or MultiPolygon, WGS-84 degrees.
        resolution: of H3, 4 to 11.

    Returns:
        ``hex_id`` (H3 index as text), ``inside`` (share of the hexagon within the boundary,
        above 0 up to 1) and ``geometry`` (the whole hexagon, WGS-84 degrees), by ``hex_id``.

    Raises:
        GeoError: ``resolution`` is out of range.
    """
    if not RESOLUTIONS[0] <= resolution <= RESOLUTIONS[1]:
        raise GeoError(
            f"hexagons: resolution {resolution}: must be {RESOLUTIONS[0]} to {RESOLUTIONS[1]}"
        )
    ids = np.array(sorted(_candidates(boundary, resolution)), dtype=object)
    shapes = _shapes(ids)
    plane = StraightPlane.of(np.array([boundary], dtype=object))
    flat = plane.to_metres(shapes)
    common = shapely.area(Extent.of(plane, boundary).clip(flat))
    inside = np.nan_to_num(common) / shapely.area(flat)
    touched = inside > 0.0
    return geopandas.GeoDataFrame(
        {"hex_id": ids[touched], "inside": np.minimum(inside[touched], 1.0)},
        geometry=shapes[touched],
        crs=WGS84,
    )


def _candidates(boundary: shapely.Geometry, resolution: int) -> set[str]:
    """Hexagons whose centre is inside, those along the outline, and the ones around these."""
    step_deg = 0.5 * h3.average_hexagon_edge_length(resolution, unit="m") / 111_320.0
    outline = shapely.segmentize(shapely.boundary(boundary), step_deg)
    rim = {h3.latlng_to_cell(lat, lon, resolution) for lon, lat in shapely.get_coordinates(outline)}
    around = {near for cell in rim for near in h3.grid_disk(cell, 1)}
    # H3 asks each hexagon about each corner; what fewer corners change lies along the outline
    return around | set(h3.geo_to_cells(shapely.simplify(boundary, step_deg / 2.0), resolution))


def _shapes(ids: Names) -> Geometries:
    """Hexagons (a few have one or two corners more, where H3's icosahedron is folded)."""
    rings = [h3.cell_to_boundary(hex_id) for hex_id in ids]
    if not rings:
        return np.empty(0, dtype=object)
    size = np.array([len(ring) for ring in rings])
    corners = np.array([corner for ring in rings for corner in ring])[:, ::-1]
    number = np.repeat(np.arange(len(rings)), size)
    shapes = np.asarray(
        shapely.polygons(shapely.linearrings(corners, indices=number)), dtype=object
    )
    west, _, east, _ = shapely.bounds(shapes).T
    for index in np.flatnonzero(east - west > 180.0):
        shapes[index] = _cut_at_180(corners[number == index])
    return shapes


def _cut_at_180(corners: Array) -> shapely.Geometry:
    """The hexagon on both sides of the date line, where longitudes are cut."""
    around = shapely.Polygon(np.column_stack((corners[:, 0] % 360.0, corners[:, 1])))
    west = shapely.clip_by_rect(around, 0.0, -90.0, 180.0, 90.0)
    east = shapely.clip_by_rect(around, 180.0, -90.0, 360.0, 90.0)
    return shapely.MultiPolygon([west, shapely.transform(east, lambda xy: xy - [360.0, 0.0])])


def cell_shares(
    footprints: geopandas.GeoDataFrame, hexagons: geopandas.GeoDataFrame
) -> pd.DataFrame:
    """How each cell's ground is spread over the hexagons.

    Args:
        footprints: ``cell_id`` and ``geometry``, of :func:`geo.coverage.footprints`.
        hexagons: ``hex_id`` and ``geometry``, of :func:`hexagons`.

    Returns:
        ``cell_id``, ``hex_id``, ``share``: the part of the footprint's area in that hexagon, a
        whole multiple of 2^-20 above 0; the shares of a cell sum to exactly 1, in any order
        (what rounding leaves goes to its largest share). What lies in no hexagon is left out
        before; a cell all of whose ground does has no row. By ``cell_id``, then ``hex_id``.
    """
    ground = np.asarray(footprints.geometry.array, dtype=object)
    tiles = np.asarray(hexagons.geometry.array, dtype=object)
    plane = StraightPlane.of(tiles)
    ground, tiles = plane.to_metres(ground), plane.to_metres(tiles)
    cell_names, hex_names = (
        frame[column].to_numpy(dtype=object)
        for frame, column in ((footprints, "cell_id"), (hexagons, "hex_id"))
    )
    # footprints of carriers are the same shape: cut once
    _, first, same = np.unique(shapely.to_wkb(ground), return_index=True, return_inverse=True)
    shape, tile = shapely.STRtree(tiles).query(ground[first], predicate="intersects")
    area = shapely.area(common(ground[first][shape], tiles[tile]))
    order = np.lexsort((hex_names.argsort().argsort()[tile], shape))
    shape, tile, share = _whole_parts(shape[order], tile[order], area[order], len(first))

    start = np.searchsorted(shape, same.ravel(), side="left")
    size = np.searchsorted(shape, same.ravel(), side="right") - start
    cell = np.repeat(np.arange(len(ground)), size)
    row = np.arange(len(cell)) - np.repeat(np.cumsum(size) - size, size) + np.repeat(start, size)
    by_name = np.lexsort((np.arange(len(cell)), cell_names.argsort().argsort()[cell]))
    return pd.DataFrame(
        {
            "cell_id": cell_names[cell][by_name],
            "hex_id": hex_names[tile[row]][by_name],
            "share": share[row][by_name],
        }
    )


def _whole_parts(shape: Index, tile: Index, area: Array, shapes: int) -> tuple[Index, Index, Array]:
    """Areas as shares on the grid; ordered by shape as they came, those of 0 left out."""
    total = np.bincount(shape, weights=area, minlength=shapes)
    solid = total[shape] > 0.0
    shape, tile, area = shape[solid], tile[solid], area[solid]
    parts = np.round(area / total[shape] * GRID)
    missing = GRID - np.bincount(shape, weights=parts, minlength=shapes)
    largest = np.lexsort((np.arange(len(shape)), -parts, shape))
    present, first = np.unique(shape[largest], return_index=True)
    parts[largest[first]] += missing[present]
    kept = parts > 0.0
    return shape[kept], tile[kept], parts[kept] / GRID

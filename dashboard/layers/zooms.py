"""At which zoom a layer begins: when its parts are large enough to be told apart."""

from __future__ import annotations

import math
from dataclasses import dataclass

import geopandas
import numpy as np
import numpy.typing as npt

from geo.projection import EqualAreaPlane
from geo.seams import pixel_m
from geo.tiles import tile_of

Array = npt.NDArray[np.float64]
Bounds = tuple[float, float, float, float]

# A part narrower than this many pixels is a speck of colour.
MIDDLE_PIXELS = 9.0
# Footprints of several technologies and bands lie on each other: they need more room.
FOOTPRINT_PIXELS = 40.0
# What one tile may hold, so that it is drawn at once: features, at most.
MOST_IN_TILE = 4000
HIGHEST = 14
# Border lines are drawn this fine where a tile is magnified: about 1 m.
REGION_HIGHEST = 13
MOST_TILES = 40_000


@dataclass(frozen=True)
class Zooms:
    """First zooms.

    Attributes:
        home: the whole area is about 512 pixels wide.
        middle: of grids or hexagons.
        footprint: of footprints and points of cells.
        site: of masts.
    """

    home: float
    middle: int
    footprint: int
    site: int


def home_zoom(bounds: Bounds) -> float:
    """The zoom at which these bounds (degrees) are 512 pixels wide or high, whichever is more."""
    west, south, east, north = bounds
    (left, right), (top, bottom) = _plane([west, east], [north, south])
    side = max(right - left, bottom - top)
    return min(16.0, math.log2(1.0 / side)) if side > 0 else 12.0


def choose_zooms(
    bounds: Bounds,
    *,
    middle_m: float | None,
    footprint_m: float | None,
    lon: Array,
    lat: Array,
) -> Zooms:
    """First zooms by the size of what is drawn and by its number in the densest tile.

    Args:
        bounds: of everything, degrees.
        middle_m: typical width of a hexagon (a region of the finest level where there are none).
        footprint_m: typical width of a footprint.
        lon: of the cells, degrees.
        lat: the same.
    """
    home = home_zoom(bounds)
    latitude = (bounds[1] + bounds[3]) / 2.0
    first = math.ceil(home)
    middle = _at_least(middle_m, MIDDLE_PIXELS, latitude, first, HIGHEST)
    footprint = _at_least(footprint_m, FOOTPRINT_PIXELS, latitude, middle + 1, HIGHEST)
    while footprint < HIGHEST and densest(lon, lat, footprint - 1) > MOST_IN_TILE:
        footprint += 1
    site = max(first, footprint - 2)
    return Zooms(home, middle, footprint, min(site, footprint))


def region_highest(bounds: Bounds) -> int:
    """Last zoom that regions are cut for; beyond it the last tile is magnified."""
    (left, right), (top, bottom) = _plane([bounds[0], bounds[2]], [bounds[3], bounds[1]])
    area = max((right - left) * (bottom - top), 1e-12)
    return int(max(4, min(REGION_HIGHEST, math.floor(math.log(MOST_TILES / area, 4)))))


def densest(lon: Array, lat: Array, zoom: int) -> int:
    """Points in the tile that holds most of them."""
    if not len(lon):
        return 0
    column, row = tile_of(lon, lat, zoom)
    return int(np.unique(column * 2**zoom + row, return_counts=True)[1].max())


def typical_m(shapes: geopandas.GeoSeries) -> float | None:
    """Median width in metres of shapes in WGS-84 degrees, as the root of their area."""
    drawn = np.asarray(shapes[~(shapes.isna() | shapes.is_empty)].array, dtype=object)
    if not len(drawn):
        return None
    metres = geopandas.GeoSeries(EqualAreaPlane.around(drawn).to_metres(drawn))
    return float(np.sqrt(metres.area.median()))


def _at_least(width_m: float | None, pixels: float, latitude: float, first: int, last: int) -> int:
    if width_m is None or width_m <= 0:
        return min(first, last)
    wanted = math.ceil(math.log2(pixels * pixel_m(0, latitude) / width_m))
    return max(min(first, last), min(last, wanted))


def _plane(lon: list[float], lat: list[float]) -> tuple[list[float], list[float]]:
    """Mercator, the world as a square of side 1, y downwards."""
    phi = [math.radians(max(-85.0, min(85.0, one))) for one in lat]
    return [(one + 180.0) / 360.0 for one in lon], [
        (1.0 - math.asinh(math.tan(one)) / math.pi) / 2.0 for one in phi
    ]

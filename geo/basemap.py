"""The plain map below: roads, railways, water, green, buildings and names, zoom by zoom.

Drawn no finer at any zoom than a screen shows: the large and the important first, all of it when
one is near.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import geopandas
import numpy as np
import numpy.typing as npt
import shapely

from geo.projection import EqualAreaPlane
from geo.seams import pixel_m
from geo.tiles import Band, tile_of

Geometries = npt.NDArray[np.object_]
Shape = Literal["lines", "areas", "points"]

WGS84 = "EPSG:4326"
HIGHEST = 14  # the last zoom that tiles are cut for: a step is then half a metre
# What one tile may hold below the last zoom, so that a screen draws it at once.
MOST_IN_TILE = 3000
SMALLEST_PX = 3.0  # an area that is smaller is not drawn yet
SIMPLIFY_PX = 0.75


@dataclass(frozen=True)
class Kind:
    """One kind of base layer.

    Attributes:
        shape: what its features are.
        first_zoom: no sooner than this, however few they are.
    """

    shape: Shape
    first_zoom: int


KINDS: dict[str, Kind] = {
    "roads": Kind("lines", 5),
    "railways": Kind("lines", 7),
    "water": Kind("areas", 5),
    "green": Kind("areas", 8),
    "buildings": Kind("areas", 13),
    "names": Kind("points", 5),
}


def base_bands(frame: geopandas.GeoDataFrame, kind: str) -> list[Band]:
    """What is drawn at which zoom.

    At each zoom features come in the order of their rank, as long as no tile holds more than
    3,000; areas smaller than 3 pixels wait. At the last zoom everything is there.

    Args:
        frame: of :func:`geo.basemap_source.read_base`.
        kind: one of :data:`KINDS`.

    Returns:
        One band per zoom, from the first zoom at which something is drawn; properties ``name``
        and ``rank``.
    """
    shapes = np.asarray(frame.geometry.array, dtype=object)
    plane = EqualAreaPlane.around(shapes)
    metres = plane.to_metres(shapes)
    width = np.sqrt(shapely.area(metres))
    middle = shapely.get_coordinates(shapely.point_on_surface(shapes))
    order = np.lexsort((np.arange(len(frame)), -np.round(width), frame["rank"].to_numpy()))
    bands: list[Band] = []
    for zoom in range(KINDS[kind].first_zoom, HIGHEST + 1):
        pixel = pixel_m(zoom, plane.latitude)
        chosen = order
        if zoom < HIGHEST:
            if KINDS[kind].shape == "areas":
                chosen = chosen[width[chosen] >= SMALLEST_PX * pixel]
            chosen = _fitting(chosen, frame["rank"].to_numpy(), middle, zoom)
        if not len(chosen):
            continue
        simple = _simple(metres[chosen], SIMPLIFY_PX * pixel / 2.0, KINDS[kind].shape)
        drawn = frame.iloc[chosen].set_geometry(
            geopandas.GeoSeries(plane.to_degrees(simple), index=frame.index[chosen], crs=WGS84)
        )
        numbered = drawn.assign(n=chosen.astype(np.int64)).reset_index(drop=True)
        bands.append(Band(numbered[["n", "name", "rank", "geometry"]], zoom, zoom))
    return bands


def _fitting(
    order: npt.NDArray[np.int64],
    rank: npt.NDArray[np.int64],
    middle: npt.NDArray[np.float64],
    zoom: int,
) -> npt.NDArray[np.int64]:
    """The first ranks that together crowd no tile; a rank is drawn whole or not at all."""
    kept = order[:0]
    for level in np.unique(rank[order]):
        more = order[rank[order] <= level]
        column, row = tile_of(middle[more, 0], middle[more, 1], zoom)
        if np.unique(column * 2**zoom + row, return_counts=True)[1].max() > MOST_IN_TILE:
            break
        kept = more
    return kept


def _simple(shapes: Geometries, tolerance_m: float, shape: Shape) -> Geometries:
    if shape == "points":
        return shapes
    # topology is kept: a lake does not fold over its island
    return np.asarray(shapely.simplify(shapes, tolerance_m), dtype=object)

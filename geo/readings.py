"""Positions and shapes read as each pair of coordinate systems; see :mod:`geo.detect`."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.crs import CoordinateSystem, from_wgs84, to_wgs84
from geo.projection import as_degrees
from geo.repair import polygonal

Array = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Pair = tuple[CoordinateSystem, CoordinateSystem]

SAME: Pair = ("wgs84", "wgs84")
PAIRS: tuple[Pair, ...] = (
    SAME,
    ("gcj02", "wgs84"),
    ("bd09", "wgs84"),
    ("wgs84", "gcj02"),
    ("wgs84", "bd09"),
    ("gcj02", "bd09"),
    ("bd09", "gcj02"),
)
DEGREE_M = 111_320.0

# Places are told apart by so many decimals (about 10 m): ten cells on a mast are one witness.
PLACE_DECIMALS = 4
MOST_SHAPES = 400


def read_as(lon: Array, lat: Array, pair: Pair) -> tuple[Array, Array]:
    """Positions of the first set in the system of the second."""
    if pair == SAME:
        return lon, lat
    x, y = to_wgs84(lon, lat, pair[0])
    moved = from_wgs84(x, y, pair[1])
    return np.atleast_1d(moved[0]), np.atleast_1d(moved[1])


def readings(points: Array) -> Iterator[tuple[Pair, Array]]:
    """Points (n × 2, degrees) under each pair."""
    for pair in PAIRS:
        yield pair, np.column_stack(read_as(points[:, 0], points[:, 1], pair))


def shape_readings(shapes: Geometries) -> Iterator[tuple[Pair, Geometries]]:
    """Shapes (degrees) under each pair."""
    for pair in PAIRS:
        moved = shapely.transform(
            shapes, lambda xy, pair=pair: np.column_stack(read_as(xy[:, 0], xy[:, 1], pair))
        )
        yield pair, np.asarray(moved, dtype=object)


def usable_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows with a possible position, not (0, 0), and a name if they have names at all."""
    lon, lat = as_degrees(frame["longitude"]), as_degrees(frame["latitude"])
    good = (np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0) & ~((lon == 0.0) & (lat == 0.0))
    if "name" in frame:
        good &= frame["name"].notna().to_numpy()
    usable: pd.DataFrame = frame.assign(longitude=lon, latitude=lat)[good]
    return usable


def some_drawn(frame: geopandas.GeoDataFrame) -> Geometries:
    """Some hundred polygons spread over the frame."""
    shapes = np.asarray(frame.geometry.array, dtype=object)
    shapes = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    few: Geometries = shapes[:: max(1, len(shapes) // MOST_SHAPES)]
    return few


def degree_m(points: Array) -> Array:
    """Metres per degree of longitude and latitude at the middle of the points."""
    middle = float(np.median(points[:, 1])) if len(points) else 0.0
    return np.array([DEGREE_M * np.cos(np.radians(middle)), DEGREE_M])


def scaled(shapes: Geometries, size: Array) -> Geometries:
    """Shapes in metres, valid: a shift may break what just touched itself."""
    flat = np.asarray(shapely.transform(shapes, lambda xy: xy * size), dtype=object)
    for broken in np.flatnonzero(~shapely.is_valid(flat)):
        flat[broken] = polygonal(flat[broken]) or shapely.Polygon()
    return flat


def place_numbers(points: Array) -> npt.NDArray[np.int64]:
    """Number of the place of each point."""
    rounded = np.round(points, PLACE_DECIMALS)
    _, number = np.unique(rounded, axis=0, return_inverse=True)
    return np.asarray(number, dtype=np.int64).ravel()

"""Which footprints of a layer lie side by side, and along how many metres."""

from __future__ import annotations

import geopandas
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.bands import layers
from geo.plane import StraightPlane

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Geometries = npt.NDArray[np.object_]

# Borders this close are one; corners of neighbours agree to a millionth of a metre.
TOUCH_M = 0.01
LEAST_M = 10.0


def borders(footprints: geopandas.GeoDataFrame, least_m: float = LEAST_M) -> pd.DataFrame:
    """Pairs of cells of one layer whose footprints touch along a line.

    Two pieces of outline are one border where they run along each other in opposite directions:
    then the one footprint lies to the left of the line, the other to its right. Footprints that
    overlap (a cell of all directions and the sectors of its mast) share outlines in the same
    direction, which is no border.

    Args:
        footprints: ``cell_id``, ``technology``, ``band``, ``geometry``, of
            :func:`geo.coverage.footprints`.
        least_m: shorter borders are left out.

    Returns:
        ``cell_id``, ``neighbour_id``, ``border_m`` (above ``least_m``), each pair in both
        directions, by ``cell_id`` and ``neighbour_id``.
    """
    shapes = np.asarray(footprints.geometry.array, dtype=object)
    plane = StraightPlane.of(shapes)
    flat = shapely.orient_polygons(plane.to_metres(shapes))
    layer = layers(footprints).astype(str)
    found = [_of_layer(flat, np.flatnonzero(layer == name)) for name in np.unique(layer)]
    one = np.concatenate([np.empty(0, np.int64), *(f[0] for f in found)])
    other = np.concatenate([np.empty(0, np.int64), *(f[1] for f in found)])
    metres = np.concatenate([np.empty(0), *(f[2] for f in found)])
    long_ = metres > least_m
    one, other, metres = one[long_], other[long_], metres[long_]
    names = footprints["cell_id"].to_numpy(dtype=object)
    rank = names.argsort().argsort()
    order = np.lexsort((rank[other], rank[one]))
    return pd.DataFrame(
        {
            "cell_id": names[one[order]],
            "neighbour_id": names[other[order]],
            "border_m": metres[order],
        }
    )


def _of_layer(flat: Geometries, cells: Index) -> tuple[Index, Index, Array]:
    """(cell, neighbour, metres) of all pairs of these cells, both directions."""
    # carriers have one outline between them: it is followed once
    _, first, same = np.unique(shapely.to_wkb(flat[cells]), return_index=True, return_inverse=True)
    one, other, metres = _common(flat[cells[first]])
    members = np.argsort(same.ravel(), kind="stable")
    size = np.bincount(same.ravel(), minlength=len(first))
    start = np.cumsum(size) - size
    pair = np.repeat(np.arange(len(one)), size[one] * size[other])
    nth = np.arange(len(pair)) - np.repeat(
        np.cumsum(size[one] * size[other]) - size[one] * size[other], size[one] * size[other]
    )
    left = members[start[one[pair]] + nth // size[other[pair]]]
    right = members[start[other[pair]] + nth % size[other[pair]]]
    return cells[left], cells[right], metres[pair]


def _common(shapes: Geometries) -> tuple[Index, Index, Array]:
    """(shape, shape, metres) of common borders, both directions, ordered."""
    begin, end, owner = _segments(shapes)
    a, b = _pairs(begin, end, owner)
    along = end[a] - begin[a]
    length = np.linalg.norm(along, axis=1)
    unit = along / length[:, None]
    to_begin, to_end = begin[b] - begin[a], end[b] - begin[a]
    aside = np.maximum(np.abs(_cross(unit, to_begin)), np.abs(_cross(unit, to_end)))
    # b runs the other way: its end lies before its beginning
    low, high = _dot(unit, to_end), _dot(unit, to_begin)
    overlap = np.minimum(high, length) - np.maximum(low, 0.0)
    real = (aside <= TOUCH_M) & (overlap > 0.0) & (high > low)
    key = owner[a[real]] * len(shapes) + owner[b[real]]
    pair, number = np.unique(key, return_inverse=True)
    order = np.lexsort((overlap[real], number))  # sums in one order: the same digits
    metres = np.bincount(number[order], weights=overlap[real][order], minlength=len(pair))
    one, other = pair // max(1, len(shapes)), pair % max(1, len(shapes))
    return (
        np.concatenate((one, other)),
        np.concatenate((other, one)),
        np.concatenate((metres, metres)),
    )


def _segments(shapes: Geometries) -> tuple[Array, Array, Index]:
    """Beginnings, ends and shapes of all straight pieces of outline, interior to the left."""
    parts, part_of = shapely.get_parts(shapes, return_index=True)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    xy, number = shapely.get_coordinates(rings, return_index=True)
    within = number[1:] == number[:-1]
    begin, end = xy[:-1][within], xy[1:][within]
    owner = part_of[ring_of[number[:-1][within]]].astype(np.int64)
    solid = (begin != end).any(axis=1)
    return begin[solid], end[solid], owner[solid]


def _pairs(begin: Array, end: Array, owner: Index) -> tuple[Index, Index]:
    """Pieces of different shapes that come close to each other and run in opposite directions.

    Each pair once, the piece of the shape with the smaller number first.
    """
    lines = shapely.linestrings(np.stack((begin, end), axis=1))
    a, b = shapely.STRtree(lines).query(lines)
    later = owner[a] < owner[b]
    a, b = a[later], b[later]
    one, two = end[a] - begin[a], end[b] - begin[b]
    scale = np.linalg.norm(one, axis=1) * np.linalg.norm(two, axis=1)
    opposite = (_dot(one, two) < 0.0) & (np.abs(_cross(one, two)) <= 0.01 * scale)
    return a[opposite], b[opposite]


def _cross(one: Array, two: Array) -> Array:
    return one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]


def _dot(one: Array, two: Array) -> Array:
    return one[:, 0] * two[:, 0] + one[:, 1] * two[:, 1]

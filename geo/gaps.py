"""Where neighbouring regions overlap or leave a gap, with the two regions and the area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import geopandas
import numpy as np
import numpy.typing as npt
import shapely

from geo.projection import EqualAreaPlane
from geo.seams import GAP_M, NOTCH_M2, TOUCH_M, levels

Geometries = npt.NDArray[np.object_]
Kind = Literal["overlap", "gap", "hole"]

# A grid cell of a city has some square kilometres: what is smaller than this is the rounding of a
# border and moves nobody's complaint.
LEAST_M2 = 1.0


@dataclass(frozen=True)
class Seam:
    """Ground that two regions of one level share, or that neither has.

    Attributes:
        kind: ``overlap``; ``gap``: up to 200 m wide, between two regions, closed where maps are
            drawn; ``hole``: wider, inside the level: a lake, or a region is missing.
        level: of the regions.
        region_id: the first of them by id.
        other_id: the second; of a hole inside one region the same as ``region_id``.
        area_m2: square metres on the ground.
        width_m: its mean width, twice the area divided by the perimeter.
        longitude: WGS-84 degrees of a point in it.
        latitude: the same.
    """

    kind: Kind
    level: int
    region_id: str
    other_id: str
    area_m2: float
    width_m: float
    longitude: float
    latitude: float


def find_seams(
    regions: geopandas.GeoDataFrame, *, gap_m: float = GAP_M, least_m2: float = LEAST_M2
) -> list[Seam]:
    """Overlaps, gaps and holes between regions of each level; nothing is changed.

    Args:
        regions: ``region_id``, ``geometry`` (WGS-84 degrees, valid, null if unknown); ``level``
            and ``parent_id`` if nested.
        gap_m: gaps up to this wide are gaps, wider ones holes, or open ground if they are open.
        least_m2: smaller ones are left out.

    Returns:
        By level, then the largest first.
    """
    shapes = np.asarray(regions.geometry.array, dtype=object)
    plane = EqualAreaPlane.around(shapes)
    metres = plane.to_metres(shapes)
    ids = np.array([str(name) for name in regions["region_id"]], dtype=object)
    depths = levels(regions)
    drawn = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    found: list[Seam] = []
    for level in np.unique(depths[drawn]):
        at = drawn & (depths == level)
        pieces = [*_overlaps(metres[at], ids[at]), *_gaps(metres[at], ids[at], gap_m)]
        seams = [_seam(kind, int(level), pair, piece, plane) for kind, pair, piece in pieces]
        seams = [seam for seam in seams if seam.area_m2 >= least_m2]
        found += sorted(seams, key=lambda s: (-s.area_m2, s.region_id, s.other_id))
    return found


_Piece = tuple[Kind, tuple[str, str], shapely.Geometry]


def _seam(
    kind: Kind, level: int, pair: tuple[str, str], piece: shapely.Geometry, plane: EqualAreaPlane
) -> Seam:
    area, rim = float(shapely.area(piece)), float(shapely.length(piece))
    spot = plane.to_degrees(np.array([shapely.point_on_surface(piece)], dtype=object))[0]
    width = 2.0 * area / rim if rim > 0.0 else 0.0
    lon, lat = shapely.get_x(spot), shapely.get_y(spot)
    return Seam(
        kind,
        level,
        min(pair),
        max(pair),
        round(area, 1),
        round(width, 1),
        round(float(lon), 6),
        round(float(lat), 6),
    )


def _overlaps(shapes: Geometries, ids: Geometries) -> list[_Piece]:
    """What two regions both hold, as one piece a pair."""
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = one < other
    common = shapely.intersection(shapes[one[once]], shapes[other[once]])
    return [
        ("overlap", (ids[i], ids[j]), piece)
        for i, j, piece in zip(one[once], other[once], common, strict=True)
        if shapely.area(piece) > NOTCH_M2
    ]


def _gaps(shapes: Geometries, ids: Geometries, gap_m: float) -> list[_Piece]:
    """Ground between two regions: closed on all sides, or a notch that opens to the outside.

    Widening the union by half the width and narrowing it back fills what is narrower. What that
    adds and touches two regions is a gap; a bay of one region's own border is none.
    """
    union = shapely.union_all(shapes)
    parts = shapely.get_parts(union)
    closed = shapely.difference(
        shapely.multipolygons([shapely.Polygon(part.exterior) for part in parts]).buffer(0.0),
        union,
    )
    holes = shapely.get_parts(closed)
    wide = shapely.buffer(union, gap_m / 2.0, join_style="mitre")
    filled = shapely.buffer(wide, -gap_m / 2.0, join_style="mitre")
    added = shapely.get_parts(shapely.difference(filled, union))
    added = added[shapely.area(added) > NOTCH_M2]
    held = shapely.STRtree(added)
    pieces: list[_Piece] = []
    for hole in holes[shapely.area(holes) > NOTCH_M2]:
        inside = added[held.query(hole, predicate="intersects")]
        narrow = shapely.area(shapely.intersection(inside, hole)).sum() if len(inside) else 0.0
        kind: Kind = "gap" if narrow >= 0.5 * shapely.area(hole) else "hole"
        pair = _beside(hole, shapes, ids)
        if pair is not None:
            pieces.append((kind, pair, hole))
    outside = added[~shapely.intersects(added, shapely.buffer(closed, -TOUCH_M))]
    for notch in outside:
        pair = _beside(notch, shapes, ids)
        if pair is not None and pair[0] != pair[1]:
            pieces.append(("gap", pair, notch))
    return pieces


def _beside(piece: shapely.Geometry, shapes: Geometries, ids: Geometries) -> tuple[str, str] | None:
    """The two regions with the longest common rim; the same twice if there is one only."""
    near = np.flatnonzero(shapely.dwithin(shapes, piece, TOUCH_M))
    if not len(near):
        return None
    rim = shapely.boundary(piece)
    common = shapely.length(shapely.intersection(shapely.buffer(shapes[near], TOUCH_M), rim))
    order = near[np.lexsort((ids[near].astype(str), -np.round(common, 2)))]
    return str(ids[order[0]]), str(ids[order[min(1, len(order) - 1)]])

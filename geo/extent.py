"""The city's outline: what is inside, and what of a footprint is."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas
import numpy as np
import numpy.typing as npt
import shapely

from geo.overlay import common, union_by
from geo.plane import StraightPlane
from geo.projection import EqualAreaPlane
from geo.repair import polygonal
from geo.seams import GAP_M, levels

Array = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Flags = npt.NDArray[np.bool_]

# A boundary is cut into pieces with no more corners than this before it is cut with others.
PIECE_CORNERS = 256


def city_boundary(regions: geopandas.GeoDataFrame | None) -> shapely.Geometry | None:
    """The union of the regions of the coarsest level that has geometry.

    Narrow holes (up to 200 m across on average), left by borders that do not quite meet, are
    filled; lakes and enclaves are wider.

    Args:
        regions: ``geometry`` in WGS-84 degrees, ``region_id`` and, if nested, ``level`` or
            ``parent_id``.

    Returns:
        A valid Polygon or MultiPolygon, the same for any order of the rows; None if there is no
        region with geometry.
    """
    if regions is None or regions.empty:
        return None
    shapes = np.asarray(regions.geometry.array, dtype=object)
    drawn = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    if not drawn.any():
        return None
    depth = levels(regions)
    coarsest = drawn & (depth == depth[drawn].min())
    some = shapes[coarsest]
    order = np.argsort(shapely.to_wkb(some))
    union = polygonal(shapely.union_all(some[order]))
    if union is None:
        return None
    return shapely.normalize(_without_narrow_holes(union))


def _without_narrow_holes(shape: shapely.Geometry) -> shapely.Geometry:
    parts = []
    plane = EqualAreaPlane.around(np.array([shape], dtype=object))
    for part in shapely.get_parts(shape):
        holes = list(part.interiors)
        flat = plane.to_metres(np.array([shapely.Polygon(hole) for hole in holes], dtype=object))
        width = 2.0 * shapely.area(flat) / np.maximum(shapely.length(flat), 1e-9)
        wide = [hole for hole, metres in zip(holes, width, strict=True) if metres > GAP_M]
        parts.append(shapely.Polygon(shapely.get_exterior_ring(part), wide))
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


@dataclass(frozen=True)
class Extent:
    """The boundary on a plane, ready to be cut with.

    Attributes:
        boundary: metres, prepared.
        pieces: the same in pieces with few corners.
        tree: of the pieces.
    """

    boundary: shapely.Geometry
    pieces: Geometries
    tree: shapely.STRtree

    @classmethod
    def of(cls, plane: StraightPlane, boundary: shapely.Geometry) -> Extent:
        """The boundary (degrees) on ``plane``."""
        flat = plane.to_metres(np.array([boundary], dtype=object))[0]
        pieces = pieces_of(flat)
        shapely.prepare(flat)
        return cls(flat, pieces, shapely.STRtree(pieces))

    def holds(self, places: Array, within_m: float) -> Flags:
        """Whether each place lies inside or no farther than ``within_m`` outside."""
        points = shapely.points(places)
        return np.asarray(shapely.dwithin(self.boundary, points, within_m), dtype=bool)

    def clip(self, shapes: Geometries) -> Geometries:
        """What of each shape lies inside; None where nothing does."""
        result = np.full(len(shapes), None, dtype=object)
        whole = shapely.contains(self.boundary, shapes)
        result[whole] = shapes[whole]
        cut = np.flatnonzero(~whole & shapely.intersects(self.boundary, shapes))
        number, piece = self.tree.query(shapes[cut], predicate="intersects")
        order = np.argsort(piece, kind="stable")
        number, piece = number[order], piece[order]
        parts = common(shapes[cut[number]], self.pieces[piece])
        several, unions = union_by(parts, number)
        for index, shape in zip(cut[several], unions, strict=True):
            result[index] = polygonal(shape)
        return result

    def squares(self, places: Array, half_m: float) -> Geometries:
        """Squares around the nearest point inside of each place, cut at the boundary."""
        line = shapely.shortest_line(shapely.points(places), self.boundary)
        near = shapely.get_coordinates(line).reshape(-1, 2, 2)[:, 1]
        squares = shapely.box(*(near - half_m).T, *(near + half_m).T)
        return np.asarray(shapely.intersection(squares, self.boundary), dtype=object)


def pieces_of(shape: shapely.Geometry) -> Geometries:
    """The shape cut into rectangular pieces of at most ``PIECE_CORNERS`` corners each."""
    done: list[shapely.Geometry] = []
    todo = list(shapely.get_parts(shape))
    while todo:
        part = todo.pop()
        if shapely.get_num_coordinates(part) <= PIECE_CORNERS:
            done.append(part)
            continue
        west, south, east, north = shapely.bounds(part)
        if east - west >= north - south:
            middle = (west + east) / 2.0
            boxes = (west, south, middle, north), (middle, south, east, north)
        else:
            middle = (south + north) / 2.0
            boxes = (west, south, east, middle), (west, middle, east, north)
        for box in boxes:
            sides = np.array([part, shapely.box(*box)], dtype=object)
            half = polygonal(common(sides[:1], sides[1:])[0])
            if half is not None:
                todo.extend(shapely.get_parts(half))
    return np.array(done, dtype=object)

"""The ground that is nearer to one place than to all others (Voronoi 1908)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import Voronoi

Array = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]

FRAME_POINTS = 8


def grounds(places: Array, margin_m: float) -> Geometries:
    """The Voronoi polygon of each place.

    Points on a far circle close the polygons of the places at the rim; their own ground begins
    more than ``margin_m`` away from every place, and what lies there is left out.

    Args:
        places: on a plane, metres, all different, shape (n, 2); one or several on a line will do.
        margin_m: how far around the places the polygons must be right.

    Returns:
        Convex polygons, shape (n,); neighbours have the ends of their common border in common.
    """
    if not len(places):
        return np.empty(0, dtype=object)
    middle = (places.min(axis=0) + places.max(axis=0)) / 2.0
    half = float(np.linalg.norm(places - middle, axis=1).max())
    # a frame point at distance f shares a border with a place at distance p from the middle at
    # (f - p) / 2 or more from the place; for half = 0 twice the margin would just do
    angle = np.arange(FRAME_POINTS) * (2.0 * np.pi / FRAME_POINTS)
    frame = (3.0 * half + 4.0 * margin_m) * np.column_stack((np.cos(angle), np.sin(angle)))
    diagram = Voronoi(np.concatenate((places - middle, frame)))
    ends = np.asarray(diagram.ridge_vertices, dtype=np.int64)
    bounded = (ends >= 0).all(axis=1)
    ends, between = ends[bounded], diagram.ridge_points[bounded]
    owner = np.concatenate((between[:, 0], between[:, 0], between[:, 1], between[:, 1]))
    corner = np.concatenate((ends[:, 0], ends[:, 1], ends[:, 0], ends[:, 1]))
    order = np.lexsort((corner, owner))
    owner, corner = owner[order], corner[order]
    own = owner < len(places)
    corners = shapely.multipoints(
        diagram.vertices[corner[own]] + middle, indices=owner[own].astype(np.int64)
    )
    return np.asarray(shapely.convex_hull(corners), dtype=object)

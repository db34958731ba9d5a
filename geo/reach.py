"""How far each mast of a layer reaches: by technology, band, density, and its neighbours' reach."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from geo.masts import SAME_PLACE_M, SPACING_RANK, nearest
from geo.overlay import common, union_by
from geo.settings import CoverageModel

Array = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]

CORNERS = 64  # of a circle that is drawn as a polygon: 0.12 % of the radius off


def technology_reach_m(layer: str, model: CoverageModel) -> float:
    """Farthest reach of a layer as :func:`geo.bands.layers` names it, metres.

    A technology that is not known reaches as far as LTE.
    """
    technology, band = layer.rsplit(" ", 1)
    reach = {
        "GSM": model.gsm_m,
        "UMTS": model.umts_m,
        "NR": model.nr_m,
        "WLAN": model.wlan_m,
    }.get(technology, model.lte_m)
    if technology == "WLAN":
        return reach
    return reach * {"low": model.low_band, "millimetre": model.millimetre_band}.get(band, 1.0)


def spacing_m(xyz: Array) -> Array:
    """Metres to the third other place, or the farthest there is; infinite for one alone.

    Args:
        xyz: masts in space (:func:`geo.projection.geocentric`), shape (masts, 3). Masts within
            50 m are one place.
    """
    distance, _ = nearest(xyz, xyz, 4 * SPACING_RANK)
    apart = np.where(distance > SAME_PLACE_M, distance, np.inf)
    apart.sort(axis=1)
    apart = apart[:, :SPACING_RANK]
    farthest = np.where(np.isfinite(apart), apart, -np.inf).max(axis=1, initial=-np.inf)
    return np.where(np.isfinite(farthest), farthest, np.inf)


def reaches(
    own_spacing: Array, all_spacing: Array, farthest_m: float, model: CoverageModel
) -> Array:
    """The reach of each mast by technology and density, metres, shape (masts,).

    Args:
        own_spacing: distance to the masts of the layer around.
        all_spacing: the same to masts of any technology.
        farthest_m: reach of the technology on that band.
        model: the parameters.
    """
    spacing = np.minimum(own_spacing, model.thin_layer * all_spacing)
    return np.minimum(farthest_m, model.density * np.maximum(spacing, SAME_PLACE_M))


def reached(places: Array, grounds: Geometries, reach: Array) -> Geometries:
    """The part of each mast's ground that any mast of the layer reaches.

    A town's last mast has near neighbours on one side and open country on the other. Within its
    own circle alone it would leave a ring of nobody's ground before the next village, whose mast
    reaches farther. So what counts is the union of all circles: whoever's circle covers a place,
    the place belongs to the nearest mast. The grounds being a partition, the results are one of
    that union: no gap in it, no overlap.

    In the ground of a mast nobody is nearer than the mast itself; circles no larger than its own
    therefore cover nothing there that its own does not, and only larger ones are looked at.

    Args:
        places: masts on the plane, metres, shape (masts, 2).
        grounds: their convex Voronoi polygons.
        reach: metres, shape (masts,).

    Returns:
        Polygons, or MultiPolygons where circles meet a ground from several sides.
    """
    inner = reach * np.cos(np.pi / CORNERS)  # the circle within the polygon drawn for it
    result = grounds.copy()
    capped = np.flatnonzero(farthest_corner_m(places, grounds) > inner)
    if not len(capped):
        return result
    by, into = shapely.STRtree(grounds[capped]).query(
        shapely.points(places), predicate="dwithin", distance=reach
    )
    larger = reach[by] > reach[capped[into]]
    by, into = by[larger], into[larger]
    covers = farthest_corner_m(places[by], grounds[capped[into]]) <= inner[by]
    whole = np.zeros(len(capped), dtype=bool)
    whole[into[covers]] = True
    rest = capped[~whole]
    result[rest] = common(grounds[rest], circles(places[rest], reach[rest]))

    keep = np.flatnonzero(~whole[into])
    keep = keep[np.argsort(by[keep], kind="stable")]
    by, mine = by[keep], capped[into[keep]]
    pieces = common(grounds[mine], circles(places[by], reach[by]))
    parts, owner = np.concatenate((result[rest], pieces)), np.concatenate((rest, mine))
    owners, unions = union_by(parts, owner)
    result[owners] = unions
    return result


def farthest_corner_m(points: Array, shapes: Geometries) -> Array:
    """Metres from each point to the farthest corner of its shape."""
    corner, number = shapely.get_coordinates(shapes, return_index=True)
    farthest = np.zeros(len(shapes))
    np.maximum.at(farthest, number, np.linalg.norm(corner - points[number], axis=1))
    return farthest


def circles(centres: Array, radius: Array) -> Geometries:
    """Regular polygons in circles, their corners in the same directions, shape (n,)."""
    angle = np.arange(CORNERS) * (2.0 * np.pi / CORNERS)
    ring = np.column_stack((np.cos(angle), np.sin(angle)))
    return np.asarray(
        shapely.polygons(centres[:, None, :] + radius[:, None, None] * ring[None, :, :]),
        dtype=object,
    )

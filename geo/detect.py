"""Which coordinate system positions are in, told by how they lie against others.

Nothing in a file says whether its degrees are WGS-84, GCJ-02 or BD-09. What tells is company: cells
lie in the districts that they name, tickets around the masts that they name, grids in districts.
Two sets that were read in different systems lie apart by a vector that the systems fix for the
place (:mod:`geo.crs`): 100 to 700 m between WGS-84 and GCJ-02, up to 1,400 m to BD-09. So each pair
of systems is tried, and the one is taken under which the misfit goes, if the others are out of the
question by the misfit's own error. Two sets in one wrong system fit as well as in the right one:
only that they agree can be told.

A pair ``(first, second)`` says: the first set is in the system ``first``, the second in ``second``,
after what was done to them so far. If the second is known to be right WGS-84, the first is in
``first``. In general the first was delivered in ``first`` but read as ``second``, or the second was
delivered in ``second`` but read as ``first``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import geopandas
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from geo.misfit import (
    BORDER_M,
    FAR_M,
    LEAST_PLACES,
    astray_m,
    mean_of_places,
    outside_m,
    sign_odds,
    without_beam,
)
from geo.projection import as_degrees
from geo.readings import (
    PAIRS,
    SAME,
    Pair,
    degree_m,
    place_numbers,
    read_as,
    readings,
    scaled,
    shape_readings,
    some_drawn,
    usable_rows,
)

__all__ = [
    "PAIRS",
    "SAME",
    "Detection",
    "Pair",
    "by_borders",
    "by_names",
    "by_nearness",
    "by_regions",
]

Array = npt.NDArray[np.float64]
Verdict = Literal["same", "apart", "unclear"]
Sure = Literal["high", "medium", "low"]
Means = Literal["names", "regions", "borders", "nearness"]

# A pair fits where it leaves no more than this, or three standard errors.
FIT_M = 150.0
# No mean is trusted better than this: positions are rounded, masts are drawn beside the road.
FLOOR_M = 15.0
# Natural logarithms of how many times as likely the best pair is as the next: 10,000 and 100.
CERTAIN, LIKELY = 9.2, 4.6
MOST_POINTS = 50_000


@dataclass(frozen=True)
class Detection:
    """What two sets of positions say of each other's coordinate system.

    Attributes:
        means: how it was told: by the ``names`` of anchors, of ``regions``, by ``borders``, by
            ``nearness``.
        verdict: ``same``: they agree with each other; ``apart``: they are in the two systems of
            ``pair``; ``unclear``: it cannot be told.
        pair: of the first set and of the second; ``SAME`` unless the verdict is ``apart``.
        sure: ``low`` where the verdict is ``unclear``.
        compared: places (or polygons) that bear witness.
        misfit_m: pair -> metres that remain between the two sets if they are read so.
        error_m: standard error of these, metres; NaN where it is not of that kind.
        strays: pair -> places that lie more than ``BORDER_M`` outside; empty where it is not of
            that kind.
        offset_m: metres to the east and north from where the first set would lie in the second's
            system to where it lies; (0, 0) unless ``apart``.
    """

    means: Means
    verdict: Verdict
    pair: Pair
    sure: Sure
    compared: int
    misfit_m: dict[Pair, float]
    error_m: float
    strays: dict[Pair, int]
    offset_m: tuple[float, float] = (0.0, 0.0)


def by_names(points: pd.DataFrame, anchors: pd.DataFrame) -> Detection | None:
    """Points that name an anchor lie around it: tickets around their cell, cells at themselves.

    Where people are around a mast is wide (a kilometre), but its mean over many masts is not: it
    is the mast, but for what lies in front of the antennas. That part is fitted and taken out where
    ``azimuth_deg`` is known. Means are trimmed (a fifth at either end) and their errors those of
    Yuen (1974, "The two-sample trimmed t for unequal population variances", Biometrika 61), over
    masts and not over points, since a mast's users move together.

    Args:
        points: ``name`` (of an anchor), ``longitude``, ``latitude`` (degrees, null if unknown).
        anchors: ``name`` (each once), ``longitude``, ``latitude`` and, if there, ``azimuth_deg``.

    Returns:
        None where fewer than five places are named.
    """
    columns = ["name", "longitude", "latitude"]
    more = ["azimuth_deg"] if "azimuth_deg" in anchors else []
    both = usable_rows(points[columns]).merge(
        usable_rows(anchors[columns + more]).drop_duplicates("name"),
        on="name",
        suffixes=("", "_anchor"),
    )
    both = both.iloc[:: max(1, len(both) // MOST_POINTS)]
    there = np.column_stack((both["longitude_anchor"], both["latitude_anchor"]))
    place = place_numbers(there)
    if place.max(initial=-1) + 1 < LEAST_PLACES:
        return None
    here = np.column_stack((both["longitude"], both["latitude"]))
    azimuth = as_degrees(both["azimuth_deg"]) if more else np.full(len(both), np.nan)
    size = degree_m(there)
    means, errors = {}, {}
    for pair, moved in readings(here):
        residual = without_beam((moved - there) * size, azimuth)
        means[pair], errors[pair] = mean_of_places(residual, place)
    misfit = {pair: float(np.hypot(*mean)) for pair, mean in means.items()}
    error = max(FLOOR_M, errors[SAME])
    ranked = sorted(misfit, key=lambda pair: misfit[pair])
    best, following = misfit[ranked[0]], misfit[ranked[1]]
    odds = (following**2 - best**2) / (2.0 * error**2)
    fits = best <= max(FIT_M, 3.0 * error) and best <= 0.6 * following
    sure = _sure(odds) if fits else "low"
    compared = int(place.max()) + 1
    return _made(
        "names", ranked[0], sure, compared, misfit=misfit, error_m=errors[SAME], points=here
    )


def by_regions(points: pd.DataFrame, regions: geopandas.GeoDataFrame) -> Detection | None:
    """Points lie inside the region that they name, or inside one at all if they name none.

    Compared by the sign test over places: of those that lie better under one pair than under
    another, nearly all must lie better under the right one. Only places near a border bear
    witness. Regions that were found by these very positions are no names: leave them out.

    Args:
        points: ``longitude``, ``latitude`` (degrees) and, if there, ``region_id`` (null if none).
        regions: ``region_id``, ``geometry`` (degrees).

    Returns:
        None where no point or no region is usable.
    """
    drawn = regions[~(regions.geometry.isna() | regions.geometry.is_empty)]
    rows = usable_rows(points).drop_duplicates()
    if drawn.empty or rows.empty:
        return None
    rows = rows.iloc[:: max(1, len(rows) // MOST_POINTS)]
    here = np.column_stack((rows["longitude"], rows["latitude"]))
    number = dict(zip(drawn["region_id"], range(len(drawn)), strict=True))
    named = (
        np.array([number.get(name, -1) for name in rows["region_id"]], dtype=np.int64)
        if "region_id" in rows
        else np.full(len(rows), -1, dtype=np.int64)
    )
    if (named >= 0).sum() >= LEAST_PLACES:  # names tell more: the others would only blur it
        here, named = here[named >= 0], named[named >= 0]
    size = degree_m(here)
    flat = scaled(np.asarray(drawn.geometry.array, dtype=object), size)
    shapely.prepare(flat)
    tree = shapely.STRtree(flat)
    place = place_numbers(np.column_stack((here, named)))
    first = np.unique(place, return_index=True)[1]
    outside = {
        pair: outside_m(moved[first] * size, named[first], flat, tree)
        for pair, moved in readings(here)
    }
    strays = {pair: int((far > BORDER_M).sum()) for pair, far in outside.items()}
    misfit = {pair: float(np.minimum(far, FAR_M).mean()) for pair, far in outside.items()}
    ranked = sorted(misfit, key=lambda pair: (strays[pair], misfit[pair]))
    odds = min(sign_odds(outside[ranked[0]], outside[pair]) for pair in ranked[1:])
    sure = _sure(odds) if strays[ranked[0]] <= 0.2 * len(first) else "low"
    if sure == "high" and (named < 0).any():
        sure = "medium"
    return _made("regions", ranked[0], sure, len(first), misfit=misfit, strays=strays, points=here)


def by_borders(shapes: geopandas.GeoDataFrame, others: geopandas.GeoDataFrame) -> Detection | None:
    """Polygons of one division lie inside those of another, or are the same ones.

    Each of the smaller kind lies in one of the larger. What a shift by d puts outside is d times
    the perimeter, divided by pi on the average over all directions: so areas outside are metres.

    Args:
        shapes: ``geometry`` (degrees).
        others: the same; also of several levels.

    Returns:
        None where one of them is empty.
    """
    first, second = (some_drawn(frame) for frame in (shapes, others))
    if not len(first) or not len(second):
        return None
    corners = shapely.get_coordinates(first)
    size = degree_m(corners)
    ours_are_smaller = np.median(shapely.area(first)) <= 1.5 * np.median(shapely.area(second))
    astray = {}
    for pair, read in shape_readings(first):
        pieces, hosts = (read, second) if ours_are_smaller else (second, read)
        astray[pair] = astray_m(scaled(pieces, size), scaled(hosts, size))
    witnesses = np.max(list(astray.values()), axis=0) > BORDER_M / 10.0
    if not witnesses.any():
        return None
    misfit = {pair: float(far[witnesses].mean()) for pair, far in astray.items()}
    ranked = sorted(misfit, key=lambda pair: misfit[pair])
    best, following = misfit[ranked[0]], misfit[ranked[1]]
    odds = min(
        sign_odds(astray[ranked[0]][witnesses], astray[p][witnesses], 10.0) for p in ranked[1:]
    )
    fits = best <= BORDER_M and best <= 0.5 * following
    # a single outline says it all if it is the same one
    sure = ("medium" if best <= 0.1 * following else "low") if odds < LIKELY else _sure(odds)
    return _made(
        "borders",
        ranked[0],
        sure if fits else "low",
        int(witnesses.sum()),
        misfit=misfit,
        points=corners,
    )


def by_nearness(points: pd.DataFrame, anchors: pd.DataFrame) -> Detection | None:
    """Points that stand where others stand: two lists of the same masts without common names.

    Args:
        points: ``longitude``, ``latitude`` (degrees).
        anchors: the same, in WGS-84; only the points' system is asked for.

    Returns:
        None where one of them is empty. ``misfit_m`` are median distances to the nearest anchor.
    """
    here, there = (
        np.unique(usable_rows(frame)[["longitude", "latitude"]].to_numpy(dtype=float), axis=0)
        for frame in (points, anchors)
    )
    if not len(here) or not len(there):
        return None
    size = degree_m(here)
    tree = cKDTree(there * size)
    distance = {
        pair: tree.query(moved * size)[0] for pair, moved in readings(here) if pair[1] == "wgs84"
    }
    misfit = {pair: float(np.median(far)) for pair, far in distance.items()}
    ranked = sorted(misfit, key=lambda pair: misfit[pair])
    best, following = misfit[ranked[0]], misfit[ranked[1]]
    fits = best <= FAR_M and best <= 0.6 * following
    sure: Sure = "low" if not fits else "high" if best < BORDER_M else "medium"
    return _made("nearness", ranked[0], sure, len(here), misfit=misfit, points=here)


def _made(
    means: Means,
    best: Pair,
    sure: Sure,
    compared: int,
    *,
    misfit: dict[Pair, float],
    points: Array,
    error_m: float = float("nan"),
    strays: dict[Pair, int] | None = None,
) -> Detection:
    verdict: Verdict = "unclear" if sure == "low" else "same" if best == SAME else "apart"
    pair = best if verdict == "apart" else SAME
    lon, lat = points[:, 0], points[:, 1]
    x, y = read_as(lon, lat, pair)
    east, north = np.median(np.column_stack((lon - x, lat - y)) * degree_m(points), axis=0)
    return Detection(
        means,
        verdict,
        pair,
        sure,
        compared,
        misfit,
        error_m,
        strays or {},
        (float(east), float(north)),
    )


def _sure(odds: float) -> Sure:
    return "high" if odds >= CERTAIN else "medium" if odds >= LIKELY else "low"

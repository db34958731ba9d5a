"""How far positions miss what they belong to, as figures that a few strays do not move."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.stats import binom

Array = npt.NDArray[np.float64]

# Borders and positions are not better than this; what lies so little apart is no evidence.
BORDER_M = 100.0
LEAST_PLACES = 5
TRIM = 0.2  # of the places at either end: people who complain from elsewhere
FAR_M = 3000.0


def without_beam(residual: Array, azimuth: Array) -> Array:
    """Less the part of the residuals that points where the antennas point (least squares)."""
    known = np.isfinite(azimuth)
    if known.sum() < 3 * LEAST_PLACES:
        return residual
    beam = np.zeros_like(residual)
    beam[known] = np.column_stack(
        (np.sin(np.radians(azimuth[known])), np.cos(np.radians(azimuth[known])))
    )
    own = np.clip(residual - np.median(residual, axis=0), -FAR_M, FAR_M)
    common = beam - beam.mean(axis=0)
    spread = (common**2).sum()
    reach = (own * common).sum() / spread if spread > 0.0 else 0.0
    return np.asarray(residual - reach * beam)


def mean_of_places(residual: Array, place: npt.NDArray[np.int64]) -> tuple[Array, float]:
    """Trimmed mean over places (east, north), and its standard error, the larger of both axes.

    Of a place's points the median counts: one who complains from a holiday says nothing of it.
    """
    ordered = np.sort(pd.DataFrame(residual).groupby(place).median().to_numpy(), axis=0)
    count, cut = len(ordered), int(TRIM * len(ordered))
    kept = ordered[cut : count - cut]
    winsorised = np.clip(ordered, kept[0], kept[-1])
    error = winsorised.std(axis=0, ddof=1) / ((1.0 - 2.0 * TRIM) * np.sqrt(count))
    # the spread of few places is little known itself (Student's t has as much wider tails)
    return kept.mean(axis=0), float(error.max()) * (1.0 + 4.0 / count)


def outside_m(
    points: Array,
    named: npt.NDArray[np.int64],
    shapes: npt.NDArray[np.object_],
    tree: shapely.STRtree,
) -> Array:
    """Metres from each point to the region it names, or to the nearest; 0 inside."""
    spots = shapely.points(points)
    far = np.zeros(len(points))
    stated = named >= 0
    far[stated] = shapely.distance(spots[stated], shapes[named[stated]])
    free = np.flatnonzero(~stated)
    held = np.unique(tree.query(spots[free], predicate="intersects")[0])
    lost = np.delete(free, held)
    if len(lost):
        far[lost] = shapely.distance(spots[lost], shapes[tree.nearest(spots[lost])])
    return far


def astray_m(pieces: npt.NDArray[np.object_], hosts: npt.NDArray[np.object_]) -> Array:
    """For each piece how far it sticks out of the host that holds most of it, as a shift."""
    piece, host = shapely.STRtree(hosts).query(pieces, predicate="intersects")
    area = shapely.area(pieces)
    held = np.zeros(len(pieces))
    np.maximum.at(held, piece, shapely.area(shapely.intersection(pieces[piece], hosts[host])))
    return np.asarray(np.pi * np.maximum(area - held, 0.0) / shapely.length(pieces))


def sign_odds(best: Array, other: Array, least_m: float = BORDER_M / 2.0) -> float:
    """Minus the logarithm of the chance that so many places lie better by mere luck."""
    gain = other - best
    better, worse = int((gain > least_m).sum()), int((gain < -least_m).sum())
    if better <= worse:
        return 0.0
    return float(-binom.logcdf(worse, better + worse, 0.5))

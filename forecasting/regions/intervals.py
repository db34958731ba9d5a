"""Intervals for counts: split-conformal, two-sided, whole numbers, never below zero.

A count with mean m is thought of as negative binomial with variance phi * m (Poisson at phi = 1);
phi is each series' own, learnt from its backtest errors and pulled towards that of all. What the
distribution lacks is made good by conformal calibration (Lei et al. 2018; nested sets: Gupta,
Kuchibhotla & Ramdas 2022): the score of a count is the smallest central share of the distribution
whose interval holds it, from either side, so a burst widens the interval on both sides evenly and
cannot pull one end down or up alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom, poisson

Array = NDArray[np.float64]

SIZES = (0.15, 0.4, 1.0, 4.0)  # counts of rare complaints cannot be bounded as tightly
_MIN_MEAN = 0.02
_POISSON = 1.01
_MIN_SCORES = 80  # fewer in one size class: the scores of all sizes
_PRIOR_SCORES = 14.0  # how many errors of its own a series needs to count as much as all others
_MIN_ANY = 20
_FADING = 0.8  # weight of a week's scores against those of the week after it
_WINSOR = 0.975


def cdf(count: Array, mean: Array, phi: Array) -> Array:
    """P(X <= count); 0 below zero. Arrays of one shape."""
    m, wide = np.maximum(mean, _MIN_MEAN), phi > _POISSON
    over = np.where(wide, phi, 2.0)
    broad = nbinom.cdf(count, m / (over - 1), 1 / over)
    return np.asarray(np.where(wide, broad, poisson.cdf(count, m)))


def quantile(share: Array | float, mean: Array, phi: Array) -> Array:
    """The smallest whole number with P(X <= it) >= share."""
    m, wide = np.maximum(mean, _MIN_MEAN), phi > _POISSON
    over = np.where(wide, phi, 2.0)
    broad = nbinom.ppf(share, m / (over - 1), 1 / over)
    return np.asarray(np.maximum(np.where(wide, broad, poisson.ppf(share, m)), 0.0))


def scores(actual: Array, mean: Array, phi: Array) -> Array:
    """The smallest central share whose interval holds each count, 0 … 1."""
    above = 2 * cdf(np.ceil(actual) - 1, mean, phi) - 1
    below = 1 - 2 * cdf(np.floor(actual), mean, phi)
    return np.maximum(np.maximum(above, below), 0.0)


def dispersion(actual: Array, mean: Array) -> Array:
    """Squared errors in units of the mean, whose average is phi."""
    return np.asarray((actual - mean) ** 2 / np.maximum(mean, 0.3))


def shrunk_phi(errors: Mapping[str, Array]) -> dict[str, float]:
    """Dispersion of each series, pulled towards that of all; single huge errors are cut.

    Args:
        errors: ``dispersion`` of each series' backtest errors.

    Returns:
        By series, and under the empty name that of all.
    """
    every = np.concatenate(list(errors.values())) if errors else np.array([])
    if not len(every):
        return {"": 1.0}
    most = float(np.quantile(every, _WINSOR))
    pooled = float(np.minimum(every, most).mean())
    result = {"": max(pooled, 0.05)}
    for name, own in errors.items():
        cut = np.minimum(own, most)
        value = (cut.sum() + _PRIOR_SCORES * pooled) / (len(own) + _PRIOR_SCORES)
        result[name] = max(float(value), 0.05)
    return result


@dataclass(frozen=True)
class Bounds:
    """How wide intervals must be.

    Attributes:
        phi: dispersion by series; the empty name stands for series without their own.
        reach: central share of the distribution by size class (see ``SIZES``).
    """

    phi: Mapping[str, float]
    reach: tuple[float, ...]

    def of(self, series: str, mean: Array) -> tuple[Array, Array, Array]:
        """Lower bound, median and upper bound; whole numbers, lower <= median <= upper."""
        phi = np.full(len(mean), self.phi.get(series, self.phi.get("", 1.0)))
        reach = np.array(self.reach)[np.searchsorted(SIZES, mean, side="right")]
        lower = quantile((1 - reach) / 2, mean, phi)
        upper = quantile((1 + reach) / 2, mean, phi)
        middle = np.clip(quantile(0.5, mean, phi), lower, upper)
        return lower, middle, upper


def calibrate(folds: Mapping[str, tuple[Array, Array, Array]], nominal: float) -> Bounds:
    """Bounds from backtest errors.

    Args:
        folds: by series: means, what came, and how many weeks ago (1: the newest).
        nominal: coverage wanted.

    Returns:
        The reach is the smallest score of its size class that leaves at most 1 - nominal of the
        weight above it; a week weighs less the older it is, since complaints drift (Barber et al.
        2023), and the count to come weighs as one of the newest. With fewer than 80 scores those of
        all sizes serve, and without 20 the nominal share.
    """
    phi = shrunk_phi({n: dispersion(came, mean) for n, (mean, came, _) in folds.items()})
    parts = [
        (mean, scores(came, mean, np.full(len(mean), phi[name])), _FADING ** (weeks - 1))
        for name, (mean, came, weeks) in folds.items()
    ]
    if not parts:
        return Bounds(phi, (nominal,) * (len(SIZES) + 1))
    means, found, weights = (np.concatenate(column) for column in zip(*parts, strict=True))
    size = np.searchsorted(SIZES, means, side="right")
    reach = []
    for number in range(len(SIZES) + 1):
        own = size == number
        if own.sum() < _MIN_SCORES:
            own = np.ones(len(size), dtype=bool)
        reach.append(_reach(found[own], weights[own], nominal))
    return Bounds(phi, tuple(reach))


def _reach(found: Array, weights: Array, nominal: float) -> float:
    if len(found) < _MIN_ANY:
        return nominal
    order = np.argsort(found, kind="stable")
    share = np.cumsum(weights[order]) / (weights.sum() + 1.0)
    rank = min(int(np.searchsorted(share, nominal - 1e-12)), len(found) - 1)
    # A share of 1 would ask for the end of an endless distribution.
    return float(min(found[order][rank] + 1e-9, 0.9999))

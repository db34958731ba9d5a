"""Funnel limits: how far a region's rate strays by counting alone, and by what regions differ.

Spiegelhalter (2005), "Funnel plots for comparing institutional performance", Statistics in Medicine
24(8), 1185-1202: exact Poisson limits with interpolation (A.1), overdispersion as a factor on the
variance, estimated from winsorised z-scores (3.2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Reals = NDArray[np.float64]
LIMITS = {"95": 0.025, "998": 0.001}
_WINSORISED = 0.1


@dataclass(frozen=True)
class Funnel:
    """Limits around the common rate.

    Attributes:
        rate: events per unit of exposure over all areas.
        dispersion: factor on the variance; 1: areas differ by no more than chance.
    """

    rate: float
    dispersion: float

    def limits(self, exposures: Reals, tail: float) -> tuple[Reals, Reals]:
        """Rates below and above which ``tail`` of areas of that exposure would lie by chance.

        Under overdispersion a count is taken as ``dispersion`` times a Poisson number.
        """
        mean = exposures * self.rate / self.dispersion
        with np.errstate(invalid="ignore", divide="ignore"):
            ends = (self.dispersion * _quantile(mean, p) / exposures for p in (tail, 1 - tail))
            lower, upper = (np.where(mean > 0, end, np.nan) for end in ends)
        return np.maximum(lower, 0.0), upper


def funnel_of(counts: Reals, exposures: Reals) -> Funnel:
    """The funnel of some areas; those without exposure do not count.

    φ is the mean of the squared z-scores, the outermost tenth on either side drawn in; it counts
    only where it is above 1 by more than two of its standard errors, 1 + 2 √(2 / areas).
    """
    some = np.isfinite(counts) & np.isfinite(exposures) & (exposures > 0)
    count, exposure = counts[some], exposures[some]
    if not len(count) or count.sum() <= 0:
        return Funnel(0.0, 1.0)
    rate = float(count.sum() / exposure.sum())
    # the square root stabilises the variance of a Poisson number
    z = 2 * (np.sqrt(count) - np.sqrt(exposure * rate))
    low, high = np.quantile(z, [_WINSORISED, 1 - _WINSORISED])
    phi = float(np.mean(np.clip(z, low, high) ** 2))
    enough = phi > 1 + 2 * np.sqrt(2 / len(count))
    return Funnel(rate, phi if enough else 1.0)


def _quantile(mean: Reals, p: float) -> Reals:
    """Quantile of a Poisson number, interpolated between whole numbers."""
    r = stats.poisson.ppf(p, mean)
    at, below = stats.poisson.cdf(r, mean), stats.poisson.cdf(r - 1, mean)
    part: Reals = r - (at - p) / (at - below)
    return part

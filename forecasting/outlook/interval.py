"""How far the total of the horizon may stray from its expectation.

The complaints of a horizon are Poisson around a level that itself strays from the expected one by
a common factor (weather, a festival, a network change touch all cells alike), whose relative
variance is v: the total's variance is m + v m² (a Poisson-Gamma mixture, so a negative binomial).
v is learnt from the forecasts judged before, expected against observed per origin, by the method of
moments (McCullagh & Nelder 1989, 9.2.4); before there are such it is a guess, stated as one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.regions.intervals import quantile

Array = NDArray[np.float64]

SHARE = 0.9  # of the interval
PRIOR_SPREAD = 0.25  # before any forecast was judged the common factor strays by a quarter
PRIOR_WEIGHT = 3.0  # independent horizons that this guess is worth
_MOST = 1.0  # a relative variance beyond this says that the forecasts were useless, not uncertain


@dataclass(frozen=True)
class Spread:
    """What is known of the common factor.

    Attributes:
        variance: relative variance of the factor (v).
        origins: judged forecasts it was learnt from; 0: the guess alone.
    """

    variance: float
    origins: int


def learn_spread(expected: Array, observed: Array, horizon_h: int) -> Spread:
    """The common factor's variance from judged forecasts, one a day.

    Horizons of daily origins overlap: n origins of 72 hours are worth n / 3 independent ones.

    Args:
        expected: complaints expected per origin, shape (origins,).
        observed: complaints that came, same shape.
        horizon_h: of the forecasts.
    """
    usable = np.isfinite(expected) & np.isfinite(observed) & (expected > 0)
    e, o = expected[usable], observed[usable]
    prior = PRIOR_SPREAD**2
    if not len(e):
        return Spread(prior, 0)
    # E[(o - e)²] = e + v e²: what is beyond Poisson is the factor's.
    own = max(float(((o - e) ** 2 - e).sum() / (e**2).sum()), 0.0)
    worth = len(e) * min(1.0, 24.0 / horizon_h)
    variance = (worth * min(own, _MOST) + PRIOR_WEIGHT * prior) / (worth + PRIOR_WEIGHT)
    return Spread(variance, len(e))


def total_interval(mean: float, spread: Spread) -> tuple[float, float]:
    """Lower and upper end of the 90 % interval of a total: whole numbers, never below zero."""
    return _ends(mean, 1.0 + spread.variance * mean)


def daily_interval(
    mean: float, lower: Array, upper: Array, weights: Array, spread: Spread
) -> tuple[float, float]:
    """The same of a region, whose days have calibrated 90 % intervals of their own.

    The days' errors count as independent, and the common factor holds in a region too; the wider
    of the two variances is taken.

    Args:
        mean: expected total of the horizon.
        lower: of each day, shape (days,).
        upper: of each day, same shape.
        weights: share of each day within the horizon, same shape.
        spread: the common factor.
    """
    sides = (upper - lower) / (2 * 1.6449)
    days = float(np.nansum((weights * sides) ** 2))
    return _ends(mean, max(1.0 + spread.variance * mean, days / max(mean, 1e-6)))


def _ends(mean: float, phi: float) -> tuple[float, float]:
    tail = (1 - SHARE) / 2
    ends = quantile(np.array([tail, 1 - tail]), np.full(2, mean), np.full(2, max(phi, 1.0)))
    return float(min(ends[0], np.floor(mean))), float(max(ends[1], np.ceil(mean)))

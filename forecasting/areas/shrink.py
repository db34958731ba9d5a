"""Rates of small areas, drawn towards what is common (empirical Bayes, gamma-Poisson).

A hamlet of sixty subscribers with one complaint in four weeks has ten times the city's rate, and no
more reason to be red than one without: a single complaint says little. How strongly a rate is drawn
towards that of its level follows from how much the areas differ beyond the chance of counting:
moments of Marshall (1991), "Mapping disease and mortality rates using empirical Bayes estimators",
Applied Statistics 40(2), after Clayton & Kaldor (1987), Biometrics 43.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Reals = NDArray[np.float64]


@dataclass(frozen=True)
class Prior:
    """What the areas of a level have in common: their rates are gamma distributed.

    Attributes:
        rate: mean, complaints per unit of exposure.
        strength: shape; so many complaints of its own make an area's rate count as much as the
            common one. Infinite where areas differ by no more than chance.
    """

    rate: float
    strength: float

    @property
    def exposure(self) -> float:
        """In which ``strength`` complaints are common."""
        return self.strength / self.rate if self.rate > 0 else np.inf

    def shrunk(self, counts: Reals, exposures: Reals) -> Reals:
        """Posterior mean of each area's rate: (count + strength) / (exposure + prior exposure)."""
        if not np.isfinite(self.exposure):
            return np.full(len(counts), self.rate)
        return (counts + self.strength) / (exposures + self.exposure)


def prior_of(counts: Reals, exposures: Reals) -> Prior:
    """The prior of a level by moments (Marshall 1991, global estimator).

    With rates r = count / exposure and their mean m over exposure: the variance over exposure,
    s² = Σ n (r − m)² / Σ n, less what counting alone brings, m / (mean exposure), is the variance A
    between areas; the gamma prior has shape m² / A.

    Args:
        counts: complaints of each area, in independent pieces (see ``areas.sums``).
        exposures: e.g. subscribers, in the same pieces; areas without any are left out.
    """
    some = np.isfinite(counts) & np.isfinite(exposures) & (exposures > 0)
    count, exposure = counts[some], exposures[some]
    total = float(exposure.sum())
    if total <= 0 or count.sum() <= 0:
        return Prior(0.0, np.inf)
    rate = float(count.sum()) / total
    variance = float((exposure * (count / exposure - rate) ** 2).sum()) / total
    between = variance - rate / (total / len(exposure))
    return Prior(rate, rate**2 / between if between > 0 else np.inf)


@dataclass(frozen=True)
class Ratio:
    """How many times its usual level an area expects; arrays over areas, NaN where unknown.

    Attributes:
        mean: expected / usual.
        lower: end of its credible interval.
        upper: the other end.
    """

    mean: Reals
    lower: Reals
    upper: Reals


def ratio_of(
    expected: Reals, certainty: Reals, usual: Reals, usual_shape: Reals, sigma: float
) -> Ratio:
    """Expected over usual level, with a credible interval.

    Both are uncertain: the forecast as gamma with shape ``certainty``, the usual level as gamma
    with the shape of its posterior. The quotient of two gammas over that of their means follows
    Fisher's F with twice their shapes as degrees of freedom.

    Args:
        expected: complaints of the horizon.
        certainty: shape of the forecast's gamma: complaints' worth of knowledge.
        usual: the usual level, over the same length of time.
        usual_shape: shape of its posterior; infinite where it is taken as known.
        sigma: strays to either side that the interval spans, as of a normal distribution.
    """
    mean = np.full(len(expected), np.nan)
    known = np.isfinite(expected) & np.isfinite(usual) & (usual > 0)
    np.divide(expected, usual, out=mean, where=known)
    above, below = 2 * np.maximum(certainty, 1e-6), 2 * np.minimum(usual_shape, 1e9)
    tail = float(stats.norm.sf(sigma))
    with np.errstate(invalid="ignore"):
        lower = mean * stats.f.ppf(tail, above, below)
        upper = mean * stats.f.isf(tail, above, below)
    return Ratio(mean, lower, upper)


def at_least_one(expected: Reals, certainty: Reals) -> Reals:
    """Probability of at least one complaint where the rate is gamma distributed.

    1 − (1 + e / k)^−k, of a negative binomial. Cells of an area share faults, so the product of
    their chances of none, as if they were independent, would promise too much.
    """
    shape = np.maximum(certainty, 1e-6)
    chance: Reals = -np.expm1(-shape * np.log1p(expected / shape))
    return chance

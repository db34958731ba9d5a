"""From scores to honest numbers: a level and a slope, fitted on a later slice of time.

Both maps are smooth and rise everywhere, so that calibration never changes the order of cells
(isotonic steps would tie cells together and lose precision among the riskiest).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

_PRIOR_SD = 0.15  # how far level and slope may stray from 0 and 1 without evidence
_MIN_SLOPE = 0.2
_TINY = 1e-9


@dataclass(frozen=True)
class Line:
    """``x -> x + level + (slope - 1) (x - centre)``, on the scale of logarithms or log-odds."""

    level: float
    slope: float
    centre: float

    def __call__(self, x: Array) -> Array:
        """The line at ``x``."""
        return x + self.level + (self.slope - 1) * (x - self.centre)


@dataclass(frozen=True)
class Calibration:
    """Expected counts and probabilities from a model's raw expected counts.

    Attributes:
        count: log raw count -> log expected count.
        chance: log-odds of 1 - exp(-expected) -> log-odds of at least one.
    """

    count: Line
    chance: Line

    def expected(self, raw: Array) -> Array:
        """Expected low-satisfaction complaints."""
        return np.asarray(np.exp(self.count(np.log(np.maximum(raw, _TINY)))))

    def probability(self, raw: Array) -> Array:
        """Probability of at least one."""
        return _logistic(self.chance(_log_odds(self.expected(raw))))


def fit_calibration(
    raw: Array,
    counts: Array,
    hits: Array,
    weights: Array | None = None,
    hit_weights: Array | None = None,
) -> Calibration:
    """Fit both lines by penalised maximum likelihood.

    Args:
        raw: the model's expected counts on rows it has not seen.
        counts: what happened (fractions where tickets were spread).
        hits: chance that at least one happened, 0 … 1.
        weights: how many rows each one stands for; 1 by default.
        hit_weights: the same for ``hits``, where it is not the same.

    Complaints come in bunches, so a slice of a few days says less than its rows seem to; a normal
    prior (standard deviation 0.15) around level 0 and slope 1 holds both back.
    """
    w = np.ones(len(raw)) if weights is None else weights
    x = np.log(np.maximum(raw, _TINY))
    line = fit_line(x, w * counts, np.zeros(len(x)), w)
    odds = _log_odds(np.exp(line(x)))
    v = w if hit_weights is None else hit_weights
    chance = _newton(odds, v * hits, lambda t: v * _logistic(t), lambda mean: mean * (1 - mean / v))
    return Calibration(line, chance)


def fit_line(x: Array, counts: Array, offset: Array, weights: Array) -> Line:
    """The line that turns ``x`` into the logarithm of expected counts, beside ``offset``.

    Poisson regression with the prior of ``fit_calibration``; ``counts`` come weighted.
    """
    return _newton(x, counts, lambda t: weights * np.exp(t + offset), lambda mean: mean)


def _newton(
    x: Array, y: Array, mean_of: Callable[[Array], Array], variance_of: Callable[[Array], Array]
) -> Line:
    """Level and slope of a canonical-link regression (Poisson or Bernoulli) with the prior."""
    start = mean_of(x)
    weight = variance_of(start)
    centre = float(np.average(x, weights=weight)) if weight.sum() > 0 else 0.0
    away = x - centre
    theta = np.zeros(2)  # level, slope - 1
    penalty = 1 / _PRIOR_SD**2
    for _ in range(50):
        mean = mean_of(x + theta[0] + theta[1] * away)
        w = variance_of(mean)
        gradient = np.array([(y - mean).sum(), ((y - mean) * away).sum()]) - penalty * theta
        a, b, c = w.sum() + penalty, (w * away).sum(), (w * away * away).sum() + penalty
        step = np.array([c * gradient[0] - b * gradient[1], a * gradient[1] - b * gradient[0]])
        step /= a * c - b * b
        theta = theta + np.clip(step, -0.5, 0.5)
        if np.abs(step).max() < 1e-10:
            break
    return Line(float(theta[0]), float(max(1 + theta[1], _MIN_SLOPE)), centre)


def _logistic(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


def _log_odds(expected: Array) -> Array:
    """Log-odds of at least one event of a Poisson count."""
    return np.asarray(np.log(np.expm1(np.clip(expected, _TINY, 30.0))))

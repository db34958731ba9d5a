"""The damped count model: a level that forgets, times the factors of the day.

``mean(day) = level(day) * exp(x(day) @ effects)``. The effects (weekday, kinds of days, events,
works) are a Poisson regression with a ridge: the city's are pulled towards none, a series' towards
the city's, so that few tickets learn from many. The level is tickets over factors, both damped
exponentially (the mean of a Gamma-Poisson filter; Harvey & Fernandes 1989), and what sets the last
days apart from the last weeks fades away again (Gardner & McKenzie 1985).
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]

RECENT, USUAL, FADING = 7.0, 42.0, 10.0  # half-lives in days: recent level, usual level, difference
_MEMORY = 56.0  # half-life of what the effects are learnt from
_SEEN_DAYS = 200
_CITY_RIDGE, _SERIES_RIDGE = 20.0, 60.0  # tickets' worth of belief in "no effect", "as the city"
_CAP = 4.0  # a day beyond so many roots of the usual count tells of a burst, not of the level
_STEPS, _SMALL = 12, 1e-9


def city_effects(counts: Array, design: Array) -> Array:
    """Effects of the day on the sum of all series, shape (columns of the design,).

    Args:
        counts: daily counts, shape (days,).
        design: shape (days or more, columns), of the same days first.
    """
    return _effects(counts, design, np.zeros(design.shape[1]), _CITY_RIDGE)


def damped_counts(counts: Array, design: Array, prior: Array, ahead: int) -> Array:
    """Means of the days ahead.

    Args:
        counts: daily counts before, shape (days,), at least one.
        design: shape (days + ahead, columns).
        prior: the city's effects.
        ahead: how many days.
    """
    own = _effects(counts, design, prior, _SERIES_RIDGE)
    factors = np.exp(np.clip(design[: len(counts) + ahead] @ own, -3, 3))
    seen, usual = tempered(counts), factors[: len(counts)]
    recent, long = (_level(seen, usual, half) for half in (RECENT, USUAL))
    fading = 0.5 ** (np.arange(1, ahead + 1) / FADING)
    return np.asarray((long + (recent - long) * fading) * factors[len(counts) :])


def tempered(counts: Array) -> Array:
    """Counts cut at what is far beyond the median of the 15 days around: bursts do not last."""
    middle = pd.Series(counts).rolling(15, center=True, min_periods=1).median().to_numpy(float)
    return np.asarray(np.minimum(counts, middle + _CAP * np.sqrt(np.maximum(middle, 0.5)) + 1))


def _level(counts: Array, factors: Array, half_life: float) -> float:
    weight = 0.5 ** (np.arange(len(counts))[::-1] / half_life)
    return float((weight @ counts) / (weight @ factors))


def _effects(counts: Array, design: Array, prior: Array, ridge: float) -> Array:
    """Ridge Poisson regression by Newton's method, with the series' own slow level as offset."""
    since = max(0, len(counts) - _SEEN_DAYS)
    seen, x = tempered(counts)[since:], design[since : len(counts)]
    offset = np.log(np.maximum(_smooth(seen), 0.02))
    weight = 0.5 ** (np.arange(len(seen))[::-1] / _MEMORY)
    effects = prior.copy()
    for _ in range(_STEPS):
        mean = np.exp(np.clip(offset + x @ effects, -20, 20))
        slope = x.T @ (weight * (seen - mean)) - ridge * (effects - prior)
        bend = (x * (weight * mean)[:, None]).T @ x + ridge * np.eye(len(effects))
        step = np.linalg.solve(bend, slope)
        effects = effects + step
        if np.abs(step).max() < _SMALL:
            break
    return np.asarray(np.clip(effects, -2, 2))


def _smooth(counts: Array) -> Array:
    return np.asarray(_kernel(len(counts)) @ counts)


@cache
def _kernel(days: int) -> Array:
    """Weights of each day's neighbours, both ways; at most ``_SEEN_DAYS`` of them are asked for."""
    number = np.arange(days)
    weight = 0.5 ** (np.abs(np.subtract.outer(number, number)) / RECENT)
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))

"""Which model forecasts a region: rolling backtest; what its errors were: intervals for counts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.regions.models import Model, predict

Array = NDArray[np.float64]

FOLDS = 3  # backtest origins, one a week, the newest a week ago
FOLD_DAYS = 7


@dataclass(frozen=True)
class Fold:
    """What one model forecast at one origin for one region, and what came."""

    region_id: str
    model: str
    mean: Array
    actual: Array


def run_folds(counts: pd.DataFrame, models: dict[str, Model], threads: int) -> list[Fold]:
    """Forecast the last weeks with what was counted before each.

    Args:
        counts: index days, a column per region (see ``daily_counts``).
        models: the competitors.
        threads: regions at a time (Prophet's fits run in processes of their own).
    """

    def one(region_id: str) -> list[Fold]:
        series = counts[region_id]
        result = []
        for back in range(FOLDS, 0, -1):
            known = series.iloc[: len(series) - back * FOLD_DAYS]
            actual = series.iloc[len(known) : len(known) + FOLD_DAYS].to_numpy(float)
            for name, model in models.items():
                mean = predict(model, known, len(actual)) if len(known) else None
                if mean is not None:
                    result.append(Fold(region_id, name, mean, actual))
        return result

    with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
        return [fold for folds in pool.map(one, counts.columns) for fold in folds]


def choose(folds: list[Fold], regions: list[str], models: list[str]) -> dict[str, str]:
    """The model with the smallest mean absolute error per region; ties go to the earlier name.

    Only models that could forecast in as many folds as the most able one compete. A region without
    any fold gets the first model.
    """
    errors: dict[tuple[str, str], list[float]] = {}
    for fold in folds:
        key = (fold.region_id, fold.model)
        errors.setdefault(key, []).append(float(np.abs(fold.actual - fold.mean).mean()))
    result = {}
    for region_id in regions:
        tried = {m: errors[region_id, m] for m in models if (region_id, m) in errors}
        most = max((len(e) for e in tried.values()), default=0)
        able = {m: float(np.mean(e)) for m, e in tried.items() if len(e) == most}
        result[region_id] = min(able, key=lambda m: able[m]) if able else models[0]
    return result


@dataclass(frozen=True)
class Spread:
    """Signed errors in units of √mean, pooled over regions: daily, and of sums over days."""

    daily: tuple[float, float]
    total: tuple[float, float]

    def bounds(self, mean: Array) -> tuple[Array, Array]:
        """Interval of daily counts, whole numbers, never below zero."""
        return _bounds(mean, self.daily)

    def total_bounds(self, mean: Array) -> tuple[Array, Array]:
        """Interval of counts over the horizon."""
        return _bounds(mean, self.total)


def spread(folds: list[Fold], champions: dict[str, str], days: int, nominal: float) -> Spread:
    """Split-conformal bounds from the champions' backtest errors.

    Scores are (actual - mean) / √max(mean, ½): a count's noise grows with the root of its mean
    (Poisson). Their lower and upper quantiles, with the finite-sample correction (n + 1) / n of
    split conformal prediction (Lei et al. 2018), bound the counts to come. Without folds, or with
    fewer than 20 scores, Poisson noise (±1.645) stands in.
    """
    tail = (1 - nominal) / 2
    daily, total = [], []
    for fold in folds:
        if champions.get(fold.region_id) == fold.model:
            daily += list((fold.actual - fold.mean) / _root(fold.mean))
            some, came = fold.mean[:days].sum(), fold.actual[:days].sum()
            total.append(float((came - some) / _root(np.array(some))))
    return Spread(_quantiles(np.array(daily), tail), _quantiles(np.array(total), tail))


def _quantiles(scores: Array, tail: float) -> tuple[float, float]:
    if len(scores) < 20:
        return -1.645, 1.645
    reach = min(1.0, (1 - tail) * (len(scores) + 1) / len(scores))
    lower = float(np.quantile(scores, 1 - reach, method="lower"))
    upper = float(np.quantile(scores, reach, method="higher"))
    return min(lower, 0.0), max(upper, 0.0)


def _root(mean: Array) -> Array:
    return np.asarray(np.sqrt(np.maximum(mean, 0.5)))


def _bounds(mean: Array, scores: tuple[float, float]) -> tuple[Array, Array]:
    root = _root(mean)
    lower = np.floor(np.maximum(0.0, mean + scores[0] * root) + 0.5)
    upper = np.floor(mean + scores[1] * root + 0.5)
    return np.minimum(lower, np.floor(mean)), np.maximum(upper, np.ceil(mean))

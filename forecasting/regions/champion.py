"""Which model forecasts a series: rolling backtest; what its errors were: intervals for counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import poisson

from forecasting.regions.damped import city_effects
from forecasting.regions.known import DayFacts
from forecasting.regions.models import (
    DAMPED,
    MODELS,
    PROPHET,
    SEASONAL_NAIVE,
    SIMPLE,
    Past,
    predict,
)
from forecasting.regions.nodes import CITY, Node

Array = NDArray[np.float64]

FOLDS = 6  # backtest origins, one a week, the newest a week ago
FOLD_DAYS = 7
_PRIOR_DAYS = 56.0  # so many days of its own errors weigh as much as those of all series together
_ORDER = (DAMPED, *(name for name in SIMPLE if name != DAMPED), PROPHET)
_PROPHET_CHANCE = 1.05  # Prophet is fitted further only if its newest week was not worse than this


@dataclass(frozen=True)
class Fold:
    """What one model forecast at one origin for one series, and what came.

    Attributes:
        node: the series.
        model: its name.
        back: weeks from the fold's origin to the newest count.
        mean: forecast, shape (days,).
        actual: what came, the same shape.
    """

    node: Node
    model: str
    back: int
    mean: Array
    actual: Array

    @property
    def error(self) -> float:
        """Sum of absolute errors of the median: the number that absolute errors ask for."""
        return float(np.abs(self.actual - poisson.ppf(0.5, np.maximum(self.mean, 1e-9))).sum())


def run_folds(
    counts: pd.DataFrame,
    facts: DayFacts,
    threads: int,
    only: Mapping[Node, str] | None = None,
) -> list[Fold]:
    """Forecast the last weeks with what was counted before each.

    Series without a ticket are left out. Prophet starts with the newest week and is dropped where
    the simple models did better there, so that most series cost no fit or one.

    Args:
        counts: index days, a column per node (see ``nodes.Tree``).
        facts: of these days, as known at the origin.
        threads: series at a time (Prophet's fits run in processes of their own).
        only: the model of each series, once chosen; all of them compete when None.
    """
    cuts = [
        (back, len(counts) - back * FOLD_DAYS)
        for back in range(1, FOLDS + 1)
        if len(counts) - back * FOLD_DAYS > 0
    ]
    days = pd.DatetimeIndex(counts.index)
    city = counts[CITY].to_numpy(float)
    design = facts.design(CITY, days)
    priors = {known: city_effects(city[:known], design) for _, known in cuts}

    def one(node: Node) -> list[Fold]:
        series = counts[node]
        pasts = {
            back: Past(node, series.iloc[:known], facts, priors[known]) for back, known in cuts
        }
        if only is not None:
            return _of_one_model(node, only.get(node, DAMPED), pasts, series)
        return _of_all_models(node, pasts, series)

    busy = [node for node in counts.columns if counts[node].sum() > 0]
    with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
        return [fold for folds in pool.map(one, busy) for fold in folds]


def _came(past: Past, series: pd.Series) -> Array:
    return series.iloc[len(past.counts) :].to_numpy(float)[:FOLD_DAYS]


def _of_one_model(
    node: Node, name: str, pasts: Mapping[int, Past], series: pd.Series
) -> list[Fold]:
    made = ((back, past, predict(MODELS[name], past, FOLD_DAYS)) for back, past in pasts.items())
    return [
        Fold(node, name, back, m, _came(past, series)) for back, past, m in made if m is not None
    ]


def _of_all_models(node: Node, pasts: Mapping[int, Past], series: pd.Series) -> list[Fold]:
    result: list[Fold] = []
    for back, past in pasts.items():
        came = _came(past, series)
        for name, model in SIMPLE.items():
            mean = predict(model, past, FOLD_DAYS)
            if mean is not None:
                result.append(Fold(node, name, back, mean, came))
        if back > 1 and not any(f.model == PROPHET for f in result):
            continue
        mean = predict(MODELS[PROPHET], past, FOLD_DAYS)
        if mean is not None:
            fold = Fold(node, PROPHET, back, mean, came)
            simple = [f.error for f in result if f.back == back]
            if back > 1 or fold.error <= _PROPHET_CHANCE * min(simple, default=np.inf):
                result.append(fold)
    return result


def choose(folds: Sequence[Fold], nodes: Sequence[Node]) -> dict[Node, str]:
    """The model with the smallest absolute error per series; ties go to the damped model.

    Models are compared by their errors over those of seasonal-naive on the same weeks, since some
    need a longer history than others. A few weeks of one series are noise in good part: they are
    weighed together with what the model did on all series (56 days' worth). A series without any
    fold gets the damped model.
    """
    errors: dict[Node, dict[str, dict[int, float]]] = {}
    days: dict[Node, float] = {}
    for fold in folds:
        errors.setdefault(fold.node, {}).setdefault(fold.model, {})[fold.back] = fold.error
        if fold.model == SEASONAL_NAIVE:
            days[fold.node] = days.get(fold.node, 0.0) + len(fold.actual)
    overall = _ratios(errors)
    result = {}
    for node in nodes:
        tried = errors.get(node, {})
        naive = tried.get(SEASONAL_NAIVE)
        if naive is None:
            result[node] = DAMPED
            continue
        prior = _PRIOR_DAYS * sum(naive.values()) / days[node]
        value = {}
        for model in (name for name in _ORDER if name in tried):
            own, other = _paired(tried[model], naive)
            whole = other + prior
            value[model] = (own + prior * overall[model]) / whole if whole else 1.0 + own
        result[node] = min(value, key=lambda model: value[model])
    return result


def _paired(own: Mapping[int, float], naive: Mapping[int, float]) -> tuple[float, float]:
    """Sums of both over the weeks that both forecast."""
    weeks = own.keys() & naive.keys()
    return sum(own[week] for week in sorted(weeks)), sum(naive[week] for week in sorted(weeks))


def _ratios(errors: Mapping[Node, Mapping[str, Mapping[int, float]]]) -> dict[str, float]:
    """Each model's errors over seasonal-naive's, on the series and weeks that both forecast."""
    sums: dict[str, tuple[float, float]] = {}
    for tried in errors.values():
        for model, found in tried.items():
            own, other = _paired(found, tried.get(SEASONAL_NAIVE, {}))
            before = sums.get(model, (0.0, 0.0))
            sums[model] = (before[0] + own, before[1] + other)
    return {model: own / other if other else 1.0 for model, (own, other) in sums.items()}

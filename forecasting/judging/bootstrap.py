"""How sure a measure is: a bootstrap over days.

Cells of one day share weather, events and faults, and the outcomes of neighbouring midnights
overlap by the horizon. So whole origins are drawn, in blocks of consecutive ones as long as the
horizon (circular block bootstrap: Politis and Romano, 1992), and all cells of an origin stay
together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecasting import metrics
from forecasting.metrics import Array

COLUMNS = ("scope", "measure", "score", "value", "lower", "upper")
RATIO = "forecast/oracle"


@dataclass(frozen=True)
class Resample:
    """How to draw: ``block`` origins together, ``resamples`` times, intervals of ``level``."""

    block: int
    seed: int
    resamples: int = 1000
    level: float = 0.9


def draws(origins: int, how: Resample) -> Array:
    """How often each origin is in each resample; shape (resamples, origins)."""
    rng = np.random.default_rng(how.seed)
    block = min(how.block, origins)
    starts = rng.integers(origins, size=(how.resamples, -(-origins // block)))
    drawn = (starts[:, :, None] + np.arange(block)) % origins
    drawn = drawn.reshape(how.resamples, -1)[:, :origins]
    offset = np.arange(how.resamples)[:, None] * origins
    counts = np.bincount((drawn + offset).ravel(), minlength=how.resamples * origins)
    return counts.reshape(how.resamples, origins).astype(float)


def intervals(
    scopes: dict[str, pd.DataFrame], scores: list[str], capacity: int, how: Resample
) -> pd.DataFrame:
    """Intervals of the headline measures, and of their ratios to the oracle.

    Args:
        scopes: judged rows by scope; ``all`` holds every origin.
        scores: columns; the first is the forecast's.
        capacity: cells per origin that crews can serve.
        how: to draw. All measures are taken on the same draws.

    Returns:
        ``COLUMNS``: ``average_precision, precision, precision_1pct, recall`` of each score, and
        ``expected_over_observed`` of the forecast; ``RATIO`` as score for forecast / oracle.
    """
    origins = pd.Index(sorted(scopes["all"]["as_of"].unique()))
    weights = draws(len(origins), how)
    once = np.ones((1, len(origins)))
    rows = []

    def add(scope: str, measure: str, score: str, value: Array, drawn: Array) -> None:
        tail = (1 - how.level) / 2
        sure = np.isfinite(drawn)
        low, high = (
            np.quantile(drawn[sure], [tail, 1 - tail]) if sure.any() else (float("nan"),) * 2
        )
        rows.append((scope, measure, score, float(value[0]), float(low), float(high)))

    for scope, part in scopes.items():
        day = origins.get_indexer(pd.Index(part["as_of"]))
        taken: dict[str, dict[str, tuple[Array, Array]]] = {}
        for score in scores:
            ways = _ways(part, day, len(origins), score, capacity)
            taken[score] = {name: (way(once), way(weights)) for name, way in ways.items()}
            for name, (value, drawn) in taken[score].items():
                add(scope, name, score, value, drawn)
        total = _Sums.of(part, day, len(origins), "expected_low_complaints", "low_complaints")
        add(scope, "expected_over_observed", scores[0], total(once), total(weights))
        if "oracle" in taken:
            for name, (value, drawn) in taken[scores[0]].items():
                best, best_drawn = taken["oracle"][name]
                add(scope, name, RATIO, _divide(value, best), _divide(drawn, best_drawn))
    return pd.DataFrame(rows, columns=list(COLUMNS))


@dataclass(frozen=True)
class _Sums:
    """A ratio of sums over origins."""

    above: Array
    below: Array

    @classmethod
    def of(cls, part: pd.DataFrame, day: Array, n: int, above: str, below: str) -> _Sums:
        return cls(
            np.bincount(day, part[above].to_numpy(float), minlength=n).astype(float),
            np.bincount(day, part[below].to_numpy(float), minlength=n).astype(float),
        )

    def __call__(self, weights: Array) -> Array:
        return _divide(weights @ self.above, weights @ self.below)


class _AveragePrecision:
    """Average precision of rows that count as often as their origin was drawn.

    Only thresholds at which something happened add to it. For these the rows at or above are
    counted per origin once; a draw is then a product of matrices.
    """

    def __init__(self, scores: Array, hits: Array, day: Array, origins: int) -> None:
        levels = np.unique(scores[hits > 0])[::-1]
        self.selected = np.zeros((origins, len(levels)))
        self.true = np.zeros((origins, len(levels)))
        for origin in range(origins):
            own, came = scores[day == origin], hits[day == origin]
            order = np.argsort(-own, kind="stable")
            above = np.searchsorted(-own[order], -levels, side="right")
            self.selected[origin] = above
            self.true[origin] = np.append(0.0, np.cumsum(came[order]))[above]

    def __call__(self, weights: Array) -> Array:
        true, selected = weights @ self.true, weights @ self.selected
        gains = np.diff(true, prepend=0.0, axis=1)
        return _divide((gains * _divide(true, selected, 0.0)).sum(axis=1), gains.sum(axis=1))


def _ways(
    part: pd.DataFrame, day: Array, origins: int, score: str, capacity: int
) -> dict[str, _AveragePrecision | _Sums]:
    hits = part["hit"].to_numpy(float)
    ways: dict[str, _AveragePrecision | _Sums] = {
        "average_precision": _AveragePrecision(part[score].to_numpy(float), hits, day, origins)
    }
    for suffix, take in (("", capacity), ("_1pct", 0.01)):
        visits = metrics.visited(part, take, score)
        table = part.assign(visits=visits, found=visits * hits)
        ways[f"precision{suffix}"] = _Sums.of(table, day, origins, "found", "visits")
        if not suffix:
            ways["recall"] = _Sums.of(table, day, origins, "found", "hit")
    return ways


def _divide(above: Array, below: Array, empty: float = float("nan")) -> Array:
    return np.asarray(np.divide(above, below, out=np.full(above.shape, empty), where=below > 0))

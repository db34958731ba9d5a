"""The boosted model over all cells: expected low-satisfaction complaints within the horizon.

Two steps. Low-satisfaction complaints are few, and all complaints are three times as many: how
often a cell is complained about is learned from all of them. How many of those will be low follows
from how bad it is: a line on the logarithm of that rate, and a second, smaller booster for what
makes complaints bitter beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasting.cells.calibration import Calibration, Line, fit_calibration, fit_line
from forecasting.settings import ForecastingSettings

if TYPE_CHECKING:
    import lightgbm

Array = npt.NDArray[np.float64]

_ROUNDS, _LOW_ROUNDS = 180, 60
_LOW_LEAVES = 7
_PARAMETERS: dict[str, Any] = {
    "objective": "poisson",
    "learning_rate": 0.05,
    "num_leaves": 15,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 150.0,
    "max_bin": 63,
    "poisson_max_delta_step": 0.3,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}


@dataclass(frozen=True)
class Sample:
    """Rows to learn from or to calibrate on, in order of origin and cell.

    Attributes:
        table: features, float32.
        counts: expected low-satisfaction complaints that followed (see ``cells.labels``).
        hits: chance that at least one followed.
        tickets_7d: what persistence would go by.
        complaints: all complaints that followed.
        weights: how many rows each one stands for (calm rows are thinned out).
        seen: share of the horizon before a repair, 0 … 1, of which counts and hits tell; None: all
            of it, for every row.
    """

    table: pd.DataFrame
    counts: Array
    hits: Array
    tickets_7d: Array
    complaints: Array
    weights: Array
    seen: Array | None = None

    def whole(self) -> Sample:
        """Counts per horizon, each row with the weight of what was seen of it.

        A Poisson count over a share of the time is worth that share: its likelihood is the same.
        """
        if self.seen is None:
            return self
        return replace(
            self,
            counts=self.counts / self.seen,
            complaints=self.complaints / self.seen,
            weights=self.weights * self.seen,
            seen=None,
        )

    def chances(self) -> tuple[Array, Array]:
        """Chance of at least one complaint, and weights.

        A row in which something came is a whole hit; one in which nothing came is as much of a
        calm one as was seen of it: under a constant risk, (1 - p) to that power.
        """
        if self.seen is None:
            return self.hits, self.weights
        part = self.seen < 1
        share = np.where(part, self.hits + (1 - self.hits) * self.seen, 1.0)
        return np.where(part, self.hits / share, self.hits), self.weights * share


@dataclass(frozen=True)
class RiskModel:
    """The boosters with what is needed to use them.

    Attributes:
        complaints: LightGBM model of all complaints per subscriber, relative to ``base``.
        bitter: LightGBM model of what makes more or fewer of them low than ``tilt`` says.
        features: columns in the boosters' order.
        base: expected low complaints of a cell with ``subscribers`` subscribers, all else unknown.
        subscribers: the typical cell's; stands in where a cell's are unknown.
        tilt: from the logarithm of the rate of complaints to that of low ones.
        calibration: from raw to honest numbers.
    """

    complaints: lightgbm.Booster
    bitter: lightgbm.Booster
    features: tuple[str, ...]
    base: float
    subscribers: float
    tilt: Line
    calibration: Calibration

    def raw(self, values: pd.DataFrame) -> Array:
        """Expected low complaints before calibration."""
        matrix = self._matrix(values)
        start = exposure(values, self.base, self.subscribers)
        rate = np.asarray(self.complaints.predict(matrix, raw_score=True, num_threads=1))
        bitter = np.asarray(self.bitter.predict(matrix, raw_score=True, num_threads=1))
        return np.asarray(np.exp(start + self.tilt(rate) + bitter))

    def score(self, values: pd.DataFrame) -> pd.DataFrame:
        """``expected_low_complaints`` and ``probability`` by the index of ``table``."""
        raw = self.raw(values)
        return pd.DataFrame(
            {
                "expected_low_complaints": self.calibration.expected(raw),
                "probability": self.calibration.probability(raw),
            },
            index=values.index,
        )

    def contributions(self, values: pd.DataFrame) -> pd.DataFrame:
        """What each feature adds to the logarithm of the expected count; rows sum to the score."""
        matrix = self._matrix(values)
        rate, bitter = (
            np.asarray(booster.predict(matrix, pred_contrib=True, num_threads=1))[:, :-1]
            for booster in (self.complaints, self.bitter)
        )
        parts = self.tilt.slope * rate + bitter
        return pd.DataFrame(parts, index=values.index, columns=list(self.features))

    def _matrix(self, values: pd.DataFrame) -> npt.NDArray[np.float32]:
        return values.reindex(columns=list(self.features)).to_numpy(np.float32)


def exposure(values: pd.DataFrame, base: float, typical: float) -> Array:
    """Logarithm of what a cell's subscribers alone let expect: complaints follow customers."""
    subscribers = values["subscribers"].to_numpy(float)
    known = np.where(subscribers > 0, subscribers, typical)
    return np.asarray(np.log(base) + np.log(known / typical))


def _varies(column: npt.NDArray[np.float32]) -> bool:
    """Is there more than one value, unknown counted as one?"""
    known = column[~np.isnan(column)]
    return len(known) > 0 and (len(known) < len(column) or bool(np.ptp(known) > 0))


def fit(sample: Sample, later: Sample, settings: ForecastingSettings) -> RiskModel:
    """Fit the booster on ``sample`` and calibrate it on ``later``, which it has never seen."""
    model = _boost(sample, settings)
    raw = model.raw(later.table)
    whole, (hits, hit_weights) = later.whole(), later.chances()
    calibration = fit_calibration(raw, whole.counts, hits, whole.weights, hit_weights)
    return replace(model, calibration=calibration)


def refit(
    model: RiskModel, sample: Sample, later: Sample, settings: ForecastingSettings
) -> RiskModel:
    """The model that goes live: fitted on both slices, calibrated as ``model`` had to be.

    The newest weeks are most like the days to come, so it learns from them too. Calibration and
    gates were measured on ``model``, which had not seen them; that the same map fits the refitted
    one is what the backtest measures.
    """
    parts = ("counts", "hits", "tickets_7d", "complaints", "weights")
    both = replace(
        sample,
        table=pd.concat([sample.table, later.table]),
        seen=_both_seen(sample, later),
        **{part: np.concatenate([getattr(sample, part), getattr(later, part)]) for part in parts},
    )
    return replace(_boost(both, settings), calibration=model.calibration)


def _both_seen(one: Sample, other: Sample) -> Array | None:
    if one.seen is None and other.seen is None:
        return None
    return np.concatenate(
        [np.ones(len(each.table)) if each.seen is None else each.seen for each in (one, other)]
    )


def _boost(sample: Sample, settings: ForecastingSettings) -> RiskModel:
    """The boosters alone, their numbers as they come."""
    sample = sample.whole()
    values, weights = sample.table, sample.weights
    informative = [str(name) for name in values if _varies(values[name].to_numpy())]
    subscribers = values["subscribers"].to_numpy(float)
    known = subscribers[subscribers > 0]
    typical = float(np.median(known)) if len(known) else 1.0
    relative = weights * np.where(subscribers > 0, subscribers, typical) / typical
    base = float((weights * sample.counts).sum() / relative.sum())
    told = float((weights * sample.complaints).sum() / relative.sum())
    matrix = values[informative].to_numpy(np.float32)
    data = _Data(matrix, weights, settings)
    complaints = data.boost(sample.complaints, exposure(values, told, typical), _ROUNDS)
    start = exposure(values, base, typical)
    rate = np.asarray(complaints.predict(matrix, raw_score=True, num_threads=settings.threads))
    tilt = fit_line(rate, weights * sample.counts, start, weights)
    bitter = data.boost(sample.counts, start + tilt(rate), _LOW_ROUNDS, num_leaves=_LOW_LEAVES)
    untouched = fit_calibration(np.ones(0), np.ones(0), np.ones(0))
    return RiskModel(complaints, bitter, tuple(informative), base, typical, tilt, untouched)


@dataclass(frozen=True)
class _Data:
    """Rows for both boosters."""

    matrix: npt.NDArray[np.float32]
    weights: Array
    settings: ForecastingSettings

    def boost(self, counts: Array, start: Array, rounds: int, **special: int) -> lightgbm.Booster:
        """Poisson boosting from ``start``, the logarithm of what is expected at first."""
        import lightgbm

        rows, columns = self.matrix.shape
        data = lightgbm.Dataset(
            self.matrix,
            counts,
            weight=self.weights,
            init_score=start,
            feature_name=[f"f{i}" for i in range(columns)],
            free_raw_data=True,
        )
        parameters = _PARAMETERS | {
            "num_threads": self.settings.threads,
            "seed": self.settings.seed,
            "min_data_in_leaf": int(np.clip(rows // 500, 20, 200)),
            **special,
        }
        return lightgbm.train(parameters, data, rounds)

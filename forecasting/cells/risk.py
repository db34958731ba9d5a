"""The boosted model over all cells: expected low-satisfaction complaints within the horizon."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasting.cells.calibration import Calibration, fit_calibration
from forecasting.settings import ForecastingSettings

if TYPE_CHECKING:
    import lightgbm

Array = npt.NDArray[np.float64]

_ROUNDS = 300
_PARAMETERS: dict[str, Any] = {
    "objective": "poisson",
    "learning_rate": 0.03,
    "num_leaves": 15,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
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
    """

    table: pd.DataFrame
    counts: Array
    hits: Array
    tickets_7d: Array


@dataclass(frozen=True)
class RiskModel:
    """A booster with what is needed to use it.

    Attributes:
        booster: LightGBM model of the rate per subscriber, relative to ``base``.
        features: columns in the booster's order.
        base: expected complaints of a cell with ``subscribers`` subscribers, all else unknown.
        subscribers: the typical cell's; stands in where a cell's are unknown.
        calibration: from raw to honest numbers.
    """

    booster: lightgbm.Booster
    features: tuple[str, ...]
    base: float
    subscribers: float
    calibration: Calibration

    def raw(self, values: pd.DataFrame) -> Array:
        """Expected complaints before calibration."""
        start = exposure(values, self.base, self.subscribers)
        score = self.booster.predict(self._matrix(values), raw_score=True, num_threads=1)
        return np.asarray(np.exp(start + np.asarray(score)))

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
        parts = np.asarray(
            self.booster.predict(self._matrix(values), pred_contrib=True, num_threads=1)
        )
        return pd.DataFrame(parts[:, :-1], index=values.index, columns=list(self.features))

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
    calibration = fit_calibration(model.raw(later.table), later.counts, later.hits)
    return replace(model, calibration=calibration)


def refit(
    model: RiskModel, sample: Sample, later: Sample, settings: ForecastingSettings
) -> RiskModel:
    """The model that goes live: fitted on both slices, calibrated as ``model`` had to be.

    The newest weeks are most like the days to come, so it learns from them too. Calibration and
    gates were measured on ``model``, which had not seen them; that the same map fits the refitted
    one is what the backtest measures.
    """
    both = Sample(
        pd.concat([sample.table, later.table]),
        np.concatenate([sample.counts, later.counts]),
        np.concatenate([sample.hits, later.hits]),
        np.concatenate([sample.tickets_7d, later.tickets_7d]),
    )
    return replace(_boost(both, settings), calibration=model.calibration)


def _boost(sample: Sample, settings: ForecastingSettings) -> RiskModel:
    """The booster alone, its numbers as they come."""
    import lightgbm

    values = sample.table
    informative = [str(name) for name in values if _varies(values[name].to_numpy())]
    subscribers = values["subscribers"].to_numpy(float)
    known = subscribers[subscribers > 0]
    typical = float(np.median(known)) if len(known) else 1.0
    relative = np.where(subscribers > 0, subscribers, typical) / typical
    base = float(sample.counts.sum() / relative.sum())
    data = lightgbm.Dataset(
        values[informative].to_numpy(np.float32),
        sample.counts,
        init_score=exposure(values, base, typical),
        feature_name=[f"f{i}" for i in range(len(informative))],
        free_raw_data=True,
    )
    parameters = _PARAMETERS | {
        "num_threads": settings.threads,
        "seed": settings.seed,
        "min_data_in_leaf": int(np.clip(len(values) // 500, 20, 200)),
    }
    booster = lightgbm.train(parameters, data, _ROUNDS)
    untouched = fit_calibration(np.ones(0), np.ones(0), np.ones(0))
    return RiskModel(booster, tuple(informative), base, typical, untouched)

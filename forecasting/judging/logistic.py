"""Logistic regression on a few plain features: the model that any analyst would try first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasting.cells.risk import Sample
from forecasting.errors import ForecastingError

# Counts and pain enter as log(1 + x): the second complaint says less than the first.
PLAIN = (
    "tickets_24h", "tickets_7d", "tickets_28d", "low_28d", "pain_24h", "pain_72h", "missing_24h",
    "users_24h", "subscribers",
)  # fmt: skip
Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Logistic:
    """A fitted regression; ``probability`` by the rows of a table of features."""

    names: tuple[str, ...]
    stand_ins: Array
    pipeline: Any

    def probability(self, table: pd.DataFrame) -> Array:
        """Chance of at least one low-satisfaction complaint within the horizon."""
        return np.asarray(self.pipeline.predict_proba(_matrix(table, self.names, self.stand_ins)))[
            :, 1
        ]


def fit_logistic(samples: list[Sample]) -> Logistic:
    """Fit by maximum likelihood (ridge of strength 1) on the rows the model was trained on.

    The outcome of a row is a chance (``Sample.chances``): it enters once as a hit with that weight
    and once as none with the rest. An unknown feature is taken as the median of the known ones.

    Raises:
        ForecastingError: none of the plain features is there, or nothing happened.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    table = pd.concat([sample.table for sample in samples])
    chances = [sample.chances() for sample in samples]
    hits = np.concatenate([hit for hit, _ in chances])
    weights = np.concatenate([weight for _, weight in chances])
    names = tuple(name for name in PLAIN if name in table)
    if not names:
        raise ForecastingError(f"logistic regression needs one of {', '.join(PLAIN)}")
    medians = table[list(names)].median().fillna(0.0).to_numpy(float)
    rows = _matrix(table, names, medians)
    some = hits > 0
    if not some.any():
        raise ForecastingError("logistic regression needs complaints to learn from: there are none")
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=500))
    pipeline.fit(
        np.vstack([rows, rows[some]]),
        np.r_[np.zeros(len(rows)), np.ones(int(some.sum()))],
        logisticregression__sample_weight=np.r_[weights * (1 - hits), (weights * hits)[some]],
    )
    return Logistic(names, medians, pipeline)


def _matrix(table: pd.DataFrame, names: tuple[str, ...], stand_ins: Array) -> Array:
    values = table.reindex(columns=list(names)).to_numpy(float)
    return np.asarray(np.log1p(np.clip(np.where(np.isnan(values), stand_ins, values), 0.0, None)))

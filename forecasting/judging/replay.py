"""One origin after the other: train where it is due, forecast, and let the baselines speak."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import numpy as np
import pandas as pd

from forecasting.cells.explain import explain
from forecasting.cells.features import CellFeatures, FeatureMaker
from forecasting.cells.risk import RiskModel
from forecasting.cells.score import score_cells
from forecasting.cells.training import Trained, Trainer
from forecasting.crews import capacity_at
from forecasting.errors import ForecastingError, ModelError, NotEnoughHistoryError
from forecasting.judging.baselines import baselines
from forecasting.judging.logistic import Logistic, fit_logistic
from forecasting.policy import RED, YELLOW, load_policy
from forecasting.wall import refuse_undated

_KEPT = [
    "cell_id", "region_id", "technology", "status", "quiet", "probability",
    "expected_low_complaints",
]  # fmt: skip


@dataclass
class _Models:
    """The newest models of one horizon; None while none could be trained."""

    trainer: Trainer
    risk: RiskModel | None = None
    logistic: Logistic | None = None


class Replay:
    """Goes through the origins in order; keeps models, and the rows of every horizon."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        maker: FeatureMaker,
        retrain_days: int,
        horizons: list[int],
    ) -> None:
        refuse_undated(connection)
        self.connection, self.maker = connection, maker
        self.horizons, self.main = horizons, maker.settings.horizon_h
        self.policy = load_policy(maker.settings.policy_file)
        self.trained_at: list[str] = []
        self.warnings: list[str] = []
        self._retrain = timedelta(days=retrain_days)
        self._due: datetime | None = None
        trainer = Trainer(maker)
        self._models = {
            h: _Models(trainer if h == self.main else trainer.for_horizon(h)) for h in horizons
        }
        self._rows: dict[int, list[pd.DataFrame]] = {h: [] for h in horizons}

    def rows(self, horizon_h: int) -> pd.DataFrame:
        """All rows so far: cells and origins with the forecast and every baseline."""
        return pd.concat(self._rows[horizon_h], ignore_index=True)

    def at(self, origin: datetime) -> None:
        """Forecast one origin for every horizon."""
        if self._due is None or origin >= self._due:
            self._train(origin)
        features = self.maker.at(self.connection, origin)
        for horizon in self.horizons:
            self._rows[horizon].append(self._forecast(features, origin, horizon))

    def _forecast(self, features: CellFeatures, origin: datetime, horizon: int) -> pd.DataFrame:
        models = self._models[horizon]
        settings = models.trainer.settings
        known = len(features.inventory.cells)
        crews = capacity_at(self.connection, origin, self.policy, known)
        cells = score_cells(
            features, models.risk, settings=settings, policy=self.policy, capacity=crews.cells
        )
        causes = pd.Series(None, index=cells.index, dtype=object)
        if horizon == self.main:
            told = explain(self.connection, features, cells, models.risk, self.maker.catalogue)
            causes = told.causes.where(cells["status"].isin([RED, YELLOW]), None)
        index = pd.Index(cells["cell_id"])
        rules = baselines(
            self.connection,
            origin,
            index,
            features.tickets,
            catalogue=self.maker.catalogue,
            horizon_h=horizon,
        )
        learned = np.full(len(cells), np.nan)
        if models.logistic is not None:
            learned = models.logistic.probability(features.table)
        kept = cells[_KEPT].rename(columns={"region_id": "region"})
        moment = pd.Timestamp(origin).tz_convert("UTC")
        kept = kept.assign(as_of=moment, named_cause=causes, logistic=learned)
        return pd.concat([kept, rules.reset_index(drop=True)], axis=1)

    def _train(self, origin: datetime) -> None:
        """Train all horizons; where one fails, its model before stays."""
        self._due = origin + self._retrain
        for horizon, models in self._models.items():
            try:
                trained = models.trainer.train(self.connection, origin)
            except (NotEnoughHistoryError, ModelError) as error:
                about = "" if horizon == self.main else f"{horizon} h, "
                self.warnings.append(f"{about}{origin.date()}: {error}")
                if horizon == self.main:
                    self._due = origin + timedelta(days=1)
                continue
            models.risk, models.logistic = trained.model, self._logistic(trained)
            if horizon == self.main:
                self.trained_at.append(origin.date().isoformat())

    def _logistic(self, trained: Trained) -> Logistic | None:
        try:
            return fit_logistic([trained.learn, trained.later])
        except ForecastingError as error:
            self.warnings.append(str(error))
            return None

"""Training: which origins to learn from, what followed them, and whether the result may go live."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd

from forecasting import queries
from forecasting.cells.features import FeatureMaker
from forecasting.cells.labels import Labels
from forecasting.cells.risk import RiskModel, Sample, fit, refit
from forecasting.errors import ModelError, NotEnoughHistoryError
from forecasting.metrics import average_precision, expected_over_observed

WARM_UP = timedelta(days=8)  # KPIs needed before the first origin: a normal to compare with
RECORDING = timedelta(hours=12)  # a complaint is recorded at the latest this long after creation
_MIN_ORIGINS = 6
_HALF_DAY = timedelta(hours=12)


@dataclass(frozen=True)
class Trained:
    """A model that passed its gates.

    Attributes:
        model: ready to score.
        report: what people may ask of it: origins, rows, complaints, figures on the later slice.
        learn: the earlier slice of its rows, by which baselines that learn are trained.
        later: the later slice.
    """

    model: RiskModel
    report: dict[str, float | int | str]
    learn: Sample
    later: Sample


def training_origins(first: datetime, last: datetime, *, zone: str, at_most: int) -> list[datetime]:
    """Local midnights and noons from ``first`` to ``last``, thinned evenly to ``at_most``.

    Thinning keeps every third, fifth, … half-day counted from a fixed day: an odd step mixes
    midnights and noons, and which ones are kept does not depend on the day of training.
    """
    local = first.astimezone(ZoneInfo(zone))
    day = local.replace(hour=0, minute=0, second=0, microsecond=0)
    half_days = []
    while day <= last:
        for hour in (0, 12):
            origin = day.replace(hour=hour)
            if first <= origin <= last:
                half_days.append((2 * day.toordinal() + hour // 12, origin.astimezone(UTC)))
        day = (day + timedelta(days=1)).replace(hour=0)
    step = 1
    while len(half_days) > step * at_most:
        step += 2
    return [origin for number, origin in half_days if number % step == 0]


class Trainer:
    """Trains models; keeps the features of origins between the trainings of one run."""

    def __init__(self, maker: FeatureMaker) -> None:
        self.maker, self.settings = maker, maker.settings
        self._kept: dict[datetime, pd.DataFrame] = {}

    def for_horizon(self, hours: int) -> Trainer:
        """A trainer of the same features for another horizon; what is kept is shared."""
        other = Trainer(self.maker)
        other.settings = self.settings.model_copy(update={"horizon_h": hours})
        other._kept = self._kept
        return other

    def train(self, connection: duckdb.DuckDBPyConnection, as_of: datetime) -> Trained:
        """Train with what is known at ``as_of``.

        Raises:
            NotEnoughHistoryError: too few days or complaints to learn from.
            ModelError: the model did not pass a gate; the message names it.
        """
        settings = self.settings
        origins = self._origins(connection, as_of)
        since = origins[0]
        inventory = self.maker.inventories.as_of(connection, as_of)
        labels = Labels(connection, inventory, settings, since, as_of)
        if labels.low_complaints < settings.min_low_complaints:
            raise NotEnoughHistoryError(
                f"{labels.low_complaints:.0f} low-satisfaction complaints since {since:%Y-%m-%d}:"
                f" {settings.min_low_complaints} are needed to train"
            )
        cut = int(np.ceil(len(origins) * (1 - settings.calibration_share)))
        later = origins[cut:]
        horizon = timedelta(hours=settings.horizon_h)
        earlier = [origin for origin in origins[:cut] if origin + horizon <= later[0]]
        if len(earlier) < 2:
            raise NotEnoughHistoryError(f"{len(origins)} origins are too few to train on")
        learn = self._sample(connection, earlier, labels, as_of)
        judge = self._sample(connection, later, labels, as_of)
        model = fit(learn, judge, settings)
        report = self._gates(model, learn, judge, len(origins))
        return Trained(refit(model, learn, judge, settings), report, learn, judge)

    def _origins(self, connection: duckdb.DuckDBPyConnection, as_of: datetime) -> list[datetime]:
        settings = self.settings
        span = queries.frame(connection, "data_span", {"origin": as_of}).iloc[0]
        if pd.isna(span["first_kpi"]) or pd.isna(span["first_ticket"]) or span["cells"] == 0:
            raise NotEnoughHistoryError(f"no cells, KPIs or tickets are known at {as_of}")
        first = max(span["first_kpi"], span["first_ticket"]).to_pydatetime() + WARM_UP
        first = max(first, as_of - timedelta(days=settings.training_days))
        last = as_of - timedelta(hours=settings.horizon_h) - RECORDING
        at_most = max(_MIN_ORIGINS, settings.training_rows // int(span["cells"]))
        origins = training_origins(first, last, zone=self.maker.zone, at_most=at_most)
        for old in [origin for origin in self._kept if origin < first]:
            del self._kept[old]  # in place: trainers of other horizons share it
        if len(origins) < _MIN_ORIGINS:
            raise NotEnoughHistoryError(
                f"{len(origins)} origins with complete outcomes are known at {as_of}:"
                f" {_MIN_ORIGINS} are needed to train; load more history"
            )
        return origins

    def _sample(
        self,
        connection: duckdb.DuckDBPyConnection,
        origins: list[datetime],
        labels: Labels,
        as_of: datetime,
    ) -> Sample:
        values, outcomes = [], []
        for origin in origins:
            if origin not in self._kept:
                made = self.maker.at(connection, origin, training_as_of=as_of)
                self._kept[origin] = made.table.astype("float32")
            values.append(self._kept[origin])
            outcomes.append(labels.after(origin, self._kept[origin].index))
        rows, happened = pd.concat(values), pd.concat(outcomes)
        return Sample(
            rows,
            happened["expected"].to_numpy(float),
            happened["expected_hit"].to_numpy(float),
            rows["tickets_7d"].to_numpy(float),
        )

    def _gates(
        self, model: RiskModel, learn: Sample, judge: Sample, origins: int
    ) -> dict[str, float | int | str]:
        """Figures on the later slice; raises ModelError where one is not good enough."""
        raw = model.raw(judge.table)
        if not np.isfinite(raw).all():
            raise ModelError("the new model gives values that are not finite")
        frame = pd.DataFrame(
            {
                "raw": raw,
                "persistence": judge.tickets_7d,
                "hit": judge.hits,
                "counts": judge.counts,
            }
        )
        ratio = expected_over_observed(frame, "raw", "counts")
        limit = self.settings.calibration_limit
        if not 1 / limit <= ratio <= limit:
            raise ModelError(
                f"the new model expects {ratio:.2f} times what was observed on the later slice;"
                f" allowed is 1/{limit:g} to {limit:g}"
            )
        precision = average_precision(frame, "raw")
        baseline = average_precision(frame, "persistence")
        if not precision > baseline:
            raise ModelError(
                f"the new model's average precision on the later slice, {precision:.3f}, does not"
                f" beat persistence, {baseline:.3f}"
            )
        return {
            "origins": origins,
            "rows": len(learn.table),
            "low_complaints": round(float(learn.counts.sum()), 1),
            "slice_rows": len(judge.table),
            "slice_average_precision": precision,
            "slice_persistence": baseline,
            "slice_expected_over_observed": ratio,
        }

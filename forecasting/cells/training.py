"""Training: which origins to learn from, what followed them, and whether the result may go live."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasting import queries
from forecasting.cells.features import FeatureMaker, shares_of
from forecasting.cells.labels import Labels
from forecasting.cells.risk import RiskModel, Sample, fit, refit
from forecasting.errors import ModelError, NotEnoughHistoryError
from forecasting.metrics import average_precision, expected_over_observed

WARM_UP = timedelta(days=8)  # KPIs needed before the first origin: a normal to compare with
RECORDING = timedelta(hours=12)  # a complaint is recorded at the latest this long after creation
LEAST_SEEN = 1 / 12  # of the horizon: a cell repaired sooner tells nothing of what was to come
_MIN_ORIGINS = 6
_SHARES_REACH = timedelta(days=7)  # see cells.blame
_CALM = 3
_STIRRED = {"pain_24h": 2.0, "pain_72h": 2.0, "tickets_72h": 0.3, "works_ahead": 0.0}
_RECENT_WORKS_H = 96.0


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
    """Local 0, 6, 12 and 18 o'clock from ``first`` to ``last``, thinned evenly to ``at_most``.

    Thinning keeps every third, fifth, … quarter of a day counted from a fixed day: an odd step
    mixes the hours, and which ones are kept does not depend on the day of training.
    """
    local = first.astimezone(ZoneInfo(zone))
    day = local.replace(hour=0, minute=0, second=0, microsecond=0)
    quarters = []
    while day <= last:
        for hour in (0, 6, 12, 18):
            origin = day.replace(hour=hour)
            if first <= origin <= last:
                quarters.append((4 * day.toordinal() + hour // 6, origin.astimezone(UTC)))
        day = (day + timedelta(days=1)).replace(hour=0)
    step = 1
    while len(quarters) > step * at_most:
        step += 2
    return [origin for number, origin in quarters if number % step == 0]


@dataclass(frozen=True)
class _Kept:
    """What is kept of one origin: its rows for the model, how much each stands for, and shares."""

    rows: pd.DataFrame
    weights: npt.NDArray[np.float64]
    shares: pd.DataFrame


def thinned(table: pd.DataFrame, origin: datetime) -> tuple[pd.DataFrame, npt.NDArray[np.float64]]:
    """Rows to learn from: every cell where something is going on, one in three of the calm ones.

    Calm rows are nearly all alike; one stands for three. Which ones are kept goes round from
    origin to origin.
    """
    stirred = pd.Series(False, index=table.index)
    for name, limit in _STIRRED.items():
        stirred |= table[name] > limit
    stirred |= table["works_age_h"] < _RECENT_WORKS_H
    turn = int(origin.timestamp() // 21_600)
    lot = (np.arange(len(table)) + turn) % _CALM == 0
    keep = stirred.to_numpy() | lot
    return table[keep], np.where(stirred.to_numpy(), 1.0, float(_CALM))[keep]


class Trainer:
    """Trains models; keeps the features of origins between the trainings of one run."""

    def __init__(self, maker: FeatureMaker) -> None:
        self.maker, self.settings = maker, maker.settings
        self._kept: dict[datetime, _Kept] = {}
        self._shares: dict[datetime, pd.DataFrame] = {}

    def for_horizon(self, hours: int) -> Trainer:
        """A trainer of the same features for another horizon; what is kept is shared."""
        other = Trainer(self.maker)
        other.settings = self.settings.model_copy(update={"horizon_h": hours})
        other._kept, other._shares = self._kept, self._shares
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
        self._make(connection, origins, as_of)
        learn = self._sample(earlier, labels, origins, as_of)
        judge = self._sample(later, labels, origins, as_of)
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
        at_most = max(_MIN_ORIGINS, 2 * settings.training_rows // int(span["cells"]))
        origins = training_origins(first, last, zone=self.maker.zone, at_most=at_most)
        for kept in (self._kept, self._shares):
            for old in [origin for origin in kept if origin < first]:
                del kept[old]  # in place: trainers of other horizons share it
        if len(origins) < _MIN_ORIGINS:
            raise NotEnoughHistoryError(
                f"{len(origins)} origins with complete outcomes are known at {as_of}:"
                f" {_MIN_ORIGINS} are needed to train; load more history"
            )
        return origins

    def _make(
        self, connection: duckdb.DuckDBPyConnection, origins: list[datetime], as_of: datetime
    ) -> None:
        """Features of the origins, and whose the tickets after them were; in order of time."""
        wanted = set(origins)
        for moment in sorted(wanted | {self._told(o, origins, as_of) for o in origins}):
            if moment in self._kept:
                continue
            if moment in wanted:
                made = self.maker.at(connection, moment, training_as_of=as_of)
                rows, weights = thinned(made.table, moment)
                shares = shares_of(made.tickets)
                self._kept[moment] = _Kept(rows.astype("float32"), weights, shares)
            elif moment not in self._shares:
                since = moment - _SHARES_REACH
                self._shares[moment] = self.maker.shares(connection, moment, since)

    def _told(self, origin: datetime, origins: list[datetime], as_of: datetime) -> datetime:
        """When it is known whose the tickets of the horizon after an origin were.

        The first other origin, or ``as_of``, at which all of them are recorded; where that is too
        late for the hours around them, the moment itself.
        """
        over = origin + timedelta(hours=self.settings.horizon_h) + RECORDING
        later = min((o for o in (*origins, as_of) if o >= over), default=over)
        return later if later - origin <= _SHARES_REACH else over

    def _sample(
        self, origins: list[datetime], labels: Labels, among: list[datetime], as_of: datetime
    ) -> Sample:
        outcomes = []
        for origin in origins:
            told = self._told(origin, among, as_of)
            shares = self._kept[told].shares if told in self._kept else self._shares[told]
            outcomes.append(labels.after(origin, self._kept[origin].rows.index, shares))
        rows = pd.concat([self._kept[origin].rows for origin in origins])
        happened = pd.concat(outcomes)
        weights = np.concatenate([self._kept[origin].weights for origin in origins])
        if (unseen := (happened["seen"] < LEAST_SEEN).to_numpy()).any():
            rows, happened, weights = rows[~unseen], happened[~unseen], weights[~unseen]
        seen = happened["seen"].to_numpy(float)
        return Sample(
            rows,
            happened["expected"].to_numpy(float),
            happened["expected_hit"].to_numpy(float),
            rows["tickets_7d"].to_numpy(float),
            happened["complaints"].to_numpy(float),
            weights,
            seen if (seen < 1).any() else None,
        )

    def _gates(
        self, model: RiskModel, learn: Sample, judge: Sample, origins: int
    ) -> dict[str, float | int | str]:
        """Figures on the later slice; raises ModelError where one is not good enough."""
        raw = model.raw(judge.table)
        if not np.isfinite(raw).all():
            raise ModelError("the new model gives values that are not finite")
        whole = judge.whole()
        frame = pd.DataFrame(
            {
                "raw": raw,
                "persistence": judge.tickets_7d,
                "hit": judge.hits,
                "counts": whole.counts,
            }
        )
        weighted = frame[["raw", "counts"]].mul(whole.weights, axis=0)
        ratio = expected_over_observed(weighted, "raw", "counts")
        limit = self.settings.calibration_limit
        if not 1 / limit <= ratio <= limit:
            raise ModelError(
                f"the new model expects {ratio:.2f} times what was observed on the later slice;"
                f" allowed is 1/{limit:g} to {limit:g}"
            )
        if judge.seen is not None:
            frame = frame[judge.seen >= 1]
        precision = average_precision(frame, "raw")
        baseline = average_precision(frame, "persistence")
        if not precision > baseline:
            raise ModelError(
                f"the new model's average precision on the later slice, {precision:.3f}, does not"
                f" beat persistence, {baseline:.3f}"
            )
        parts = [part.seen for part in (learn, judge) if part.seen is not None]
        repaired = {"repaired_rows": int(sum((p < 1).sum() for p in parts))} if parts else {}
        return {
            "origins": origins,
            "rows": len(learn.table),
            "low_complaints": round(float((learn.weights * learn.counts).sum()), 1),
            **repaired,
            "slice_rows": len(judge.table),
            "slice_average_precision": precision,
            "slice_persistence": baseline,
            "slice_expected_over_observed": ratio,
        }

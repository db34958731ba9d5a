"""Rolling-origin backtest: forecasts of the past, made with what was known then, and judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd

from forecasting import queries
from forecasting.baselines import NAMES as BASELINES
from forecasting.baselines import baselines
from forecasting.calendar import load_calendar
from forecasting.cells.features import FeatureMaker
from forecasting.cells.labels import Labels
from forecasting.cells.risk import RiskModel
from forecasting.cells.score import score_cells
from forecasting.cells.training import Trainer
from forecasting.errors import ForecastingError, ModelError, NotEnoughHistoryError
from forecasting.judge import Judgement, judge
from forecasting.policy import load_policy
from forecasting.regions.judged import RegionJudgement, judge_regions
from forecasting.settings import ForecastingSettings
from forecasting.truth import Truth, read_truth
from ingest.catalogue import Catalogue, load_catalogue

Progress = Callable[[str, float], None]
COLUMNS = [
    "cell_id", "as_of", "expected_low_complaints", "probability", "status", "quiet",
    "low_complaints",
]  # fmt: skip
_FOREVER = datetime(9999, 12, 31, tzinfo=ZoneInfo("UTC"))


@dataclass(frozen=True)
class Backtest:
    """Forecasts of the past and how good they were.

    Attributes:
        forecasts: one row per cell and origin: ``cell_id, as_of, expected_low_complaints,
            probability, status, quiet, low_complaints`` (NaN where the outcome is not known yet).
        rows: the same with all scores (baselines, oracle) and ``hit``.
        judgement: all measures, overall and on quiet cells.
        regions: daily tickets of regions against their intervals.
        details: origins, trainings, warnings.
    """

    forecasts: pd.DataFrame
    rows: pd.DataFrame
    judgement: Judgement
    regions: RegionJudgement
    details: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """For ``--json``; measures that are not defined are None."""
        return {**self.details, **self.judgement.to_json(), "regions": self.regions.to_json()}

    def lines(self) -> list[str]:
        """For people: a table of measures beside all baselines."""
        notes = (f"note: {w}" for w in self.details["warnings"])
        return [*self.judgement.lines(), self.regions.line(), *notes]


def backtest(
    connection: duckdb.DuckDBPyConnection,
    first: date,
    last: date,
    *,
    settings: ForecastingSettings,
    retrain_days: int = 7,
    truth: Path | None = None,
    catalogue: Catalogue | None = None,
    progress: Progress | None = None,
) -> Backtest:
    """Forecast at each local midnight from ``first`` to ``last``, inclusive, and judge.

    Args:
        connection: the warehouse; only the as-of macros are read.
        first: local day of the first origin.
        last: local day of the last origin.
        settings: of forecasting.
        retrain_days: train anew at the first origin and every so many days, on what was known then.
        truth: ``truth/`` of a simulated city: judge by what truly happened, beside the oracle.
            Without it, by the tickets known today, spread over probable cells.
        catalogue: the KPIs; the built-in one by default.
        progress: called with what is done and the share of it, 0 … 1.

    Raises:
        ForecastingError: ``last`` is before ``first``; ``truth`` cannot be read.
        NotEnoughHistoryError: no model could be trained for any origin.
    """
    if last < first:
        raise ForecastingError(f"the backtest ends on {last}, before it begins on {first}")
    known_truth = read_truth(truth) if truth is not None else None
    zone = queries.session_zone(connection)
    maker = FeatureMaker(
        settings, catalogue or load_catalogue(), load_calendar(settings.holiday_country), zone
    )
    run = _Run(connection, maker, Trainer(maker), retrain_days)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    parts = []
    for number, day in enumerate(days):
        if progress is not None:
            progress(f"backtest {day}", number / len(days))
        origin = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
        parts.append(run.at(origin))
    rows = pd.concat(parts, ignore_index=True)
    rows = _with_truth(rows, known_truth) if known_truth is not None else run.with_outcome(rows)
    regions = judge_regions(
        connection,
        [datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)) for day in days],
        run.known_until(),
        settings=settings,
        calendar=maker.calendar,
        zone=zone,
    )
    if progress is not None:
        progress("backtest", 1.0)
    details = {
        "first": first.isoformat(),
        "last": last.isoformat(),
        "origins": len(days),
        "trained_at": run.trained_at,
        "retrain_days": retrain_days,
        "horizon_h": settings.horizon_h,
        "judged_by": "truth" if known_truth is not None else "tickets",
        "warnings": run.warnings,
    }
    scores = ["probability", *BASELINES, *(["oracle"] if known_truth is not None else [])]
    capacity = load_policy(settings.policy_file).capacity(int(rows["cell_id"].nunique()))
    return Backtest(rows[COLUMNS], rows, judge(rows, scores, capacity), regions, details)


class _Run:
    """The state that goes from origin to origin: the newest model, when it was trained."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        maker: FeatureMaker,
        trainer: Trainer,
        retrain_days: int,
    ) -> None:
        self.connection, self.maker, self.trainer = connection, maker, trainer
        self.retrain = timedelta(days=retrain_days)
        self.policy = load_policy(maker.settings.policy_file)
        self.model: RiskModel | None = None
        self.due: datetime | None = None
        self.trained_at: list[str] = []
        self.warnings: list[str] = []

    def at(self, origin: datetime) -> pd.DataFrame:
        """Forecast and baselines of one origin."""
        if self.due is None or origin >= self.due:
            self._train(origin)
        settings = self.maker.settings
        features = self.maker.at(self.connection, origin)
        cells = score_cells(features, self.model, settings=settings, policy=self.policy)
        rules = baselines(features, self.maker.catalogue, settings.horizon_h)
        kept = cells[["cell_id", "expected_low_complaints", "probability", "status", "quiet"]]
        moment = pd.Timestamp(origin).tz_convert("UTC")
        return pd.concat([kept.assign(as_of=moment), rules.reset_index(drop=True)], axis=1)

    def _train(self, origin: datetime) -> None:
        self.due = origin + self.retrain
        try:
            self.model = self.trainer.train(self.connection, origin).model
            self.trained_at.append(origin.date().isoformat())
        except (NotEnoughHistoryError, ModelError) as error:
            self.warnings.append(f"{origin.date()}: {error}")
            self.due = origin + timedelta(days=1)

    def known_until(self) -> datetime:
        """The end of all facts that are known today."""
        span = queries.frame(self.connection, "data_span", {"origin": _FOREVER}).iloc[0]
        newest = max(t for t in (span["newest_kpi"], span["newest_ticket"]) if pd.notna(t))
        return pd.Timestamp(newest).to_pydatetime()

    def with_outcome(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Outcomes from all tickets known today; unknown where the horizon is not over."""
        settings = self.maker.settings
        origins = [moment.to_pydatetime() for moment in sorted(rows["as_of"].unique())]
        inventory = self.maker.inventories.as_of(self.connection, _FOREVER)
        labels = Labels(self.connection, inventory, settings, origins[0], _FOREVER)
        over = self.known_until()
        parts = []
        for origin in origins:
            part = rows[rows["as_of"] == origin]
            complete = origin + timedelta(hours=settings.horizon_h) <= over
            happened = labels.after(origin, pd.Index(part["cell_id"])).reset_index(drop=True)
            known = happened[["low", "hit"]].where(complete)
            parts.append(
                part.assign(low_complaints=known["low"].to_numpy(), hit=known["hit"].to_numpy())
            )
        judged: pd.DataFrame = pd.concat(parts, ignore_index=True)
        return judged


def _with_truth(rows: pd.DataFrame, truth: Truth) -> pd.DataFrame:
    joined = rows.merge(truth.oracle, on=["as_of", "cell_id"], how="left")
    hit = (joined["low_complaints"] > 0).astype(float).where(joined["low_complaints"].notna())
    return joined.assign(hit=np.asarray(hit), oracle=joined["oracle"])

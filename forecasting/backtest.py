"""Rolling-origin backtest: forecasts of the past, made with what was known then, and judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd

from forecasting import queries
from forecasting.calendar import load_calendar
from forecasting.cells.features import FeatureMaker
from forecasting.errors import ForecastingError
from forecasting.judging import report
from forecasting.judging.baselines import NAMES as BASELINES
from forecasting.judging.bootstrap import Resample
from forecasting.judging.causes import CauseHits, cause_hits
from forecasting.judging.judgement import FORECAST, GROUPS, ORACLE, Judgement, judge
from forecasting.judging.lead import LeadTimes
from forecasting.judging.outcomes import FOREVER, FromTickets, FromTruth, known_until
from forecasting.judging.reds import score_leads
from forecasting.judging.replay import Replay
from forecasting.judging.truth import Truth, read_truth
from forecasting.policy import load_policy
from forecasting.regions.judged import RegionJudgement, judge_regions
from forecasting.settings import ForecastingSettings
from ingest.catalogue import Catalogue, load_catalogue

Progress = Callable[[str, float], None]
COLUMNS = [
    "cell_id", "as_of", "expected_low_complaints", "probability", "status", "quiet",
    "low_complaints",
]  # fmt: skip
OTHER_HORIZONS_H = (24, 168)


@dataclass(frozen=True)
class Backtest:
    """Forecasts of the past and how good they were.

    Attributes:
        forecasts: one row per cell and origin: ``cell_id, as_of, expected_low_complaints,
            probability, status, quiet, low_complaints`` (NaN where the outcome is not known yet).
        rows: the same with all scores (baselines, oracle), ``hit``, ``named_cause``, ``region``,
            ``technology`` and ``cause``.
        judgement: all measures of the horizon, with bootstrap intervals.
        horizons: measures by horizon in hours, the main one included.
        leads: lead times by score; ``probability`` are the forecast's reds, the others' are as many
            of their riskiest cells at each origin.
        causes: the named causes against the true ones; None without a truth.
        regions: daily tickets of regions against their intervals.
        details: origins, trainings, warnings.
    """

    forecasts: pd.DataFrame
    rows: pd.DataFrame
    judgement: Judgement
    horizons: dict[int, Judgement]
    leads: dict[str, LeadTimes]
    causes: CauseHits | None
    regions: RegionJudgement
    details: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """For ``--json``; measures that are not defined are None."""
        return {
            **self.details,
            **report.judgement_json(self.judgement, GROUPS),
            "horizons": {
                str(hours): report.judgement_json(made, ()) for hours, made in self.horizons.items()
            },
            "lead_time": report.leads_json(self.leads, self.rows),
            "causes": self.causes.to_json() if self.causes else None,
            "regions": self.regions.to_json(),
        }

    def lines(self, by: tuple[str, ...] = ()) -> list[str]:
        """For people: an overview beside all baselines, and the breakdowns asked for.

        Args:
            by: of ``report.BREAKDOWNS``.
        """
        notes = [f"note: {w}" for w in self.details["warnings"]]
        return [
            report.head(self.details),
            *report.overview(self.judgement),
            *report.horizon_lines(self.horizons),
            *report.lead_lines(self.leads),
            *report.cause_line(self.causes),
            self.regions.line(),
            *report.breakdowns(self.judgement, self.causes, by),
            *notes,
        ]


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
    horizons: tuple[int, ...] = OTHER_HORIZONS_H,
    resamples: int = 1000,
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
        horizons: further horizons in hours, each with a model of its own on the same features.
        resamples: of the bootstrap; 0: no intervals.

    Raises:
        ForecastingError: ``last`` is before ``first``; ``truth`` cannot be read.
        NotEnoughHistoryError: no model could be trained for any origin.
    """
    if last < first:
        raise ForecastingError(f"the backtest ends on {last}, before it begins on {first}")
    known_truth = read_truth(truth) if truth is not None else None
    zone = queries.session_zone(connection)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    origins = [datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)) for day in days]
    calendar = load_calendar(settings.holiday_country)
    maker = FeatureMaker(settings, catalogue or load_catalogue(), calendar, zone)
    until = known_until(connection)
    outcomes = _outcomes(connection, maker, origins[0], known_truth, until)
    asked = tuple(sorted({settings.horizon_h, *horizons}))
    run = Replay(connection, maker, retrain_days, [h for h in asked if outcomes.knows(h)])
    for number, origin in enumerate(origins):
        if progress is not None:
            progress(f"backtest {days[number]}", number / len(days))
        run.at(origin)
    if progress is not None:
        progress("judging", 1.0)
    made = {h: outcomes.add(run.rows(h), h) for h in run.horizons}
    made = {h: _with_groups(rows, known_truth, h) for h, rows in made.items()}
    rows = made[settings.horizon_h]
    scores = [FORECAST, *BASELINES, "logistic", *([ORACLE] if known_truth is not None else [])]
    capacity = load_policy(settings.policy_file).capacity(int(rows["cell_id"].nunique()))
    judged = {}
    for hours, frame in made.items():
        main = hours == settings.horizon_h
        # Blocks as long as the horizon: the outcomes of origins so far apart do not overlap.
        how = Resample(max(1, -(-hours // 24)), settings.seed, resamples)
        judged[hours] = judge(
            frame,
            [score for score in scores if frame[score].notna().all()],
            capacity,
            groups=GROUPS if main else (),
            resample=how if resamples else None,
        )
    complaints = outcomes.complaints()
    regions = judge_regions(
        connection, origins, until, settings=settings, calendar=calendar, zone=zone
    )
    main_scores = list(judged[settings.horizon_h].scores)
    details = {
        "first": first.isoformat(),
        "last": last.isoformat(),
        "origins": len(days),
        "trained_at": run.trained_at,
        "retrain_days": retrain_days,
        "horizon_h": settings.horizon_h,
        "judged_by": "truth" if known_truth is not None else "tickets",
        "warnings": [*run.warnings, *_untold(asked, run.horizons), *not_judged(rows, scores)],
    }
    return Backtest(
        forecasts=rows[COLUMNS],
        rows=rows,
        judgement=judged[settings.horizon_h],
        horizons=judged,
        leads={}
        if complaints is None
        else score_leads(rows, main_scores, complaints, settings.horizon_h, until),
        causes=cause_hits(rows) if known_truth is not None else None,
        regions=regions,
        details=details,
    )


def _outcomes(
    connection: duckdb.DuckDBPyConnection,
    maker: FeatureMaker,
    first: datetime,
    truth: Truth | None,
    until: datetime,
) -> FromTickets | FromTruth:
    if truth is not None:
        return FromTruth(truth, until)
    inventory = maker.inventories.as_of(connection, FOREVER)
    return FromTickets(connection, inventory, maker.settings, first)


def _with_groups(rows: pd.DataFrame, truth: Truth | None, horizon_h: int) -> pd.DataFrame:
    """Adds ``cause``: the true one where there is a truth, else the named one."""
    if truth is None:
        return rows.assign(cause=rows["named_cause"].fillna("none"))
    true = truth.causes(rows, horizon_h)
    return rows.assign(true_cause=true, cause=true)


def not_judged(rows: pd.DataFrame, scores: list[str]) -> list[str]:
    """Scores that were not there at every origin, as a first training on too little leaves them."""
    lacking = [score for score in scores if rows[score].isna().any()]
    return [
        f"{score} is not judged: unknown for {int(rows[score].isna().sum())} of {len(rows)} rows"
        for score in lacking
    ]


def _untold(asked: tuple[int, ...], told: list[int]) -> list[str]:
    return [
        f"{hours} h are not judged: the truth tells nothing of them (simulate the city anew)"
        for hours in asked
        if hours not in told
    ]

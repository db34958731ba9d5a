"""All measures of a backtest in one table: the forecast beside baselines and oracle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from forecasting import metrics
from forecasting.judging import bootstrap

FORECAST, ORACLE = "probability", "oracle"
ONE_PERCENT = 0.01
# Scores that say how probable a complaint is, and the count that each expects, where it tells one.
PROBABILITIES = {
    FORECAST: "expected_low_complaints",
    "logistic": None,
    "last_week_rate": None,
    ORACLE: "oracle_expected",
}
GROUPS = ("region", "technology", "cause")
MEASURES = (
    "average_precision", "precision", "recall", "lift", "precision_1pct", "recall_1pct",
    "lift_1pct", "recall_fp_0_1pct", "recall_fp_1pct", "calibration_error",
    "expected_over_observed",
)  # fmt: skip


@dataclass(frozen=True)
class Judgement:
    """How good the forecasts of one horizon were.

    Attributes:
        table: one row per group, value and score: ``group`` (``all``, ``quiet``, ``region``,
            ``technology``, ``cause``), ``value`` (empty for the first two), ``score``, ``rows``,
            ``positives`` and ``MEASURES``. ``precision``, ``recall`` and ``lift`` are at crew
            capacity, ``…_1pct`` at 1 % of the cells of every origin; in all and on quiet cells
            crews choose among these cells, while regions, technologies and causes share the visits
            that were chosen among all. NaN: not defined.
        reliability: ten bins of equal size; ``scope`` (``all``, ``quiet``), ``rows, forecast,
            observed``.
        intervals: bootstrap intervals (see ``bootstrap.intervals``); empty where not asked for.
        capacity: cells that crews can serve in a day.
    """

    table: pd.DataFrame
    reliability: pd.DataFrame
    intervals: pd.DataFrame
    capacity: int

    def value(self, measure: str, score: str = FORECAST, scope: str = "all") -> float:
        """One measure over all or over quiet cells."""
        row = (self.table["score"] == score) & (self.table["group"] == scope)
        return float(self.table.loc[row, measure].iloc[0])

    @property
    def scores(self) -> tuple[str, ...]:
        """The scores judged, the forecast first."""
        return tuple(dict.fromkeys(self.table["score"]))

    @property
    def rows(self) -> int:
        """Cells and origins judged."""
        return int(self.value("rows"))

    @property
    def positives(self) -> float:
        """Those of them with at least one low-satisfaction complaint."""
        return self.value("positives")

    def share_of_oracle(self, scope: str = "all", measure: str = "average_precision") -> float:
        """A measure as a share of the oracle's; NaN without an oracle."""
        if ORACLE not in self.scores:
            return float("nan")
        best = self.value(measure, ORACLE, scope)
        return self.value(measure, FORECAST, scope) / best if best > 0 else float("nan")


def judge(
    rows: pd.DataFrame,
    scores: list[str],
    capacity: int,
    *,
    groups: tuple[str, ...] = (),
    resample: bootstrap.Resample | None = None,
) -> Judgement:
    """Judge the rows whose outcome and forecast are known.

    Args:
        rows: ``as_of, cell_id, quiet, hit, low_complaints, expected_low_complaints``, the scores,
            ``oracle_expected`` with the oracle, and the columns named by ``groups``.
        scores: columns to rank by, the forecast's ``probability`` first.
        capacity: cells per origin that crews can serve.
        groups: columns whose values are judged one by one.
        resample: how to draw bootstrap intervals; None: none are drawn.
    """
    known = rows[rows["hit"].notna() & rows[FORECAST].notna()].reset_index(drop=True)
    scopes = {"all": known, "quiet": known[known["quiet"]].reset_index(drop=True)}
    table = [row for scope, part in scopes.items() for row in _scope(part, scope, scores, capacity)]
    for group in groups:
        table += _grouped(known, group, scores, capacity)
    bins = [metrics.reliability(part).assign(scope=scope) for scope, part in scopes.items()]
    drawn = pd.DataFrame(columns=list(bootstrap.COLUMNS))
    if resample is not None and len(known):
        drawn = bootstrap.intervals(scopes, scores, capacity, resample)
    return Judgement(pd.DataFrame(table), pd.concat(bins, ignore_index=True), drawn, capacity)


def _scope(
    part: pd.DataFrame, scope: str, scores: list[str], capacity: int
) -> Iterator[dict[str, Any]]:
    for score in scores:
        visits = _Visits(
            metrics.visited(part, capacity, score), metrics.visited(part, ONE_PERCENT, score)
        )
        yield {"group": scope, "value": "", "score": score, **_measures(part, score, visits)}


def _grouped(
    known: pd.DataFrame, group: str, scores: list[str], capacity: int
) -> Iterator[dict[str, Any]]:
    members = known.groupby(known[group].fillna(""), sort=True).indices
    for score in scores:
        crews = metrics.visited(known, capacity, score)
        one = metrics.visited(known, ONE_PERCENT, score)
        for value, at in members.items():
            visits = _Visits(crews[at], one[at])
            part = known.iloc[at]
            yield {"group": group, "value": value, "score": score, **_measures(part, score, visits)}


@dataclass(frozen=True)
class _Visits:
    """Share of a visit that each row gets: at crew capacity, at 1 % of the cells."""

    crews: metrics.Array
    one_percent: metrics.Array


def _measures(part: pd.DataFrame, score: str, visits: _Visits) -> dict[str, float]:
    """``rows, positives`` and ``MEASURES`` of one score on some rows."""
    hits = part["hit"].to_numpy(float)
    base = hits.mean() if len(hits) else float("nan")
    out = {"rows": float(len(hits)), "positives": float(hits.sum())}
    out["average_precision"] = metrics.average_precision(part, score)
    for suffix, made in (("", visits.crews), ("_1pct", visits.one_percent)):
        precision, recall = metrics.of_visits(made, hits)
        out |= {f"precision{suffix}": precision, f"recall{suffix}": recall}
        out[f"lift{suffix}"] = precision / base if base > 0 else float("nan")
    out["recall_fp_0_1pct"] = metrics.recall_at_false_positives(part, 0.001, score)
    out["recall_fp_1pct"] = metrics.recall_at_false_positives(part, 0.01, score)
    out["calibration_error"] = out["expected_over_observed"] = float("nan")
    if score in PROBABILITIES:
        expected = PROBABILITIES[score]
        out["calibration_error"] = metrics.calibration_error(part, probability=score)
        # A rule that gives no count is held against the number of cells that had a complaint.
        out["expected_over_observed"] = (
            metrics.expected_over_observed(part, expected)
            if expected is not None
            else metrics.expected_over_observed(part, score, "hit")
        )
    return {name: float(value) for name, value in out.items()}

"""All measures of a backtest in one place: the forecast beside baselines and oracle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from forecasting import metrics

LABELS = {
    "probability": "forecast",
    "persistence": "persistence (tickets of 7 days)",
    "kpi_rule": "KPI threshold rule",
    "seasonal_naive": "seasonal naive (last week)",
    "oracle": "oracle",
}


@dataclass(frozen=True)
class Judgement:
    """Measures of ranking by score, and of honesty of the forecast.

    Attributes:
        ranking: one row per score and scope (``all``, ``quiet``): ``average_precision,
            precision, recall`` (the latter two at ``capacity`` cells per origin).
        capacity: cells that crews can serve in a day.
        rows: judged rows; ``positives``: cells and origins with at least one complaint.
        calibration_error: mean gap between forecast and observed share in ten bins.
        expected_over_observed: sum of forecast counts over sum of what happened.
        reliability: the ten bins.
    """

    ranking: pd.DataFrame
    capacity: int
    rows: int
    positives: float
    calibration_error: float
    expected_over_observed: float
    reliability: pd.DataFrame

    def value(self, measure: str, score: str = "probability", scope: str = "all") -> float:
        """One measure of the ranking table."""
        row = (self.ranking["score"] == score) & (self.ranking["scope"] == scope)
        return float(self.ranking.loc[row, measure].iloc[0])

    def share_of_oracle(self, scope: str = "all") -> float:
        """Average precision as a share of the oracle's; NaN without an oracle."""
        if "oracle" not in set(self.ranking["score"]):
            return float("nan")
        own, best = (
            self.value("average_precision", score, scope) for score in ("probability", "oracle")
        )
        return own / best if best > 0 else float("nan")

    def to_json(self) -> dict[str, Any]:
        """Plain numbers; None where a measure is not defined."""
        scores: dict[str, Any] = {}
        for row in self.ranking.to_dict("records"):
            measures = {m: _plain(row[m]) for m in ("average_precision", "precision", "recall")}
            scores.setdefault(_name(row["score"]), {})[row["scope"]] = measures
        return {
            "rows": self.rows,
            "positives": round(self.positives, 3),
            "capacity": self.capacity,
            "scores": scores,
            "average_precision_over_oracle": {
                scope: _plain(self.share_of_oracle(scope)) for scope in ("all", "quiet")
            },
            "calibration_error": _plain(self.calibration_error),
            "expected_over_observed": _plain(self.expected_over_observed),
            "reliability": self.reliability.to_dict("records"),
        }

    def lines(self) -> list[str]:
        """A table for the terminal."""
        head = f"{'':34}{'AP':>7}{'quiet':>7}{f'P@{self.capacity}':>8}{'quiet':>7}"
        out = [f"{head}{f'R@{self.capacity}':>8}{'quiet':>7}"]
        for score in dict.fromkeys(self.ranking["score"]):
            cells = [
                self.value(measure, score, scope)
                for measure in ("average_precision", "precision", "recall")
                for scope in ("all", "quiet")
            ]
            text = "".join(f"{v:{w}.3f}" for v, w in zip(cells, (7, 7, 8, 7, 8, 7), strict=True))
            out.append(f"{LABELS.get(score, score):34}{text}")
        share = self.share_of_oracle()
        if np.isfinite(share):
            quiet = self.share_of_oracle("quiet")
            out.append(f"average precision / oracle's: {share:.3f}, on quiet cells {quiet:.3f}")
        out.append(
            f"expected / observed: {self.expected_over_observed:.3f}; calibration error:"
            f" {self.calibration_error:.4f}; {self.rows} forecasts, {self.positives:.0f} came true"
        )
        return out


def judge(rows: pd.DataFrame, scores: list[str], capacity: int) -> Judgement:
    """Judge the rows whose outcome and forecast are known.

    Args:
        rows: ``as_of, cell_id, quiet, hit, low_complaints, expected_low_complaints`` and scores.
        scores: columns to rank by, the forecast's ``probability`` among them.
        capacity: cells per origin that crews can serve.
    """
    known = rows[rows["hit"].notna() & rows["probability"].notna()]
    table = []
    for scope, part in (("all", known), ("quiet", known[known["quiet"]])):
        for score in scores:
            precision, recall = metrics.at_capacity(part, capacity, score)
            table.append((score, scope, metrics.average_precision(part, score), precision, recall))
    columns = ["score", "scope", "average_precision", "precision", "recall"]
    return Judgement(
        ranking=pd.DataFrame(table, columns=columns),
        capacity=capacity,
        rows=len(known),
        positives=float(known["hit"].sum()),
        calibration_error=metrics.calibration_error(known),
        expected_over_observed=metrics.expected_over_observed(known),
        reliability=metrics.reliability(known),
    )


def _plain(value: float) -> float | None:
    return None if not np.isfinite(value) else float(value)


def _name(score: str) -> str:
    return "forecast" if score == "probability" else score

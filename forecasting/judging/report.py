"""What a backtest tells: an overview for the terminal, everything as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from forecasting.judging.bootstrap import RATIO
from forecasting.judging.causes import CauseHits
from forecasting.judging.judgement import FORECAST, GROUPS, MEASURES, ORACLE, Judgement
from forecasting.judging.lead import LeadTimes

LABELS = {
    FORECAST: "forecast",
    "persistence": "persistence, 7 days",
    "kpi_rule": "KPI threshold rule",
    "seasonal_naive": "seasonal naive",
    "last_week_rate": "last week's rate",
    "logistic": "logistic regression",
    ORACLE: "oracle",
}
BREAKDOWNS = (*GROUPS, "calibration", "confusion")
RATIOS = (("average_precision", "all"), ("average_precision", "quiet"), ("precision_1pct", "all"))
_WIDTH = 22


def judgement_json(judged: Judgement, groups: tuple[str, ...]) -> dict[str, Any]:
    """All measures by score; None where one is not defined."""
    names = ["rows", "positives", *MEASURES]
    by_score: dict[str, Any] = {_name(score): {} for score in judged.scores}
    by_group: dict[str, Any] = {group: {} for group in groups}
    for row in judged.table.to_dict("records"):
        told = {name: _plain(row[name]) for name in names}
        if row["group"] in by_group:
            by_group[row["group"]].setdefault(row["value"], {})[_name(row["score"])] = told
        else:
            by_score[_name(row["score"])][row["group"]] = told
    drawn = [
        {**row, "score": _name(row["score"])}
        | {name: _plain(row[name]) for name in ("value", "lower", "upper")}
        for row in judged.intervals.to_dict("records")
    ]
    return {
        "rows": judged.rows,
        "positives": round(judged.positives, 3),
        "capacity": judged.capacity,
        "scores": by_score,
        **({"by": by_group} if groups else {}),
        "average_precision_over_oracle": {
            scope: _plain(judged.share_of_oracle(scope)) for scope in ("all", "quiet")
        },
        "precision_1pct_over_oracle": _plain(judged.share_of_oracle("all", "precision_1pct")),
        "calibration_error": _plain(judged.value("calibration_error")),
        "expected_over_observed": _plain(judged.value("expected_over_observed")),
        "reliability": judged.reliability.to_dict("records"),
        "intervals": drawn,
    }


def leads_json(leads: dict[str, LeadTimes], rows: pd.DataFrame) -> dict[str, Any]:
    """Lead times by score, and the forecast's by region, technology and cause of the first red."""
    told: dict[str, Any] = {_name(score): made.to_json() for score, made in leads.items()}
    if FORECAST not in leads:
        return told
    made = leads[FORECAST]
    keys = rows[["cell_id", "as_of", *GROUPS]].rename(columns={"as_of": "red_since"})
    runs = made.runs.merge(keys, on=["cell_id", "red_since"], how="left")
    told["by"] = {
        group: {
            str(value): LeadTimes(part, made.firsts.iloc[:0]).to_json()
            for value, part in runs.groupby(runs[group].fillna(""))
        }
        for group in GROUPS
    }
    return told


def head(details: dict[str, Any]) -> str:
    """What was judged, in one line."""
    trained = len(details["trained_at"])
    return (
        f"{details['origins']} midnights {details['first']} to {details['last']},"
        f" {details['horizon_h']} h ahead, trained {trained} {'time' if trained == 1 else 'times'},"
        f" judged by the {details['judged_by']}"
    )


def overview(judged: Judgement) -> Iterator[str]:
    """The table of scores, ratios to the oracle with their intervals, calibration."""
    columns = (
        ("AP", "average_precision", "all"), ("quiet", "average_precision", "quiet"),
        (f"P@{judged.capacity}", "precision", "all"), (f"R@{judged.capacity}", "recall", "all"),
        ("lift", "lift", "all"), ("P@1%", "precision_1pct", "all"),
        ("R@1%", "recall_1pct", "all"), ("R.1%FP", "recall_fp_0_1pct", "all"),
        ("R1%FP", "recall_fp_1pct", "all"), ("ECE", "calibration_error", "all"),
    )  # fmt: skip
    yield f"{'':{_WIDTH}}" + "".join(f"{title:>7}" for title, _, _ in columns)
    for score in judged.scores:
        values = [(judged.value(measure, score, scope), measure) for _, measure, scope in columns]
        yield f"{LABELS.get(score, score):{_WIDTH}}" + "".join(
            f"{_number(value, measure):>7}" for value, measure in values
        )
    yield (
        f"{judged.rows} forecasts, {judged.positives:.0f} came true; expected / observed"
        f" {judged.value('expected_over_observed'):.3f}"
        f"{_range(judged, 'expected_over_observed', 'all', FORECAST)}, calibration error"
        f" {judged.value('calibration_error'):.4f}"
    )
    if ORACLE in judged.scores:
        ratios = ", ".join(
            f"{_title(measure, scope)} {judged.share_of_oracle(scope, measure):.3f}"
            f"{_range(judged, measure, scope, RATIO)}"
            for measure, scope in RATIOS
        )
        yield f"forecast / oracle: {ratios}"
    if len(judged.intervals):
        yield "[..]: 90 % bootstrap interval over days; R1%FP: recall at 1 % false positives"


def horizon_lines(horizons: dict[int, Judgement]) -> Iterator[str]:
    """The forecasts of each horizon, one line each; nothing for a single one."""
    if len(horizons) < 2:
        return
    yield "horizons:"
    for hours, judged in sorted(horizons.items()):
        rules = [score for score in judged.scores if score not in (FORECAST, ORACLE)]
        best = max((judged.value("average_precision", rule) for rule in rules), default=np.nan)
        share = judged.share_of_oracle()
        oracle = f", / oracle {share:.3f}" if np.isfinite(share) else ""
        yield (
            f"  {hours:>3} h: AP {judged.value('average_precision'):.3f},"
            f" best baseline {best:.3f}{oracle};"
            f" quiet {judged.value('average_precision', scope='quiet'):.3f};"
            f" P@1% {judged.value('precision_1pct'):.3f};"
            f" expected / observed {judged.value('expected_over_observed'):.3f}, calibration error"
            f" {judged.value('calibration_error'):.4f}"
        )


def lead_lines(leads: dict[str, LeadTimes]) -> Iterator[str]:
    """Lead time of the reds, and how many first complaints red preceded, beside the baselines."""
    if FORECAST not in leads:
        return
    told = leads[FORECAST].to_json()
    if told["runs_with_complaint"]:
        yield (
            f"lead time: {told['runs_with_complaint']} of {told['runs']} runs of red had a"
            f" complaint, after {told['lower_quartile_h']:.0f} / {told['median_h']:.0f} /"
            f" {told['upper_quartile_h']:.0f} h (quartiles), {told['share_24h']:.0%} after a day or"
            " more"
        )
    if told["first_complaints"]:
        others = ", ".join(
            f"{LABELS.get(score, score).split(',')[0]} {share:.0%}"
            for score, made in leads.items()
            if score != FORECAST and (share := made.to_json()["share_preceded_by_red"]) is not None
        )
        yield (
            f"{told['share_preceded_by_red']:.0%} of {told['first_complaints']} first complaints"
            f" were preceded by red (as many cells by {others})"
        )


def cause_line(causes: CauseHits | None) -> Iterator[str]:
    """The hit rate of the named causes."""
    if causes is not None and causes.faulty:
        yield (
            f"cause: right for {causes.hit_rate:.0%} of {causes.faulty} red and yellow cells with a"
            f" fault (always naming the commonest: {causes.commonest:.0%})"
        )


def breakdowns(judged: Judgement, causes: CauseHits | None, by: tuple[str, ...]) -> Iterator[str]:
    """The tables asked for, of ``BREAKDOWNS``."""
    for name in by:
        yield ""
        if name == "calibration":
            yield f"{'scope':10}{'rows':>8}{'forecast':>10}{'observed':>10}"
            for row in judged.reliability.itertuples():
                yield f"{row.scope!s:10}{row.rows:>8}{row.forecast:>10.4f}{row.observed:>10.4f}"
        elif name == "confusion":
            if causes is None:
                yield "confusion of causes: needs --truth"
            else:
                yield from causes.confusion.to_string().splitlines()
        else:
            yield from _group(judged, name)


def _group(judged: Judgement, group: str) -> Iterator[str]:
    """One line a value: the forecast, and the best of each measure among the baselines."""
    table = judged.table[judged.table["group"] == group]
    columns = ("average_precision", "precision_1pct", "recall_1pct")
    yield f"{group:{_WIDTH}}{'cells':>8}{'hits':>7}" + "".join(
        f"{title:>16}" for title in ("AP", "P@1%", "R@1%", "expected/obs")
    )
    for value, part in table.groupby("value", sort=True):
        own = part[part["score"] == FORECAST].iloc[0]
        others = part[~part["score"].isin([FORECAST, ORACLE])]
        text = "".join(f"{own[c]:>8.3f} ({others[c].max():.3f})" for c in columns)
        name = str(value) or "-"
        yield (
            f"{name:{_WIDTH}}{own['rows']:>8.0f}{own['positives']:>7.0f}{text}"
            f"{own['expected_over_observed']:>16.3f}"
        )
    yield "in brackets: the best baseline"


def _range(judged: Judgement, measure: str, scope: str, score: str) -> str:
    table = judged.intervals
    row = table[
        (table["measure"] == measure) & (table["scope"] == scope) & (table["score"] == score)
    ]
    return "" if row.empty else f" [{row['lower'].iloc[0]:.2f} {row['upper'].iloc[0]:.2f}]"


def _title(measure: str, scope: str) -> str:
    short = {"average_precision": "AP", "precision_1pct": "P@1%"}[measure]
    return short if scope == "all" else f"{short} {scope}"


def _number(value: float, measure: str) -> str:
    if not np.isfinite(value):
        return "-"
    return f"{value:.1f}" if measure == "lift" else f"{value:.3f}"


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _name(score: str) -> str:
    return "forecast" if score == FORECAST else score

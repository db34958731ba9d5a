"""The day's first forecast beside rules that anybody could follow: sums that add up over days.

A cell that a crew repaired before any complaint is censored: nobody knows what would have come.
Visits are chosen among all cells, as crews would; censored ones then count neither as visits nor as
complaints, for the forecast and the rules alike.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecasting import metrics
from forecasting.fates.happened import WHOSE
from forecasting.judging.baselines import NAMES as BASELINES

FORECAST = "forecast"
EDGES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.25, 0.4, 0.6)  # lower edges of the reliability bins
COLUMNS = [
    "scope", "score", "cells", "positives", "visits", "found", "visits_1pct", "found_1pct",
    "average_precision", "expected", "observed",
]  # fmt: skip


def censored(rows: pd.DataFrame) -> pd.Series:
    """Was the cell repaired by a work order before any complaint? See ``Happened.after``."""
    complained = (rows["hit"] >= WHOSE) & (rows["first_complaint_at"] <= rows["repaired_at"])
    return rows["repaired_at"].notna() & ~complained


def score_sums(rows: pd.DataFrame, capacity: int) -> pd.DataFrame:
    """Sums of one forecast by scope (``all``, ``quiet``) and score.

    Args:
        rows: cells with a forecast: ``as_of, probability, expected_low_complaints, quiet, hit,
            low_complaints, first_complaint_at, repaired_at`` and the baselines
            (``judging.baselines``).
        capacity: cells that crews can serve in a day.

    Returns:
        ``COLUMNS``; ``average_precision`` is NaN where nothing happened.
    """
    made = []
    for scope, among in (("all", rows), ("quiet", rows[rows["quiet"]])):
        part = among.reset_index(drop=True)
        told = ~censored(part).to_numpy(bool)
        hits = part["hit"].to_numpy(float)[told]
        known = part[told]
        for score in ("probability", *BASELINES):
            crews = metrics.visited(part, capacity, score)[told]
            one = metrics.visited(part, 0.01, score)[told]
            made.append(
                {
                    "scope": scope,
                    "score": FORECAST if score == "probability" else score,
                    "cells": len(known),
                    "positives": hits.sum(),
                    "visits": crews.sum(),
                    "found": (crews * hits).sum(),
                    "visits_1pct": one.sum(),
                    "found_1pct": (one * hits).sum(),
                    "average_precision": metrics.average_precision(known, score),
                    "expected": known["expected_low_complaints"].sum()
                    if score == "probability"
                    else np.nan,
                    "observed": known["low_complaints"].sum(),
                }
            )
    return pd.DataFrame(made)[COLUMNS]


def reliability_sums(rows: pd.DataFrame) -> pd.DataFrame:
    """Forecast and observed cells by bin of probability: ``bin, cells, forecast, observed``.

    Without those that are censored.
    """
    rows = rows[~censored(rows)]
    place = np.searchsorted(EDGES, rows["probability"].to_numpy(float), side="right") - 1
    bins = pd.Series(np.asarray(EDGES)[place], index=rows.index, name="bin")
    grouped = rows.groupby(bins)
    return pd.DataFrame(
        {
            "cells": grouped.size(),
            "forecast": grouped["probability"].sum(),
            "observed": grouped["hit"].sum(),
        }
    ).reset_index()

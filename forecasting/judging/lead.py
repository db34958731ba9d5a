"""Lead time: how long a cell had been red when its customers began to complain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

EPISODE_DAYS = 7  # a complaint with none of its cell in so many days before it is a first one
QUARTILES = (0.25, 0.5, 0.75)
RUN_COLUMNS = ["cell_id", "red_since", "red_until", "complaint_at", "lead_h", "over"]


@dataclass(frozen=True)
class LeadTimes:
    """Runs of reds and what followed them; first complaints and what preceded them.

    A *run* is a row of consecutive forecasts in which a cell is red; it waits for a complaint from
    its beginning until the horizon after its last red is over. Its lead time are the hours from its
    beginning to the first low-satisfaction complaint. A *first complaint* has none of its cell in
    the 7 days before it.

    Attributes:
        runs: one row per run: ``RUN_COLUMNS``; ``complaint_at`` and ``lead_h`` are unknown where
            none came, ``over`` tells whether the wait was over when it was judged.
        firsts: one row per first complaint: ``cell_id, created_at, warned, lead_h``.
    """

    runs: pd.DataFrame
    firsts: pd.DataFrame

    def to_json(self) -> dict[str, Any]:
        """Plain numbers; hours; None where nothing can be said."""
        lead = self.runs["lead_h"].dropna()
        settled = self.runs["over"] | self.runs["complaint_at"].notna()
        quarters = [float(lead.quantile(q)) if len(lead) else None for q in QUARTILES]
        return {
            "runs": int(settled.sum()),
            "runs_with_complaint": len(lead),
            "lower_quartile_h": quarters[0],
            "median_h": quarters[1],
            "upper_quartile_h": quarters[2],
            "share_24h": float((lead >= 24).mean()) if len(lead) else None,
            "first_complaints": len(self.firsts),
            "share_preceded_by_red": float(self.firsts["warned"].mean())
            if len(self.firsts)
            else None,
        }


def lead_times(
    origins: pd.Index,
    reds: pd.DataFrame,
    complaints: pd.DataFrame,
    horizon_h: int,
    known_until: pd.Timestamp,
) -> LeadTimes:
    """Lead times of some forecasts.

    Args:
        origins: all moments forecast at (UTC, ascending).
        reds: ``as_of, cell_id`` of every red.
        complaints: ``cell_id, created_at`` of low-satisfaction complaints known, from 7 days before
            the first origin on.
        horizon_h: hours for which a forecast speaks.
        known_until: complaints created later are not known.
    """
    runs = red_runs(origins, reds)
    complaints = complaints.astype({"cell_id": "str"})  # an empty frame has no type of its own
    horizon = timedelta(hours=horizon_h)
    ends = runs["red_until"] + horizon
    pairs = runs.assign(run=runs.index, ends=ends)[["run", "cell_id", "red_since", "ends"]].merge(
        complaints, on="cell_id"
    )
    after = pairs["created_at"] > pairs["red_since"]
    came = pairs[after & (pairs["created_at"] <= pairs["ends"])].groupby("run")["created_at"].min()
    came = came.reindex(runs.index)
    runs = runs.assign(
        complaint_at=came,
        lead_h=_hours(came - runs["red_since"]),
        over=ends <= known_until,
    )
    return LeadTimes(runs[RUN_COLUMNS], _firsts(origins, runs, complaints, horizon))


def red_runs(origins: pd.Index, reds: pd.DataFrame) -> pd.DataFrame:
    """``cell_id, red_since, red_until`` of every run of consecutive reds, by cell and time."""
    place = origins.get_indexer(pd.Index(reds["as_of"]))
    table = reds[["cell_id", "as_of"]].assign(place=place)
    table = table.sort_values(["cell_id", "place"], ignore_index=True)
    goes_on = (table["cell_id"] == table["cell_id"].shift()) & (table["place"].diff() == 1)
    run = (~goes_on).cumsum()
    grouped = table.groupby(run)
    return pd.DataFrame(
        {
            "cell_id": grouped["cell_id"].first().astype("str"),
            "red_since": grouped["as_of"].min(),
            "red_until": grouped["as_of"].max(),
        }
    ).reset_index(drop=True)


def _firsts(
    origins: pd.Index, runs: pd.DataFrame, complaints: pd.DataFrame, horizon: timedelta
) -> pd.DataFrame:
    """First complaints from the first origin until the next forecast after the last is due."""
    ordered = complaints.sort_values(["cell_id", "created_at"], ignore_index=True)
    gap = ordered.groupby("cell_id")["created_at"].diff()
    first: pd.DataFrame = ordered[gap.isna() | (gap > timedelta(days=EPISODE_DAYS))]
    if len(origins) == 0:
        return first.iloc[:0].assign(warned=False, lead_h=np.nan)
    rhythm = origins[-1] - origins[-2] if len(origins) > 1 else horizon
    inside = (first["created_at"] > origins[0]) & (first["created_at"] <= origins[-1] + rhythm)
    first = first[inside].reset_index(drop=True)
    pairs = first.assign(number=first.index).merge(runs, on="cell_id")
    warned = pairs[
        (pairs["red_since"] < pairs["created_at"])
        & (pairs["created_at"] <= pairs["red_until"] + horizon)
    ]
    since = warned.groupby("number")["red_since"].max().reindex(first.index)
    return first.assign(warned=since.notna(), lead_h=_hours(first["created_at"] - since))


def _hours(span: pd.Series) -> pd.Series:
    hours: pd.Series = span.dt.total_seconds() / 3600
    return hours

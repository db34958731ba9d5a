"""What a forecaster must beat: rules that anybody could follow without a model."""

from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd

from forecasting.cells.features import CellFeatures
from ingest.catalogue import Catalogue

NAMES = ("persistence", "kpi_rule", "seasonal_naive")


def baselines(features: CellFeatures, catalogue: Catalogue, horizon_h: int) -> pd.DataFrame:
    """Scores of each rule by cell; higher is riskier.

    ``persistence``: tickets of the last 7 days (attributed), as a cell that had complaints will
    have more. ``kpi_rule``: share of (hour, KPI) pairs of the last 24 h beyond the catalogue's
    limits, times the users of the cell, as an alarm list sorted by size would have it.
    ``seasonal_naive``: known low-satisfaction complaints of the same hours one week before.
    """
    table = features.table
    limits = [f"{kpi.name}.beyond_24h" for kpi in catalogue.kpis if kpi.limit is not None]
    beyond = table[[name for name in limits if name in table]].mean(axis=1).fillna(0.0)
    return pd.DataFrame(
        {
            "persistence": table["tickets_7d"],
            "kpi_rule": beyond * table["users_24h"].fillna(0.0),
            "seasonal_naive": _last_week(features, horizon_h),
        }
    )


def _last_week(features: CellFeatures, horizon_h: int) -> pd.Series:
    start: datetime = features.origin - timedelta(days=7)
    tickets = features.tickets
    created = tickets["created_at"]
    inside = tickets[(created > start) & (created <= start + timedelta(hours=horizon_h))]
    low = inside["weight"] * inside["low"].fillna(0.0)
    return low.groupby(inside["cell_id"]).sum().reindex(features.table.index, fill_value=0.0)

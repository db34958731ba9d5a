"""What a forecaster must beat: rules that anybody could follow without a model."""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb
import numpy as np
import pandas as pd

from forecasting import queries
from ingest.catalogue import Catalogue

NAMES = ("persistence", "kpi_rule", "seasonal_naive", "last_week_rate")
TICKET_DAYS = 7  # what the rules look back for


def baselines(
    connection: duckdb.DuckDBPyConnection,
    origin: datetime,
    cells: pd.Index,
    tickets: pd.DataFrame,
    *,
    catalogue: Catalogue,
    horizon_h: int,
) -> pd.DataFrame:
    """Scores of each rule by cell; higher is riskier.

    ``persistence``: tickets of the last 7 days (attributed), as a cell that had complaints will
    have more. ``kpi_rule``: share of the hours of the last 24 h beyond the catalogue's limit, mean
    over the KPIs, times the users of the cell, as an alarm list sorted by size would have it.
    ``seasonal_naive``: known low-satisfaction complaints of the same hours one week before.
    ``last_week_rate``: the chance of at least one low-satisfaction complaint if they go on to come
    as often as those of the last 7 days that are known to be low.

    Args:
        connection: the warehouse; KPIs as known at the origin are read.
        origin: aware.
        cells: cell_ids, in order.
        tickets: attributed tickets as known at the origin (see ``cells.tickets``), of 7 days or
            more.
        catalogue: limits of the KPIs.
        horizon_h: hours ahead.
    """
    age = origin - tickets["created_at"]
    week = tickets[(age >= timedelta()) & (age < timedelta(days=TICKET_DAYS))]
    again = week[week["created_at"] <= origin - timedelta(days=TICKET_DAYS, hours=-horizon_h)]
    rate = _sums(_low(week), week, cells) * horizon_h / (24 * TICKET_DAYS)
    return pd.DataFrame(
        {
            "persistence": _sums(week["weight"], week, cells),
            "kpi_rule": kpi_rule(connection, origin, catalogue).reindex(cells).fillna(0.0),
            "seasonal_naive": _sums(_low(again), again, cells),
            "last_week_rate": -np.expm1(-rate),
        },
        index=cells,
    )


def kpi_rule(
    connection: duckdb.DuckDBPyConnection, origin: datetime, catalogue: Catalogue
) -> pd.Series:
    """The threshold rule's score by ``cell_id``; cells without KPIs in the last 24 h are not in."""
    limits: dict[str, list[float | None]] = {}
    for kpi in catalogue.kpis:
        limits[f"limit_{kpi.name}"] = [kpi.limit]
        limits[f"sign_{kpi.name}"] = [1.0 if kpi.worse == "higher" else -1.0]
    queries.put(connection, "fc_limits", pd.DataFrame(limits, dtype="float64"))
    rows = queries.frame(connection, "rule_kpis", {"origin": origin}, catalogue.names)
    rows = rows.set_index("cell_id")
    known = rows[[f"known_{name}" for name in catalogue.names]].to_numpy(float)
    beyond = rows[[f"beyond_{name}" for name in catalogue.names]].to_numpy(float)
    share = np.divide(beyond, known, out=np.full(known.shape, np.nan), where=known > 0)
    count = np.isfinite(share).sum(axis=1)
    total = np.nansum(share, axis=1)
    mean = np.divide(total, count, out=np.zeros(len(total)), where=count > 0)
    return pd.Series(mean * rows["users"].fillna(0.0).to_numpy(float), index=rows.index)


def _low(tickets: pd.DataFrame) -> pd.Series:
    return tickets["weight"] * tickets["low"].fillna(0.0)


def _sums(values: pd.Series, tickets: pd.DataFrame, cells: pd.Index) -> pd.Series:
    return values.groupby(tickets["cell_id"]).sum().reindex(cells, fill_value=0.0)

"""Repairs by work orders, cell by cell: after one, nobody knows what would have come without it."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pandas as pd

from forecasting import queries


def repairs_between(
    connection: duckdb.DuckDBPyConnection,
    cells: pd.DataFrame,
    since: datetime,
    known_at: datetime,
) -> pd.DataFrame:
    """Repairs reported after a moment, as known at another; by time.

    Args:
        connection: the warehouse, with the mirror of the work orders.
        cells: ``site_id, cell_id`` of the inventory.
        since: aware.
        known_at: aware; what was reported later is not looked at.

    Returns:
        ``cell_id, repaired_at``: the cells that an order named, and all others of its site.
    """
    span: dict[str, queries.Value] = {"known_at": known_at, "since": since, "until": known_at}
    found = queries.frame(connection, "order_repairs", span)
    own = found[["cell_ids", "repaired_at"]].explode("cell_ids")
    own = own.rename(columns={"cell_ids": "cell_id"}).dropna(subset=["cell_id"])
    site = found[["site_id", "repaired_at"]].dropna(subset=["site_id"])
    shared = site.merge(cells[["site_id", "cell_id"]], on="site_id")[["cell_id", "repaired_at"]]
    both = pd.concat([own, shared]).astype({"cell_id": "str"}).drop_duplicates()
    return both.sort_values(["repaired_at", "cell_id"], ignore_index=True)


def first_repairs(repairs: pd.DataFrame, after: datetime, until: datetime) -> pd.Series:
    """The first repair of each cell in a span, by ``cell_id``; ``repairs`` come by time."""
    at = repairs["repaired_at"]
    inside = repairs[(at > pd.Timestamp(after)) & (at <= pd.Timestamp(until))]
    return inside.drop_duplicates("cell_id").set_index("cell_id")["repaired_at"]

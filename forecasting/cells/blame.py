"""Whose complaint was it: a place names several cells, what users suffered tells them apart.

A ticket without a cell is spread over the probable serving cells by geometry (``geo.locate``). Of
two cells that serve the same place alike, the one whose users suffered just before is the likelier
one to have been complained about, and the one with more users. By Bayes' rule the chance of a cell
is the geometric one times the complaints it lets expect:

    chance ∝ geometry x subscribers x (1 + WORTH x pain)

with the pain of the 24 hours before the complaint. What came after it plays no part.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb
import numpy as np
import pandas as pd

from forecasting import queries
from forecasting.cells.attribution import on_grid
from forecasting.cells.inventory import Inventory

WORTH = 0.5  # complaints that one stray of pain adds, relative to those without a cause
_REACH = timedelta(days=7)  # hours are at hand for eight days: older tickets keep the geometry


def sharpen(
    connection: duckdb.DuckDBPyConnection,
    tickets: pd.DataFrame,
    origin: datetime,
    inventory: Inventory,
    kpis: tuple[str, ...],
) -> pd.DataFrame:
    """Tickets (``cells.tickets.attributed``) with the chances of their cells weighed anew.

    Only tickets that were attributed by position and are at most seven days old change; the
    weights of each ticket still sum to 1.

    Args:
        connection: the warehouse, with ``fc_hours`` as known at ``origin``.
        tickets: one row per ticket and probable cell.
        origin: aware.
        inventory: subscribers of the cells.
        kpis: KPI columns.
    """
    young = (tickets["attribution"] == "position") & (tickets["created_at"] > origin - _REACH)
    if not young.any():
        return tickets
    pairs = tickets.loc[young, ["ticket_id", "cell_id", "created_at"]]
    queries.put(connection, "fc_pairs", pairs)
    found = queries.frame(connection, "ticket_blame", None, kpis)
    pain = pairs.merge(found, on=["ticket_id", "cell_id"], how="left")["pain"].fillna(0.0)
    subscribers = inventory.cells.set_index("cell_id")["subscribers"].astype(float)
    typical = subscribers.median()
    users = pairs["cell_id"].map(subscribers).fillna(1.0 if np.isnan(typical) else typical)
    weight = tickets.loc[young, "weight"] * users * (1 + WORTH * pain.to_numpy())
    weight /= weight.groupby(tickets.loc[young, "ticket_id"]).transform("sum")
    return tickets.assign(weight=tickets["weight"].where(~young, on_grid(weight)))

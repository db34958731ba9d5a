"""The facts beside the forecast: tickets, works, events, earlier forecasts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from dashboard.publish import queries
from forecasting.cells.inventory import Inventory
from forecasting.cells.serving_regions import ticket_regions
from forecasting.cells.tickets import attributed, reweighed

if TYPE_CHECKING:
    import duckdb

TICKETS_BACK = timedelta(days=90)
PLANS_BACK, PLANS_AHEAD = timedelta(days=30), timedelta(days=14)
HISTORY_BACK = timedelta(days=35)
ALARMS_BACK = timedelta(days=365)


def tickets(
    connection: duckdb.DuckDBPyConnection,
    as_of: datetime,
    inventory: Inventory,
    limit: int,
    shares: pd.DataFrame,
) -> pd.DataFrame:
    """One row per ticket and attributed cell, as in the snapshot's ``tickets``.

    Args:
        connection: the warehouse.
        as_of: nothing that became known later is in it.
        inventory: the cells and regions known then.
        limit: satisfaction at or below it is low.
        shares: ``ticket_id, cell_id, weight`` by which the forecast counted the newest tickets.
    """
    known = queries.frame(connection, "tickets", {"as_of": as_of, "since": as_of - TICKETS_BACK})
    placed = shares.loc[shares["attribution"] == "position"]
    rows = reweighed(attributed(known, inventory, limit), placed)
    return rows.assign(
        region_id=ticket_regions(rows, inventory.cells, inventory.regions),
        low=rows["low"].map({1.0: True, 0.0: False}).astype(object),
    )


def works(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> pd.DataFrame:
    """Works known at ``as_of``, from 30 days back to 14 ahead."""
    return queries.frame(connection, "works", _plans(as_of))


def events(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> pd.DataFrame:
    """Events known at ``as_of``, from 30 days back to 14 ahead."""
    return queries.frame(connection, "events", _plans(as_of))


def alarms(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> pd.DataFrame:
    """Alarms known at ``as_of``: of the last 30 days, and older ones that still stand."""
    span = {"as_of": as_of, "since": as_of - PLANS_BACK, "oldest": as_of - ALARMS_BACK}
    return queries.frame(connection, "alarms", span)


def history(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> pd.DataFrame:
    """Counts by status of the forecasts of the last 35 days, this one included."""
    return queries.frame(connection, "history", {"as_of": as_of, "since": as_of - HISTORY_BACK})


def _plans(as_of: datetime) -> dict[str, datetime]:
    return {"as_of": as_of, "since": as_of - PLANS_BACK, "until": as_of + PLANS_AHEAD}

"""What happened after an origin: low-satisfaction complaints of every cell within the horizon."""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb
import numpy as np
import pandas as pd

from forecasting import queries
from forecasting.cells.inventory import Inventory
from forecasting.cells.repairs import first_repairs, repairs_between
from forecasting.cells.tickets import attributed, chance_of_low
from forecasting.settings import ForecastingSettings


class Labels:
    """Outcomes of origins since a moment, from the tickets as they are known at ``known_at``.

    Two outcomes per cell. ``low`` counts complaints known to be low; it is what forecasts are
    judged by. ``expected`` counts every complaint with its chance of ending as a low one
    (see ``chance_of_low``); it is what models learn from.

    A repair by a work order ends what can be seen of a cell: it was repaired, and then it was
    quiet; that says nothing of cells that nobody repairs. So outcomes are counted up to the first
    repair within the horizon, and ``seen`` tells how much of the horizon that is.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        inventory: Inventory,
        settings: ForecastingSettings,
        since: datetime,
        known_at: datetime,
    ) -> None:
        self.settings = settings
        span: dict[str, queries.Value] = {"known_at": known_at, "since": since, "until": known_at}
        known = queries.frame(connection, "tickets_whose", span)
        limit = settings.low_satisfaction_limit
        chance = chance_of_low(known, limit)
        tickets = attributed(known.assign(chance=chance), inventory, limit)
        tickets = tickets.drop(columns="description")
        self.tickets = tickets[tickets["cell_id"].notna()].sort_values(
            ["cell_id", "created_at", "ticket_id"], ignore_index=True
        )
        self.repairs = repairs_between(connection, inventory.cells, since, known_at)
        self.low_complaints = float((self.tickets["weight"] * self.tickets["chance"]).sum())

    def after(
        self, origin: datetime, cells: pd.Index, shares: pd.DataFrame | None = None
    ) -> pd.DataFrame:
        """Outcomes of one origin, indexed by ``cells``.

        Args:
            origin: aware.
            cells: cell_ids, in order.
            shares: ``ticket_id, cell_id, weight``: whose these tickets were, better known than
                without what users felt (see ``cells.blame``).

        Returns:
            ``complaints`` (all), ``low`` and ``expected`` (counts; fractions where a ticket was
            spread over cells), ``hit`` and ``expected_hit``, the chance that at least one of
            them was the cell's, and ``seen``: the share of the horizon before a repair.
        """
        until = origin + timedelta(hours=self.settings.horizon_h)
        created = self.tickets["created_at"]
        inside = self.tickets[(created > origin) & (created <= until)]
        if shares is not None:
            inside = _told(inside, shares)
        repaired = first_repairs(self.repairs, origin, until)
        if len(repaired):
            end = inside["cell_id"].map(repaired)
            inside = inside[~(inside["created_at"] > end)]
        known = inside["weight"] * inside["low"].fillna(0.0)
        likely = inside["weight"] * inside["chance"]
        sums = pd.DataFrame(
            {
                "complaints": inside["weight"],
                "low": known,
                "expected": likely,
                "hit": np.log1p(-known.clip(upper=1 - 1e-12)),
                "expected_hit": np.log1p(-likely.clip(upper=1 - 1e-12)),
            }
        )
        out = sums.groupby(inside["cell_id"]).sum().reindex(cells, fill_value=0.0)
        out[["hit", "expected_hit"]] = -np.expm1(out[["hit", "expected_hit"]])
        seen = (repaired - pd.Timestamp(origin)) / pd.Timedelta(hours=self.settings.horizon_h)
        return out.astype(float).assign(seen=seen.astype(float).reindex(cells).fillna(1.0))


def _told(tickets: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """Attributed tickets; those in ``shares`` with these cells and weights instead of their own."""
    better = tickets["ticket_id"].isin(shares["ticket_id"])
    of_them = tickets[better].drop_duplicates("ticket_id").drop(columns=["cell_id", "weight"])
    merged = of_them.merge(shares[["ticket_id", "cell_id", "weight"]], on="ticket_id")
    rows = pd.concat([tickets[~better], merged], ignore_index=True)
    return rows.sort_values(["cell_id", "created_at", "ticket_id"], ignore_index=True)

"""What was known at a moment about a stretch of time: complaints, works and repairs by cell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import pandas as pd

from forecasting import queries
from forecasting.cells.inventory import Inventory
from forecasting.cells.repairs import repairs_between
from forecasting.cells.tickets import attributed

WHOSE = 0.5  # a ticket spread over cells is a complaint of one that is at least as probable as this
WORKS, ORDER = "works", "order"
"""By what a cell was treated: works that began, or a work order reported as repaired."""


@dataclass(frozen=True)
class Happened:
    """Facts of a span, as known at a moment.

    Attributes:
        complaints: low-satisfaction complaints: ``cell_id, created_at, weight``, by time.
        treatments: ``cell_id, at, by``, by time: works that began on the cell or its site, and work
            orders of the cell or its site that were reported as repaired.
    """

    complaints: pd.DataFrame
    treatments: pd.DataFrame

    @classmethod
    def read(
        cls,
        connection: duckdb.DuckDBPyConnection,
        inventory: Inventory,
        since: datetime,
        known_at: datetime,
        limit: int,
    ) -> Happened:
        """Facts from ``since`` on that were known at ``known_at``; scores at the limit are low."""
        span: dict[str, queries.Value] = {"known_at": known_at, "since": since, "until": known_at}
        known = queries.frame(connection, "tickets_whose", span)
        tickets = attributed(known, inventory, limit)
        low = tickets[(tickets["low"] == 1) & tickets["cell_id"].notna()]
        order = ["created_at", "cell_id", "ticket_id"]
        complaints = low.sort_values(order)[["cell_id", "created_at", "weight"]]
        works = queries.frame(connection, "works_between", span)
        repairs = repairs_between(connection, inventory.cells, since, known_at)
        return cls(
            complaints.astype({"cell_id": "str"}).reset_index(drop=True),
            _in_order([_worked(works, inventory.cells), _repaired(repairs)]),
        )

    def after(self, as_of: datetime, horizon_h: int) -> pd.DataFrame:
        """Cells to which something happened within the horizon, indexed by ``cell_id``.

        Returns:
            ``low_complaints`` (count; a fraction where a ticket was spread over cells), ``hit``
            (chance that at least one was the cell's), ``first_complaint_at`` (of those that are
            more probably the cell's than not, else of any), ``treated_at`` (the first treatment),
            ``treatment`` (``works`` or ``order``) and ``repaired_at`` (the first by an order).
        """
        until = as_of + timedelta(hours=horizon_h)
        came = _between(self.complaints, "created_at", as_of, until)
        whose = came.assign(
            none=1 - came["weight"],
            surely=came["created_at"].where(came["weight"] >= WHOSE),
        )
        by_cell = whose.groupby("cell_id")
        treated = _between(self.treatments, "at", as_of, until)
        done = treated.drop_duplicates("cell_id").set_index("cell_id")
        orders = treated[treated["by"] == ORDER].drop_duplicates("cell_id").set_index("cell_id")
        table = pd.DataFrame(
            {
                "low_complaints": by_cell["weight"].sum(),
                "hit": 1 - by_cell["none"].prod(),
                "first_complaint_at": by_cell["surely"].min().fillna(by_cell["created_at"].min()),
                "treated_at": done["at"],
                "treatment": done["by"],
                "repaired_at": orders["at"],
            }
        ).rename_axis("cell_id")
        return table.fillna({"low_complaints": 0.0, "hit": 0.0})


def _repaired(repairs: pd.DataFrame) -> pd.DataFrame:
    return repairs.rename(columns={"repaired_at": "at"}).assign(by=ORDER)


def _worked(works: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Works on a site touch all its cells; those of a whole region treat no cell in particular."""
    own = works[works["cell_id"].notna()][["cell_id", "starts_at"]]
    site = works[works["cell_id"].isna() & works["site_id"].notna()][["site_id", "starts_at"]]
    shared = site.merge(cells[["site_id", "cell_id"]], on="site_id")[["cell_id", "starts_at"]]
    return pd.concat([own, shared]).rename(columns={"starts_at": "at"}).assign(by=WORKS)


def _in_order(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """By time; of two at the same moment the order comes first."""
    kinds = {"cell_id": "str", "at": "datetime64[us, UTC]", "by": "str"}
    both = pd.concat(parts, ignore_index=True).astype(kinds)
    return both.sort_values(["at", "cell_id", "by"], ignore_index=True)


def _between(table: pd.DataFrame, column: str, after: datetime, until: datetime) -> pd.DataFrame:
    """Rows of a table in order of ``column``, after one moment and up to another."""
    times = table[column]
    first = int(times.searchsorted(pd.Timestamp(after), side="right"))
    last = int(times.searchsorted(pd.Timestamp(until), side="right"))
    return table.iloc[first:last]

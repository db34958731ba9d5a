"""What followed each forecast: from the tickets known today, or from the truth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import duckdb
import numpy as np
import pandas as pd

from forecasting import queries
from forecasting.cells.inventory import Inventory
from forecasting.cells.labels import Labels
from forecasting.judging.lead import EPISODE_DAYS
from forecasting.judging.truth import Truth
from forecasting.settings import ForecastingSettings

FOREVER = datetime(9999, 12, 31, tzinfo=UTC)
_WHOSE = 0.5  # a ticket spread over cells counts as a complaint of one that is as probable as this


def known_until(connection: duckdb.DuckDBPyConnection) -> datetime:
    """The end of all facts that are known today."""
    span = queries.frame(connection, "data_span", {"origin": FOREVER}).iloc[0]
    newest = max(t for t in (span["newest_kpi"], span["newest_ticket"]) if pd.notna(t))
    return pd.Timestamp(newest).to_pydatetime()


class FromTickets:
    """Outcomes as the tickets known today have them, spread over probable cells."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        inventory: Inventory,
        settings: ForecastingSettings,
        first: datetime,
    ) -> None:
        self.settings, self.until = settings, known_until(connection)
        since = first - timedelta(days=EPISODE_DAYS)
        self._labels = Labels(connection, inventory, settings, since, FOREVER)
        self._build = (connection, inventory, since)

    def knows(self, horizon_h: int) -> bool:
        """Any horizon can be told from tickets."""
        return horizon_h > 0

    def add(self, rows: pd.DataFrame, horizon_h: int) -> pd.DataFrame:
        """The rows with ``low_complaints`` and ``hit``; NaN where nobody knows."""
        connection, inventory, since = self._build
        labels = self._labels
        if horizon_h != self.settings.horizon_h:
            settings = self.settings.model_copy(update={"horizon_h": horizon_h})
            labels = Labels(connection, inventory, settings, since, FOREVER)
        parts = []
        for origin, part in rows.groupby("as_of", sort=True):
            moment = pd.Timestamp(str(origin)).to_pydatetime()
            complete = moment + timedelta(hours=horizon_h) <= self.until
            happened = labels.after(moment, pd.Index(part["cell_id"]))
            # A cell repaired before any complaint: nobody knows what would have come.
            known = (happened["seen"] >= 1) | (happened["hit"] >= _WHOSE)
            told = np.where(known.to_numpy() & complete, 1.0, np.nan)
            parts.append(
                part.assign(
                    low_complaints=told * happened["low"].to_numpy(float),
                    hit=told * happened["hit"].to_numpy(float),
                )
            )
        return pd.concat(parts, ignore_index=True)

    def complaints(self) -> pd.DataFrame:
        """``cell_id, created_at`` of known low-satisfaction complaints of a probable cell."""
        tickets = self._labels.tickets
        whose = (tickets["low"] == 1) & (tickets["weight"] >= _WHOSE)
        return tickets.loc[whose, ["cell_id", "created_at"]].reset_index(drop=True)


class FromTruth:
    """Outcomes as the simulator has them, by true cell, beside its oracle."""

    def __init__(self, truth: Truth, until: datetime) -> None:
        self.truth, self.until = truth, until

    def knows(self, horizon_h: int) -> bool:
        """The horizons that the simulator was asked for."""
        return self.truth.knows(horizon_h)

    def add(self, rows: pd.DataFrame, horizon_h: int) -> pd.DataFrame:
        """As ``FromTickets.add``, and ``oracle, oracle_expected``."""
        joined = rows.merge(self.truth.at_horizon(horizon_h), on=["as_of", "cell_id"], how="left")
        hit = (joined["low_complaints"] > 0).astype(float).where(joined["low_complaints"].notna())
        return joined.assign(hit=np.asarray(hit))

    def complaints(self) -> pd.DataFrame | None:
        """``cell_id, created_at`` of low-satisfaction complaints; None where it tells no times."""
        return self.truth.complaints

"""When no model may be used: a smoothed rate of each cell, labelled as what it is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecasting.cells.features import TICKET_DAYS, CellFeatures
from forecasting.cells.tickets import chance_of_low

LABEL = "fallback:smoothed_rate"
_PRIOR_COMPLAINTS = 2.0  # how many complaints a cell needs before its own rate outweighs the city's


def smoothed_rate(features: CellFeatures, horizon_h: int, limit: int) -> pd.DataFrame:
    """Expected complaints from the last 28 days alone (gamma-Poisson shrinkage).

    Each cell's rate is its own count drawn to what its subscribers would let expect; unscored
    tickets enter by their chance of being low.

    Returns:
        ``expected_low_complaints`` and ``probability`` by cell; NaN for all cells while no ticket
        at all is known: then nothing is known about complaints.
    """
    cells = features.table.index
    tickets = features.tickets
    if tickets.empty:
        return pd.DataFrame(np.nan, index=cells, columns=["expected_low_complaints", "probability"])
    age = pd.Timestamp(features.origin).tz_convert("UTC") - tickets["created_at"]
    one = tickets.drop_duplicates("ticket_id").assign(age_h=age.dt.total_seconds() / 3600)
    chance = pd.Series(chance_of_low(one, limit).to_numpy(), index=one["ticket_id"].to_numpy())
    counts = tickets["weight"] * tickets["ticket_id"].map(chance)
    own = counts.groupby(tickets["cell_id"]).sum().reindex(cells, fill_value=0.0)
    subscribers = features.table["subscribers"]
    share = subscribers.fillna(subscribers.median()).fillna(1.0)
    usual = own.sum() * share / share.sum()
    rate = usual * (own + _PRIOR_COMPLAINTS) / (usual + _PRIOR_COMPLAINTS)
    expected = rate * horizon_h / (24 * TICKET_DAYS)
    return pd.DataFrame({"expected_low_complaints": expected, "probability": -np.expm1(-expected)})

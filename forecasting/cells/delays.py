"""Nowcast: how many complaints of the last hours are not recorded yet.

Between a complaint and its record lie minutes or hours, so the newest hours always look calmer
than they were. The share of complaints recorded within some hours is learned from those old enough
to be complete; each recorded complaint of that age then stands for 1 / share of them.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd

_COMPLETE_H = 48.0  # tickets this old are taken to be all recorded
_MIN_TICKETS = 50
_LEAST = 0.25  # one complaint never stands for more than four
_GRID = 2.0**12


def worth(tickets: pd.DataFrame, origin: datetime) -> pd.Series:
    """How many complaints each recorded one stands for, 1 … 4, by the index of ``tickets``.

    Args:
        tickets: ``ticket_id, created_at, recorded_at`` as known at ``origin``; several rows of one
            ticket are one ticket. Without ``recorded_at`` a ticket is taken as recorded at once.
        origin: aware.
    """
    age = (pd.Timestamp(origin) - tickets["created_at"]).dt.total_seconds() / 3600
    delay = (tickets["recorded_at"] - tickets["created_at"]).dt.total_seconds() / 3600
    once = ~tickets["ticket_id"].duplicated()
    settled = np.sort(delay.fillna(0.0)[once & (age > _COMPLETE_H)].to_numpy(float))
    if len(settled) < _MIN_TICKETS:
        return pd.Series(1.0, index=tickets.index)
    recorded = np.searchsorted(settled, age.to_numpy(float), side="right") / len(settled)
    share = np.where(age > _COMPLETE_H, 1.0, np.maximum(recorded, _LEAST))
    return pd.Series(np.round(_GRID / share) / _GRID, index=tickets.index)

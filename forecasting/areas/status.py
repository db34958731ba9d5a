"""The table of regions: sums of their cells, expected tickets, colour."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecasting.areas.assess import ASSESSED
from forecasting.areas.regions import COUNTS, assess_regions
from forecasting.cells.inventory import Inventory
from forecasting.policy import Policy, colour_ticket_regions
from forecasting.regions.counts import Counts
from forecasting.regions.forecast import RegionForecast

_USUAL_DAYS = 28
_OUT = [
    "region_id", "name", "parent_id", "level", "subscribers", "status", "expected_low_complaints",
    "rate_per_10k", "quality_index", "cells", "red_cells", "yellow_cells", "unknown_cells",
    "expected_tickets", "expected_tickets_lower", "expected_tickets_upper", "usual_low_complaints",
    "usual_tickets", "rate_shrunk", "probability", "usual_shrunk", "ratio", "ratio_lower",
    "ratio_upper",
]  # fmt: skip


def region_table(
    inventory: Inventory,
    cells: pd.DataFrame | None,
    counts: Counts,
    tickets: RegionForecast,
    *,
    policy: Policy,
    horizon_h: int,
) -> pd.DataFrame:
    """One row per region, in the order of ``region_id``.

    Args:
        inventory: regions (and cells) known at the origin.
        cells: scored cells (see ``cells.score``); None in tickets mode.
        counts: daily counts before the origin.
        tickets: forecast of all tickets.
        policy: colour rules.
        horizon_h: hours ahead.

    Returns:
        The snapshot's columns without label positions, ``usual_low_complaints`` and
        ``usual_tickets`` (mean of the last 28 days over the same length of time), and what
        ``areas.assess`` adds. What is not known is NaN; nothing is made up: without cells no
        quality and no low complaints, without subscribers no rate.
    """
    regions = pd.DataFrame(inventory.regions.drop(columns="geometry"))
    index = pd.Index(regions["region_id"])
    table = regions.set_index("region_id", drop=False).rename_axis(None)
    table = table.assign(subscribers=table["subscribers"].astype(float))
    table = table.join(tickets.totals.set_index("region_id"))
    table["usual_tickets"] = _usual(counts.tickets, horizon_h).reindex(index)
    if cells is None:
        unknown = dict.fromkeys(("expected_low_complaints", "quality_index", *ASSESSED), np.nan)
        table = table.assign(**unknown, **dict.fromkeys(COUNTS, 0))
        table["usual_low_complaints"] = _usual(counts.likely_low, horizon_h).reindex(index)
        table["history_days"] = counts.history_days
        table["tickets_28d"] = counts.tickets.iloc[-_USUAL_DAYS:].sum().reindex(index)
        table["status"] = colour_ticket_regions(table, policy)
    else:
        table = table.drop(columns="subscribers").join(
            assess_regions(cells, regions, counts.likely_low.iloc[-_USUAL_DAYS:], policy, horizon_h)
        )
        table[list(COUNTS)] = table[list(COUNTS)].astype(int)  # regions hold whole cells
    return table.reset_index(drop=True)[_OUT]


def _usual(counts: pd.DataFrame, horizon_h: int) -> pd.Series:
    recent = counts.iloc[-_USUAL_DAYS:]
    if recent.empty:
        return pd.Series(np.nan, index=counts.columns)
    return recent.mean() * horizon_h / 24

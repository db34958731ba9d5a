"""The table of regions: sums of their cells, expected tickets, colour."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecasting.cells.inventory import Inventory
from forecasting.cells.quality import region_index
from forecasting.policy import RED, UNKNOWN, YELLOW, Policy, colour_regions, colour_ticket_regions
from forecasting.regions.counts import Counts
from forecasting.regions.forecast import RegionForecast
from forecasting.regions.tree import with_ancestors

_USUAL_DAYS = 28
_OUT = [
    "region_id", "name", "parent_id", "level", "subscribers", "status", "expected_low_complaints",
    "rate_per_10k", "quality_index", "cells", "red_cells", "yellow_cells", "unknown_cells",
    "expected_tickets", "expected_tickets_lower", "expected_tickets_upper", "usual_low_complaints",
    "usual_tickets",
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
        The snapshot's columns without label positions, and ``usual_low_complaints`` and
        ``usual_tickets`` (mean of the last 28 days over the same length of time). What is not
        known is NaN; nothing is made up: without cells no quality and no low complaints, without
        subscribers no rate.
    """
    regions = pd.DataFrame(inventory.regions.drop(columns="geometry"))
    index = pd.Index(regions["region_id"])
    table = regions.set_index("region_id", drop=False).rename_axis(None)
    table = table.assign(subscribers=table["subscribers"].astype(float))
    sums = _sums(with_ancestors(cells, regions), index) if cells is not None else None
    if sums is not None:
        table["subscribers"] = table["subscribers"].fillna(sums["subscribers"])
        table = pd.concat([table, sums.drop(columns="subscribers")], axis=1)
    else:
        table = table.assign(
            expected_low_complaints=np.nan, quality_index=np.nan, **dict.fromkeys(_COUNTS, 0)
        )
    table = table.join(tickets.totals.set_index("region_id"))
    table["usual_low_complaints"] = _usual(counts.likely_low, horizon_h).reindex(index)
    table["usual_tickets"] = _usual(counts.tickets, horizon_h).reindex(index)
    table["history_days"] = counts.history_days
    table["tickets_28d"] = counts.tickets.iloc[-_USUAL_DAYS:].sum().reindex(index)
    known = table["subscribers"].where(table["subscribers"] > 0)
    table["rate_per_10k"] = 1e4 * table["expected_low_complaints"] / known
    colour = colour_regions if cells is not None else colour_ticket_regions
    table["status"] = colour(table, policy)
    return table.reset_index(drop=True)[_OUT]


_COUNTS = ("cells", "red_cells", "yellow_cells", "unknown_cells")


def _sums(cells: pd.DataFrame, regions: pd.Index) -> pd.DataFrame:
    """Sums over the cells of each region; the expectation covers cells that have a forecast."""
    by = cells.groupby("region_id")
    status = pd.crosstab(cells["region_id"], cells["status"])
    sums = pd.DataFrame(
        {
            "subscribers": by["subscribers"].sum(min_count=1),
            "expected_low_complaints": by["expected_low_complaints"].sum(min_count=1),
            "cells": by.size(),
            "red_cells": status.get(RED),
            "yellow_cells": status.get(YELLOW),
            "unknown_cells": status.get(UNKNOWN),
        }
    ).reindex(regions)
    sums[list(_COUNTS)] = sums[list(_COUNTS)].astype(float).fillna(0).astype(int)
    sums["quality_index"] = region_index(cells).reindex(regions)
    incomplete = by["subscribers"].apply(lambda known: known.isna().any()).reindex(regions)
    sums.loc[incomplete.fillna(True).astype(bool), "subscribers"] = np.nan
    return sums


def _usual(counts: pd.DataFrame, horizon_h: int) -> pd.Series:
    recent = counts.iloc[-_USUAL_DAYS:]
    if recent.empty:
        return pd.Series(np.nan, index=counts.columns)
    return recent.mean() * horizon_h / 24

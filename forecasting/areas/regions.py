"""Regions of every level from their cells."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecasting.areas.assess import ASSESSED, assess
from forecasting.areas.layers import region_layers
from forecasting.areas.sums import cell_sums
from forecasting.policy import Policy

COUNTS = ("cells", "red_cells", "yellow_cells", "unknown_cells")
_COLUMNS = [*COUNTS, "subscribers", "expected_low_complaints", "quality_index", *ASSESSED]


def assess_regions(
    cells: pd.DataFrame, regions: pd.DataFrame, daily: pd.DataFrame, policy: Policy, horizon_h: int
) -> pd.DataFrame:
    """What the cells of each region add up to, and how that compares with its usual level.

    Args:
        cells: scored cells (see ``cells.score``).
        regions: ``region_id, parent_id, name, level, subscribers``; delivered subscribers go before
            those of the cells.
        daily: likely low-satisfaction complaints of the days before; a column per region.
        policy: colour rules; areas of one level are drawn to what that level has in common.
        horizon_h: hours ahead.

    Returns:
        By region: ``COUNTS, subscribers, expected_low_complaints, quality_index`` and what
        ``areas.assess`` adds.
    """
    horizon = horizon_h / 24 / len(daily) if len(daily) else np.nan
    delivered = regions.set_index("region_id")["subscribers"].astype(float)
    parts = []
    for layer in region_layers(cells, regions):
        here = pd.Index(layer.areas["area_id"])
        sums = cell_sums(layer, cells).iloc[:-1].set_index(here)
        sums["subscribers"] = delivered.reindex(here).fillna(sums["subscribers"])
        counted = daily.sum().reindex(here).fillna(0.0).to_numpy(float)
        parts.append(assess(sums, counted, horizon, policy)[_COLUMNS])
    return pd.concat(parts) if parts else pd.DataFrame(columns=_COLUMNS)

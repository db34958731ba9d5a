"""A cell's own normal: what each KPI usually is at each hour, and how far it usually strays.

Workdays and days off have normals of their own: an office cell is empty every Sunday, and that is
no sign of a fault. How far a cell strays is one figure for both.

Normals are taken at the local Monday midnight of each week, from what was known then, and hold for
the hours of that week: whatever the origin, an hour has one stray. They are kept in the warehouse
(``forecasting.hours``).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ingest.catalogue import Catalogue, Kpi

_MAD_TO_SIGMA = 1.4826  # of a normal distribution
_FLOOR = 0.5  # a cell is not taken to be steadier than half the typical cell
_MINIMUM = 0.002  # of the limit or of the typical size: what no operator would call a change


def direction(kpi: Kpi) -> float:
    """+1 where a higher value hurts users, -1 where a lower one does.

    KPIs without a direction (users, traffic) count as worse when lower: users who vanish are the
    sign of a sleeping cell, while a crowd shows in the load.
    """
    return 1.0 if kpi.worse == "higher" else -1.0


def log_offset(kpi: Kpi) -> float | None:
    """What is added before taking logarithms, or None where plain differences are taken.

    Rates near zero, speeds, delays and volumes vary by factors: a drop rate of 0.6 % after 0.3 % is
    as unusual as 2 % after 1 %. Shares near 100 % and decibels vary by differences.
    """
    if kpi.min != 0:
        return None
    if kpi.max is None:
        return 0.01 * (kpi.limit or 1.0)
    if kpi.worse == "higher" and kpi.limit is not None and kpi.limit <= 0.1 * kpi.max:
        return 0.02 * kpi.limit
    return None


def steps(stray: pd.DataFrame, sizes: pd.Series, catalogue: Catalogue) -> pd.DataFrame:
    """What one unit of a KPI is worth in its usual strays, signed so that worse is positive.

    Args:
        stray: ``cell_id`` and, per KPI, the median absolute distance from the normal.
        sizes: per KPI, the median absolute normal of all cells.
        catalogue: directions and limits; a KPI whose direction is ``none`` keeps its sign.

    Returns:
        ``cell_id`` and, per KPI, sign / scale. The scale is a robust standard deviation, bounded
        below by half the typical cell's and by a small share of the KPI's size, because a
        counter that never moved (availability 100 %) would turn the least change into an alarm.
    """
    result = pd.DataFrame({"cell_id": stray["cell_id"]})
    for kpi in catalogue.kpis:
        scale = stray[kpi.name].astype(float) * _MAD_TO_SIGMA
        if log_offset(kpi) is not None:
            size = 1.0
        else:
            size = abs(kpi.limit) if kpi.limit else float(sizes[kpi.name])
        floor = np.nanmax([_FLOOR * float(scale.median()), _MINIMUM * size, 1e-9])
        result[kpi.name] = direction(kpi) / scale.clip(lower=floor)
    return result

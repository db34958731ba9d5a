"""A KPI by hour of the week: Mondays first, local time."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from dashboard.web.view.kpis import Series, Values

DAYS, HOURS = 7, 24


def by_hour_of_week(series: Series, zone: ZoneInfo, *, deviation: bool) -> Values:
    """Mean of the values of each hour of the week; NaN where there is none.

    Args:
        series: cut to the span that is asked for.
        zone: of days and hours.
        deviation: how far off the cell's own normal instead: the distance from the middle of its
            band in half widths of the band, so that 1 is its edge; positive is worse (higher, for
            a KPI without a worse side). Intervals without a band are left out.

    Returns:
        Shape (7, 24), Monday 00:00 first.
    """
    values = series.value
    if deviation:
        half = (series.upper - series.lower) / 2
        least = 1e-9 * np.maximum(1.0, np.abs(series.median))
        sign = -1.0 if series.kpi.worse == "lower" else 1.0
        values = sign * (values - series.median) / np.where(half > least, half, np.nan)
    table = np.full((DAYS, HOURS), np.nan)
    if not len(values) or series.step > timedelta(hours=1):
        return table
    at = pd.date_range(series.start, periods=len(values), freq=series.step).tz_convert(zone)
    known = np.isfinite(values)
    slot = (HOURS * at.day_of_week.to_numpy() + at.hour.to_numpy())[known]
    counts = np.bincount(slot, minlength=DAYS * HOURS)
    sums = np.bincount(slot, weights=values[known], minlength=DAYS * HOURS)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    return np.asarray(means.reshape(DAYS, HOURS), dtype=float)

"""A cell's own normal: what each KPI usually is at each hour, and how far it usually strays.

Workdays and days off have normals of their own: an office cell is empty every Sunday, and that is
no sign of a fault. How far a cell strays is one figure for both.

Normals are taken at an anchor, a local Monday midnight at or before the origin, from what was known
there: every origin of a week shares them, and an hourly refresh need not compute them again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from forecasting import queries
from forecasting.calendar import Calendar
from ingest.catalogue import Catalogue, Kpi

_MAD_TO_SIGMA = 1.4826  # of a normal distribution
_FLOOR = 0.5  # a cell is not taken to be steadier than half the typical cell
_MINIMUM = 0.002  # of the limit or of the typical size: what no operator would call a change


def anchor_of(origin: datetime, zone: str) -> datetime:
    """The local Monday midnight at or before ``origin``, in UTC."""
    local = origin.astimezone(ZoneInfo(zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight - timedelta(days=local.weekday())).astimezone(UTC)


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


def day_types(calendar: Calendar, first: date, last: date) -> pd.DataFrame:
    """``fc_days`` for the SQL: local days from ``first`` to ``last``; is each one ``off``?"""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    off = [calendar.is_day_off(day) for day in days]
    return pd.DataFrame({"day": pd.Series(days, dtype=pd.ArrowDtype(pa.date32())), "off": off})


@dataclass
class NormalsCache:
    """Normals by anchor; the frames of ``fc_centre`` and ``fc_step``."""

    catalogue: Catalogue
    days: int
    calendar: Calendar
    zone: str
    _kept: dict[datetime, tuple[pd.DataFrame, pd.DataFrame]] = field(default_factory=dict)
    _in_place: datetime | None = None

    def put(self, connection: duckdb.DuckDBPyConnection, anchor: datetime) -> None:
        """Make the temporary tables ``fc_days``, ``fc_centre`` and ``fc_step`` of that anchor."""
        if self._in_place == anchor:
            return
        monday = anchor.astimezone(ZoneInfo(self.zone)).date()
        first, last = monday - timedelta(days=self.days + 1), monday + timedelta(days=8)
        queries.put(connection, "fc_days", day_types(self.calendar, first, last))
        if anchor not in self._kept:
            self._kept[anchor] = self._compute(connection, anchor)
        centre, step = self._kept[anchor]
        queries.put(connection, "fc_centre", centre)
        queries.put(connection, "fc_step", step)
        self._in_place = anchor

    def _compute(
        self, connection: duckdb.DuckDBPyConnection, anchor: datetime
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        names = self.catalogue.names
        window: dict[str, queries.Value] = {
            "anchor": anchor,
            "since": anchor - timedelta(days=self.days),
        }
        queries.run(connection, "normal_centre", window, names)
        stray = queries.frame(connection, "normal_scale", window, names)
        centre = queries.frame(connection, "normal_centre_rows")
        return centre, steps(stray, centre, self.catalogue)


def steps(stray: pd.DataFrame, centre: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """What one unit of a KPI is worth in its usual strays, signed so that worse is positive.

    Args:
        stray: ``cell_id`` and, per KPI, the median absolute distance from the normal.
        centre: ``cell_id, local_hour, off`` and, per KPI, the normal.
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
            size = abs(kpi.limit) if kpi.limit else float(centre[kpi.name].abs().median())
        floor = np.nanmax([_FLOOR * float(scale.median()), _MINIMUM * size, 1e-9])
        result[kpi.name] = direction(kpi) / scale.clip(lower=floor)
    return result

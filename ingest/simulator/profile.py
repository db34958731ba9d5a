"""How many people use a cell at which hour, and when people complain."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache

import holidays
import numpy as np
from numpy.typing import NDArray

from ingest.workdays import makeup_workdays

Array = NDArray[np.float64]

# Share of the daily peak by local hour.
_HOME = np.array(
    [
        30,
        20,
        14,
        11,
        10,
        13,
        24,
        42,
        48,
        46,
        47,
        52,
        58,
        54,
        50,
        50,
        53,
        60,
        72,
        86,
        97,
        100,
        84,
        55,
    ]
)
_OFFICE = np.array(
    [9, 7, 6, 6, 6, 9, 20, 48, 78, 95, 100, 96, 88, 93, 98, 97, 94, 86, 66, 48, 38, 31, 22, 14]
)
# Complaints by local hour, mean 1 over the day: mostly while people are awake.
_COMPLAIN = np.array([
    3, 2, 1, 1, 1, 2, 8, 30, 62, 85, 92, 80,
    60, 66, 78, 82, 80, 78, 80, 88, 92, 78, 42, 14,
])  # fmt: skip
COMPLAIN_BY_HOUR = _COMPLAIN / _COMPLAIN.mean()


@lru_cache(maxsize=16)
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("CN", years=year))


def is_day_off(day: date) -> bool:
    """Weekend or public holiday in China, and no make-up workday: then offices are full."""
    if day in (makeup_workdays("CN") or {}).get(day.year, ()):
        return False
    return day.weekday() >= 5 or day in _holidays(day.year)


def activity(local: datetime, office_share: Array) -> Array:
    """Share of its peak at which every cell is used.

    Args:
        local: start of the hour, local time.
        office_share: 0 (homes only) … 1 (offices only), one value per cell.
    """
    off = is_day_off(local.date())
    home = _HOME[local.hour] / 100 * (1.08 if off else 1.0)
    office = _OFFICE[local.hour] / 100 * (0.35 if off else 1.0)
    return np.asarray(home * (1 - office_share) + office * office_share)


def complain_rate(local: datetime) -> float:
    """Relative readiness to complain in the hour that starts at ``local``; mean 1 on workdays."""
    weekend = 0.85 if is_day_off(local.date()) else 1.0
    return float(COMPLAIN_BY_HOUR[local.hour]) * weekend


def hours_after(local: datetime, count: int) -> list[datetime]:
    """The starts of the next ``count`` hours, the first at ``local`` itself."""
    return [local + timedelta(hours=k) for k in range(count)]

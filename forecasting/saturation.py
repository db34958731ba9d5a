"""Saturation: the day on which a cell's busy hour reaches its limit, with an interval."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]

KPIS = ("prb_util_dl_pct", "prb_util_ul_pct", "throughput_dl_mbps", "throughput_ul_mbps")
DAYS_AHEAD = 180
_BACK_DAYS = 56
_MIN_DAYS = 21
_MIN_HOURS = 18  # a day with fewer may lack its busy hour
_BLOCK = 7  # days drawn together: faults and weather last longer than a day
_DRAWS = 400
_SURE = 0.8  # share of draws that must reach the limit before a day is named
_TAILS = (0.05, 0.95)

State = Literal["beyond", "within", "not_within"]


@dataclass(frozen=True)
class Saturation:
    """When the typical busy hour of a cell reaches the limit of a KPI.

    Attributes:
        state: ``beyond`` already, ``within`` 180 days, or ``not_within`` them.
        busy_hour: the typical value of the busy hour now, in the KPI's unit.
        limit: of the catalogue.
        per_week: how it changes in a week.
        day: the expected day (local); None unless ``within``.
        earliest: 5 % of the draws are earlier; None unless ``within``.
        latest: 95 % of the draws are earlier; None unless ``within``, and where that is more than
            180 days away.
        days_known: days that were looked at.
    """

    state: State
    busy_hour: float
    limit: float
    per_week: float
    day: date | None
    earliest: date | None
    latest: date | None
    days_known: int


def saturation(
    history: pd.DataFrame, as_of: datetime, *, limit: float, higher: bool, zone: str
) -> Saturation | None:
    """When the busy hour reaches ``limit``.

    The busy hour is the day's worst clock hour. Its trend is the median of all slopes between days
    of the same weekday (Theil 1950, Sen 1968; the season of the week falls out), its level the
    median of what is left. The interval comes from 400 histories put together anew from weeks of
    residuals (moving blocks, Künsch 1989), drawn with a fixed seed.

    Args:
        history: ``ts`` (aware), ``value``; rows at or after ``as_of`` are not looked at.
        as_of: the present.
        limit: where users begin to suffer.
        higher: True when values above the limit are bad, False when those below are.
        zone: IANA zone of the days.

    Returns:
        None with fewer than 21 days of 18 hours among the last 56.
    """
    sign = 1.0 if higher else -1.0
    busy = busy_hours(history, as_of, higher=higher, zone=zone)
    if len(busy) < _MIN_DAYS:
        return None
    today = as_of.astimezone(ZoneInfo(zone)).date()
    days = np.array([(day.date() - today).days for day in busy.index], float)
    values, goal = sign * busy.to_numpy(float), sign * limit
    slope, level = trend(days, values)
    seen = _saturated(values, days, goal)
    reach = _crossing(slope, level, goal)
    draws = _draws(days, values, slope, level, goal)
    state: State = "not_within"
    if seen:
        state = "beyond"
    elif reach <= DAYS_AHEAD and float((draws <= DAYS_AHEAD).mean()) >= _SURE:
        state = "within"
    named = state == "within"
    first, last = (float(np.quantile(draws, tail, method="nearest")) for tail in _TAILS)
    return Saturation(
        state=state,
        busy_hour=sign * level,
        limit=limit,
        per_week=7 * sign * slope,
        day=_day(today, reach) if named else None,
        earliest=_day(today, min(first, reach)) if named else None,
        latest=_day(today, max(last, reach)) if named else None,
        days_known=len(busy),
    )


def busy_hours(history: pd.DataFrame, as_of: datetime, *, higher: bool, zone: str) -> pd.Series:
    """The worst clock hour of each complete local day before ``as_of``; index naive midnights."""
    since = as_of - timedelta(days=_BACK_DAYS)
    known = history[(history["ts"] < as_of) & (history["ts"] >= since)].dropna(subset=["value"])
    if known.empty:
        return pd.Series(dtype=float)
    local = known["ts"].dt.tz_convert(zone).dt.tz_localize(None)
    hourly = known["value"].astype(float).groupby(local.dt.floor("h")).mean()
    by_day = hourly.groupby(pd.DatetimeIndex(hourly.index).normalize())
    worst = by_day.max() if higher else by_day.min()
    today = pd.Timestamp(as_of.astimezone(ZoneInfo(zone)).date())
    return worst[(by_day.size() >= _MIN_HOURS) & (worst.index < today)]


def trend(days: Array, values: Array) -> tuple[float, float]:
    """Slope per day and level at day 0: Theil-Sen over pairs of the same weekday."""
    apart = days[None, :] - days[:, None]
    pairs = (apart > 0) & (apart % 7 == 0)
    rise = values[None, :] - values[:, None]
    slope = float(np.median(rise[pairs] / apart[pairs])) if pairs.any() else 0.0
    return slope, float(np.median(values - slope * days))


def _saturated(values: Array, days: Array, goal: float) -> bool:
    """The typical busy hour of the last seven known days is at the limit."""
    return bool(np.median(values[np.argsort(days)][-7:]) >= goal)


def _crossing(slope: float, level: float, goal: float) -> float:
    """Days until level + slope * days reaches the goal; infinite when it never does."""
    if level >= goal:
        return 0.0
    return (goal - level) / slope if slope > 1e-12 else float("inf")


def _draws(days: Array, values: Array, slope: float, level: float, goal: float) -> Array:
    """Days until the limit in histories whose residuals are drawn anew, a week at a time."""
    random = np.random.default_rng(20261122)
    rest = values - level - slope * days
    n = len(rest)
    blocks = -(-n // _BLOCK)
    starts = random.integers(0, n, (_DRAWS, blocks))
    places = (starts[:, :, None] + np.arange(_BLOCK)).reshape(_DRAWS, -1)[:, :n] % n
    found = (trend(days, level + slope * days + rest[place]) for place in places)
    return np.array([_crossing(*pair, goal) for pair in found])


def _day(today: date, ahead: float) -> date | None:
    return today + timedelta(days=int(np.ceil(ahead))) if ahead <= DAYS_AHEAD else None

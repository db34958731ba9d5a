"""When within the horizon: daily expectations spread over the hours people complain at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.calendar import Calendar

Array = NDArray[np.float64]

WORKDAY, DAY_OFF = 0, 1
_EVEN = 24.0  # complaints that a profile is given beforehand, evenly
_ALL = 200.0  # complaints of any day and score that a type of day's own are pulled towards


@dataclass(frozen=True)
class Profile:
    """At which hours of the day complaints come.

    Attributes:
        shares: share of a day's complaints by type of day (workday, day off) and local hour, shape
            (2, 24); each row sums to 1.
    """

    shares: Array


def learn_profile(
    tickets: pd.DataFrame, zone: str, calendar: Calendar, *, low_only: bool
) -> Profile:
    """Learn the hours from tickets as known at the origin.

    Rare counts are pulled towards commoner ones: those of a type of day towards those of all days,
    low-satisfaction complaints towards all complaints.

    Args:
        tickets: ``created_at`` (aware), ``weight`` (a ticket's rows sum to 1), ``low`` (true,
            false, or unknown); nothing that became known after the origin.
        zone: IANA name; hours and days are local.
        calendar: which days are off, make-up workdays included.
        low_only: the profile of low-satisfaction complaints, else of all.
    """
    local = pd.to_datetime(tickets["created_at"], utc=True).dt.tz_convert(zone)
    hour = local.dt.hour.to_numpy(np.int64)
    off = {day: int(calendar.is_day_off(day)) for day in local.dt.date.unique()}
    kind = np.array([off[day] for day in local.dt.date], np.int64)
    weight = tickets["weight"].fillna(1.0).to_numpy(float)
    every = np.bincount(hour, weights=weight, minlength=24) + _EVEN / 24
    prior = every / every.sum()
    if low_only:
        weight = weight * (tickets["low"].astype("boolean").fillna(False).to_numpy(bool))
    rows = []
    for wanted in (WORKDAY, DAY_OFF):
        own = np.bincount(hour, weights=weight * (kind == wanted), minlength=24) + _ALL * prior
        rows.append(own / own.sum())
    return Profile(np.array(rows))


def spread_hours(
    daily: pd.Series,
    total: float,
    profile: Profile,
    *,
    as_of: datetime,
    horizon_h: int,
    zone: str,
    calendar: Calendar,
) -> pd.DataFrame:
    """Expected complaints by hour, from the origin to the end of its horizon.

    Args:
        daily: expected complaints of whole local days, by ``date``; a day that is missing counts as
            the mean of the others (all alike where none is known).
        total: what the hours sum up to: the promise of the cells.
        profile: when on a day.
        as_of: aware; the first and the last hour may be parts of one.
        horizon_h: hours ahead.
        zone: IANA name of local days.
        calendar: types of days.

    Returns:
        ``hour`` (start, UTC), ``share`` of it that lies within the horizon, ``expected``.
    """
    origin, until = pd.Timestamp(as_of), pd.Timestamp(as_of + timedelta(hours=horizon_h))
    hours = pd.date_range(origin.floor("h"), until, freq="h", tz="UTC", inclusive="left")
    after = np.asarray((hours - origin).total_seconds(), float)
    share = (np.minimum(after + 3600, 3600 * horizon_h) - np.maximum(after, 0)) / 3600
    local = hours.tz_convert(ZoneInfo(zone))
    known = daily.dropna()
    usual = float(known.mean()) if len(known) and known.mean() > 0 else 1.0
    level = np.array([float(known.get(day, usual)) for day in local.date])
    kind = [int(calendar.is_day_off(day)) for day in local.date]
    raw = share * level * profile.shares[kind, local.hour]
    if raw.sum() <= 0:
        raw = share
    return pd.DataFrame({"hour": hours, "share": share, "expected": total * raw / raw.sum()})

"""Weeks and days of the operator's calendar: what normals and kept hours are ordered by."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import pyarrow as pa

from forecasting import queries
from forecasting.calendar import Calendar

_WEEK = timedelta(days=7)


def midnight(day: date, zone: str) -> datetime:
    """The beginning of a local day, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def local_day(moment: datetime, zone: str) -> date:
    """The local day of an aware moment."""
    return moment.astimezone(ZoneInfo(zone)).date()


def monday_of(moment: datetime, zone: str) -> date:
    """The Monday of the local week of an aware moment."""
    day = local_day(moment, zone)
    return day - timedelta(days=day.weekday())


def anchor_of(moment: datetime, zone: str) -> datetime:
    """The local Monday midnight at or before an aware moment, in UTC."""
    return midnight(monday_of(moment, zone), zone)


@dataclass(frozen=True)
class Week:
    """One local week.

    Attributes:
        monday: its first day.
        start: its first moment, UTC; normals of the week are taken then, from what was known then.
        end: the first moment of the next week, UTC.
    """

    monday: date
    start: datetime
    end: datetime


def week_of(monday: date, zone: str) -> Week:
    """The week that begins with that Monday."""
    return Week(monday, midnight(monday, zone), midnight(monday + _WEEK, zone))


def weeks_between(since: datetime, until: datetime, zone: str) -> list[Week]:
    """The weeks that hold moments of ``since <= moment < until``, in order."""
    weeks = [week_of(monday_of(since, zone), zone)]
    while weeks[-1].end < until:
        weeks.append(week_of(weeks[-1].monday + _WEEK, zone))
    return weeks


def day_types(calendar: Calendar, first: date, last: date) -> pd.DataFrame:
    """``fc_days`` for the SQL: ``day, monday`` (of its week), ``off`` (is nobody at work?)."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    dates = pd.ArrowDtype(pa.date32())
    return pd.DataFrame(
        {
            "day": pd.Series(days, dtype=dates),
            "monday": pd.Series([d - timedelta(days=d.weekday()) for d in days], dtype=dates),
            "off": [calendar.is_day_off(day) for day in days],
        }
    )


@dataclass(frozen=True)
class Days:
    """The operator's days: makes the temporary table ``fc_days``."""

    calendar: Calendar
    zone: str

    def put(self, connection: duckdb.DuckDBPyConnection, first: date, last: date) -> None:
        """Let ``fc_days`` hold the local days from ``first`` to ``last``."""
        queries.put(connection, "fc_days", day_types(self.calendar, first, last))

    def hash(self, first: date, last: date) -> str:
        """Tells whether the types of those days are the same."""
        off = day_types(self.calendar, first, last)["off"].to_numpy(bool).tobytes()
        return hashlib.sha256(off).hexdigest()[:16]

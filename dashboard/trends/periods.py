"""Local days in periods: days, ISO weeks, months; and the periods they are compared with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard.trends.query import By

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Window:
    """Some local days of one period.

    Attributes:
        first: first day.
        last: last day, inclusive.
        whole: they are the whole period.
    """

    first: date
    last: date
    whole: bool

    @property
    def days(self) -> Iterator[date]:
        """Each day."""
        return (self.first + i * DAY for i in range((self.last - self.first).days + 1))


def bounds(by: By, day: date) -> tuple[date, date]:
    """First and last day of the period that holds a day."""
    if by == "day":
        return day, day
    if by == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    first = day.replace(day=1)
    return first, _month_after(first, 1) - DAY


def windows(by: By, first: date, last: date) -> list[Window]:
    """The periods that hold some days, cut to those days."""
    found = []
    day = first
    while day <= last:
        start, end = bounds(by, day)
        found.append(Window(max(start, first), min(end, last), start >= first and end <= last))
        day = end + DAY
    return found


def before(by: By, window: Window) -> Window:
    """The same days of the period before.

    Months and weeks: the period just before; of a part, the days of the same numbers (of a month
    that is shorter, as far as it goes). Days: the same weekday of the week before.
    """
    if by == "month":
        return _same_days(window, _month_after(window.first.replace(day=1), -1))
    return _moved(window, -7)


def last_year(by: By, window: Window) -> Window | None:
    """The same days of last year; None where there are none (a 53rd week).

    Months by month, weeks by ISO week (ISO 8601), days by the same weekday 364 days before.
    """
    if by == "day":
        return _moved(window, -364)
    if by == "month":
        start = window.first.replace(day=1)
        return _same_days(window, start.replace(year=start.year - 1))
    year, week, _ = window.first.isocalendar()
    try:
        monday = date.fromisocalendar(year - 1, week, 1)
    except ValueError:
        return None
    return _moved(window, (monday - (window.first - timedelta(window.first.weekday()))).days)


def moment_in(window: Window, now: datetime, zone: ZoneInfo) -> datetime:
    """The local time of day of ``now`` on the last day of a window."""
    local = now.astimezone(zone)
    return datetime.combine(window.last, local.timetz())


def today_of(now: datetime, zone: ZoneInfo) -> date:
    """The local day."""
    return now.astimezone(zone).date()


def _moved(window: Window, days: int) -> Window:
    step = timedelta(days=days)
    return Window(window.first + step, window.last + step, window.whole)


def _same_days(window: Window, start: date) -> Window:
    end = _month_after(start, 1) - DAY
    if window.whole:
        return Window(start, end, whole=True)
    first = min(start + timedelta(days=window.first.day - 1), end)
    return Window(first, min(start + timedelta(days=window.last.day - 1), end), whole=False)


def _month_after(first: date, months: int) -> date:
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)

"""Weeks and months, and whose report is due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Unit = Literal["week", "month"]


@dataclass(frozen=True, order=True)
class Period:
    """A whole week (Monday to Sunday) or month, in local days.

    Attributes:
        unit: ``week`` or ``month``.
        first: its first day.
    """

    unit: Unit
    first: date

    @property
    def last(self) -> date:
        """Its last day."""
        return self.after.first - timedelta(days=1)

    @property
    def after(self) -> Period:
        """The one that follows."""
        if self.unit == "week":
            return Period("week", self.first + timedelta(days=7))
        year, month = divmod(self.first.year * 12 + self.first.month, 12)
        return Period("month", date(year, month + 1, 1))

    @property
    def before(self) -> Period:
        """The one before."""
        return period_of(self.unit, self.first - timedelta(days=1))

    @property
    def label(self) -> str:
        """``2026-W47`` (ISO 8601 week) or ``2026-10``."""
        if self.unit == "month":
            return f"{self.first:%Y-%m}"
        year, week, _ = self.first.isocalendar()
        return f"{year}-W{week:02d}"


def period_of(unit: Unit, day: date) -> Period:
    """The week or month that holds a day."""
    if unit == "week":
        return Period("week", day - timedelta(days=day.weekday()))
    return Period("month", day.replace(day=1))


def due(
    units: Iterable[Unit], now: datetime, zone: ZoneInfo, *, hour: int, catch_up: int
) -> list[Period]:
    """The periods whose reports should exist at a moment, the oldest first.

    Args:
        units: which reports are made.
        now: aware.
        zone: the operator's.
        hour: local hour of the day after a period from which on its report is due.
        catch_up: how many of each unit, the newest included.
    """
    found: list[Period] = []
    for unit in units:
        period = period_of(unit, now.astimezone(zone).date())
        # The period that runs now, and the one whose hour has not come, are not due.
        for _ in range(catch_up + 2):
            opens = datetime.combine(period.after.first, time(hour), zone)
            if opens <= now and len([p for p in found if p.unit == unit]) < catch_up:
                found.append(period)
            period = period.before
    return sorted(found, key=lambda p: (p.last, p.unit))

"""Which stretch of time a page's charts share, as chosen in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

QUICK: Mapping[str, timedelta] = {
    "24h": timedelta(hours=24),
    "3d": timedelta(days=3),
    "7d": timedelta(days=7),
    "14d": timedelta(days=14),
    "28d": timedelta(days=28),
    "35d": timedelta(days=35),
}
DEFAULT = "14d"
WEEK = timedelta(days=7)
KEPT = timedelta(days=35)  # so much KPI history does a snapshot hold
_LEAST = timedelta(hours=1)


@dataclass(frozen=True)
class Span:
    """A stretch of time.

    Attributes:
        start: its beginning (aware).
        end: its end (aware); ahead of the present where forecasts are shown.
        quick: name of the quick range; None for days (or moments) that were chosen.
        ghost: last week is drawn beside.
    """

    start: datetime
    end: datetime
    quick: str | None
    ghost: bool

    def days(self, zone: ZoneInfo) -> tuple[date, date]:
        """First and last local day in it."""
        last = self.end - timedelta(microseconds=1)
        return self.start.astimezone(zone).date(), last.astimezone(zone).date()

    def holds(self, start: datetime, end: datetime | None = None) -> bool:
        """Whether something that lasted so long touches it."""
        return start <= self.end and (end or start) >= self.start


def span_of(
    query: Mapping[str, str], *, as_of: datetime, zone: ZoneInfo, ahead_h: int, days: int = 14
) -> Span:
    """The span that the address asks for; what cannot be used is as if it were not there.

    Args:
        query: ``range`` (a name of ``QUICK``), or ``from`` and ``to``: local days, the last one
            included, or local moments; ``ghost=week`` draws last week beside.
        as_of: the present; quick ranges end there, and a forecast is seen half as far ahead.
        zone: of days and moments without offset.
        ahead_h: hours of forecast that there are.
        days: of history where nothing is chosen.
    """
    ghost = query.get("ghost") == "week"
    ahead = timedelta(hours=ahead_h)
    chosen = _absolute(query, zone)
    if chosen is not None:
        start, end = max(chosen[0], as_of - KEPT), min(chosen[1], as_of + ahead)
        if end - start >= _LEAST:
            return Span(start, end, None, ghost)
    name = query.get("range", "")
    if name not in QUICK:
        usual = next((key for key, back in QUICK.items() if back == timedelta(days=days)), None)
        back, name = timedelta(days=days), usual or ""
    else:
        back = QUICK[name]
    return Span(as_of - back, as_of + min(ahead, back / 2), name or None, ghost)


def _absolute(query: Mapping[str, str], zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    first, last = query.get("from", ""), query.get("to", "")
    start, end = _moment(first, zone, end=False), _moment(last, zone, end=True)
    return None if start is None or end is None or end <= start else (start, end)


def _moment(text: str, zone: ZoneInfo, *, end: bool) -> datetime | None:
    try:
        if len(text) == 10:
            day = date.fromisoformat(text) + timedelta(days=1 if end else 0)
            return datetime.combine(day, time(), zone)
        # A plus of an offset arrives as a space.
        moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)

"""What trends are read beside: holidays, events and works of three years."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pandas as pd

from dashboard.publish import queries
from forecasting.calendar import load_calendar

if TYPE_CHECKING:
    import duckdb

# Two years, and the year that the first of them is compared with.
BACK, AHEAD = timedelta(days=1100), timedelta(days=62)
COLUMNS = ["kind", "name_zh", "name_en", "first", "last", "region_id", "count"]
_WORKED = ("observed", "Day off", "休息日", "补假")


def told_marks(
    connection: duckdb.DuckDBPyConnection, as_of: datetime, zone: ZoneInfo, country: str | None
) -> pd.DataFrame:
    """The snapshot's table ``trend_marks``.

    Args:
        connection: the warehouse, its time zone the operator's.
        as_of: nothing that became known later is in it.
        zone: the operator's.
        country: whose public holidays; None: none.
    """
    span = {"as_of": as_of, "since": as_of - BACK, "until": as_of + AHEAD}
    known = queries.frame(connection, "marks", span)
    for name in ("first", "last"):
        known[name] = pd.to_datetime(known[name]).dt.date
    known = known.assign(name_zh=known["name"], name_en=known["name"])
    today = as_of.astimezone(zone).date()
    days = holidays(country, today - BACK, today + AHEAD)
    parts = [part for part in (days, known[COLUMNS]) if not part.empty]
    return pd.concat(parts, ignore_index=True) if parts else days


def holidays(country: str | None, first: date, last: date) -> pd.DataFrame:
    """Public holidays as the stretches of days off around them, named after their festival."""
    rows: list[list[object]] = []
    if country is not None:
        years = range(first.year, last.year + 1)
        chinese, english = (_names(country, years, language) for language in ("zh_CN", "en_US"))
        calendar = load_calendar(country)
        stretch: list[date] = []
        for number in range((last - first).days + 2):
            day = first + timedelta(days=number)
            if day <= last and calendar.is_day_off(day):
                stretch.append(day)
                continue
            if named := [at for at in stretch if at in english]:
                zh, en = _festival(chinese, named), _festival(english, named)
                rows.append(["holiday", zh, en, stretch[0], stretch[-1], None, 1])
            stretch = []
    return pd.DataFrame(rows, columns=COLUMNS)


def _festival(names: dict[date, str], days: list[date]) -> str:
    """The name that most of the days have; days given in exchange for others do not count."""
    all_names = [names.get(day, "") for day in days]
    own = [name for name in all_names if name and not any(word in name for word in _WORKED)]
    return Counter(own or all_names).most_common(1)[0][0]


def _names(country: str, years: range, language: str) -> dict[date, str]:
    from holidays import country_holidays

    try:
        found = country_holidays(country, years=years, language=language)
    except (ValueError, KeyError):  # a country without that language
        found = country_holidays(country, years=years)
    return dict(found.items())

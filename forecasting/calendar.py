"""Days off and make-up workdays: what Prophet and the features know of the calendar."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from importlib import resources
from zoneinfo import ZoneInfo

import pandas as pd

from forecasting.errors import ForecastingError

_FESTIVALS = {"Spring Festival": "spring_festival", "National Day": "national_day"}


@dataclass(frozen=True)
class Calendar:
    """The days off of one country, weekends included.

    Attributes:
        country: ISO code, or None: weekends alone.
        workdays: weekend days that are worked.
        covered: years whose make-up workdays are known; None where the country has none.
    """

    country: str | None
    workdays: frozenset[date] = frozenset()
    covered: frozenset[int] | None = None
    _names: dict[int, dict[date, str]] = field(default_factory=dict, compare=False, repr=False)

    def holidays(self, year: int) -> dict[date, str]:
        """Public holidays of a year, by day, with their English names."""
        if self.country is None:
            return {}
        if year not in self._names:
            import holidays

            found = holidays.country_holidays(self.country, years=year, language="en_US")
            self._names[year] = {day: name for day, name in found.items() if day.year == year}
        return self._names[year]

    def is_day_off(self, day: date) -> bool:
        """Weekend or public holiday, and not a make-up workday."""
        if day in self.workdays:
            return False
        return day.weekday() >= 5 or day in self.holidays(day.year)

    def uncovered(self, first: date, last: date) -> list[int]:
        """Years from ``first`` to ``last`` whose make-up workdays are not known."""
        if self.covered is None:
            return []
        return [y for y in range(first.year, last.year + 1) if y not in self.covered]

    def warnings(self, first: date, last: date) -> list[str]:
        """One line per year that the table of make-up workdays does not cover."""
        return [
            f"the make-up workdays of {year} are not known: add them to workdays_"
            f"{str(self.country).lower()}.toml; weekends of {year} are taken as days off"
            for year in self.uncovered(first, last)
        ]

    def prophet_frame(self, first: date, last: date) -> pd.DataFrame:
        """Holidays for Prophet: ``holiday, ds`` for every day from ``first`` to ``last``.

        Spring Festival and National Day are holidays of their own, all others are one; make-up
        workdays are another, because their weekday tells Prophet that people are at home.
        """
        rows = []
        for offset in range((last - first).days + 1):
            day = first + timedelta(days=offset)
            name = self.holidays(day.year).get(day)
            if day in self.workdays:
                rows.append(("makeup_workday", day))
            elif name is not None:
                kind = next((k for text, k in _FESTIVALS.items() if text in name), "holiday")
                rows.append((kind, day))
        frame = pd.DataFrame(rows, columns=["holiday", "ds"])
        return frame.assign(ds=pd.to_datetime(frame["ds"]))

    def features(self, origin: datetime, horizon_h: int, zone: str) -> dict[str, float]:
        """What the cell model knows of the calendar: hour, weekday, share of days off ahead."""
        local = origin.astimezone(ZoneInfo(zone))
        hours = [
            (origin + timedelta(hours=h)).astimezone(ZoneInfo(zone)) for h in range(0, horizon_h, 6)
        ]
        off = sum(self.is_day_off(hour.date()) for hour in hours) / len(hours)
        return {"origin_hour": float(local.hour), "days_off_ahead": off}


def load_calendar(country: str | None) -> Calendar:
    """The calendar of a country; its make-up workdays from ``data/workdays_<country>.toml``.

    Raises:
        ForecastingError: the country is unknown, or its table of make-up workdays has a bad entry.
    """
    if country is None:
        return Calendar(None)
    import holidays

    if country not in holidays.list_supported_countries():
        raise ForecastingError(f"holiday_country {country!r} is not known: use an ISO code or none")
    name = f"data/workdays_{country.lower()}.toml"
    entry = resources.files("forecasting").joinpath(name)
    if not entry.is_file():
        return Calendar(country)
    try:
        years = tomllib.loads(entry.read_text("utf-8"))
        days = frozenset(date.fromisoformat(d) for y in years.values() for d in y["workdays"])
        return Calendar(country, days, frozenset(int(year) for year in years))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise ForecastingError(f'{name}: {error}: use [year] workdays = ["YYYY-MM-DD"]') from error

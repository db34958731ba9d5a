"""Days off and make-up workdays: what Prophet and the features know of the calendar."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from importlib import resources
from zoneinfo import ZoneInfo

import pandas as pd

from forecasting.errors import ForecastingError
from ingest.workdays import makeup_workdays

KINDS = (
    "spring_festival", "before_spring_festival", "after_spring_festival", "national_day", "holiday",
    "makeup_workday", "exam",
)  # fmt: skip
"""What a day may be beside its weekday; a day is at most one of them."""

_SPRING, _NATIONAL = "Spring Festival", "National Day"
_BEFORE_DAYS = 7  # people travel home, business winds down
_AFTER_DAYS = 14  # until the Lantern Festival, the 15th day, life is not back to normal
_FESTIVAL_DAYS = 9  # the longest row of days off that has been announced


@dataclass(frozen=True)
class Exam:
    """An exam that is held on the same days each year, except in the years of ``moved``.

    Attributes:
        first: month and day.
        last: month and day, included.
        moved: year with its own first and last (month and day).
    """

    first: tuple[int, int]
    last: tuple[int, int]
    moved: tuple[tuple[int, tuple[int, int], tuple[int, int]], ...] = ()

    def is_on(self, day: date) -> bool:
        """Whether ``day`` is one of its days."""
        own = {year: (first, last) for year, first, last in self.moved}
        first, last = own.get(day.year, (self.first, self.last))
        return first <= (day.month, day.day) <= last


@dataclass(frozen=True)
class Calendar:
    """The days off of one country, weekends included.

    Attributes:
        country: ISO code, or None: weekends alone.
        workdays: weekend days that are worked.
        covered: years whose make-up workdays are known; None where the country has none.
        exams: great exams of the country, from ``data/exams_<country>.toml``.
    """

    country: str | None
    workdays: frozenset[date] = frozenset()
    covered: frozenset[int] | None = None
    exams: tuple[Exam, ...] = ()
    _names: dict[int, dict[date, str]] = field(default_factory=dict, compare=False, repr=False)
    _springs: dict[int, date | None] = field(default_factory=dict, compare=False, repr=False)

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

    def spring_festival(self, year: int) -> date | None:
        """The first day of the lunar year, None where the calendar does not have it."""
        if year not in self._springs:
            named = (day for day, name in self.holidays(year).items() if _SPRING in name)
            self._springs[year] = min(named, default=None)
        return self._springs[year]

    def kind(self, day: date) -> str | None:
        """Which of ``KINDS`` a day is, None for an ordinary one.

        Days off around a festival belong to it, however the holiday is named; make-up workdays are
        a kind of their own, because their weekday says that people are at home.
        """
        if day in self.workdays:
            return "makeup_workday"
        off = day in self.holidays(day.year)
        spring = self.spring_festival(day.year)
        if spring is not None:
            away = (day - spring).days
            if off and -1 <= away < _FESTIVAL_DAYS:
                return "spring_festival"
            if -_BEFORE_DAYS <= away < 0:
                return "before_spring_festival"
            if 0 <= away <= _AFTER_DAYS:
                return "after_spring_festival"
        if off:
            names = self.holidays(day.year)
            national = day.month == 10 and any(_NATIONAL in n for n in names.values())
            return "national_day" if national and day.day <= _FESTIVAL_DAYS else "holiday"
        return "exam" if any(exam.is_on(day) for exam in self.exams) else None

    def uncovered(self, first: date, last: date) -> list[int]:
        """Years from ``first`` to ``last`` whose make-up workdays are not known."""
        if self.covered is None:
            return []
        return [y for y in range(first.year, last.year + 1) if y not in self.covered]

    def warnings(self, first: date, last: date) -> list[str]:
        """One line per year whose make-up workdays, or whose holidays, are not known."""
        lines = [
            f"the make-up workdays of {year} are not known: add them to workdays_"
            f"{str(self.country).lower()}.toml; weekends of {year} are taken as days off"
            for year in self.uncovered(first, last)
        ]
        lines += [
            f"the public holidays of {year} are not known for {self.country}: its days are"
            " forecast as ordinary ones"
            for year in range(first.year, last.year + 1)
            if self.country is not None and not self.holidays(year)
        ]
        return lines

    def prophet_frame(self, first: date, last: date) -> pd.DataFrame:
        """Holidays for Prophet: ``holiday, ds`` for every day of a kind, ``first`` to ``last``."""
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        rows = [(kind, day) for day in days if (kind := self.kind(day)) is not None]
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
    """The calendar of a country; its make-up workdays and exams from ``data/``.

    Raises:
        ForecastingError: the country is unknown, or one of its tables has a bad entry.
    """
    if country is None:
        return Calendar(None)
    import holidays

    if country not in holidays.list_supported_countries():
        raise ForecastingError(f"holiday_country {country!r} is not known: use an ISO code or none")
    exams = _exams(country)
    try:
        years = makeup_workdays(country)
    except ValueError as error:
        raise ForecastingError(str(error)) from error
    if years is None:
        return Calendar(country, exams=exams)
    days = frozenset(day for table in years.values() for day in table)
    return Calendar(country, days, frozenset(years), exams)


def _exams(country: str) -> tuple[Exam, ...]:
    name = f"data/exams_{country.lower()}.toml"
    entry = resources.files("forecasting").joinpath(name)
    if not entry.is_file():
        return ()
    try:
        return tuple(
            Exam(
                _month_day(exam["from"]),
                _month_day(exam["to"]),
                tuple(
                    (int(year), _month_day(first), _month_day(last))
                    for year, (first, last) in exam.get("moved", {}).items()
                ),
            )
            for exam in tomllib.loads(entry.read_text("utf-8")).values()
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise ForecastingError(
            f'{name}: {error}: use [exam] from = "MM-DD", to = "MM-DD"'
        ) from error


def _month_day(text: str) -> tuple[int, int]:
    day = date.fromisoformat(f"2000-{text}")  # a leap year: 02-29 is a day
    return day.month, day.day

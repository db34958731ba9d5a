"""Periods and measures in words."""

from __future__ import annotations

import math
from datetime import date

from dashboard.trends.query import UNKNOWN, By
from dashboard.web.view.words import NOTHING, Words, number

SHARES = ("low_share", "timely_rate", "repeat_rate")
MINUTES = ("reply_p80_min", "reply_p95_min")
# More is better; of all others less is.
MORE_IS_BETTER = ("satisfaction", "timely_rate")


def value(words: Words, measure: str, figure: float | None) -> str:
    """A measure as read: ``3.42``, ``98.6%``, ``2.4 h``."""
    if figure is None or not math.isfinite(figure):
        return NOTHING
    if measure in SHARES:
        return share(figure)
    if measure in MINUTES:
        return duration(words, figure)
    if measure in ("tickets", "low_complaints"):
        # A complaint that several cells may have caused counts in parts.
        return number(figure, 0 if abs(figure - round(figure)) < 1e-6 or figure >= 100 else 1)
    return number(figure, 2 if abs(figure) < 100 else 1)


def share(figure: float) -> str:
    """A share as percent; what is not all is not shown as all."""
    if 0.9995 <= figure < 1:
        return f"{math.floor(figure * 10000) / 100:.2f}%"
    return f"{100 * figure:.1f}%"


def duration(words: Words, minutes: float) -> str:
    """Minutes, or hours from two hours on."""
    if minutes < 120:
        return f"{minutes:.0f} {words.texts('trends_unit.min')}"
    return f"{minutes / 60:.1f} {words.texts('trends_unit.hour')}"


def period(words: Words, by: By, first: date, last: date) -> str:
    """``11月21日 周六``, ``11月16日 – 22日``, ``2026年10月``."""
    if by == "day":
        return words.day(first)
    month = words.texts(f"month.{first.month}")
    if by == "month":
        return words.texts("trends_format.month", year=first.year, month=month)
    return span(words, first, last)


def span(words: Words, first: date, last: date) -> str:
    """A range of days; the year where it is not the same."""
    year = first.year != last.year
    return f"{day(words, first, year=year)} – {day(words, last, year=year)}"


def day(words: Words, at: date, *, year: bool = False) -> str:
    """``11月21日``, ``2026年11月21日``."""
    key = "trends_format.day_of_year" if year else "trends_format.day"
    month = words.texts(f"month.{at.month}")
    return words.texts(key, year=at.year, month=month, day=at.day)


def name_of(words: Words, dimension: str, code: str | None, regions: dict[str, str]) -> str:
    """A dimension's value as read."""
    if code is None or code == UNKNOWN:
        return words.texts("trends.unknown_value")
    if dimension == "region":
        return regions.get(code, code)
    return words.code(dimension, code)

"""Holidays as stretches of days off; the State Council's calendar of 2026."""

from __future__ import annotations

from datetime import date, timedelta

from dashboard.publish.marks import COLUMNS, holidays
from forecasting.calendar import load_calendar


def test_days_off_around_a_festival_are_one_stretch_with_its_name():
    found = holidays("CN", date(2026, 1, 1), date(2026, 12, 31))
    assert list(found.columns) == COLUMNS
    spring = found[found["name_en"].str.contains("Spring Festival|Chinese New Year")].iloc[0]
    assert spring["first"] <= date(2026, 2, 17) <= spring["last"], "the first day of the lunar year"
    assert "春节" in spring["name_zh"]
    national = found[found["first"] <= date(2026, 10, 1)].iloc[-1]
    assert national["last"] >= date(2026, 10, 3)
    calendar = load_calendar("CN")
    for first, last in zip(found["first"], found["last"], strict=True):
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        assert all(calendar.is_day_off(day) for day in days)
        assert not calendar.is_day_off(last + timedelta(days=1)) or last == date(2026, 12, 31)


def test_weekends_alone_are_no_holidays_and_no_country_has_none():
    assert holidays("CN", date(2026, 7, 1), date(2026, 7, 31)).empty
    assert list(holidays(None, date(2026, 1, 1), date(2026, 12, 31)).columns) == COLUMNS


def test_a_stretch_that_begins_before_the_span_is_cut_there():
    found = holidays("CN", date(2026, 10, 3), date(2026, 10, 5))
    assert list(zip(found["first"], found["last"], strict=True)) == [
        (date(2026, 10, 3), date(2026, 10, 5))
    ]

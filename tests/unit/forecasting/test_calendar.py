"""Days off in China: holidays, make-up workdays, and what is not known of them."""

from __future__ import annotations

from datetime import date

import holidays
import pytest

from forecasting.calendar import Calendar, load_calendar
from forecasting.errors import ForecastingError
from tests.support.facts import ZONE, local

CHINA = load_calendar("CN")


def test_table_of_makeup_workdays_agrees_with_a_second_source() -> None:
    assert CHINA.covered is not None
    for year in CHINA.covered:
        witness = holidays.country_holidays("CN", years=year).weekend_workdays
        ours = {day for day in CHINA.workdays if day.year == year}
        assert ours == {day for day in witness if day.year == year}, year


@pytest.mark.parametrize(
    ("day", "off"),
    [
        (date(2026, 10, 1), True),  # National Day, a Thursday
        (date(2026, 10, 10), False),  # a Saturday that is worked
        (date(2026, 10, 17), True),  # a Saturday
        (date(2026, 10, 12), False),
        (date(2026, 2, 17), True),  # Spring Festival
    ],
)
def test_days_off(day: date, off: bool) -> None:
    assert CHINA.is_day_off(day) is off


def test_prophet_frame_names_festivals_and_makeup_workdays() -> None:
    frame = CHINA.prophet_frame(date(2026, 2, 1), date(2026, 2, 28))
    kinds = {row.ds.day: row.holiday for row in frame.itertuples()}
    assert kinds[14] == "makeup_workday"
    assert kinds[28] == "makeup_workday"
    assert kinds[17] == "spring_festival"
    assert 3 not in kinds
    october = CHINA.prophet_frame(date(2026, 10, 1), date(2026, 10, 1))
    assert october["holiday"].tolist() == ["national_day"]


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 2, 9), None),
        (date(2026, 2, 10), "before_spring_festival"),  # 7 days before the 17th
        (date(2026, 2, 16), "spring_festival"),  # New Year's Eve, off since 2025
        (date(2026, 2, 23), "spring_festival"),  # off in exchange for the 28th
        (date(2026, 2, 24), "after_spring_festival"),
        (date(2026, 3, 3), "after_spring_festival"),  # Lantern Festival
        (date(2026, 3, 4), None),
        (date(2026, 6, 7), "exam"),
        (date(2026, 6, 11), None),
        (date(2020, 7, 7), "exam"),  # put off by a month in 2020
        (date(2020, 6, 8), None),
        (date(2026, 6, 19), "holiday"),  # Dragon Boat Festival
        (date(2026, 10, 7), "national_day"),
    ],
)
def test_a_day_is_of_one_kind(day: date, kind: str | None) -> None:
    assert CHINA.kind(day) == kind


def test_a_year_without_holidays_is_a_warning() -> None:
    warnings = CHINA.warnings(date(2101, 1, 5), date(2101, 1, 12))
    assert any("public holidays of 2101" in line for line in warnings)


def test_a_year_beyond_the_table_is_a_warning_not_silence() -> None:
    assert CHINA.warnings(date(2026, 12, 20), date(2026, 12, 27)) == []
    [warning] = CHINA.warnings(date(2026, 12, 28), date(2027, 1, 4))
    assert "2027" in warning
    assert "workdays_cn.toml" in warning


def test_without_a_country_only_weekends_are_off() -> None:
    none = load_calendar(None)
    assert not none.is_day_off(date(2026, 10, 1))
    assert none.is_day_off(date(2026, 10, 10))
    assert none.prophet_frame(date(2026, 10, 1), date(2026, 10, 8)).empty
    assert none.warnings(date(2026, 1, 1), date(2030, 1, 1)) == []


def test_features_count_days_off_within_the_horizon() -> None:
    # Saturday and Sunday of 72 h from Friday midnight
    features = CHINA.features(local(2026, 10, 23), 72, ZONE)
    assert features == {"origin_hour": 0.0, "days_off_ahead": pytest.approx(2 / 3)}
    assert CHINA.features(local(2026, 10, 26, 15), 72, ZONE)["origin_hour"] == 15.0


def test_unknown_country() -> None:
    with pytest.raises(ForecastingError, match="XX"):
        load_calendar("XX")
    assert load_calendar("US") == Calendar("US")
    assert load_calendar("US").kind(date(2026, 6, 7)) is None

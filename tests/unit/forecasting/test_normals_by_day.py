"""Workdays and days off have normals of their own, where enough days of each are known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from forecasting.calendar import Calendar
from forecasting.cells.features import FeatureMaker
from forecasting.hours.weeks import day_types
from forecasting.settings import ForecastingSettings
from ingest.catalogue import load_catalogue
from tests.support.facts import ZONE, Facts, local

MONDAY = local(2026, 8, 31)
WEEKENDS = Calendar(None)


@pytest.fixture
def facts(tmp_path: Path) -> Iterator[Facts]:
    room = Facts(tmp_path)
    room.cells({"cell_id": "OF-1", "longitude": 116.40, "latitude": 39.90})
    yield room
    room.close()


def office(facts: Facts, days: int, until: datetime) -> None:
    """An office cell: about 100 users on workdays, about 10 at weekends; it varies by the week."""
    start = MONDAY - timedelta(days=days)
    hours = int((until - start) / timedelta(hours=1))
    users = []
    for hour in range(hours):
        day = (start + timedelta(hours=hour)).date()
        usual = 10.0 if WEEKENDS.is_day_off(day) else 100.0
        users.append(usual * (1 + 0.1 * (day.toordinal() % 3 - 1)))
    facts.kpis("OF-1", start, hours, active_users=users)


def features_at(facts: Facts, origin: datetime) -> pd.DataFrame:
    maker = FeatureMaker(ForecastingSettings(), load_catalogue(), WEEKENDS, ZONE)
    return maker.at(facts.connection, origin).table


def normals(facts: Facts) -> pd.DataFrame:
    """Those of the week of ``MONDAY``, by hour and type of day."""
    rows = facts.connection.execute(
        "SELECT local_hour, off, active_users FROM cell_normals WHERE monday = ?", [MONDAY.date()]
    ).fetchall()
    return pd.DataFrame(rows, columns=["local_hour", "off", "active_users"]).set_index(
        ["local_hour", "off"]
    )


def test_an_office_is_not_deserted_on_a_sunday(facts: Facts) -> None:
    sunday = MONDAY + timedelta(days=6, hours=20)
    office(facts, 28, sunday)
    stray = features_at(facts, sunday).loc["OF-1", "active_users.dev_6h"]
    assert abs(stray) < 2  # against the median of all days: ln(100 / 10) = 2.3, about 15 strays
    centre = normals(facts)
    # 8 days off in 4 weeks, 20 workdays; each third of them lies on the usual value.
    assert centre.loc[(12, True), "active_users"] == pytest.approx(10, abs=1.01)
    assert centre.loc[(12, False), "active_users"] == pytest.approx(100, abs=0.01)


def test_a_workday_as_empty_as_a_sunday_is_seen(facts: Facts) -> None:
    friday = MONDAY + timedelta(days=4, hours=20)
    office(facts, 28, friday - timedelta(hours=8))
    facts.kpis("OF-1", friday - timedelta(hours=8), 7, active_users=10.0)
    assert features_at(facts, friday).loc["OF-1", "active_users.dev_6h"] > 5


def test_with_fewer_than_four_days_of_a_type_all_days_stand_for_it(facts: Facts) -> None:
    tuesday = MONDAY + timedelta(days=1)
    office(facts, 9, tuesday)  # Saturday to Sunday week: four days off, five workdays
    features_at(facts, tuesday)
    centre = normals(facts)
    assert centre.loc[(12, True), "active_users"] == pytest.approx(10, abs=1.01)
    facts.connection.execute("DELETE FROM kpis WHERE ts < ?", [MONDAY - timedelta(days=8)])
    features_at(facts, tuesday)
    centre = normals(facts)
    # three days off are too few: the median of three and five days is that of a workday
    assert 85 < centre.loc[(12, True), "active_users"] < 111


def test_holidays_and_make_up_workdays_count_by_the_calendar() -> None:
    calendar = Calendar("CN", frozenset({date(2026, 10, 10)}))
    days = day_types(calendar, date(2026, 9, 30), date(2026, 10, 11))
    off = dict(zip(days["day"], days["off"], strict=True))
    assert not off[date(2026, 9, 30)]  # a Wednesday
    assert off[date(2026, 10, 1)]  # National Day, a Thursday
    assert not off[date(2026, 10, 10)]  # a Saturday that is worked
    assert off[date(2026, 10, 11)]  # a Sunday

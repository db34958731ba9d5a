"""Trends beside the past and the future: comparison, band ahead, today, by hand."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from dashboard.snapshot import Snapshot, write_snapshot
from dashboard.trends.ahead import Z, ahead, summed
from dashboard.trends.compare import compared, notes
from dashboard.trends.query import TrendQuery
from dashboard.trends.today import Band, thinned, today
from tests.support.city import city
from tests.support.complaints import row
from tests.support.facts import local
from tests.support.snapshots import AS_OF
from tests.support.trends import shown

TODAY = date(2026, 11, 21)


def parse(**given):
    return TrendQuery.parse({k.removesuffix("_"): v for k, v in given.items()}, newest=TODAY)


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    data = tmp_path_factory.mktemp("city")
    write_snapshot(data, city(), kpi_days={}, published_at=AS_OF)
    snapshot = Snapshot.open(data)
    yield snapshot
    snapshot.close()


def test_the_present_day_stands_beside_the_same_hours(tmp_path):
    at = [
        local(2026, 11, 21, 9), local(2026, 11, 14, 9), local(2026, 11, 14, 14),
        local(2026, 11, 14, 16),  # later in the day than as_of, 15:00
        local(2025, 11, 22, 10), local(2025, 11, 22, 20), local(2025, 11, 20, 10),
    ]  # fmt: skip
    snapshot = shown(tmp_path, [row(n, created_at=moment) for n, moment in enumerate(at)])
    [day] = compared(snapshot, parse(by="day", from_="2026-11-21")).to_dict("records")
    assert (day["tickets"], day["tickets_before"], day["tickets_last_year"]) == (1, 2, 1)
    assert day["change_before"] == -0.5
    assert (day["last_year_start"], day["last_year_end"]) == (date(2025, 11, 22),) * 2
    # a whole day beside whole days
    [day] = compared(snapshot, parse(by="day", from_="2026-11-14", to="2026-11-14")).to_dict(
        "records"
    )
    assert (day["tickets"], day["tickets_before"]) == (3, 0)
    snapshot.close()


def test_a_month_so_far_stands_beside_the_same_days(sample):
    months = compared(sample, parse(by="month", from_="2026-10-01"))
    october, november = months.to_dict("records")
    assert (november["before_start"], november["before_end"]) == (
        date(2026, 10, 1),
        date(2026, 10, 21),
    )
    assert october["before_end"] == date(2026, 9, 30)
    year = compared(sample, parse(by="month", from_="2025-10-01", to="2025-10-31"))
    assert october["tickets_last_year"] == year["tickets"].iloc[0]
    # the history begins on 27 September 2025
    assert np.isnan(year["tickets_last_year"].iloc[0])
    assert np.isnan(year["tickets_before"].iloc[0])


def test_days_that_hold_moving_holidays_are_noted():
    assert notes(parse(by="month", from_="2026-01-01")) == ("moving_holidays",)
    assert notes(parse(by="week", from_="2026-11-02")) == ()


def test_days_ahead_are_the_forecast(sample):
    band = ahead(sample, parse(by="day"))
    series = sample.rows("trend_series", {"region": None, "service": None})
    coming = [r for r in series if r["mean"] is not None]
    assert band["period_start"].tolist() == [r["day"] for r in coming]
    assert band["mean"].tolist() == pytest.approx([r["mean"] for r in coming])
    assert band["upper"].tolist() == pytest.approx([r["upper"] for r in coming])


def test_a_week_ahead_adds_what_was_counted(sample):
    [week] = ahead(sample, parse(by="week")).to_dict("records")
    series = {r["day"]: r for r in sample.rows("trend_series", {"region": None, "service": None})}
    behind = sum(series[date(2026, 11, 16) + timedelta(n)]["observed"] for n in range(5))
    assert (week["observed"], week["days_ahead"]) == (behind, 2)
    both = [series[TODAY + timedelta(n)] for n in range(2)]
    assert week["mean"] == pytest.approx(behind + sum(r["mean"] for r in both))
    assert behind < week["lower"] < week["mean"] < week["upper"]


@pytest.mark.parametrize(
    "given",
    [{"by": "day,region"}, {"by": "day", "channel": "热线"}, {"by": "day", "region": "unknown"}],
)
def test_where_nothing_is_forecast_there_is_no_band(sample, given):
    assert ahead(sample, parse(**given)).empty


def test_days_err_together_but_for_counting():
    mean = np.array([100.0, 100.0])
    # variance of a day 100 by counting and 300 beyond: half interval Z * 20
    half = np.full(2, Z * 20.0)
    total, lower, upper = summed(mean, mean - half, mean + half)
    assert total == 200
    # 100 + 100 independent, (√300 + √300)² common
    assert upper - total == pytest.approx(Z * np.sqrt(200 + 1200))
    assert total - lower == pytest.approx(upper - total)
    # a Poisson number's days are independent
    half = np.full(2, Z * 10.0)
    assert summed(mean, mean - half, mean + half)[2] == pytest.approx(200 + Z * np.sqrt(200))


def test_a_part_of_a_day_is_thinned():
    # variance 100 + 300; a quarter over: 300/16 + 100/4
    half = Z * 20.0
    part = thinned(Band(100.0, 100.0 - half, 100.0 + half), 0.25)
    assert part.mean == 25
    assert part.upper - part.mean == pytest.approx(Z * np.sqrt(300 / 16 + 25))
    whole = thinned(Band(100.0, 80.0, 130.0), 1.0)
    assert (whole.lower, whole.upper) == (pytest.approx(80.0), pytest.approx(130.0))


def daily(mean=10.0):
    return pd.DataFrame(
        [
            {"region_id": "", "service": "", "day": TODAY, "observed": None, "mean": mean,
             "lower": 4.0, "upper": 17.0, "model": "test"},
        ]
    )  # fmt: skip


def test_today_by_hand(tmp_path):
    rows = []

    def made(count, moment, **changes):
        rows.extend(row(len(rows) + n, created_at=moment, **changes) for n in range(count))

    made(3, local(2026, 11, 21, 9))  # due tomorrow
    # two Saturdays before: 1 of 4 came by 15:00, a Friday does not count
    made(1, local(2026, 11, 14, 9), low=True, satisfaction=2)
    made(3, local(2026, 11, 14, 20), repeat=True)
    made(5, local(2026, 11, 13, 9), in_time=False)  # due on the 14th, 09:00
    snapshot = shown(tmp_path, rows, more={"region_services": daily()})
    told = today(snapshot)
    assert (told.tickets, told.tickets_before, told.subscribers) == (3, 1, 90_000)
    assert told.rate_per_10k == pytest.approx(3 / 9)
    assert told.share == 0.25
    assert told.day == Band(10, 4, 17)
    assert told.so_far.mean == 2.5
    assert told.rate_so_far.mean == pytest.approx(2.5 / 9)
    assert told.verdict == "within"
    # due in the 7 days up to 15:00: those of the 14th; a week before, those of the 13th
    assert (told.timely.value, told.timely.count, told.timely.before) == (1.0, 4, 0.0)
    assert (told.timely_today.value, told.timely_today.count) == (None, 0)
    assert told.repeat.value == 3 / 12
    # made in the 7 days up to 15:00: three of the 14th and three of today
    assert told.low_share.value == 0
    assert told.low_share.before == 1 / 6
    assert told.satisfaction.value == 8
    snapshot.close()


def test_today_of_a_district_has_the_city_s_rhythm(sample):
    whole, part = today(sample), today(sample, region_id="110105")
    assert part.share == whole.share
    assert part.tickets < whole.tickets
    assert part.day.mean < whole.day.mean


@pytest.mark.parametrize("region", [None, "elsewhere"])
def test_what_is_not_known_today_is_none(tmp_path, region):
    rows = [] if region is None else [row(0)]
    snapshot = shown(tmp_path, rows)
    told = today(snapshot, region_id=region)
    assert (told.tickets, told.rate_per_10k, told.so_far, told.verdict) == (None,) * 4
    assert told.timely.value is told.repeat.value is told.satisfaction.value is None
    snapshot.close()

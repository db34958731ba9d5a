"""The horizon's total, its interval and its hours, against calculations by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from scipy.stats import nbinom, poisson

from forecasting.calendar import Calendar
from forecasting.outlook.hours import DAY_OFF, WORKDAY, Profile, learn_profile, spread_hours
from forecasting.outlook.interval import (
    PRIOR_SPREAD,
    PRIOR_WEIGHT,
    Spread,
    daily_interval,
    learn_spread,
    total_interval,
)
from forecasting.outlook.pipeline import Ahead, outlook

ZONE = "Asia/Shanghai"
AS_OF = datetime(2026, 11, 22, 10, 57, 10, tzinfo=UTC)  # Sunday 18:57:10 in Beijing
PLAIN = Calendar(None)


class TestSpread:
    def test_without_judged_forecasts_it_is_the_guess(self):
        assert learn_spread(np.array([]), np.array([]), 72) == Spread(PRIOR_SPREAD**2, 0)

    def test_by_hand(self):
        # Expected 100 twice, came 130 and 80: ((900 - 100) + (400 - 100)) / 20000 = 0.055.
        # Two daily origins of 72 h are worth 2/3 of one: (2/3 * 0.055 + 3 * 0.0625) / (2/3 + 3).
        told = learn_spread(np.array([100.0, 100.0]), np.array([130.0, 80.0]), 72)
        worth = 2 / 3
        expected = (worth * 0.055 + PRIOR_WEIGHT * 0.0625) / (worth + PRIOR_WEIGHT)
        assert told.variance == pytest.approx(expected)
        assert told.origins == 2

    def test_poisson_outcomes_need_no_common_factor(self):
        random = np.random.default_rng(1)
        expected = np.full(600, 90.0)
        told = learn_spread(expected, random.poisson(expected).astype(float), 72)
        assert told.variance < 0.002

    def test_a_common_factor_is_found(self):
        random = np.random.default_rng(2)
        expected = random.uniform(50, 150, 3000)
        factor = random.gamma(1 / 0.09, 0.09, 3000)  # relative variance 0.09
        told = learn_spread(expected, random.poisson(expected * factor).astype(float), 72)
        assert told.variance == pytest.approx(0.09, abs=0.01)

    def test_what_cannot_be_used_is_left_out(self):
        told = learn_spread(np.array([0.0, np.nan, 10.0]), np.array([1.0, 1.0, np.nan]), 72)
        assert told.origins == 0


class TestInterval:
    def test_without_a_factor_it_is_poisson(self):
        assert total_interval(95.0, Spread(0.0, 9)) == (
            poisson.ppf(0.05, 95), poisson.ppf(0.95, 95)
        )  # fmt: skip

    def test_with_one_it_is_negative_binomial(self):
        # Variance 95 + 0.0625 * 95²: phi = 6.9375, so n = 95 / 5.9375 = 16 = 1 / 0.0625.
        wanted = (nbinom.ppf(0.05, 16, 1 / 6.9375), nbinom.ppf(0.95, 16, 1 / 6.9375))
        assert total_interval(95.0, Spread(0.0625, 0)) == wanted

    def test_it_covers_what_it_says(self):
        random = np.random.default_rng(3)
        lower, upper = total_interval(80.0, Spread(0.04, 30))
        came = random.poisson(80 * random.gamma(25, 1 / 25, 20_000))
        assert 0.89 <= np.mean((came >= lower) & (came <= upper)) <= 0.93

    def test_it_holds_its_mean_and_is_never_below_zero(self):
        for mean in (0.0, 0.3, 1.2, 7.7):
            lower, upper = total_interval(mean, Spread(0.0625, 0))
            assert 0 <= lower <= mean <= upper

    def test_uncertain_days_widen_a_region(self):
        days = np.array([2.0, 2.0, 2.0, 2.0]), np.array([18.0, 18.0, 18.0, 18.0])
        weights = np.array([0.2, 1.0, 1.0, 0.8])
        wide = daily_interval(30.0, *days, weights, Spread(0.0, 9))
        assert wide[0] < total_interval(30.0, Spread(0.0, 9))[0]
        sure = daily_interval(30.0, days[0] + 7, days[1] - 7, weights, Spread(0.0, 9))
        assert sure == total_interval(30.0, Spread(0.0, 9))


def tickets(hours, *, day="2026-11-18", low=True):
    """One ticket an hour given, of a Wednesday."""
    created = [pd.Timestamp(f"{day}T{hour:02d}:30", tz=ZONE).tz_convert(UTC) for hour in hours]
    return pd.DataFrame({"created_at": created, "weight": 1.0, "low": low})


class TestProfile:
    def test_by_hand(self):
        # 76 tickets at 20:00 of a workday and 24 spread evenly beforehand make 0.77 of all; a type
        # of day has 200 of these, and workdays their own 76.
        told = learn_profile(tickets([20] * 76), ZONE, PLAIN, low_only=False).shares
        assert told[DAY_OFF, 20] == pytest.approx(0.77)
        assert told[WORKDAY, 20] == pytest.approx((200 * 0.77 + 76) / 276)
        assert told[WORKDAY, 3] == pytest.approx(200 * 0.01 / 276)

    def test_rows_sum_to_one_even_without_tickets(self):
        told = learn_profile(tickets([]), ZONE, PLAIN, low_only=True).shares
        assert told == pytest.approx(np.full((2, 24), 1 / 24))

    def test_low_ones_alone_where_asked(self):
        both = pd.concat([tickets([20] * 76), tickets([9] * 76, low=None)])
        low = learn_profile(both, ZONE, PLAIN, low_only=True).shares
        every = learn_profile(both, ZONE, PLAIN, low_only=False).shares
        assert low[WORKDAY, 20] > every[WORKDAY, 20]
        assert low[WORKDAY, 9] < every[WORKDAY, 9]

    def test_a_make_up_workday_is_a_workday(self):
        saturday = tickets([20] * 76, day="2026-11-21")
        worked = Calendar(None, workdays=frozenset({date(2026, 11, 21)}))
        shares = learn_profile(saturday, ZONE, worked, low_only=False).shares
        assert shares[WORKDAY, 20] > shares[DAY_OFF, 20]


class TestHours:
    def spread(self, daily, total=95.0, shares=None, calendar=PLAIN):
        profile = Profile(np.full((2, 24), 1 / 24) if shares is None else shares)
        return spread_hours(
            daily, total, profile, as_of=AS_OF, horizon_h=72, zone=ZONE, calendar=calendar
        )

    def test_they_sum_up_to_the_promise(self):
        days = pd.Series({date(2026, 11, 22 + n): float(10 + n) for n in range(4)})
        rows = self.spread(days)
        assert rows["expected"].sum() == pytest.approx(95.0)
        assert rows["share"].sum() == pytest.approx(72.0)

    def test_the_first_and_the_last_hour_are_parts_of_one(self):
        rows = self.spread(pd.Series(dtype=float))
        assert len(rows) == 73
        assert rows["hour"].iloc[0] == pd.Timestamp("2026-11-22T10:00Z")
        assert rows["share"].iloc[0] == pytest.approx(170 / 3600)  # 2 min 50 s are left
        assert rows["share"].iloc[-1] == pytest.approx(3430 / 3600)
        # Nothing known of days or hours: evenly.
        full = rows["expected"].iloc[1:-1]
        assert full.to_numpy() == pytest.approx(np.full(71, 95 / 72))

    def test_a_day_twice_as_busy_has_hours_twice_as_high(self):
        days = pd.Series({date(2026, 11, 22 + n): [10.0, 10.0, 20.0, 10.0][n] for n in range(4)})
        rows = self.spread(days).set_index("hour")["expected"]
        tuesday, monday = (rows[pd.Timestamp(f"2026-11-{d}T04:00Z")] for d in (24, 23))
        assert tuesday == pytest.approx(2 * monday)

    def test_a_day_off_has_its_own_hours(self):
        shares = np.zeros((2, 24))
        shares[WORKDAY, 10], shares[DAY_OFF, 15] = 1.0, 1.0
        holiday = Calendar(None, workdays=frozenset({date(2026, 11, 22)}))
        rows = self.spread(pd.Series(dtype=float), shares=shares, calendar=holiday)
        local = rows[rows["expected"] > 0]["hour"].dt.tz_convert(ZONE)
        assert {moment.hour for moment in local} == {10}
        weekend = AS_OF - timedelta(days=2)  # Friday evening: Saturday and Sunday lie ahead
        rows = spread_hours(
            pd.Series(dtype=float), 9.0, Profile(shares), as_of=weekend, horizon_h=72,
            zone=ZONE, calendar=PLAIN,
        )  # fmt: skip
        local = rows[rows["expected"] > 0]["hour"].dt.tz_convert(ZONE)
        assert [(m.day, m.hour) for m in local] == [(21, 15), (22, 15), (23, 10)]


def ahead(**changes):
    days = [date(2026, 11, 22) + timedelta(days=n) for n in range(4)]
    series = pd.DataFrame(
        [
            (r, day, mean, mean - 1, mean + 1)
            for r, mean in (("A", 3.0), ("B", 6.0))
            for day in days
        ],
        columns=["region_id", "day", "mean", "lower", "upper"],
    )
    values = {
        "as_of": AS_OF,
        "horizon_h": 72,
        "zone": ZONE,
        "measure": "low_complaints",
        "total": 27.0,
        "regions": pd.DataFrame(
            {"region_id": ["A", "B", "C"], "parent_id": None, "expected": [9.0, 18.0, np.nan]}
        ),
        "series": series,
        "tickets": tickets([]),
        "judged": pd.DataFrame({"expected": [30.0], "observed": [24.0]}),
    }
    return Ahead(**(values | changes))


class TestOutlook:
    def test_city_first_then_regions_that_are_known(self):
        totals, hours = outlook(ahead(), PLAIN)
        assert totals["region_id"].tolist() == ["", "A", "B"]
        assert totals["expected"].tolist() == [27.0, 9.0, 18.0]
        assert (totals["lower"] <= totals["expected"]).all()
        assert set(totals["origins"]) == {1}
        sums = hours.groupby("region_id")["expected"].sum()
        assert sums[["", "A", "B"]].tolist() == pytest.approx([27.0, 9.0, 18.0])

    def test_a_region_above_others_is_counted_once(self):
        nested = ahead()
        regions = nested.regions.assign(parent_id=[None, "A", "A"])
        _, flat = outlook(ahead(regions=regions), PLAIN)
        alone = ahead(series=nested.series[nested.series["region_id"] == "A"])
        _, top = outlook(alone, PLAIN)
        city = [rows[rows["region_id"] == ""]["expected"].to_numpy() for rows in (flat, top)]
        assert city[0] == pytest.approx(city[1])

    def test_the_same_digits_twice(self):
        one, two = (outlook(ahead(), PLAIN) for _ in range(2))
        for a, b in zip(one, two, strict=True):
            pd.testing.assert_frame_equal(a, b)

"""KPIs of one cell: normal band from earlier days alone, forecast, comparison with last week."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from forecasting.errors import NotEnoughHistoryError
from forecasting.kpi import compare_week, forecast_kpi
from forecasting.kpi_band import is_faulty, normal_band, normal_bands
from forecasting.kpi_ways import PROFILE, SEASONAL_NAIVE

START = pd.Timestamp("2026-09-07T00:00:00+08:00")  # a Monday


def hourly(days: int, noise: float = 0.0, seed: int = 1) -> pd.DataFrame:
    """Level 50, ±20 over the day, 10 less at weekends."""
    ts = pd.date_range(START, periods=24 * days, freq="h")
    rng = np.random.default_rng(seed)
    shape = 50 + 20 * np.sin(2 * np.pi * np.asarray(ts.hour) / 24)
    value = shape - 10 * (np.asarray(ts.day_of_week) >= 5) + rng.normal(0, noise, len(ts))
    return pd.DataFrame({"ts": ts.tz_convert("UTC"), "value": value})


def at(days: float) -> datetime:
    return (START + pd.Timedelta(days=days)).to_pydatetime()


def test_band_is_the_percentiles_of_earlier_alike_days() -> None:
    # One value a day, the same each Monday to Friday but for 1..15 over the first 15 workdays.
    days = pd.date_range(START, periods=22, freq="D")
    value = np.arange(22, dtype=float)
    value[np.asarray(days.day_of_week) >= 5] = 1000.0
    band = normal_band(pd.DataFrame({"ts": days.tz_convert("UTC"), "value": value}))
    # Day 21 is a Monday; the 15 workdays before have values 0-4, 7-11, 14-18.
    earlier = [*range(5), *range(7, 12), *range(14, 19)]
    assert band["median"].iloc[21] == pytest.approx(9.0)
    assert band["lower"].iloc[21] == pytest.approx(np.percentile(earlier, 5))
    assert band["upper"].iloc[21] == pytest.approx(np.percentile(earlier, 95))
    assert band["median"].iloc[:11].isna().all()  # fewer than 12 values before


def test_band_never_sees_its_own_day_or_later() -> None:
    history = hourly(30, noise=2.0)
    changed = history.copy()
    changed.loc[changed["ts"] >= at(25), "value"] += 500.0
    first, second = normal_band(history), normal_band(changed)
    until = first["ts"] < at(26)
    pd.testing.assert_frame_equal(first[until], second[until])


def test_band_holds_about_ninety_per_cent_of_ordinary_hours() -> None:
    history = hourly(40, noise=5.0)
    joined = history.merge(normal_band(history), on="ts").dropna()
    inside = joined["value"].between(joined["lower"], joined["upper"]).mean()
    assert 0.85 < inside < 0.98


def test_band_of_nothing_is_empty() -> None:
    assert normal_band(hourly(3).iloc[:0]).empty


def test_bands_of_several_kpis_at_once_have_the_digits_of_each_alone() -> None:
    ts = pd.DatetimeIndex(hourly(40)["ts"])
    rng = np.random.default_rng(7)
    values = np.stack([hourly(40, noise=3.0, seed=n)["value"].to_numpy() for n in range(6)])
    values[1, rng.random(len(ts)) < 0.1] = np.nan  # gaps here and there
    values[2, 24 * 20 : 24 * 23] = np.nan  # three days missing
    values[3, np.arange(len(ts)) % 24 < 5] = np.nan  # never at night
    values[4, 24 * 30 : 24 * 34] *= 3  # a fault
    values[5] = np.nan
    bands = normal_bands(ts, values)
    assert bands.shape == (6, 3, len(ts))
    for value, band in zip(values, bands, strict=True):
        seen = ~np.isnan(value)
        alone = normal_band(pd.DataFrame({"ts": ts, "value": value}))
        np.testing.assert_array_equal(band[:, seen], alone[["lower", "median", "upper"]].T)
        assert np.isnan(band[:, ~seen]).all()
    # By hand, from numpy: Friday of the fifth week, 12:00, from 28 days' workdays at 11, 12, 13.
    row = 24 * 32 + 12
    days = [day for day in range(4, 32) if day % 7 < 5]
    around = [values[0, 24 * day + hour] for day in days for hour in (11, 12, 13)]
    assert bands[0, :, row] == pytest.approx(np.percentile(around, (5, 50, 95)), rel=1e-12)


def test_a_fault_of_ten_days_does_not_widen_the_band() -> None:
    history = hourly(40, noise=3.0)
    sick = history.copy()
    # From day 25 to 35 the level is twice as high by day; nights stay as they are.
    hour = sick["ts"].dt.tz_convert("Asia/Shanghai").dt.hour
    during = (sick["ts"] >= at(25)) & (sick["ts"] < at(35)) & hour.between(8, 22)
    sick.loc[during, "value"] += 60.0
    well, ill = normal_band(history), normal_band(sick)
    after = well["ts"] >= at(35)
    width = (ill["upper"] - ill["lower"])[after].mean() / (well["upper"] - well["lower"])[
        after
    ].mean()
    assert width < 1.25
    inside = sick["value"][during].between(ill["lower"][during], ill["upper"][during])
    assert inside.mean() < 0.1  # the fault stays visible to its last day


def test_a_state_that_lasts_becomes_the_normal_one() -> None:
    history = hourly(60, noise=3.0)
    history.loc[history["ts"] >= at(25), "value"] += 60.0
    band = normal_band(history)
    late = band["ts"] >= at(55)
    inside = history["value"][late].between(band["lower"][late], band["upper"][late])
    assert inside.mean() > 0.8


def test_ordinary_days_and_rare_dips_are_not_faulty() -> None:
    days = hourly(28, noise=4.0)["value"].to_numpy().reshape(28, 24)[np.arange(28) % 7 < 5]
    assert not any(is_faulty(days[i], days[:i]) for i in range(4, len(days)))
    full = np.full((12, 24), 100.0)
    full[::5, 3] = 99.0  # availability: mostly at its end, single hours below
    assert not any(is_faulty(full[i], full[:i]) for i in range(4, 12))
    assert is_faulty(np.full(24, 60.0), full)
    assert is_faulty(np.where(np.arange(24) < 7, 60.0, 100.0), full)  # 7 hours of 24
    assert not is_faulty(np.where(np.arange(24) < 5, 60.0, 100.0), full)
    assert not is_faulty(np.full(24, np.nan), full)


def test_forecast_follows_day_and_week_and_stays_in_range() -> None:
    history = hourly(35, noise=1.0)
    ahead = forecast_kpi(history, at(28), 72, low=0, high=60)
    assert len(ahead) == 73  # the hour of the origin itself was not known
    actual = hourly(35).set_index("ts")["value"].reindex(pd.DatetimeIndex(ahead["ts"]))
    assert np.abs(ahead["mean"].to_numpy() - np.minimum(actual.to_numpy(), 60)).mean() < 2
    assert (ahead["lower"] <= ahead["mean"]).all()
    assert (ahead["mean"] <= ahead["upper"]).all()
    assert ahead["upper"].max() <= 60


def test_the_champion_is_the_one_that_was_best_in_the_weeks_before() -> None:
    noisy = forecast_kpi(hourly(42, noise=6.0), at(42), 24)
    assert set(noisy["model"]) != {SEASONAL_NAIVE}  # last week's noise once more is the worst guess
    # A week whose pattern turns over each week but the last two: only last week tells of the next.
    ts = pd.date_range(START, periods=24 * 42, freq="h")
    day = np.asarray(ts.hour)
    turned = np.where(np.arange(len(ts)) < 24 * 14, day < 12, day >= 12)
    history = pd.DataFrame({"ts": ts.tz_convert("UTC"), "value": 10.0 + 30 * turned})
    made = forecast_kpi(history, at(28), 24)
    assert set(made["model"]) == {SEASONAL_NAIVE}


def test_the_weekly_profile_by_hand() -> None:
    # Three weeks of one value a day; the newest week counts 1, the others 1/2 and 1/4.
    ts = pd.date_range(START, periods=21, freq="D")
    week = np.array([0.0, 1, 2, 3, 4, 5, 6])
    value = np.concatenate([week, week, week + 10])
    value[0] -= 7.0  # the oldest Monday strays to -7: its weight is 1/7 of the whole
    history = pd.DataFrame({"ts": ts.tz_convert("UTC"), "value": value})
    made = forecast_kpi(history, at(21), 24 * 6).set_index("ts")
    assert set(made["model"]) == {PROFILE}
    # Medians 3, 3, 13, the shape -3 -2 … 3; Monday (-10 - 2 * 3 - 4 * 3) / 7 = -4; level 13.
    assert made["mean"].tolist() == pytest.approx([9.0, 11, 12, 13, 14, 15, 16])


def test_forecast_does_not_look_ahead() -> None:
    history = hourly(35, noise=1.0)
    changed = history.copy()
    changed.loc[changed["ts"] >= at(28), "value"] = -999.0
    pd.testing.assert_frame_equal(
        forecast_kpi(history, at(28), 48), forecast_kpi(changed, at(28), 48)
    )


def test_short_history_falls_back_to_the_day_before_and_says_so() -> None:
    history = hourly(5)
    ahead = forecast_kpi(history, at(5), 23)  # the last of them is a day after the newest value
    assert set(ahead["model"]) == {"seasonal_naive"}
    by_time = history.set_index("ts")["value"]
    expected = by_time.reindex(pd.DatetimeIndex(ahead["ts"]) - pd.Timedelta(days=1))
    np.testing.assert_allclose(ahead["mean"], expected)


def test_too_short_a_history_forecasts_nothing() -> None:
    assert forecast_kpi(hourly(1), at(1), 24).empty


def test_compare_week_counts_both_errors_by_hand() -> None:
    # A series that grows by 1 a week: the same hour last week is always 1 below.
    ts = pd.date_range(START, periods=24 * 42, freq="h").tz_convert("UTC")
    week = np.arange(len(ts)) // 168
    history = pd.DataFrame({"ts": ts, "value": 10.0 + week})
    result = compare_week(history, at(35))
    # Week 5 has the value 15, naive says 14: WAPE 1/15; every model stands at the last level.
    assert result.same_hour_last_week == pytest.approx(1 / 15)
    assert result.forecast == pytest.approx(1 / 15, rel=0.05)
    assert result.hours == 168


def test_compare_week_needs_both_sides() -> None:
    with pytest.raises(NotEnoughHistoryError, match="origin"):
        compare_week(hourly(10), at(10))
    with pytest.raises(NotEnoughHistoryError):
        compare_week(hourly(10), at(0) + timedelta(hours=3))


def test_times_are_those_of_the_zone() -> None:
    history = hourly(20)
    history["ts"] = history["ts"].dt.tz_convert("UTC")
    ahead = forecast_kpi(history, datetime(2026, 9, 27, tzinfo=UTC), 24)
    peak = ahead.loc[ahead["mean"].idxmax(), "ts"]
    assert peak.tz_convert("Asia/Shanghai").hour in (5, 6, 7)

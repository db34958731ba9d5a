"""KPIs of one cell: normal band from earlier days alone, forecast, comparison with last week."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from forecasting.errors import NotEnoughHistoryError
from forecasting.kpi import compare_week, forecast_kpi, normal_band

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


def test_forecast_follows_day_and_week_and_stays_in_range() -> None:
    history = hourly(35, noise=1.0)
    ahead = forecast_kpi(history, at(28), 72, low=0, high=60)
    assert set(ahead["model"]) == {"prophet"}
    assert len(ahead) == 73  # the hour of the origin itself was not known
    actual = hourly(35).set_index("ts")["value"].reindex(pd.DatetimeIndex(ahead["ts"]))
    assert np.abs(ahead["mean"].to_numpy() - np.minimum(actual.to_numpy(), 60)).mean() < 2
    assert (ahead["lower"] <= ahead["mean"]).all()
    assert (ahead["mean"] <= ahead["upper"]).all()
    assert ahead["upper"].max() <= 60


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
    # Week 5 has the value 15, naive says 14: WAPE 1/15.
    assert result.same_hour_last_week == pytest.approx(1 / 15)
    # Prophet stands at the level of the last week, so it is as far off.
    assert result.prophet == pytest.approx(1 / 15, rel=0.05)
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

"""KPIs of one cell: its normal band, its forecast, and the forecast held against last week's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.errors import ForecastingError, NotEnoughHistoryError
from forecasting.prophets import Shape, fit_predict

Array = NDArray[np.float64]

BAND = (5.0, 50.0, 95.0)  # percentiles of the normal band
_BAND_DAYS = 28  # days before, from which a day's band is taken
_BAND_VALUES = 12  # fewer values than this give no band
_SEASONAL_NAIVE, _PROPHET = "seasonal_naive", "prophet"
_MIN_PROPHET_DAYS = 14
_HISTORY_DAYS = 42
_WEEKLY_ORDER = 40  # chosen on the real hourly network of 2018 (docs/forecasting.md)


def normal_band(history: pd.DataFrame, *, zone: str = "Asia/Shanghai") -> pd.DataFrame:
    """The cell's own normal at the times of its history, from earlier days alone.

    For every day: the 5th, 50th and 95th percentile of the values of the 28 days before at the
    same time of day and the two neighbouring times; weekends from weekends, once there are enough.

    Args:
        history: ``ts`` (aware), ``value``; one row per interval, any order.
        zone: IANA zone of the time of day.

    Returns:
        ``ts, lower, median, upper`` for every ``ts`` of the history, sorted; NaN where too little
        came before.
    """
    known = history.dropna(subset=["value"]).sort_values("ts", ignore_index=True)
    empty = pd.DataFrame({"ts": known["ts"], "lower": np.nan, "median": np.nan, "upper": np.nan})
    if known.empty:
        return empty
    local = known["ts"].dt.tz_convert(zone).dt.tz_localize(None)
    table = pd.DataFrame(
        {
            "day": local.dt.normalize(),
            "slot": local.dt.hour * 60 + local.dt.minute,
            "value": known["value"].astype(float),
        }
    )
    grid = table.pivot_table(index="day", columns="slot", values="value", aggfunc="last")
    values = grid.to_numpy(float)
    days = pd.DatetimeIndex(grid.index)
    around = _with_neighbours(values) if values.shape[1] >= 8 else values[None]
    bands = np.full((3, *values.shape), np.nan)
    weekend = days.day_of_week >= 5
    for row in range(1, len(days)):
        before = (days < days[row]) & (days >= days[row] - pd.Timedelta(days=_BAND_DAYS))
        alike = before & (weekend == weekend[row])
        bands[:, row] = _percentiles(around[:, alike], around[:, before])
    rows = grid.index.get_indexer(pd.Index(table["day"]))
    columns = grid.columns.get_indexer(pd.Index(table["slot"]))
    for number, name in enumerate(("lower", "median", "upper")):
        empty[name] = bands[number, rows, columns]
    return empty


def _with_neighbours(values: Array) -> Array:
    """The values of each slot, of the slot before and of the slot after; shape (3, days, slots)."""
    return np.stack([np.roll(values, 1, axis=1), values, np.roll(values, -1, axis=1)])


def _percentiles(alike: Array, before: Array) -> Array:
    """Percentiles per slot from days of the same kind, else from all days before."""
    slots = before.shape[2]
    result = np.full((3, slots), np.nan)
    for source in (before, alike):
        flat = source.reshape(-1, slots)
        enough = np.isfinite(flat).sum(axis=0) >= _BAND_VALUES
        if enough.any():
            result[:, enough] = np.nanpercentile(flat[:, enough], BAND, axis=0)
    return result


def forecast_kpi(
    history: pd.DataFrame,
    as_of: datetime,
    hours: int,
    *,
    zone: str = "Asia/Shanghai",
    low: float | None = None,
    high: float | None = None,
) -> pd.DataFrame:
    """Forecast one KPI of one cell.

    When 14 days are known: Prophet's season of the week, without a trend (a line drawn over 7 days
    ran away more often than it helped), moved to the level of the last 7 days. Else the same time
    last week. The 90 % interval comes from the residuals at the same time of day.

    Args:
        history: ``ts`` (aware), ``value``; rows at or after ``as_of`` are not looked at.
        as_of: origin.
        hours: how far ahead.
        zone: IANA zone of day and week.
        low: smallest possible value, from the catalogue.
        high: largest possible value.

    Returns:
        ``ts, mean, lower, upper, model`` with one row per interval after the newest value up to
        ``as_of`` + ``hours``; no row where the history has fewer than two days.
    """
    known = history[history["ts"] < as_of].dropna(subset=["value"]).sort_values("ts")
    known = known[known["ts"] >= as_of - timedelta(days=_HISTORY_DAYS)]
    nothing = pd.DataFrame(columns=["ts", "mean", "lower", "upper", "model"])
    if len(known) < 3 or known["ts"].iloc[-1] - known["ts"].iloc[0] < timedelta(days=2):
        return nothing
    step = known["ts"].diff().mode().iloc[0]
    last = known["ts"].iloc[-1].tz_convert("UTC")
    end = pd.Timestamp(as_of).tz_convert("UTC") + pd.Timedelta(hours=hours)
    ahead = pd.date_range(last + step, end, freq=step)
    if len(ahead) == 0:
        return nothing
    series = Series(known["ts"], known["value"].to_numpy(float), step, zone)
    try:
        fitted, mean, model = *series.prophet(ahead), _PROPHET
    except ForecastingError:
        fitted, mean, model = *series.seasonal_naive(ahead), _SEASONAL_NAIVE
    lower, upper = series.interval(fitted, ahead)
    frame = pd.DataFrame(
        {"ts": ahead, "mean": mean, "lower": mean + lower, "upper": mean + upper, "model": model}
    )
    for name in ("mean", "lower", "upper"):
        frame[name] = frame[name].clip(low, high)
    return frame.dropna(subset=["mean"]).reset_index(drop=True)


@dataclass(frozen=True)
class Series:
    """One KPI's known values, sorted; ``step`` is the interval."""

    ts: pd.Series
    value: Array
    step: pd.Timedelta
    zone: str

    def _local(self, times: pd.DatetimeIndex) -> pd.DatetimeIndex:
        return times.tz_convert(self.zone).tz_localize(None)

    def prophet(self, ahead: pd.DatetimeIndex) -> tuple[Array, Array]:
        """Fitted values and forecast by Prophet."""
        times = pd.DatetimeIndex(self.ts)
        if times[-1] - times[0] < timedelta(days=_MIN_PROPHET_DAYS - 1):
            raise NotEnoughHistoryError(f"less than {_MIN_PROPHET_DAYS} days of history")
        hourly = self.step < timedelta(hours=12)
        shape = Shape(weekly=_WEEKLY_ORDER, flexibility=None) if hourly else Shape(flexibility=None)
        # What is always positive (rates, traffic, delay) varies in proportion, not in steps.
        positive = bool(self.value.min() > 0)
        values = np.log(self.value) if positive else self.value
        history = pd.DataFrame({"ds": self._local(times), "y": values})
        fitted, mean = fit_predict(history, self._local(ahead), shape)
        recent = times >= times[-1] - pd.Timedelta(days=7)
        mean = mean + float(np.mean((values - fitted)[recent]))
        return (np.exp(fitted), np.exp(mean)) if positive else (fitted, mean)

    def seasonal_naive(self, ahead: pd.DatetimeIndex) -> tuple[Array, Array]:
        """The value of the same time last week, else of the day before; NaN where neither is."""
        by_time = pd.Series(self.value, index=pd.DatetimeIndex(self.ts))
        by_time = by_time[~by_time.index.duplicated(keep="last")]
        times = pd.DatetimeIndex(by_time.index)
        return self._repeat(by_time, times), self._repeat(by_time, ahead)

    @staticmethod
    def _repeat(known: pd.Series, times: pd.DatetimeIndex) -> Array:
        result = np.full(len(times), np.nan)
        for days in (7, 14, 21, 1, 2, 3):
            missing = np.isnan(result)
            if missing.any():
                earlier = known.reindex(times[missing] - pd.Timedelta(days=days))
                result[missing] = earlier.to_numpy(float)
        return result

    def interval(self, fitted: Array, ahead: pd.DatetimeIndex) -> tuple[Array, Array]:
        """5th and 95th percentile of the residuals at the same hour of day (else at any)."""
        residual = self.value - fitted
        hour = np.asarray(self._local(pd.DatetimeIndex(self.ts)).hour)
        wanted = np.asarray(self._local(ahead).hour)
        known = np.isfinite(residual)
        if not known.any():
            return np.full(len(ahead), np.nan), np.full(len(ahead), np.nan)
        everywhere = np.percentile(residual[known], (BAND[0], BAND[2]))
        lower, upper = np.full(24, everywhere[0]), np.full(24, everywhere[1])
        for h in range(24):
            here = residual[known & (np.abs((hour - h + 12) % 24 - 12) <= 1)]
            if len(here) >= _BAND_VALUES:
                lower[h], upper[h] = np.percentile(here, (BAND[0], BAND[2]))
        return lower[wanted], upper[wanted]


@dataclass(frozen=True)
class WeekComparison:
    """Weighted absolute percentage errors (Σ|error| ÷ Σ|value|) over the hours ahead."""

    origin: datetime
    hours: int
    prophet: float
    same_hour_last_week: float


def compare_week(
    history: pd.DataFrame, origin: datetime, *, hours: int = 168, zone: str = "Asia/Shanghai"
) -> WeekComparison:
    """Prophet's next 7 days against the same hour last week, on the same known hours.

    Args:
        history: ``ts`` (aware), ``value``; the values after ``origin`` are what happened.
        origin: nothing at or after it is used to forecast.
        hours: how far ahead.
        zone: IANA zone of day and week.

    Raises:
        NotEnoughHistoryError: too little before the origin, or nothing after it.
    """
    known = history[history["ts"] < origin].dropna(subset=["value"]).sort_values("ts")
    known = known[known["ts"] >= origin - timedelta(days=_HISTORY_DAYS)]
    end = origin + timedelta(hours=hours)
    actual = history[(history["ts"] >= origin) & (history["ts"] < end)].dropna(subset=["value"])
    if len(known) < 48 or actual.empty:
        raise NotEnoughHistoryError(f"{origin}: too few hours before or none after the origin")
    step = known["ts"].diff().mode().iloc[0]
    series = Series(known["ts"], known["value"].to_numpy(float), step, zone)
    ahead = pd.DatetimeIndex(actual["ts"])
    value = actual["value"].to_numpy(float)
    prophet = series.prophet(ahead)[1]
    naive = series.seasonal_naive(ahead)[1]
    both = np.isfinite(naive)
    total = np.abs(value[both]).sum()
    errors = [float(np.abs(value - m)[both].sum() / total) for m in (prophet, naive)]
    return WeekComparison(origin, hours, *errors)

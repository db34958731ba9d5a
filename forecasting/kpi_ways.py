"""Three ways to carry one KPI of one cell forward: last week, a weekly profile, Prophet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.errors import NotEnoughHistoryError
from forecasting.prophets import Shape, fit_predict

Array = NDArray[np.float64]

SEASONAL_NAIVE, PROFILE, PROPHET = "seasonal_naive", "weekly_profile", "prophet"
HISTORY_DAYS = 42
WEEK = timedelta(days=7)
MIN_MODEL_DAYS = 14  # below: the same time last week, or the day before
# Chosen on the real hourly network of 2018 (docs/forecasting.md).
_DECAY = 0.5  # weight of a week against that of the week after it
_WEEKLY_ORDER = 40


@dataclass(frozen=True)
class Series:
    """One KPI's known values, sorted, without repeated times.

    Attributes:
        ts: times in UTC.
        value: finite.
        step: the interval.
        zone: IANA zone of day and week.
    """

    ts: pd.DatetimeIndex
    value: Array
    step: pd.Timedelta
    zone: str

    @classmethod
    def known(cls, history: pd.DataFrame, as_of: datetime, zone: str) -> Series | None:
        """The last six weeks before the origin; None with fewer than two days."""
        known = history[
            (history["ts"] < as_of) & (history["ts"] >= as_of - timedelta(days=HISTORY_DAYS))
        ]
        known = known.dropna(subset=["value"]).sort_values("ts").drop_duplicates("ts", keep="last")
        if len(known) < 3 or known["ts"].iloc[-1] - known["ts"].iloc[0] < timedelta(days=2):
            return None
        step = known["ts"].diff().mode().iloc[0]
        times = pd.DatetimeIndex(known["ts"]).tz_convert("UTC")
        return cls(times, known["value"].to_numpy(float), step, zone)

    @property
    def positive(self) -> bool:
        """What is always positive (rates, traffic, delay) varies in proportion, not in steps."""
        return bool(self.value.min() > 0)

    @property
    def length(self) -> timedelta:
        """From the first interval's start to the last one's end."""
        span: timedelta = (self.ts[-1] - self.ts[0] + self.step).to_pytimedelta()
        return span

    def before(self, moment: pd.Timestamp) -> Series:
        """What was known before a moment."""
        until = int(self.ts.searchsorted(moment))
        return Series(self.ts[:until], self.value[:until], self.step, self.zone)

    def local(self, times: pd.DatetimeIndex) -> pd.DatetimeIndex:
        """Naive local times."""
        return times.tz_convert(self.zone).tz_localize(None)

    def hours_of(self, times: pd.DatetimeIndex) -> NDArray[np.int64]:
        """Local hour of day."""
        return np.asarray(self.local(times).hour, dtype=np.int64)


def seasonal_naive(series: Series, ahead: pd.DatetimeIndex) -> Array:
    """The value of the same time last week, else of weeks or days before; NaN without any."""
    known = pd.Series(series.value, index=series.ts)
    result = np.full(len(ahead), np.nan)
    for days in (7, 14, 21, 1, 2, 3):
        missing = np.isnan(result)
        if missing.any():
            earlier = known.reindex(ahead[missing] - pd.Timedelta(days=days))
            result[missing] = earlier.to_numpy(float)
    return result


def weekly_profile(series: Series, ahead: pd.DatetimeIndex) -> Array:
    """The damped shape of the week at the level of the last week.

    Each week is taken relative to its own median; a time of the week stands for the mean over the
    weeks, each with half the weight of the week after it; the level is the median of what the last
    week's values are above that shape. On logarithms where values are positive.

    Raises:
        NotEnoughHistoryError: less than 14 days.
    """
    _need_two_weeks(series)
    values = np.log(series.value) if series.positive else series.value
    end = series.ts[-1] + series.step
    age = np.asarray((end - series.ts - series.step) // pd.Timedelta(WEEK), dtype=np.int64)
    medians = pd.Series(values).groupby(age).median()
    relative = values - medians.reindex(age).to_numpy(float)
    weight = _DECAY ** age.astype(float)
    slot = _slots(series.local(series.ts))
    table = pd.DataFrame({"slot": slot, "sum": weight * relative, "weight": weight})
    sums = table.groupby("slot")[["sum", "weight"]].sum()
    shape = sums["sum"] / sums["weight"]
    recent = age == 0
    level = float(np.median(values[recent] - shape.reindex(slot[recent]).to_numpy(float)))
    wanted = _slots(series.local(ahead))
    mean = level + shape.reindex(wanted).fillna(float(shape.median())).to_numpy(float)
    return np.exp(mean) if series.positive else mean


def prophet(series: Series, ahead: pd.DatetimeIndex) -> Array:
    """Prophet without a trend, at the level of the last seven days.

    A line drawn over 7 days ran away more often than it helped.

    Raises:
        NotEnoughHistoryError: less than 14 days.
        ForecastingError: Prophet could not fit.
    """
    _need_two_weeks(series)
    hourly = series.step < timedelta(hours=12)
    shape = Shape(weekly=_WEEKLY_ORDER, flexibility=None) if hourly else Shape(flexibility=None)
    values = np.log(series.value) if series.positive else series.value
    history = pd.DataFrame({"ds": series.local(series.ts), "y": values})
    fitted, mean = fit_predict(history, series.local(ahead), shape)
    recent = series.ts >= series.ts[-1] - pd.Timedelta(days=7)
    mean = mean + float(np.mean((values - fitted)[recent]))
    return np.exp(mean) if series.positive else mean


MODELS: dict[str, Callable[[Series, pd.DatetimeIndex], Array]] = {
    PROFILE: weekly_profile,
    SEASONAL_NAIVE: seasonal_naive,
    PROPHET: prophet,
}


def _slots(local: pd.DatetimeIndex) -> NDArray[np.int64]:
    """Minute of the week."""
    minutes = local.day_of_week * 1440 + local.hour * 60 + local.minute
    return np.asarray(minutes, dtype=np.int64)


def _need_two_weeks(series: Series) -> None:
    if series.length < timedelta(days=MIN_MODEL_DAYS):
        raise NotEnoughHistoryError(f"less than {MIN_MODEL_DAYS} days of history")

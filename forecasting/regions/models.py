"""The models that compete for each region's daily counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.calendar import Calendar
from forecasting.errors import ForecastingError, NotEnoughHistoryError
from forecasting.prophets import Shape, fit_predict

Array = NDArray[np.float64]
Model = Callable[[pd.Series, int], Array]
"""From daily counts (index: days) and days ahead to the means of the days ahead, never negative."""

SEASONAL_NAIVE, PROPHET, FOUR_WEEKS = "seasonal_naive", "prophet", "weekday_mean"
MIN_NAIVE_DAYS = 7
MIN_PROPHET_DAYS = 28


def seasonal_naive(counts: pd.Series, ahead: int) -> Array:
    """The count of the same weekday of the last known week.

    Raises:
        NotEnoughHistoryError: fewer than 7 days.
    """
    if len(counts) < MIN_NAIVE_DAYS:
        raise NotEnoughHistoryError(f"{len(counts)} days of counts, {MIN_NAIVE_DAYS} are needed")
    week = counts.to_numpy(float)[-7:]
    return np.resize(week, ahead)


def weekday_mean(counts: pd.Series, ahead: int) -> Array:
    """The mean of the last four same weekdays, pulled half-way to the mean of these four weeks.

    Counts of one weekday are few; half of what sets a weekday apart is taken for noise.
    """
    if len(counts) < 4 * MIN_NAIVE_DAYS:
        raise NotEnoughHistoryError(
            f"{len(counts)} days of counts, {4 * MIN_NAIVE_DAYS} are needed"
        )
    weeks = counts.to_numpy(float)[-28:].reshape(4, 7)
    return np.resize((weeks.mean(axis=0) + weeks.mean()) / 2, ahead)


@dataclass(frozen=True)
class ProphetModel:
    """Prophet with weekly season, yearly from two years on, and the holidays of the country."""

    calendar: Calendar

    def __call__(self, counts: pd.Series, ahead: int) -> Array:
        """Means of the next days.

        Raises:
            NotEnoughHistoryError: fewer than 28 days.
            ForecastingError: Prophet could not fit.
        """
        if len(counts) < MIN_PROPHET_DAYS:
            raise NotEnoughHistoryError(
                f"{len(counts)} days of counts, {MIN_PROPHET_DAYS} are needed"
            )
        days = pd.DatetimeIndex(counts.index)
        future = pd.date_range(days[-1] + pd.Timedelta(days=1), periods=ahead, freq="D")
        history = pd.DataFrame({"ds": days, "y": counts.to_numpy(float)})
        holidays = self.calendar.prophet_frame(days[0].date(), future[-1].date())
        shape = Shape(yearly=10 if len(days) >= 730 else 0)
        mean = fit_predict(history, future, shape, holidays)[1]
        # A trend line must not run away from counts: never beyond what was ever seen.
        return np.clip(mean, 0.0, max(1.0, 1.5 * float(counts.max())))


def competitors(calendar: Calendar) -> dict[str, Model]:
    """All models by name; the first is the baseline that wins ties."""
    return {
        SEASONAL_NAIVE: seasonal_naive,
        FOUR_WEEKS: weekday_mean,
        PROPHET: ProphetModel(calendar),
    }


def predict(model: Model, counts: pd.Series, ahead: int) -> Array | None:
    """The model's means, or None where it cannot say anything about this series."""
    try:
        return model(counts, ahead)
    except ForecastingError:
        return None

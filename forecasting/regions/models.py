"""The models that compete for each series of daily counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.errors import ForecastingError, NotEnoughHistoryError
from forecasting.prophets import Shape, fit_predict
from forecasting.regions.damped import damped_counts
from forecasting.regions.known import DayFacts
from forecasting.regions.nodes import Node

Array = NDArray[np.float64]

SEASONAL_NAIVE, FOUR_WEEKS = "seasonal_naive", "weekday_mean"
DAMPED, PROPHET = "damped_counts", "prophet"
MIN_NAIVE_DAYS = 7
MIN_DAMPED_DAYS = 14
MIN_PROPHET_DAYS = 28
MIN_PROPHET_RATE = 1.0  # tickets a day over eight weeks; below, Prophet fits noise for a second


@dataclass(frozen=True)
class Past:
    """What a model sees of one series at one origin.

    Attributes:
        node: which series.
        counts: complete local days before the origin.
        facts: calendar, events and works of these days and of those ahead.
        prior: effects of the day on the whole city (see ``damped.city_effects``).
    """

    node: Node
    counts: pd.Series
    facts: DayFacts
    prior: Array

    def days(self, ahead: int) -> pd.DatetimeIndex:
        """All days, those ahead included."""
        return pd.date_range(self.counts.index[0], periods=len(self.counts) + ahead, freq="D")


Model = Callable[[Past, int], Array]
"""From the past and days ahead to the means of the days ahead, never negative."""


def seasonal_naive(past: Past, ahead: int) -> Array:
    """The count of the same weekday of the last known week.

    Raises:
        NotEnoughHistoryError: fewer than 7 days.
    """
    _need(past, MIN_NAIVE_DAYS)
    return np.resize(past.counts.to_numpy(float)[-7:], ahead)


def weekday_mean(past: Past, ahead: int) -> Array:
    """The mean of the last four same weekdays, pulled half-way to the mean of these four weeks.

    Counts of one weekday are few; half of what sets a weekday apart is taken for noise.

    Raises:
        NotEnoughHistoryError: fewer than 28 days.
    """
    _need(past, 4 * MIN_NAIVE_DAYS)
    weeks = past.counts.to_numpy(float)[-28:].reshape(4, 7)
    return np.resize((weeks.mean(axis=0) + weeks.mean()) / 2, ahead)


def damped(past: Past, ahead: int) -> Array:
    """A damped level times the factors of the day (see ``damped_counts``).

    Raises:
        NotEnoughHistoryError: fewer than 14 days.
    """
    _need(past, MIN_DAMPED_DAYS)
    design = past.facts.design(past.node, past.days(ahead))
    return damped_counts(past.counts.to_numpy(float), design, past.prior, ahead)


def prophet(past: Past, ahead: int) -> Array:
    """Prophet: weekly season, yearly from two years on, kinds of days, events and works.

    Raises:
        NotEnoughHistoryError: fewer than 28 days, or fewer than a ticket a day.
        ForecastingError: Prophet could not fit.
    """
    _need(past, MIN_PROPHET_DAYS)
    if past.counts.iloc[-56:].mean() < MIN_PROPHET_RATE:
        raise NotEnoughHistoryError(f"fewer than {MIN_PROPHET_RATE:g} tickets a day")
    days, known = past.days(ahead), len(past.counts)
    history = pd.DataFrame({"ds": days[:known], "y": past.counts.to_numpy(float)})
    happenings = past.facts.happenings(past.node, days)
    seen = [name for name in happenings if happenings[name].iloc[:known].gt(0).sum() >= 3]
    mean = fit_predict(
        history,
        days[known:],
        Shape(yearly=10 if known >= 730 else 0),
        past.facts.calendar.prophet_frame(days[0].date(), days[-1].date()),
        happenings[seen],
    )[1]
    # A trend line must not run away from counts: never beyond what was ever seen.
    return np.clip(mean, 0.0, max(1.0, 1.5 * float(past.counts.max())))


SIMPLE: dict[str, Model] = {
    SEASONAL_NAIVE: seasonal_naive,
    FOUR_WEEKS: weekday_mean,
    DAMPED: damped,
}
"""Models that cost next to nothing; the first is the baseline that wins ties."""

MODELS: dict[str, Model] = {**SIMPLE, PROPHET: prophet}


def predict(model: Model, past: Past, ahead: int) -> Array | None:
    """The model's means, or None where it cannot say anything about this series."""
    try:
        return model(past, ahead)
    except ForecastingError:
        return None


def _need(past: Past, days: int) -> None:
    if len(past.counts) < days:
        raise NotEnoughHistoryError(f"{len(past.counts)} days of counts, {days} are needed")

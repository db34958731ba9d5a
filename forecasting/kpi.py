"""Forecast of one KPI of one cell: three models, a champion by its own last weeks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.errors import ForecastingError, NotEnoughHistoryError
from forecasting.kpi_ways import (
    MIN_MODEL_DAYS,
    MODELS,
    PROFILE,
    PROPHET,
    SEASONAL_NAIVE,
    WEEK,
    Array,
    Series,
    seasonal_naive,
)

Row = tuple[Array, Array, NDArray[np.int64]]
"""Forecast, what came, and the local hour of day."""

_FOLDS = 2  # weeks before the origin on which the models compete
# Chosen on the real hourly network of 2018 (docs/forecasting.md).
_TRUSTED = 0.95  # another model must beat the profile by a twentieth
_PROPHET_CHANCE = 1.05  # Prophet competes on only where its newest week was not worse than this
_TAILS = (0.05, 0.95)
_WIDER = 1.35  # two weeks of errors know little of how weeks differ; so much was lacking in 2018
_TAIL_VALUES = 24  # fewer errors of one hour of day than this: those of all hours


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

    The weekly profile, Prophet and the same time last week forecast the two weeks before the
    origin; the champion forecasts what is to come, so a model that was worse than last week there
    is not shown. Its errors there give the 90 % interval. With less than four weeks of history the
    profile is used, with less than two the same time last week or the day before.

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
    nothing = pd.DataFrame(columns=["ts", "mean", "lower", "upper", "model"])
    series = Series.known(history, as_of, zone)
    if series is None:
        return nothing
    last = series.ts[-1]
    end = pd.Timestamp(as_of).tz_convert("UTC") + pd.Timedelta(hours=hours)
    ahead = pd.date_range(last + series.step, end, freq=series.step)
    if len(ahead) == 0:
        return nothing
    chosen = choose(series)
    mean = MODELS[chosen.model](series, ahead)
    lower, upper = chosen.errors.around(mean, series.hours_of(ahead), positive=series.positive)
    frame = pd.DataFrame(
        {"ts": ahead, "mean": mean, "lower": lower, "upper": upper, "model": chosen.model}
    )
    for name in ("mean", "lower", "upper"):
        frame[name] = frame[name].clip(low, high)
    return frame.dropna(subset=["mean"]).reset_index(drop=True)


@dataclass(frozen=True)
class Errors:
    """Errors of forecasts made earlier: value over forecast where positive, else the difference.

    Attributes:
        size: shape (values,); logarithms of the ratio, or differences.
        hour: local hour of day of each.
    """

    size: Array
    hour: NDArray[np.int64]

    def around(
        self, mean: Array, hours: NDArray[np.int64], *, positive: bool
    ) -> tuple[Array, Array]:
        """Bounds around the mean, from errors at the same hour of day and the two beside it.

        Where these are few, from errors at any hour; NaN without errors.
        """
        if not len(self.size):
            return np.full(len(mean), np.nan), np.full(len(mean), np.nan)
        tails = np.tile(np.quantile(self.size, _TAILS), (24, 1))
        for h in range(24):
            here = self.size[np.abs((self.hour - h + 12) % 24 - 12) <= 1]
            if len(here) >= _TAIL_VALUES:
                tails[h] = np.quantile(here, _TAILS)
        tails = _WIDER * np.column_stack([np.minimum(tails[:, 0], 0), np.maximum(tails[:, 1], 0)])
        below, above = tails[hours, 0], tails[hours, 1]
        if positive:
            return mean * np.exp(below), mean * np.exp(above)
        return mean + below, mean + above


@dataclass(frozen=True)
class Champion:
    """The model that forecasts, and its errors of the weeks before."""

    model: str
    errors: Errors


def choose(series: Series) -> Champion:
    """The champion of the last two weeks (fewer where the history is shorter)."""
    end = series.ts[-1] + series.step
    cuts = [end - k * pd.Timedelta(WEEK) for k in range(1, _FOLDS + 1)]
    folds = [(series.before(cut), cut) for cut in cuts]
    usable = [
        (known, cut)
        for known, cut in folds
        if len(known.ts) and known.length >= timedelta(days=MIN_MODEL_DAYS)
    ]
    made: dict[str, list[Row]] = {name: [] for name in MODELS}
    for known, cut in usable:
        there = (series.ts >= cut) & (series.ts < cut + WEEK)
        ahead, came = series.ts[there], series.value[there]
        for name, model in MODELS.items():
            if name == PROPHET and not _worth_fitting(made):
                continue
            try:
                made[name].append((model(known, ahead), came, series.hours_of(ahead)))
            except ForecastingError:
                continue
    weeks = {name: rows for name, rows in made.items() if len(rows) == len(usable) and rows}
    if not weeks:
        return _without_contest(series)
    errors = {name: _error(rows) for name, rows in weeks.items()}
    if PROFILE in errors:
        errors[PROFILE] *= _TRUSTED
    best = min(errors, key=lambda name: errors[name])
    return Champion(best, _errors_of(weeks[best], positive=series.positive))


def _worth_fitting(made: dict[str, list[Row]]) -> bool:
    """Whether Prophet was good enough on the newest week to be fitted to the one before."""
    if len(made[PROFILE]) + len(made[SEASONAL_NAIVE]) <= 2:  # this is the newest week
        return True
    if not made[PROPHET]:
        return False
    newest = {name: _error(rows[:1]) for name, rows in made.items() if rows}
    return newest[PROPHET] <= _PROPHET_CHANCE * min(newest.values())


def _error(rows: list[Row]) -> float:
    """Weighted absolute percentage error over the weeks; what was not forecast does not count."""
    mean, came = (np.concatenate([row[i] for row in rows]) for i in (0, 1))
    known = np.isfinite(mean)
    total = float(np.abs(came[known]).sum())
    return float(np.abs(came - mean)[known].sum()) / total if total else float("inf")


def _errors_of(rows: list[Row], *, positive: bool) -> Errors:
    mean, came = (np.concatenate([row[i] for row in rows]) for i in (0, 1))
    hour = np.concatenate([row[2] for row in rows])
    known = np.isfinite(mean) & ((mean > 0) | (not positive))
    size = np.log(came[known] / mean[known]) if positive else came[known] - mean[known]
    return Errors(size, hour[known])


def _without_contest(series: Series) -> Champion:
    """Too short a history to compete: the profile from two weeks on, else last week."""
    enough = series.length >= timedelta(days=MIN_MODEL_DAYS)
    mean = seasonal_naive(series, series.ts)
    row = (mean, series.value, series.hours_of(series.ts))
    model = PROFILE if enough else SEASONAL_NAIVE
    return Champion(model, _errors_of([row], positive=series.positive))


@dataclass(frozen=True)
class WeekComparison:
    """Weighted absolute percentage errors (Σ|error| ÷ Σ|value|) over the hours ahead.

    Attributes:
        origin: from which it was forecast.
        hours: how far ahead.
        forecast: error of the champion, the forecast that is shown.
        same_hour_last_week: error of last week's values.
        model: the champion.
        coverage: share of values within the 90 % interval.
    """

    origin: datetime
    hours: int
    forecast: float
    same_hour_last_week: float
    model: str
    coverage: float


def compare_week(
    history: pd.DataFrame, origin: datetime, *, hours: int = 168, zone: str = "Asia/Shanghai"
) -> WeekComparison:
    """The next 7 days against the same hour last week, on the same known hours.

    Args:
        history: ``ts`` (aware), ``value``; the values after ``origin`` are what happened.
        origin: nothing at or after it is used to forecast.
        hours: how far ahead.
        zone: IANA zone of day and week.

    Raises:
        NotEnoughHistoryError: too little before the origin, or nothing after it.
    """
    series = Series.known(history, origin, zone)
    end = origin + timedelta(hours=hours)
    actual = history[(history["ts"] >= origin) & (history["ts"] < end)].dropna(subset=["value"])
    if series is None or series.length < timedelta(days=MIN_MODEL_DAYS) or actual.empty:
        raise NotEnoughHistoryError(f"{origin}: too few hours before or none after the origin")
    ahead = pd.DatetimeIndex(actual["ts"]).tz_convert("UTC")
    value = actual["value"].to_numpy(float)
    chosen = choose(series)
    mean = MODELS[chosen.model](series, ahead)
    lower, upper = chosen.errors.around(mean, series.hours_of(ahead), positive=series.positive)
    naive = seasonal_naive(series, ahead)
    both = np.isfinite(naive) & np.isfinite(mean)
    total = np.abs(value[both]).sum()
    return WeekComparison(
        origin,
        hours,
        forecast=float(np.abs(value - mean)[both].sum() / total),
        same_hour_last_week=float(np.abs(value - naive)[both].sum() / total),
        model=chosen.model,
        coverage=float(((value >= lower) & (value <= upper))[both].mean()),
    )

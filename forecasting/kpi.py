"""Forecast of one KPI of one cell: three models, a champion by its own last weeks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.errors import ForecastingError, NotEnoughHistoryError
from forecasting.prophets import Shape, fit_predict

Array = NDArray[np.float64]
Row = tuple[Array, Array, NDArray[np.int64]]
"""Forecast, what came, and the local hour of day."""

SEASONAL_NAIVE, PROFILE, PROPHET = "seasonal_naive", "weekly_profile", "prophet"
HISTORY_DAYS = 42
_WEEK = timedelta(days=7)
_MIN_MODEL_DAYS = 14  # below: the same time last week, or the day before
_FOLDS = 2  # weeks before the origin on which the models compete
# Chosen on the real hourly network of 2018 (docs/forecasting.md).
_DECAY = 0.5  # weight of a week against that of the week after it
_TRUSTED = 0.95  # another model must beat the profile by a twentieth
_PROPHET_CHANCE = 1.05  # Prophet competes on only where its newest week was not worse than this
_WEEKLY_ORDER = 40
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
        known = history[(history["ts"] < as_of) & (history["ts"] >= as_of - _HISTORY)]
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


_HISTORY = timedelta(days=HISTORY_DAYS)


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
    age = np.asarray((end - series.ts - series.step) // pd.Timedelta(_WEEK), dtype=np.int64)
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
    cuts = [end - k * pd.Timedelta(_WEEK) for k in range(1, _FOLDS + 1)]
    folds = [(series.before(cut), cut) for cut in cuts]
    usable = [
        (known, cut)
        for known, cut in folds
        if len(known.ts) and known.length >= timedelta(days=_MIN_MODEL_DAYS)
    ]
    made: dict[str, list[Row]] = {name: [] for name in MODELS}
    for known, cut in usable:
        there = (series.ts >= cut) & (series.ts < cut + _WEEK)
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
    enough = series.length >= timedelta(days=_MIN_MODEL_DAYS)
    mean = seasonal_naive(series, series.ts)
    row = (mean, series.value, series.hours_of(series.ts))
    model = PROFILE if enough else SEASONAL_NAIVE
    return Champion(model, _errors_of([row], positive=series.positive))


def _slots(local: pd.DatetimeIndex) -> NDArray[np.int64]:
    """Minute of the week."""
    minutes = local.day_of_week * 1440 + local.hour * 60 + local.minute
    return np.asarray(minutes, dtype=np.int64)


def _need_two_weeks(series: Series) -> None:
    if series.length < timedelta(days=_MIN_MODEL_DAYS):
        raise NotEnoughHistoryError(f"less than {_MIN_MODEL_DAYS} days of history")


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
    if series is None or series.length < timedelta(days=_MIN_MODEL_DAYS) or actual.empty:
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

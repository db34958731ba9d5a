"""KPI series of a cell with their normal band and forecast, on a regular grid of time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from dashboard.web.context import Context, Look
from forecasting.kpi import forecast_kpi
from forecasting.kpi_band import normal_bands
from forecasting.saturation import KPIS as SATURABLE
from forecasting.saturation import Saturation, saturation
from ingest.catalogue import Kpi

HISTORY = timedelta(days=36)
WEEK = timedelta(days=7)
Values = npt.NDArray[np.float64]


def _nothing() -> Values:
    return np.zeros(0)


@dataclass(frozen=True)
class Series:
    """One KPI of one cell.

    Attributes:
        kpi: its entry in the catalogue.
        start: first interval shown (aware).
        step: grid of ``value`` and the band.
        value: measured; NaN where nothing arrived.
        lower: the normal band; NaN where unknown.
        median: the middle of the band.
        upper: the normal band.
        ahead_step: grid of the forecast.
        ahead_start: first forecast interval; None without a forecast.
        mean: the forecast.
        mean_lower: its interval.
        mean_upper: its interval.
        model: what made it.
        saturation: when the busy hour reaches the limit; None where it is not known or not asked.
    """

    kpi: Kpi
    start: datetime
    step: timedelta
    value: Values
    lower: Values
    median: Values
    upper: Values
    ahead_step: timedelta
    ahead_start: datetime | None = None
    mean: Values = field(default_factory=_nothing)
    mean_lower: Values = field(default_factory=_nothing)
    mean_upper: Values = field(default_factory=_nothing)
    model: str = ""
    saturation: Saturation | None = None

    @property
    def last(self) -> float | None:
        """The newest measured value."""
        return _last(self.value, self.value)

    @property
    def end(self) -> datetime:
        """Where the measured grid ends."""
        return self.start + len(self.value) * self.step

    @property
    def last_band(self) -> tuple[float | None, float | None]:
        """The normal band at the newest measured value."""
        return _last(self.value, self.lower), _last(self.value, self.upper)


def cut(series: Series, start: datetime, end: datetime) -> Series:
    """The part of a series whose intervals begin in a span; its forecast stays whole."""
    first, last = _places(series, start, end)
    part = slice(first, last)
    return replace(
        series,
        start=series.start + first * series.step,
        value=series.value[part],
        lower=series.lower[part],
        median=series.median[part],
        upper=series.upper[part],
    )


def week_before(series: Series, start: datetime, end: datetime) -> tuple[datetime, Values]:
    """What was measured a week before a span, moved on by a week: where it begins, and the values.

    It reaches as far as the span, so that last week's course stands beside the forecast too.
    """
    first, last = _places(series, start - WEEK, end - WEEK)
    return series.start + first * series.step + WEEK, series.value[first:last]


def _places(series: Series, start: datetime, end: datetime) -> tuple[int, int]:
    """The first interval that begins at or after ``start``, and the first not before ``end``."""
    first, last = (-((series.start - moment) // series.step) for moment in (start, end))
    n = len(series.value)
    return min(max(first, 0), n), min(max(last, 0), n)


def kpi_series(
    context: Context, look: Look, cell_id: str, *, ahead: bool = True
) -> tuple[Series, ...]:
    """All KPIs of which the cell has values, over all days kept; made once per snapshot.

    In catalogue order.

    Args:
        context: settings, catalogue and memory.
        look: the snapshot.
        cell_id: the cell.
        ahead: with forecasts, which take far longer than all the rest.
    """
    measured = context.kpi_memo.get((look.snapshot.id, cell_id), lambda: _measured(look, cell_id))
    hours = context.settings.kpi_forecast_h
    if not ahead or not hours or not measured:
        return measured
    key = (look.snapshot.id, cell_id, hours)
    return context.kpi_memo.get(key, lambda: _ahead(look, cell_id, measured, hours))


def held(context: Context, look: Look, cell_id: str) -> tuple[Series, ...]:
    """The series with their forecasts if they are in memory; () otherwise."""
    found = context.kpi_memo.peek((look.snapshot.id, cell_id, context.settings.kpi_forecast_h))
    return found if isinstance(found, tuple) else ()


def _rows(look: Look, cell_id: str) -> pd.DataFrame:
    since = look.snapshot.manifest.as_of - HISTORY
    return look.snapshot.frame("cell_kpis", {"cell_id": cell_id, "since": since})


def _measured(look: Look, cell_id: str) -> tuple[Series, ...]:
    """What was measured, with the normal bands of all KPIs made at once."""
    frame = _rows(look, cell_id)
    if frame.empty:
        return ()
    step = timedelta(minutes=int(frame["period_min"].mode().iloc[0]))
    names = [kpi for kpi in look.words.catalogue.kpis if kpi.name in frame.columns]
    values = frame[[kpi.name for kpi in names]].to_numpy(float, na_value=np.nan).T
    times = pd.DatetimeIndex(frame["ts"]).as_unit("ns")
    bands = normal_bands(times, values, zone=look.words.zone.key)
    found = []
    for kpi, value, band in zip(names, values, bands, strict=True):
        known = np.flatnonzero(~np.isnan(value))
        if len(known):
            start, grid = _on_grid(times[known], np.vstack([value, band])[:, known], step)
            found.append(Series(kpi=kpi, start=start, step=step, value=grid[0], lower=grid[1],
                                median=grid[2], upper=grid[3], ahead_step=step))  # fmt: skip
    return tuple(found)


def _on_grid(times: pd.DatetimeIndex, rows: Values, step: timedelta) -> tuple[datetime, Values]:
    """Rows of values on a regular grid from the first time on; of two of one time the first.

    Times between the grid's lines move to the line after them.
    """
    at, every = times.asi8, pd.Timedelta(step).value
    lines = np.arange(at[0], at[-1] + 1, every)
    place = np.searchsorted(at, lines, side="right") - 1
    place = np.searchsorted(at, at[place])
    near = lines - at[place] <= 0.999 * every
    return times[0].to_pydatetime(), np.where(near, rows[:, place], np.nan)


def _ahead(
    look: Look, cell_id: str, measured: tuple[Series, ...], hours: int
) -> tuple[Series, ...]:
    """The same series with what is to come."""
    frame = _rows(look, cell_id)
    as_of, zone = look.snapshot.manifest.as_of, look.words.zone.key
    return tuple(_with_ahead(series, frame, as_of, hours, zone) for series in measured)


def _with_ahead(
    series: Series, frame: pd.DataFrame, as_of: datetime, hours: int, zone: str
) -> Series:
    kpi = series.kpi
    history = pd.DataFrame({"ts": frame["ts"], "value": frame[kpi.name].astype(float)})
    history = history.dropna(subset=["value"]).reset_index(drop=True)
    ahead = forecast_kpi(history, as_of, hours, zone=zone, low=kpi.min, high=kpi.max)
    filling = None
    if kpi.limit is not None and kpi.name in SATURABLE:
        higher = kpi.worse == "higher"
        filling = saturation(history, as_of, limit=kpi.limit, higher=higher, zone=zone)
    if ahead.empty:
        return replace(series, saturation=filling)
    return replace(
        series,
        ahead_start=pd.Timestamp(ahead["ts"].iloc[0]).to_pydatetime(),
        ahead_step=_step(ahead, series.step),
        mean=_array(ahead, "mean"),
        mean_lower=_array(ahead, "lower"),
        mean_upper=_array(ahead, "upper"),
        model=str(ahead["model"].iloc[0]),
        saturation=filling,
    )


def _step(ahead: pd.DataFrame, step: timedelta) -> timedelta:
    if len(ahead) < 2:
        return step
    return timedelta(seconds=(ahead["ts"].iloc[1] - ahead["ts"].iloc[0]).total_seconds())


def _array(frame: pd.DataFrame, column: str) -> Values:
    return frame[column].to_numpy(dtype=float, na_value=np.nan)


def _last(where: Values, values: Values) -> float | None:
    known = np.flatnonzero(np.isfinite(where))
    if not len(known) or not np.isfinite(values[known[-1]]):
        return None
    return float(values[known[-1]])

"""KPI series of a cell with their normal band and forecast, on a regular grid of time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from dashboard.web.context import Context, Look
from forecasting.kpi import forecast_kpi
from forecasting.kpi_band import normal_band
from forecasting.saturation import KPIS as SATURABLE
from forecasting.saturation import Saturation, saturation
from ingest.catalogue import Kpi

HISTORY = timedelta(days=36)
WEEK = timedelta(days=7)
Values = npt.NDArray[np.float64]


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
        ahead_start: first forecast interval; None without a forecast.
        ahead_step: grid of the forecast.
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
    ahead_start: datetime | None
    ahead_step: timedelta
    mean: Values
    mean_lower: Values
    mean_upper: Values
    model: str
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
    hours = context.settings.kpi_forecast_h if ahead else 0
    key = (look.snapshot.id, cell_id, hours)
    return context.kpi_memo.get(key, lambda: _make(context, look, cell_id, hours))


def held(context: Context, look: Look, cell_id: str) -> tuple[Series, ...]:
    """The series with their forecasts if they are in memory; () otherwise."""
    found = context.kpi_memo.peek((look.snapshot.id, cell_id, context.settings.kpi_forecast_h))
    return found if isinstance(found, tuple) else ()


def _make(context: Context, look: Look, cell_id: str, hours: int) -> tuple[Series, ...]:
    as_of = look.snapshot.manifest.as_of
    since = as_of - HISTORY
    frame = look.snapshot.frame("cell_kpis", {"cell_id": cell_id, "since": since})
    if frame.empty:
        return ()
    step = timedelta(minutes=int(frame["period_min"].mode().iloc[0]))
    zone = look.words.zone.key
    return tuple(
        _series(kpi, frame, step, as_of=as_of, hours=hours, zone=zone)
        for kpi in context.catalogue.kpis
        if kpi.name in frame.columns and frame[kpi.name].notna().any()
    )


def _series(
    kpi: Kpi,
    frame: pd.DataFrame,
    step: timedelta,
    *,
    as_of: datetime,
    hours: int,
    zone: str,
) -> Series:
    history = pd.DataFrame({"ts": frame["ts"], "value": frame[kpi.name].astype(float)})
    history = history.dropna(subset=["value"]).reset_index(drop=True)
    band = normal_band(history, zone=zone)
    ahead = pd.DataFrame(columns=["ts", "mean", "lower", "upper", "model"])
    if hours:
        ahead = forecast_kpi(history, as_of, hours, zone=zone, low=kpi.min, high=kpi.max)
    filling = None
    if hours and kpi.limit is not None and kpi.name in SATURABLE:
        higher = kpi.worse == "higher"
        filling = saturation(history, as_of, limit=kpi.limit, higher=higher, zone=zone)
    # The band has the history's times, in order.
    ordered = history.sort_values("ts", ignore_index=True)
    both = band.assign(value=ordered["value"]).set_index("ts")
    grid = pd.date_range(both.index[0], both.index[-1], freq=step)
    # Times between the grid's lines move to the line before them.
    both = both[~both.index.duplicated()].reindex(
        grid, method="ffill", tolerance=pd.Timedelta(step) * 0.999
    )
    first = None if ahead.empty else pd.Timestamp(ahead["ts"].iloc[0]).to_pydatetime()
    return Series(
        kpi=kpi,
        start=grid[0].to_pydatetime(),
        step=step,
        value=_array(both, "value"),
        lower=_array(both, "lower"),
        median=_array(both, "median"),
        upper=_array(both, "upper"),
        ahead_start=first,
        ahead_step=_step(ahead, step),
        mean=_array(ahead, "mean"),
        mean_lower=_array(ahead, "lower"),
        mean_upper=_array(ahead, "upper"),
        model="" if ahead.empty else str(ahead["model"].iloc[0]),
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

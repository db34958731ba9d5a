"""The normal band of a cell's KPI: from earlier days alone, and from those without faults."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]

BAND = (5.0, 50.0, 95.0)  # percentiles of the normal band
BAND_DAYS = 28  # days before, from which a day's band is taken
BAND_VALUES = 12  # fewer values than this give no band
_STRAY = 3.0  # so many scaled median deviations from the slot's median are a stray
_FAULTY_SHARE = 0.25  # a day with this share of strays tells of a fault, not of the cell
_KEEP_SHARE = 0.5  # with fewer sound days than this, the new state is the normal one
_MIN_ALIKE = 4  # workdays (or days off) before, of which a day can be told to stray
_MIN_TIMES = 8


def normal_band(history: pd.DataFrame, *, zone: str = "Asia/Shanghai") -> pd.DataFrame:
    """The cell's own normal at the times of its history, from earlier days alone.

    For every day: the 5th, 50th and 95th percentile of the values of the 28 days before at the
    same time of day and the two neighbouring times; weekends from weekends, once there are enough.
    Days of which a quarter strayed far from the days before them are left out (see ``is_faulty``):
    a fault must not become normal while it lasts. Once they are more than half of the 28, the new
    state is the normal one, and all days count again.

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
    minutes = (local.dt.hour * 60 + local.dt.minute).to_numpy()
    slots, columns = np.unique(minutes, return_inverse=True)
    midnights, rows = np.unique(local.to_numpy().astype("datetime64[D]"), return_inverse=True)
    values = np.full((len(midnights), len(slots)), np.nan)
    values[rows, columns] = known["value"].to_numpy(float)  # the last one of a slot stays
    days = pd.DatetimeIndex(midnights)
    around = _with_neighbours(values) if values.shape[1] >= _MIN_TIMES else values[None]
    bands = np.full((3, *values.shape), np.nan)
    weekend = np.asarray(days.day_of_week >= 5)
    faulty = np.zeros(len(days), dtype=bool)
    for row in range(1, len(days)):
        recent = np.asarray((days < days[row]) & (days >= days[row] - pd.Timedelta(days=BAND_DAYS)))
        before = recent & ~faulty
        if before.sum() < _KEEP_SHARE * recent.sum():
            before = recent
        alike = before & (weekend == weekend[row])
        bands[:, row] = _percentiles(around[:, alike], around[:, before])
        faulty[row] = alike.sum() >= _MIN_ALIKE and is_faulty(values[row], values[alike])
    for number, name in enumerate(("lower", "median", "upper")):
        empty[name] = bands[number, rows, columns]
    return empty


def is_faulty(day: Array, earlier: Array) -> bool:
    """Whether a day tells of a fault: a quarter of its times strays far from earlier days' median.

    The usual stray of a time of day is 1.4826 x its median deviation, and never less than that of
    the whole day: a KPI that mostly stands at its end (100 % available) has a median deviation of
    0, and what little it moves is no fault.

    Args:
        day: shape (times of day,), NaN where nothing arrived.
        earlier: shape (days, times of day), days of the same kind.
    """
    if len(day) < _MIN_TIMES:  # daily figures: a single value is no pattern
        return False
    known = np.isfinite(day) & np.isfinite(earlier).any(axis=0)
    if not known.any():
        return False
    middle = _medians(earlier[:, known])
    size = np.abs(earlier[:, known] - middle)
    least = max(1.4826 * float(np.nanmedian(size)), 0.5 * float(np.nanmean(size)), 1e-9)
    usual = np.maximum(1.4826 * _medians(size), least)
    # Few days make the median deviation look too small.
    strays = np.abs(day[known] - middle) > _STRAY * (1 + 2 / len(earlier)) * usual
    return bool(strays.mean() > _FAULTY_SHARE)


def _with_neighbours(values: Array) -> Array:
    """The values of each slot, of the slot before and of the slot after; shape (3, days, slots)."""
    return np.stack([np.roll(values, 1, axis=1), values, np.roll(values, -1, axis=1)])


def _percentiles(alike: Array, before: Array) -> Array:
    """Percentiles per slot from days of the same kind, else from all days before."""
    slots = before.shape[2]
    result = np.full((3, slots), np.nan)
    for source in (before, alike):
        flat = source.reshape(-1, slots)
        enough = np.isfinite(flat).sum(axis=0) >= BAND_VALUES
        if enough.any():
            result[:, enough] = _quantiles(flat[:, enough])
    return result


def _quantiles(values: Array) -> Array:
    """``BAND`` of each column's known values, shape (3, columns); each column has some.

    The digits are those of ``np.nanpercentile``, which goes from column to column and is thirty
    times as slow on tables as small as a day's.
    """
    ordered = np.sort(values, axis=0)  # unknown ones last
    last = np.isfinite(values).sum(axis=0) - 1
    at = last * (np.array(BAND) / 100)[:, None]
    below = np.floor(at).astype(int)
    column = np.arange(values.shape[1])
    low = ordered[below, column]
    high = ordered[np.minimum(below + 1, last), column]
    share, gap = at - below, high - low
    return np.asarray(np.where(share >= 0.5, high - gap * (1 - share), low + gap * share))


def _medians(values: Array) -> Array:
    """``np.nanmedian`` of each column, by sorting the whole table once; each column has some."""
    ordered = np.sort(values, axis=0)
    known = np.isfinite(values).sum(axis=0)
    column = np.arange(values.shape[1])
    return np.asarray((ordered[(known - 1) // 2, column] + ordered[known // 2, column]) / 2)

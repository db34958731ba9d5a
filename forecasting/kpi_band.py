"""The normal band of a cell's KPI: from earlier days alone, and from those without faults."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]
Days = NDArray[np.intp]
Mask = NDArray[np.bool_]

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
    found = normal_bands(
        pd.DatetimeIndex(known["ts"]), known["value"].to_numpy(float)[None], zone=zone
    )
    shown = pd.DataFrame({"ts": known["ts"]})
    for number, name in enumerate(("lower", "median", "upper")):
        shown[name] = found[0, number]
    return shown


def normal_bands(ts: pd.DatetimeIndex, values: Array, *, zone: str = "Asia/Shanghai") -> Array:
    """``normal_band`` of several KPIs of one cell at once, to the last digit.

    Args:
        ts: times of the columns (aware), ascending.
        values: shape (KPIs, times); NaN where nothing arrived.
        zone: IANA zone of the time of day.

    Returns:
        Shape (KPIs, 3, times): lower, median, upper; NaN where the value is unknown, too.
    """
    bands = np.full((len(values), 3, len(ts)), np.nan)
    local = ts.tz_convert(zone).tz_localize(None)
    slots, columns = np.unique(local.hour * 60 + local.minute, return_inverse=True)
    midnights, rows = np.unique(local.to_numpy().astype("datetime64[D]"), return_inverse=True)
    # KPIs with values on the same days at the same times of day have tables of one shape.
    alike: dict[tuple[bytes, bytes], list[int]] = {}
    known = ~np.isnan(values)
    for kpi in np.flatnonzero(known.any(axis=1)).tolist():
        on, at = np.zeros(len(midnights), dtype=bool), np.zeros(len(slots), dtype=bool)
        on[rows[known[kpi]]] = True
        at[columns[known[kpi]]] = True
        alike.setdefault((on.tobytes(), at.tobytes()), []).append(kpi)
    for (days, times), kpis in alike.items():
        on, at = np.frombuffer(days, dtype=bool), np.frombuffer(times, dtype=bool)
        row, column = (np.cumsum(on) - 1)[rows], (np.cumsum(at) - 1)[columns]
        table = np.full((len(kpis), at.sum(), on.sum()), np.nan)
        for place, kpi in enumerate(kpis):
            seen = known[kpi]
            table[place, column[seen], row[seen]] = values[kpi, seen]  # a slot's last one stays
        made = _bands(table, pd.DatetimeIndex(midnights[on]))
        for place, kpi in enumerate(kpis):
            seen = known[kpi]
            bands[kpi][:, seen] = made[place][:, column[seen], row[seen]]
    return bands


def _bands(table: Array, days: pd.DatetimeIndex) -> Array:
    """Shape (KPIs, 3, times of day, days) from (KPIs, times of day, days)."""
    around = table[..., None]
    if table.shape[1] >= _MIN_TIMES:  # with the slot before and the slot after
        slots = (np.roll(table, 1, axis=1), table, np.roll(table, -1, axis=1))
        around = np.stack(slots, axis=-1)
    bands = np.full((len(table), 3, *table.shape[1:]), np.nan)
    weekend = np.asarray(days.day_of_week >= 5)
    firsts = np.searchsorted(days, days - pd.Timedelta(days=BAND_DAYS))
    faulty = np.zeros((len(table), len(days)), dtype=bool)
    for row in range(1, len(days)):
        recent = np.arange(firsts[row], row)
        out = faulty[:, recent]
        out &= ((~out).sum(axis=1) >= _KEEP_SHARE * len(recent))[:, None]
        same = weekend[recent] == weekend[row]
        bands[..., row] = _percentiles(around, recent, same, out)
        faulty[:, row] = _faulty(table, row, recent[same], out[:, same])
    return bands


def _percentiles(around: Array, recent: Days, same: Mask, out: Mask) -> Array:
    """Percentiles per slot from days of the same kind, else from all days before.

    Args:
        around: shape (KPIs, times of day, days, slots around).
        recent: days before.
        same: which of them are of the same kind.
        out: shape (KPIs, recent): which of them do not count.

    Returns:
        Shape (KPIs, 3, times of day).
    """
    kpis, slots = around.shape[:2]
    result = np.full((3, kpis * slots), np.nan)
    left = np.arange(kpis * slots)
    for kind in (same, np.ones_like(same)):
        values = around[:, :, recent[kind]]
        out_here = out[:, kind]
        if out_here.any():
            values[np.broadcast_to(out_here[:, None], values.shape[:3])] = np.nan
        flat = values.reshape(kpis * slots, -1)[left]
        enough = np.isfinite(flat).sum(axis=1) >= BAND_VALUES
        if enough.any():
            result[:, left[enough]] = _quantiles(flat[enough])
        left = left[~enough]
        if not len(left):
            break
    return result.reshape(3, kpis, slots).transpose(1, 0, 2)


def _faulty(table: Array, row: int, earlier: Days, out: Mask) -> Mask:
    """``is_faulty`` of each KPI's day; those with the same gaps at once.

    Args:
        table: shape (KPIs, times of day, days).
        row: the day.
        earlier: days of the same kind before.
        out: shape (KPIs, earlier): which of them do not count.
    """
    found = np.zeros(len(table), dtype=bool)
    if table.shape[1] < _MIN_TIMES or len(earlier) < _MIN_ALIKE:
        return found
    seen = np.isfinite(table[:, :, earlier]) & ~out[:, None]
    known = np.isfinite(table[:, :, row]) & seen.any(axis=2)
    same: dict[tuple[bytes, bytes], list[int]] = {}
    for kpi in range(len(table)):
        same.setdefault((known[kpi].tobytes(), out[kpi].tobytes()), []).append(kpi)
    for listed in same.values():
        kpis, first = np.array(listed), listed[0]
        times, days = np.flatnonzero(known[first]), earlier[~out[first]]
        if len(days) >= _MIN_ALIKE and len(times):
            day = table[kpis[:, None], times, row]
            found[kpis] = _strays(day, table[np.ix_(kpis, times, days)])
    return found


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
    return bool(_strays(day[known][None], earlier[:, known].T[None])[0])


def _strays(day: Array, earlier: Array) -> Mask:
    """``is_faulty`` of days with shape (KPIs, times), from (KPIs, times, days); nothing all NaN."""
    middle = _medians(earlier)
    size = np.abs(earlier - middle[..., None])
    sizes = size.reshape(len(size), -1)
    mean = np.nansum(sizes, axis=1) / np.isfinite(sizes).sum(axis=1)
    least = np.maximum(np.maximum(1.4826 * _medians(sizes), 0.5 * mean), 1e-9)
    usual = np.maximum(1.4826 * _medians(size), least[:, None])
    # Few days make the median deviation look too small.
    strays = np.abs(day - middle) > _STRAY * (1 + 2 / earlier.shape[2]) * usual
    return np.asarray(strays.mean(axis=1) > _FAULTY_SHARE)


def _quantiles(values: Array) -> Array:
    """``BAND`` of each row's known values, shape (3, rows); each row has some.

    The digits are those of ``np.nanpercentile``, which goes from row to row and is thirty times
    as slow on tables as small as a day's.
    """
    ordered = np.sort(values, axis=1)  # unknown ones last
    last = np.isfinite(values).sum(axis=1) - 1
    at = last * (np.array(BAND) / 100)[:, None]
    below = np.floor(at).astype(int)
    row = np.arange(len(values))
    low = ordered[row, below]
    high = ordered[row, np.minimum(below + 1, last)]
    share, gap = at - below, high - low
    return np.asarray(np.where(share >= 0.5, high - gap * (1 - share), low + gap * share))


def _medians(values: Array) -> Array:
    """``np.nanmedian`` along the last axis, by one sort; each row has some known value."""
    ordered = np.sort(values, axis=-1)
    known = np.isfinite(values).sum(axis=-1)[..., None]
    low, high = (np.take_along_axis(ordered, at, -1) for at in ((known - 1) // 2, known // 2))
    return np.asarray((low + high)[..., 0] / 2)

"""How high chance alone can reach: weeks of usual complaints are drawn and scanned every hour.

A hundred hourly scans of one burst are one alarm, and windows of following hours hold nearly the
same tickets. So not single scans are drawn but stretches of days, scanned hour by hour like the
real ones; what counts is how often a stretch of days has a *new* cluster of some height. The draws
are over-dispersed as normal life is (gamma-Poisson by unit and day).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from forecasting.bursts.pieces import Pieces
from forecasting.bursts.rates import exposure
from forecasting.bursts.rhythm import LocalHours, Rhythm
from forecasting.bursts.scan import busy, llr

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_DAYS = 30  # of one stretch, after the days that fill its windows
_TAIL = 40  # peaks from which the tail is taken
_KEPT = 400  # highest hours and peaks that are kept
_LOOKED_AT = 20_000  # discs, windows and hours of one stretch, the highest ones


@dataclass(frozen=True)
class Chance:
    """What the draws have shown.

    Attributes:
        days: drawn.
        peaks: heights of separate clusters, falling.
        hours: heights of the hours' highest clusters, falling.
    """

    days: int
    peaks: Array
    hours: Array

    def recurrence_days(self, height: float) -> float:
        """Days in which chance gives one cluster as high, on average.

        Counted where the draws hold many as high; beyond, the highest ``_TAIL`` say how fast they
        get rarer (exponential tail, as for all sums of likelihoods).
        """
        tail = self.peaks[:_TAIL]
        if len(tail) < 2:
            return float(self.days) if not len(tail) or height > tail[0] else self.days / 2
        floor = float(tail[-1])
        if height < floor:
            return self.days / max(1, int((self.peaks >= height).sum()))
        slope = max(float((tail - floor).mean()), 1e-6)
        return float(self.days / len(tail) * np.exp((height - floor) / slope))

    def height(self, days: float) -> float:
        """The height that chance reaches once in so many days."""
        tail = self.peaks[:_TAIL]
        if len(tail) < 2:
            return float(tail[0]) if len(tail) else 0.0
        floor = float(tail[-1])
        slope = max(float((tail - floor).mean()), 1e-6)
        wanted = floor + slope * float(np.log(days * len(tail) / self.days))
        if wanted >= floor:
            return wanted
        # Of equal peaks all are alarms or none: the least height with few enough at or above it.
        heights, counts = np.unique(self.peaks, return_counts=True)
        at_or_above = np.cumsum(counts[::-1])[::-1]
        return float(heights[at_or_above <= self.days / days][0])

    def p_value(self, height: float) -> float:
        """Share of the hours drawn whose highest cluster is as high (Monte-Carlo rank)."""
        total = self.days * 24
        return float((1 + int((self.hours >= height).sum())) / (1 + total))


def draw_chance(
    per_day: Array,
    discs: sparse.csr_matrix,
    rhythm: Rhythm,
    spread: float,
    *,
    windows: tuple[int, ...],
    at_least: float,
    tickets: int,
    apart_h: int,
    seed: int,
) -> Chance:
    """Draw and scan.

    Args:
        per_day: usual complaints of each unit and day.
        discs: shape (discs, units).
        rhythm: of the day and of recording.
        spread: relative variance of each unit's rate from day to day.
        windows: hours.
        at_least: tickets a cluster needs.
        tickets: about so many are drawn.
        apart_h: hours without a sign after which a cluster is over.
        seed: same seed, same digits.
    """
    total = float(per_day.sum())
    stretches = int(np.clip(round(tickets / max(total, 1e-9) / _DAYS), 2, 40))
    before = -(-windows[-1] // 24)
    length = (before + _DAYS) * 24
    hours = LocalHours.between(0.0, float(length), "UTC")
    moments = np.arange(before * 24, length, dtype=np.float64)
    spans = (
        exposure(moments, windows, rhythm, hours, levels=np.zeros((1, 1)), first_day=0).plain / 24.0
    )
    usual = np.asarray(discs @ per_day)
    peaks, highest = [], []
    for number in range(stretches):
        rng = np.random.Generator(np.random.Philox(key=[seed, number]))
        pieces = _draw(per_day, rhythm, spread, before + _DAYS, rng)
        found = busy(pieces, moments, windows, discs, at_least)
        heights = llr(found.tickets, usual[found.disc] * spans[found.window, found.moment])
        peaks.append(_peaks(found.disc, found.moment, heights, discs, windows[-1] + apart_h))
        top = np.zeros(len(moments))
        np.maximum.at(top, found.moment, heights)
        highest.append(top[top > 0])
    return Chance(
        stretches * _DAYS,
        np.sort(np.concatenate(peaks))[::-1][:_KEPT],
        np.sort(np.concatenate(highest))[::-1][:_KEPT],
    )


def _draw(
    per_day: Array, rhythm: Rhythm, spread: float, days: int, rng: np.random.Generator
) -> Pieces:
    shape = (days, len(per_day))
    rate = rng.gamma(1 / spread, spread, shape) if spread > 1e-6 else np.ones(shape)
    counts = rng.poisson(rate * per_day)
    cell = np.repeat(np.arange(counts.size), counts.ravel())
    day, unit = np.divmod(cell, len(per_day))
    hour = rng.choice(24, len(cell), p=rhythm.profile / rhythm.profile.sum())
    created = day * 24.0 + hour + rng.random(len(cell))
    grid = np.linspace(0.0, 1.0, len(rhythm.delays))
    recorded = created + np.interp(rng.random(len(cell)), grid, rhythm.delays)
    order = np.argsort(recorded, kind="stable")
    return Pieces(
        order.astype(np.int64),
        unit[order].astype(np.int64),
        np.ones(len(cell)),
        created[order],
        recorded[order],
    )


def _peaks(
    disc: Ints, moment: Ints, height: Array, discs: sparse.csr_matrix, apart_h: int
) -> Array:
    """Heights of clusters that share no unit with a higher one within ``apart_h`` hours."""
    order = np.lexsort((moment, disc, -np.round(height, 9)))[:_LOOKED_AT]
    taken: dict[int, list[int]] = {}
    peaks: list[float] = []
    for at in order:
        members = discs.indices[discs.indptr[disc[at]] : discs.indptr[disc[at] + 1]]
        hour = int(moment[at])
        near = any(
            abs(hour - other) < apart_h for unit in members for other in taken.get(int(unit), ())
        )
        for unit in members:
            taken.setdefault(int(unit), []).append(hour)
        if not near:
            peaks.append(float(height[at]))
            if len(peaks) >= _KEPT:
                break
    return np.array(peaks)

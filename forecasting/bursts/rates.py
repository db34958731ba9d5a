"""How many complaints are usual in each unit: the region's forecast, shared out, and own history.

The usual rate of a unit is a mixture: its share of the region's forecast by subscribers, and what
it has had itself, fading with 28 days, 5 days and 36 hours. The shares of the mixture are learnt by
likelihood from the last weeks. So a place that always complains, or has been complaining for days,
is expected to go on, and is no burst; a place with little history is drawn to its region.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.bursts.pieces import Pieces
from forecasting.bursts.rhythm import LocalHours, Rhythm

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

FADING_H = (28 * 24.0, 5 * 24.0, 36.0)
_ROUNDS = 200  # of the mixture's iteration; it has long settled by then


@dataclass(frozen=True)
class Memory:
    """Complaints recorded in each unit, fading; asked for any unit and hour.

    Attributes:
        units: number of units; one more than that stands for the whole city.
        keys: unit and hour of recording of each piece, in order.
        starts: where each unit begins in ``keys``, shape (units + 1 and the end,).
        sums: running sums of weight * exp((time - origin) / fading), a row per fading.
        origin: the last hour; sums are relative to it.
    """

    units: int
    keys: NDArray[np.void]
    starts: Ints
    sums: Array
    origin: float

    @classmethod
    def of(cls, pieces: Pieces, units: int) -> Memory:
        """Remember all pieces."""
        unit = np.concatenate([pieces.unit, np.full(len(pieces.unit), units, np.int64)])
        time = np.concatenate([pieces.recorded, pieces.recorded])
        weight = np.concatenate([pieces.weight, pieces.weight])
        order = np.lexsort((time, unit))
        unit, time, weight = unit[order], time[order], weight[order]
        origin = float(time.max()) if len(time) else 0.0
        faded = [weight * np.exp((time - origin) / fading) for fading in FADING_H]
        sums = np.concatenate(
            [np.zeros((len(FADING_H), 1)), np.cumsum(np.array(faded), axis=1)], axis=1
        )
        starts = np.searchsorted(unit, np.arange(units + 2))
        return cls(units, _keys(unit, time), starts.astype(np.int64), sums, origin)

    def per_hour(self, unit: Ints, hour: Array) -> Array:
        """Fading rate of each (unit, hour) pair, complaints an hour, shape (fadings, pairs)."""
        upto = np.searchsorted(self.keys, _keys(unit, hour), side="right")
        inside = self.sums[:, upto] - self.sums[:, self.starts[unit]]
        age = self.origin - hour
        scale = np.array([np.exp(age / fading) / fading for fading in FADING_H])
        return np.asarray(np.maximum(inside, 0.0) * scale)


def _keys(unit: Ints, time: Array) -> NDArray[np.void]:
    """Pairs that sort by unit, then time: complex numbers do."""
    return np.asarray(unit + 1j * time)


@dataclass(frozen=True)
class Exposure:
    """What one complaint a day would amount to within each window, recorded by its end.

    Attributes:
        regional: expected complaints of each region, shape (windows, regions, moments).
        plain: hours of usual complaining, shape (windows, moments): a rate per hour times this.
    """

    regional: Array
    plain: Array


def exposure(
    moments: Array,
    windows: tuple[int, ...],
    rhythm: Rhythm,
    hours: LocalHours,
    *,
    levels: Array,
    first_day: int,
) -> Exposure:
    """Sum rhythm and levels over the hours of each window, back from each moment.

    Args:
        moments: ends of the windows, hours.
        windows: lengths, hours.
        rhythm: profile of the day, delays of recording.
        hours: the local clock.
        levels: complaints a day, shape (days, regions).
        first_day: local day of the first row of ``levels``.
    """
    regional = np.zeros((len(windows), levels.shape[1], len(moments)))
    plain = np.zeros((len(windows), len(moments)))
    region_sum, sum_ = np.zeros((levels.shape[1], len(moments))), np.zeros(len(moments))
    arrived = rhythm.recorded_by(np.arange(windows[-1], dtype=np.float64) + 0.5)
    for back in range(windows[-1]):
        instant = moments - back - 0.5
        usual = rhythm.profile[hours.hour_of_day(instant)] * arrived[back]
        row = np.clip(hours.days(instant) - first_day, 0, len(levels) - 1)
        region_sum += levels[row].T * (usual / 24.0)
        sum_ += usual
        if back + 1 in windows:
            at = windows.index(back + 1)
            regional[at], plain[at] = region_sum, sum_
    return Exposure(regional, plain)


def mixture(parts: Array, counts: Array) -> Array:
    """Weights of a non-negative mixture of rates by Poisson likelihood (EM).

    Args:
        parts: expected counts by each part alone, shape (parts, n).
        counts: what came, shape (n,).

    Returns:
        Weights, shape (parts,); the mixture's total equals the counts' total. Parts that are
        nowhere positive get 0.
    """
    totals = parts.sum(axis=1)
    usable = totals > 0
    weights = np.where(usable, 1.0 / max(1, int(usable.sum())), 0.0)
    some = counts > 0
    seen, came = parts[:, some], counts[some]
    for _ in range(_ROUNDS):
        rate = weights @ seen
        weights = np.where(
            usable,
            weights * (seen @ (came / np.maximum(rate, 1e-12))) / np.maximum(totals, 1e-12),
            0.0,
        )
    return np.asarray(weights)


def dispersion(counts: Array, spread: Array, expected: Array) -> float:
    """Variance of the usual rate around its expectation, relative: counts vary by m + phi m^2.

    Past bursts are not normal life: days on which a unit is more than three residuals up are left
    out (Anscombe residuals, as Farrington et al., JRSS A 1996, weigh down past outbreaks).

    Args:
        counts: complaints of a unit and day; fractions of tickets are allowed.
        spread: sum of the squared fractions: their own variance, if tickets came singly.
        expected: by the mixture.
    """
    m = np.maximum(expected, 1e-6)
    residual = 1.5 * (np.cbrt(counts) ** 2 - np.cbrt(m) ** 2) / np.cbrt(np.sqrt(m))
    single = counts < 2.0  # one complaint is never a burst, however quiet the place
    usual = (residual <= 3.0) | single
    excess = float(((counts - m) ** 2 - spread)[usual].sum())
    return max(0.0, excess / float((m[usual] ** 2).sum())) if usual.any() else 0.0

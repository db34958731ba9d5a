"""When people complain, and how long it takes until a complaint is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_SMOOTH = 5.0  # tickets that each hour of the day is given beforehand
_SETTLED_H = 72.0  # complaints younger than this may still miss their slowly recorded ones
_QUANTILES = 201


@dataclass(frozen=True)
class LocalHours:
    """The operator's clock, hour by hour.

    Attributes:
        first: hour since 1970-01-01 UTC of the first entry.
        of_day: local hour of the day, 0 … 23.
        day: local day, counted from 1970-01-01.
    """

    first: int
    of_day: Ints
    day: Ints

    @classmethod
    def between(cls, first: float, last: float, zone: str) -> LocalHours:
        """All hours from ``first`` to ``last``, a day more on either side."""
        start, stop = int(np.floor(first)) - 24, int(np.ceil(last)) + 24
        moments = pd.date_range(
            datetime.fromtimestamp(start * 3600, UTC), periods=stop - start, freq="h"
        )
        local = moments.tz_convert(zone)
        days = (local.tz_localize(None).normalize() - pd.Timestamp(0)).days
        return cls(start, np.asarray(local.hour, np.int64), np.asarray(days, np.int64))

    def hour_of_day(self, hours: Array) -> Ints:
        """Local hour of the day of each moment."""
        return self.of_day[np.floor(hours).astype(np.int64) - self.first]

    def days(self, hours: Array) -> Ints:
        """Local day of each moment."""
        return self.day[np.floor(hours).astype(np.int64) - self.first]


@dataclass(frozen=True)
class Rhythm:
    """What is learnt of times.

    Attributes:
        profile: complaints by local hour of the day, against the day's mean; shape (24,), mean 1.
        delays: hours from complaint to record, quantiles 0, 0.5, … 100 %.
    """

    profile: Array
    delays: Array

    def recorded_by(self, age: Array) -> Array:
        """Share of the complaints of that age (hours) that are recorded."""
        steps = np.linspace(0.0, 1.0, len(self.delays))
        return np.asarray(np.interp(age, self.delays, steps, left=0.0, right=1.0))


def learn_rhythm(created: Array, recorded: Array, until: float, hours: LocalHours) -> Rhythm:
    """Learn from one entry per ticket, all recorded by ``until``.

    The newest three days are left out of the delays: their quickly recorded complaints are known,
    the slow ones are not yet.
    """
    counts = np.bincount(hours.hour_of_day(created), minlength=24) + _SMOOTH
    settled = created <= until - _SETTLED_H
    waits = np.sort((recorded - created)[settled if settled.any() else slice(None)])
    grid = np.linspace(0.0, 1.0, _QUANTILES)
    delays = np.quantile(waits, grid) if len(waits) else np.zeros(_QUANTILES)
    return Rhythm(counts / counts.mean(), np.asarray(delays, np.float64))

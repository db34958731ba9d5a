"""Every hour of the last weeks scanned with what was known in it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecasting.bursts.ground import Ground
from forecasting.bursts.learned import Learned, shares
from forecasting.bursts.rates import Exposure, Memory, exposure
from forecasting.bursts.scan import Found, busy, llr, window_counts

Array = NDArray[np.float64]

_STEADY = 10.0  # tickets by which the city's count is drawn to its expectation


@dataclass(frozen=True)
class Scanned:
    """Discs and windows with enough tickets at the moments of one week, and how far they stand out.

    Attributes:
        moments: hours since 1970 at which was scanned.
        found: entries by moment, disc, window.
        expected: usual complaints of each entry, recorded by then.
        height: log-likelihood ratio of each entry.
    """

    moments: Array
    found: Found
    expected: Array
    height: Array


@dataclass(frozen=True)
class Levels:
    """What the regions were expected to have, day by day.

    Attributes:
        per_day: complaints a day, shape (days, regions).
        first_day: local day of the first row.
    """

    per_day: Array
    first_day: int


def scan_week(ground: Ground, moments: Array, learned: Learned, levels: Levels) -> Scanned:
    """Scan at moments that share what was learnt.

    Args:
        ground: tickets, discs, clock and settings.
        moments: rising, hours.
        learned: parameters.
        levels: regions' forecasts for each local day that the windows reach.
    """
    windows, zones, pieces = ground.settings.windows_h, ground.zones, ground.pieces
    found = busy(pieces, moments, windows, zones.discs, ground.settings.min_tickets)
    spans = exposure(
        moments,
        windows,
        learned.rhythm,
        ground.hours,
        levels=levels.per_day,
        first_day=levels.first_day,
    )
    usual = _Usual(ground, moments, learned, spans, Memory.of(pieces, len(zones.units)))
    own = usual.of(found)
    expected = own * usual.swell(found, own)
    return Scanned(moments, found, expected, llr(found.tickets, expected))


@dataclass(frozen=True)
class _Usual:
    """Usual complaints at the moments of one week."""

    ground: Ground
    moments: Array
    learned: Learned
    spans: Exposure
    memory: Memory

    def of(self, found: Found) -> Array:
        """Of each entry: its units' shares and their memories before the window."""
        zones, weights = self.ground.zones, self.learned.weights
        starts = zones.discs.indptr[found.disc]
        sizes = zones.discs.indptr[found.disc + 1] - starts
        entry = np.repeat(np.arange(len(found.disc)), sizes)
        offset = np.arange(len(entry)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        unit = zones.discs.indices[starts[entry] + offset].astype(np.int64)
        window, moment = found.window[entry], found.moment[entry]
        regional = self.spans.regional[window, zones.region[unit], moment]
        before = self.moments[moment] - np.array(self.ground.settings.windows_h, float)[window]
        own = weights[1:] @ self.memory.per_hour(unit, before) * self.spans.plain[window, moment]
        rate = weights[0] * shares(zones)[unit] * regional + own
        return np.bincount(entry, rate, len(found.disc)).astype(np.float64)

    def swell(self, found: Found, own: Array) -> Array:
        """How much more than usual the rest of the city complains, at least 1; for each entry.

        On a day on which everybody complains (weather, a fault of the core) no place stands out.
        """
        zones, weights, pieces = self.ground.zones, self.learned.weights, self.ground.pieces
        city = replace(pieces, unit=np.zeros(len(pieces.unit), np.int64))
        inside = np.bincount(zones.region, minlength=len(zones.regions)) > 0
        whole = np.full(len(self.moments), len(zones.units), np.int64)
        came, usual = [], []
        for number, window in enumerate(self.ground.settings.windows_h):
            came.append(window_counts(city, self.moments, window, 1)[0])
            faded = self.memory.per_hour(whole, self.moments - window)
            regional = weights[0] * self.spans.regional[number][inside].sum(axis=0)
            usual.append(regional + weights[1:] @ faded * self.spans.plain[number])
        entry = (found.window, found.moment)
        elsewhere = np.array(came)[entry] - found.tickets
        expected = np.maximum(np.array(usual)[entry] - own, 0.0)
        return np.asarray(np.maximum(1.0, (elsewhere + _STEADY) / (expected + _STEADY)))

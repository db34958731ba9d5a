"""The best forecast that anybody can make: the expectation given the hidden present state.

Known to the oracle: every present fault (cause, severity, age), the annoyance still waiting in
the pools, announced works and events, each cell's traits. Not known: when a fault ends
(memoryless), which faults begin, who complains. The share of repeated complaints is taken as
expected in the middle of the horizon; the chance of at least one averages over the hour in which
the present fault ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from ingest.simulator import annoyance, causes, plans
from ingest.simulator.city import City
from ingest.simulator.profile import complain_rate, hours_after
from ingest.simulator.state import State, felt, strength

Array = NDArray[np.float64]


def expect(city: City, state: State, local: datetime, horizon_h: int = 72) -> tuple[Array, Array]:
    """Expected low-satisfaction complaints of every cell, and the chance of at least one.

    Args:
        city: the city.
        state: as it stands at ``local``, before the hour that starts there.
        local: the origin, a whole hour, local time.
        horizon_h: hours ahead.
    """
    hours = hours_after(local, horizon_h)
    readiness = np.array([complain_rate(hour) for hour in hours])
    every = _outlook(city, state, hours, readiness, None)
    # Complaints that come meanwhile make later ones repetitions: take the share of mid-horizon.
    memory = state.memory * annoyance.REPEAT_KEEP ** (horizon_h / 2) + every.mean() / 2
    repeats = annoyance.combination_weights(annoyance.repeat_share(memory))
    low = _outlook(city, state, hours, readiness, annoyance.SCORED * repeats)
    return low.mean(), 1 - low.chance_of_none()


@dataclass(frozen=True)
class _Outlook:
    """Complaints ahead: ``base`` without the present fault, ``gain[i]`` more if it acts in hour i.

    ``lasts[i]`` is the probability that it still does.
    """

    base: Array
    gain: Array
    lasts: Array

    def mean(self) -> Array:
        return np.asarray(self.base + (self.gain * self.lasts).sum(0))

    def chance_of_none(self) -> Array:
        none = np.exp(-self.base) * (1 - self.lasts[0])
        ends = self.lasts - np.vstack([self.lasts[1:], np.zeros_like(self.lasts[:1])])
        return np.asarray(
            none + (np.exp(-(self.base + np.cumsum(self.gain, axis=0))) * ends).sum(0)
        )


def _outlook(
    city: City, state: State, hours: list[datetime], readiness: Array, weights: Array | None
) -> _Outlook:
    """All complaints (``weights`` None), or those that will be scored low."""
    later, waiting = annoyance.later_weight(readiness)
    present, absent, fresh = _exposures(city, state, hours, weights)
    subscribers = city.cells["subscribers"].to_numpy(float)
    background = annoyance.background_rate(subscribers, 1.0) * readiness.sum()
    if weights is None:
        pending = waiting @ state.pools[0]
    else:
        severity = np.full(len(subscribers), annoyance.BACKGROUND_SEVERITY)
        background = background * (weights * annoyance.low_shares(severity)).sum(0)
        pending = (weights * np.tensordot(waiting, state.pools[1:], axes=(0, 1))).sum(0)
    keep = 1 - causes.END_PER_HOUR[state.kind]
    return _Outlook(
        base=background + pending + later @ (fresh + absent),
        gain=later[:, None] * (present - absent),
        lasts=keep[None, :] ** np.arange(1, len(hours) + 1)[:, None],
    )


def _exposures(
    city: City, state: State, hours: list[datetime], weights: Array | None
) -> tuple[Array, Array, Array]:
    """Exposure per hour and cell: with the present fault, without it, from new faults."""
    n = len(city.cells)
    present, absent, fresh = (np.zeros((len(hours), n)) for _ in range(3))
    nothing = np.zeros(n, np.int64)
    free = np.where(state.kind == causes.NONE, 1.0, 0.0)
    share = {code: np.zeros(n) for code in range(1, len(causes.CAUSES))}
    for i, local in enumerate(hours):
        crowd = plans.crowd_factor(city, state.events, local)
        relief = state.relief
        absent[i] = _weighted(
            felt(city, nothing, np.zeros(n), local, crowd, relief=relief), weights
        )
        acting = strength(state, local, ahead=i)
        present[i] = np.where(
            free > 0,
            absent[i],
            _weighted(felt(city, state.kind, acting, local, crowd, relief=relief), weights),
        )
        begun = _begin(city, state, local, free)
        for code, cause in enumerate(causes.CAUSES[1:], start=1):
            share[code] = share[code] * (1 - causes.END_PER_HOUR[code]) + begun[code]
            if cause.felt == 0 and cause.load == 0:
                continue
            ramped = min(1.0, (i + 1) / 2 / cause.ramp_hours)
            typical = np.full(n, causes.SEVERITY_MEAN * ramped)
            day_only = 0.5 if cause.daytime and not 8 <= local.hour < 20 else 1.0
            new = felt(city, np.full(n, code), typical, local, crowd, relief=relief)
            extra = _weighted(new, weights) - absent[i]
            fresh[i] += day_only * share[code] * np.maximum(extra, 0)
    return present, absent, fresh


def _weighted(feeling: tuple[Array, ...], weights: Array | None) -> Array:
    """Exposure, or its part that will be scored low."""
    severity, exposure = feeling[:2]
    if weights is None:
        return exposure
    return np.asarray(exposure * (weights * annoyance.low_shares(severity)).sum(0))


def _begin(city: City, state: State, local: datetime, free: Array) -> dict[int, Array]:
    """Expected new faults of this hour by cause."""
    begun = {}
    for code, cause in enumerate(causes.CAUSES[1:], start=1):
        rate = np.full(len(city.cells), cause.per_cell_day / 24)
        if cause.name == "after_works":
            ending = [w.site for w in state.works if w.ends_at == local]
            rate = np.where(np.isin(city.site, ending), causes.WORK_GOES_WRONG, 0.0)
        begun[code] = rate * free
    return begun

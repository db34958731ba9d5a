"""The best forecast that anybody can make: the expectation given the hidden present state.

Known to the oracle: every present fault (cause, severity, age), the annoyance still waiting in
the pools, announced works and events, each cell's traits. Not known: when a fault ends
(memoryless), which faults begin, who complains. The share of repeated complaints is taken as
expected in the middle of the horizon; the chance of at least one averages over the hour in which
the present fault ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from ingest.simulator import annoyance, causes
from ingest.simulator.city import City
from ingest.simulator.exposures import Exposures, Weighing, exposures
from ingest.simulator.profile import complain_rate, hours_after
from ingest.simulator.state import State

Array = NDArray[np.float64]


def expect(city: City, state: State, local: datetime, horizon_h: int = 72) -> tuple[Array, Array]:
    """Expected low-satisfaction complaints of every cell, and the chance of at least one.

    Args:
        city: the city.
        state: as it stands at ``local``, before the hour that starts there.
        local: the origin, a whole hour, local time.
        horizon_h: hours ahead.
    """
    return expect_each(city, state, local, (horizon_h,))[horizon_h]


def expect_each(
    city: City, state: State, local: datetime, horizons_h: Sequence[int]
) -> dict[int, tuple[Array, Array]]:
    """What ``expect`` says of each horizon, for little more than the longest alone costs."""
    hours = hours_after(local, max(horizons_h))
    readiness = np.array([complain_rate(hour) for hour in hours])
    [every] = exposures(city, state, hours, [Weighing(len(hours), None)])
    weighings = []
    for horizon in horizons_h:
        total = _outlook(city, state, readiness[:horizon], every, None).mean()
        # Complaints that come meanwhile make later ones repetitions: take the share of mid-horizon.
        memory = state.memory * annoyance.REPEAT_KEEP ** (horizon / 2) + total / 2
        repeats = annoyance.combination_weights(annoyance.repeat_share(memory))
        weighings.append(Weighing(horizon, annoyance.SCORED * repeats))
    found = {}
    for low, acting in zip(weighings, exposures(city, state, hours, weighings), strict=True):
        outlook = _outlook(city, state, readiness[: low.hours], acting, low.weights)
        found[low.hours] = outlook.mean(), 1 - outlook.chance_of_none()
    return found


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
    city: City, state: State, readiness: Array, acting: Exposures, weights: Array | None
) -> _Outlook:
    """All complaints (``weights`` None), or those that will be scored low.

    As far ahead as ``readiness`` goes; the exposures may go further.
    """
    hours = len(readiness)
    present, absent, fresh = (a[:hours] for a in (acting.present, acting.absent, acting.fresh))
    later, waiting = annoyance.later_weight(readiness)
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
        lasts=keep[None, :] ** np.arange(1, hours + 1)[:, None],
    )

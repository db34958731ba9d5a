"""From scans to bursts: separate clusters of each hour, followed from hour to hour."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from forecasting.bursts.replay import Scanned
from forecasting.bursts.zones import Zones

Array = NDArray[np.float64]

KEEP = 0.5  # a burst goes on while a cluster of this part of the alarm's height touches it


@dataclass(frozen=True)
class Cluster:
    """The best disc and window of one place at one moment."""

    disc: int
    window: int
    count: float
    expected: float
    height: float
    units: frozenset[int]


@dataclass
class Burst:
    """One batch of complaints, from the first alarm on.

    Attributes:
        first_seen: hour of the first alarm.
        last_seen: hour of the last cluster that belongs to it.
        first: the cluster that gave the alarm.
        now: the newest cluster.
        peak: the highest so far.
    """

    first_seen: float
    last_seen: float
    first: Cluster
    now: Cluster
    peak: Cluster


@dataclass
class Chronicle:
    """Follows bursts over moments, in order of time."""

    ends_after_h: float
    bursts: list[Burst] = field(default_factory=list)

    def note(self, moment: float, clusters: list[Cluster], alarm: float) -> None:
        """Take the clusters of one moment, the highest first.

        A cluster belongs to the burst that it touches and that was higher; what touches none is a
        new burst if it reaches ``alarm``.
        """
        open_ = [b for b in self.bursts if moment - b.last_seen <= self.ends_after_h]
        open_.sort(key=lambda b: (-b.peak.height, b.first_seen, b.first.disc))
        # What moved or grew at this very moment claims no further ground in it.
        ground = {id(burst): burst.now.units | burst.peak.units for burst in open_}
        seen: set[int] = set()
        for cluster in clusters:
            owner = next((b for b in open_ if cluster.units & ground[id(b)]), None)
            if owner is None:
                if cluster.height >= alarm:
                    made = Burst(moment, moment, cluster, cluster, cluster)
                    self.bursts.append(made)
                continue
            if id(owner) in seen:
                continue  # a lesser cluster beside it, at the same moment
            seen.add(id(owner))
            owner.now, owner.last_seen = cluster, moment
            if cluster.height > owner.peak.height:
                owner.peak = cluster


def clusters_of(scanned: Scanned, at_least: float, zones: Zones) -> dict[int, list[Cluster]]:
    """Separate clusters of each moment: the highest, then the highest that shares no unit with it.

    Of equal heights the disc with fewer units counts, then the shorter window, then the first.

    Args:
        scanned: a week.
        at_least: height.
        zones: discs.

    Returns:
        By position of the moment; moments without any are left out.
    """
    found, height = scanned.found, np.round(scanned.height, 9)
    high = np.flatnonzero(scanned.height >= at_least)
    sizes = np.diff(zones.discs.indptr)[found.disc]
    order = high[
        np.lexsort(
            (
                found.disc[high],
                found.window[high],
                sizes[high],
                -height[high],
                found.moment[high],
            )
        )
    ]
    result: dict[int, list[Cluster]] = {}
    taken: dict[int, set[int]] = {}
    for at in order:
        moment, disc = int(found.moment[at]), int(found.disc[at])
        units = zones.members(disc)
        used = taken.setdefault(moment, set())
        if units & used:
            continue
        used |= units
        result.setdefault(moment, []).append(
            Cluster(
                disc,
                int(found.window[at]),
                float(found.tickets[at]),
                float(scanned.expected[at]),
                float(scanned.height[at]),
                units,
            )
        )
    return result

"""Clusters of one moment, and bursts followed over moments."""

from __future__ import annotations

import numpy as np

from forecasting.bursts.episodes import Chronicle, Cluster, clusters_of
from forecasting.bursts.replay import Scanned
from forecasting.bursts.scan import Found
from tests.support.burst_ground import zones


def cluster(*units: int, height: float = 10.0, disc: int = 0) -> Cluster:
    return Cluster(disc, 0, 6.0, 0.5, height, frozenset(units))


def followed(*moments: tuple[float, list[Cluster]]) -> list[tuple[float, float, float]]:
    chronicle = Chronicle(ends_after_h=24.0)
    for moment, clusters in moments:
        chronicle.note(moment, clusters, alarm=9.0)
    return [(b.first_seen, b.last_seen, b.peak.height) for b in chronicle.bursts]


def test_one_burst_is_one_alarm():
    assert followed(
        (1.0, [cluster(1, 2)]), (2.0, [cluster(2, 3, height=12.0)]), (3.0, [cluster(3)])
    ) == [(1.0, 3.0, 12.0)]


def test_below_the_alarm_none_begins_but_one_goes_on():
    assert followed((1.0, [cluster(1, height=8.0)])) == []
    assert followed((1.0, [cluster(1)]), (2.0, [cluster(1, height=5.0)])) == [(1.0, 2.0, 10.0)]


def test_after_a_day_of_silence_it_is_another():
    within = followed((1.0, [cluster(1)]), (25.0, [cluster(1)]))
    after = followed((1.0, [cluster(1)]), (25.5, [cluster(1)]))
    assert within == [(1.0, 25.0, 10.0)]
    assert after == [(1.0, 1.0, 10.0), (25.5, 25.5, 10.0)]


def test_two_places_are_two_bursts():
    assert len(followed((1.0, [cluster(1), cluster(2)]))) == 2


def test_a_lesser_cluster_beside_it_belongs_to_it():
    chronicle = Chronicle(24.0)
    chronicle.note(1.0, [cluster(1, 2)], 9.0)
    chronicle.note(2.0, [cluster(1, height=11.0), cluster(2, height=9.5)], 9.0)
    [burst] = chronicle.bursts
    assert burst.now.units == {1}


def test_clusters_of_a_moment_share_no_unit():
    made = zones(rings=1)
    single = [d for d in range(made.discs.shape[0]) if len(made.members(d)) == 1]
    wide = max(range(made.discs.shape[0]), key=lambda d: len(made.members(d)))
    inside = next(d for d in single if made.members(d) <= made.members(wide))
    outside = next(d for d in single if not made.members(d) & made.members(wide))
    found = Found(
        np.array([0, 0, 0, 1]),
        np.array([inside, wide, outside, inside]),
        np.array([0, 1, 0, 0]),
        np.full(4, 5.0),
    )
    scanned = Scanned(np.array([5.0, 6.0]), found, np.ones(4), np.array([7.0, 9.0, 6.0, 8.0]))
    result = clusters_of(scanned, 5.0, made)
    assert [c.disc for c in result[0]] == [wide, outside]
    assert [c.disc for c in result[1]] == [inside]
    assert [c.disc for c in clusters_of(scanned, 8.5, made)[0]] == [wide]


def test_of_equal_heights_the_smaller_disc_then_the_shorter_window():
    made = zones(rings=1)
    wide = max(range(made.discs.shape[0]), key=lambda d: len(made.members(d)))
    small = next(
        d
        for d in range(made.discs.shape[0])
        if len(made.members(d)) == 1 and made.members(d) <= made.members(wide)
    )
    found = Found(
        np.zeros(3, np.int64), np.array([wide, small, small]), np.array([0, 1, 0]), np.full(3, 5.0)
    )
    scanned = Scanned(np.array([5.0]), found, np.ones(3), np.full(3, 9.0))
    [best] = clusters_of(scanned, 5.0, made)[0]
    assert (best.disc, best.window) == (small, 0)

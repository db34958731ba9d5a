"""The scan against its formula, and against looking at every disc and window one by one."""

from __future__ import annotations

import h3
import numpy as np
import pytest

from forecasting.bursts.scan import busy, llr, window_counts
from tests.support.burst_ground import grid, pieces, zones

WINDOWS = (6, 12, 24)


def test_llr_by_hand():
    # 7 where 2 are usual: 7 ln 3.5 - 5 = 8.7693 - 5
    assert llr(np.array([7.0]), np.array([2.0]))[0] == pytest.approx(3.76934, abs=1e-5)
    # 5 where 0.1 is usual: 5 ln 50 - 4.9
    assert llr(np.array([5.0]), np.array([0.1]))[0] == pytest.approx(14.66012, abs=1e-5)


def test_llr_is_nothing_where_there_are_no_more_than_usual():
    assert llr(np.array([2.0, 1.0, 0.0]), np.array([2.0, 3.0, 0.5])).tolist() == [0, 0, 0]


def test_a_window_holds_what_was_created_in_it_and_is_recorded():
    seen = pieces([(0, 10.0, 10.5), (0, 11.0, 14.0), (1, 11.0, 11.0, 0.25)])
    counts = window_counts(seen, np.arange(10.0, 19.0), 6.0, 2)
    #                           10 11 12 13 14 15 16 17 18
    assert counts[0].tolist() == [0, 1, 1, 1, 2, 2, 1, 0, 0]  # created at 10: gone at 16
    assert counts[1].tolist() == [0, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0, 0]


def test_discs_are_the_cells_of_h3_within_their_rings():
    made = zones()
    for disc in range(made.discs.shape[0]):
        centre = h3.int_to_str(int(made.centre[disc]))
        inside = {
            unit
            for unit, index in enumerate(made.units)
            if h3.grid_distance(centre, h3.int_to_str(int(index))) <= made.rings[disc]
        }
        assert made.members(disc) == inside
    members = [made.members(disc) for disc in range(made.discs.shape[0])]
    assert len(set(members)) == len(members)  # equal sets of units once
    assert frozenset(range(len(made.units))) >= max(members, key=len)


def test_units_have_subscribers_and_the_region_of_their_cells():
    made, cells = zones(), grid()
    assert made.subscribers.sum() == cells["subscribers"].sum()
    for row in cells.itertuples():
        unit = made.cell_units[row.cell_id]
        alone = (made.cell_units == unit).sum() == 1
        assert not alone or made.regions[made.region[unit]] == row.region_id


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_best_zone_is_that_of_brute_force(seed):
    rng, made = np.random.default_rng(seed), zones()
    rows = [
        (int(unit), created, created + delay)
        for unit, created, delay in zip(
            rng.integers(len(made.units), size=120),
            rng.uniform(0, 60, 120),
            rng.exponential(1.0, 120),
            strict=True,
        )
    ]
    seen, moments = pieces(rows), np.arange(30.0, 60.0)
    per_hour = rng.uniform(0.01, 0.05, len(made.units))

    found = busy(seen, moments, WINDOWS, made.discs, 2.0)
    hours = np.array(WINDOWS, float)[found.window]
    expected = (made.discs @ per_hour)[found.disc] * hours
    height = llr(found.tickets, expected)
    best = int(np.lexsort((found.window, found.disc, found.moment, -height))[0])

    # every disc, window and moment, ticket by ticket
    naive = {}
    for at, moment in enumerate(moments):
        for disc in range(made.discs.shape[0]):
            members = made.members(disc)
            for number, window in enumerate(WINDOWS):
                count = sum(
                    1
                    for unit, created, recorded in rows
                    if unit in members and moment - window < created and recorded <= moment
                )
                usual = sum(per_hour[unit] for unit in members) * window
                if count >= 2 and count > usual:
                    ratio = count * np.log(count / usual) - (count - usual)
                    naive[at, disc, number] = ratio
    top = max(naive, key=lambda key: (naive[key], -key[0], -key[1], -key[2]))
    assert (found.moment[best], found.disc[best], found.window[best]) == top
    assert height[best] == pytest.approx(naive[top], rel=1e-12)
    assert {key: value for key, value in naive.items() if value > 0} == pytest.approx(
        {
            (int(m), int(d), int(w)): float(h)
            for m, d, w, h in zip(found.moment, found.disc, found.window, height, strict=True)
            if h > 0
        }
    )


def test_blocks_of_moments_make_no_difference(monkeypatch):
    rng, made = np.random.default_rng(4), zones()
    created = rng.uniform(0, 200, 300)
    seen = pieces(
        [
            (int(u), c, c + 0.3)
            for u, c in zip(rng.integers(len(made.units), size=300), created, strict=True)
        ]
    )
    moments = np.arange(24.0, 200.0)
    whole = busy(seen, moments, WINDOWS, made.discs, 2.0)
    monkeypatch.setattr("forecasting.bursts.scan._BLOCK", 1)
    for one, other in zip(whole, busy(seen, moments, WINDOWS, made.discs, 2.0), strict=True):
        assert np.array_equal(one, other)

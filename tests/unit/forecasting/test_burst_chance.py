"""The false-alarm budget: how high chance reaches, and how rarely."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.bursts.chance import Chance, draw_chance
from forecasting.bursts.rhythm import Rhythm
from tests.support.burst_ground import zones

RHYTHM = Rhythm(np.ones(24), np.array([0.0, 0.2, 0.5]))


def drawn(**changes):
    made = zones()
    given = {
        "windows": (6, 24),
        "at_least": 2.0,
        "tickets": 3000,
        "apart_h": 24,
        "seed": 5,
    } | changes
    spread = given.pop("spread", 0.0)
    return draw_chance(np.full(len(made.units), 0.5), made.discs, RHYTHM, spread, **given)


def test_recurrence_is_counted_and_its_tail_goes_on():
    chance = Chance(1000, np.arange(100.0, 0.0, -1.0), np.empty(0))
    # 61 … 100 are the highest 40 of 1,000 days; their mean is 19.5 above 61
    assert chance.recurrence_days(61.0) == pytest.approx(25.0)
    assert chance.recurrence_days(61.0 + 19.5) == pytest.approx(25.0 * np.e)
    assert chance.recurrence_days(50.5) == pytest.approx(1000 / 50)
    assert chance.height(25.0) == pytest.approx(61.0)
    assert chance.height(25.0 * np.e) == pytest.approx(80.5)
    assert chance.height(12.5) == pytest.approx(21.0)  # the 80th


def test_p_counts_hours():
    chance = Chance(1, np.empty(0), np.array([9.0, 5.0, 3.0]))
    assert chance.p_value(4.0) == pytest.approx(3 / 25)
    assert chance.p_value(10.0) == pytest.approx(1 / 25)


def test_nothing_drawn_says_little():
    chance = Chance(60, np.empty(0), np.empty(0))
    assert chance.recurrence_days(3.0) == 60
    assert chance.height(30.0) == 0.0


def test_same_seed_same_digits():
    one, other = drawn(), drawn()
    assert one.days == other.days
    assert np.array_equal(one.peaks, other.peaks)
    assert np.array_equal(one.hours, other.hours)
    assert not np.array_equal(one.peaks, drawn(seed=6).peaks)


def test_rarer_alarms_stand_higher_and_clustered_life_too():
    chance = drawn()
    assert chance.height(90.0) > chance.height(30.0) > chance.height(5.0)
    assert drawn(spread=1.0).height(30.0) > chance.height(30.0)


def test_the_budget_holds_on_other_draws():
    height = drawn(tickets=30_000).height(10.0)
    other = drawn(tickets=30_000, seed=99)
    alarms = int((other.peaks >= height).sum())
    # one in ten days is aimed at: within three standard errors
    aimed = other.days / 10
    assert abs(alarms - aimed) < 3 * np.sqrt(aimed) + 1

"""What is usual: rhythm, delays, levels, memories, their mixture, and how much it varies."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.bursts.rates import FADING_H, Memory, dispersion, exposure, mixture
from forecasting.bursts.rhythm import LocalHours, Rhythm, learn_rhythm
from tests.support.burst_ground import MONDAY, pieces

FLAT = Rhythm(np.ones(24), np.zeros(3))


def test_local_hours_follow_the_zone():
    hours = LocalHours.between(MONDAY - 30, MONDAY + 30, "Asia/Shanghai")
    moments = np.array([MONDAY - 1, MONDAY, MONDAY + 23.5, MONDAY + 24])
    assert hours.hour_of_day(moments).tolist() == [23, 0, 23, 0]
    assert np.diff(hours.days(moments)).tolist() == [1, 0, 1]


def test_delays_leave_out_the_newest_days():
    created = np.array([0.0, 1.0, 2.0, 3.0, 99.0])
    recorded = created + np.array([1.0, 2.0, 3.0, 4.0, 0.1])  # the slow one of hour 99 is to come
    hours = LocalHours.between(0, 100, "UTC")
    rhythm = learn_rhythm(created, recorded, 100.0, hours)
    assert rhythm.delays[[0, -1]].tolist() == [1.0, 4.0]
    assert rhythm.recorded_by(np.array([0.5, 2.5, 5.0])).tolist() == [0.0, 0.5, 1.0]


def test_the_profile_has_mean_one_and_is_smoothed():
    created = np.full(48, 10.5)
    rhythm = learn_rhythm(created, created, 200.0, LocalHours.between(0, 200, "UTC"))
    # 5 in each hour beforehand, 48 at ten: 53 of a mean of (24 x 5 + 48) / 24 = 7
    assert rhythm.profile[10] == pytest.approx(53 / 7)
    assert rhythm.profile.mean() == pytest.approx(1.0)


def test_exposure_sums_levels_rhythm_and_delays():
    hours = LocalHours.between(MONDAY - 100, MONDAY + 100, "Asia/Shanghai")
    day = int(hours.days(np.array([MONDAY]))[0])
    levels = np.array([[24.0, 0.0], [48.0, 2.4]])  # the day before Monday, and Monday
    spans = exposure(
        np.array([MONDAY, MONDAY + 6]), (6, 12), FLAT, hours, levels=levels, first_day=day - 1
    )
    assert spans.plain.tolist() == [[6, 6], [12, 12]]
    # at midnight six hours of 24 a day; six hours later six of 48 a day, and with 12 h half each
    assert spans.regional[:, 0].tolist() == [[6, 12], [12, 18]]
    assert spans.regional[:, 1] == pytest.approx(np.array([[0, 0.6], [0, 0.6]]))


def test_what_is_not_recorded_yet_is_not_expected():
    hours = LocalHours.between(0, 100, "UTC")
    slow = Rhythm(np.ones(24), np.array([0.0, 2.0, 4.0]))  # half within two hours, all within four
    spans = exposure(np.array([50.0]), (6,), slow, hours, levels=np.array([[24.0]]), first_day=0)
    # ages 0.5, 1.5 … 5.5: 1/8, 3/8, 5/8, 7/8, 1, 1
    assert spans.plain[0, 0] == pytest.approx(4.0)


def test_memory_fades_from_the_record_on():
    seen = pieces([(0, 0.0, 2.0), (0, 5.0, 5.0, 0.5), (1, 1.0, 1.0)])
    memory = Memory.of(seen, 2)
    asked = memory.per_hour(np.array([0, 0, 0, 1, 2]), np.array([1.9, 4.0, 10.0, 10.0, 10.0]))
    for row, fading in zip(asked, FADING_H, strict=True):
        own = (np.exp(-8 / fading) + 0.5 * np.exp(-5 / fading)) / fading
        other = np.exp(-9 / fading) / fading
        # before the first record nothing; the last unit is the whole city
        assert row == pytest.approx([0, np.exp(-2 / fading) / fading, own, other, own + other])


def test_mixture_finds_the_parts():
    rng = np.random.default_rng(1)
    parts = rng.gamma(2.0, 1.0, (3, 20_000))
    counts = rng.poisson(np.array([0.7, 0.0, 0.4]) @ parts).astype(float)
    weights = mixture(parts, counts)
    assert weights == pytest.approx([0.7, 0.0, 0.4], abs=0.03)
    assert (weights @ parts).sum() == pytest.approx(counts.sum())  # complaints are conserved


def test_a_part_that_is_nowhere_counts_nothing():
    weights = mixture(np.array([[1.0, 1.0], [0.0, 0.0]]), np.array([2.0, 4.0]))
    assert weights.tolist() == [3.0, 0.0]


def test_dispersion_of_single_tickets_is_nought():
    rng = np.random.default_rng(2)
    expected = np.full((200, 200), 0.5)
    counts = rng.poisson(expected).astype(float)
    assert dispersion(counts, counts, expected) < 0.05


def test_dispersion_of_a_gamma_mixture_is_found():
    rng = np.random.default_rng(3)
    expected = np.full((400, 400), 3.0)
    counts = rng.poisson(rng.gamma(1 / 0.2, 0.2, expected.shape) * expected).astype(float)
    # 0.2, less what the cut at three residuals takes away
    assert 0.12 < dispersion(counts, counts, expected) < 0.21


def test_a_past_burst_is_not_normal_life():
    counts, expected = np.full((10, 100), 1.0), np.full((10, 100), 1.0)
    calm = dispersion(counts, counts, expected)
    counts[0, 0] = 30.0
    assert dispersion(counts, counts, expected) == pytest.approx(calm, abs=1e-9)

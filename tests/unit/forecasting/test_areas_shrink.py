"""Small areas are drawn to what is common; by hand."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.areas.shrink import Prior, at_least_one, prior_of, ratio_of


def test_the_prior_by_moments_of_three_areas() -> None:
    # m = 15 / 4000 = .00375; rates .002, .008, .0025
    # s2 = (1000 x .00175^2 + 1000 x .00425^2 + 2000 x .00125^2) / 4000 = 6.0625e-6
    # A = s2 - m / (4000 / 3) = 6.0625e-6 - 2.8125e-6 = 3.25e-6; strength = m^2 / A
    counts, exposures = np.array([2.0, 8.0, 5.0]), np.array([1000.0, 1000.0, 2000.0])
    prior = prior_of(counts, exposures)
    assert prior.rate == pytest.approx(0.00375)
    assert prior.strength == pytest.approx(0.00375**2 / 3.25e-6)
    # Marshall's form: m + C (r - m), C = A / (A + m / n): 13/28 for n = 1000, 26/41 for n = 2000
    shrunk = prior.shrunk(counts, exposures)
    assert shrunk[0] == pytest.approx(0.00375 - 13 / 28 * 0.00175)
    assert shrunk[1] == pytest.approx(0.00375 + 13 / 28 * 0.00425)
    assert shrunk[2] == pytest.approx(0.00375 - 26 / 41 * 0.00125)


def test_areas_that_differ_by_chance_alone_have_one_rate() -> None:
    counts, exposures = np.array([1.0, 3.0, 2.0]), np.full(3, 1000.0)
    prior = prior_of(counts, exposures)
    assert prior.strength == np.inf
    assert prior.shrunk(counts, exposures).tolist() == [0.002] * 3


def test_areas_without_exposure_or_counts_say_nothing() -> None:
    known = prior_of(np.array([2.0, 8.0, 5.0]), np.array([1000.0, 1000.0, 2000.0]))
    more = prior_of(np.array([2.0, 8.0, 5.0, 9.0, np.nan]), np.array([1e3, 1e3, 2e3, 0.0, 1e3]))
    assert more == known
    assert prior_of(np.zeros(2), np.ones(2)) == Prior(0.0, np.inf)
    assert prior_of(np.zeros(0), np.zeros(0)).shrunk(np.zeros(1), np.ones(1)).tolist() == [0.0]


def test_one_complaint_moves_a_hamlet_less_than_a_hundred_move_a_town() -> None:
    prior = Prior(0.001, 2.0)  # so strong as 2 complaints of 2000 subscribers
    hamlet, town = prior.shrunk(np.array([1.0, 100.0]), np.array([60.0, 6000.0]))
    assert hamlet == pytest.approx(3 / 2060)  # raw 1 / 60: 16.7 times the common rate
    assert town == pytest.approx(102 / 8000)  # the same raw rate


def test_the_interval_of_a_known_level_is_that_of_the_forecast() -> None:
    # Shape 1: exponential. P(below) = .02275 at two strays: -ln(1 - .02275) = .023013,
    # -ln(.02275) = 3.78319.
    made = ratio_of(np.array([3.0]), np.array([1.0]), np.array([0.3]), np.array([np.inf]), 2.0)
    assert made.mean[0] == pytest.approx(10.0)
    assert made.lower[0] == pytest.approx(0.23013, rel=1e-3)
    assert made.upper[0] == pytest.approx(37.83, rel=1e-3)


def test_the_interval_narrows_with_knowledge_of_either() -> None:
    def width(certainty: float, shape: float) -> float:
        one = np.ones(1)
        made = ratio_of(2 * one, certainty * one, one, shape * one, 2.0)
        assert made.lower[0] < 2.0 < made.upper[0]
        return float(made.upper[0] / made.lower[0])

    assert width(20, 20) < width(2, 20) < width(2, 2)
    assert width(20, 200) < width(20, 20)
    # A second way: the quotient of gammas, drawn.
    random = np.random.default_rng(1)
    drawn = 2 * random.gamma(4.0, 1 / 4.0, 200_000) / random.gamma(6.0, 1 / 6.0, 200_000)
    made = ratio_of(np.array([2.0]), np.array([4.0]), np.ones(1), np.array([6.0]), 1.0)
    assert made.lower[0] == pytest.approx(np.quantile(drawn, 0.158655), rel=0.02)
    assert made.upper[0] == pytest.approx(np.quantile(drawn, 0.841345), rel=0.02)


def test_what_is_unknown_has_no_ratio() -> None:
    made = ratio_of(
        np.array([np.nan, 1.0, 1.0]), np.ones(3), np.array([1.0, 0.0, np.nan]), np.ones(3), 2.0
    )
    assert np.isnan(made.mean).all()
    assert np.isnan(made.lower).all()


def test_shared_faults_lower_the_chance_of_at_least_one() -> None:
    expected = np.array([1.0, 1.0, 0.0, np.nan])
    chance = at_least_one(expected, np.array([1.0, 1e9, 2.0, 2.0]))
    assert chance[0] == pytest.approx(0.5)  # 1 - 1 / (1 + 1)
    assert chance[1] == pytest.approx(-np.expm1(-1.0))
    assert chance[2] == 0.0
    assert np.isnan(chance[3])

"""Intervals for counts: honest, from both sides, whole."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import nbinom

from forecasting.regions.intervals import (
    Bounds,
    calibrate,
    cdf,
    dispersion,
    quantile,
    scores,
    shrunk_phi,
)


def one(value: float) -> np.ndarray:
    return np.array([value])


def test_the_distribution_has_the_mean_and_the_variance_it_is_asked_for() -> None:
    counts = np.arange(400.0)
    p = np.diff(cdf(np.arange(-1.0, 400), np.full(401, 9.0), np.full(401, 2.5)))
    assert p @ counts == pytest.approx(9.0)
    assert p @ (counts - 9) ** 2 == pytest.approx(2.5 * 9.0)
    assert cdf(one(-1), one(3.0), one(1.0))[0] == 0


def test_a_score_is_the_smallest_share_that_holds_the_count() -> None:
    # Poisson(1): P(0) = .3679, P(X <= 1) = .7358, P(X <= 2) = .9197.
    mean, phi = np.full(4, 1.0), np.full(4, 1.0)
    found = scores(np.array([0.0, 1.0, 2.0, 3.0]), mean, phi)
    assert found == pytest.approx([1 - 2 * 0.3679, 0.0, 2 * 0.7358 - 1, 2 * 0.9197 - 1], abs=1e-4)
    # A share just above the score holds the count, one just below does not.
    upper = [quantile((1 + share) / 2, one(1.0), one(1.0))[0] for share in (0.471, 0.472)]
    assert upper == [1.0, 2.0]


def test_bounds_are_whole_ordered_and_never_negative() -> None:
    bounds = Bounds({"": 1.0, "wide": 4.0}, (0.9,) * 5)
    means = np.array([0.0, 0.4, 5.0, 100.0])
    lower, middle, upper = bounds.of("", means)
    assert (lower >= 0).all()
    assert (lower <= middle).all()
    assert (middle <= upper).all()
    # Poisson(5): P(X <= 1) = .040, P(X <= 2) = .125; P(X <= 8) = .932, P(X <= 9) = .968.
    assert (lower[2], middle[2], upper[2]) == (2.0, 5.0, 9.0)
    assert bounds.of("wide", means)[2][3] > upper[3]


def test_one_burst_in_the_past_does_not_make_the_interval_lop_sided() -> None:
    mean = np.full(28, 20.0)
    calm = np.array([16.0, 18, 19, 20, 21, 22, 24] * 4)
    burst = calm.copy()
    burst[13] = 400.0
    new = np.ones(28)
    both = calibrate({"calm": (mean, calm, new), "burst": (mean, burst, new)}, 0.9)
    lower, middle, upper = (part[0] for part in both.of("burst", one(20.0)))
    assert upper - middle < 2.5 * (middle - lower)
    assert upper < 60


def test_a_noisy_series_is_wider_than_a_calm_one() -> None:
    mean = np.full(28, 9.0)
    calm, noisy = np.array([8.0, 9, 9, 10] * 7), np.array([2.0, 16, 4, 14] * 7)
    new = np.ones(28)
    bounds = calibrate({"calm": (mean, calm, new), "noisy": (mean, noisy, new)}, 0.9)
    widths = {name: np.ptp(bounds.of(name, one(9.0))) for name in ("calm", "noisy")}
    assert widths["noisy"] > 1.4 * widths["calm"]


def test_dispersion_is_pulled_towards_that_of_all() -> None:
    # 14 errors of 4 and 14 of 1: half own, half of all (2.5) each.
    phi = shrunk_phi({"a": np.full(14, 4.0), "b": np.full(14, 1.0)})
    assert phi == {"": pytest.approx(2.5), "a": pytest.approx(3.25), "b": pytest.approx(1.75)}
    assert dispersion(one(5.0), one(4.0))[0] == pytest.approx(1 / 4)


@pytest.mark.parametrize("phi", [1.0, 2.5])
def test_nine_of_ten_counts_lie_within_whatever_their_spread(phi: float) -> None:
    random = np.random.default_rng(11)
    level = random.uniform(2, 15, 30)

    def draw(n: int) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
        size = {i: v / max(phi - 1, 1e-6) for i, v in enumerate(level)}
        made = {}
        for i, v in enumerate(level):
            counts = (
                random.poisson(v, n)
                if phi == 1
                else nbinom.rvs(size[i], 1 / phi, size=n, random_state=random)
            )
            made[str(i)] = (np.full(n, v), counts.astype(float), np.ones(n))
        return made

    bounds = calibrate(draw(28), 0.9)
    inside = []
    for name, (mean, came, _) in draw(60).items():
        lower, _, upper = bounds.of(name, mean)
        inside += list((came >= lower) & (came <= upper))
    assert 0.87 < np.mean(inside) < 0.945


def test_a_week_counts_more_the_newer_it_is() -> None:
    mean = np.full(200, 9.0)
    calm, wild = np.tile([8.0, 9.0, 10.0, 9.0], 50), np.tile([1.0, 9.0, 19.0, 9.0], 50)

    def reach(calm_weeks: float, wild_weeks: float) -> float:
        folds = {
            "a": (mean, calm, np.full(200, calm_weeks)),
            "b": (mean, wild, np.full(200, wild_weeks)),
        }
        return calibrate(folds, 0.8).reach[-1]

    # A quarter of all scores is wild: four fifths hold some of them, unless they are long ago.
    assert reach(6.0, 1.0) > reach(1.0, 6.0)


def test_without_history_the_distribution_stands_alone() -> None:
    assert calibrate({}, 0.9) == Bounds({"": 1.0}, (0.9,) * 5)

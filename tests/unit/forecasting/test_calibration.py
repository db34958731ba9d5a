"""Calibration: honest numbers, and the order of cells untouched."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.cells.calibration import Calibration, Line, fit_calibration


def simulated(factor: float, slope: float = 1.0, rows: int = 60_000) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(8)
    raw = np.exp(rng.normal(-3.5, 1.0, rows))
    counts = rng.poisson(factor * raw**slope * np.exp(-3.5) ** (1 - slope)).astype(float)
    return raw, counts, (counts > 0).astype(float)


def test_a_right_model_is_left_alone() -> None:
    raw, counts, hits = simulated(1.0)
    made = fit_calibration(raw, counts, hits)
    assert made.expected(raw).sum() == pytest.approx(counts.sum(), rel=0.03)
    assert made.count.slope == pytest.approx(1.0, abs=0.05)
    assert made.probability(raw) == pytest.approx(-np.expm1(-raw), rel=0.12)


@pytest.mark.parametrize("factor", [0.7, 1.5])
def test_a_wrong_level_is_put_right(factor: float) -> None:
    raw, counts, hits = simulated(factor)
    made = fit_calibration(raw, counts, hits)
    assert made.expected(raw).sum() == pytest.approx(counts.sum(), rel=0.03)
    assert made.probability(raw).sum() == pytest.approx(hits.sum(), rel=0.03)


def test_over_confidence_is_put_right() -> None:
    raw, counts, hits = simulated(1.0, slope=0.7)
    assert fit_calibration(raw, counts, hits).count.slope == pytest.approx(0.7, abs=0.05)


def test_a_handful_of_complaints_moves_little() -> None:
    # 1 expected, 4 came: without the prior the level would be log 4 = 1.39
    raw = np.full(20, 0.05)
    counts = np.zeros(20)
    counts[:4] = 1.0
    made = fit_calibration(raw, counts, counts)
    assert 0.0 < made.count.level < 0.1


def test_without_rows_nothing_is_changed() -> None:
    none = np.ones(0)
    made = fit_calibration(none, none, none)
    assert made.expected(np.array([0.3])) == pytest.approx([0.3])
    assert made.probability(np.array([0.3])) == pytest.approx([-np.expm1(-0.3)])


@given(
    st.lists(st.floats(1e-6, 5.0), min_size=2, max_size=30, unique=True),
    st.floats(-1.0, 1.0),
    st.floats(0.2, 2.0),
)
def test_the_order_of_cells_never_changes(raw: list[float], level: float, slope: float) -> None:
    made = Calibration(Line(level, slope, -3.0), Line(level, slope, -3.0))
    x = np.sort(np.array(raw))
    for y in (made.expected(x), made.probability(x)):
        assert (np.diff(y) >= 0).all()
    assert (made.probability(x) > 0).all()
    assert (made.probability(x) <= 1).all()

"""Sums over regions and services: each ticket once, forecasts that add up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.regions.nodes import CITY, build, is_rest, leaf_of, reconcile

NESTED = pd.DataFrame({"region_id": ["N", "N1", "N2", "S"], "parent_id": [None, "N", "N", "gone"]})


def test_tickets_go_to_the_lowest_region_or_to_a_rest() -> None:
    assert leaf_of("N1", NESTED) == "N1"
    assert is_rest((leaf_of("N", NESTED), ""))  # in N, but in none of its parts
    assert is_rest((leaf_of(None, NESTED), ""))
    assert leaf_of("elsewhere", NESTED) == leaf_of(None, NESTED)


def test_a_nested_region_is_the_sum_of_its_parts_and_its_rest() -> None:
    leaves = [("N1", "data"), ("N1", "voice"), (leaf_of("N", NESTED), "data"), ("S", "data")]
    tree = build(NESTED, leaves)
    counts = tree.sums({leaf: np.array([1.0]) for leaf in leaves}, 1)
    found = {node: counts[node].iloc[0] for node in tree.nodes}
    assert found[CITY] == 4
    assert found["N", ""] == 3
    assert found["N1", ""] == 2
    assert found["N2", ""] == 0
    assert found["S", "data"] == 1


def test_a_single_service_divides_nothing() -> None:
    tree = build(NESTED, [("N1", "other"), ("S", "other")])
    assert all(service == "" for _, service in tree.nodes)


def two_regions() -> object:
    return build(pd.DataFrame({"region_id": ["A", "B"], "parent_id": None}), [])


def test_reconciled_forecasts_by_hand() -> None:
    # City 12 with variance 2; regions 4 + 4 = 8 with variance 1 + 1. Half-way between: 10.
    made = reconcile(np.array([[12.0], [4.0], [4.0]]), np.array([2.0, 1.0, 1.0]), two_regions())
    assert made.ravel().tolist() == [10.0, 5.0, 5.0]


def test_the_surer_series_moves_less() -> None:
    # Same sums; B's variance is three times A's, so it takes three quarters of the 2 missing...
    made = reconcile(np.array([[12.0], [4.0], [4.0]]), np.array([4.0, 1.0, 3.0]), two_regions())
    assert made.ravel() == pytest.approx([10.0, 4.5, 5.5])


def test_reconciling_agrees_with_weighted_least_squares() -> None:
    tree = build(NESTED, [("N1", "data"), ("N1", "voice"), ("N2", "data"), ("S", "voice")])
    random = np.random.default_rng(2)
    means = random.uniform(20, 30, (len(tree.nodes), 3))
    variances = random.uniform(0.5, 2, len(tree.nodes))
    leaves = tree.leaves
    # Witness: S (S' W⁻¹ S)⁻¹ S' W⁻¹ y, with S the sums over leaves.
    s = np.array(
        [[float(_below(tree.parent, leaf, i)) for leaf in leaves] for i in range(len(tree.nodes))]
    )
    w = np.diag(1 / variances)
    expected = s @ np.linalg.solve(s.T @ w @ s, s.T @ w @ means)
    np.testing.assert_allclose(reconcile(means, variances, tree), expected)


def _below(parent: tuple[int, ...], leaf: int, node: int) -> bool:
    while leaf >= 0:
        if leaf == node:
            return True
        leaf = parent[leaf]
    return False


def test_a_series_without_a_forecast_takes_what_is_left() -> None:
    made = reconcile(np.array([[12.0], [4.0], [np.nan]]), np.ones(3), two_regions())
    assert made.ravel().tolist() == [12.0, 4.0, 8.0]
    made = reconcile(np.array([[np.nan], [4.0], [5.0]]), np.ones(3), two_regions())
    assert made.ravel().tolist() == [9.0, 4.0, 5.0]


@given(
    values=st.lists(st.floats(0, 1e4), min_size=7, max_size=7),
    variances=st.lists(st.floats(0.05, 1e4), min_size=7, max_size=7),
)
def test_nothing_is_negative_and_all_sums_hold(values: list[float], variances: list[float]) -> None:
    tree = build(NESTED, [("N1", "data"), ("N1", "voice")])
    size = len(tree.nodes)
    made = reconcile(np.array(values[:size])[:, None], np.array(variances[:size]), tree)
    assert (made >= 0).all()
    for above, below in tree.children().items():
        assert made[below].sum() == pytest.approx(made[above].sum(), abs=1e-6)

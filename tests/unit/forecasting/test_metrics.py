"""Measures, each calculated by hand and by a second library."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, roc_curve

from forecasting import metrics
from forecasting.errors import ForecastingError


def frame(score: list[float], hit: list[float], as_of: list[int] | None = None) -> pd.DataFrame:
    return pd.DataFrame({"probability": score, "hit": hit, "as_of": as_of or [0] * len(score)})


def test_average_precision_by_hand() -> None:
    # ranked: hit, miss, hit -> precision 1/1 at recall 1/2, 2/3 at recall 1: (1 + 2/3) / 2
    rows = frame([0.9, 0.8, 0.7, 0.1], [1, 0, 1, 0])
    assert metrics.average_precision(rows) == pytest.approx((1 + 2 / 3) / 2)


def test_average_precision_of_equal_scores_is_the_base_rate_in_any_order() -> None:
    for hits in ([1, 0, 0, 0], [0, 0, 0, 1]):
        assert metrics.average_precision(frame([0.5] * 4, hits)) == pytest.approx(0.25)


def test_average_precision_agrees_with_scikit_learn() -> None:
    rng = np.random.default_rng(3)
    score = rng.random(500).round(2)  # many ties
    hit = (rng.random(500) < score).astype(float)
    expected = average_precision_score(hit, score)
    assert metrics.average_precision(frame(list(score), list(hit))) == pytest.approx(expected)


def test_soft_outcomes_are_shares_of_a_positive_and_a_negative() -> None:
    # scikit-learn as witness: each row twice, once hit and once not, weighted by its share
    rng = np.random.default_rng(4)
    score, hit = rng.random(200), rng.random(200).round(1)
    expected = average_precision_score(
        np.r_[np.ones(200), np.zeros(200)], np.r_[score, score], sample_weight=np.r_[hit, 1 - hit]
    )
    assert metrics.average_precision(frame(list(score), list(hit))) == pytest.approx(expected)


def test_without_positives_nothing_is_defined() -> None:
    assert np.isnan(metrics.average_precision(frame([0.1, 0.2], [0, 0])))
    assert np.isnan(metrics.at_capacity(frame([0.1], [0]), 1)[1])
    assert np.isnan(metrics.average_precision(frame([], [])))


def test_at_capacity_by_hand() -> None:
    # two origins, two visits each: 1 of 2, 2 of 2 -> precision 3/4; 3 of the 4 positives found
    rows = frame([0.9, 0.8, 0.7, 0.6, 0.5, 0.4], [1, 0, 1, 1, 1, 0], [1, 1, 1, 2, 2, 2])
    assert metrics.at_capacity(rows, 2) == (pytest.approx(3 / 4), pytest.approx(3 / 4))


def test_at_capacity_takes_the_expectation_over_ties() -> None:
    # one visit among two equal cells, one of which is a hit
    assert metrics.at_capacity(frame([0.5, 0.5, 0.1], [1, 0, 0]), 1) == (0.5, 0.5)


def test_at_capacity_with_fewer_cells_than_crews() -> None:
    assert metrics.at_capacity(frame([0.5, 0.1], [1, 0]), 10) == (0.5, 1.0)


def test_a_share_of_the_cells_is_rounded_up_per_origin() -> None:
    # 30 % of four cells: two visits (hit, miss); of three cells: one visit (hit)
    rows = frame([4, 3, 2, 1, 9, 8, 7], [1, 0, 1, 0, 1, 1, 0], [1, 1, 1, 1, 2, 2, 2])
    assert metrics.visited(rows, 0.3).tolist() == [1, 1, 0, 0, 1, 0, 0]
    assert metrics.at_capacity(rows, 0.3) == (pytest.approx(2 / 3), pytest.approx(2 / 4))
    assert metrics.visited(frame([1.0] * 300, [0.0] * 300), 0.01).sum() == pytest.approx(3)


def test_visits_are_shared_among_equal_scores() -> None:
    rows = frame([0.9, 0.5, 0.5, 0.5], [0, 1, 0, 0])
    assert metrics.visited(rows, 2).tolist() == pytest.approx([1, 1 / 3, 1 / 3, 1 / 3])
    assert metrics.at_capacity(rows, 2) == (pytest.approx(1 / 6), pytest.approx(1 / 3))


def test_recall_at_false_positives_by_hand() -> None:
    # ranked: hit, miss, hit, miss, miss, miss; four negatives, two positives
    rows = frame([6, 5, 4, 3, 2, 1], [1, 0, 1, 0, 0, 0])
    assert metrics.recall_at_false_positives(rows, 0.0) == pytest.approx(0.5)
    # one of four negatives is let through: both positives are above the next one
    assert metrics.recall_at_false_positives(rows, 0.25) == pytest.approx(1.0)
    # half a negative: half way between (0 false, 1 of 2) and (1 false, 1 of 2), then the hit
    assert metrics.recall_at_false_positives(rows, 0.125) == pytest.approx(0.5)
    assert metrics.recall_at_false_positives(rows, 1.0) == pytest.approx(1.0)
    # all equal: as many positives as negatives, in expectation
    assert metrics.recall_at_false_positives(frame([1.0] * 4, [1, 0, 0, 0]), 0.3) == pytest.approx(
        0.3
    )
    assert np.isnan(metrics.recall_at_false_positives(frame([0.1], [0]), 0.1))


def test_recall_at_false_positives_agrees_with_scikit_learn() -> None:
    rng = np.random.default_rng(5)
    score = rng.random(3000).round(2)
    hit = (rng.random(3000) < 0.2 * score).astype(float)
    false, true, _ = roc_curve(hit, score, drop_intermediate=False)
    rows = frame(list(score), list(hit))
    for share in (0.001, 0.01, 0.1, 0.5):
        expected = np.interp(share, false, true)
        assert metrics.recall_at_false_positives(rows, share) == pytest.approx(expected)


def test_reliability_and_calibration_error_by_hand() -> None:
    # bins of two: forecasts 0.1, 0.3 observed 0 and 0.5; gaps 0.05... see below
    rows = frame([0.0, 0.2, 0.2, 0.4], [0, 0, 1, 0])
    table = metrics.reliability(rows, bins=2)
    assert table["forecast"].tolist() == pytest.approx([0.1, 0.3])
    assert table["observed"].tolist() == pytest.approx([0.0, 0.5])
    # (2 x |0.1 - 0| + 2 x |0.3 - 0.5|) / 4
    assert metrics.calibration_error(rows, bins=2) == pytest.approx(0.15)


def test_expected_over_observed() -> None:
    rows = pd.DataFrame({"expected_low_complaints": [0.5, 1.5], "low_complaints": [0.0, 1.0]})
    assert metrics.expected_over_observed(rows) == pytest.approx(2.0)
    nothing = rows.assign(low_complaints=0.0)
    assert np.isnan(metrics.expected_over_observed(nothing))


def test_interval_coverage_includes_both_ends() -> None:
    rows = pd.DataFrame({"lower": [1, 1, 1], "upper": [3, 3, 3], "observed": [1, 3, 4]})
    assert metrics.interval_coverage(rows) == pytest.approx(2 / 3)


def test_wape_and_mase_by_hand() -> None:
    rows = pd.DataFrame({"forecast": [1.0, 3.0], "observed": [2.0, 2.0]})
    assert metrics.wape(rows) == pytest.approx(2 / 4)
    assert metrics.mase(rows, scale=2.0) == pytest.approx(0.5)
    assert np.isnan(metrics.mase(rows, scale=0.0))


def test_unknown_values_are_refused_by_name() -> None:
    with pytest.raises(ForecastingError, match="'hit' has 1 unknown"):
        metrics.average_precision(frame([0.1, 0.2], [0, np.nan]))

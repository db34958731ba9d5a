"""Bootstrap over days: the draws, and measures on them against drawing the rows themselves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score

from forecasting import metrics
from forecasting.judging.bootstrap import RATIO, Resample, _AveragePrecision, draws, intervals


def rows(origins: int = 6, cells: int = 40, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    score = rng.random(origins * cells).round(2)
    hit = (rng.random(origins * cells) < score**3).astype(float)
    return pd.DataFrame(
        {
            "as_of": np.repeat(np.arange(origins), cells),
            "probability": score,
            "oracle": (score**3 + 0.01 * rng.random(origins * cells)),
            "expected_low_complaints": score**3,
            "low_complaints": hit,
            "hit": hit,
        }
    )


def test_draws_are_blocks_of_consecutive_days_and_follow_from_the_seed() -> None:
    drawn = draws(7, Resample(block=3, seed=5, resamples=200))
    assert (drawn.sum(axis=1) == 7).all()
    assert (drawn == draws(7, Resample(3, 5, 200))).all()
    assert not (drawn == draws(7, Resample(3, 6, 200))).all()
    assert draws(2, Resample(block=9, seed=1, resamples=3)).tolist() == [[1, 1]] * 3
    # two blocks of three and one day: no day is drawn alone but the trimmed one's
    [one] = draws(6, Resample(block=6, seed=1, resamples=1))
    assert one.tolist() == [1] * 6  # one block round the circle holds every day once


def test_average_precision_of_a_draw_is_that_of_the_drawn_rows() -> None:
    table = rows()
    day = table["as_of"].to_numpy()
    way = _AveragePrecision(
        table["probability"].to_numpy(), table["hit"].to_numpy(), day, origins=6
    )
    weights = np.array([[1, 1, 1, 1, 1, 1], [0, 3, 1, 0, 2, 0]], float)
    drawn = way(weights)
    assert drawn[0] == pytest.approx(metrics.average_precision(table))
    repeated = pd.concat([table[day == d] for d, n in enumerate(weights[1]) for _ in range(int(n))])
    assert drawn[1] == pytest.approx(metrics.average_precision(repeated))
    witness = average_precision_score(
        table["hit"], table["probability"], sample_weight=weights[1][day]
    )
    assert drawn[1] == pytest.approx(witness)


def test_intervals_hold_the_measure_and_its_ratio_to_the_oracle() -> None:
    table = rows(origins=12)
    made = intervals(
        {"all": table, "quiet": table[::2]}, ["probability", "oracle"], 4, Resample(3, 1, 400)
    )
    by = made.set_index(["scope", "measure", "score"])
    one = by.loc[("all", "average_precision", "probability")]
    assert one["value"] == pytest.approx(metrics.average_precision(table))
    assert one["lower"] < one["value"] < one["upper"]
    ratio = by.loc[("quiet", "average_precision", RATIO)]
    best = by.loc[("quiet", "average_precision", "oracle")]
    own = by.loc[("quiet", "average_precision", "probability")]
    assert ratio["value"] == pytest.approx(own["value"] / best["value"])
    # taken on the same draws, a ratio varies less than its parts
    spread = (ratio["upper"] - ratio["lower"]) / ratio["value"]
    assert spread < (own["upper"] - own["lower"]) / own["value"]
    precision = by.loc[("all", "precision", "probability"), "value"]
    assert precision == pytest.approx(metrics.at_capacity(table, 4)[0])
    total = by.loc[("all", "expected_over_observed", "probability"), "value"]
    assert total == pytest.approx(metrics.expected_over_observed(table))


def test_days_that_are_all_alike_leave_nothing_unsure() -> None:
    day = rows(origins=1)
    table = pd.concat([day.assign(as_of=n) for n in range(5)])
    made = intervals({"all": table}, ["probability"], 4, Resample(2, 1, 50))
    assert np.allclose(made["lower"], made["value"])
    assert np.allclose(made["upper"], made["value"])

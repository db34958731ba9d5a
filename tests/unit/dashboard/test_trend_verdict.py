"""Better and worse are said only of what chance does not explain; limits by hand."""

from __future__ import annotations

import pytest

from dashboard.web.view.trend_verdict import change


@pytest.mark.parametrize(
    ("now", "then", "verdict"),
    [
        # ln(1.2) = 0.182; 1.96 √(1/120 + 1/100) = 0.265
        (120, 100, "level"),
        # ln(1.5) = 0.405 > 1.96 √(1/150 + 1/100) = 0.253
        (150, 100, "more"),
        (100, 150, "less"),
        (0, 3, "level"),
        (0, 4, "less"),
    ],
)
def test_counts_as_poisson_numbers(now, then, verdict):
    found = change("tickets", {"tickets": now}, {"tickets": then})
    assert found.verdict == verdict
    assert found.relative == pytest.approx(now / then - 1)


def test_a_rate_weighs_by_its_complaints_and_a_lower_one_is_better():
    few = change(
        "rate_per_10k", {"rate_per_10k": 1.0, "tickets": 10}, {"rate_per_10k": 1.5, "tickets": 15}
    )
    many = change(
        "rate_per_10k",
        {"rate_per_10k": 1.0, "tickets": 1000},
        {"rate_per_10k": 1.5, "tickets": 1500},
    )
    assert (few.verdict, many.verdict) == ("level", "better")


@pytest.mark.parametrize(
    ("share", "counted", "verdict"),
    [
        # pooled 0.925: 1.96 √(0.925·0.075·2/1000) = 0.0231 < 0.05
        (0.95, 1000, "better"),
        # … √(…·2/100) = 0.073 > 0.05
        (0.95, 100, "level"),
        (0.85, 1000, "worse"),
        (0.95, 1, "level"),
    ],
)
def test_shares_as_two_proportions(share, counted, verdict):
    now = {"timely_rate": share, "due": counted}
    assert change("timely_rate", now, {"timely_rate": 0.9, "due": counted}).verdict == verdict


def test_scores_by_their_spread():
    then = {"satisfaction": 7.0, "rated": 200}
    # 1.96 √(4 · 2/200) = 0.392
    for value, verdict in ((7.5, "better"), (7.3, "level"), (6.5, "worse")):
        now = {"satisfaction": value, "rated": 200, "score_variance": 4.0}
        assert change("satisfaction", now, then).verdict == verdict
    assert change("satisfaction", {"satisfaction": 9.0, "rated": 200}, then).verdict == "level"


def test_times_by_a_tenth_and_the_unknown_says_so():
    assert change("reply_p80_min", {"reply_p80_min": 53}, {"reply_p80_min": 60}).verdict == "better"
    assert change("reply_p80_min", {"reply_p80_min": 57}, {"reply_p80_min": 60}).verdict == "level"
    for now, then in ((None, 3.0), (3.0, float("nan"))):
        found = change("low_share", {"low_share": now}, {"low_share": then})
        assert (found.verdict, found.relative, found.points) == ("unknown", None, None)

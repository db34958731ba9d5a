"""Coverage and errors of region forecasts, by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from forecasting.regions.judged import RegionJudgement, _judge


def test_coverage_and_errors_by_hand() -> None:
    days = pd.date_range("2026-06-01", periods=9)
    came = pd.DataFrame({"A": [1.0, 2, 0, 0, 0, 0, 0, 5, 3], "B": [4.0] * 9}, index=days)
    rows = pd.DataFrame(
        {
            "region_id": ["A", "A", "B"],
            "day": [days[7], days[8], days[8]],
            "naive_day": [days[0], days[1], days[1]],
            "mean": [3.0, 3.0, 6.0],
            "lower": [1.0, 3.0, 5.0],
            "upper": [4.0, 5.0, 9.0],
        }
    )
    # A: 5 is above 4, 3 lies on the edge of 3..5; B: 4 is below 5. One of three inside.
    # Errors 2, 0, 2; against the week before |5-1|, |3-2|, |4-4|.
    judged = _judge(rows, came, 0.9)
    assert judged.region_days == 3
    assert judged.coverage == pytest.approx(1 / 3)
    assert judged.error == pytest.approx(4 / 3)
    assert judged.naive_error == pytest.approx(5 / 3)
    assert "33.3%" in judged.line()


def test_nothing_to_judge_is_said_not_invented() -> None:
    judged = _judge(pd.DataFrame(), pd.DataFrame(), 0.9)
    assert judged.to_json() == {
        "region_days": 0, "nominal": 0.9, "coverage": None, "error": None, "naive_error": None,
    }  # fmt: skip
    assert "no complete day" in judged.line()
    assert isinstance(judged, RegionJudgement)

"""Coverage and errors of region forecasts, by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from forecasting.regions.judged import judge

DAYS = pd.date_range("2026-06-01", periods=9)
CAME = pd.DataFrame(
    {("", ""): [5.0] * 9, ("A", ""): [1.0, 2, 0, 0, 0, 0, 0, 5, 3], ("B", ""): [4.0] * 9},
    index=DAYS,
)


def rows(**changes: object) -> pd.DataFrame:
    values = {
        "region_id": ["A", "A", "B"],
        "service": "",
        "day": [DAYS[7], DAYS[8], DAYS[8]],
        "naive_day": [DAYS[0], DAYS[1], DAYS[1]],
        "mean": [3.5, 3.5, 6.5],
        "lower": [1.0, 3.0, 5.0],
        "median": [3.0, 3.0, 6.0],
        "upper": [4.0, 5.0, 9.0],
    }
    return pd.DataFrame(values | changes)


def test_coverage_and_errors_by_hand() -> None:
    # A: 5 is above 4, 3 lies on the edge of 3..5; B: 4 is below 5. One of three inside.
    # Errors 2, 0, 2 of the median, 1.5, 0.5, 2.5 of the mean; of the week before 4, 1, 0.
    judged = judge(rows(), CAME, 0.9)
    assert judged.overall is not None
    assert judged.region_days == 3
    assert judged.coverage == pytest.approx(1 / 3)
    assert judged.overall.error == pytest.approx(4 / 3)
    assert judged.overall.mean_error == pytest.approx(1.5)
    assert judged.overall.naive_error == pytest.approx(5 / 3)
    assert judged.mase == pytest.approx(0.8)
    assert judged.overall.bias == pytest.approx(13.5 / 12)
    # A: (2 + 0) / (4 + 1); B's week before made no error, so there is nothing to divide by.
    assert judged.regions["A"].mase == pytest.approx(0.4)
    assert judged.worst_mase == ("A", pytest.approx(0.4))
    assert judged.to_json()["regions"]["B"]["mase"] is None
    assert "33.3%" in judged.line()
    assert "0.400 in A" in judged.line()


def test_services_and_the_city_are_judged_apart() -> None:
    more = pd.concat(
        [
            rows(),
            rows(region_id="", service=["", "data", "data"]),
            rows(region_id="A", service="data"),
        ],
        ignore_index=True,
    )
    judged = judge(more, CAME, 0.9)
    assert judged.region_days == 3
    assert judged.city is not None
    assert judged.city.days == 1
    assert judged.services["data"].days == 2
    assert judged.region_services["A", "data"].days == 3
    assert judged.services_overall is not None
    assert judged.services_overall.days == 3
    # A service that never came counts as 0 every day.
    assert judged.region_services["A", "data"].error == pytest.approx(4.0)


def test_nothing_to_judge_is_said_not_invented() -> None:
    judged = judge(pd.DataFrame(), CAME, 0.9)
    plain = judged.to_json()
    assert plain["region_days"] == 0
    assert plain["coverage"] is None
    assert plain["worst_mase"] is None
    assert "no complete day" in judged.line()

"""Reading a simulated city's truth, and the true cause of a cell at an origin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from forecasting.errors import ForecastingError
from forecasting.judging.truth import Truth, read_truth

T = datetime(2026, 10, 1, tzinfo=UTC)


def moment(hours: float | None) -> datetime | None:
    return None if hours is None else T + timedelta(hours=hours)


def truth(*faults: tuple[str, str, float, float, float | None]) -> Truth:
    """Cell, cause, severity, start and end in hours from T."""
    frame = pd.DataFrame(
        {
            "cell_id": [f[0] for f in faults],
            "cause": [f[1] for f in faults],
            "severity": [f[2] for f in faults],
            "starts_at": pd.to_datetime([moment(f[3]) for f in faults], utc=True),
            "ends_at": pd.to_datetime([moment(f[4]) for f in faults], utc=True),
        }
    )
    return Truth(pd.DataFrame(columns=["as_of", "cell_id"]), frame, None)


def cause(made: Truth, cell: str = "a") -> str:
    rows = pd.DataFrame({"as_of": [pd.Timestamp(T)], "cell_id": [cell]}, index=[7])
    told = made.causes(rows, 72)
    assert told.index.tolist() == [7]
    return str(told.iloc[0])


def test_the_fault_at_the_origin_comes_first_then_the_first_within_the_horizon() -> None:
    assert cause(truth(("a", "later", 1, 5, 9), ("a", "now", 0.1, -9, 1))) == "now"
    assert cause(truth(("a", "second", 1, 6, 9), ("a", "first", 0.1, 5, None))) == "first"
    assert cause(truth(("a", "weak", 0.2, -5, 9), ("a", "strong", 0.9, -1, 9))) == "strong"


def test_faults_before_after_and_elsewhere_are_none() -> None:
    made = truth(("a", "over", 1, -9, 0), ("a", "too late", 1, 72, 80), ("b", "elsewhere", 1, 0, 9))
    assert cause(made) == "none"
    assert cause(made, "b") == "elsewhere"


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ForecastingError, match=r"oracle.parquet: the truth cannot be read"):
        read_truth(tmp_path)
    pd.DataFrame({"as_of": [T], "cell_id": ["a"]}).to_parquet(tmp_path / "oracle.parquet")
    with pytest.raises(ForecastingError, match="columns are missing: expected_low_complaints"):
        read_truth(tmp_path)


def test_a_horizon_that_nobody_asked_the_oracle_for(tmp_path: Path) -> None:
    columns = {"as_of": [T], "cell_id": ["a"], "expected_low_complaints": [0.5]}
    pd.DataFrame(columns | {"probability": [0.4], "low_complaints": [1]}).to_parquet(
        tmp_path / "oracle.parquet"
    )
    faults = {"cell_id": ["a"], "cause": ["x"], "severity": [1.0], "starts_at": [T], "ends_at": [T]}
    pd.DataFrame(faults).to_parquet(tmp_path / "faults.parquet")
    pd.DataFrame({"cell_id": ["a"], "low": [True]}).to_parquet(tmp_path / "ticket_cells.parquet")
    made = read_truth(tmp_path)
    assert made.complaints is None
    assert made.knows(72)
    assert not made.knows(24)
    assert made.at_horizon(72)["oracle"].tolist() == [0.4]
    with pytest.raises(ForecastingError, match="use 24, 72 or 168"):
        made.at_horizon(48)

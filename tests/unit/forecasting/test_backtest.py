"""A backtest from end to end on a small city: judged by the truth, and by tickets alone."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecasting import metrics
from forecasting.backtest import COLUMNS, Backtest, backtest, not_judged
from forecasting.errors import ForecastingError
from tests.support import smallcity

pytestmark = pytest.mark.slow

FIRST = smallcity.before_end(days=12).date()
LAST = smallcity.before_end(days=10).date()
DAYS = 3


def run(data: Path, **how: object) -> Backtest:
    connection = smallcity.warehouse(data)
    try:
        return backtest(connection, FIRST, LAST, settings=smallcity.SETTINGS, **how)
    finally:
        connection.close()


@pytest.fixture(scope="module")
def by_truth(tmp_path_factory: pytest.TempPathFactory) -> Backtest:
    truth = smallcity.files() / "truth"
    return run(tmp_path_factory.mktemp("truth"), truth=truth, resamples=50)


@pytest.fixture(scope="module")
def by_tickets(tmp_path_factory: pytest.TempPathFactory) -> Backtest:
    return run(tmp_path_factory.mktemp("tickets"), horizons=(), resamples=0)


def test_one_row_per_cell_and_midnight(by_truth: Backtest) -> None:
    table = by_truth.forecasts
    assert list(table.columns) == COLUMNS
    assert len(table) == smallcity.CELLS * DAYS
    assert not table.duplicated(["cell_id", "as_of"]).any()
    local = table["as_of"].dt.tz_convert("Asia/Shanghai")
    assert (local.dt.hour == 0).all()
    assert table["low_complaints"].notna().all()


def test_the_forecast_stands_beside_all_baselines_and_the_oracle(by_truth: Backtest) -> None:
    assert by_truth.judgement.scores == (
        "probability", "persistence", "kpi_rule", "seasonal_naive", "last_week_rate", "logistic",
        "oracle",
    )  # fmt: skip
    for score in by_truth.judgement.scores:
        assert 0 < by_truth.judgement.value("average_precision", score) <= 1
    assert by_truth.judgement.value("average_precision") == metrics.average_precision(by_truth.rows)


def test_every_horizon_has_a_model_of_its_own_and_its_own_outcomes(by_truth: Backtest) -> None:
    assert sorted(by_truth.horizons) == [24, 72, 168]
    hits = [by_truth.horizons[h].positives for h in (24, 72, 168)]
    assert hits[0] < hits[1] < hits[2]
    told = by_truth.to_json()["horizons"]
    expected = [told[h]["scores"]["oracle"]["all"]["average_precision"] for h in ("24", "72")]
    assert expected[0] != expected[1]
    forecast = [by_truth.horizons[h].value("expected_over_observed") for h in (24, 168)]
    assert all(0.2 < ratio < 5 for ratio in forecast)  # each learned how much its horizon holds


def test_outcomes_by_tickets_and_by_truth_agree_on_the_whole(
    by_truth: Backtest, by_tickets: Backtest
) -> None:
    true, told = by_truth.rows, by_tickets.rows
    joined = true.merge(told, on=["as_of", "cell_id"], suffixes=("", "_told"))
    assert len(joined) == len(true)
    # the same forecasts, bit for bit, whatever they are judged by
    assert joined["probability"].equals(joined["probability_told"])
    # complaints are conserved, and mostly land on the right cell
    assert told["low_complaints"].sum() == pytest.approx(true["low_complaints"].sum(), rel=0.15)
    assert np.corrcoef(joined["hit"], joined["hit_told"])[0, 1] > 0.5
    assert by_tickets.causes is None
    assert "oracle" not in by_tickets.judgement.scores


def test_all_is_told_as_plain_json(by_truth: Backtest, by_tickets: Backtest) -> None:
    for made in (by_truth, by_tickets):
        told = made.to_json()
        assert json.loads(json.dumps(told, allow_nan=False)) == told
    told = by_truth.to_json()
    assert set(told["by"]) == {"region", "technology", "cause"}
    assert {"forecast", "oracle", "by"} <= set(told["lead_time"])
    assert told["causes"]["flagged"] == (by_truth.rows["status"].isin(["red", "yellow"]).sum())
    assert len(told["intervals"]) > 10


def test_people_get_an_overview_that_fits_a_screen(by_truth: Backtest) -> None:
    lines = by_truth.lines()
    assert len(lines) < 30
    assert max(map(len, lines)) < 200
    more = by_truth.lines(("region", "confusion"))
    assert len(more) > len(lines)


def test_the_wall_holds_in_a_backtest(by_tickets: Backtest, tmp_path: Path) -> None:
    """Forecasts of the past do not change when what came after the last origin is deleted."""
    connection = smallcity.warehouse(tmp_path)
    for table in ("kpis", "ticket_states", "work_states", "event_states", "alarm_states"):
        connection.execute(
            f"DELETE FROM {table} WHERE known_at > ?",
            [smallcity.before_end(days=10)],
        )
    again = backtest(connection, FIRST, LAST, settings=smallcity.SETTINGS, horizons=(), resamples=0)
    connection.close()
    kept = [c for c in by_tickets.rows if c not in {"low_complaints", "hit"}]
    pd.testing.assert_frame_equal(by_tickets.rows[kept], again.rows[kept], check_exact=True)
    assert again.rows["hit"].isna().all()
    assert again.judgement.rows == 0


def test_a_backtest_that_ends_before_it_begins_is_refused(tmp_path: Path) -> None:
    connection = smallcity.warehouse(tmp_path)
    with pytest.raises(ForecastingError, match="before it begins"):
        backtest(connection, LAST, LAST - timedelta(days=3), settings=smallcity.SETTINGS)
    connection.close()


def test_a_score_that_lacks_an_origin_is_named_as_not_judged() -> None:
    """A first training on too little leaves no logistic regression for its week."""
    rows = pd.DataFrame({"probability": [0.1, 0.2], "logistic": [np.nan, 0.3]})
    assert not_judged(rows, ["probability", "logistic"]) == [
        "logistic is not judged: unknown for 1 of 2 rows"
    ]

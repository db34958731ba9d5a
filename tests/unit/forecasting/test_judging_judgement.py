"""The table of measures: scopes, breakdowns, ratios, and what is told of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from forecasting import metrics
from forecasting.judging import report
from forecasting.judging.bootstrap import Resample
from forecasting.judging.causes import CauseHits, cause_hits
from forecasting.judging.judgement import GROUPS, judge

DAYS = [datetime(2026, 10, 1, tzinfo=UTC) + timedelta(days=n) for n in range(2)]


def small() -> pd.DataFrame:
    """Two origins of four cells; capacity 1 sends a crew to a on the first day, to d on the second.

    a: hit 1, 0; b: 0, 1; c: 0, 0; d: 1, 1.
    """
    return pd.DataFrame(
        {
            "as_of": np.repeat(DAYS, 4),
            "cell_id": list("abcd") * 2,
            "region": ["north", "north", "south", "south"] * 2,
            "technology": "NR",
            "cause": [None, "hardware", "hardware", "coverage"] * 2,
            "quiet": [False, True, True, True] * 2,
            "probability": [0.8, 0.2, 0.1, 0.5, 0.3, 0.4, 0.1, 0.6],
            "expected_low_complaints": [1.0, 0.2, 0.1, 0.7, 0.3, 0.5, 0.1, 1.1],
            "oracle": [0.9, 0.1, 0.1, 0.8, 0.1, 0.7, 0.1, 0.9],
            "oracle_expected": [1.0, 0.1, 0.1, 1.0, 0.1, 1.0, 0.1, 1.5],
            "low_complaints": [2.0, 0, 0, 1, 0, 1, 0, 1],
            "hit": [1.0, 0, 0, 1, 0, 1, 0, 1],
        }
    )


def judged(**more):
    return judge(small(), ["probability", "oracle"], 1, groups=GROUPS, **more)


def test_all_and_quiet_by_hand() -> None:
    made = judged()
    # all: visits to a (hit) and d (hit): 2 of 2, 2 of 4 found; base rate 4/8, lift 2
    assert (made.value("precision"), made.value("recall"), made.value("lift")) == (1.0, 0.5, 2.0)
    # quiet (b, c, d): visits to d (hit) and d (hit); found 2 of 3; base rate 3/6
    quiet = [made.value(m, scope="quiet") for m in ("precision", "recall", "lift", "rows")]
    assert quiet == [1.0, pytest.approx(2 / 3), 2.0, 6.0]
    # 4.0 expected, 5 complaints came
    assert made.value("expected_over_observed") == pytest.approx(4.0 / 5)
    # 1 % of four cells is one
    assert made.value("precision_1pct") == 1.0
    assert (made.rows, made.positives) == (8, 4.0)
    assert made.share_of_oracle() == pytest.approx(
        metrics.average_precision(small()) / metrics.average_precision(small(), "oracle")
    )


def test_groups_share_the_visits_that_were_made() -> None:
    table = judged().table
    own = table[table["score"] == "probability"].set_index(["group", "value"])
    # one crew goes north (a, hit), one south (d, hit): north has two positives, south two
    for region in ("north", "south"):
        row = own.loc[("region", region)]
        assert (row["precision"], row["recall"]) == (1.0, 0.5)
    # hardware: never visited, so precision is not known and recall is nought
    hardware = own.loc[("cause", "hardware")]
    assert np.isnan(hardware["precision"])
    assert (hardware["recall"], hardware["rows"], hardware["positives"]) == (0.0, 4, 1)
    assert ("cause", "") in own.index  # rows without a cause
    assert own.loc[("technology", "NR"), "average_precision"] == pytest.approx(
        metrics.average_precision(small())
    )


def test_rows_without_outcome_or_forecast_are_left_out() -> None:
    rows = small()
    rows.loc[0, "hit"] = np.nan
    rows.loc[1, "probability"] = np.nan
    assert judge(rows, ["probability"], 1).rows == 6


def test_json_is_plain_and_complete() -> None:
    import json

    made = judged(resample=Resample(1, 1, 20))
    told = report.judgement_json(made, GROUPS)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["scores"]["forecast"]["all"]["recall"] == 0.5
    assert told["by"]["cause"]["hardware"]["forecast"]["precision"] is None
    assert told["by"]["region"]["north"]["oracle"]["rows"] == 4
    assert {row["score"] for row in told["intervals"]} == {"forecast", "oracle", "forecast/oracle"}
    assert told["average_precision_over_oracle"]["all"] == pytest.approx(made.share_of_oracle())


def test_the_overview_is_short_and_breakdowns_are_asked_for() -> None:
    made = judged(resample=Resample(1, 1, 20))
    lines = list(report.overview(made))
    assert len(lines) < 8
    assert max(map(len, lines)) <= 120
    assert any(line.startswith("oracle") for line in lines)
    text = "\n".join(report.breakdowns(made, None, ("region", "calibration", "confusion")))
    assert "north" in text
    assert "needs --truth" in text


def test_hit_rate_and_confusion_by_hand() -> None:
    rows = pd.DataFrame(
        {
            "status": ["red", "red", "yellow", "yellow", "yellow", "green", "red"],
            "named_cause": ["hardware", "coverage", "coverage", None, "hardware", "x", "hardware"],
            "true_cause": ["hardware", "coverage", "hardware", "hardware", "none", "y", "benign"],
        }
    )
    made = cause_hits(rows)
    # four flagged cells with a fault that is felt, two of them named rightly; hardware is commonest
    assert (made.faulty, made.hit_rate, made.commonest) == (4, 0.5, 0.75)
    told = made.to_json()
    assert told["flagged"] == 6
    assert told["confusion"]["hardware"] == {"coverage": 1, "hardware": 1, "unknown": 1}
    assert told["confusion"]["none"]["hardware"] == 1
    nothing = cause_hits(rows.iloc[:0])
    assert isinstance(nothing, CauseHits)
    assert np.isnan(nothing.hit_rate)
    assert nothing.to_json()["hit_rate"] is None

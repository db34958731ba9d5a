"""Complaints are conserved: over any split their sum is the total, and so over periods."""

from __future__ import annotations

from dataclasses import astuple
from datetime import date, timedelta
from unittest.mock import patch

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dashboard.snapshot import Snapshot
from dashboard.trends import held
from dashboard.trends.compare import compared
from dashboard.trends.league import league
from dashboard.trends.numbers import satisfaction, trends
from dashboard.trends.query import DIMENSIONS, TrendQuery
from dashboard.trends.today import today
from tests.support.complaints import row
from tests.support.snapshots import AS_OF
from tests.support.trends import regions, shown

FIRST, LAST = date(2026, 9, 20), date(2026, 11, 21)
COUNTS = ["tickets", "low_complaints", "rated", "due", "timely", "repeats", "identified", "replied"]
NESTED = regions(
    ("A", None, 1, 9000.0), ("B", None, 1, 8000.0), ("A1", "A", 2, 4000.0), ("A2", "A", 2, 5000.0)
)
texts = st.sampled_from(["a", "b", None])
complaints = st.fixed_dictionaries(
    {
        "created_at": st.integers(0, 1500).map(lambda h: AS_OF - timedelta(hours=h)),
        "region_id": st.sampled_from(["A", "A1", "A2", "B", "X", None]),
        "channel": texts,
        "service": texts,
        "category": texts,
        "technology": texts,
        "weight": st.integers(1, 2**20).map(lambda n: n / 2**20),
        "satisfaction": st.sampled_from([None, 3, 9]),
        "final_satisfaction": st.sampled_from([None, 1, 10]),
        "due_at": st.none() | st.integers(0, 1500).map(lambda h: AS_OF - timedelta(hours=h - 40)),
        "in_time": st.sampled_from([None, True, False]),
        "repeat": st.sampled_from([None, True, False]),
        "reply_min": st.sampled_from([None, 1, 500]),
    }
)


@settings(
    max_examples=4,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    rows=st.lists(complaints, min_size=1, max_size=30),
    split=st.lists(st.sampled_from(DIMENSIONS), unique=True, max_size=3),
    by=st.sampled_from(["day", "week", "month"]),
    region=st.sampled_from([{}, {"region": "A"}, {"region": "unknown"}, {"level": "2"}]),
)
def test_sums_over_any_split_are_the_total(tmp_path_factory, rows, split, by, region):
    made = [
        row(n, **r, low=None if r["satisfaction"] is None else r["satisfaction"] <= 6)
        for n, r in enumerate(rows)
    ]
    snapshot = shown(tmp_path_factory.mktemp("t"), made, regions=NESTED)
    whole = trends(snapshot, TrendQuery(FIRST, LAST, by, (), region))
    parts = trends(snapshot, TrendQuery(FIRST, LAST, by, tuple(split), region))
    scores = satisfaction(snapshot, TrendQuery(FIRST, LAST, by, tuple(split), region))
    if split:
        summed = parts.groupby("period_start")[COUNTS].sum(min_count=1)
        seen = whole.set_index("period_start")[COUNTS].loc[summed.index]
        assert summed.equals(seen)
        if len(parts) == 0:
            assert whole["tickets"].sum() == 0
    by_score = scores.drop(columns=["period_start", "period_end", "complete", *split])
    assert by_score.sum(axis=1).sum() == whole["tickets"].sum()
    if not region:
        wanted = [r["weight"] for r in made if FIRST <= r["day"] <= LAST]
        assert whole["tickets"].sum() == pytest.approx(sum(wanted), abs=0)
    snapshot.close()


@settings(
    max_examples=6,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    rows=st.lists(complaints, min_size=1, max_size=30),
    split=st.lists(st.sampled_from(DIMENSIONS), unique=True, max_size=2),
    by=st.sampled_from(["day", "week", "month"]),
    filters=st.dictionaries(
        st.sampled_from(["channel", "service"]), st.sampled_from(["a", "unknown"]), max_size=1
    ),
    region=st.sampled_from([{}, {"region": "A"}, {"region": "unknown"}, {"level": "2"}]),
)
def test_daily_sums_tell_what_the_complaints_tell(
    tmp_path_factory, rows, split, by, filters, region
):
    made = [
        row(n, **r, low=None if r["satisfaction"] is None else r["satisfaction"] <= 6)
        for n, r in enumerate(rows)
    ]
    data = tmp_path_factory.mktemp("t")
    snapshot = shown(data, made, regions=NESTED)
    query = TrendQuery(FIRST, LAST, by, tuple(split), filters | region)

    def told(of):
        tables = [make(of, query) for make in (trends, satisfaction, compared)]
        tables.append(league(of, unit="week", day=LAST, level=2).table)
        places = (None, "A", "A1", "B", "nowhere")
        values = [held.history_from(of), held.values(of)]
        return tables, [*values, *(astuple(today(of, region_id=place)) for place in places)]

    assert snapshot.has_day_sums
    tables, values = told(snapshot)
    snapshot.close()
    with patch.object(Snapshot, "has_day_sums", new=False):
        rows_alone = Snapshot.open(data)
        expected, expected_values = told(rows_alone)
        rows_alone.close()
    assert values == expected_values
    for table, other in zip(tables, expected, strict=True):
        pd.testing.assert_frame_equal(table, other, check_exact=True)

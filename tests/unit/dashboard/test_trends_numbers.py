"""Measures by hand: eight complaints, two districts."""

from datetime import date, timedelta

import numpy as np
import pytest

from dashboard.trends.compare import compared
from dashboard.trends.numbers import satisfaction, trends
from dashboard.trends.query import TrendQuery, TrendQueryError
from tests.support.complaints import row
from tests.support.facts import local
from tests.support.snapshots import AS_OF
from tests.support.trends import regions, shown

# as_of: Saturday 21 November 2026, 15:00 in Beijing
ROWS = [
    row(0, created_at=local(2026, 11, 9, 0), satisfaction=3, final_satisfaction=9, low=True),
    row(1, created_at=local(2026, 11, 10, 9), satisfaction=6, final_satisfaction=6, low=True,
        repeat=True, reply_min=10),
    row(2, created_at=local(2026, 11, 15, 23), satisfaction=None, final_satisfaction=None, low=None,
        in_time=None, reply_min=None, repeat=None),  # due on Monday 16th, never closed
    row(3, created_at=local(2026, 11, 12, 9), region_id="R1", in_time=False, reply_min=90),
    row(4, created_at=local(2026, 11, 12, 9), region_id=None, channel=None, reply_min=50),
    row(5, created_at=local(2026, 11, 17, 9), region_id="R1", weight=0.75, technology="LTE"),
    row(5, created_at=local(2026, 11, 17, 9), region_id="R1", weight=0.25, technology="NR"),
    row(6, created_at=local(2026, 11, 21, 14), due_at=local(2026, 11, 21, 16), in_time=None),
    row(7, created_at=local(2026, 10, 1, 9), due_at=None, in_time=None),
]  # fmt: skip


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    opened = shown(tmp_path_factory.mktemp("trends"), ROWS)
    yield opened
    opened.close()


def asked(first="2026-11-09", last="2026-11-21", by="week", **filters):
    mapping = {"from": first, "to": last, "by": by, **filters}
    return TrendQuery.parse(mapping, newest=date(2026, 11, 21))


def test_a_week_by_hand(snapshot):
    week, present = trends(snapshot, asked()).to_dict("records")
    assert (week["period_start"], week["period_end"]) == (date(2026, 11, 9), date(2026, 11, 15))
    assert week["complete"]
    assert not present["complete"]
    assert week["subscribers"] == 90_000
    assert week["tickets"] == 5  # 0, 1, 2, 3, 4
    assert week["rate_per_10k"] == pytest.approx(5 / 9)
    assert (week["low_complaints"], week["rated"]) == (2, 4)
    assert week["low_share"] == 0.5
    assert week["satisfaction"] == (3 + 6 + 8 + 8) / 4
    assert week["satisfaction_final"] == (9 + 6 + 8 + 8) / 4
    assert (week["due"], week["timely"]) == (4, 3)  # 3 was late, 2 falls due next week
    assert (week["repeats"], week["identified"]) == (1, 4)
    assert (week["replied"], week["reply_p80_min"], week["reply_p95_min"]) == (4, 90, 90)
    # this week: 5 and 6; 2 and 5 fell due, 2 is open; 6 falls due an hour after as_of
    assert (present["tickets"], present["due"], present["timely"]) == (2, 2, 1)
    assert present["timely_rate"] == 0.5


def test_quantiles_are_the_least_minutes_that_are_enough(tmp_path):
    minutes = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
    rows = [row(n, created_at=local(2026, 11, 12, 9), reply_min=m) for n, m in enumerate(minutes)]
    snapshot = shown(tmp_path, rows)
    [week] = trends(snapshot, asked(last="2026-11-15")).to_dict("records")
    assert (week["reply_p80_min"], week["reply_p95_min"]) == (80, 100)
    snapshot.close()


def test_local_days_begin_at_local_midnight(snapshot):
    days = trends(snapshot, asked(last="2026-11-15", by="day"))
    assert days["tickets"].tolist() == [1, 1, 0, 2, 0, 0, 1]
    assert np.isnan(days["low_share"].iloc[2])  # nobody was asked: unknown, not 0


def test_what_is_unknown_is_a_value_of_its_own(snapshot):
    rows = trends(snapshot, asked(last="2026-11-15", by="week,region"))
    assert rows[["region", "tickets"]].to_numpy().tolist() == [["R0", 3], ["R1", 1], [None, 1]]
    assert rows["subscribers"].tolist()[:2] == [50_000, 40_000]
    assert np.isnan(rows["rate_per_10k"].iloc[2])
    [only] = trends(snapshot, asked(last="2026-11-15", channel="unknown")).to_dict("records")
    assert only["tickets"] == 1
    [nowhere] = trends(snapshot, asked(last="2026-11-15", region="unknown")).to_dict("records")
    assert nowhere["tickets"] == 1
    assert np.isnan(nowhere["subscribers"])


def test_a_complaint_is_shared_out_between_technologies(snapshot):
    rows = trends(snapshot, asked(first="2026-11-16", by="week,technology"))
    assert dict(zip(rows["technology"], rows["tickets"], strict=True)) == {"LTE": 0.75, "NR": 1.25}


def test_scores_add_up_to_tickets(snapshot):
    [week, _] = satisfaction(snapshot, asked()).to_dict("records")
    assert (week["score_3"], week["score_6"], week["score_8"], week["unknown"]) == (1, 1, 2, 1)
    assert sum(week[f"score_{n}"] for n in range(1, 11)) + week["unknown"] == 5


def test_before_the_history_nothing_is_known(snapshot):
    months = trends(snapshot, asked(first="2026-08-01", last="2026-10-31", by="month"))
    assert months["tickets"].isna().tolist() == [True, True, False]
    assert months["complete"].tolist() == [False, False, True]


def test_regions_hold_what_is_below_them(tmp_path):
    nested = regions(
        ("A", None, 1, None), ("B", None, 1, 30_000.0), ("A1", "A", 2, 10_000.0),
        ("A2", "A", 2, 5_000.0),
    )  # fmt: skip
    made = [("A1", 3), ("A2", 2), ("A", 1), ("B", 4)]
    names = [name for name, count in made for _ in range(count)]
    rows = [
        row(n, created_at=local(2026, 11, 12, 9), region_id=name) for n, name in enumerate(names)
    ]
    snapshot = shown(tmp_path, rows, regions=nested)

    def split(**filters):
        found = trends(snapshot, asked(last="2026-11-15", by="week,region", **filters))
        columns = ["region", "tickets", "subscribers"]
        return [tuple(row) for row in found[columns].to_numpy().tolist()]

    assert split() == [("A", 6, 15_000), ("B", 4, 30_000)]  # subscribers are sums of parts
    # known no finer than A: counted at A
    assert split(region="A") == [("A", 1, 15_000), ("A1", 3, 10_000), ("A2", 2, 5_000)]
    assert [row[:2] for row in split(level="2")] == [("A", 1), ("A1", 3), ("A2", 2), ("B", 4)]
    [whole] = trends(snapshot, asked(last="2026-11-15", region="A")).to_dict("records")
    assert (whole["tickets"], whole["subscribers"]) == (6, 15_000)
    with pytest.raises(TrendQueryError, match="no such region"):
        trends(snapshot, asked(region="C"))
    snapshot.close()


def test_a_snapshot_without_facts_knows_nothing(tmp_path):
    snapshot = shown(tmp_path, [])
    rows = trends(snapshot, asked())
    assert rows["tickets"].isna().all()
    assert not rows["complete"].any()
    snapshot.close()


def test_more_rows_than_anybody_reads_are_refused(tmp_path):
    moments = [AS_OF - timedelta(days=n) for n in range(80)]
    rows = [row(n, created_at=m, category=f"K{n}", service=f"S{n}") for n, m in enumerate(moments)]
    snapshot = shown(tmp_path, rows)
    query = asked(first="2017-01-01", by="day,service,category")
    with pytest.raises(TrendQueryError, match="fewer days or splits"):
        trends(snapshot, query)
    snapshot.close()


def test_a_split_of_nothing_has_no_rows(snapshot):
    query = asked(last="2026-11-15", by="day,region,channel", service="elsewhere")
    assert trends(snapshot, query).empty
    assert satisfaction(snapshot, query).empty
    assert compared(snapshot, query).empty

"""What may be asked of trends, and the days that periods consist of."""

from datetime import date

import pytest

from dashboard.trends import periods
from dashboard.trends.periods import Window
from dashboard.trends.query import TrendQuery, TrendQueryError

NEWEST = date(2026, 11, 21)  # a Saturday


def parse(**given):
    return TrendQuery.parse({k.removesuffix("_"): v for k, v in given.items()}, newest=NEWEST)


def test_a_query_is_understood():
    asked = {"from": "2026-11-01", "to": "2026-11-14", "by": "region, day,channel", "region": "R0"}
    query = TrendQuery.parse(asked, newest=NEWEST)
    assert (query.first, query.last) == (date(2026, 11, 1), date(2026, 11, 14))
    assert (query.by, query.split) == ("day", ("region", "channel"))
    assert query.filters == {"region": "R0"}


@pytest.mark.parametrize(
    ("by", "first"), [("day", "2026-10-23"), ("week", "2026-05-18"), ("month", "2025-11-01")]
)
def test_without_days_it_goes_back_whole_periods(by, first):
    query = parse(by=by)
    assert (str(query.first), query.last) == (first, NEWEST)
    assert by != "week" or query.first.weekday() == 0


def test_days_to_come_are_cut():
    assert parse(to="2027-01-01").last == NEWEST


@pytest.mark.parametrize(
    ("given", "name", "hint"),
    [
        ({"by": "hour"}, "by", "day, week, month, region"),
        ({"by": "day,week"}, "by", "one period"),
        ({"from": "21.11.2026"}, "from", "2026-11-21"),
        ({"from": "2026-11-22", "to": "2026-11-01"}, "from", "after to"),
        ({"from": "1999-01-01"}, "from", "at most"),
        ({"to": "9999-12-31"}, "to", "date"),
        ({"level": "x"}, "level", "whole number"),
    ],
)
def test_what_cannot_be_used_is_named(given, name, hint):
    with pytest.raises(TrendQueryError, match=hint) as refused:
        TrendQuery.parse(given, newest=NEWEST)
    assert refused.value.name == name


def test_periods_are_cut_to_the_days_asked_for():
    weeks = periods.windows("week", date(2026, 11, 4), date(2026, 11, 16))
    assert weeks == [
        Window(date(2026, 11, 4), date(2026, 11, 8), whole=False),
        Window(date(2026, 11, 9), date(2026, 11, 15), whole=True),
        Window(date(2026, 11, 16), date(2026, 11, 16), whole=False),
    ]


@pytest.mark.parametrize(
    ("by", "window", "before", "year"),
    [
        ("day", ("2026-11-21", "2026-11-21"), ("2026-11-14",) * 2, ("2025-11-22",) * 2),
        # ISO week 1 of 2026 begins in 2025; that of 2025 in 2024
        ("week", ("2025-12-29", "2026-01-04"), ("2025-12-22", "2025-12-28"),
         ("2024-12-30", "2025-01-05")),
        ("month", ("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-02-28"),
         ("2025-03-01", "2025-03-31")),
        ("month", ("2024-02-01", "2024-02-29"), ("2024-01-01", "2024-01-31"),
         ("2023-02-01", "2023-02-28")),
        ("month", ("2026-01-01", "2026-01-31"), ("2025-12-01", "2025-12-31"),
         ("2025-01-01", "2025-01-31")),
    ],
)  # fmt: skip
def test_whole_periods_stand_beside_whole_ones(by, window, before, year):
    span = Window(*map(date.fromisoformat, window), whole=True)
    found = [periods.before(by, span), periods.last_year(by, span)]
    assert [(str(w.first), str(w.last)) for w in found] == [before, year]


def test_a_part_stands_beside_the_same_days():
    march = Window(date(2026, 3, 1), date(2026, 3, 30), whole=False)
    february = periods.before("month", march)
    assert (february.first, february.last) == (date(2026, 2, 1), date(2026, 2, 28))
    week = Window(date(2026, 11, 16), date(2026, 11, 18), whole=False)
    assert periods.before("week", week).last == date(2026, 11, 11)


def test_a_53rd_week_has_none_last_year():
    monday = date.fromisocalendar(2026, 53, 1)
    assert periods.last_year("week", Window(monday, monday, whole=False)) is None

"""Texts to moments; expected values are worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ingest.times import TimeReader

SHANGHAI = TimeReader(["iso"], "Asia/Shanghai")
NEW_YORK = TimeReader(["iso"], "America/New_York")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-03-01T08:00:00+08:00", (2026, 3, 1, 0, 0)),
        ("2026-03-01T08:00:00+0800", (2026, 3, 1, 0, 0)),
        ("2026-03-01T08:00+08", (2026, 3, 1, 0, 0)),
        ("2026-03-01T08:00:00Z", (2026, 3, 1, 8, 0)),
        ("2026-03-01 08:00:00", (2026, 3, 1, 0, 0)),
        ("2026-03-01 08:00", (2026, 3, 1, 0, 0)),
        ("2026-03-01", (2026, 2, 28, 16, 0)),
        ("2026-03-01T08:00:00-05:30", (2026, 3, 1, 13, 30)),
        ("2026-03-01T08:00:00.000000000+08:00", (2026, 3, 1, 0, 0)),
    ],
)
def test_iso(text: str, utc: tuple[int, ...]) -> None:
    assert SHANGHAI.read(text) == (datetime(*utc, tzinfo=UTC), None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "2026-13-01",
        "2026-02-30",
        "2026-03-01T24:00:00",
        "2026-03-01T25:00",
        "2026-3-1",
        "2026-W01",
        "20260301",
        "2026-03-01T08:00:00+08:99",
        "13/25/2026",
        "1969-12-31",
        "9999-12-31",
        "２０２６-03-01",
    ],
)
def test_not_iso(text: str) -> None:
    assert SHANGHAI.read(text) == (None, "bad_time")


@pytest.mark.parametrize("text", ["03/04/2026", "3.4.2026", "03-04-26 10:00"])
def test_day_and_month_without_a_format_are_ambiguous(text: str) -> None:
    assert SHANGHAI.read(text) == (None, "ambiguous_time")


def test_a_declared_format_settles_day_and_month() -> None:
    reader = TimeReader(["%d/%m/%Y"], "UTC")
    assert reader.read("03/04/2026") == (datetime(2026, 4, 3, tzinfo=UTC), None)


def test_two_formats_that_differ_are_ambiguous_and_that_agree_are_not() -> None:
    reader = TimeReader(["%d/%m/%Y", "%m/%d/%Y"], "UTC")
    assert reader.read("03/04/2026") == (None, "ambiguous_time")
    assert reader.read("04/04/2026") == (datetime(2026, 4, 4, tzinfo=UTC), None)
    assert reader.read("13/04/2026") == (datetime(2026, 4, 13, tzinfo=UTC), None)


def test_local_time_that_happens_twice_is_ambiguous_and_skipped_is_bad() -> None:
    # US clocks: 2015-11-01 02:00 EDT -> 01:00 EST; 2015-03-08 02:00 EST -> 03:00 EDT
    assert NEW_YORK.read("2015-11-01 01:30") == (None, "ambiguous_time")
    assert NEW_YORK.read("2015-11-01 01:30-05:00") == (
        datetime(2015, 11, 1, 6, 30, tzinfo=UTC),
        None,
    )
    assert NEW_YORK.read("2015-03-08 02:30") == (None, "bad_time")
    assert NEW_YORK.read("2015-06-24 12:00") == (datetime(2015, 6, 24, 16, 0, tzinfo=UTC), None)


def test_24_00_only_where_declared() -> None:
    reader = TimeReader(["%Y/%m/%d %H:%M"], "UTC", next_day_24=True)
    assert reader.read("2026/02/28 24:00") == (datetime(2026, 3, 1, tzinfo=UTC), None)
    assert reader.read("2026/02/28 23:00") == (datetime(2026, 2, 28, 23, tzinfo=UTC), None)
    assert TimeReader(["%Y/%m/%d %H:%M"], "UTC").read("2026/02/28 24:00") == (None, "bad_time")


def test_numbers_as_times() -> None:
    # Excel: day 1 is 1900-01-01 and 1900 counts as a leap year, so that 45658 is 2025-01-01
    assert TimeReader(["excel"], "UTC").read("45658.25") == (
        datetime(2025, 1, 1, 6, tzinfo=UTC),
        None,
    )
    assert TimeReader(["epoch_s"], "Asia/Shanghai").read("1767225600") == (
        datetime(2026, 1, 1, tzinfo=UTC),
        None,
    )
    assert TimeReader(["epoch_ms"], "UTC").read("1767225600500") == (
        datetime(2026, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC),
        None,
    )
    for form in ("excel", "epoch_s"):
        assert TimeReader([form], "UTC").read("nan") == (None, "bad_time")
        assert TimeReader([form], "UTC").read("1e99") == (None, "bad_time")

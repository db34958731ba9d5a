from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
import typer

from dashboard.cli.times import parse_date, parse_time

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-21", datetime(2026, 11, 20, 16, tzinfo=UTC)),  # local midnight, UTC+8
        ("2026-11-21T08:00", datetime(2026, 11, 21, 0, tzinfo=UTC)),
        ("2026-11-21 08:00:30", datetime(2026, 11, 21, 0, 0, 30, tzinfo=UTC)),
        ("2026-11-21T08:00+02:00", datetime(2026, 11, 21, 6, tzinfo=UTC)),
        (" 2026-11-21T08:00:00Z ", datetime(2026, 11, 21, 8, tzinfo=UTC)),
    ],
)
def test_times(text, expected):
    assert parse_time(text, SHANGHAI, "--as-of") == expected


@pytest.mark.parametrize("text", ["", "yesterday", "21/11/2026", "2026-13-01", "24:00"])
def test_no_time_names_the_valid_forms(text):
    with pytest.raises(typer.BadParameter, match="valid forms are 2026-11-21, 2026-11-21T08:00"):
        parse_time(text, SHANGHAI, "--as-of")


def test_a_local_time_that_the_zone_skips_is_refused():
    # Berlin's clocks went from 02:00 to 03:00 on 2026-03-29.
    with pytest.raises(typer.BadParameter, match="does not exist in Europe/Berlin"):
        parse_time("2026-03-29T02:30", ZoneInfo("Europe/Berlin"), "--as-of")


def test_the_edge_of_the_calendar_is_out_of_range():
    with pytest.raises(typer.BadParameter, match="out of range"):
        parse_time("0001-01-01T00:00+14:00", SHANGHAI, "--as-of")


def test_dates():
    assert parse_date("2026-11-21", "--from") == date(2026, 11, 21)
    with pytest.raises(typer.BadParameter, match="valid form is 2026-11-21"):
        parse_date("2026-11-21T00:00", "--from")

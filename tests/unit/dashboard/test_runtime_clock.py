from datetime import UTC, datetime, timedelta

import pytest

from dashboard.errors import DashboardError
from dashboard.runtime.clock import FILE_NAME, load_clock, save_clock
from ingest.clock import ScaledClock, SystemClock

START = datetime(2026, 11, 21, 14, tzinfo=UTC)


def test_machine_clock_without_a_file(tmp_path):
    assert load_clock(tmp_path) == SystemClock()


def test_scaled_clock_comes_back_as_written(tmp_path):
    clock = ScaledClock(real_start=START, simulated_start=START + timedelta(hours=7), speed=60)
    save_clock(tmp_path, clock)
    assert load_clock(tmp_path) == clock
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{half",
        "[]",
        '{"speed": 1}',
        '{"real_start": "2026-11-21T14:00", "simulated_start": "2026-11-21T14:00", "speed": 1}',
        '{"real_start": "x", "simulated_start": "y", "speed": 1}',
    ],
)
def test_an_unusable_clock_stops_rather_than_showing_a_wrong_time(tmp_path, text):
    (tmp_path / FILE_NAME).write_text(text)
    with pytest.raises(DashboardError, match=r"clock.json: not a demo clock"):
        load_clock(tmp_path)

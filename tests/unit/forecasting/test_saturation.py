"""When the busy hour reaches its limit: by hand, robust, and honest about not knowing."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from forecasting.saturation import Saturation, busy_hours, saturation, trend

ZONE = "Asia/Shanghai"
NOW = datetime(2026, 11, 21, 10, tzinfo=ZoneInfo(ZONE))


def hourly(days: int, busy: np.ndarray) -> pd.DataFrame:
    """Complete days before the 21st; ``busy`` at 21:00, less at other hours."""
    ts = pd.date_range(end=NOW.replace(hour=9), periods=24 * days + 10, freq="h")
    first = ts[0].normalize() + pd.Timedelta(days=1 if ts[0].hour else 0)
    number = np.asarray((ts.normalize() - first).days)
    of_day = np.concatenate([busy, busy[-1:]])[np.clip(number, 0, len(busy))]
    shape = 0.5 + 0.5 * (np.asarray(ts.hour) == 21)
    return pd.DataFrame({"ts": ts.tz_convert("UTC"), "value": of_day * shape})


def when(busy: np.ndarray, limit: float = 85.0, higher: bool = True) -> Saturation:
    found = saturation(hourly(len(busy), busy), NOW, limit=limit, higher=higher, zone=ZONE)
    assert found is not None
    return found


def test_busy_hours_are_the_worst_of_complete_days() -> None:
    busy = busy_hours(hourly(30, np.arange(30.0)), NOW, higher=True, zone=ZONE)
    assert busy.index[-1] == pd.Timestamp("2026-11-20")  # today is not over
    assert busy.tolist() == list(np.arange(30.0))


def test_trend_does_not_see_the_week() -> None:
    days = np.arange(-35.0, 0)
    values = 50 + 0.3 * days + 8 * (days % 7 >= 5)
    slope, level = trend(days, values)
    assert slope == pytest.approx(0.3)
    assert level == pytest.approx(50.0)  # five of seven days


def test_a_straight_line_reaches_the_limit_on_its_day() -> None:
    # 1 point a day, 69 on the 20th: 70 today, 85 in 15 days.
    found = when(np.arange(35.0, 70.0))
    assert found.state == "within"
    assert found.day == date(2026, 12, 6)
    assert found.earliest == found.latest == found.day
    assert found.per_week == pytest.approx(7.0)
    assert found.busy_hour == pytest.approx(70.0)


def test_noise_and_a_fault_move_the_day_little_and_open_the_interval() -> None:
    random = np.random.default_rng(3)
    line = np.linspace(50, 70, 35)  # 20 / 34 a day: 85 is 25 days away
    busy = line + random.normal(0, 2.0, 35)
    busy[12:16] = 5.0  # four days of a fault without traffic
    found = when(busy)
    assert found.state == "within"
    assert found.day is not None
    assert found.earliest is not None
    assert abs((found.day - date(2026, 12, 16)).days) <= 8
    assert found.earliest < found.day
    assert found.latest is None or found.latest > found.day


def test_flat_is_not_within_and_throughput_falls_towards_its_limit() -> None:
    random = np.random.default_rng(4)
    flat = when(60 + random.normal(0, 3, 35))
    assert flat.state == "not_within"
    assert flat.day is None
    assert flat.latest is None
    ts = hourly(35, np.linspace(24, 10, 35))
    ts["value"] = np.where(ts["value"] > 9, ts["value"], ts["value"] * 4)
    # The worst hour is now the lowest one: 21:00 with 24 falling to 10, others twice as much.
    ts["value"] = np.where(ts["ts"].dt.tz_convert(ZONE).dt.hour == 21, ts["value"], 50.0)
    found = saturation(ts, NOW, limit=5.0, higher=False, zone=ZONE)
    assert found is not None
    assert found.state == "within"
    assert found.per_week < 0


def test_already_beyond_and_too_little_known() -> None:
    found = when(np.full(35, 92.0))
    assert found.state == "beyond"
    assert found.day is None
    history = hourly(15, np.full(15, 50.0))
    assert saturation(history, NOW, limit=85, higher=True, zone=ZONE) is None
    assert saturation(history.iloc[:0], NOW, limit=85, higher=True, zone=ZONE) is None


def test_later_values_are_not_looked_at() -> None:
    history = hourly(35, np.arange(35.0, 70.0))
    later = history.assign(ts=history["ts"] + pd.Timedelta(days=35), value=0.0)
    both = pd.concat([history, later[later["ts"] >= NOW]])
    how = {"limit": 85.0, "higher": True, "zone": ZONE}
    assert saturation(both, NOW, **how) == saturation(history, NOW, **how)

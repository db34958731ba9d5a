"""Complaints of more than a year as a snapshot has them: plausible, the same each time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd

from dashboard.snapshot import COMPLAINTS, ComplaintMonth
from tests.support.snapshots import AS_OF, ZONE

CHANNELS = ("热线", "营业厅", "掌厅", "短信", None)
SERVICES = ("数据业务", "语音业务", "家庭宽带", None)
CATEGORIES = ("上网慢", "无法上网", "通话中断", "无信号", "资费争议")
TECHNOLOGIES = ("NR", "LTE", None)


def row(number: int, **changes: Any) -> dict[str, Any]:
    """One complaint: scored 8, closed in time, no repeat, answered after 30 minutes."""
    made = changes.pop("created_at", AS_OF - timedelta(hours=3))
    due = changes.pop("due_at", made + timedelta(hours=24))
    base = {
        "ticket_id": f"T{number:05d}", "created_at": made, "day": made.astimezone(ZONE).date(),
        "region_id": "R0", "channel": "热线", "service": "数据业务", "category": "上网慢",
        "technology": "NR", "weight": 1.0, "satisfaction": 8, "final_satisfaction": 8,
        "low": False, "due_at": due,
        "due_day": None if due is None else due.astimezone(ZONE).date(), "in_time": True,
        "repeat": False, "reply_min": 30,
    }  # fmt: skip
    return base | changes


def months_of(frame: pd.DataFrame, mark: str = "") -> dict[date, ComplaintMonth]:
    """Months as a snapshot's content has them; the fingerprint follows from the mark."""
    first = pd.to_datetime(frame["day"]).dt.to_period("M")
    return {
        month.start_time.date(): ComplaintMonth(f"{month}{mark}-{len(rows)}", partial(_as_is, rows))
        for month, rows in frame.groupby(first)
    }


def months(rows: list[dict[str, Any]]) -> dict[date, ComplaintMonth]:
    """The months of rows made by :func:`row`."""
    frame = pd.DataFrame(rows, columns=COMPLAINTS.names)
    return months_of(typed(frame))


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns of a frame as publishing makes them."""
    whole = ["satisfaction", "final_satisfaction", "reply_min"]
    flags = ["low", "in_time", "repeat"]
    return frame.astype(dict.fromkeys(whole, "Int64") | dict.fromkeys(flags, "boolean"))


def city_complaints(
    series: pd.DataFrame, as_of: datetime, *, days: int = 420, seed: int = 11
) -> dict[date, ComplaintMonth]:
    """Complaints of the regions of a series: as many as it observed, before that as many a day.

    Less than a year ago there were a tenth more; the last region improves by a third.
    """
    seen = series[(series["measure"] == "tickets") & series["observed"].notna()]
    observed = tuple(zip(seen["region_id"], seen["day"], seen["observed"].astype(int), strict=True))
    regions = tuple(dict.fromkeys(series["region_id"]))
    return months_of(_made(regions, observed, as_of, days, seed), mark=f"{as_of:%d%H}{seed}")


@cache
def _made(
    regions: tuple[str, ...],
    observed: tuple[tuple[str, date, int], ...],
    as_of: datetime,
    days: int,
    seed: int,
) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    today = as_of.astimezone(ZONE).date()
    start = today - timedelta(days=days)
    number = np.arange(days + 1)
    level = 12.0 * (1 + 0.2 * np.sin(2 * np.pi * (start.toordinal() + number) / 7))
    level = np.where(number < days - 180, 1.1, 1.0) * level
    counts = random.poisson(level[:, None] * np.ones(len(regions)))
    counts[number < days - 180, -1] = (counts[number < days - 180, -1] * 1.5).astype(int)
    for region, day, count in observed:
        if day >= start:
            counts[(day - start).days, regions.index(region)] = count
    which = np.repeat(np.arange(counts.size), counts.ravel())
    day, region = which // len(regions), which % len(regions)
    n = len(which)
    # few at night, most in the evening
    hour = 24 * random.beta(3, 2, n)
    midnight = pd.Timestamp(datetime.combine(start, datetime.min.time(), ZONE)).tz_convert("UTC")
    created = midnight + pd.to_timedelta(np.round((24 * day + hour) * 60), unit="min")
    frame = pd.DataFrame({"created_at": created, "at": day, "region_id": np.array(regions)[region]})
    frame = _described(frame, random, start, as_of, n)
    kept = frame[frame["created_at"] <= as_of].sort_values(["created_at", "ticket_id"])
    return typed(kept[COMPLAINTS.names].reset_index(drop=True))


def _described(
    frame: pd.DataFrame, random: np.random.Generator, start: date, as_of: datetime, n: int
) -> pd.DataFrame:
    def one_of(values: tuple[str | None, ...], weights: list[float]) -> np.ndarray:
        return np.array(values, dtype=object)[random.choice(len(values), n, p=weights)]

    score = random.choice(10, n, p=[0.06, 0.04, 0.05, 0.05, 0.08, 0.1, 0.12, 0.2, 0.15, 0.15]) + 1
    closed = frame["created_at"] + pd.to_timedelta(random.gamma(2, 5, n).round(2), unit="h")
    known = (random.random(n) < 0.66) & (closed <= as_of)
    again = random.random(n) < 0.1
    due = frame["created_at"] + pd.Timedelta(hours=24)
    satisfaction = np.where(known, score, np.nan)
    frame["ticket_id"] = [f"H{number:06d}" for number in range(n)]
    frame["day"] = [start + timedelta(days=int(d)) for d in frame["at"]]
    frame["channel"] = one_of(CHANNELS, [0.6, 0.15, 0.15, 0.07, 0.03])
    frame["service"] = one_of(SERVICES, [0.6, 0.25, 0.13, 0.02])
    frame["category"] = one_of(CATEGORIES, [0.35, 0.25, 0.2, 0.15, 0.05])
    frame["technology"] = one_of(TECHNOLOGIES, [0.55, 0.4, 0.05])
    frame["weight"] = 1.0
    frame["satisfaction"] = satisfaction
    better = np.minimum(score + 2, 10)
    frame["final_satisfaction"] = np.where(again & known, better, satisfaction)
    frame["low"] = pd.array(score <= 6, dtype="boolean")
    frame["low"] = frame["low"].where(known, pd.NA)
    frame["due_at"] = due
    frame["due_day"] = due.dt.tz_convert(ZONE).dt.date
    frame["in_time"] = pd.array(closed <= due, dtype="boolean")
    frame["in_time"] = frame["in_time"].where(closed <= as_of, pd.NA)
    frame["repeat"] = pd.array(random.random(n) < 0.06, dtype="boolean")
    early = frame["at"] < 30
    frame["repeat"] = frame["repeat"].where(~early & (random.random(n) < 0.95), pd.NA)
    minutes = np.ceil(random.gamma(1.5, 30, n))
    answered = (random.random(n) < 0.95) & (
        frame["created_at"] + pd.to_timedelta(minutes, unit="min") <= as_of
    )
    frame["reply_min"] = np.where(answered, minutes, np.nan)
    return frame


def _as_is(rows: pd.DataFrame) -> pd.DataFrame:
    return rows

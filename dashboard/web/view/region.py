"""A region's key figures and the days that its charts show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd

from dashboard.plain import absent
from dashboard.web.view import words as w

RANGES: Mapping[str, int | None] = {"14d": 14, "28d": 28, "all": None}
DEFAULT = "all"


def expected_tickets(row: Mapping[str, Any]) -> str:
    """``12 (8–17)``: expected tickets with their interval; a dash when unknown."""
    if absent(row["expected_tickets"]):
        return w.NOTHING
    lower, upper = row["expected_tickets_lower"], row["expected_tickets_upper"]
    ends = "" if absent(lower) else f" ({w.number(lower)}–{w.number(upper)})"
    return f"{w.number(row['expected_tickets'], 0 if row['expected_tickets'] >= 10 else 1)}{ends}"


def range_of(query: Mapping[str, str]) -> str:
    """The range that the address asks for; the default when it cannot be used."""
    name = query.get("range", DEFAULT)
    return name if name in RANGES else DEFAULT


def days_of(series: pd.DataFrame, name: str, today: date) -> pd.DataFrame:
    """The rows of a range: so many days back, and everything ahead.

    Args:
        series: ``day`` and values, by day.
        name: a key of ``RANGES``.
        today: the local day of the snapshot.
    """
    back = RANGES[name]
    if back is None:
        return series
    return series[series["day"] >= today - timedelta(days=back)].reset_index(drop=True)

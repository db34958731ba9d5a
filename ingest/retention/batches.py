"""Days in groups that fit into memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

ROWS = 2_000_000
"""Intervals that are worked on at once."""


def batches(days: Iterable[tuple[str, int]], limit: int = ROWS) -> Iterator[dict[str, str]]:
    """Spans of days with no more than ``limit`` rows, or of one day that alone has more.

    Args:
        days: ISO date and rows of each day, in order.
        limit: rows of one span.

    Yields:
        ``low`` (first day) and ``high`` (the day after the last).
    """
    low, last, held = "", "", 0
    for day, rows in days:
        if low and held + rows > limit:
            yield _span(low, last)
            low, held = "", 0
        low, last, held = low or day, day, held + rows
    if low:
        yield _span(low, last)


def _span(low: str, last: str) -> dict[str, str]:
    return {"low": low, "high": (date.fromisoformat(last) + timedelta(days=1)).isoformat()}

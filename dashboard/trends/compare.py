"""Trends beside the same period before and the same last year."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pandas as pd

from dashboard.snapshot import Snapshot
from dashboard.trends import periods
from dashboard.trends.numbers import numbers, values_of
from dashboard.trends.periods import Window, windows
from dashboard.trends.query import TrendQuery
from dashboard.trends.sums import Facts

COMPARED = (
    "tickets", "rate_per_10k", "low_complaints", "low_share", "satisfaction", "timely_rate",
    "repeat_rate", "reply_p80_min", "reply_p95_min", "rated", "due", "identified",
)  # fmt: skip
BEFORE, YEAR = "before", "last_year"


def compared(snapshot: Snapshot, query: TrendQuery) -> pd.DataFrame:
    """The rows of :func:`~dashboard.trends.numbers.trends` with what was before and last year.

    - ``before``: the period before (weeks, months); of days the same weekday of the week before.
    - ``last_year``: months by month, weeks by ISO week, days by the same weekday 364 days before.
      Holidays that move (Spring Festival, Mid-Autumn) may lie in another period there.
    - A part of a period (so far, or cut to the days asked for) is set beside the same days, and
      the one that holds ``as_of`` beside the same time up to the same time of day.

    Both follow from what is known now, so that they may be a little more complete than the newest
    days: scores and closings come late. Subscribers are those known now.

    Returns:
        The columns of ``trends`` and, for ``before`` and ``last_year``: ``<name>_start,
        <name>_end`` (local days; None where there is no such period), each of ``COMPARED`` as
        ``<measure>_<name>``, and ``change_<name>``: relative change of the number of complaints
        (and, since subscribers are those of now, of the rate). NaN where the history does not reach
        back to the first of those days.
    """
    facts = Facts(snapshot, query)
    spans = windows(query.by, query.first, query.last)
    counted = facts.frame("trend_counts", spans)
    values = values_of(facts, counted)
    table = numbers(facts, spans, values=values)
    by = query.by
    others: tuple[tuple[str, Callable[[Window], Window | None]], ...] = (
        (BEFORE, lambda window: periods.before(by, window)),
        (YEAR, lambda window: periods.last_year(by, window)),
    )
    for name, other in others:
        beside = _beside(facts, spans, [other(_so_far(facts, span)) for span in spans], values)
        for column in ("start", "end"):
            table[f"{name}_{column}"] = beside[f"period_{column}"]
        for measure in COMPARED:
            table[f"{measure}_{name}"] = beside[measure]
        was = beside["tickets"].where(beside["tickets"] > 0)
        table[f"change_{name}"] = table["tickets"] / was - 1
    return table


def _so_far(facts: Facts, window: Window) -> Window:
    """The days of a window that have come; a period that is not over is no whole one."""
    if window.last < facts.today or window.first > facts.today:
        return window
    end = periods.bounds(facts.query.by, window.first)[1]
    whole = window.whole and end == window.first  # a day is compared up to its time of day
    return Window(window.first, min(window.last, facts.today), whole)


def _beside(
    facts: Facts, spans: list[Window], others: list[Window | None], values: pd.DataFrame
) -> pd.DataFrame:
    """Rows for the other windows, one set of values for each of ``spans``, in their order."""
    there = [number for number, other in enumerate(others) if other is not None]
    cut = None
    for span, other in zip(spans, others, strict=True):
        if span.first <= facts.today <= span.last and other is not None:
            cut = periods.moment_in(other, facts.as_of, facts.zone)
    rows = numbers(facts, [other for other in others if other is not None], cut=cut, values=values)
    start = facts.history_from
    early = [start is None or day < start for day in rows["period_start"]]
    rows.loc[np.array(early, dtype=bool), [*COMPARED]] = np.nan
    size = len(values)
    rows.index = pd.Index([n * size + i for n in there for i in range(size)])
    return rows.reindex(range(len(spans) * size))


def notes(query: TrendQuery) -> tuple[str, ...]:
    """Codes of what should be said beside a comparison with last year.

    ``moving_holidays``: the days looked at, or those of last year, hold a time in which the Chinese
    Spring Festival (21 January to 20 February) or Mid-Autumn (7 September to 8 October) can lie.
    """
    days = (query.last - query.first).days + 1
    every = (query.first + timedelta(days=i) for i in range(min(days, 366)))
    spring = {(1, d) for d in range(14, 32)} | {(2, d) for d in range(1, 29)}
    autumn = {(9, d) for d in range(7, 31)} | {(10, d) for d in range(1, 9)}
    moving = any((day.month, day.day) in spring | autumn for day in every)
    return ("moving_holidays",) if moving else ()

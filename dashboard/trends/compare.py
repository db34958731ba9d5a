"""Trends beside the same period before and the same last year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from dashboard.snapshot import Snapshot
from dashboard.trends import periods
from dashboard.trends.numbers import numbers
from dashboard.trends.periods import Window, windows
from dashboard.trends.query import TrendQuery
from dashboard.trends.sums import Facts

COMPARED = (
    "tickets", "rate_per_10k", "low_complaints", "low_share", "satisfaction", "timely_rate",
    "repeat_rate", "reply_p80_min", "reply_p95_min", "rated", "due", "identified",
)  # fmt: skip
BEFORE, YEAR = "before", "last_year"


def compared(snapshot: Snapshot, query: TrendQuery, facts: Facts | None = None) -> pd.DataFrame:
    """The rows of :func:`~dashboard.trends.numbers.trends` with what was before and last year.

    - ``before``: the period before (weeks, months); of days the same weekday of the week before.
    - ``last_year``: months by month, weeks by ISO week, days by the same weekday 364 days before.
      Holidays that move (Spring Festival, Mid-Autumn) may lie in another period there.
    - A part of a period (so far, or cut to the days asked for) is set beside the same days, and
      the one that holds ``as_of`` beside the same time up to the same time of day.

    Both follow from what is known now, so that they may be a little more complete than the newest
    days: scores and closings come late. Subscribers are those known now.

    Args:
        snapshot: whose knowledge is shown.
        query: days, periods, splits, filters.
        facts: of both, where something else is asked of the same numbers.

    Returns:
        The columns of ``trends`` and, for ``before`` and ``last_year``: ``<name>_start,
        <name>_end`` (local days; None where there is no such period), each of ``COMPARED`` as
        ``<measure>_<name>``, and ``change_<name>``: relative change of the number of complaints
        (and, since subscribers are those of now, of the rate). NaN where the history does not reach
        back to the first of those days.
    """
    facts = facts or Facts(snapshot, query)
    spans, by = windows(query.by, query.first, query.last), query.by
    reached = [_so_far(facts, span) for span in spans]
    others: dict[str, list[Window | None]] = {
        BEFORE: [periods.before(by, span) for span in reached],
        YEAR: [periods.last_year(by, span) for span in reached],
    }
    beside = [
        (other, span) for found in others.values() for other, span in zip(found, spans, strict=True)
    ]
    there = [(other, span) for other, span in beside if other is not None]
    cuts = [_cut(facts, other, span) for other, span in there]
    rows = numbers(
        facts,
        [*spans, *(other for other, _ in there)],
        cuts=[*[None] * len(spans), *cuts],
        seen_in=len(spans),
    )
    size = len(rows) // (len(spans) + len(there)) if len(rows) else 0
    table = rows.iloc[: size * len(spans)].reset_index(drop=True)
    start = size * len(spans)
    for name, found in others.items():
        length = size * sum(other is not None for other in found)
        side = _beside(facts, rows.iloc[start : start + length], found, size)
        start += length
        table = table.join(
            side[["period_start", "period_end"]].set_axis([f"{name}_start", f"{name}_end"], axis=1)
        )
        table = table.join(side[[*COMPARED]].add_suffix(f"_{name}"))
        was = side["tickets"].where(side["tickets"] > 0)
        table[f"change_{name}"] = table["tickets"] / was - 1
    return table


def _cut(facts: Facts, other: Window, span: Window) -> datetime | None:
    """The time of day up to which a window counts that stands beside the present one."""
    if span.first <= facts.today <= span.last:
        return periods.moment_in(other, facts.as_of, facts.zone)
    return None


def _so_far(facts: Facts, window: Window) -> Window:
    """The days of a window that have come; a period that is not over is no whole one."""
    if window.last < facts.today or window.first > facts.today:
        return window
    end = periods.bounds(facts.query.by, window.first)[1]
    whole = window.whole and end == window.first  # a day is compared up to its time of day
    return Window(window.first, min(window.last, facts.today), whole)


def _beside(
    facts: Facts, rows: pd.DataFrame, found: Sequence[Window | None], size: int
) -> pd.DataFrame:
    """The rows of the windows that there are, in the places of those they stand beside."""
    start = facts.history_from
    early = [start is None or day < start for day in rows["period_start"]]
    side = rows.copy()
    side.loc[np.array(early, dtype=bool), [*COMPARED]] = np.nan
    there = [number for number, other in enumerate(found) if other is not None]
    side.index = pd.Index([number * size + i for number in there for i in range(size)])
    return side.reindex(range(size * len(found)))


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

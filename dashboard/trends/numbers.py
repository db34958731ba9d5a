"""The numbers behind trends: one row per period, and per value of each dimension asked for.

Complaint measures follow ETSI EG 202 057-1 (frequency of complaints per customer and period,
resolution time as quantiles of 80 % and 95 %) and ITU-T E.803 (complaint management parameters:
resolution within the limit, repeated complaints).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pandas as pd

from dashboard.snapshot import Snapshot
from dashboard.trends.periods import Window, bounds, windows
from dashboard.trends.query import DIMENSIONS, UNKNOWN, TrendQuery, TrendQueryError
from dashboard.trends.sums import KEYS, Facts

COUNTS = ["tickets", "low_complaints", "rated", "due", "timely", "repeats", "identified", "replied"]
SCORES = range(1, 11)
MOST_ROWS = 200_000
MEASURES = [
    "subscribers", "tickets", "rate_per_10k", "low_complaints", "rated", "low_share",
    "satisfaction", "satisfaction_final", "due", "timely", "timely_rate", "repeats", "identified",
    "repeat_rate", "replied", "reply_p80_min", "reply_p95_min",
]  # fmt: skip
_MEANS = ("rate_per_10k", "low_share", "satisfaction", "satisfaction_final", "timely_rate")
_REPLIES = ("reply_p80_min", "reply_p95_min")
_NOT_COUNTS = [*_MEANS, "repeat_rate", *_REPLIES]


def trends(snapshot: Snapshot, query: TrendQuery) -> pd.DataFrame:
    """Complaints by period, and by value of each dimension of ``query.split``.

    Args:
        snapshot: whose knowledge is shown; nothing that became known later is in it.
        query: days, periods, splits, filters.

    Returns:
        One row per period and combination of values, ordered by period, then values; a value that
        is not known (None) comes last. Columns:

        - ``period_start, period_end``: local days, inclusive, cut to the days asked for;
          ``complete``: all days of the period were asked for, are over and lie within the history;
        - the dimensions of the split;
        - ``subscribers``: of the region (of the city where no region is asked for), as known now;
          NaN: unknown;
        - ``tickets``: complaints made in the period; ``rate_per_10k``: per 10,000 subscribers and
          period (ETSI EG 202 057-1, 5.11: frequency of customer complaints);
        - ``rated``: of those, with a known score; ``low_complaints``: with a score at or below the
          limit; ``low_share``: their quotient; ``satisfaction``: mean score (1–10);
          ``satisfaction_final``: mean score where that of a call-back replaces the first;
        - ``due``: complaints whose limit ended in the period and before ``as_of``; ``timely``: of
          those, closed within it; ``timely_rate``: their quotient; an open one that is overdue is
          due and not timely;
        - ``repeats``: complaints of the same customer and category as one in the 30 days before;
          ``identified``: those of which that can be told; ``repeat_rate``: their quotient;
        - ``replied``: complaints with a first reply; ``reply_p80_min, reply_p95_min``: minutes
          within which 80 % and 95 % of those had it (ETSI EG 202 057-1, 5.12).

        A quotient without a denominator is NaN, as are all measures of a period that lies wholly
        before the first complaint of the history. Counts are whole, but for a split or filter by
        technology: a complaint that several cells may have caused has a share in each technology.

    Raises:
        TrendQueryError: there is no such region, or the rows would be too many.
    """
    return numbers(Facts(snapshot, query), windows(query.by, query.first, query.last))


def numbers(
    facts: Facts,
    spans: Sequence[Window],
    *,
    cuts: Sequence[datetime | None] | None = None,
    values: pd.DataFrame | None = None,
    seen_in: int | None = None,
    replies: bool = True,
) -> pd.DataFrame:
    """The same over any windows, in one pass over the facts.

    Args:
        facts: query and snapshot; its days and periods do not count.
        spans: the windows; they may overlap.
        cuts: for each window the moment after which nothing counts; ``as_of`` where left out.
        values: combinations of values that get rows; those that are seen when left out.
        seen_in: of those, the ones seen in so many of the first windows; in all when left out.
        replies: how long replies took is wanted too; NaN when not.
    """
    counted = facts.counts(spans, cuts)
    split = list(facts.query.split)
    if values is None:
        first = len(spans) if seen_in is None else seen_in
        values = values_of(facts, counted[counted["period"] < first])
    table = _joined(grid_of(facts, spans, values), counted, split)
    if replies:
        table = _joined(table, facts.replies(spans, cuts), split)
    else:
        table[[*_REPLIES]] = np.nan
    table[COUNTS] = table[COUNTS].astype(float).fillna(0.0)
    table["subscribers"] = _subscribers(facts, table)
    table = _quotients(table)
    dated = _dated(facts, table, spans)
    return dated[["period_start", "period_end", "complete", *split, *MEASURES]]


def satisfaction(snapshot: Snapshot, query: TrendQuery, facts: Facts | None = None) -> pd.DataFrame:
    """How many complaints of each period had which score.

    Args:
        snapshot: whose knowledge is shown.
        query: days, periods, splits, filters.
        facts: of both, where their numbers were asked for before.

    Returns:
        One row per period and combination of values, as of :func:`trends`: ``period_start,
        period_end, complete``, the dimensions, ``score_1`` … ``score_10``, ``unknown``; they add
        up to ``tickets``.
    """
    facts, spans = facts or Facts(snapshot, query), windows(query.by, query.first, query.last)
    split = list(query.split)
    columns = [*(f"score_{score}" for score in SCORES), "unknown"]
    found = facts.counts(spans).rename(columns={"score_unknown": "unknown"})
    # a combination that only fell due in these periods has no scores to tell of
    found = found[found["tickets"].notna()]
    table = _joined(grid_of(facts, spans, values_of(facts, found)), found, split)
    table[columns] = table[columns].astype(float).fillna(0.0)
    dated = _dated(facts, table, spans, blank=columns)
    return dated[["period_start", "period_end", "complete", *split, *columns]]


def values_of(facts: Facts, seen: pd.DataFrame) -> pd.DataFrame:
    """Combinations of values that get rows: those seen; of regions alone, all that are shown."""
    split = list(facts.query.split)
    if not split:
        return pd.DataFrame(index=[0])
    found = seen[split].drop_duplicates()
    if split == ["region"] and facts.query.filters.get("region") != UNKNOWN:
        regions = sorted(set(facts.shown.values()) - {facts.region})
        found = pd.concat([found, pd.DataFrame({"region": regions}, dtype=object)])
        found = found.drop_duplicates()
    ordered = found.astype(object).where(found.notna(), None)
    return ordered.sort_values(
        split, key=lambda column: column.map(_known_first), ignore_index=True
    )


def grid_of(facts: Facts, spans: Sequence[Window], values: pd.DataFrame) -> pd.DataFrame:
    """A row for each window and combination of values.

    Raises:
        TrendQueryError: they are more than anybody can read.
    """
    if len(spans) * len(values) > MOST_ROWS:
        given = ",".join((facts.query.by, *facts.query.split))
        hint = f"that is {len(spans) * len(values)} rows, the most are {MOST_ROWS}"
        raise TrendQueryError("by", given, f"{hint}: ask for fewer days or splits")
    return pd.DataFrame({"period": range(len(spans))}).merge(values, how="cross")


def _joined(grid: pd.DataFrame, found: pd.DataFrame, split: list[str]) -> pd.DataFrame:
    found = found.drop(columns=[name for name in DIMENSIONS if name not in split and name in found])
    # pandas would match None with None or not, by type: an empty text stands for it meanwhile
    left, right = grid.copy(), found.copy()
    for frame in (left, right):
        for name in split:
            frame[name] = frame[name].astype(object).where(frame[name].notna(), "")
    keys = [key for key in KEYS if key == "period" or key in split]
    merged = left.merge(right, on=keys, how="left", sort=False)
    for name in split:
        column = merged[name].astype(object)
        merged[name] = column.where(column != "", None)
    return merged


def _subscribers(facts: Facts, table: pd.DataFrame) -> pd.Series:
    if "region" in facts.query.split:
        known = {name: facts.areas.subscribers(name) for name in facts.areas.by_id}
        return table["region"].map(known).astype(float)
    nowhere = facts.query.filters.get("region") == UNKNOWN
    number = np.nan if nowhere else facts.areas.subscribers(facts.region)
    return pd.Series(number, index=table.index, dtype=float)


def _quotients(table: pd.DataFrame) -> pd.DataFrame:
    def share(part: str, whole: str, scale: float = 1.0) -> pd.Series:
        below = table[whole].astype(float)
        return scale * table[part].astype(float) / below.where(below > 0)

    table = table.assign(
        rate_per_10k=share("tickets", "subscribers", 1e4),
        low_share=share("low_complaints", "rated"),
        satisfaction=share("score", "rated"),
        satisfaction_final=share("final_score", "final_rated"),
        timely_rate=share("timely", "due"),
        repeat_rate=share("repeats", "identified"),
    )
    table[[*_REPLIES]] = table[[*_REPLIES]].astype(float)
    return table


def _dated(
    facts: Facts, table: pd.DataFrame, spans: Sequence[Window], blank: list[str] | None = None
) -> pd.DataFrame:
    start = facts.history_from
    by = facts.query.by
    ends = [bounds(by, span.first)[1] for span in spans]
    complete = [
        span.whole and end < facts.today and start is not None and span.first >= start
        for span, end in zip(spans, ends, strict=True)
    ]
    unknown = [start is None or span.last < start for span in spans]
    number = table["period"].to_numpy(np.int64)  # of an empty table too
    result = table.assign(
        period_start=np.array([span.first for span in spans], dtype=object)[number],
        period_end=np.array([span.last for span in spans], dtype=object)[number],
        complete=np.array(complete, dtype=bool)[number],
    )
    columns = [*COUNTS, *_NOT_COUNTS] if blank is None else blank
    result.loc[np.array(unknown, dtype=bool)[number], columns] = np.nan
    return result


def _known_first(value: object) -> tuple[bool, str]:
    """Sorts texts before what is not known (None, or NaN where pandas made it so)."""
    return (not isinstance(value, str), value if isinstance(value, str) else "")

"""The page of trends as data: what the charts, the head and the table show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from dashboard.plain import absent
from dashboard.snapshot import Snapshot
from dashboard.trends import held
from dashboard.trends.ahead import ahead
from dashboard.trends.compare import compared
from dashboard.trends.numbers import satisfaction, trends
from dashboard.trends.periods import windows
from dashboard.trends.query import TrendQuery
from dashboard.trends.sums import Facts
from dashboard.web.context import Context, Look
from dashboard.web.figures.trend_parts import Axis, Mark
from dashboard.web.view import trend_words as tw
from dashboard.web.view.trend_choice import Choice
from dashboard.web.view.words import Words

MOST_CURVES = 6
_CLASSES = {"low": range(1, 7), "mid": range(7, 9), "high": range(9, 11)}


@dataclass(frozen=True)
class Trends:
    """The numbers of one choice; a function of snapshot and query alone.

    Attributes:
        query: what was asked for.
        table: one row per period, with those of the period before and of last year
            (``dashboard.trends.compare``).
        parts: the same split, without comparison; None when nothing is split.
        scores: how many complaints had which score, per period.
        ahead: forecast band; empty where there is none.
        regions: names by id.
        marks: holidays, events and works (``trend_marks``).
        history_from: first local day with a complaint.
    """

    query: TrendQuery
    table: pd.DataFrame
    parts: pd.DataFrame | None
    scores: pd.DataFrame
    ahead: pd.DataFrame
    regions: Mapping[str, str]
    marks: pd.DataFrame
    history_from: date | None = None

    def drawn(self, values: Iterable[float]) -> list[float]:
        """A measure as it is drawn: a period that the history begins in would only look small."""
        begun = self.history_from
        starts = self.table["period_start"]
        return [
            float("nan") if begun is None or first < begun else float(value)
            for first, value in zip(starts, values, strict=True)
        ]

    @property
    def empty(self) -> bool:
        """No complaint in any of the periods."""
        return not float(self.table["tickets"].fillna(0).sum())

    @property
    def current(self) -> int | None:
        """Number of the newest period that is complete; of the newest at all where none is."""
        known = np.flatnonzero(self.table["tickets"].notna().to_numpy())
        whole = np.flatnonzero(
            (self.table["complete"].astype(bool) & self.table["tickets"].notna()).to_numpy()
        )
        found = whole if len(whole) else known
        return int(found[-1]) if len(found) else None


def trends_of(context: Context, look: Look, choice: Choice) -> Trends:
    """The numbers, remembered by snapshot and query."""
    query = choice.query
    key = ("trends", look.snapshot.id, *query.key)
    return context.memo.get(key, lambda: read(look.snapshot, query))


def read(snapshot: Snapshot, query: TrendQuery) -> Trends:
    """The numbers of a query."""
    whole = TrendQuery(query.first, query.last, query.by, (), query.filters)
    facts = Facts(snapshot, whole)
    names = {row["region_id"]: row["name"] or row["region_id"] for row in snapshot.rows("regions")}
    return Trends(
        query=query,
        table=compared(snapshot, whole, facts),
        parts=trends(snapshot, query) if query.split else None,
        scores=satisfaction(snapshot, whole, facts),
        ahead=ahead(snapshot, whole),
        regions=names,
        marks=snapshot.frame(
            "trend_marks",
            {
                "first": query.first,
                "last": query.last + timedelta(days=62),
                "region_id": query.filters.get("region"),
            },
        ),
        history_from=held.history_from(snapshot),
    )


def side(row: Mapping[str, Any], suffix: str) -> dict[str, Any]:
    """The values of one side of a comparison: ``""``, ``_before`` or ``_last_year``."""
    names = [name for name in row if not name.endswith(("_before", "_last_year"))]
    return {name: row.get(f"{name}{suffix}") for name in names}


def current_row(found: Trends) -> dict[str, Any] | None:
    """The period that the head speaks of, with the spread of its scores; None: nothing known."""
    at = found.current
    if at is None:
        return None
    row: dict[str, Any] = {str(name): found.table[name].iloc[at] for name in found.table.columns}
    counts = found.scores.iloc[at][[f"score_{n}" for n in range(1, 11)]].to_numpy(dtype=float)
    total = np.nansum(counts)
    points = np.arange(1, 11)
    if total > 1:
        mean = np.nansum(counts * points) / total
        row["score_variance"] = float(np.nansum(counts * (points - mean) ** 2) / (total - 1))
    return row


def classes(found: Trends) -> dict[str, np.ndarray[Any, np.dtype[np.float64]]]:
    """Shares of low (1–6), middle (7–8) and high (9–10) scores per period; NaN: none rated."""
    sums = {
        name: found.scores[[f"score_{n}" for n in points]].sum(axis=1, min_count=1).to_numpy(float)
        for name, points in _CLASSES.items()
    }
    whole = np.sum(list(sums.values()), axis=0)
    return {
        name: np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
        for name, part in sums.items()
    }


def chosen_parts(found: Trends) -> tuple[list[str], list[str | None]]:
    """The values that get a colour (most complaints first), and the others."""
    if found.parts is None:
        return [], []
    [dimension] = found.query.split
    sums = found.parts.groupby(dimension, dropna=False)["tickets"].sum()
    ordered = [
        None if absent(value) else str(value)
        for value in sums.sort_values(ascending=False, kind="stable").index
    ]
    named = [value for value in ordered if value is not None]
    return named[:MOST_CURVES], [value for value in ordered if value not in named[:MOST_CURVES]]


def part(found: Trends, value: str | None) -> pd.DataFrame:
    """The periods of one value, in the order of the table."""
    assert found.parts is not None
    [dimension] = found.query.split
    column = found.parts[dimension]
    rows = found.parts[column.isna() if value is None else column == value]
    starts = found.table[["period_start"]]
    return starts.merge(rows, on="period_start", how="left")


def axis_of(words: Words, found: Trends, names: int, until: date | None = None) -> Axis:
    """The time axis of all charts of the page, with named days that do not crowd."""
    starts: list[date] = list(found.table["period_start"])
    by = found.query.by
    step = {"day": 1.0, "week": 7.0, "month": 30.4}[by]
    last = max(until or starts[-1], starts[-1])
    ends = [window.first for window in windows(by, starts[0], last)]
    return Axis(starts[0], ends[-1], step, _ticks(words, by, ends, names))


def _ticks(words: Words, by: str, starts: Sequence[date], names: int) -> list[tuple[date, str]]:
    every = max(1, -(-len(starts) // names))
    if by == "month" or len(starts) * {"week": 7, "day": 1}.get(by, 30) > 300:
        firsts = [day for day in starts if by == "month" or day.day <= 7]
        every = max(1, -(-len(firsts) // names))
        return [
            (day, _month(words, day, with_year=i == 0 or day.month == 1))
            for i, day in enumerate(firsts)
            if i % every == 0
        ]
    # The newest period is always named.
    return [
        (day, tw.day(words, day))
        for i, day in enumerate(starts)
        if (len(starts) - 1 - i) % every == 0
    ]


def _month(words: Words, day: date, *, with_year: bool) -> str:
    month = words.texts(f"month.{day.month}")
    return f"{month}<br>{day.year}" if with_year else month


def marks_of(words: Words, found: Trends) -> list[Mark]:
    """Holidays as bands, events as flags, in the person's language."""
    made = []
    for row in found.marks.to_dict("records"):
        if row["kind"] == "works":
            continue
        first, last = row["first"], row["last"]
        name = str(row["name_zh"] if words.language == "zh" else row["name_en"])
        holiday = row["kind"] == "holiday"
        kind = words.texts(f"trends_mark.{'holiday' if holiday else 'event'}")
        days = tw.span(words, first, last) if first != last else tw.day(words, first)
        shown = name.partition(" (")[0][:18]
        made.append(Mark(first, last, shown, f"{kind} {name} · {days}", flag=not holiday))
    return made


def works_in(found: Trends) -> list[int]:
    """How many works there were in each period of the table."""
    works = found.marks[found.marks["kind"] == "works"]
    days, counts = list(works["first"]), list(works["count"])
    spans = zip(found.table["period_start"], found.table["period_end"], strict=True)
    return [
        int(sum(n for day, n in zip(days, counts, strict=True) if first <= day <= last))
        for first, last in spans
    ]

"""Times of a table's rows: their formats; for KPIs the interval, and keys that are repeated."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from ingest.suggest.choose import Assignment, Choice, Source, date_only
from ingest.suggest.model import Guess
from ingest.suggest.sample import Sample
from ingest.times import TimeReader


def time_formats(chosen: Assignment, sources: list[Source]) -> list[str]:
    """Formats of all times that are taken, dates joined with their hours."""
    found: list[str] = []
    for choice in chosen.choices:
        moments = sources[choice.place].facts.moments
        if choice.column.kind != "time" or moments is None:
            continue
        forms = list(moments.formats)
        if choice.hours is not None:
            hours = sources[choice.hours].facts.moments
            dates = ["%Y-%m-%d" if form == "iso" else form for form in forms]
            forms = [
                f"{date} {hour}" for date in dates for hour in (hours.formats if hours else ())
            ]
        found += [form for form in forms if form not in found]
    return found


def whole_file(
    columns: dict[str, dict[str, object]],
    table: dict[str, object],
    chosen: Assignment,
    sources: list[Source],
    *,
    sample: Sample,
    zone: str,
) -> list[Guess]:
    """What rows of intervals do not say: its length; of KPIs the cell, and how they merge.

    Rows of hand-overs that repeat a relation and time are of several frequencies.
    """
    by_name = {choice.column.name: choice for choice in chosen.choices}
    guesses = []
    cells = list(sources[by_name["cell_id"].place].facts.values) if "cell_id" in by_name else []
    if not cells:
        name = re.sub(r"\.(csv|xlsx|parquet|json|gz)+$", "", sample.path.name, flags=re.IGNORECASE)
        columns["cell_id"] = {"constant": name}
        guesses.append(Guess("cell_id", name, "no column names the cell: one for the file", "low"))
    times = by_name["ts"]
    seen = _keys(cells, times, sources, chosen, zone)
    if "period_min" not in by_name:
        period, why = _period(seen, date_only(sources[times.place].facts))
        columns["period_min"] = {"constant": str(period)}
        guesses.append(Guess("period_min", str(period), why, "medium"))
    if chosen.feed.name == "handovers":
        others = sources[by_name["neighbour_id"].place].facts.values
        keys = list(zip(seen, others, strict=True)) if len(others) == len(seen) else []
        rule, what, done = "sum", "relation", "added up"
    else:
        keys, rule, what, done = [(key, "") for key in seen], "mean", "cell", "averaged"
    twice = sum(count - 1 for count in Counter(keys).values())
    if twice > 0.01 * max(1, len(keys)):
        table["merge"] = {"default": rule}
        why = f"{twice} of {len(keys)} rows repeat a {what} and time: they are {done}"
        guesses.append(Guess("merge", rule, why, "low"))
    ordered = ["cell_id", "ts", "period_min"]
    for name in [*ordered, *(n for n in list(columns) if n not in ordered)]:
        columns[name] = columns.pop(name)
    return guesses


def _keys(
    cells: list[str], times: Choice, sources: list[Source], chosen: Assignment, zone: str
) -> list[tuple[str, int]]:
    """Cell and minute of each row that has both; rows without one are passed over."""
    texts = sources[times.place].facts.values
    if times.hours is not None:
        hours = sources[times.hours].facts.values
        if len(hours) != len(texts):
            return []
        texts = tuple(f"{day} {hour}" for day, hour in zip(texts, hours, strict=True))
    if cells and len(cells) != len(texts):
        return []
    reader = TimeReader(time_formats(chosen, sources), zone)
    read = {text: reader.read(text)[0] for text in set(texts)}
    return [
        (cells[row] if cells else "", int(moment.timestamp() // 60))
        for row, text in enumerate(texts)
        if (moment := read[text]) is not None
    ]


def _period(seen: list[tuple[str, int]], days: bool) -> tuple[int, str]:
    by_cell: dict[str, set[int]] = {}
    for cell, minute in seen:
        by_cell.setdefault(cell, set()).add(minute)
    gaps = Counter(
        later - earlier
        for minutes in by_cell.values()
        for earlier, later in pairwise(sorted(minutes))
    )
    usual = [gap for gap, _ in gaps.most_common(1) if 5 <= gap <= 1440]
    if usual:
        share = gaps[usual[0]] / sum(gaps.values())
        return usual[0], f"{share:.0%} of the times of one cell lie {usual[0]} minutes apart"
    if days:
        return 1440, "its times are days"
    return 60, "assumed: no two times of one cell tell it"

"""From a file to a proposed profile."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from ingest.contracts import INTERVALS, Feed, FeedName
from ingest.errors import FileRefusedError
from ingest.files import feed_by_name, kind_of
from ingest.masks import mask_text
from ingest.profiles import SHIPPED, load_profile, shipped_profiles
from ingest.profiles.model import Profile
from ingest.profiles.records import is_json, profile_of
from ingest.settings import IngestSettings
from ingest.suggest.choose import Assignment, Choice, Source, assign
from ingest.suggest.content import facts_of
from ingest.suggest.intervals import time_formats, whole_file
from ingest.suggest.known import Known
from ingest.suggest.layout import Layout, find_layout
from ingest.suggest.model import Guess, Suggestion, Sure
from ingest.suggest.names import aliases
from ingest.suggest.places import find_system, positions
from ingest.suggest.regions import suggest_regions
from ingest.suggest.sample import Sample, base_table, take_sample
from ingest.suggest.toml_text import profile_text

_HINTS = {
    "tickets": ("ticket", "complaint", "投诉", "工单"),
    "cells": ("cell", "site", "工参", "站点", "小区信息"),
    "kpis": ("kpi", "pm_", "perf", "性能", "指标"),
    "handovers": ("handover", "hand-over", "切换", "邻区"),
    "alarms": ("alarm", "告警", "fault"),
    "works": ("work", "change", "割接", "作业", "维护"),
    "events": ("event", "活动", "事件", "保障"),
    "teams": ("team", "crew", "班组", "队伍"),
    "shifts": ("shift", "roster", "排班", "值班"),
}
_TABLE_FEEDS = (
    "cells", "kpis", "tickets", "works", "events", "alarms", "handovers", "teams", "shifts",
)  # fmt: skip


def suggest(
    path: Path,
    *,
    settings: IngestSettings,
    feeds: dict[str, Feed],
    known: Known | None = None,
    feed: FeedName | None = None,
) -> Suggestion:
    """Propose a profile for a file, of which at most some megabytes are read.

    Args:
        path: a CSV, XLSX, Parquet or JSON file, or one of boundaries.
        settings: zone, limits and the KPI catalogue.
        feeds: the canonical feeds.
        known: what the warehouse knows of cells.
        feed: the feed it becomes; found out when None.

    Raises:
        FileRefusedError: the file cannot be read, or is of no feed that could be told.
    """
    if is_json(path) and (name := profile_of(path)) is not None:
        return _shipped(name, feeds, "its members are those of this TM Forum API")
    known = known or Known()
    if kind_of(path) == "regions":
        other = aliases(settings.load_catalogue())["regions"]
        return suggest_regions(path, _pattern(path), feeds["regions"], other, known)
    sample = take_sample(path, settings)
    layout = find_layout(sample.lines)
    if feed in (None, "kpis") and (name := _counters(layout, feeds)) is not None:
        return _shipped(name, feeds, "objects, times and counters stand in the columns it names")
    sources = _sources(sample, layout, settings.time_zone)
    chosen, guess = _choose(path, sources, settings=settings, feeds=feeds, known=known, feed=feed)
    return _proposal(sample, layout, sources, chosen, feed=guess, known=known, settings=settings)


def _counters(layout: Layout, feeds: dict[str, Feed]) -> str | None:
    """The shipped profile of counters whose object, time, period and reliability are named."""
    have = {name.casefold() for name in layout.header}
    for name in shipped_profiles():
        for table in load_profile(name, feeds).profile.tables:
            counters = table.counters
            if counters is None or counters.period is None or counters.reliability is None:
                continue
            wanted = (counters.object, counters.start, counters.period, counters.reliability)
            if all(have & {column.casefold() for column in columns} for columns in wanted):
                return name
    return None


def _shipped(name: str, feeds: dict[str, Feed], why: str) -> Suggestion:
    loaded = load_profile(name, feeds)
    table = loaded.profile.tables[0]
    guess = Guess("profile", name, why, "high")
    text = (SHIPPED / f"{name}.toml").read_text("utf-8")
    return Suggestion(table, (guess,), (), text, name)


def _sources(sample: Sample, layout: Layout, zone: str) -> list[Source]:
    width = len(layout.header)
    columns: list[list[str]] = [[] for _ in range(width)]
    for line in layout.rows:
        for place in range(width):
            columns[place].append(line[place] if place < len(line) else "")
    return [
        Source(
            name.rsplit(".", 1)[-1].strip('"') if sample.records else name,
            layout.units[place],
            facts_of(columns[place], zone),
        )
        for place, name in enumerate(layout.header)
    ]


def _choose(
    path: Path,
    sources: list[Source],
    *,
    settings: IngestSettings,
    feeds: dict[str, Feed],
    known: Known,
    feed: FeedName | None,
) -> tuple[Assignment, Guess]:
    names = aliases(settings.load_catalogue())
    wanted = [feed] if feed else [name for name in _TABLE_FEEDS if name in feeds]
    made = [assign(sources, feeds[name], names.get(name, {}), known) for name in wanted]
    hints = [_hint(path, a.feed.name) for a in made]
    ranked = sorted(zip(made, hints, strict=True), key=lambda pair: -(pair[0].score + pair[1]))
    best, hint = ranked[0]
    if best.lacks or best.score <= 0:
        names_seen = (" ".join(source.name.split()) for source in sources)
        have = mask_text(", ".join(name for name in names_seen if name))
        raise FileRefusedError(
            f"no {' or '.join(best.lacks) or 'KPI'} is found for feed {best.feed.name}, which fits "
            f"best; the columns are {have}. Name the feed with --feed, or write the profile by hand"
        )
    if feed:
        return best, Guess("feed", feed, "as asked for", "high")
    rest = ranked[1][0].score + ranked[1][1] if len(ranked) > 1 else 0.0
    clear = best.score + hint > 1.3 * max(rest, 0.1)
    why = f"{len(best.choices)} of its columns are found" + (
        ", and its name says so" if hint else ""
    )
    return best, Guess("feed", best.feed.name, why, "high" if clear else "medium")


def _hint(path: Path, feed: str) -> float:
    name = path.name.lower()
    if feed_by_name(path) == feed:
        return 2.0
    return 1.0 if any(word in name for word in _HINTS.get(feed, ())) else 0.0


def _proposal(
    sample: Sample,
    layout: Layout,
    sources: list[Source],
    chosen: Assignment,
    *,
    feed: Guess,
    known: Known,
    settings: IngestSettings,
) -> Suggestion:
    guesses = [*sample.guesses, _layout_guess(layout), feed]
    table: dict[str, object] = {"feed": chosen.feed.name, "files": [_pattern(sample.path)]}
    table |= base_table(sample)
    if layout.header_row > 1:
        table["header_row"] = layout.header_row
    if layout.unit_rows:
        table["unit_rows"] = layout.unit_rows
    used = [sources[choice.place].facts for choice in chosen.choices]
    missing = sorted({word for facts in used for word in facts.missing})
    if missing:
        table["missing"] = missing
    if any(facts.comma for facts in used):
        table["decimal_comma"] = True
        guesses.append(Guess("numbers", "1.234,5", "decimals stand behind a comma", "high"))
    if any(facts.wide for facts in used):
        table["full_width"] = True
    formats = time_formats(chosen, sources)
    if formats:
        table["time_formats"] = formats
        guesses.append(_time_guess(chosen, sources, formats, settings.time_zone))
    columns = {c.column.name: _rule(c, layout) for c in chosen.choices}
    guesses += [_column_guess(choice, layout) for choice in chosen.choices]
    if chosen.feed.name in INTERVALS:
        guesses += whole_file(
            columns, table, chosen, sources, sample=sample, zone=settings.time_zone
        )
    places = {c.column.name: c.place for c in chosen.choices}
    if {"longitude", "latitude"} <= set(places):
        rows = positions(layout.rows, places, comma="decimal_comma" in table)
        system = find_system(rows, known, chosen.feed.name)
        guesses.append(system)
        if system.value != "wgs84":
            table["coordinates"] = system.value
    taken = {c.place for c in chosen.choices} | {c.hours for c in chosen.choices}
    unused = tuple(n for place, n in enumerate(layout.header) if n and place not in taken)
    note = "Proposed from one file; what was guessed with little evidence: " + (
        "; ".join(f"{g.what} ({g.value}): {g.why}" for g in guesses if g.sure == "low") or "nothing"
    )
    text = profile_text(note, table, columns)
    profile = Profile.model_validate(tomllib.loads(text))
    return Suggestion(profile.tables[0], tuple(guesses), unused, text)


def _layout_guess(layout: Layout) -> Guess:
    units = f", {layout.unit_rows} row(s) of units below" if layout.unit_rows else ""
    why = f"the first line that names {len(layout.header)} columns and holds no figures"
    return Guess("header", f"line {layout.header_row}{units}", why, "high")


def _pattern(path: Path) -> str:
    """The file's name with its numbers left open."""
    return re.sub(r"[\[\]]", "?", re.sub(r"\d+(?:[-_.T]?\d+)*", "*", path.name))


def _rule(choice: Choice, layout: Layout) -> dict[str, object]:
    name = layout.header[choice.place]
    rule: dict[str, object] = {"source": name}
    if choice.hours is not None:
        rule = {"join": [name, layout.header[choice.hours]]}
    if choice.unit.scale != 1.0:
        rule["scale"] = choice.unit.scale
    if choice.unit.offset != 0.0:
        rule["offset"] = choice.unit.offset
    if choice.values:
        rule["values"] = choice.values
    return rule


def _column_guess(choice: Choice, layout: Layout) -> Guess:
    source = layout.header[choice.place]
    why = "; ".join(filter(None, [choice.why, choice.unit.why]))
    if choice.values:
        why += f"; words are read as {', '.join(f'{k} {v}' for k, v in choice.values.items())}"
    return Guess(choice.column.name, source, why, choice.sure)


def _time_guess(chosen: Assignment, sources: list[Source], formats: list[str], zone: str) -> Guess:
    times = [c for c in chosen.choices if c.column.kind == "time"]
    moments = [m for c in times if (m := sources[c.place].facts.moments) is not None]
    sure = _least([moment.sure for moment in moments])
    zoned = all(moment.zoned for moment in moments)
    where = "they carry their offset" if zoned else f"without offset: taken as {zone}"
    why = "; ".join([*dict.fromkeys(moment.why for moment in moments), where])
    return Guess("time formats", ", ".join(formats), why, sure)


def _least(sure: list[Sure]) -> Sure:
    if "low" in sure:
        return "low"
    return "medium" if "medium" in sure else "high"

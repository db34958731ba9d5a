"""The workbook of trends: a sheet per view, native charts, notes on definitions and data time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from dashboard.exports.columns import Column, Kind
from dashboard.exports.names import file_name
from dashboard.exports.trend_tables import columns_of, shown_values
from dashboard.exports.xlsx_chart import Chart
from dashboard.exports.xlsx_file import Sheet, to_xlsx
from dashboard.snapshot import Snapshot
from dashboard.trends.ahead import ahead
from dashboard.trends.compare import compared
from dashboard.trends.league import League, Unit, league
from dashboard.trends.numbers import satisfaction, trends
from dashboard.trends.periods import bounds
from dashboard.trends.query import DIMENSIONS, UNKNOWN, TrendQuery
from dashboard.web.i18n import Texts, load_texts

_LINES = 6
_LEAGUE: Mapping[str, Kind] = {
    "rank": "integer", "name": "text", "subscribers": "integer", "tickets": "integer",
    "rate_per_10k": "number", "rate_shrunk": "number", "rate_lower": "number",
    "rate_upper": "number", "rate_before": "number", "moved": "text", "rank_change": "integer",
    "rate_base": "number", "rate_target": "number", "change": "percent", "standing": "text",
    "outside": "text", "low_share": "percent", "timely_rate": "percent", "repeat_rate": "percent",
    "satisfaction": "number",
}  # fmt: skip


def trend_book(
    snapshot: Snapshot, query: TrendQuery, language: str, *, splits: Sequence[str] | None = None
) -> bytes:
    """The workbook of a query.

    Args:
        snapshot: whose numbers.
        query: days, period, filters; each dimension of its split gets a sheet of its own, and
            several of them one more, by all of them at once.
        language: ``zh`` or ``en``.
        splits: dimensions that get a sheet each; those of the query when left out.

    Raises:
        TrendQueryError: there is no such region.
        ExportError: more rows than a sheet takes.
    """
    texts = load_texts(language)
    names = region_names(snapshot)
    whole = TrendQuery(query.first, query.last, query.by, (), query.filters)
    sheets = [_main(snapshot, whole, texts, names)]
    sheets += [
        _split(snapshot, whole, dimension, texts, names)
        for dimension in (query.split if splits is None else splits)
        if dimension not in query.filters or dimension == "region"
    ]
    if splits is None and len(query.split) > 1:
        sheets.append(_combined(snapshot, query, texts, names))
    sheets.append(_scores(snapshot, whole, texts))
    coming = ahead(snapshot, whole)
    if not coming.empty:
        sheets.append(_ahead(coming, texts))
    units: tuple[Unit, ...] = ("month",) if query.by == "month" else ("week",)
    for unit in units:
        found = _newest_league(snapshot, unit, query)
        if found.table["rank"].notna().any():
            sheets.append(_league(found, texts))
    return to_xlsx(
        sheets,
        title=texts("trends_file.title"),
        notes=notes(snapshot, query, texts, names),
        made_at=snapshot.manifest.as_of.astimezone(ZoneInfo(snapshot.manifest.time_zone)),
        language=language,
    )


def book_name(snapshot: Snapshot, query: TrendQuery, language: str, suffix: str) -> str:
    """Such as ``投诉率趋势_朝阳区_2026-10.xlsx``: what, where, when."""
    texts = load_texts(language)
    places = [
        word for name, word in filter_words(query, texts, region_names(snapshot)) if name != "level"
    ]
    whole_month = bounds("month", query.first) == (query.first, query.last)
    days = f"{query.first:%Y-%m}" if whole_month else f"{query.first}_{query.last}"
    where = "-".join(places) or texts("trends.city")
    return file_name(texts("trends_file.name"), where, days, suffix=suffix)


def region_names(snapshot: Snapshot) -> dict[str, str]:
    """Names of regions by id."""
    rows = snapshot.rows("trend_regions")
    return {row["region_id"]: row["name"] or row["region_id"] for row in rows}


def filter_words(
    query: TrendQuery, texts: Texts, regions: Mapping[str, str]
) -> list[tuple[str, str]]:
    """The filters in words: dimension and value."""
    said = []
    for name in (*DIMENSIONS, "level"):
        value = query.filters.get(name)
        if value is None:
            continue
        word = texts.get(f"{name}.{value}") or value
        if value == UNKNOWN:
            word = texts("trends.unknown_value")
        said.append((name, regions.get(value, value) if name == "region" else word))
    return said


def notes(
    snapshot: Snapshot, query: TrendQuery, texts: Texts, regions: Mapping[str, str]
) -> list[tuple[str, str]]:
    """What the file holds, of when, and how it was chosen."""
    manifest = snapshot.manifest
    zone = ZoneInfo(manifest.time_zone)
    known = (manifest.data_time or manifest.as_of).astimezone(zone)
    said = [
        (texts("export.data_time"), f"{known:%Y-%m-%d %H:%M} ({manifest.time_zone})"),
        (texts("trends_file.as_of"), f"{manifest.as_of.astimezone(zone):%Y-%m-%d %H:%M}"),
        (texts("trends.range"), f"{query.first} – {query.last}"),
        (texts("trends.by"), texts(f"trends_by.{query.by}")),
    ]
    said += [
        (texts(f"trends_dimension.{name}"), word)
        for name, word in filter_words(query, texts, regions)
        if name in DIMENSIONS
    ]
    said += [
        (texts("trends_file.reading"), texts(f"trends_help.{name}"))
        for name in ("last_year", "target", "forecast")
    ]
    return said


def _main(snapshot: Snapshot, query: TrendQuery, texts: Texts, regions: Mapping[str, str]) -> Sheet:
    frame = compared(snapshot, query)
    series = ["rate_per_10k"]
    if frame["rate_per_10k_last_year"].notna().any():
        series.append("rate_per_10k_last_year")
    measure = texts("trends_measure.rate_per_10k")
    chart = Chart(
        "line",
        "period_start",
        series,
        measure,
        texts("trends_unit.rate_per_10k"),
        ("rate_per_10k_last_year",),
    )
    columns = columns_of(frame, texts)
    return Sheet(texts("trends_file.sheet"), shown_values(frame, texts, regions), columns, chart)


def _split(
    snapshot: Snapshot, query: TrendQuery, dimension: str, texts: Texts, regions: Mapping[str, str]
) -> Sheet:
    split = TrendQuery(query.first, query.last, query.by, (dimension,), query.filters)
    frame = trends(snapshot, split)
    # The rows of a value stand together, so that each can be a line of the chart.
    most = frame.groupby(dimension, dropna=False)["tickets"].transform("sum")
    order = frame.assign(_most=-most).sort_values(
        ["_most", dimension, "period_start"], kind="stable", ignore_index=True
    )
    shown = shown_values(order.drop(columns="_most"), texts, regions)
    name = texts("trends_file.by", dimension=texts(f"trends_dimension.{dimension}"))
    measure = "rate_per_10k" if dimension == "region" else "tickets"
    title, starts = texts(f"trends_file.{measure}"), shown["period_start"]
    if len(starts) and (starts == starts.iloc[0]).all():
        chart = Chart("bar", dimension, [measure], title)
    else:
        groups = _stretches(list(shown[dimension]))[:_LINES]
        chart = Chart("line", "period_start", [measure], title, groups=groups)
    return Sheet(name, shown, columns_of(frame, texts), chart)


def _combined(
    snapshot: Snapshot, query: TrendQuery, texts: Texts, regions: Mapping[str, str]
) -> Sheet:
    """A row per period and combination of values, as the API gives them."""
    frame = trends(snapshot, query)
    words = [texts(f"trends_dimension.{name}") for name in query.split]
    name = texts("trends_file.by", dimension=" × ".join(words))
    return Sheet(name, shown_values(frame, texts, regions), columns_of(frame, texts))


def _stretches(values: Sequence[str]) -> list[tuple[str, int, int]]:
    """Each run of one value: the value, its first and last row."""
    found: list[tuple[str, int, int]] = []
    for row, value in enumerate(values):
        if found and found[-1][0] == value:
            found[-1] = (value, found[-1][1], row)
        else:
            found.append((value, row, row))
    return found


def _scores(snapshot: Snapshot, query: TrendQuery, texts: Texts) -> Sheet:
    frame = satisfaction(snapshot, query)
    scores = [f"score_{n}" for n in range(1, 11)]
    whole = bool((frame[scores].fillna(0) % 1 == 0).all().all())
    kind: Kind = "integer" if whole else "number"
    columns = [
        Column("period_start", texts("trends_file.period_start"), "date"),
        Column("period_end", texts("trends_file.period_end"), "date"),
        *(Column(name, texts("trends_file.score", n=n), kind) for n, name in enumerate(scores, 1)),
        Column("unknown", texts("trends_file.unrated"), kind),
    ]
    return Sheet(texts("trends_measure.satisfaction_share"), frame, columns)


def _ahead(frame: pd.DataFrame, texts: Texts) -> Sheet:
    columns = [
        Column("period_start", texts("trends_file.period_start"), "date"),
        Column("period_end", texts("trends_file.period_end"), "date"),
        Column("mean", texts("trends_file.expected"), "number", texts("trends_help.forecast")),
        Column("lower", texts("trends_file.lower"), "number"),
        Column("upper", texts("trends_file.upper"), "number"),
        Column("rate_mean", texts("trends_file.rate_per_10k"), "number"),
        Column("observed", texts("trends_file.so_far"), "number"),
        Column("days_ahead", texts("trends_file.days_ahead"), "integer"),
    ]
    return Sheet(texts("trends_line.forecast"), frame, columns)


def _newest_league(snapshot: Snapshot, unit: Unit, query: TrendQuery) -> League:
    """Of the newest whole week or month up to the last day."""
    zone = ZoneInfo(snapshot.manifest.time_zone)
    today = snapshot.manifest.as_of.astimezone(zone).date()
    start, end = bounds(unit, min(query.last, today))
    day = start if end < today else start - timedelta(days=1)
    return league(snapshot, unit=unit, day=day)


def league_sheet(found: League, texts: Texts) -> tuple[pd.DataFrame, list[Column]]:
    """The league table with words where it has codes, and its columns."""
    ranked = found.table[found.table["rank"].notna()]
    shown = ranked.copy()
    for name in ("moved", "standing", "outside"):
        shown[name] = [
            texts(f"league_word.{value}") if isinstance(value, str) else ""
            for value in ranked[name]
        ]
    helps = {
        "rate_shrunk": texts("league.help_interval"),
        "moved": texts("league.help_move"),
        "rate_target": texts("league.help_target"),
        "outside": texts("league.funnel_help"),
        "rate_per_10k": texts("league.help_rate"),
    }
    columns = [
        Column(key, texts(f"league_file.{key}"), kind, helps.get(key, ""))
        for key, kind in _LEAGUE.items()
    ]
    return shown, columns


def _league(found: League, texts: Texts) -> Sheet:
    shown, columns = league_sheet(found, texts)
    title = texts("league.title")
    chart = Chart("bar", "name", ["rate_shrunk"], title, texts("trends_unit.rate_per_10k"))
    note = f"{found.first} – {found.last}"
    return Sheet(title, shown, columns, chart, note)

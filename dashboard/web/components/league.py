"""The league of regions: table with intervals, and the funnel beside it."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import numpy as np
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.exports.names import file_name
from dashboard.plain import absent
from dashboard.trends.funnel import funnel_of
from dashboard.trends.league import League, Unit, league
from dashboard.trends.periods import bounds
from dashboard.web.components import parts
from dashboard.web.components.chart import chart
from dashboard.web.context import Context, Look
from dashboard.web.figures.funnel import Spot, funnel_figure
from dashboard.web.view import trend_words as tw
from dashboard.web.view.trend_choice import Choice, newest_day
from dashboard.web.view.words import NOTHING, number

PATH = "/trends"
_HEADS = ("rank", "region", "tickets", "rate", "interval", "against", "move", "target")
_HELPED = {
    "rate": "help_rate",
    "interval": "help_interval",
    "move": "help_move",
    "target": "help_target",
}


def league_of(context: Context, look: Look, choice: Choice) -> League:
    """The newest whole week or month up to the days looked at."""
    unit: Unit = "week" if choice.league == "week" else "month"
    newest = newest_day(look)
    start, end = bounds(unit, min(choice.query.last, newest))
    day = start if end < newest else start - timedelta(days=1)
    key = ("league", look.snapshot.id, unit, day)
    return context.memo.get(key, lambda: league(look.snapshot, unit=unit, day=day))


def league_panels(
    look: Look, choice: Choice, found: League, *, size: float, width: float
) -> list[Component]:
    """Table and funnel."""
    return [_table(look, choice, found), _funnel(look, choice, found, size=size, width=width)]


def period(look: Look, found: League) -> str:
    """The week or month in words."""
    return tw.period(look.words, found.unit, found.first, found.last)


def _table(look: Look, choice: Choice, found: League) -> Component:
    texts = look.words.texts
    units = [
        dcc.Link(
            texts(f"league.{unit}"),
            href=look.state.here(PATH, league=unit),
            className="chip here" if unit == choice.league else "chip",
        )
        for unit in ("week", "month")
    ]
    head = html.Header(
        [
            html.H2(texts("league.title")),
            html.Span(texts("league.note", period=period(look, found)), className="chart-note"),
            html.Div(units, className="chips chart-tools no-print", role="group"),
        ],
        className="chart-head",
    )
    ranked = found.table[found.table["rank"].notna()]
    if ranked.empty:
        return html.Section(
            [head, html.P(texts("league.none"), className="none")], className="panel league"
        )
    most = float(np.nanmax(ranked[["rate_upper", "rate_per_10k"]].to_numpy(float))) * 1.05 or 1.0
    before = texts(f"trends_before.{found.unit}")
    heads = [
        html.Th(
            texts(f"league.{key}", before=before) if key == "against" else texts(f"league.{key}"),
            title=texts(f"league.{_HELPED[key]}") if key in _HELPED else None,
            className=f"league-{key}{' has-help' if key in _HELPED else ''}",
            scope="col",
        )
        for key in _HEADS
    ]
    rows = [_row(look, choice, found, row, most) for row in ranked.to_dict("records")]
    table = html.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)], className="league-table")
    return html.Section(
        [head, html.Div(table, className="league-scroll", **parts.data(rows="yes"))],
        className="panel league",
    )


def _row(look: Look, choice: Choice, found: League, row: dict[Any, Any], most: float) -> Component:
    texts = look.words.texts
    region = str(row["region_id"])
    here = region == choice.region
    link = dcc.Link(
        row["name"],
        href=look.state.here(PATH, region=None if here else region),
        title=texts("league.filter", name=row["name"]),
    )
    cells = [
        html.Td(f"{row['rank']:.0f}", className="league-rank"),
        html.Td(link, className="league-region"),
        html.Td(number(row["tickets"]), className="league-tickets"),
        html.Td(number(row["rate_per_10k"], 2), className="league-rate"),
        html.Td(_interval(look, found, row, most), className="league-interval"),
        html.Td(_against(row), className="league-against"),
        html.Td(_move(look, row), className="league-move"),
        html.Td(_target(look, row), className="league-target"),
    ]
    return html.Tr(cells, className="here" if here else None)


def _interval(look: Look, found: League, row: dict[Any, Any], most: float) -> Component:
    """The shrunk rate as a point, its interval as a bar, the common rate as a line."""

    def at(value: float) -> str:
        return f"{100 * min(max(value / most, 0), 1):.2f}%"

    low, mid, high = row["rate_lower"], row["rate_shrunk"], row["rate_upper"]
    if absent(mid):
        return html.Span(NOTHING)
    width = f"calc({at(high)} - {at(low)})"
    numbers = f"{mid:.2f} ({low:.2f} – {high:.2f})"
    return html.Div(
        [
            html.Span(className="interval-common", style={"left": at(found.rate)}),
            html.Span(className="interval-bar", style={"left": at(low), "width": width}),
            html.Span(className="interval-point", style={"left": at(mid)}),
            html.Span(numbers, className="unseen"),
        ],
        className="interval",
        title=f"{look.words.texts('league.interval')}: {numbers}",
    )


def _against(row: dict[Any, Any]) -> str:
    now, before = row["rate_per_10k"], row["rate_before"]
    if absent(now) or absent(before) or not before:
        return NOTHING
    return f"{100 * (now / before - 1):+.1f}%".replace("-", "−")


def _move(look: Look, row: dict[Any, Any]) -> Component:
    """An arrow only where chance does not explain it."""
    texts = look.words.texts
    moved, places = row["moved"], row["rank_change"]
    if moved not in ("better", "worse"):
        word = NOTHING if moved is None else texts("league.same")
        return html.Span(word, className="trend-verdict level")
    arrow = "▲" if moved == "better" else "▼"
    said: list[Any] = [
        html.Span(arrow, **parts.aria(hidden="true")),
        texts(f"trends_verdict.{moved}"),
    ]
    if places:
        key = "up" if places > 0 else "down"
        said.append(html.Small(texts(f"league.{key}", n=f"{abs(places):.0f}")))
    return html.Span(said, className=f"trend-verdict {moved}")


def _target(look: Look, row: dict[Any, Any]) -> Component:
    texts = look.words.texts
    if row["standing"] == "unknown" or absent(row["rate_target"]):
        return html.Span(texts("league.no_target"), className="trend-verdict level")
    goal = html.Span(number(row["rate_target"], 2), className="league-goal")
    standing = str(row["standing"])
    word = texts(f"league.{standing}")
    if standing != "met" and row["rate_target"] > 0 and math.isfinite(row["rate_per_10k"]):
        above = 100 * (row["rate_per_10k"] / row["rate_target"] - 1)
        word = texts(f"league.{standing}", percent=f"{above:.0f}%")
    return html.Span(
        [goal, html.Span(word, className=f"standing {standing}")], className="league-standing"
    )


def _funnel(look: Look, choice: Choice, found: League, *, size: float, width: float) -> Component:
    texts = look.words.texts
    known = found.table[found.table["rate_per_10k"].notna() & (found.table["subscribers"] > 0)]
    spots = [
        Spot(
            str(row["region_id"]),
            str(row["name"]),
            float(row["subscribers"]),
            float(row["rate_per_10k"]),
            row["outside"] if isinstance(row["outside"], str) else None,
            f"<b>{row['name']}</b><br>{texts('trends_measure.rate_per_10k')} "
            f"{number(row['rate_per_10k'], 2)}<br>{texts('trends_measure.tickets')} "
            f"{number(row['tickets'])}<br>{texts('league.funnel_x')} {number(row['subscribers'])}"
            f"<br>{_side(look, row['outside'])}",
        )
        for row in known.to_dict("records")
    ]
    figure = funnel_figure(
        spots,
        funnel_of(known["tickets"].to_numpy(float), known["subscribers"].to_numpy(float)),
        theme=look.theme,
        size=size,
        height=26 * 16 * size,
        width=width,
        x_title=texts("league.funnel_x"),
        average=texts("league.average", rate=number(found.rate, 2)),
        limits={"95": texts("league.limit_95"), "998": texts("league.limit_998")},
        chosen=choice.region,
    )
    name = file_name(texts("league.funnel"), f"{found.first:%Y-%m-%d}", suffix=".png")
    return chart(
        figure,
        title=texts("league.funnel"),
        note=texts("league.funnel_note"),
        name=name,
        help=texts("league.funnel_help"),
        look=look,
        box="funnel-box",
        graph_id="trends-funnel",
    )


def _side(look: Look, outside: object) -> str:
    side = str(outside).partition("_")[0] if isinstance(outside, str) else "in"
    return look.words.texts(f"league.funnel_{side}")

"""The KPI charts of a cell's page: a card each, and one KPI beside the neighbours'."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import dash
from dash import html
from dash.development.base_component import Component

from dashboard.errors import SnapshotError
from dashboard.web.components import cell_charts, cell_near, parts
from dashboard.web.components import span as span_tools
from dashboard.web.context import Context
from dashboard.web.figures.compare import beside_figure, reach
from dashboard.web.figures.heatmap import heatmap_figure
from dashboard.web.figures.kpi import kpi_figure
from dashboard.web.view.cell_asked import CHOICES, Asked
from dashboard.web.view.kpis import Series, cut, held, kpi_series, week_before
from dashboard.web.view.lines import kpi_frame, lines_of
from dashboard.web.view.near import BESIDE, chosen_kpi, near_rows
from dashboard.web.view.state import path_to
from dashboard.web.view.timeline import Mark, marks_of
from dashboard.web.view.week import by_hour_of_week


def tools(asked: Asked, path: str) -> Component:
    """Span of time, and hours or weeks."""
    texts, look = asked.look.words.texts, asked.look
    kept = {name: look.state.query.get(name) for name in ("view", "heat", "kpi")}
    choice = span_tools.choice
    views = [
        choice(texts("week.hourly"), asked.href(view=None, heat=None), chosen=not asked.week),
        choice(
            texts("week.value"),
            asked.href(view="week", heat=None),
            chosen=asked.week and not asked.deviation,
        ),
        choice(
            texts("week.deviation"),
            asked.href(view="week", heat="deviation"),
            chosen=asked.week and asked.deviation,
            title=texts("week.deviation_help"),
        ),
    ]
    shown = [
        *span_tools.ranges(look, path, asked.span, kept, "cell-dates"),
        span_tools.group(texts("week.label"), views),
        html.Span(texts("span.zoom"), className="panel-note span-hint"),
    ]
    return html.Div(shown, className="span-tools")


def legend(asked: Asked) -> str:
    """What the charts' lines and bands are."""
    texts = asked.look.words.texts
    if not asked.week:
        return texts("kpi.legend_ghost" if asked.span.ghost else "kpi.legend")
    shown = span_tools.shown(asked.look, asked.span)
    return texts("week.legend_deviation" if asked.deviation else "week.legend", span=shown)


def ready(context: Context, asked: Asked, marks: Sequence[Mark]) -> parts.Children:
    """Charts at once where their series are in memory, or the last ones that were drawn."""
    series = held(context, asked.look, asked.cell_id)
    if series:
        return _cards(asked, series, marks)
    # The charts of the snapshot before stay until the new ones are made.
    loading = html.P(asked.look.words.texts("kpi.loading"), className="loading")
    return context.charts.peek(asked.chart_key) or loading


def charts(
    context: Context, asked: Asked, *, ahead: bool
) -> tuple[list[Component], list[Component]]:
    """One card a KPI, and what the head says of the first limit to be reached."""
    texts = asked.look.words.texts
    try:
        found = kpi_series(context, asked.look, asked.cell_id, ahead=ahead)
    except SnapshotError as error:
        return [html.P(texts("kpi.failed", reason=str(error)), className="none")], []
    if not found:
        return [html.P(texts("kpi.none"), className="none")], []
    charts = _cards(asked, found, marks_of(asked.look, asked.cell_id, asked.span))
    if ahead:
        context.charts.put(asked.chart_key, charts)
    return charts, cell_charts.saturation_fact(found, asked.look.words)


def _cards(asked: Asked, found: Sequence[Series], marks: Sequence[Mark]) -> list[Component]:
    words, span, cards = asked.look.words, asked.span, []
    tickets = [mark for mark in marks if mark.kind == "ticket"]
    others = [mark for mark in marks if mark.kind != "ticket"]
    for whole in found:
        series = cut(whole, span.start, span.end)
        near = asked.href(kpi=whole.kpi.name) + "#cell-near"
        shared: dict[str, Any] = {
            "words": words,
            "scale": asked.scale,
            "theme": asked.look.theme,
        }
        if series.last is None and not (series.ahead_start and span.end > series.ahead_start):
            cards.append(cell_charts.kpi_card(series, None, words, near=near))
        elif asked.week:
            table = by_hour_of_week(series, words.zone, deviation=asked.deviation)
            figure = heatmap_figure(table, whole.kpi, deviation=asked.deviation, **shared)
            cards.append(cell_charts.kpi_card(series, figure, words, near=near, box="week-graph"))
        else:
            figure = kpi_figure(
                series,
                as_of=asked.look.snapshot.manifest.as_of,
                span=asked.between,
                tickets=[mark.start for mark in tickets],
                lows=[mark.low for mark in tickets],
                marks=others,
                ghost=week_before(whole, span.start, span.end) if span.ghost else None,
                **shared,
            )
            cards.append(cell_charts.kpi_card(series, figure, words, near=near))
    return cards


def beside(asked: Asked) -> list[Component]:
    """The chosen KPI of the cell and of its first neighbours, on the same axes."""
    look, texts = asked.look, asked.look.words.texts
    rows = near_rows(look, asked.cell_id)
    if not rows:
        raise dash.exceptions.PreventUpdate
    found = look.snapshot.rows("cell", {"cell_id": asked.cell_id})[0]
    kpi, rows = chosen_kpi(look, found), rows[: BESIDE + 1]
    try:
        frame = kpi_frame(look, [row["cell_id"] for row in rows], asked.span, [kpi])
    except SnapshotError as error:
        return [html.P(texts("kpi.failed", reason=str(error)), className="none")]
    lines = lines_of(frame, kpi, {row["cell_id"]: row["name"] or row["cell_id"] for row in rows})
    by_id, values, shown = {row["cell_id"]: row for row in rows}, reach(lines), []
    end = min(asked.span.end, look.snapshot.manifest.as_of + timedelta(hours=1))
    for line in lines:
        own = line.cell_id == asked.cell_id
        figure = beside_figure(
            line,
            words=look.words,
            as_of=look.snapshot.manifest.as_of,
            span=(asked.span.start, max(end, asked.span.start + timedelta(hours=1))),
            values=values,
            colour=look.theme.series if own else look.theme.categories[1],
            scale=asked.scale,
            theme=look.theme,
        )
        path = path_to("cells", line.cell_id)
        kept = {name: look.state.query.get(name) for name in CHOICES}
        href = "" if own else look.state.href(path, **{**kept, "kpi": kpi})
        shown.append((line, figure, href, look.freshness.status(by_id[line.cell_id]["status"])))
    return cell_near.multiples(shown, look, kpi, len(rows) - len(lines))

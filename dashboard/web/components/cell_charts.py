"""The KPI charts of a cell: over time or by hour of the week, and when a limit is reached."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.web.components import parts
from dashboard.web.figures.theme import Figure
from dashboard.web.view.kpis import Series
from dashboard.web.view.words import Words, measure
from forecasting.saturation import DAYS_AHEAD


def kpi_card(
    series: Series, figure: Figure | None, words: Words, *, near: str, box: str = "kpi-graph"
) -> Component:
    """Label with its definition on hover, newest value against normal, and the chart.

    Args:
        series: cut to the span.
        figure: the chart; None where the span holds no value.
        words: texts.
        near: where the KPI is set beside the neighbours'.
        box: class of the chart's box.
    """
    texts, kpi = words.texts, series.kpi
    low, high = series.last_band
    normal = ""
    if low is not None and high is not None:
        normal = texts("kpi.usual", low=measure(low), high=measure(high))
    if kpi.limit is not None:
        limit = texts("kpi.limit", limit=words.with_unit(kpi.limit, kpi))
        normal = f"{normal} · {limit}" if normal else limit
    value = words.with_unit(series.last, kpi)
    hint = texts("kpi.near_help", kpi=words.kpi_label(kpi.name))
    chart: Component = (
        html.P(texts("kpi.none_in_span"), className="none")
        if figure is None
        else parts.graph(figure, box, zoom=False)
    )
    # What assets/cell.js writes there while the pointer is over a chart.
    told: dict[str, Any] = {"data-unit": words.unit(kpi)}
    return html.Div(
        [
            html.Div(
                [
                    kpi_title(words, kpi.name),
                    html.Span(normal, className="kpi-normal"),
                    html.Span(value, className="kpi-value", **told),
                    dcc.Link("⇄", href=near, className="kpi-near", title=hint),
                ],
                className="kpi-head",
            ),
            chart,
            *_saturation(series, words),
        ],
        className="panel kpi",
    )


def kpi_title(words: Words, name: str) -> Component:
    """The KPI's label; its definition on hover."""
    kpi = words.catalogue[name]
    made: Component = dmc.Tooltip(
        html.Span(words.kpi_label(name), className="kpi-label"),
        label=kpi.zh_help if words.language == "zh" else kpi.en_help,
        multiline=True,
        w=320,
        withArrow=True,
    )
    return made


def _saturation(series: Series, words: Words) -> list[Component]:
    """When the busy hour reaches the limit, in a line below the chart."""
    found, texts, kpi = series.saturation, words.texts, series.kpi
    if found is None:
        return []
    line = texts(
        f"saturation.{found.state}",
        value=words.with_unit(found.busy_hour, kpi),
        limit=words.with_unit(found.limit, kpi),
        day="" if found.day is None else found.day.isoformat(),
        earliest="" if found.earliest is None else found.earliest.isoformat(),
        latest=texts("saturation.later", days=DAYS_AHEAD)
        if found.latest is None
        else found.latest.isoformat(),
        days=DAYS_AHEAD,
    )
    hint = texts("saturation.hint", days=found.days_known)
    return [html.P(line, className=f"saturation {found.state}", title=hint)]


def saturation_fact(found: Sequence[Series], words: Words) -> list[Component]:
    """The first limit that the busy hour reaches, for the page's head; [] without any."""
    texts = words.texts
    known = [series for series in found if series.saturation is not None]
    if not known:
        return []
    rank = {"beyond": 0, "within": 1, "not_within": 2}

    def order(series: Series) -> tuple[int, date]:
        saturation = series.saturation
        if saturation is None:
            return 3, date.max
        return rank.get(saturation.state, 3), saturation.day or date.max

    first = min(known, key=order)
    state, kpi = first.saturation, words.kpi_label(first.kpi.name)
    if state is None:
        return []
    if state.state == "within" and state.day is not None:
        value = words.day(state.day)
    else:
        value = texts(f"saturation.head_{state.state}", days=DAYS_AHEAD)
    return [
        html.Dt(texts("saturation.head"), title=texts("saturation.head_help", kpi=kpi)),
        html.Dd(value),
        html.Dd(kpi, className="fact-note"),
    ]

"""A KPI by hour of the week as a heat map."""

from __future__ import annotations

from typing import Any

import numpy as np

from dashboard.web.figures.theme import Figure, Theme
from dashboard.web.view.kpis import Values
from dashboard.web.view.words import Words
from ingest.catalogue import Kpi

_EDGE = 2.0  # half widths of the band, from which the colour is full


def heatmap_figure(
    table: Values, kpi: Kpi, *, words: Words, deviation: bool, scale: float, theme: Theme
) -> Figure:
    """Seven rows, Monday on top, 24 columns.

    Args:
        table: shape (7, 24) (see ``view.week``).
        kpi: whose values they are.
        words: texts.
        deviation: the table holds deviations from the own normal; colours part at 0.
        scale: size of type; 1 at 1080 lines.
        theme: the colours; no status's is used.
    """
    days = [words.texts(f"weekday.{day}") for day in range(1, 8)]
    text = [
        [_told(float(value), kpi, words, deviation=deviation) for value in row] for row in table
    ]
    small = {"size": round(12 * scale), "color": theme.muted}
    trace: dict[str, Any] = {
        "type": "heatmap",
        "x": list(range(24)),
        "y": days,
        "z": table.astype(np.float32),
        "text": text,
        "hovertemplate": "%{y} %{x}:00  %{text}<extra></extra>",
        "hoverongaps": False,
        "xgap": 1,
        "ygap": 1,
        "showscale": False,
        "colorscale": colours(theme, deviation=deviation),
    }
    if deviation:
        trace |= {"zmin": -_EDGE, "zmax": _EDGE}
    axis = {"showgrid": False, "zeroline": False, "ticks": "", "tickfont": small}
    layout = theme.base_layout(scale) | {
        "margin": {"l": 44 * scale, "r": 12 * scale, "t": 6 * scale, "b": 26 * scale},
        "dragmode": False,
        "xaxis": axis | {"fixedrange": True, "tickvals": [0, 6, 12, 18, 23]},
        "yaxis": axis | {"fixedrange": True, "autorange": "reversed"},
    }
    return {"data": [trace], "layout": layout}


def colours(theme: Theme, *, deviation: bool) -> list[tuple[float, str]]:
    """From the panel to the colour of series; of deviations, blue is better and orange is worse."""
    rest = theme.grid
    if deviation:
        return [(0.0, theme.categories[0]), (0.5, rest), (1.0, theme.categories[1])]
    return [(0.0, rest), (1.0, theme.series)]


def _told(value: float, kpi: Kpi, words: Words, *, deviation: bool) -> str:
    if not np.isfinite(value):
        return ""
    if not deviation:
        return words.with_unit(value, kpi)
    if kpi.worse == "none":
        return words.texts("week.off", n=f"{value:+.1f}")
    return words.texts("week.worse" if value > 0 else "week.better", n=f"{abs(value):.1f}")

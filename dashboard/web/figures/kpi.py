"""One KPI over time: measured against the cell's own normal, and what is to come."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from dashboard.web.figures.theme import Theme
from dashboard.web.view.kpis import Series, Values
from dashboard.web.view.words import Words


def kpi_figure(
    series: Series,
    *,
    words: Words,
    as_of: datetime,
    span: tuple[datetime, datetime],
    tickets: list[datetime],
    scale: float,
    theme: Theme,
) -> go.Figure:
    """Normal band, measured line, forecast with interval, "now", complaints as flags above.

    Args:
        series: the KPI's values.
        words: texts and the zone in which times are drawn.
        as_of: where "now" stands.
        span: the time axis, the same on all charts of a page.
        tickets: when complaints came in.
        scale: size of type; 1 at 1080 lines.
        theme: the colours.
    """
    texts, zone = words.texts, words.zone
    back = _axis(series.start, series.step.total_seconds(), zone)
    traces = _band(series.lower, series.upper, back, theme.normal_band, texts("kpi.normal"))
    traces.append(
        {
            "type": "scatter",
            **back,
            "y": _short(series.value),
            "mode": "lines+markers" if np.isfinite(series.value).sum() < 60 else "lines",
            "line": {"color": theme.series, "width": 1.6 * scale},
            "marker": {"size": 5 * scale, "color": theme.series},
            "name": texts("kpi.measured"),
            "connectgaps": False,
        }
    )
    if series.ahead_start is not None:
        ahead = _axis(series.ahead_start, series.ahead_step.total_seconds(), zone)
        traces += _band(
            series.mean_lower, series.mean_upper, ahead, theme.forecast_band, texts("kpi.interval")
        )
        traces.append(
            {
                "type": "scatter",
                **ahead,
                "y": _short(series.mean),
                "mode": "lines",
                "line": {"color": theme.forecast, "width": 1.6 * scale, "dash": "dot"},
                "name": texts("kpi.forecast"),
            }
        )
    traces.append(_flags(tickets, words, scale, theme))
    return go.Figure({"data": traces, "layout": _layout(words, as_of, span, scale, theme)})


def time_axis(
    words: Words, span: tuple[datetime, datetime], scale: float, theme: Theme
) -> dict[str, Any]:
    """The time axis of a page's charts, in local time."""
    return {
        "type": "date",
        "range": [local(moment, words.zone) for moment in span],
        "tickformat": words.texts("format.axis_day"),
        "hoverformat": words.texts("format.axis_hover"),
        "tickfont": {"size": round(13 * scale), "color": theme.muted},
        "nticks": 6,
        "gridcolor": theme.grid,
        "zeroline": False,
        "ticks": "",
    }


def now_line(as_of: datetime, zone: ZoneInfo, scale: float, theme: Theme) -> dict[str, Any]:
    """A vertical line at the present."""
    at = local(as_of, zone)
    line = {"color": theme.accent, "width": scale}
    return {"type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper", "line": line}


def local(moment: datetime, zone: ZoneInfo) -> str:
    """Local wall time: Plotly draws times as they are written."""
    return f"{moment.astimezone(zone):%Y-%m-%dT%H:%M:%S}"


def _axis(start: datetime, step_s: float, zone: ZoneInfo) -> dict[str, Any]:
    # A start and a step instead of every moment: a tenth of the bytes.
    return {"x0": local(start, zone), "dx": 1000 * step_s}


def _short(values: Values) -> npt.NDArray[np.float32]:
    return values.astype(np.float32)


def _band(
    lower: Values, upper: Values, axis: dict[str, Any], colour: str, name: str
) -> list[dict[str, Any]]:
    """One polygon for each stretch where the band is known: a gap is not bridged."""
    # Plotly takes the milliseconds of a date axis as wall time, like the texts elsewhere.
    start = np.datetime64(axis["x0"], "ms").astype(np.int64)
    at = start + np.arange(len(lower)) * axis["dx"]
    known = np.flatnonzero(np.isfinite(lower) & np.isfinite(upper))
    xs: list[Values] = []
    ys: list[Values] = []
    gap = np.array([np.nan])
    for run in np.split(known, np.flatnonzero(np.diff(known) > 1) + 1):
        if len(run) > 1:
            xs += [at[run], at[run][::-1], gap]
            ys += [upper[run], lower[run][::-1], gap]
    return [
        {
            "type": "scatter",
            "x": np.concatenate(xs[:-1]) if xs else [],
            "y": _short(np.concatenate(ys[:-1])) if ys else [],
            "mode": "lines",
            "line": {"width": 0},
            "fill": "toself",
            "fillcolor": colour,
            "hoverinfo": "skip",
            "name": name,
        }
    ]


def _flags(tickets: list[datetime], words: Words, scale: float, theme: Theme) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": [local(moment, words.zone) for moment in tickets],
        "y": [1] * len(tickets),
        "yaxis": "y2",
        "mode": "markers",
        "marker": {"symbol": "triangle-down", "size": 9 * scale, "color": theme.ticket},
        "name": words.texts("kpi.ticket"),
        "hovertemplate": f"{words.texts('kpi.ticket')} %{{x}}<extra></extra>",
        "cliponaxis": False,
    }


def _layout(
    words: Words, as_of: datetime, span: tuple[datetime, datetime], scale: float, theme: Theme
) -> dict[str, Any]:
    return theme.base_layout(scale) | {
        "margin": {"l": 52 * scale, "r": 12 * scale, "t": 10 * scale, "b": 26 * scale},
        "hovermode": "x unified",
        "dragmode": False,
        "xaxis": time_axis(words, span, scale, theme),
        "yaxis": {
            "gridcolor": theme.grid,
            "zeroline": False,
            "tickfont": {"size": round(13 * scale), "color": theme.muted},
            "nticks": 4,
            "fixedrange": True,
        },
        "yaxis2": {"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True},
        "shapes": [now_line(as_of, words.zone, scale, theme)],
    }

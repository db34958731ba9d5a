"""One KPI over time: measured against the cell's own normal, its limit, and what is to come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from dashboard.web.figures.theme import Figure, Theme
from dashboard.web.view.kpis import Series, Values
from dashboard.web.view.marks import plain
from dashboard.web.view.timeline import Mark
from dashboard.web.view.words import Words

_DAY_MS = 86_400_000
_MONDAY = "2024-01-01"
# Ticks by length of the axis in days: (up to, distance of ticks in days, of lines between in days).
_TICKS = ((1.6, 0.25, 1 / 24), (5.2, 1, 0.25), (11, 2, 1), (60, 7, 1))


def kpi_figure(
    series: Series,
    *,
    words: Words,
    as_of: datetime,
    span: tuple[datetime, datetime],
    tickets: Sequence[datetime],
    scale: float,
    theme: Theme,
    lows: Sequence[bool | None] = (),
    marks: Sequence[Mark] = (),
    ghost: tuple[datetime, Values] | None = None,
) -> Figure:
    """Normal band, measured line, forecast with interval, limit, "now", complaints as flags above.

    Args:
        series: the KPI's values.
        words: texts and the zone in which times are drawn.
        as_of: where "now" stands.
        span: the time axis, the same on all charts of a page.
        tickets: when complaints came in.
        scale: size of type; 1 at 1080 lines.
        theme: the colours.
        lows: of each ticket, whether it was of low satisfaction; those flags are filled.
        marks: works, alarms and events, drawn as stretches along the lower edge.
        ghost: last week's values and where they begin on this axis.
    """
    texts, zone = words.texts, words.zone
    back = _axis(series.start, series.step.total_seconds(), zone)
    traces = _band(series.lower, series.upper, back, theme.normal_band, texts("kpi.normal"))
    if ghost is not None and np.isfinite(ghost[1]).any():
        traces.append(_ghost(ghost, series.step, words, scale, theme))
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
    traces.append(_flags(tickets, lows, words, scale, theme))
    traces += _stretches(marks, words, scale, theme)
    layout = _layout(words, as_of, span, scale, theme)
    _add_limit(layout, series, words, scale, theme)
    return {"data": traces, "layout": layout}


def time_axis(
    words: Words, span: tuple[datetime, datetime], scale: float, theme: Theme
) -> dict[str, Any]:
    """The time axis of a page's charts, in local time; long ones are marked at Mondays."""
    days = (span[1] - span[0]) / timedelta(days=1)
    step, between = next((s, b) for most, s, b in (*_TICKS, (1e9, 28, 7)) if days <= most)
    line = {"gridcolor": theme.grid, "gridwidth": 1}
    return {
        "type": "date",
        "range": [local(moment, words.zone) for moment in span],
        "tickformat": words.texts("format.axis_day" if step >= 1 else "cell_axis.hour"),
        "hoverformat": words.texts("format.axis_hover"),
        "tickfont": {"size": round(13 * scale), "color": theme.muted},
        "tick0": _MONDAY,
        "dtick": step * _DAY_MS,
        "minor": {
            "tick0": _MONDAY,
            "dtick": between * _DAY_MS,
            "ticks": "",
            "showgrid": True,
            "gridcolor": theme.grid,
            "gridwidth": 0.5,
        },
        "tickangle": 0,
        **line,
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


def mark_colour(kind: str, theme: Theme) -> str:
    """Of what happened; none of them is a status."""
    colours = {"ticket": theme.ticket, "works": theme.categories[1], "event": theme.categories[3]}
    return colours.get(kind, theme.categories[5])


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


def _ghost(
    ghost: tuple[datetime, Values], step: timedelta, words: Words, scale: float, theme: Theme
) -> dict[str, Any]:
    return {
        "type": "scatter",
        **_axis(ghost[0], step.total_seconds(), words.zone),
        "y": _short(ghost[1]),
        "mode": "lines",
        "line": {"color": theme.muted, "width": scale, "dash": "dash"},
        "name": words.texts("kpi.last_week"),
        "connectgaps": False,
    }


def _flags(
    tickets: Sequence[datetime],
    lows: Sequence[bool | None],
    words: Words,
    scale: float,
    theme: Theme,
) -> dict[str, Any]:
    # A filled flag is of low satisfaction; without knowledge of any, all are filled.
    filled = [low is True for low in lows] or [True] * len(tickets)
    return {
        "type": "scatter",
        "x": [local(moment, words.zone) for moment in tickets],
        "y": [1] * len(tickets),
        "yaxis": "y2",
        "mode": "markers",
        "marker": {
            "symbol": ["triangle-down" if low else "triangle-down-open" for low in filled],
            "size": 9 * scale,
            "color": theme.ticket,
        },
        "name": words.texts("kpi.ticket"),
        "text": [words.texts("kpi.low_ticket" if low else "kpi.ticket") for low in filled],
        "hovertemplate": "%{text} %{x}<extra></extra>",
        "cliponaxis": False,
    }


def _stretches(
    marks: Sequence[Mark], words: Words, scale: float, theme: Theme
) -> list[dict[str, Any]]:
    """One line a kind along the lower edge, told on hover at its beginning."""
    traces = []
    for kind in dict.fromkeys(mark.kind for mark in marks):
        x: list[str | None] = []
        text: list[str] = []
        for mark in (mark for mark in marks if mark.kind == kind):
            start = local(mark.start, words.zone)
            x += [start, local(mark.end or mark.start, words.zone), None]
            text += [plain(mark.text)] * 2 + [""]
        traces.append(
            {
                "type": "scatter",
                "x": x,
                "y": [0.0 if at else None for at in x],
                "yaxis": "y2",
                "mode": "lines+markers",
                "line": {"color": mark_colour(kind, theme), "width": 4 * scale},
                "marker": {"symbol": "line-ns", "size": 9 * scale,
                           "line": {"color": mark_colour(kind, theme), "width": 2 * scale}},
                "text": text,
                "name": words.texts(f"lane.{kind}"),
                "hovertemplate": f"{words.texts(f'lane.{kind}')} %{{text}}<extra></extra>",
                "cliponaxis": False,
            }
        )  # fmt: skip
    return traces


def _add_limit(
    layout: dict[str, Any], series: Series, words: Words, scale: float, theme: Theme
) -> None:
    """The catalogue's limit as a line with its value, where the values come anywhere near it."""
    limit = series.kpi.limit
    shown = np.concatenate([series.value, series.upper, series.lower, series.mean])
    shown = shown[np.isfinite(shown)]
    if limit is None or not len(shown):
        return
    low, high = float(shown.min()), float(shown.max())
    room = max(high - low, 1e-9)
    if not low - 0.6 * room <= limit <= high + 0.6 * room:
        return  # far off, it would press the line flat
    line = {"color": theme.text, "width": scale, "dash": "longdash"}
    layout["shapes"].append(
        {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": limit, "y1": limit, "line": line}
    )
    layout["annotations"] = [
        {
            "xref": "paper", "x": 0, "y": limit, "xanchor": "left",
            "yanchor": "top" if limit >= low + room / 2 else "bottom", "showarrow": False,
            "text": words.texts("kpi.limit", limit=words.with_unit(limit, series.kpi)),
            "font": {"size": round(12 * scale), "color": theme.muted},
        }
    ]  # fmt: skip
    # A line alone does not stretch the axis.
    pad = 0.06 * (max(high, limit) - min(low, limit))
    layout["yaxis"]["range"] = [min(low, limit) - pad, max(high, limit) + pad]


def _layout(
    words: Words, as_of: datetime, span: tuple[datetime, datetime], scale: float, theme: Theme
) -> dict[str, Any]:
    return theme.base_layout(scale) | {
        "margin": {"l": 52 * scale, "r": 12 * scale, "t": 10 * scale, "b": 26 * scale},
        "hovermode": "x unified",
        "dragmode": "zoom",
        "xaxis": time_axis(words, span, scale, theme),
        "yaxis": {
            "gridcolor": theme.grid,
            "zeroline": False,
            "tickfont": {"size": round(13 * scale), "color": theme.muted},
            "nticks": 4,
            "fixedrange": True,
        },
        "yaxis2": {
            "overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True,
            "zeroline": False, "showgrid": False,
        },
        "shapes": [now_line(as_of, words.zone, scale, theme)],
    }  # fmt: skip

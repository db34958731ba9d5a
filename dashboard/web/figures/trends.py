"""Trends by day, week or month: curves with their names beside them, as pure data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np

from dashboard.web.figures.labels import text_width
from dashboard.web.figures.theme import Figure, Theme
from dashboard.web.figures.trend_names import LABEL, end_label, names_of
from dashboard.web.figures.trend_parts import Axis, Band, Curve, Mark, Scale, Style

_WIDTH: dict[Style, float] = {
    "main": 2.6, "line": 2.0, "thin": 1.4, "dash": 1.4, "dot": 2.2, "faint": 1.0,
}  # fmt: skip
_DASH = {"dash": "6px,4px", "dot": "2px,4px"}
_TOP = 26  # room for the names of marks


def trend_figure(
    curves: Sequence[Curve],
    *,
    axis: Axis,
    scale: Scale,
    theme: Theme,
    height: float,
    size: float,
    band: Band | None = None,
    marks: Sequence[Mark] = (),
    now: tuple[date, str] | None = None,
    right: float | None = None,
) -> Figure:
    """Curves on one time axis; names stand at their ends, moved apart where they would touch.

    Args:
        curves: the first drawn lie below.
        axis: time.
        scale: values.
        theme: the colours.
        height: of the box in pixels: names keep clear of one another by it.
        size: of type; 1 at 1080 lines.
        band: interval of a forecast.
        marks: holidays as bands, events as flags.
        now: where the data end, and what that line is called.
        right: margin for the names in pixels, where several charts share it; as wide as the
            longest when left out.
    """
    traces: list[dict[str, Any]] = []
    if band is not None and len(band.days) > 0:
        traces.append(_band(band, theme))
    for curve in curves:
        traces += _traces(curve, theme, size)
    named = [curve for curve in curves if curve.label]
    longest = max((text_width(curve.label, LABEL * size) for curve in named), default=0.0)
    margin = {
        "l": scale.beside(size),
        "r": round(right or (longest + 18 * size if named else 14 * size)),
        "t": round((_TOP if any(mark.name for mark in marks) else 8) * size),
        "b": axis.below(size),
    }
    plot = height - margin["t"] - margin["b"]
    shapes, notes, flags = _marks(marks, axis, theme, size)
    traces += flags
    if now is not None and axis.first <= now[0] <= axis.last:
        shapes.append(_vertical(now[0], theme))
        notes.append(_note(now[1], now[0], theme.accent, size))
    notes += [_value(curve, size) for curve in curves if curve.value_at is not None]
    layout = theme.base_layout(size) | {
        "margin": margin,
        "hovermode": "x unified" if len(curves) < 9 else "closest",
        "dragmode": False,
        "xaxis": axis.drawn(theme, size),
        "yaxis": scale.drawn(theme, size),
        "yaxis2": {"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True},
        "shapes": shapes,
        "annotations": [*notes, *names_of(named, scale, plot, size)],
    }
    return {"data": traces, "layout": layout}


def stacked_figure(
    parts: Sequence[Curve],
    *,
    axis: Axis,
    scale: Scale,
    theme: Theme,
    size: float,
    right: float,
    inks: Sequence[str],
) -> Figure:
    """Shares of a whole as columns on one another, named beside the last one in ``inks``."""
    wide = 0.76 * axis.step * 86_400_000
    traces = [
        {
            "type": "bar",
            "x": [day.isoformat() for day in part.days],
            "y": _plain(part.values),
            "width": wide,
            "marker": {"color": part.colour, "line": {"width": 0}},
            "customdata": list(part.hover) or [""] * len(part.days),
            "hovertemplate": "%{customdata}<extra></extra>",
            "name": part.label,
        }
        for part in parts
    ]
    notes = []
    below = 0.0
    known = [i for i, value in enumerate(parts[0].values) if np.isfinite(value)] if parts else []
    for part, ink in zip(parts, inks, strict=True):
        if not known:
            break
        share = float(part.values[known[-1]])
        notes.append(
            end_label(part.label, ink, axis.range[1], below + share / 2, shift=0, size=size)
        )
        below += share
    layout = theme.base_layout(size) | {
        "barmode": "stack",
        "margin": {
            "l": scale.beside(size),
            "r": round(right),
            "t": round(8 * size),
            "b": axis.below(size),
        },
        "hovermode": "x unified",
        "dragmode": False,
        "xaxis": axis.drawn(theme, size),
        "yaxis": scale.drawn(theme, size),
        "annotations": notes,
    }
    return {"data": traces, "layout": layout}


def _traces(curve: Curve, theme: Theme, size: float) -> list[dict[str, Any]]:
    days = [day.isoformat() for day in curve.days]
    values = np.array(curve.values, dtype=float)
    is_open = np.array(curve.open, dtype=bool) if curve.open else np.zeros(len(days), dtype=bool)
    whole = np.where(is_open, np.nan, values)
    line: dict[str, Any] = {"color": curve.colour, "width": _WIDTH[curve.style] * size}
    if curve.style in _DASH:
        line["dash"] = _DASH[curve.style]
    dots = curve.style == "main" and len(days) <= 60
    traces = [
        {
            "type": "scatter",
            "x": days,
            "y": _plain(values if curve.style in _DASH else whole),
            "mode": "lines+markers" if dots or np.isfinite(whole).sum() == 1 else "lines",
            "line": line,
            "marker": {"size": 5 * size, "color": curve.colour},
            "opacity": 0.55 if curve.style == "faint" else 1,
            "connectgaps": False,
            "customdata": list(curve.hover) or [""] * len(days),
            "hovertemplate": "%{customdata}<extra></extra>",
            "hoverinfo": None if curve.hover else "skip",
            "name": curve.label,
        }
    ]
    if not curve.hover:
        traces[0] |= {"hovertemplate": None, "hoverinfo": "skip"}
    at = np.flatnonzero(is_open & np.isfinite(values))
    if len(at) and curve.style not in _DASH:
        traces += _hollow(curve, days, values, at, size=size, theme=theme)
    return traces


def _hollow(
    curve: Curve,
    days: list[str],
    values: np.ndarray[Any, np.dtype[np.float64]],
    at: np.ndarray[Any, np.dtype[np.int64]],
    *,
    size: float,
    theme: Theme,
) -> list[dict[str, Any]]:
    """What is not over yet: dashed towards it, a hollow point."""
    xs: list[str | None] = []
    ys: list[float | None] = []
    for i in at:
        for a in (i - 1, i):
            if a >= 0 and a + 1 < len(days) and (a == i - 1 or a + 1 not in at):
                xs += [days[a], days[a + 1], None]
                ys += [*_plain(values[a : a + 2]), None]
    shared = {"type": "scatter", "name": curve.label, "hoverinfo": "skip"}
    line = {"color": curve.colour, "width": 1.4 * size, "dash": "2px,3px"}
    hollow = {
        "type": "scatter",
        "x": [days[i] for i in at],
        "y": _plain(values[at]),
        "mode": "markers",
        "marker": {
            "size": 8 * size,
            "color": theme.panel,
            "line": {"color": curve.colour, "width": 1.8 * size},
        },
        "customdata": [curve.hover[i] if curve.hover else "" for i in at],
        "hovertemplate": "%{customdata}<extra></extra>",
        "name": curve.label,
    }
    return [{**shared, "x": xs, "y": ys, "mode": "lines", "line": line}, hollow]


def _band(band: Band, theme: Theme) -> dict[str, Any]:
    days = [day.isoformat() for day in band.days]
    return {
        "type": "scatter",
        "x": [*days, *reversed(days)],
        "y": _plain([*band.upper, *reversed(list(band.lower))]),
        "mode": "lines",
        "line": {"width": 0},
        "fill": "toself",
        "fillcolor": theme.forecast_band,
        "hoverinfo": "skip",
        "name": "",
    }


def _marks(
    marks: Sequence[Mark], axis: Axis, theme: Theme, size: float
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """Bands with names above, flags for events; a name that would cover another is left out."""
    shapes: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    flags: list[Mark] = []
    span = max((axis.last - axis.first).days + axis.step, 1)
    taken = -1e9
    for mark in sorted(marks, key=lambda mark: mark.first):
        if mark.last < axis.first or mark.first > axis.last + timedelta(days=axis.step):
            continue
        flags.append(mark)
        if not mark.flag:
            first, last = max(mark.first, axis.first), min(mark.last, axis.last)
            shapes.append(
                {
                    "type": "rect", "xref": "x", "yref": "paper", "y0": 0, "y1": 1,
                    "x0": first.isoformat(), "x1": (last + timedelta(days=1)).isoformat(),
                    "fillcolor": theme.normal_band, "line": {"width": 0}, "layer": "below",
                }
            )  # fmt: skip
        # A name must have ended before the next begins; charts are 1,400 pixels wide or more.
        at = (mark.first - axis.first).days / span
        if mark.name and at > taken:
            notes.append(_note(mark.name, mark.first, theme.muted, size))
            taken = at + 0.01 + text_width(mark.name, 12 * size) / (1400 * size)
    trace = {
        "type": "scatter",
        "x": [max(mark.first, axis.first).isoformat() for mark in flags],
        "y": [1.0] * len(flags),
        "yaxis": "y2",
        "mode": "markers",
        "marker": {
            "symbol": ["triangle-down" if mark.flag else "line-ew" for mark in flags],
            "size": 8 * size,
            "color": theme.muted,
        },
        "customdata": [mark.hover for mark in flags],
        "hovertemplate": "%{customdata}<extra></extra>",
        "cliponaxis": False,
        "name": "",
    }
    return shapes, notes, [trace] if flags else []


def _value(curve: Curve, size: float) -> dict[str, Any]:
    assert curve.value_at is not None
    at, text = curve.value_at
    return {
        "text": f"<b>{text}</b>", "x": curve.days[at].isoformat(), "y": float(curve.values[at]),
        "yanchor": "bottom", "yshift": 6 * size, "showarrow": False,
        "font": {"size": round(15 * size), "color": curve.colour},
    }  # fmt: skip


def _note(text: str, day: date, colour: str, size: float) -> dict[str, Any]:
    return {
        "text": text, "x": day.isoformat(), "y": 1, "yref": "paper", "yanchor": "bottom",
        "xanchor": "left", "yshift": 4 * size, "showarrow": False,
        "font": {"size": round(12 * size), "color": colour},
    }  # fmt: skip


def _vertical(day: date, theme: Theme) -> dict[str, Any]:
    at = day.isoformat()
    line = {"color": theme.accent, "width": 1, "dash": "2px,3px"}
    return {"type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper", "line": line}


def _plain(values: Sequence[float] | np.ndarray[Any, np.dtype[np.float64]]) -> list[float | None]:
    return [float(v) if np.isfinite(v) else None for v in np.asarray(values, dtype=float)]

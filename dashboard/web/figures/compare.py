"""One KPI of several cells in one chart, and of a cell beside its neighbours'."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from dashboard.web.figures.kpi import local, now_line, time_axis
from dashboard.web.figures.theme import Figure, Theme
from dashboard.web.view.lines import Line
from dashboard.web.view.marks import plain
from dashboard.web.view.words import Words

_LEAST = 0.085  # of the height: names at the ends of lines stand no closer


def compare_figure(
    lines: Sequence[Line],
    *,
    words: Words,
    as_of: datetime,
    span: tuple[datetime, datetime],
    colours: Sequence[str],
    limit: float | None,
    scale: float,
    theme: Theme,
) -> Figure:
    """A line per cell with its name at its end, in the line's colour.

    Args:
        lines: see ``view.lines``.
        words: the zone in which times are drawn.
        as_of: where "now" stands.
        span: the time axis.
        colours: one a line.
        limit: of the KPI, as a line; None without one.
        scale: size of type; 1 at 1080 lines.
        theme: the colours.
    """
    traces: list[dict[str, Any]] = []
    for line, colour in zip(lines, colours, strict=True):
        traces.append(
            {
                "type": "scatter",
                "x0": local(line.start, words.zone),
                "dx": 1000 * line.step.total_seconds(),
                "y": line.value.astype(np.float32),
                "mode": "lines+markers" if np.isfinite(line.value).sum() < 30 else "lines",
                "line": {"color": colour, "width": 1.6 * scale},
                "marker": {"size": 4 * scale, "color": colour},
                "name": plain(line.name),
                "connectgaps": False,
            }
        )
    shapes = [now_line(as_of, words.zone, scale, theme)]
    low, high = reach(lines)
    if limit is not None and low - (high - low) <= limit <= high + (high - low):
        dash = {"color": theme.text, "width": scale, "dash": "longdash"}
        shapes.append(
            {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": limit, "y1": limit,
             "line": dash}
        )  # fmt: skip
        low, high = min(low, limit), max(high, limit)
    pad = 0.05 * max(high - low, 1e-9)
    layout = theme.base_layout(scale) | {
        "margin": {"l": 52 * scale, "r": 112 * scale, "t": 8 * scale, "b": 26 * scale},
        "hovermode": "x unified",
        "dragmode": "zoom",
        "xaxis": time_axis(words, span, scale, theme),
        "yaxis": _y_axis(scale, theme) | {"range": [low - pad, high + pad]},
        "shapes": shapes,
        "annotations": _names(lines, colours, low - pad, high + pad, scale),
    }
    return {"data": traces, "layout": layout}


def beside_figure(
    line: Line,
    *,
    words: Words,
    as_of: datetime,
    span: tuple[datetime, datetime],
    values: tuple[float, float],
    colour: str,
    scale: float,
    theme: Theme,
) -> Figure:
    """One small multiple: the axes are the same on all of them.

    Args:
        line: the cell's KPI.
        words: the zone in which times are drawn.
        as_of: where "now" stands.
        span: the time axis.
        values: lowest and highest value of all of them.
        colour: of the line.
        scale: size of type; 1 at 1080 lines.
        theme: the colours.
    """
    pad = 0.05 * max(values[1] - values[0], 1e-9)
    trace = {
        "type": "scatter",
        "x0": local(line.start, words.zone),
        "dx": 1000 * line.step.total_seconds(),
        "y": line.value.astype(np.float32),
        "mode": "lines",
        "line": {"color": colour, "width": 1.4 * scale},
        "name": plain(line.name),
        "connectgaps": False,
    }
    axis = time_axis(words, span, scale, theme) | {"nticks": 4}
    layout = theme.base_layout(scale) | {
        "margin": {"l": 44 * scale, "r": 8 * scale, "t": 6 * scale, "b": 24 * scale},
        "hovermode": "x unified",
        "dragmode": "zoom",
        "xaxis": axis,
        "yaxis": _y_axis(scale, theme) | {"range": [values[0] - pad, values[1] + pad], "nticks": 3},
        "shapes": [now_line(as_of, words.zone, scale, theme)],
    }
    return {"data": [trace], "layout": layout}


def reach(lines: Sequence[Line]) -> tuple[float, float]:
    """Lowest and highest value of all lines; 0 and 1 where there is none."""
    values = np.concatenate([line.value for line in lines]) if lines else np.array([])
    values = values[np.isfinite(values)]
    return (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)


def _y_axis(scale: float, theme: Theme) -> dict[str, Any]:
    return {
        "gridcolor": theme.grid,
        "zeroline": False,
        "tickfont": {"size": round(13 * scale), "color": theme.muted},
        "nticks": 4,
        "fixedrange": True,
    }


def _names(
    lines: Sequence[Line], colours: Sequence[str], low: float, high: float, scale: float
) -> list[dict[str, Any]]:
    """Names at the right, at the height of the newest values, moved apart where they would meet."""
    pairs = zip(lines, colours, strict=True)
    told = [(line, colour) for line, colour in pairs if line.last is not None]
    told.sort(key=lambda pair: pair[0].last or 0.0)
    notes: list[dict[str, Any]] = []
    at = -1.0
    heights = []
    for line, _ in told:
        at = max(((line.last or 0.0) - low) / max(high - low, 1e-9), at + _LEAST)
        heights.append(at)
    over = max(0.0, (heights[-1] if heights else 0.0) - 1.0)
    for (line, colour), height in zip(told, heights, strict=True):
        notes.append(
            {
                "xref": "paper", "yref": "paper", "x": 1.0, "y": height - over,
                "xanchor": "left", "yanchor": "middle", "showarrow": False, "xshift": 6 * scale,
                "text": plain(_short(line.name)),
                "font": {"size": round(12 * scale), "color": colour},
            }
        )  # fmt: skip
    return notes


def _short(name: str) -> str:
    return name if len(name) <= 10 else f"…{name[-9:]}"

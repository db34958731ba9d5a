"""Trends by day, week or month: curves with their names beside them, as pure data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

import numpy as np

from dashboard.web.figures.labels import text_width
from dashboard.web.figures.theme import Figure, Theme

Style = Literal["main", "line", "thin", "dash", "dot", "faint"]
_WIDTH: dict[Style, float] = {
    "main": 2.6, "line": 2.0, "thin": 1.4, "dash": 1.4, "dot": 2.2, "faint": 1.0,
}  # fmt: skip
_DASH = {"dash": "6px,4px", "dot": "2px,4px"}
_LABEL = 13  # type size of names at the ends of curves
_TOP = 26  # room for the names of marks


@dataclass(frozen=True)
class Curve:
    """One measure over time.

    Attributes:
        label: its name, written at its end; empty: none.
        days: first day of each period.
        values: NaN is a gap.
        open: which periods are not over (or not whole): drawn hollow and dashed.
        colour: of line and name.
        style: ``main`` (the one looked at), ``line``, ``thin``, ``dash``, ``dot``, ``faint``.
        hover: what is said of each period.
        value_at: number of the point that carries its value, and that value in words.
    """

    label: str
    days: Sequence[date]
    values: Sequence[float]
    colour: str
    open: Sequence[bool] = ()
    style: Style = "main"
    hover: Sequence[str] = ()
    value_at: tuple[int, str] | None = None


@dataclass(frozen=True)
class Band:
    """An interval ahead: first day of each period, lower and upper bound."""

    days: Sequence[date]
    lower: Sequence[float]
    upper: Sequence[float]


@dataclass(frozen=True)
class Mark:
    """Something that happened: days, a short name (empty: hover alone), and the whole."""

    first: date
    last: date
    name: str
    hover: str
    flag: bool = False


@dataclass(frozen=True)
class Axis:
    """The time axis of a page's charts.

    Attributes:
        first: where it begins.
        last: where it ends.
        step: days of a typical period.
        ticks: days that are named, with their names.
    """

    first: date
    last: date
    step: float
    ticks: Sequence[tuple[date, str]]

    @property
    def range(self) -> list[str]:
        """With half a period of room on both sides."""
        room = timedelta(days=self.step / 2)
        return [
            f"{_midnight(self.first) - room:%Y-%m-%dT%H:%M}",
            f"{_midnight(self.last) + room:%Y-%m-%dT%H:%M}",
        ]

    def below(self, size: float) -> int:
        """Pixels that the names of days take below the plot; years stand on a second line."""
        lines = 2 if any("<br>" in text for _, text in self.ticks) else 1
        return round((10 + 18 * lines) * size)


@dataclass(frozen=True)
class Scale:
    """The value axis: range, ticks and how a value is written."""

    lower: float
    upper: float
    write: Callable[[float], str]
    ticks: Sequence[float] = field(default=())


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
    longest = max((text_width(curve.label, _LABEL * size) for curve in named), default=0.0)
    ticks = [scale.write(value) for value in scale.ticks]
    margin = {
        "l": round(max((text_width(text, 13 * size) for text in ticks), default=0) + 12 * size),
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
        "xaxis": {
            "type": "date",
            "range": axis.range,
            "tickvals": [day.isoformat() for day, _ in axis.ticks],
            "ticktext": [text for _, text in axis.ticks],
            "tickfont": {"size": round(13 * size), "color": theme.muted},
            "tickangle": 0,
            "showgrid": False,
            "zeroline": False,
            "ticks": "",
            "unifiedhovertitle": {"text": ""},
            "fixedrange": True,
        },
        "yaxis": {
            "range": [scale.lower, scale.upper],
            "tickvals": list(scale.ticks),
            "ticktext": ticks,
            "tickfont": {"size": round(13 * size), "color": theme.muted},
            "gridcolor": theme.grid,
            "zeroline": False,
            "fixedrange": True,
        },
        "yaxis2": {"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True},
        "shapes": shapes,
        "annotations": [*notes, *_names(named, scale, plot, size)],
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
            _end_label(part.label, ink, axis.range[1], below + share / 2, shift=0, size=size)
        )
        below += share
    ticks = [scale.write(value) for value in scale.ticks]
    layout = theme.base_layout(size) | {
        "barmode": "stack",
        "margin": {
            "l": round(max((text_width(text, 13 * size) for text in ticks), default=0) + 12 * size),
            "r": round(right),
            "t": round(8 * size),
            "b": axis.below(size),
        },
        "hovermode": "x unified",
        "dragmode": False,
        "xaxis": {
            "type": "date",
            "range": axis.range,
            "tickvals": [day.isoformat() for day, _ in axis.ticks],
            "ticktext": [text for _, text in axis.ticks],
            "tickfont": {"size": round(13 * size), "color": theme.muted},
            "tickangle": 0,
            "showgrid": False,
            "ticks": "",
            "unifiedhovertitle": {"text": ""},
            "fixedrange": True,
        },
        "yaxis": {
            "range": [0, 1],
            "tickvals": list(scale.ticks),
            "ticktext": ticks,
            "tickfont": {"size": round(13 * size), "color": theme.muted},
            "gridcolor": theme.grid,
            "zeroline": False,
            "fixedrange": True,
        },
        "annotations": notes,
    }
    return {"data": traces, "layout": layout}


def value_ticks(lower: float, upper: float, wanted: int = 4) -> list[float]:
    """Round numbers from ``lower`` to ``upper``, about as many as wanted."""
    if not upper > lower:
        return [lower]
    raw = (upper - lower) / wanted
    power = 10.0 ** np.floor(np.log10(raw))
    step = next(power * n for n in (1, 2, 2.5, 5, 10) if power * n >= raw * 0.999)
    first = np.ceil(lower / step - 1e-9)
    # + 0.0: no "-0"
    return [float(round(n * step, 10)) + 0.0 for n in np.arange(first, upper / step + 1e-9)]


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


def _names(curves: Sequence[Curve], scale: Scale, plot: float, size: float) -> list[dict[str, Any]]:
    """The curves' names at their last values, no two nearer than a line of text."""
    ends = []
    for curve in curves:
        known = np.flatnonzero(np.isfinite(np.array(curve.values, dtype=float)))
        if len(known):
            ends.append((curve, curve.days[known[-1]], float(curve.values[known[-1]])))
    if not ends:
        return []
    edge = max(day for _, day, _ in ends)
    pixels = plot / (scale.upper - scale.lower)
    at = np.array([(value - scale.lower) * pixels for _, _, value in ends])
    moved = spread(at, 16 * size, plot)
    return [
        _end_label(
            curve.label,
            curve.colour,
            edge.isoformat(),
            value,
            shift=float(moved[i] - at[i]),
            size=size,
        )
        for i, (curve, _, value) in enumerate(ends)
    ]


def spread(at: np.ndarray[Any, np.dtype[np.float64]], gap: float, most: float) -> Any:  # noqa: ANN401
    """Positions moved as little as needed to be ``gap`` apart, within 0 … ``most``.

    Neighbours that are too near are pooled about their common middle (the pool-adjacent-violators
    way of isotonic regression), so the order stays.
    """
    order = np.argsort(at, kind="stable")
    blocks: list[list[float]] = []  # sum of what each would like as its block's start, count
    for rank, i in enumerate(order):
        del rank
        blocks.append([float(at[i]), 1.0])
        while len(blocks) > 1:
            (a, n), (b, m) = blocks[-2], blocks[-1]
            if a / n + (n - 1) * gap + gap <= b / m:
                break
            # the second block starts n places after the first
            blocks[-2:] = [[a + b - m * n * gap, n + m]]
    found = np.empty(len(at))
    k = 0
    for total, count in blocks:
        start = min(max(total / count, 0.0), max(most - (count - 1) * gap, 0.0))
        for j in range(int(count)):
            found[order[k]] = start + j * gap
            k += 1
    return found


def _end_label(
    text: str, colour: str, x: str, y: float, *, shift: float, size: float
) -> dict[str, Any]:
    return {
        "text": text, "x": x, "y": y, "xanchor": "left", "xshift": 8 * size, "yshift": shift,
        "yanchor": "middle", "showarrow": False, "align": "left",
        "font": {"size": round(_LABEL * size), "color": colour},
    }  # fmt: skip


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


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001  wall time, as it is drawn


def _plain(values: Sequence[float] | np.ndarray[Any, np.dtype[np.float64]]) -> list[float | None]:
    return [float(v) if np.isfinite(v) else None for v in np.asarray(values, dtype=float)]

"""The next hours as bars, with works and events on lanes below them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dashboard.web.figures.theme import CLEAR, Figure, Theme

_LANES = {"works": 1.35, "events": 0.55}  # from the axis down, in units of a lane's height
_LANE = 0.11  # a lane's height as a share of the bars'
_LANE_LARGE = 0.06


@dataclass(frozen=True)
class Bars:
    """What the strip shows; times are local and without zone, for the axis.

    Attributes:
        starts: beginning of each hour.
        expected: complaints in it.
        hovers: what is shown under the pointer.
        days: beginning of each local day (the first: of the strip) and its name.
        plans: kind (``works``, ``events``), beginning, end, hover.
        now: where the horizon begins.
        until: where it ends.
        empty: said in the middle where there are no hours.
    """

    starts: Sequence[datetime]
    expected: Sequence[float]
    hovers: Sequence[str]
    days: Sequence[tuple[datetime, str]]
    plans: Sequence[tuple[str, datetime, datetime, str]]
    now: datetime
    until: datetime
    empty: str = ""


def hours_figure(bars: Bars, theme: Theme, scale: float, *, large: bool = False) -> Figure:
    """Bars by hour, a line at each midnight, lanes of works and events.

    Args:
        bars: what to show.
        theme: the colours.
        scale: size of type; 1 at 1080 lines.
        large: with hours and numbers on the axes, for a board of its own.
    """
    top = max([*bars.expected, 1e-9])
    lane, half = _LANE_LARGE if large else _LANE, timedelta(minutes=30)
    size = round((22 if large else 20) * scale)
    traces: list[dict[str, Any]] = [
        {
            "type": "bar",
            "x": [start + half for start in bars.starts],
            "y": list(bars.expected),
            "width": 3600e3 * 0.78,
            "marker": {"color": theme.forecast, "line": {"width": 0}},
            "hovertext": list(bars.hovers),
            "hoverinfo": "text",
        }
    ]
    traces += [_lane(bars, kind, lane * top, theme, scale) for kind in _LANES]
    shapes = [
        {
            "type": "line", "xref": "x", "yref": "paper", "x0": start, "x1": start, "y0": 0,
            "y1": 1, "line": {"color": theme.grid, "width": scale}, "layer": "below",
        }
        for start, _ in bars.days[1:]
    ]  # fmt: skip
    notes = [
        {
            "xref": "x", "yref": "paper", "x": start, "y": 1, "xanchor": "left",
            "yanchor": "bottom", "xshift": 4 * scale, "text": name, "showarrow": False,
            "font": {"size": size, "color": theme.muted},
        }
        for start, name in bars.days
    ]  # fmt: skip
    if not bars.starts:
        notes = [
            {
                "xref": "paper", "yref": "paper", "x": 0, "y": 0.5, "xanchor": "left",
                "text": bars.empty, "showarrow": False, "align": "left",
                "font": {"size": size, "color": theme.muted},
            }
        ]  # fmt: skip
    axis = {"showgrid": False, "zeroline": False, "fixedrange": True}
    y = {**axis, "range": [-lane * 2 * top, 1.04 * top], "visible": large}
    x = {**axis, "range": [bars.now, bars.until], "visible": large, "type": "date"}
    if large:
        font = {"size": round(20 * scale), "color": theme.muted}
        y |= {"tickfont": font, "gridcolor": theme.grid, "showgrid": True, "rangemode": "tozero",
              "tick0": 0, "nticks": 5, "tickvals": _ticks(top)}  # fmt: skip
        x |= {"tickfont": font, "dtick": 6 * 3600e3, "tickformat": "%H", "ticks": "outside",
              "tickcolor": theme.grid}  # fmt: skip
    margin = {"l": 56, "r": 8, "t": 36, "b": 40} if large else {"l": 0, "r": 0, "t": 30, "b": 0}
    layout = theme.base_layout(scale) | {
        "margin": {side: value * scale for side, value in margin.items()},
        "bargap": 0,
        "xaxis": x,
        "yaxis": y,
        "shapes": shapes,
        "annotations": notes,
        "uirevision": "keep",
        "hovermode": "closest",
    }
    return {"data": traces, "layout": layout}


def _lane(bars: Bars, kind: str, height: float, theme: Theme, scale: float) -> dict[str, Any]:
    """One lane: a thick line from each beginning to each end."""
    colour = theme.categories[1] if kind == "works" else theme.categories[3]
    place = -height * _LANES[kind]
    x: list[datetime | None] = []
    text: list[str] = []
    for name, start, end, hover in bars.plans:
        if name == kind:
            x += [max(start, bars.now), min(max(end, start), bars.until), None]
            text += [hover, hover, ""]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": x,
        "y": [place if moment else None for moment in x],
        "line": {"color": colour, "width": 6 * scale},
        "marker": {"color": colour, "size": 6 * scale, "symbol": "square"},
        "text": text,
        "hoverinfo": "text",
        "fillcolor": CLEAR,
    }


def _ticks(top: float) -> list[float]:
    """Round numbers up to the highest bar; the lanes below zero have none."""
    for step in (0.05, 0.1, 0.2, 0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000):
        if top / step <= 5:
            return [round(step * n, 2) for n in range(int(top / step) + 1)]
    return [0, top]

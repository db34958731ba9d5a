"""The funnel of regions: which rates chance alone would not bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dashboard.trends.funnel import LIMITS, Funnel
from dashboard.web.figures.labels import text_width
from dashboard.web.figures.theme import Figure, Theme
from dashboard.web.figures.trend_names import spread
from dashboard.web.figures.trend_parts import value_ticks

_POINTS = 80


@dataclass(frozen=True)
class Spot:
    """One region.

    Attributes:
        exposure: its subscribers.
        rate: complaints per 10,000 of them.
        outside: ``high_998``, ``high_95``, ``low_95``, ``low_998`` or None.
        hover: what is said of it.
    """

    key: str
    name: str
    exposure: float
    rate: float
    outside: str | None
    hover: str


def funnel_figure(
    spots: Sequence[Spot],
    funnel: Funnel,
    *,
    theme: Theme,
    size: float,
    height: float,
    width: float,
    x_title: str,
    average: str,
    limits: dict[str, str],
    chosen: str | None = None,
) -> Figure:
    """Regions by size and rate, with the limits of chance around the common rate.

    Those beyond the outer limits are named; shape tells their side as well as place: a triangle
    that points up lies above, one that points down below.

    Args:
        spots: the regions.
        funnel: the common rate and how much regions differ beyond chance.
        theme: the colours.
        size: of type.
        height: of the box in pixels.
        width: of the box in pixels.
        x_title: what the width shows.
        average: name of the middle line.
        limits: names of the limits by their key.
        chosen: region that the page is filtered by.
    """
    most = 1.06 * max((spot.exposure for spot in spots), default=1.0)
    least = 0.7 * min((spot.exposure for spot in spots), default=0.0)
    exposures = np.linspace(max(least, most / 400), most, _POINTS)
    rates = [spot.rate for spot in spots] or [1.0]
    top, bottom = 1.2 * max(rates) or 1.0, 0.75 * min(rates)
    traces: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    for key, tail in sorted(LIMITS.items(), reverse=True):
        lower, upper = (1e4 * end for end in funnel.limits(exposures, tail))
        line = {"color": theme.muted, "width": 1.2 * size}
        if key == "95":
            line["dash"] = "3px,4px"
        traces += [
            {
                "type": "scatter", "x": exposures.tolist(), "y": end.tolist(), "mode": "lines",
                "line": line, "hoverinfo": "skip", "name": limits[key],
            }
            for end in (lower, upper)
        ]  # fmt: skip
        if np.isfinite(upper[-1]) and upper[-1] < top:
            notes.append(_edge(limits[key], float(upper[-1]), theme.muted, size))
    middle = 1e4 * funnel.rate
    notes.append(_edge(average, middle, theme.text, size))
    _apart(notes, height, (bottom, top), size)
    traces += [_spots(spots, theme, size, chosen)]
    names = [spot for spot in spots if (spot.outside or "").endswith("998") or spot.key == chosen]
    ticks = value_ticks(least, most, 5)
    room = max(text_width(str(note["text"]), 12 * size) for note in notes)
    layout = theme.base_layout(size) | {
        "margin": {"l": 48 * size, "r": room + 14 * size, "t": 10 * size, "b": 44 * size},
        "hovermode": "closest",
        "dragmode": False,
        "xaxis": {
            "range": [least, most],
            "tickvals": ticks,
            "ticktext": [f"{tick:,.0f}" for tick in ticks],
            "tickfont": {"size": round(13 * size), "color": theme.muted},
            "title": {"text": x_title, "font": {"size": round(13 * size), "color": theme.muted}},
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
        },
        "yaxis": {
            "range": [bottom, top],
            "tickvals": (levels := value_ticks(bottom, top, 4)),
            "ticktext": [f"{level:,.10g}" for level in levels],
            "tickfont": {"size": round(13 * size), "color": theme.muted},
            "gridcolor": theme.grid,
            "zeroline": False,
            "fixedrange": True,
        },
        "shapes": [
            {
                "type": "line", "x0": least, "x1": most, "y0": middle, "y1": middle,
                "line": {"color": theme.text, "width": 1}, "layer": "below",
            }
        ],
        "annotations": [*notes, *_named(names, (least, most), width, theme, size)],
    }  # fmt: skip
    return {"data": traces, "layout": layout}


def _spots(spots: Sequence[Spot], theme: Theme, size: float, chosen: str | None) -> dict[str, Any]:
    def symbol(spot: Spot) -> str:
        side = (spot.outside or "").partition("_")[0]
        return {"high": "triangle-up", "low": "triangle-down"}.get(side, "circle")

    far = [(spot.outside or "").endswith("998") for spot in spots]
    return {
        "type": "scatter",
        "x": [spot.exposure for spot in spots],
        "y": [spot.rate for spot in spots],
        "mode": "markers",
        "marker": {
            "symbol": [symbol(spot) for spot in spots],
            "size": [round((13 if out else 9) * size) for out in far],
            "color": [theme.categories[1] if out else theme.series for out in far],
            "line": {
                "width": [2.5 * size if spot.key == chosen else 0 for spot in spots],
                "color": theme.text,
            },
        },
        "customdata": [[spot.key, spot.hover] for spot in spots],
        "hovertemplate": "%{customdata[1]}<extra></extra>",
        "name": "",
    }


def _named(
    spots: Sequence[Spot], span: tuple[float, float], width: float, theme: Theme, size: float
) -> list[dict[str, Any]]:
    """Names of what lies far out, on the side where there is room."""
    made = []
    least, most = span
    for spot in spots:
        right = (spot.exposure - least) / (most - least) * width + text_width(
            spot.name, 13 * size
        ) < 0.8 * width
        made.append(
            {
                "text": spot.name, "x": spot.exposure, "y": spot.rate, "showarrow": False,
                "xanchor": "left" if right else "right", "xshift": (10 if right else -10) * size,
                "font": {"size": round(13 * size), "color": theme.text},
            }
        )  # fmt: skip
    return made


def _edge(text: str, y: float, colour: str, size: float) -> dict[str, Any]:
    return {
        "text": text, "x": 1, "xref": "paper", "y": y, "xanchor": "left", "xshift": 6 * size,
        "yanchor": "middle", "showarrow": False,
        "font": {"size": round(12 * size), "color": colour},
    }  # fmt: skip


def _apart(
    notes: list[dict[str, Any]], height: float, span: tuple[float, float], size: float
) -> None:
    pixels = (height - 54 * size) / (span[1] - span[0])
    at = np.array([(float(note["y"]) - span[0]) * pixels for note in notes])
    moved = spread(at, 15 * size, height - 54 * size)
    for note, old, new in zip(notes, at, moved, strict=True):
        note["yshift"] = float(new - old)

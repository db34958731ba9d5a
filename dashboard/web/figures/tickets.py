"""Complaints, alarms, works and events of a cell on one time axis, a lane each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dashboard.web.figures.kpi import local, mark_colour, now_line, time_axis
from dashboard.web.figures.theme import Figure, Theme
from dashboard.web.view.marks import plain
from dashboard.web.view.timeline import KINDS, Mark
from dashboard.web.view.words import Words

_SYMBOLS: dict[bool | None, str] = {
    True: "triangle-down",
    False: "triangle-down-open",
    None: "circle-open",
}


def lanes_figure(
    marks: Sequence[Mark],
    *,
    words: Words,
    as_of: datetime,
    span: tuple[datetime, datetime],
    scale: float,
    theme: Theme,
) -> Figure:
    """Complaints by satisfaction (filled: low; open: not low; ring: unknown), the rest as bars.

    Args:
        marks: what happened (see ``view.timeline``).
        words: texts and the zone in which times are drawn.
        as_of: where "now" stands.
        span: the time axis.
        scale: size of type; 1 at 1080 lines.
        theme: the colours.
    """
    traces: list[dict[str, Any]] = []
    for low, symbol in _SYMBOLS.items():
        own = [mark for mark in marks if mark.kind == "ticket" and mark.low is low]
        key = {True: "low", False: "not_low", None: "unrated"}[low]
        if own:
            traces.append(
                _tickets(own, words.texts(f"lane.{key}"), words)
                | {
                    "marker": {"symbol": symbol, "size": 12 * scale, "color": theme.ticket},
                }
            )
    for kind in KINDS[1:]:
        own = [mark for mark in marks if mark.kind == kind]
        if own:
            colour = mark_colour(kind, theme)
            traces.append(
                _bars(own, KINDS.index(kind), words, span)
                | {
                    "line": {"color": colour, "width": 8 * scale},
                    "marker": {"symbol": "square", "size": 8 * scale, "color": colour},
                    "name": words.texts(f"lane.{kind}"),
                }
            )
    layout = theme.base_layout(scale) | {
        "margin": {"l": 52 * scale, "r": 12 * scale, "t": 6 * scale, "b": 26 * scale},
        "hovermode": "closest",
        "dragmode": "zoom",
        "xaxis": time_axis(words, span, scale, theme),
        "yaxis": {
            "range": [len(KINDS) - 0.5, -0.5],
            "tickvals": list(range(len(KINDS))),
            "ticktext": [words.texts(f"lane.{kind}") for kind in KINDS],
            "tickfont": {"size": round(13 * scale), "color": theme.muted},
            "gridcolor": theme.grid,
            "zeroline": False,
            "ticks": "",
            "fixedrange": True,
        },
        "shapes": [now_line(as_of, words.zone, scale, theme)],
    }
    return {"data": traces, "layout": layout}


def _tickets(marks: list[Mark], name: str, words: Words) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": [local(mark.start, words.zone) for mark in marks],
        "y": [0] * len(marks),
        "mode": "markers",
        "name": name,
        "text": [plain(mark.text) for mark in marks],
        "hovertemplate": f"%{{x}}<br>%{{text}}<br>{name}<extra></extra>",
    }


def _bars(
    marks: list[Mark], lane: int, words: Words, span: tuple[datetime, datetime]
) -> dict[str, Any]:
    """Stretches as thick lines; a pin in the middle of what is in view answers the pointer."""
    x: list[str | None] = []
    text: list[str] = []
    for mark in marks:
        end = mark.end or mark.start
        first, last = max(mark.start, span[0]), min(end, span[1])
        middle = first + (last - first) / 2
        told = plain(mark.text) + f"<br>{words.moment(mark.start)} – "
        told += words.texts("cell.standing") if mark.standing else words.moment(end)
        places = (local(mark.start, words.zone), local(middle, words.zone), local(end, words.zone))
        x += [*places, None]
        text += [told] * 3 + [""]
    return {
        "type": "scatter",
        "x": x,
        "y": [lane if at else None for at in x],
        "mode": "lines+markers",
        "text": text,
        "hovertemplate": "%{text}<extra></extra>",
    }

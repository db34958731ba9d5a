"""Axes, legends and bars of error that figures of a record have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboard.web.figures.theme import Theme
from dashboard.web.view.sure import Share


def errors(shares: Sequence[Share], theme: Theme, scale: float) -> dict[str, Any]:
    """Bars of error that reach the ends of each share's interval; none where there is none."""

    def reach(share: Share, end: float | None) -> float:
        return 0.0 if end is None or share.value is None else abs(end - share.value)

    return {
        "type": "data",
        "symmetric": False,
        "array": [reach(share, share.upper) for share in shares],
        "arrayminus": [reach(share, share.lower) for share in shares],
        "color": theme.text,
        "thickness": 1.5 * scale,
        "width": 4 * scale,
    }


def font(theme: Theme, scale: float, colour: str | None = None) -> dict[str, Any]:
    """Type of axes and notes; muted unless told otherwise."""
    return {"size": round(13 * scale), "color": colour or theme.muted}


def layout_of(
    theme: Theme, scale: float, *, left: float, bottom: float, top: float = 8
) -> dict[str, Any]:
    """A figure that cannot be dragged, with room for its axes (CSS pixels at 1080 lines)."""
    margin = {"l": left * scale, "r": 16 * scale, "t": top * scale, "b": bottom * scale}
    return theme.base_layout(scale) | {"margin": margin, "dragmode": False}


def legend(theme: Theme, scale: float) -> dict[str, Any]:
    """A row above the figure; a click hides nothing."""
    return {
        "orientation": "h",
        "x": 0,
        "y": 1.0,
        "yanchor": "bottom",
        "font": font(theme, scale, theme.text),
        "bgcolor": "rgba(0,0,0,0)",
        "itemclick": False,
        "itemdoubleclick": False,
        "traceorder": "normal",
    }


def percent(theme: Theme, scale: float, span: list[float], title: str = "") -> dict[str, Any]:
    """An axis of shares."""
    return numbers(theme, scale, title) | {"tickformat": ".0%", "range": span}


def numbers(theme: Theme, scale: float, title: str = "") -> dict[str, Any]:
    """An axis of counts."""
    return {
        "gridcolor": theme.grid,
        "zeroline": False,
        "tickfont": font(theme, scale),
        "title": {"text": title, "font": font(theme, scale)},
        "nticks": 6,
        "fixedrange": True,
    }


def categories(theme: Theme, scale: float) -> dict[str, Any]:
    """An axis of names."""
    return {
        "type": "category",
        "tickfont": font(theme, scale),
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "tickangle": 0,
    }

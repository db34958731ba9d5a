"""Colours, type and the common parts of all figures."""

from __future__ import annotations

from typing import Any

FONT = '"Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif'

BACKGROUND = "#0B1422"
PANEL = "#121E31"
TEXT = "#E6EDF7"
MUTED = "#9FB0C8"
GRID = "#1F2D45"
ACCENT = "#38BDF8"

# Mantine's "dark" palette, from text to background, in our own blues.
SHADES = (
    TEXT, "#C3CEDF", MUTED, "#7A869A", "#41557A", "#22324C", "#18273F", PANEL, "#0D1829",
    BACKGROUND,
)  # fmt: skip

# Status colours are used for status alone.
STATUS = {"green": "#2DBE6C", "yellow": "#F5B700", "red": "#FF4D4F", "unknown": "#7A869A"}
SYMBOL = {"green": "●", "yellow": "▲", "red": "■", "unknown": "▨"}
# Bad KPIs are not a status: a plain ring, in no status's colour.
RING, RING_COLOUR = "○", "#C3CEDF"
MARKER = {"red": "square", "yellow": "triangle-up"}

# Series have a palette of their own.
SERIES = "#7DB9F5"
FORECAST = "#C4A7F5"
NORMAL_BAND = "rgba(159,176,200,0.16)"
FORECAST_BAND = "rgba(196,167,245,0.20)"
TICKET = "#F08CC0"

CLEAR = "rgba(0,0,0,0)"


def graph_config(*, zoom: bool) -> dict[str, Any]:
    """Configuration of every graph; nothing is ever sent to a cloud."""
    return {
        "displayModeBar": False,
        "displaylogo": False,
        "showSendToCloud": False,
        "scrollZoom": zoom,
        "doubleClick": "reset" if zoom else False,
        "responsive": True,
    }


def base_layout(scale: float) -> dict[str, Any]:
    """Transparent background, our type, no legend, no animation, hover labels in our colours."""
    size = round(14 * scale)
    return {
        "template": "none",
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "showlegend": False,
        "font": {"family": FONT, "size": size, "color": TEXT},
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "hoverlabel": {
            "bgcolor": "#1B2B45",
            "bordercolor": ACCENT,
            "font": {"family": FONT, "size": round(16 * scale), "color": TEXT},
            "align": "left",
        },
    }

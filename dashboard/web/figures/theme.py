"""Colours, type and the common parts of all figures.

A theme is a ground (dark for walls; dark or light for desks) and a palette of status colours
(standard, or one for the colour-blind). assets/base.css holds the same colours for what is no
figure; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

# ``data`` (a list of traces) and ``layout`` as plotly.js takes them. Plain dicts: plotly's own
# classes check every value, which takes longer than all the rest; the tests do that once.
Figure = dict[str, Any]

Ground = Literal["dark", "light"]
Palette = Literal["standard", "cvd"]
GROUNDS: tuple[Ground, ...] = ("dark", "light")
PALETTES: tuple[Palette, ...] = ("standard", "cvd")

FONT = '"Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif'

# Colour is never alone: each status has its shape.
SYMBOL = {"green": "●", "yellow": "▲", "red": "■", "unknown": "▨"}
MARKER = {"red": "square", "yellow": "triangle-up", "green": "circle"}
# Bad KPIs are not a status: a plain ring, in no status's colour.
RING = "○"
CLEAR = "rgba(0,0,0,0)"

# Mantine's "dark" palette, from text to background, in our own blues.
SHADES = (
    "#E6EDF7", "#C3CEDF", "#9FB0C8", "#7A869A", "#41557A", "#22324C", "#18273F", "#121E31",
    "#0D1829", "#0B1422",
)  # fmt: skip


@dataclass(frozen=True)
class Theme:
    """The colours of one ground and palette.

    Attributes:
        ground: ``dark`` or ``light``.
        palette: ``standard`` or ``cvd`` (for the colour-blind).
        background: of the page.
        panel: of panels, where figures lie.
        map_ground: outside of the districts.
        text: of what is read first.
        muted: of what is read second: axes, notes.
        grid: of lines behind figures.
        accent: of selection, links and "now".
        status: colour of each status's sign; used for status alone.
        fill: of a district in that status; green recedes, red advances.
        label: of a district's name on its fill.
        sign: of a status's sign on its fill.
        border: between districts.
        hatch: of what is unknown or stale.
        ring: around what is bad now, in no status's colour.
        series: of what was measured.
        forecast: of what is to come.
        normal_band: a cell's own normal.
        forecast_band: interval of a forecast.
        ticket: of complaints.
        hover: ground of hover labels.
        categories: of series side by side, told apart by a deuteranope too; never statuses.
    """

    ground: Ground
    palette: Palette
    background: str
    panel: str
    map_ground: str
    text: str
    muted: str
    grid: str
    accent: str
    status: Mapping[str, str]
    fill: Mapping[str, str]
    label: Mapping[str, str]
    sign: Mapping[str, str]
    border: str
    hatch: str
    ring: str
    series: str
    forecast: str
    normal_band: str
    forecast_band: str
    ticket: str
    hover: str
    categories: tuple[str, ...]

    def base_layout(self, scale: float) -> dict[str, Any]:
        """Transparent, our type, no legend, no animation, hover labels in our colours."""
        return {
            "template": "none",
            "paper_bgcolor": CLEAR,
            "plot_bgcolor": CLEAR,
            "showlegend": False,
            "font": {"family": FONT, "size": round(14 * scale), "color": self.text},
            "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
            "colorway": list(self.categories),
            "hoverlabel": {
                "bgcolor": self.hover,
                "bordercolor": self.accent,
                "font": {"family": FONT, "size": round(16 * scale), "color": self.text},
                "align": "left",
            },
        }


_DARK = Theme(
    ground="dark",
    palette="standard",
    background="#0B1422",
    panel="#121E31",
    map_ground="#0D1829",
    text="#E6EDF7",
    muted="#9FB0C8",
    grid="#1F2D45",
    accent="#38BDF8",
    status={"green": "#2DBE6C", "yellow": "#F5B700", "red": "#FF4D4F", "unknown": "#7A869A"},
    fill={"green": "#123329", "yellow": "#65520F", "red": "#7D202C", "unknown": "#1A2536"},
    label={"green": "#8FB8A4", "yellow": "#FFE08A", "red": "#FFFFFF", "unknown": "#9FB0C8"},
    sign={"green": "#238A52", "yellow": "#F5B700", "red": "#FF4D4F", "unknown": "#C3CEDF"},
    border="#2C405F",
    hatch="#46556E",
    ring="#C3CEDF",
    series="#7DB9F5",
    forecast="#C4A7F5",
    normal_band="rgba(159,176,200,0.16)",
    forecast_band="rgba(196,167,245,0.20)",
    ticket="#F08CC0",
    hover="#1B2B45",
    categories=("#7DB9F5", "#E39B5F", "#C4A7F5", "#5FC7C1", "#E58FB6", "#D8CE8A"),
)
_LIGHT = Theme(
    ground="light",
    palette="standard",
    background="#F3F6FA",
    panel="#FFFFFF",
    map_ground="#E3EAF3",
    text="#142033",
    muted="#52627A",
    grid="#E1E7F0",
    accent="#0369A1",
    status={"green": "#187C43", "yellow": "#A87400", "red": "#D3262F", "unknown": "#66748A"},
    fill={"green": "#DCEFE4", "yellow": "#F8E3A0", "red": "#F4B6B8", "unknown": "#E8EDF4"},
    label={"green": "#2F5B43", "yellow": "#5C4300", "red": "#5E0B12", "unknown": "#52627A"},
    sign={"green": "#1D8A4C", "yellow": "#8A5F00", "red": "#B4141E", "unknown": "#66748A"},
    border="#A9B8CC",
    hatch="#A3B0C2",
    ring="#41557A",
    series="#1F6FBF",
    forecast="#7A4FC0",
    normal_band="rgba(82,98,122,0.14)",
    forecast_band="rgba(122,79,192,0.16)",
    ticket="#BE3C82",
    hover="#FFFFFF",
    categories=("#1F6FBF", "#B35A12", "#7A4FC0", "#14807A", "#BE3C82", "#7D6F12"),
)
# Blue, amber and magenta keep apart where red and green do not.
_CVD: Mapping[Ground, Mapping[str, Mapping[str, str]]] = {
    "dark": {
        "status": {"green": "#4C9BE8", "yellow": "#F2C14E", "red": "#E85C8E"},
        "fill": {"green": "#15304F", "yellow": "#655118", "red": "#7D1F48"},
        "label": {"green": "#8FB4DC", "yellow": "#FFE29A", "red": "#FFFFFF"},
        "sign": {"green": "#3C7EC0", "yellow": "#F2C14E", "red": "#FF5C93"},
    },
    "light": {
        "status": {"green": "#1F6FBF", "yellow": "#A17500", "red": "#C2185B"},
        "fill": {"green": "#D9E7F6", "yellow": "#F8E3A0", "red": "#F3B4CD"},
        "label": {"green": "#2A4C70", "yellow": "#5C4300", "red": "#5E0B31"},
        "sign": {"green": "#1F6FBF", "yellow": "#8A6400", "red": "#A80F4B"},
    },
}


@cache
def theme_of(ground: Ground = "dark", palette: Palette = "standard") -> Theme:
    """The theme of a ground and a palette."""
    base = _DARK if ground == "dark" else _LIGHT
    if palette == "standard":
        return base
    changes: Any = {name: {**getattr(base, name), **new} for name, new in _CVD[ground].items()}
    return replace(base, palette=palette, **changes)


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

"""Distribution of risk: a bar a district, a segment a class of probability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.web.figures.theme import Figure, Theme

# Dark and light ends of the ramp by ground: the higher the risk, the further from the ground.
_RAMP = {
    "dark": ("#1B3350", "#24517A", "#3A78A8", "#7FAACB", "#C9DCEC"),
    "light": ("#DCE7F2", "#B4CDE5", "#7FA9D0", "#3F79AE", "#173F6B"),
}
_LEAST = 10  # rows that there is room for: a single bar is no wall of colour


@dataclass(frozen=True)
class RiskBar:
    """One bar.

    Attributes:
        name: of the district.
        values: what each segment counts.
        label: beside the bar.
        hovers: by segment.
    """

    name: str
    values: Sequence[float]
    label: str
    hovers: Sequence[str]


def ramp(theme: Theme, classes: int) -> tuple[str, ...]:
    """One colour a class, the lowest risk first; never a status's colour."""
    colours = _RAMP[theme.ground]
    return tuple(colours[-classes:])


def risk_figure(bars: Sequence[RiskBar], theme: Theme, scale: float, title: str) -> Figure:
    """Horizontal stacked bars, the first on top, each with its number at its end.

    Args:
        bars: districts in order; all with values of the same classes.
        theme: the colours.
        scale: size of type; 1 at 1080 lines.
        title: above the bars.
    """
    classes = len(bars[0].values) if bars else 0
    size = round(22 * scale)
    names = [str(n) for n in range(len(bars))]
    traces: list[dict[str, Any]] = [
        {
            "type": "bar",
            "orientation": "h",
            "y": names,
            "x": [bar.values[n] for bar in bars],
            "marker": {"color": colour, "line": {"width": 0}},
            "hovertext": [bar.hovers[n] for bar in bars],
            "hoverinfo": "text",
            "width": 0.62,
        }
        for n, colour in enumerate(ramp(theme, classes))
    ]
    totals = [sum(bar.values) for bar in bars]
    most = max([*totals, 1e-9])
    traces.append(
        {
            "type": "scatter",
            "mode": "text",
            "x": totals,
            "y": names,
            "text": [f" {bar.label}" for bar in bars],
            "textposition": "middle right",
            "textfont": {"size": size, "color": theme.text},
            "hoverinfo": "skip",
            "cliponaxis": False,
        }
    )
    layout = theme.base_layout(scale) | {
        "barmode": "stack",
        "margin": {"l": 0, "r": 0, "t": 40 * scale, "b": 0},
        "xaxis": {"visible": False, "range": [0, 1.3 * most], "fixedrange": True},
        "yaxis": {
            "visible": True, "showgrid": False, "zeroline": False, "fixedrange": True,
            "range": [max(len(bars), _LEAST) - 0.5, -0.5], "type": "category", "tickvals": names,
            "ticktext": [f"{bar.name} " for bar in bars],
            "tickfont": {"size": size, "color": theme.text}, "automargin": True,
        },
        "annotations": [
            {
                "xref": "paper", "yref": "paper", "x": 0, "y": 1, "xanchor": "left",
                "yanchor": "bottom", "yshift": 4 * scale, "text": title, "showarrow": False,
                "font": {"size": size, "color": theme.muted},
            }
        ],
        "uirevision": "keep",
    }  # fmt: skip
    return {"data": traces, "layout": layout}

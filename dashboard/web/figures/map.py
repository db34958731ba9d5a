"""The map: districts, cells at risk and labels, drawn as SVG (see docs/decisions/002).

Built once with its geometry; afterwards ``map_patch`` sends values alone. Traces, in this order:
one fill per district, one highlight per district, rings around cells whose KPIs are bad now,
yellow cells, red cells, labels, and rings around new reds (assets/wall.css lets them pulse once).
Positions are kilometres from the view's middle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
from dash import Patch

from dashboard.web.figures.frames import Inset
from dashboard.web.figures.geometry import Frame, Shape, clip, project, rings, simplified
from dashboard.web.figures.labels import Label, place
from dashboard.web.figures.theme import CLEAR, FONT, MARKER, SYMBOL, Theme, theme_of
from dashboard.web.view.marks import CellMark, RegionMark, plain

_SIZE = {"yellow": 15, "red": 17}
_RING = 26  # clear of the largest sign


@dataclass(frozen=True)
class MapBase:
    """The part of a map that does not change: a view, its districts and their labels.

    Attributes:
        frame: the view.
        shapes: districts in the order of their traces.
        labels: labels in the order of their texts.
        scale: size of type and signs; 1 at 1080 lines.
        window: the inset's view, outlined; None without one.
        theme: the colours.
    """

    frame: Frame
    shapes: tuple[Shape, ...]
    labels: tuple[Label, ...]
    scale: float
    window: Frame | None
    theme: Theme


def map_base(
    shapes: Sequence[Shape],
    frame: Frame,
    scale: float,
    theme: Theme,
    *,
    inset: Inset | None = None,
) -> MapBase:
    """Clip and simplify to what a pixel can show, and place the labels."""
    visible = simplified(clip(shapes, frame), 0.75 * frame.per_px)
    window, covered = (inset.frame, inset.covers) if inset else (None, None)
    labels = place(visible, frame, 24 * scale, elsewhere=window, covered=covered)
    return MapBase(frame, tuple(visible), tuple(labels), scale, window, theme)


def map_figure(
    base: MapBase,
    regions: Mapping[str, RegionMark],
    cells: Sequence[CellMark],
    bad: Sequence[CellMark] = (),
) -> go.Figure:
    """The whole figure; sent once. ``bad`` are cells whose KPIs are bad now, flagged or not."""
    outlines = {s.region_id: rings(s.area, base.frame.centre) for s in base.shapes}
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "x": outlines[s.region_id][0],
            "y": outlines[s.region_id][1],
            "mode": "lines",
            "fill": "toself",
            "line": {"width": 1.2 * base.scale, "color": base.theme.border},
            "hoveron": "fills",
            "hoverinfo": "text",
            "customdata": [["region", s.region_id]],
            **_fill(regions.get(s.region_id), base),
        }
        for s in base.shapes
    ]
    traces.extend(
        {
            "type": "scatter",
            "x": outlines[s.region_id][0],
            "y": outlines[s.region_id][1],
            "mode": "lines",
            "hoverinfo": "skip",
            "line": _highlight(regions.get(s.region_id), base),
        }
        for s in base.shapes
    )
    traces.append(_bad_quality(bad, base))
    traces.extend(_points(cells, status, base) for status in ("yellow", "red"))
    traces += [_labels(base, regions), _rings(base)]
    return go.Figure({"data": traces, "layout": _layout(base)})


def no_map() -> go.Figure:
    """An empty figure, for a map without an inset."""
    return go.Figure({"layout": theme_of().base_layout(1.0)})


def map_patch(
    base: MapBase,
    regions: Mapping[str, RegionMark],
    cells: Sequence[CellMark],
    new: frozenset[str] = frozenset(),
    bad: Sequence[CellMark] = (),
) -> Patch:
    """What has to change in ``map_figure``: colours, points and texts, no geometry.

    Args:
        base: the map's unchanging part.
        regions: districts by id.
        cells: red and yellow cells.
        new: ids of cells that have turned red since the picture before.
        bad: cells whose KPIs are bad now.
    """
    patch, n = Patch(), len(base.shapes)
    for i, shape in enumerate(base.shapes):
        mark = regions.get(shape.region_id)
        for key, value in _fill(mark, base).items():
            patch["data"][i][key] = value
        patch["data"][n + i]["line"] = _highlight(mark, base)
    reds, yellows = _of(cells, "red"), _of(cells, "yellow")
    for offset, chosen in enumerate((bad, yellows, reds)):
        for key, value in _positions(chosen, base).items():
            patch["data"][2 * n + offset][key] = value
    patch["data"][2 * n + 3]["text"] = _texts(base, regions)
    ring = _positions([cell for cell in reds if cell.cell_id in new], base)
    for key in ("x", "y"):
        patch["data"][2 * n + 4][key] = ring[key]
    return patch


def _fill(mark: RegionMark | None, base: MapBase) -> dict[str, Any]:
    status = mark.status if mark else "unknown"
    hatch = {
        "shape": "/" if status == "unknown" else "",
        "fgcolor": base.theme.hatch,
        "bgcolor": base.theme.fill["unknown"],
        "size": 12 * base.scale,
        "solidity": 0.22,
    }
    text = mark.hover if mark else ""
    return {"fillcolor": base.theme.fill[status], "fillpattern": hatch, "text": text}


def _highlight(mark: RegionMark | None, base: MapBase) -> dict[str, Any]:
    if mark is not None and mark.status == "red":
        return {"color": base.theme.status["red"], "width": 2.5 * base.scale}
    return {"color": CLEAR, "width": 0}


def _of(cells: Sequence[CellMark], status: str) -> list[CellMark]:
    return [cell for cell in cells if cell.status == status]


def _positions(chosen: Sequence[CellMark], base: MapBase) -> dict[str, Any]:
    x, y = project([c.longitude for c in chosen], [c.latitude for c in chosen])
    x0, y0 = base.frame.centre
    return {
        "x": (x - x0).round(3).tolist(),
        "y": (y - y0).round(3).tolist(),
        "text": [c.hover for c in chosen],
        "customdata": [["cell", c.cell_id] for c in chosen],
    }


def _points(cells: Sequence[CellMark], status: str, base: MapBase) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "hoverinfo": "text",
        "marker": {
            "symbol": MARKER[status],
            "size": _SIZE[status] * base.scale,
            "color": base.theme.status[status],
            "opacity": 1 if status == "red" else 0.9,
            "line": {
                "width": (1.4 if status == "red" else 1) * base.scale,
                "color": "#FFFFFF" if status == "red" else base.theme.background,
            },
        },
        **_positions(_of(cells, status), base),
    }


def _bad_quality(bad: Sequence[CellMark], base: MapBase) -> dict[str, Any]:
    line = {"width": 1.6 * base.scale}
    size = _RING * base.scale
    return {
        "type": "scatter",
        "uid": "bad",
        "mode": "markers",
        "hoverinfo": "text",
        "marker": {
            "symbol": "circle-open", "size": size, "color": base.theme.ring, "line": line,
        },
        **_positions(bad, base),
    }  # fmt: skip


def _rings(base: MapBase) -> dict[str, Any]:
    size, line = 3 * _SIZE["red"] * base.scale, {"width": 3 * base.scale}
    colour = base.theme.sign["red"]
    return {
        "type": "scatter",
        "uid": "new",
        "mode": "markers",
        "x": [],
        "y": [],
        "hoverinfo": "skip",
        "marker": {"symbol": "circle-open", "size": size, "color": colour, "line": line},
    }


def _labels(base: MapBase, regions: Mapping[str, RegionMark]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "text",
        "x": [round(label.x - base.frame.centre[0], 2) for label in base.labels],
        "y": [round(label.y - base.frame.centre[1], 2) for label in base.labels],
        "text": _texts(base, regions),
        "textposition": "middle center",
        "textfont": {"size": round(24 * base.scale), "color": base.theme.text, "family": FONT},
        "hoverinfo": "skip",
    }


def _texts(base: MapBase, regions: Mapping[str, RegionMark]) -> list[str]:
    size = 24 * base.scale
    return [_text(label, regions.get(label.region_id), size, base.theme) for label in base.labels]


def _text(label: Label, mark: RegionMark | None, size: float, theme: Theme) -> str:
    """Name over sign; red counts stand beside their square."""
    status = mark.status if mark else "unknown"
    reds = mark.red_cells if mark and status != "unknown" else 0
    # The signs of calm districts are small: a viewer far away shall see the red ones.
    px = round(size * (1.1 if status == "red" else 0.84))
    sign = _span(SYMBOL[status], theme.sign[status], px)
    if reds and status == "red":
        sign += f" <b>{reds}</b>"
    elif reds:
        sign += f" {_span('■', theme.sign['red'], px)} <b>{reds}</b>"
    return f"{_span(plain(label.name), theme.label[status])}<br>{sign}" if label.named else sign


def _span(text: str, colour: str, size: int | None = None) -> str:
    px = f";font-size:{size}px" if size else ""
    return f'<span style="color:{colour}{px}">{text}</span>'


def _layout(base: MapBase) -> dict[str, Any]:
    axis = {"visible": False, "fixedrange": False}
    x, y = _ranges(base, base.frame)
    layout = base.theme.base_layout(base.scale) | {
        "hovermode": "closest",
        "dragmode": "pan",
        "uirevision": "keep",
        "xaxis": {**axis, "range": x},
        "yaxis": {**axis, "range": y, "scaleanchor": "x", "constrain": "range"},
    }
    if base.window is not None:
        x, y = _ranges(base, base.window)
        line = {"color": base.theme.muted, "width": base.scale, "dash": "dot"}
        layout["shapes"] = [
            {"type": "rect", "x0": x[0], "x1": x[1], "y0": y[0], "y1": y[1], "line": line}
        ]
    return layout


def _ranges(base: MapBase, frame: Frame) -> tuple[list[float], list[float]]:
    x0, y0 = base.frame.centre
    return [round(x - x0, 2) for x in frame.x], [round(y - y0, 2) for y in frame.y]

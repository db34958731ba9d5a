"""The map: districts, cells at risk and labels, drawn as SVG (see docs/decisions/002).

Built once with its geometry; afterwards ``map_patch`` sends values alone. Traces, in this order:
one fill per district, one highlight per district, inner outlines of districts whose quality is poor
now, rings around cells whose KPIs are bad now, yellow cells, red cells, labels, rings around new
reds (assets/wall.css lets them pulse once), and on reds the state of their work orders. Fill and
signs tell the risk to come; outlines and rings, in no status's colour, tell quality now.
Positions are kilometres from the view's middle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from dash import Patch

from dashboard.web.figures.frames import Inset
from dashboard.web.figures.geometry import (
    Bounds,
    Floats,
    Frame,
    Shape,
    clip,
    project,
    rings,
    simplified,
)
from dashboard.web.figures.labels import Label, aside, place
from dashboard.web.figures.map_points import (
    SIZE,
    bad_quality,
    of_status,
    order_values,
    orders,
    points,
    positions,
    pulses,
)
from dashboard.web.figures.theme import CLEAR, FONT, SYMBOL, Figure, Theme, theme_of
from dashboard.web.view.marks import CellMark, RegionMark, plain

_ASIDE = 0.45  # districts beside the one in focus
_POOR = (3.5, 7.0)  # width of the outline of poor quality, and how far inside it runs


@dataclass(frozen=True, eq=False)
class MapBase:
    """The part of a map that does not change: a view, its districts and their labels.

    Attributes:
        frame: the view.
        shapes: districts in the order of their traces.
        labels: labels in the order of their texts.
        scale: size of type and signs; 1 at 1080 lines.
        window: the inset's view, outlined; None without one.
        theme: the colours.
        poor: each district's inner outline, km from the middle, drawn where quality is poor now.
        covered: what the inset hides (west, south, east, north).
        focus: districts that the view is about; None: all.
    """

    frame: Frame
    shapes: tuple[Shape, ...]
    labels: tuple[Label, ...]
    scale: float
    window: Frame | None
    theme: Theme
    poor: Mapping[str, tuple[list[float | None], list[float | None]]]
    covered: Bounds | None = None
    focus: frozenset[str] | None = None


def map_base(
    shapes: Sequence[Shape],
    frame: Frame,
    scale: float,
    theme: Theme,
    *,
    inset: Inset | None = None,
    focus: frozenset[str] | None = None,
) -> MapBase:
    """Clip and simplify to what a pixel can show, and place the labels."""
    visible = simplified(clip(shapes, frame), 0.75 * frame.per_px)
    window, covered = (inset.frame, inset.covers) if inset else (None, None)
    labels = place(visible, frame, 24 * scale, elsewhere=window, covered=covered)
    poor = {s.region_id: _inner(s, frame, scale) for s in visible}
    return MapBase(frame, tuple(visible), tuple(labels), scale, window, theme, poor, covered, focus)


def _inner(
    shape: Shape, frame: Frame, scale: float
) -> tuple[list[float | None], list[float | None]]:
    """A line a little inside the border, so that neighbours' lines stay apart."""
    px = frame.per_px
    area = shape.area.buffer(-_POOR[1] * scale * px, join_style="mitre").simplify(5 * px)
    if area.is_empty:
        area = shape.area
    x, y = rings(area, frame.centre)
    digits = max(0, int(np.ceil(-np.log10(px / 2))))  # half a pixel cannot be seen
    return _short(x, digits), _short(y, digits)


def _short(values: Floats, digits: int) -> list[float | None]:
    return [None if np.isnan(v) else round(float(v), digits) for v in values]


def map_figure(
    base: MapBase,
    regions: Mapping[str, RegionMark],
    cells: Sequence[CellMark],
    bad: Sequence[CellMark] = (),
) -> Figure:
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
            "opacity": 1 if base.focus is None or s.region_id in base.focus else _ASIDE,
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
            "line": _highlight(s.region_id, regions.get(s.region_id), base),
        }
        for s in base.shapes
    )
    traces += [_poor_quality(regions, base), bad_quality(bad, base)]
    traces.extend(points(cells, status, base) for status in ("yellow", "red"))
    reds = of_status(cells, "red")
    traces += [_labels(base, regions, reds), pulses(base), orders(reds, base)]
    return {"data": traces, "layout": _layout(base)}


def no_map() -> Figure:
    """An empty figure, for a map without an inset."""
    return {"data": [], "layout": theme_of().base_layout(1.0)}


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
        fill = _fill(mark, base)
        patch["data"][i]["fillcolor"], patch["data"][i]["text"] = fill["fillcolor"], fill["text"]
        patch["data"][i]["fillpattern"]["shape"] = fill["fillpattern"]["shape"]
        patch["data"][n + i]["line"] = _highlight(shape.region_id, mark, base)
    x, y = _poor_lines(regions, base)
    patch["data"][2 * n]["x"], patch["data"][2 * n]["y"] = x, y
    reds, yellows = of_status(cells, "red"), of_status(cells, "yellow")
    for offset, chosen in enumerate((bad, yellows, reds)):
        for key, value in positions(chosen, base).items():
            patch["data"][2 * n + 1 + offset][key] = value
    for key, value in _label_values(base, regions, reds).items():
        patch["data"][2 * n + 4][key] = value
    ring = positions([cell for cell in reds if cell.cell_id in new], base)
    for key in ("x", "y"):
        patch["data"][2 * n + 5][key] = ring[key]
    states = order_values(reds, base)
    for key in ("x", "y"):
        patch["data"][2 * n + 6][key] = states[key]
    patch["data"][2 * n + 6]["marker"]["symbol"] = states["symbol"]
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


def _highlight(region_id: str, mark: RegionMark | None, base: MapBase) -> dict[str, Any]:
    if base.focus and region_id in base.focus:
        return {"color": base.theme.accent, "width": 2.5 * base.scale}
    if mark is not None and mark.status == "red":
        return {"color": base.theme.status["red"], "width": 2.5 * base.scale}
    return {"color": CLEAR, "width": 0}


def _poor_lines(
    regions: Mapping[str, RegionMark], base: MapBase
) -> tuple[list[float | None], list[float | None]]:
    """Inner outlines of the districts whose quality is poor now, one after another."""
    x: list[float | None] = []
    y: list[float | None] = []
    for shape in base.shapes:
        mark = regions.get(shape.region_id)
        if mark is not None and mark.poor:
            east, north = base.poor[shape.region_id]
            x, y = [*x, *east, None], [*y, *north, None]
    return x, y


def _poor_quality(regions: Mapping[str, RegionMark], base: MapBase) -> dict[str, Any]:
    x, y = _poor_lines(regions, base)
    return {
        "type": "scatter",
        "uid": "poor",
        "mode": "lines",
        "x": x,
        "y": y,
        "hoverinfo": "skip",
        "line": {"color": base.theme.ring, "width": _POOR[0] * base.scale, "dash": "dash"},
    }


def _labels(
    base: MapBase, regions: Mapping[str, RegionMark], reds: Sequence[CellMark]
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "text",
        "textposition": "middle center",
        "textfont": {"size": round(24 * base.scale), "color": base.theme.text, "family": FONT},
        "hoverinfo": "skip",
        **_label_values(base, regions, reds),
    }


def _label_values(
    base: MapBase, regions: Mapping[str, RegionMark], reds: Sequence[CellMark]
) -> dict[str, Any]:
    """Places and texts; labels keep clear of red cells where there is room."""
    labels, (x0, y0) = clear_of(base, reds), base.frame.centre
    return {
        "x": [round(label.x - x0, 2) for label in labels],
        "y": [round(label.y - y0, 2) for label in labels],
        "text": _texts(base, labels, regions),
    }


def clear_of(base: MapBase, reds: Sequence[CellMark]) -> tuple[Label, ...]:
    """The labels, aside of red cells; none loses its name for that."""
    if not reds:
        return base.labels
    x, y = project([c.longitude for c in reds], [c.latitude for c in reds])
    half = 0.6 * SIZE["red"] * base.scale * base.frame.per_px
    signs = tuple(
        (float(px - half), float(py - half), float(px + half), float(py + half))
        for px, py in zip(x, y, strict=True)
        if base.frame.holds(float(px), float(py))
    )
    return _placed(base, signs)


@lru_cache(maxsize=32)
def _placed(base: MapBase, signs: tuple[Bounds, ...]) -> tuple[Label, ...]:
    return aside(
        base.labels, base.shapes, base.frame, 24 * base.scale, signs=signs, covered=base.covered
    )


def _texts(base: MapBase, labels: Sequence[Label], regions: Mapping[str, RegionMark]) -> list[str]:
    size = 24 * base.scale
    return [_text(label, regions.get(label.region_id), size, base.theme) for label in labels]


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

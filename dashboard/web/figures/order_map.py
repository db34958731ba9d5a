"""A sketch of the way to a site as SVG: districts, the crew's base, the site and its sectors.

A picture and nothing more: it needs no script, prints, and weighs a few kilobytes.
"""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from html import escape

import numpy as np
import shapely

from dashboard.web.figures.geometry import Frame, Shape, clip, project, rings
from dashboard.web.figures.theme import FONT, Theme
from dashboard.web.view.order_place import Sector, Spot

_LEAST_KM = 3.0  # of ground that the sketch shows, even where the crew is next door
_BEAM = 60.0  # degrees that a wedge spans
_REACH = 34.0  # of a wedge, in the sketch's own units
_STEPS = 8


def order_map(
    spot: Spot,
    shapes: Sequence[Shape],
    *,
    size: tuple[int, int],
    theme: Theme,
    texts: Mapping[str, str],
) -> str:
    """The sketch as a ``data:`` address, for an ``<img>``.

    Args:
        spot: site, sectors and crew.
        shapes: districts (see ``figures.geometry``).
        size: width and height in its own units, about pixels.
        theme: the colours.
        texts: ``metres`` and ``kilometres`` with ``{n}``, and ``north``.
    """
    width, height = size
    frame = _frame(spot, width, height)
    at = _projector(frame)
    site = at(spot.longitude, spot.latitude)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" font-family="{escape(FONT)}">'
        ),
        f'<rect width="{width}" height="{height}" fill="{theme.map_ground}"/>',
        *_districts(shapes, frame, theme),
    ]
    team = spot.team
    if team is not None and team.place is not None:
        parts += _way(at(*team.place), site, team.name, size, theme)
    # Named sectors lie on top of the others.
    for sector in sorted(spot.sectors, key=lambda sector: sector.named):
        parts.append(_wedge(sector, site, theme))
    parts.append(
        f'<circle cx="{site[0]:.1f}" cy="{site[1]:.1f}" r="4.5" fill="{theme.text}" '
        f'stroke="{theme.map_ground}" stroke-width="1.5"/>'
    )
    parts += [*_ruler(frame, height, theme, texts), *_north(width, theme, texts), "</svg>"]
    text = "".join(parts)
    return f"data:image/svg+xml;base64,{b64encode(text.encode()).decode()}"


def _frame(spot: Spot, width: int, height: int) -> Frame:
    """Site and base with room around; Mercator kilometres shrink towards the pole."""
    x, y = project(*_ends(spot))
    stretch = 1 / math.cos(math.radians(spot.latitude))
    middle_x, middle_y = float((x.min() + x.max()) / 2), float((y.min() + y.max()) / 2)
    room = 1 - 2.6 * _REACH / min(width, height)
    span_x = max(float(np.ptp(x)) / room, _LEAST_KM * stretch)
    span_y = max(float(np.ptp(y)) / room, _LEAST_KM * stretch * height / width)
    per_px = max(span_x / width, span_y / height)
    half_x, half_y = per_px * width / 2, per_px * height / 2
    return Frame(
        (middle_x - half_x, middle_x + half_x), (middle_y - half_y, middle_y + half_y),
        width, height,
    )  # fmt: skip


def _ends(spot: Spot) -> tuple[list[float], list[float]]:
    places = [(spot.longitude, spot.latitude)]
    if spot.team is not None and spot.team.place is not None:
        places.append(spot.team.place)
    return [lon for lon, _ in places], [lat for _, lat in places]


def _projector(frame: Frame) -> Callable[[float, float], tuple[float, float]]:
    def at(lon: float, lat: float) -> tuple[float, float]:
        x, y = project([lon], [lat])
        return _pixel(frame, float(x[0]), float(y[0]))

    return at


def _pixel(frame: Frame, x: float, y: float) -> tuple[float, float]:
    return (x - frame.x[0]) / frame.per_px, (frame.y[1] - y) / frame.per_px


def _districts(shapes: Sequence[Shape], frame: Frame, theme: Theme) -> list[str]:
    """Outlines with their names, as far as they are seen."""
    found = []
    seen = shapely.box(frame.x[0], frame.y[0], frame.x[1], frame.y[1])
    for shape in clip(shapes, frame):
        area = shape.area.simplify(0.8 * frame.per_px)
        if area.is_empty:
            continue
        x, y = rings(area, (frame.x[0], frame.y[1]))
        path, pen = [], "M"
        for px, py in zip(x / frame.per_px, -y / frame.per_px, strict=True):
            if math.isnan(px):
                pen = "M"
                continue
            path.append(f"{pen}{px:.1f} {py:.1f}")
            pen = "L"
        found.append(
            f'<path d="{"".join(path)}" fill="{theme.fill["unknown"]}" fill-rule="evenodd" '
            f'stroke="{theme.border}" stroke-width="1.2"/>'
        )
        inside = shape.area.intersection(seen)
        if inside.is_empty or inside.area < 0.08 * seen.area:
            continue
        point = inside.representative_point()
        found.append(_text(shape.name, _pixel(frame, point.x, point.y), theme, colour=theme.muted))
    return found


def _way(
    base: tuple[float, float],
    site: tuple[float, float],
    name: str,
    size: tuple[int, int],
    theme: Theme,
) -> list[str]:
    """A dashed line from the crew's base, which is a house with its name."""
    (x, y), (to_x, to_y) = base, site
    anchor = "start" if x < size[0] / 2 else "end"
    beside = x + (12 if anchor == "start" else -12)
    # The name stands on the side that the line does not leave by.
    below = y + (22 if to_y < y else -12)
    return [
        (
            f'<path d="M{x:.1f} {y:.1f}L{to_x:.1f} {to_y:.1f}" stroke="{theme.accent}" '
            f'stroke-width="2" stroke-dasharray="6 5" fill="none"/>'
        ),
        (
            f'<path d="M{x - 8:.1f} {y + 7:.1f}v-8l8 -7l8 7v8z" fill="{theme.accent}" '
            f'stroke="{theme.map_ground}" stroke-width="1.5"/>'
        ),
        _text(name, (beside, below), theme, anchor=anchor),
    ]


def _wedge(sector: Sector, site: tuple[float, float], theme: Theme) -> str:
    x, y = site
    reach = _REACH if sector.named else 0.8 * _REACH
    line = theme.status[sector.status] if sector.named else theme.muted
    fill = theme.fill[sector.status]
    style = f'fill="{fill}" stroke="{line}" stroke-width="{2.2 if sector.named else 1.2}"'
    if sector.azimuth is None:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{0.5 * reach:.1f}" {style}/>'
    first = sector.azimuth - _BEAM / 2
    points = []
    for step in range(_STEPS + 1):
        angle = math.radians(first + _BEAM * step / _STEPS)
        points.append(f"L{x + reach * math.sin(angle):.1f} {y - reach * math.cos(angle):.1f}")
    return f'<path d="M{x:.1f} {y:.1f}{"".join(points)}z" {style} stroke-linejoin="round"/>'


def _ruler(frame: Frame, height: int, theme: Theme, texts: Mapping[str, str]) -> list[str]:
    """A round length of about a third of the sketch, in real kilometres."""
    latitude = 2 * math.atan(math.exp((frame.y[0] + frame.y[1]) / 2 / 6378.137)) - math.pi / 2
    per_px = frame.per_px * math.cos(latitude)
    rough = per_px * frame.width / 3
    unit = 10.0 ** math.floor(math.log10(rough))
    length = max(unit * step for step in (1, 2, 5) if unit * step <= rough)
    px, y = length / per_px, height - 12
    label = (
        texts["metres"].format(n=f"{1000 * length:g}")
        if length < 1
        else texts["kilometres"].format(n=f"{length:g}")
    )
    return [
        (
            f'<path d="M12 {y - 5}v5h{px:.1f}v-5" stroke="{theme.muted}" stroke-width="1.5" '
            f'fill="none"/>'
        ),
        _text(label, (12 + px / 2, y - 6), theme, colour=theme.muted),
    ]


def _north(width: int, theme: Theme, texts: Mapping[str, str]) -> list[str]:
    x = width - 18
    return [
        f'<path d="M{x} 10l5 14l-5 -3l-5 3z" fill="{theme.muted}"/>',
        _text(texts["north"], (x, 38), theme, colour=theme.muted),
    ]


def _text(
    text: str, at: tuple[float, float], theme: Theme, *, colour: str = "", anchor: str = "middle"
) -> str:
    return (
        f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" font-size="13" fill="{colour or theme.text}" '
        f'text-anchor="{anchor}" paint-order="stroke" stroke="{theme.map_ground}" '
        f'stroke-width="3" stroke-linejoin="round">{escape(text)}</text>'
    )

"""The map's unchanging part for a screen: frames, inset, labels; kept per boundaries and size."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from dashboard.web.context import Context, Look
from dashboard.web.figures.frames import fitted, frames
from dashboard.web.figures.geometry import shapes_of
from dashboard.web.figures.map import MapBase, map_base
from dashboard.web.view.wall_scope import region_rows, scope_of

# The wall's composition in units of the root type size (16 px at 1080 lines); see assets/wall.css.
BAR, GAP, MARGIN, SIDE, LEGEND, TICKER = 5.0, 0.75, 1.0, 38.0, 5.5, 4.0


@dataclass(frozen=True)
class Screen:
    """The browser's window in pixels."""

    width: float
    height: float

    @property
    def scale(self) -> float:
        """Size of everything on the wall; 1 at 1920 x 1080."""
        return min(self.height / 1080, self.width / 1920)

    @property
    def desk_scale(self) -> float:
        """Size of type on desk pages: as on the wall, but never below 14 px."""
        return max(14 / 16, self.scale)


@dataclass(frozen=True)
class MapBases:
    """The main map, its inset, and the names of the districts that neither shows.

    Attributes:
        key: changes whenever a page has to draw its geometry anew.
        corner: class names of the inset's place and size; empty without one.
    """

    key: str
    main: MapBase
    inset: MapBase | None
    corner: str
    outside: tuple[str, ...]


def map_bases(context: Context, look: Look, screen: Screen) -> MapBases:
    """Made once for a boundary file, its label points and a size."""
    # Statuses change with every snapshot, boundaries and label points do not.
    rows = region_rows(look.snapshot)
    points = tuple((r["region_id"], r["label_longitude"], r["label_latitude"]) for r in rows)
    theme = look.wall_theme
    boundaries = look.snapshot.manifest.files["regions.geojson"]
    focus = scope_of(look.snapshot, look.state).within
    key = ("map", boundaries, points, screen, theme.palette, focus)
    digest = hashlib.sha256(repr(key).encode()).hexdigest()[:12]
    return context.memo.get(key, lambda: _make(look, screen, digest, focus))


def _make(look: Look, screen: Screen, key: str, focus: tuple[str, ...] | None) -> MapBases:
    rows = region_rows(look.snapshot)
    parents = {row["parent_id"] for row in rows}
    leaves = {row["region_id"] for row in rows} - parents
    geojson = look.snapshot.geojson
    drawn = [f for f in geojson.get("features", []) if f["properties"]["region_id"] in leaves]
    labels = {r["region_id"]: (r["label_longitude"], r["label_latitude"]) for r in rows}
    shapes = shapes_of({"features": drawn}, labels)
    scale, theme = screen.scale, look.wall_theme
    rem = 16 * scale
    width = max(screen.width - (2 * MARGIN + GAP + SIDE) * rem, 200)
    height = max(screen.height - (BAR + LEGEND + TICKER) * rem, 200)
    inside = tuple(shape for shape in shapes if focus and shape.region_id in focus)
    if inside:  # one region, with what lies around it
        frame = fitted(inside, width, height, pad=3 * rem)
        around = frozenset(shape.region_id for shape in inside)
        return MapBases(key, map_base(shapes, frame, scale, theme, focus=around), None, "", ())
    found = frames(shapes, width, height, label_px=80 * scale, pad=1.5 * rem)
    names = {shape.region_id: shape.name for shape in shapes}
    shapes = tuple(shape for shape in shapes if shape.region_id not in found.outside)
    inset = map_base(shapes, found.inset.frame, scale, theme) if found.inset else None
    corner = ""
    if found.inset:
        corner = found.inset.corner if found.inset.large else f"{found.inset.corner} small"
    return MapBases(
        key=key,
        main=map_base(shapes, found.main, scale, theme, inset=found.inset),
        inset=inset,
        corner=corner,
        outside=tuple(names[region_id] for region_id in found.outside),
    )

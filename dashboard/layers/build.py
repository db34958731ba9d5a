"""The files of one layer set: tiles, first pictures, ids, and an index that says what is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import shapely

from dashboard.layers import points, regions
from dashboard.layers.zooms import Bounds, Zooms, choose_zooms, typical_m
from geo.projection import EqualAreaPlane
from geo.tiles import Band, displayed, write_bands

VERSION = 1
IDS = "ids.parquet"
ADDRESS = "/layers"
# Tiles beyond this zoom are magnified: a step of one is then half a metre.
HIGHEST = 14
FOOTPRINT_HIGHEST = 13
HEXAGON_ZOOMS = 2  # a hexagon is straight: tiles of few zooms do


@dataclass(frozen=True)
class Geometry:
    """What a set is made from.

    Attributes:
        cells: the inventory's; empty in tickets mode.
        regions: the inventory's.
        footprints: of :func:`geo.coverage.footprints`; None in tickets mode.
        hexagons: of :func:`geo.hexgrid.hexagons`; None in tickets mode.
    """

    cells: pd.DataFrame
    regions: geopandas.GeoDataFrame
    footprints: geopandas.GeoDataFrame | None = None
    hexagons: geopandas.GeoDataFrame | None = None


@dataclass
class _Making:
    """A set while it is made."""

    folder: Path
    name: str
    system: str
    say: Callable[[str], None]
    layers: dict[str, dict[str, Any]] = field(default_factory=dict)
    ids: dict[str, Sequence[Any]] = field(default_factory=dict)
    of_cells: pd.DataFrame | None = None

    def add(self, layer: str, frame: geopandas.GeoDataFrame, low: int, high: int) -> None:
        """The same geometry at all zooms."""
        self.add_bands(layer, [Band(frame, low, high)])

    def add_bands(self, layer: str, bands: list[Band]) -> None:
        self.say(f"map layer {layer}")
        path = self.folder / f"{layer}.mbtiles"
        write_bands(bands, path, layer=layer, system=self.system)
        last = bands[-1].frame
        self.layers[layer] = {
            "tiles": f"{ADDRESS}/{self.name}/{layer}/{{z}}/{{x}}/{{y}}.pbf",
            "min_zoom": bands[0].min_zoom,
            "max_zoom": bands[-1].max_zoom,
            "bounds": list(_drawn_box(_box(last), self.system)),
            "features": len(last),
            "bytes": path.stat().st_size,
        }


def fill(
    folder: Path, name: str, given: Geometry, system: str, say: Callable[[str], None]
) -> dict[str, Any]:
    """Writes tiles, pictures and ids; gives the index (without ``files``).

    Args:
        folder: where; empty.
        name: the set's.
        given: the geometry, WGS-84; something in it must have geometry.
        system: coordinates of the map that the layers are drawn on, ``wgs84`` or ``gcj02``.
        say: told what is being made.

    Raises:
        GeoError: a geometry cannot be cut.
    """
    making = _Making(folder, name, system, say)
    areas = regions.numbered(given.regions)
    drawn = areas[areas.geometry.notna() & ~areas.geometry.is_empty].reset_index(drop=True)
    cells = points.cell_points(given.cells) if len(given.cells) else None
    bounds = _bounds([drawn, given.hexagons, given.footprints, cells])
    zooms = _zooms(bounds, drawn, given, cells)
    pictures: dict[str, str] = {}
    labels: dict[str, Any] = {"type": "FeatureCollection", "features": []}
    making.ids["region"] = areas["id"].tolist()
    if len(drawn):
        making.add_bands("region", regions.bands(drawn, _box(drawn), zooms))
        pictures = regions.first_pictures(drawn, folder, zooms, system)
        labels = regions.labels(drawn, system)
    if given.hexagons is not None and len(given.hexagons):
        _add_hexagons(making, given.hexagons, zooms)
    if cells is not None:
        _add_cells(making, given, cells, zooms)
    _write_ids(folder / IDS, making)
    return {
        "version": VERSION,
        "hash": name,
        "system": system,
        "bounds": list(_drawn_box(bounds, system)),
        "zooms": {
            "home": round(zooms.home, 2),
            "middle": zooms.middle,
            "footprint": zooms.footprint,
            "site": zooms.site,
        },
        "levels": regions.shown_levels(drawn),
        "counts": {kind: len(of) for kind, of in making.ids.items()},
        "layers": making.layers,
        "pictures": {level: f"{ADDRESS}/{name}/{file}" for level, file in pictures.items()},
        "labels": labels,
    }


def _add_hexagons(making: _Making, frame: geopandas.GeoDataFrame, zooms: Zooms) -> None:
    ordered = frame.sort_values("hex_id", kind="stable").reset_index(drop=True)
    hexagons = geopandas.GeoDataFrame(
        {"n": np.arange(len(ordered), dtype=np.int64), "id": ordered["hex_id"].astype(object)},
        geometry=ordered.geometry.array,
        crs=frame.crs,
    )
    making.ids["hexagon"] = hexagons["id"].tolist()
    low = max(0, zooms.middle - 1)
    making.add("hexagon", hexagons, low, min(HIGHEST, low + HEXAGON_ZOOMS))


def _add_cells(
    making: _Making, given: Geometry, cells: geopandas.GeoDataFrame, zooms: Zooms
) -> None:
    ids = sorted(given.cells["cell_id"].tolist())
    masts, mast_of = points.site_points(given.cells)
    making.ids |= {"cell": ids, "site": masts["id"].tolist()}
    shown = displayed(cells, making.system).set_index("id").geometry.reindex(ids)
    making.of_cells = pd.DataFrame(
        {
            "mast": mast_of.reindex(ids, fill_value=-1).to_numpy(np.int64),
            "longitude": shown.x.round(5).to_numpy(),
            "latitude": shown.y.round(5).to_numpy(),
        }
    )
    if given.footprints is not None and len(given.footprints):
        feet = _footprints(given.footprints, cells)
        making.add("footprint", feet, zooms.footprint - 1, max(FOOTPRINT_HIGHEST, zooms.footprint))
    if len(cells):
        making.add("cell", cells, zooms.footprint, HIGHEST)
        making.add("site", masts, zooms.site, HIGHEST)


def _footprints(
    frame: geopandas.GeoDataFrame, cells: geopandas.GeoDataFrame
) -> geopandas.GeoDataFrame:
    """Footprints with the number, name and kind of their cell; large ones first, below the others.

    A tile keeps their order, so that a small footprint is not hidden under a large one.
    """
    known = cells.set_index("id")[["n", "name", "technology", "band"]]
    joined = frame[["cell_id", "geometry"]].join(known, on="cell_id", how="inner")
    shapes = np.asarray(joined.geometry.array, dtype=object)
    area = shapely.area(EqualAreaPlane.around(shapes).to_metres(shapes))
    order = np.lexsort((joined["n"].to_numpy(), -np.round(np.nan_to_num(area))))
    joined = joined.iloc[order].rename(columns={"cell_id": "id"}).reset_index(drop=True)
    return joined[["n", "id", "name", "technology", "band", "geometry"]]


def _zooms(
    bounds: Bounds,
    drawn: geopandas.GeoDataFrame,
    given: Geometry,
    cells: geopandas.GeoDataFrame | None,
) -> Zooms:
    middle = None if given.hexagons is None else typical_m(given.hexagons.geometry)
    if middle is None and len(drawn):
        middle = typical_m(drawn[drawn["level"] == drawn["level"].max()].geometry)
    nothing = np.empty(0)
    return choose_zooms(
        bounds,
        middle_m=middle,
        footprint_m=None if given.footprints is None else typical_m(given.footprints.geometry),
        lon=nothing if cells is None else cells.geometry.x.to_numpy(),
        lat=nothing if cells is None else cells.geometry.y.to_numpy(),
    )


def _bounds(frames: list[geopandas.GeoDataFrame | None]) -> Bounds:
    boxes = [frame.total_bounds for frame in frames if frame is not None and len(frame)]
    corners = np.array([box for box in boxes if np.isfinite(box).all()])
    west, south = (float(edge) for edge in corners[:, :2].min(axis=0))
    east, north = (float(edge) for edge in corners[:, 2:].max(axis=0))
    return west, south, east, north


def _box(frame: geopandas.GeoDataFrame) -> Bounds:
    west, south, east, north = (float(edge) for edge in frame.total_bounds)
    return west, south, east, north


def _drawn_box(bounds: Bounds, system: str) -> Bounds:
    """Bounds as drawn, a little wider: neither rounding nor a shift that varies cuts an edge."""
    corners = geopandas.GeoDataFrame(geometry=[shapely.box(*bounds)], crs="EPSG:4326")
    west, south, east, north = _box(displayed(corners, system))
    more = 1e-5 if system == "wgs84" else 1e-3
    return (
        round(west - more, 5),
        round(south - more, 5),
        round(east + more, 5),
        round(north + more, 5),
    )


def _write_ids(path: Path, making: _Making) -> None:
    """Which id stands at which place of the values' arrays; of cells also mast and point."""
    frames = []
    for layer, names in making.ids.items():
        frame = pd.DataFrame({"layer": layer, "n": np.arange(len(names)), "id": names})
        if layer == "cell" and making.of_cells is not None:
            frame = frame.join(making.of_cells)
        frames.append(frame)
    table = pd.concat(frames, ignore_index=True)
    for column in ("mast", "longitude", "latitude"):
        if column not in table:
            table[column] = np.nan
    table.to_parquet(path, compression="zstd", index=False)

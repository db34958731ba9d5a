"""The layer set of an inventory: there already, or made now."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
import shapely

from dashboard.errors import LayersError
from dashboard.layers import build
from dashboard.layers.files import layers_dir, read_index, verify, write_set
from geo.ground import Ground, fingerprint, ground
from geo.settings import GeoSettings

GROUND = "ground"
_CELL_WORDS = ("cell_id", "name", "site_id", "technology", "band")
_REGION_WORDS = ("region_id", "name", "parent_id", "level")


@dataclass(frozen=True)
class LayerSet:
    """A set on disk.

    Attributes:
        name: its folder under `DATA/layers/`.
        path: that folder.
        made: it was made just now.
    """

    name: str
    path: Path
    made: bool

    @cached_property
    def ground(self) -> Ground | None:
        """The ground of the inventory; None where it has no cells.

        Raises:
            GeoError: the files are damaged.
        """
        folder = self.path / GROUND
        return Ground.load(folder) if folder.is_dir() else None


def ensure_layers(
    data: Path,
    cells: pd.DataFrame,
    regions: geopandas.GeoDataFrame,
    *,
    settings: GeoSettings,
    system: str = "wgs84",
    say: Callable[[str], None] | None = None,
) -> LayerSet | None:
    """The layer set of an inventory; made when there is none yet, or when it is damaged.

    The caller holds the worker's lock.

    Args:
        data: the data directory.
        cells: the inventory's cells (``cell_id, name, site_id, technology, band, longitude,
            latitude, azimuth_deg``); none in tickets mode, which has regions alone.
        regions: ``region_id, name, parent_id, level, geometry`` (WGS-84).
        settings: footprints and hexagons.
        system: coordinates of the map that the layers are drawn on, ``wgs84`` or ``gcj02``.
        say: told what is being made.

    Returns:
        None where neither a cell nor a region has a place.

    Raises:
        GeoError: a geometry cannot be used.
    """
    drawn = regions.geometry.notna() & ~regions.geometry.is_empty
    placed = cells["longitude"].notna() & cells["latitude"].notna()
    if not drawn.any() and not placed.any():
        return None
    known = cells if placed.any() else cells.iloc[:0]
    name = _name(known, regions, settings, system)
    path = layers_dir(data) / name
    if path.is_dir():
        try:
            verify(path, read_index(path))
        except LayersError:
            pass  # damaged: made anew
        else:
            return LayerSet(name, path, made=False)
    tell = say or (lambda _text: None)

    def fill(folder: Path) -> dict[str, Any]:
        below: Ground | None = None
        if len(known):
            tell("ground of the cells")
            below = ground(known, regions, settings)
            below.save(folder / GROUND)
        given = build.Geometry(
            cells=known,
            regions=regions,
            footprints=None if below is None else below.footprints,
            hexagons=None if below is None else below.hexagons,
        )
        return build.fill(folder, name, given, system, tell)

    return LayerSet(name, write_set(layers_dir(data), name, fill), made=True)


def _name(
    cells: pd.DataFrame, regions: geopandas.GeoDataFrame, settings: GeoSettings, system: str
) -> str:
    """16 hex digits that change with anything the set follows from, not with the order of rows."""
    digest = hashlib.sha256()
    follows = [build.VERSION, system, fingerprint(cells, regions, settings)]
    digest.update(json.dumps(follows).encode())
    for frame, key, words in (
        (cells, "cell_id", _CELL_WORDS),
        (regions, "region_id", _REGION_WORDS),
    ):
        ordered = frame.sort_values(key, kind="stable")
        for column in words:
            values = ["" if pd.isna(v) else str(v) for v in ordered[column].tolist()]
            digest.update(json.dumps([column, values]).encode())
        if key == "region_id":
            for shape in ordered.geometry.array:
                digest.update(b"-" if shape is None else shapely.to_wkb(shape))
    return digest.hexdigest()[:16]

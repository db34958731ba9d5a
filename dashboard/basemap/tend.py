"""Adds and removes base layers; running web processes see it at their next look."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import numpy as np

from dashboard.basemap.store import (
    SHAPES,
    BaseLayer,
    BaseMap,
    base_lock,
    basemap_dir,
    read_base_map,
    write_base_map,
)
from dashboard.errors import LayersError
from dashboard.layers.build import ADDRESS
from dashboard.layers.files import is_name, read_index, remove_set, sweep, verify, write_set
from dashboard.snapshot import files
from geo.basemap import base_bands
from geo.tiles import displayed, write_bands

VERSION = 1

Say = Callable[[str], None]


def name_of(file: Path) -> str:
    """The name of a layer after its file: small letters, digits and hyphens.

    Raises:
        LayersError: nothing of the file's name is left.
    """
    name = re.sub(r"[^a-z0-9]+", "-", file.name.split(".")[0].lower()).strip("-")[:40]
    if not name:
        raise LayersError(
            f"{file.name}: cannot name a layer after this file: give it one with --as"
        )
    return name


def add(
    data: Path,
    frame: geopandas.GeoDataFrame,
    *,
    kind: str,
    name: str,
    file: str,
    system: str,
    say: Say | None = None,
) -> tuple[BaseLayer, bool]:
    """Adds a layer, or replaces the one of that name.

    Args:
        data: the data directory.
        frame: of :func:`geo.basemap_source.read_base`.
        kind: one of :data:`geo.basemap.KINDS`.
        name: of the layer.
        file: what it was read from, for people.
        system: coordinates that the map is drawn in now.
        say: told what is being made.

    Returns:
        The layer, and whether it replaced another one.
    """
    with base_lock(data):
        base = read_base_map(data)
        shapes = _keep(data, frame)
        layer = BaseLayer(
            name=name, kind=kind, file=file, features=len(frame), shapes=shapes, sets={}
        )
        layer = _with_set(data, layer, system, say)
        others = tuple(one for one in base.layers if one.name != name)
        write_base_map(data, BaseMap(layers=(*others, layer)))
        _prune(data)
        return layer, len(others) < len(base.layers)


def remove(data: Path, name: str) -> bool:
    """Removes a layer; False where there is none of that name."""
    with base_lock(data):
        base = read_base_map(data)
        others = tuple(one for one in base.layers if one.name != name)
        if len(others) == len(base.layers):
            return False
        write_base_map(data, BaseMap(layers=others))
        _prune(data)
        return True


def ensure(data: Path, system: str, say: Say | None = None) -> BaseMap:
    """Makes the tiles that are missing or damaged, as after a change of the coordinate system."""
    if not read_base_map(data).layers:
        return BaseMap()
    with base_lock(data):
        base = read_base_map(data)
        layers = tuple(_with_set(data, layer, system, say) for layer in base.layers)
        if layers != base.layers:
            base = BaseMap(layers=layers)
            write_base_map(data, base)
        _prune(data)
        return base


def _keep(data: Path, frame: geopandas.GeoDataFrame) -> str:
    """Stores what was read; gives its hash."""
    folder = basemap_dir(data) / SHAPES
    folder.mkdir(exist_ok=True)
    aside = folder / f"{files.TEMPORARY}shapes"
    plain = frame.copy()
    plain.attrs = {}
    plain.to_parquet(aside, index=False, compression="zstd")
    digest = files.sha256(aside)[:16]
    files.sync(aside)
    aside.replace(folder / f"{digest}.parquet")
    files.sync(folder)
    return digest


def _with_set(data: Path, layer: BaseLayer, system: str, say: Say | None) -> BaseLayer:
    """The layer with the tiles of a coordinate system, made where there are none."""
    root = basemap_dir(data)
    follows = json.dumps([VERSION, layer.shapes, layer.kind, system])
    name = hashlib.sha256(follows.encode()).hexdigest()[:16]
    try:
        if layer.sets.get(system) == name:
            verify(root / name, read_index(root / name))
            return layer
    except LayersError:
        pass  # made anew
    if say is not None:
        say(f"base layer {layer.name}")
    path = root / SHAPES / f"{layer.shapes}.parquet"
    try:
        frame = geopandas.read_parquet(path)
    except (OSError, ValueError) as error:
        raise LayersError(
            f"{path}: unreadable: add the base layer {layer.name} again from {layer.file}"
        ) from error
    write_set(root, name, lambda folder: _fill(folder, name, frame, layer.kind, system))
    return layer.model_copy(update={"sets": layer.sets | {system: name}})


def _fill(
    folder: Path, name: str, frame: geopandas.GeoDataFrame, kind: str, system: str
) -> dict[str, Any]:
    bands = base_bands(frame, kind)
    path = folder / f"{kind}.mbtiles"
    write_bands(bands, path, layer=kind, system=system)
    west, south, east, north = displayed(frame, system).total_bounds
    edges = np.array([west - 1e-5, south - 1e-5, east + 1e-5, north + 1e-5])
    entry = {
        "tiles": f"{ADDRESS}/{name}/{kind}/{{z}}/{{x}}/{{y}}.pbf",
        "min_zoom": bands[0].min_zoom,
        "max_zoom": bands[-1].max_zoom,
        "bounds": edges.round(5).tolist(),
        "features": len(frame),
        "bytes": path.stat().st_size,
    }
    return {"version": VERSION, "hash": name, "system": system, "layers": {kind: entry}}


def _prune(data: Path) -> None:
    """Removes sets and shapes that the list does not name any more."""
    root, base = basemap_dir(data), read_base_map(data)
    sweep(root)
    sets = {name for layer in base.layers for name in layer.sets.values()}
    for path in sorted(root.iterdir()):
        if is_name(path.name) and path.name not in sets:
            remove_set(path)
    shapes = {layer.shapes for layer in base.layers}
    for path in (root / SHAPES).glob("*.parquet"):
        if path.stem not in shapes:
            path.unlink()

"""Layer sets for web threads: index, tiles and ids, read-only."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, local
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dashboard.errors import LayersError
from dashboard.layers.build import IDS
from dashboard.layers.files import is_name, read_index, verify
from geo.errors import GeoError
from geo.tiles import open_tiles, read_tile

SHARES = "ground/shares.parquet"
_OPEN_FILES = 24  # of one thread
_KNOWN_SETS = 16


@dataclass(frozen=True)
class Ids:
    """Which feature stands at which place of the values' arrays.

    Attributes:
        by_layer: ids in the order of ``n`` for ``region``, ``hexagon``, ``cell`` and ``site``.
        mast: place of each cell's mast among the sites, -1 for none, shape (cells,).
        places: the cells' points as drawn, degrees, NaN for none, shape (cells, 2).
    """

    by_layer: dict[str, list[str]]
    mast: npt.NDArray[np.int64]
    places: npt.NDArray[np.float64]


class LayerStore:
    """Reads sets of one or several folders; a set's files are checked when it is first used.

    A set that is pruned while somebody looks at it stays readable for the threads that have it
    open.
    """

    def __init__(self, roots: Sequence[Path]) -> None:
        self._roots = tuple(roots)
        self._lock = Lock()
        self._indexes: OrderedDict[str, tuple[Path, dict[str, Any]]] = OrderedDict()
        self._ids: OrderedDict[str, Ids] = OrderedDict()
        self._of_thread = local()

    def index(self, name: str) -> dict[str, Any] | None:
        """The index of a set; None where there is none.

        Raises:
            LayersError: it is damaged.
        """
        found = self._find(name)
        return None if found is None else found[1]

    def file(self, name: str, file: str) -> bytes | None:
        """A file that the set's index lists; None where there is none.

        Raises:
            LayersError: the set is damaged.
        """
        found = self._find(name)
        if found is None or file not in found[1]["files"]:
            return None
        try:
            return (found[0] / file).read_bytes()
        except FileNotFoundError:
            return None  # pruned meanwhile

    def tile(self, name: str, layer: str, zoom: int, x: int, y: int) -> bytes | None:
        """A gzipped tile; empty where nothing is there, None where there is no such layer.

        Raises:
            LayersError: the set is damaged.
        """
        found = self._find(name)
        if found is None or layer not in found[1]["layers"]:
            return None
        path = found[0] / f"{layer}.mbtiles"
        try:
            tile = read_tile(self._opened(path), zoom, x, y)
        except GeoError as error:
            self._forget(name, path)
            if not path.exists():
                return None  # pruned meanwhile
            raise LayersError(f"map layers {name}: {layer}: {error}") from error
        return tile if tile is not None else b""

    def ids(self, name: str) -> Ids | None:
        """The ids of a set; None where there is none.

        Raises:
            LayersError: the set is damaged.
        """
        found = self._find(name)
        if found is None:
            return None
        with self._lock:
            if name not in self._ids:
                self._ids[name] = _read_ids(found[0] / IDS)
                while len(self._ids) > _KNOWN_SETS:
                    self._ids.popitem(last=False)
            return self._ids[name]

    def shares(self, name: str, hex_id: str) -> dict[str, float]:
        """Share of each cell that lies in a hexagon, by cell_id; empty where nothing is known.

        Raises:
            LayersError: the set is damaged.
        """
        found = self._find(name)
        if found is None or SHARES not in found[1]["files"]:
            return {}
        try:
            rows = pd.read_parquet(found[0] / SHARES, filters=[("hex_id", "==", hex_id)])
        except FileNotFoundError:
            return {}  # pruned meanwhile
        return dict(zip(rows["cell_id"].tolist(), rows["share"].tolist(), strict=True))

    def _find(self, name: str) -> tuple[Path, dict[str, Any]] | None:
        if not is_name(name):
            return None
        with self._lock:
            if name in self._indexes:
                self._indexes.move_to_end(name)
                return self._indexes[name]
            for root in self._roots:
                path = root / name
                if path.is_dir():
                    index = read_index(path)
                    verify(path, index)
                    self._indexes[name] = path, index
                    while len(self._indexes) > _KNOWN_SETS:
                        self._indexes.popitem(last=False)
                    return path, index
        return None

    def _forget(self, name: str, path: Path) -> None:
        """Look at a set anew the next time: it may have been made anew."""
        with self._lock:
            self._indexes.pop(name, None)
        opened = getattr(self._of_thread, "held", {}).pop(path, None)
        if opened is not None:
            opened.close()

    def _opened(self, path: Path) -> sqlite3.Connection:
        """This thread's connection to a file of tiles."""
        held: OrderedDict[Path, sqlite3.Connection] | None
        held = getattr(self._of_thread, "held", None)
        if held is None:
            held = self._of_thread.held = OrderedDict()
        if path not in held:
            held[path] = open_tiles(path)
            while len(held) > _OPEN_FILES:
                held.popitem(last=False)[1].close()
        held.move_to_end(path)
        return held[path]


def _read_ids(path: Path) -> Ids:
    table = pd.read_parquet(path)
    by_layer = {
        str(layer): rows.sort_values("n")["id"].tolist() for layer, rows in table.groupby("layer")
    }
    cells = table[table["layer"] == "cell"].sort_values("n")
    places = cells[["longitude", "latitude"]].to_numpy(np.float64)
    return Ids(by_layer, cells["mast"].to_numpy(np.int64), places)

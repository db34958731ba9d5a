"""Map layers as vector tiles: one MBTiles file a layer, and one tile out of it.

A tile holds what one square of the map shows at one zoom (Mapbox Vector Tile 2.1), gzipped, in
an SQLite file (MBTiles 1.3), which any GIS opens. GDAL's MVT driver cuts them; no feature is
dropped or coarsened for a tile's size. The same frames give the same bytes.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
import uuid
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import numpy.typing as npt
import pyogrio
import shapely
from pyogrio.errors import DataSourceError

from geo.crs import check_system, from_wgs84
from geo.errors import GeoError

EXTENT = 4096  # steps along a tile's side
BUFFER = 64  # steps that a tile shows beyond its sides, so that lines do not end at them
MAX_ZOOM = 18
# Far above anything that is made: GDAL coarsens tiles beyond these, and drops features.
MAX_TILE_BYTES = 50_000_000
MAX_TILE_FEATURES = 5_000_000
# GDAL gathers what it has cut in a database: in memory as long as it is small, which is twice as
# fast, beyond that on disk. Its size is reckoned with these bytes for each zoom.
IN_MEMORY_BYTES = 256e6
BYTES_OF_FEATURE, BYTES_OF_POINT = 300, 16
# Mercator ends here; the whole world is then a square.
MAX_LATITUDE = 85.0511287798066

_TABLES = """
CREATE TABLE metadata (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE tiles (
    zoom_level INTEGER, tile_column INTEGER, tile_row INTEGER, tile_data BLOB,
    PRIMARY KEY (zoom_level, tile_column, tile_row)
);
"""
_TILE = "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?"


@dataclass(frozen=True)
class Band:
    """What is drawn over a range of zooms.

    Attributes:
        frame: features with ``geometry`` in WGS-84 degrees; the other columns become properties.
        min_zoom: first zoom, 0 to 18.
        max_zoom: last zoom.
    """

    frame: geopandas.GeoDataFrame
    min_zoom: int
    max_zoom: int


def write_tiles(
    frame: geopandas.GeoDataFrame,
    path: Path,
    *,
    layer: str,
    min_zoom: int,
    max_zoom: int,
    system: str = "wgs84",
) -> int:
    """Writes one layer with the same geometry at all zooms; see :func:`write_bands`."""
    return write_bands([Band(frame, min_zoom, max_zoom)], path, layer=layer, system=system)


def write_bands(bands: Sequence[Band], path: Path, *, layer: str, system: str = "wgs84") -> int:
    """Writes one layer whose geometry differs from zoom to zoom as an MBTiles file.

    Every feature gets the property ``n``: the frame's own column ``n``, else its row number from
    0, by which a map looks its value up. A null property is left out. Features without geometry
    have no place on a map and are passed over; their number stays free.

    Args:
        bands: what is drawn at which zooms; the zooms must not overlap.
        path: the file; must not exist.
        layer: name of the layer inside the tiles.
        system: ``wgs84``, or ``gcj02`` to draw over a map that is shifted so.

    Returns:
        Number of tiles; 0 where nothing has geometry (the file is written all the same).

    Raises:
        GeoError: a zoom is impossible, two bands overlap, the system is BD-09 (its maps have
            another grid of tiles), or the file is there or cannot be written.
    """
    _check(bands, path, system)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".tiles-") as folder:
        made = [
            _cut(band, Path(folder) / f"{number}.mbtiles", layer, system)
            for number, band in enumerate(bands)
        ]
        return _join([part for part in made if part is not None], path, layer, bands, system)


def read_tile(connection: sqlite3.Connection, zoom: int, x: int, y: int) -> bytes | None:
    """One gzipped tile, counted from the north-west as web maps do; None where nothing is.

    Raises:
        GeoError: the file is damaged.
    """
    if not (0 <= zoom <= MAX_ZOOM and 0 <= x < 2**zoom and 0 <= y < 2**zoom):
        return None
    try:
        # MBTiles counts rows from the south
        row = connection.execute(_TILE, (zoom, x, 2**zoom - 1 - y)).fetchone()
    except sqlite3.DatabaseError as error:
        raise GeoError(f"tiles cannot be read ({error}): have them made anew") from error
    return None if row is None else bytes(row[0])


def open_tiles(path: Path) -> sqlite3.Connection:
    """A connection for :func:`read_tile`, read-only; one per thread.

    Raises:
        GeoError: there is no such file.
    """
    try:
        uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        return sqlite3.connect(uri, uri=True, check_same_thread=True)
    except sqlite3.OperationalError as error:
        raise GeoError(f"{path}: tiles cannot be opened: {error}") from error


def tile_of(
    lon: npt.ArrayLike, lat: npt.ArrayLike, zoom: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Column and row of the tile that holds each point, counted from the north-west."""
    side = 2**zoom
    phi = np.radians(np.clip(np.asarray(lat, np.float64), -MAX_LATITUDE, MAX_LATITUDE))
    across = (np.asarray(lon, np.float64) + 180.0) / 360.0
    down = (1.0 - np.arcsinh(np.tan(phi)) / np.pi) / 2.0
    column, row = (np.floor(part * side).astype(np.int64) for part in (across, down))
    return np.clip(column, 0, side - 1), np.clip(row, 0, side - 1)


def displayed(frame: geopandas.GeoDataFrame, system: str) -> geopandas.GeoDataFrame:
    """The frame as it is drawn: geometry moved from WGS-84 to ``system``."""
    if check_system(system) == "wgs84":
        return frame
    moved = frame.copy()
    shapes = np.asarray(frame.geometry.array, dtype=object)
    moved[moved.geometry.name] = geopandas.GeoSeries(
        shapely.transform(
            shapes, lambda xy: np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], system))
        ),
        index=frame.index,
        crs=frame.crs,
    )
    return moved


def _check(bands: Sequence[Band], path: Path, system: str) -> None:
    if check_system(system) == "bd09":
        raise GeoError("tiles in bd09: Baidu's maps have another grid of tiles: use wgs84 or gcj02")
    if path.exists():
        raise GeoError(f"{path}: is there already: remove it first")
    last = -1
    for band in sorted(bands, key=lambda band: band.min_zoom):
        if not 0 <= band.min_zoom <= band.max_zoom <= MAX_ZOOM:
            raise GeoError(
                f"{path}: zooms {band.min_zoom} to {band.max_zoom}: use 0 to {MAX_ZOOM}, rising"
            )
        if band.min_zoom <= last:
            raise GeoError(f"{path}: zoom {band.min_zoom} is drawn twice: bands must not overlap")
        last = band.max_zoom


def _cut(band: Band, path: Path, layer: str, system: str) -> Path | None:
    """GDAL's own file for one band; None if nothing has geometry."""
    frame = band.frame
    if "n" not in frame.columns:
        frame = frame.assign(n=np.arange(len(frame), dtype=np.int64))
    shapes = np.asarray(frame.geometry.array, dtype=object)
    drawn = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    if not drawn.any():
        return None
    points = int(shapely.get_num_coordinates(shapes[drawn]).sum())
    size = BYTES_OF_FEATURE * int(drawn.sum()) + BYTES_OF_POINT * points
    small = size * (band.max_zoom - band.min_zoom + 1) <= IN_MEMORY_BYTES
    gathered = f"/vsimem/{uuid.uuid4().hex}.db" if small else f"{path}.gathered"
    try:
        pyogrio.write_dataframe(
            displayed(frame[drawn], system),
            path,
            driver="MVT",
            layer=layer,
            NAME=layer,
            FORMAT="MBTILES",
            MINZOOM=str(band.min_zoom),
            MAXZOOM=str(band.max_zoom),
            EXTENT=str(EXTENT),
            BUFFER=str(BUFFER),
            MAX_SIZE=str(MAX_TILE_BYTES),
            MAX_FEATURES=str(MAX_TILE_FEATURES),
            SIMPLIFICATION="0",
            SIMPLIFICATION_MAX_ZOOM="0",
            TEMPORARY_DB=gathered,  # removed by GDAL
        )
    except (DataSourceError, RuntimeError) as error:
        raise GeoError(f"{path}: tiles cannot be written: {str(error).splitlines()[0]}") from error
    return path


def _join(parts: Sequence[Path], path: Path, layer: str, bands: Sequence[Band], system: str) -> int:
    """All tiles in one file, sorted, with the metadata that a GIS asks for."""
    with closing(sqlite3.connect(path)) as joined:
        joined.execute("PRAGMA journal_mode = OFF")  # an unfinished file is never used
        joined.executescript(_TABLES)
        for part in parts:
            joined.execute("ATTACH ? AS part", (str(part),))
            joined.execute(
                "INSERT INTO tiles SELECT zoom_level, tile_column, tile_row, tile_data "
                "FROM part.tiles ORDER BY zoom_level, tile_column, tile_row"
            )
            joined.commit()
            joined.execute("DETACH part")
        metadata = _metadata(layer, bands, system)
        joined.executemany("INSERT INTO metadata VALUES (?, ?)", sorted(metadata.items()))
        count = joined.execute("SELECT count(*) FROM tiles").fetchone()[0]
        joined.commit()
    return int(count)


def _metadata(layer: str, bands: Sequence[Band], system: str) -> dict[str, str]:
    low = min(band.min_zoom for band in bands)
    high = max(band.max_zoom for band in bands)
    fields = {
        str(column): "Number" if np.issubdtype(kind, np.number) else "String"
        for band in bands
        for column, kind in _kinds(band.frame).items()
    }
    vector: dict[str, Any] = {"id": layer, "minzoom": low, "maxzoom": high, "fields": fields}
    said = {
        "name": layer,
        "format": "pbf",
        "type": "overlay",
        "version": "2",
        "description": f"coordinates: {system}",
        "minzoom": str(low),
        "maxzoom": str(high),
        "json": json.dumps({"vector_layers": [vector]}, sort_keys=True),
    }
    edges = [displayed(band.frame, system).total_bounds for band in bands if len(band.frame)]
    known = [edge for edge in edges if np.isfinite(edge).all()]
    if known:
        corners = np.array(known)
        box = (*corners[:, :2].min(axis=0), *corners[:, 2:].max(axis=0))
        said["bounds"] = ",".join(f"{degree:.6f}" for degree in box)
    return said


def _kinds(frame: geopandas.GeoDataFrame) -> dict[str, np.dtype[Any]]:
    plain = frame.drop(columns=frame.geometry.name)
    kinds = {str(c): np.asarray(plain[c]).dtype for c in plain.columns}
    return {"n": np.dtype(np.int64)} | kinds

"""Opens a boundary file of any format that GDAL reads; every failure is one clear line."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Sequence
from pathlib import Path

import geopandas
import pandas as pd
import pyarrow as pa
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError
from shapely.errors import ShapelyError

from geo.errors import GeoError

TEXT_SUFFIXES = {".geojson", ".json", ".topojson"}
FOOTER_BYTES = 64 * 1024


def is_map(path: Path) -> bool:
    """Whether a file whose name does not tell is one of boundaries: GeoParquet, MapInfo's .tab."""
    suffix = path.suffix.lower()
    if suffix not in (".parquet", ".tab"):
        return False
    with path.open("rb") as file:
        if suffix == ".tab":  # tables of text are called so too
            return file.read(6).lower() == b"!table"
        file.seek(max(0, path.stat().st_size - FOOTER_BYTES))
        return b'"primary_column"' in file.read()  # GeoParquet 1.1: every such file has it


def read_features(
    path: Path,
    *,
    layer: str | int | None = None,
    encoding: str | None = None,
    wanted: str = "boundaries",
) -> geopandas.GeoDataFrame:
    """All features of one layer as they are in the file.

    A GeoJSON feature's own ``id`` arrives as the column ``id``. Warnings of the reader are kept
    in ``attrs["warnings"]``.

    Args:
        path: an existing file (or a FileGDB folder).
        layer: which layer, by name or number; needed only if several hold areas.
        encoding: of the text; by default what the file declares, else UTF-8 or GB18030.
        wanted: what the file should hold, for messages.

    Raises:
        GeoError: not there, not readable, without geometry, or with several layers.
    """
    if not path.exists():
        raise GeoError(f"{path}: no such file")
    if path.suffix.lower() == ".parquet":
        return _parquet(path)
    source = _utf8(path, encoding) if path.suffix.lower() in TEXT_SUFFIXES else str(path)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            name = _only_layer(source, path) if layer is None else layer
            info = pyogrio.read_info(source, layer=name)
            features = _read(source, name, _encodings(info, path, encoding), path)
            features = _with_numeric_ids(features, info)
    except (DataSourceError, DataLayerError, ShapelyError, LookupError, ValueError, OSError) as e:
        reason = re.sub(r"'?/vsimem/\w+'?", "text", str(e).splitlines()[0].split(";")[0])
        raise GeoError(
            f"{path}: cannot be read as {wanted} ({reason}): deliver a complete GeoJSON, "
            "TopoJSON, GeoPackage or Shapefile (with its .shx, .dbf and .prj)"
        ) from e
    features.attrs["warnings"] = sorted({str(w.message) for w in caught})
    return features


def _parquet(path: Path) -> geopandas.GeoDataFrame:
    """GeoParquet, which GDAL reads only where it was built with Arrow."""
    try:
        features = geopandas.read_parquet(path)
    except (ValueError, OSError, pa.ArrowException) as e:
        reason = str(e).splitlines()[0]
        raise GeoError(f"{path}: cannot be read as GeoParquet ({reason}): write it anew") from e
    features = features.reset_index(drop=True)
    features.attrs["warnings"] = []
    return features


def _utf8(path: Path, encoding: str | None) -> bytes:
    """The text as UTF-8: from ``encoding``, else by its byte-order mark, UTF-8 or GB18030.

    Raises:
        GeoError: it is none of them.
    """
    raw = path.read_bytes()
    marked = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    guesses = ["utf-16"] if marked else ["utf-8-sig", "gb18030"]
    for guess in guesses if encoding is None else [encoding]:
        try:
            return raw.decode(guess).encode()
        except LookupError as error:
            raise GeoError(f"{path}: {error}: declare utf-8 or gb18030") from error
        except UnicodeDecodeError:
            continue
    raise GeoError(
        f"{path}: the text is not {encoding or 'UTF-8 or GB18030'}: save it as UTF-8, or declare "
        "its encoding"
    )


def _only_layer(source: bytes | str, path: Path) -> int:
    """Number of the layer with areas, if there is just one; points and lines are passed over.

    A number and not a name: text in memory gets a new name each time that it is opened.
    """
    layers = pyogrio.list_layers(source)
    areas = [
        (number, str(name))
        for number, (name, kind) in enumerate(layers)
        if kind is not None and not str(kind).startswith(("Point", "Line", "MultiPoint", "MultiL"))
    ]
    if not areas:
        raise GeoError(f"{path}: no layer with areas: deliver a file with one polygon per region")
    if len(areas) > 1:
        raise GeoError(
            f"{path}: several layers with areas: name one of {', '.join(a[1] for a in areas)}"
        )
    return areas[0][0]


def _encodings(info: dict[str, object], path: Path, encoding: str | None) -> Sequence[str | None]:
    """Encodings to try in turn; None lets GDAL decide.

    For a Shapefile that declares none, GDAL assumes Latin-1, which never fails and turns Chinese
    into nonsense.
    """
    if path.suffix.lower() in TEXT_SUFFIXES:
        return [None]  # transcoded already
    if encoding is not None:
        return [encoding]
    declared = path.with_suffix(".cpg").exists()
    if info["driver"] == "ESRI Shapefile" and info["encoding"] == "ISO-8859-1" and not declared:
        return ["utf-8", "gb18030"]
    return [None]


def _read(
    source: bytes | str, layer: str | int, encodings: Sequence[str | None], path: Path
) -> geopandas.GeoDataFrame:
    for encoding in encodings:
        handle = io.BytesIO(source) if isinstance(source, bytes) else source
        try:
            features = geopandas.read_file(
                handle,
                layer=layer,
                engine="pyogrio",
                encoding=encoding,
                on_invalid="fix",  # closes open rings; what is still invalid is repaired later
                fid_as_index=True,
            )
        except UnicodeDecodeError:
            continue
        if not isinstance(features, geopandas.GeoDataFrame):
            raise GeoError(f"{path}: a table without geometry: deliver one shape per row")
        return features
    tried = " or ".join(e.upper() for e in encodings if e is not None)
    raise GeoError(
        f"{path}: the text is not {tried or 'as the file declares'}: declare its encoding"
    )


def _with_numeric_ids(
    features: geopandas.GeoDataFrame, info: dict[str, object]
) -> geopandas.GeoDataFrame:
    """Adds a column ``id`` of the numbers in GeoJSON's ``id``, which GDAL keeps as its row number.

    Ids that count from 0 cannot be told from GDAL's own counting and are left alone.
    """
    counted = features.index.equals(pd.RangeIndex(len(features)))
    if info["driver"] in {"GeoJSON", "TopoJSON"} and "id" not in features.columns and not counted:
        features.insert(0, "id", features.index.astype(str))
    return features.reset_index(drop=True)

"""Files with roads, railways, water, green, buildings or names, as an operator has them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataSourceError

from geo.basemap import KINDS, Shape
from geo.crs import check_system, to_wgs84
from geo.errors import GeoError
from geo.repair import polygonal
from geo.source import TEXT_SUFFIXES, read_features

Geometries = npt.NDArray[np.object_]

WGS84 = "EPSG:4326"
LABELS = ("name", "name_zh", "NAME", "Name", "名称")
RANKS = ("rank", "fclass", "highway", "class", "place")
# Classes of roads and places as OpenStreetMap and its extracts name them; 1 is drawn first.
KNOWN_RANKS = {
    "motorway": 1, "trunk": 1, "primary": 2, "secondary": 3, "tertiary": 4, "motorway_link": 3,
    "trunk_link": 3, "primary_link": 4, "secondary_link": 5, "unclassified": 6, "residential": 6,
    "city": 1, "national_capital": 1, "town": 2, "borough": 2, "suburb": 3, "quarter": 4,
    "village": 4, "neighbourhood": 5, "hamlet": 5,
}  # fmt: skip
OTHER_RANK = 7
_TYPES: dict[Shape, tuple[str, ...]] = {
    "lines": ("LineString", "MultiLineString"),
    "areas": ("Polygon", "MultiPolygon"),
    "points": ("Point", "MultiPoint"),
}


def read_base(
    path: Path,
    kind: str,
    *,
    crs: str = "wgs84",
    layer: str | None = None,
    encoding: str | None = None,
    label: str | None = None,
    rank: str | None = None,
) -> geopandas.GeoDataFrame:
    """Reads a base layer: GeoJSON, GeoPackage, Shapefile or what else GDAL reads.

    Features of another shape are passed over (of areas, names get a point inside; the outline of
    areas stands in for lines); ``attrs["left_out"]`` counts what was.

    Args:
        path: the file.
        kind: one of :data:`geo.basemap.KINDS`.
        crs: ``wgs84``: the file's own coordinate system counts (none means WGS-84 degrees);
            ``gcj02`` or ``bd09``: its degrees are in that system.
        layer: which layer, if the file has several that fit.
        encoding: of the text; by default what the file declares, else UTF-8 or GB18030.
        label: the column with names; by default ``name`` or what is usual.
        rank: the column with importance: a number, 1 first, or OpenStreetMap's class; by default
            ``rank``, ``fclass``, ``highway``, ``class`` or ``place`` where there is one.

    Returns:
        ``name`` (text, None if unknown), ``rank`` (int64, 1 the most important; 1 for all where
        nothing says), ``geometry`` (WGS-84 degrees, valid).

    Raises:
        GeoError: the kind is unknown, the file cannot be read or holds nothing of the kind, or a
            column is missing.
    """
    if kind not in KINDS:
        raise GeoError(f"unknown kind {kind!r}: use one of {', '.join(KINDS)}")
    shape, system = KINDS[kind].shape, check_system(crs)
    chosen = layer if layer is not None else _fitting_layer(path, shape)
    features = read_features(path, layer=chosen, encoding=encoding, wanted=f"a layer of {kind}")
    degrees = _to_degrees(features, system, path)
    shapes = np.array([_as(shape, one) for one in degrees], dtype=object)
    found = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    frame = geopandas.GeoDataFrame(
        {
            "name": _text(features, label, LABELS, path),
            "rank": _ranks(features, rank, path),
        },
        geometry=shapes,
        crs=WGS84,
    )
    if shape == "points":
        found &= frame["name"].notna().to_numpy()
    if not found.any():
        wanted = f"{shape} with a name" if shape == "points" else shape
        raise GeoError(f"{path}: no {wanted} for {kind}: is it another kind, or another layer?")
    frame = frame[found].reset_index(drop=True)
    frame.attrs = {"left_out": int((~found).sum())}
    return frame


def _as(shape: Shape, one: shapely.Geometry | None) -> shapely.Geometry | None:
    """The geometry as lines, areas or a point; None where it is of another kind."""
    if one is None or one.is_empty:
        return None
    kind = one.geom_type
    if shape == "areas":
        return polygonal(one)
    if shape == "points":
        if kind == "Point":
            return shapely.force_2d(one)
        return shapely.force_2d(shapely.point_on_surface(one))
    flat = shapely.force_2d(shapely.boundary(one) if kind in _TYPES["areas"] else one)
    parts = shapely.get_parts(flat)
    lines = parts[np.isin(shapely.get_type_id(parts), (1, 2))]
    lines = lines[shapely.length(lines) > 0.0]
    return shapely.multilinestrings(lines) if len(lines) else None


def _fitting_layer(path: Path, shape: Shape) -> int | str:
    """The only layer of that shape, or the only one there is.

    Raises:
        GeoError: the file cannot be read, none fits, or several do.
    """
    if not path.exists():
        raise GeoError(f"{path}: no such file")
    if path.suffix.lower() in TEXT_SUFFIXES:
        return 0
    try:
        layers = pyogrio.list_layers(path)
    except DataSourceError as error:
        reason = str(error).splitlines()[0].split(";")[0]
        raise GeoError(
            f"{path}: cannot be read as a layer of {shape} ({reason}): deliver a GeoJSON, "
            "GeoPackage, Shapefile (with its .shx, .dbf and .prj) or what else GDAL reads"
        ) from error
    if len(layers) == 1:
        return str(layers[0][0])
    fit = [str(name) for name, kind in layers if str(kind).split(" ")[0] in _TYPES[shape]]
    if not fit:
        names = ", ".join(f"{name} ({kind})" for name, kind in layers)
        raise GeoError(f"{path}: no layer with {shape}: it has {names or 'none at all'}")
    if len(fit) > 1:
        raise GeoError(f"{path}: several layers with {shape}: name one of {', '.join(fit)}")
    return fit[0]


def _to_degrees(features: geopandas.GeoDataFrame, system: str, path: Path) -> Geometries:
    """Shapes in WGS-84 degrees.

    Raises:
        GeoError: the coordinates are no degrees, or not finite.
    """
    shapes = np.asarray(features.geometry.array, dtype=object)
    own = features.crs
    if system != "wgs84":
        if own is not None and own.is_projected:
            raise GeoError(
                f"{path}: declared as {system}, but its coordinates are metres of {own.name}: "
                "declare wgs84 to have them converted"
            )
        _check_degrees(shapes, path)
        shapes = shapely.transform(
            shapes, lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], system))
        )
    elif own is not None and not own.equals(WGS84):
        flat = geopandas.GeoSeries(shapely.force_2d(shapes), crs=own)
        shapes = np.asarray(flat.to_crs(WGS84).array, dtype=object)
    _check_degrees(shapes, path)
    return shapes


def _check_degrees(shapes: Geometries, path: Path) -> None:
    xy, feature = shapely.get_coordinates(shapes, return_index=True)
    wrong = feature[~((np.abs(xy) <= (180.0, 90.0)).all(axis=1))]
    if len(wrong):
        lon, lat = shapely.get_coordinates(shapes[wrong[0]])[0]
        raise GeoError(
            f"{path}: feature {wrong[0] + 1}: {lon:g}, {lat:g} are not degrees: check the order "
            "(longitude first) and the file's coordinate system"
        )


def _text(
    features: geopandas.GeoDataFrame, column: str | None, usual: tuple[str, ...], path: Path
) -> pd.Series[Any]:
    """Trimmed names, None where unknown."""
    found = _column(features, column, usual, path)
    if found is None:
        return pd.Series(None, index=features.index, dtype="object")
    texts = [
        None if pd.isna(value) else str(value).strip() or None for value in features[found].tolist()
    ]
    return pd.Series(texts, index=features.index, dtype="object")


def _ranks(features: geopandas.GeoDataFrame, column: str | None, path: Path) -> pd.Series[Any]:
    """Whole numbers from 1; a class that is not known comes last.

    Raises:
        GeoError: the column is missing.
    """
    found = _column(features, column, RANKS, path)
    if found is None:
        return pd.Series(1, index=features.index, dtype="int64")

    def one(value: Any) -> int:  # noqa: ANN401 - whatever the file holds
        if value is None or pd.isna(value):
            return OTHER_RANK
        text = str(value).strip()
        if re.fullmatch(r"[+-]?\d{1,6}(\.\d*)?", text):
            return max(1, int(float(text)))
        return KNOWN_RANKS.get(text.lower(), OTHER_RANK)

    ranks = [one(value) for value in features[found].tolist()]
    return pd.Series(ranks, index=features.index, dtype="int64")


def _column(
    features: geopandas.GeoDataFrame, column: str | None, usual: tuple[str, ...], path: Path
) -> str | None:
    available = [str(name) for name in features.columns if name != features.geometry.name]
    if column is not None and column not in available:
        raise GeoError(
            f"{path}: no column {column!r}: it has {', '.join(available) or 'no columns'}"
        )
    return column or next((name for name in usual if name in available), None)

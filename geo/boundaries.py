"""Regions: reads boundary files into one canonical frame in WGS-84."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import geopandas
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from geo.attributes import COLUMNS, canonical
from geo.crs import CoordinateSystem, check_system, to_wgs84
from geo.errors import GeoError
from geo.layers import label_points, to_feature_collection
from geo.repair import repair
from geo.seams import clean_coverage, map_tolerance_m, simplify_coverage, simplify_levels
from geo.source import read_features

__all__ = [
    "COLUMNS",
    "beijing",
    "clean_coverage",
    "label_points",
    "map_tolerance_m",
    "read_regions",
    "simplify_coverage",
    "simplify_levels",
    "to_feature_collection",
]

WGS84 = "EPSG:4326"
# What may hold an area; of a collection the polygons count.
AREAL = (
    shapely.GeometryType.POLYGON,
    shapely.GeometryType.MULTIPOLYGON,
    shapely.GeometryType.GEOMETRYCOLLECTION,
)
BEIJING = "beijing_districts.geojson"


def read_regions(
    path: Path | str,
    *,
    crs: str = "wgs84",
    columns: Mapping[str, str] | None = None,
    layer: str | None = None,
    encoding: str | None = None,
) -> geopandas.GeoDataFrame:
    """Reads regions: GeoJSON, TopoJSON, GeoPackage, Shapefile or what else GDAL reads.

    Invalid polygons are repaired; what was done is listed in ``attrs["repairs"]``
    (:class:`geo.repair.Repair`), the reader's own warnings in ``attrs["warnings"]``.

    Args:
        path: the file.
        crs: ``wgs84``: the file's own coordinate system counts (none means WGS-84 degrees);
            ``gcj02`` or ``bd09``: its degrees are in that system, whatever the file says.
        columns: source column -> canonical column. Without it, columns count by their own name,
            and the ``id`` of a GeoJSON feature stands in for a missing ``region_id``.
        layer: which layer, if the file has several with areas.
        encoding: of the text; by default what the file declares, else UTF-8 or GB18030.

    Returns:
        One row per feature in the file's order: ``region_id`` and ``name`` (text),
        ``subscribers`` (float64), ``parent_id`` (text), ``level`` (Int64; greater is finer),
        ``geometry`` (valid Polygon or MultiPolygon, WGS-84 degrees). Only ``region_id`` and
        ``geometry`` are always known.

    Raises:
        GeoError: the file cannot be read, a column or id is missing, an id is repeated, a
            feature has no area, or a value or coordinate is impossible.
    """
    source, system = Path(path), check_system(crs)
    features = read_features(source, layer=layer, encoding=encoding)
    if features.empty:
        raise GeoError(f"{source}: no features: deliver one polygon per region")
    table = canonical(features, columns, source)
    shapes = np.asarray(features.geometry.array, dtype=object)
    _check_areas(shapes, source)
    shapes, repairs = repair(
        shapes,
        table["region_id"].tolist(),
        lambda own: _to_degrees(own, features.crs, system, source),
    )
    lost = np.flatnonzero(shapely.is_missing(shapes))
    if len(lost):
        raise GeoError(f"{source}: feature {lost[0] + 1}: its polygon has no area: draw it anew")
    regions = geopandas.GeoDataFrame(table, geometry=shapes, crs=WGS84)
    regions.attrs = {"repairs": repairs, "warnings": features.attrs["warnings"]}
    return regions


def beijing() -> geopandas.GeoDataFrame:
    """Beijing's 16 districts as shipped with the product (see ``geo/data/ATTRIBUTION.md``).

    Returns:
        The columns of :func:`read_regions` with the adcode as ``region_id``, and ``name_en``.
    """
    with resources.as_file(resources.files("geo") / "data" / BEIJING) as path:
        regions = read_regions(path)
        english = read_features(path)["name_en"].astype("object")
    regions.insert(2, "name_en", english)
    return regions


def _check_areas(shapes: npt.NDArray[np.object_], source: Path) -> None:
    """Refuses features that cannot be a region, whatever a repair does."""
    wrong = np.flatnonzero(~np.isin(shapely.get_type_id(shapes), AREAL) | shapely.is_empty(shapes))
    if len(wrong):
        shape = shapes[wrong[0]]
        kind = "missing or empty" if shape is None or shape.is_empty else f"a {shape.geom_type}"
        raise GeoError(f"{source}: feature {wrong[0] + 1}: its geometry is {kind}: draw a polygon")
    xy, feature = shapely.get_coordinates(shapes, return_index=True)
    wrong = feature[~np.isfinite(xy).all(axis=1)]
    if len(wrong):
        raise GeoError(f"{source}: feature {wrong[0] + 1}: a coordinate is not a number: mend it")


def _to_degrees(
    shapes: npt.NDArray[np.object_],
    own_crs: pyproj.CRS | None,
    system: CoordinateSystem,
    source: Path,
) -> npt.NDArray[np.object_]:
    """Shapes in WGS-84 degrees."""
    if system != "wgs84":
        if own_crs is not None and own_crs.is_projected:
            raise GeoError(
                f"{source}: declared as {system}, but its coordinates are metres of "
                f"{own_crs.name}: declare wgs84 to have them converted"
            )
        _check_degrees(shapes, source)
        shapes = shapely.transform(
            shapes, lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], system))
        )
    elif own_crs is not None and not own_crs.equals(WGS84):
        series = geopandas.GeoSeries(shapely.force_2d(shapes), crs=own_crs)
        shapes = np.asarray(series.to_crs(WGS84).array, dtype=object)
    _check_degrees(shapes, source)
    return shapes


def _check_degrees(shapes: npt.NDArray[np.object_], source: Path) -> None:
    bounds = shapely.bounds(shapes)
    bounds[shapely.is_missing(shapes)] = 0.0  # lost in a repair: told apart later
    inside = (bounds >= (-180.0, -90.0, -180.0, -90.0)) & (bounds <= (180.0, 90.0, 180.0, 90.0))
    wrong = np.flatnonzero(~inside.all(axis=1))
    if len(wrong):
        west, south, east, north = bounds[wrong[0]]
        raise GeoError(
            f"{source}: feature {wrong[0] + 1}: longitudes {west:g}..{east:g}, latitudes "
            f"{south:g}..{north:g} are not degrees: check the order (longitude first) and the "
            "file's coordinate system"
        )

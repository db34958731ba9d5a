"""A footprint for each cell: the ground on which it is the one that a user most probably meets."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geo.bands import layers, texts
from geo.extent import Extent, city_boundary
from geo.masts import Masts
from geo.overlay import common
from geo.plane import StraightPlane
from geo.projection import as_degrees, geocentric
from geo.reach import farthest_corner_m, reached, reaches, spacing_m, technology_reach_m
from geo.repair import polygonal
from geo.sectors import sectors, wedges
from geo.settings import CoverageModel
from geo.tessellation import grounds

__all__ = ["COLUMNS", "CoverageModel", "city_boundary", "footprints"]

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]
Geometries = npt.NDArray[np.object_]
Names = npt.NDArray[np.object_]

COLUMNS = ("cell_id", "site_id", "technology", "band", "azimuth_deg", "radius_m", "geometry")
WGS84 = "EPSG:4326"
AREAL = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
DEFAULT = CoverageModel()

# Masts closer than this are one.
SAME_MAST_M = 2.0
# What a cut leaves of a footprint below this is noise of the arithmetic.
NOTHING_M2 = 1.0
# Half the side of the square drawn for a cell that has no ground inside its city, metres.
TOKEN_M = 0.45


def footprints(
    cells: pd.DataFrame,
    regions: geopandas.GeoDataFrame | None,
    model: CoverageModel = DEFAULT,
) -> geopandas.GeoDataFrame:
    """The ground of each cell.

    A *layer* is a technology with a class of bands (below 1 GHz, between, 24 GHz and more).
    Within a layer a place belongs to the nearest mast (Voronoi 1908), if any mast's reach
    (:mod:`geo.reach`) covers it; on a mast, among the cells of one band, to the one that looks
    there most (:mod:`geo.sectors`). So footprints of one layer meet without gap or overlap, and
    each layer, and each band of a mast, covers the ground once more. Carriers (same mast, band
    and direction) have the same footprint; a cell without azimuth has all of its mast's ground.

    A cell on a mast in the city, or up to ``outside_m`` beside it, ends at the boundary. If all
    that it covers lies beyond, a square of less than 1 m2 at the nearest place inside stands for
    it. A cell farther outside keeps its ground as it is; ``attrs["outside"]`` counts them.

    Args:
        cells: ``cell_id``, ``longitude``, ``latitude`` (WGS-84 degrees, null if unknown) and, as
            far as known, ``site_id``, ``technology``, ``band``, ``azimuth_deg``.
        regions: ``region_id``, ``geometry`` and, if nested, ``level`` or ``parent_id``; the
            coarsest level with geometry is the city. None, or none with geometry: no boundary.
        model: reaches and angles.

    Returns:
        One row per cell with usable coordinates (see :class:`geo.masts.Masts`), by ``cell_id``:
        ``cell_id``, ``site_id``, ``technology``, ``band`` (as given, null if unknown),
        ``azimuth_deg`` (float64, NaN all-round), ``radius_m`` (from the mast to the farthest
        place), ``geometry`` (valid Polygon or MultiPolygon, WGS-84 degrees). The same cells and
        regions in any order give the same digits.

    Raises:
        GeoError: a column is missing, or a ``cell_id`` is empty or repeated.
    """
    ordered, masts = _gathered(cells, model)
    boundary = city_boundary(regions)
    plane = (
        StraightPlane.around(masts.lon, masts.lat)
        if boundary is None
        else StraightPlane.of(np.array([boundary], dtype=object))
    )
    ground = _Ground.of(masts, plane, boundary, model)
    placed = np.flatnonzero(masts.mast >= 0)
    shapes = np.full(len(ordered), None, dtype=object)
    layer, band = layers(ordered).astype(str), texts(ordered, "band")
    for name in np.unique(layer[placed]):
        some = placed[layer[placed] == name]
        shapes[some] = ground.of_layer(some, band[some], technology_reach_m(name, model))
    mast = masts.mast[placed]
    result = geopandas.GeoDataFrame(
        {
            "cell_id": masts.cell_ids[placed],
            **{column: _known(ordered, column)[placed] for column in COLUMNS[1:4]},
            "azimuth_deg": masts.azimuth[placed],
            "radius_m": farthest_corner_m(ground.places[mast], shapes[placed]),
        },
        geometry=plane.to_degrees(shapes[placed]),
        crs=WGS84,
    )
    result.attrs = {"outside": int((~ground.city[mast]).sum())}
    return result


def _gathered(cells: pd.DataFrame, model: CoverageModel) -> tuple[pd.DataFrame, Masts]:
    """Cells by id, and their masts; antennas that hang close together share one."""
    own = Masts.of(cells)
    ordered = cells.iloc[own.row].reset_index(drop=True)
    site = texts(ordered, "site_id")
    known = np.flatnonzero((own.mast >= 0) & (site != ""))
    lon, lat = as_degrees(ordered["longitude"]), as_degrees(ordered["latitude"])
    _, number = np.unique(site[known].astype(str), return_inverse=True)
    size = np.bincount(number)
    middle = np.column_stack(
        [np.bincount(number, weights=degrees[known]) / size for degrees in (lon, lat)]
    )
    away = np.linalg.norm(
        geocentric(lon[known], lat[known]) - geocentric(*middle[number].T), axis=1
    )
    farthest = np.zeros(len(size))
    np.maximum.at(farthest, number, away)
    together = farthest[number] <= model.same_site_m
    lon[known[together]], lat[known[together]] = middle[number[together]].T
    masts = Masts.of(ordered.assign(longitude=lon, latitude=lat))
    # places are told apart by rounding: two of them may be a millimetre apart
    close = cKDTree(masts.xyz).query_pairs(SAME_MAST_M, output_type="ndarray")
    if not len(close):
        return ordered, masts
    links = coo_array((np.ones(len(close)), close.T), shape=(len(masts.lon),) * 2)
    group = connected_components(links, directed=False)[1]
    placed = masts.mast >= 0
    of_group = np.unique(group, return_index=True)[1][group]  # its first mast
    lon[placed] = masts.lon[of_group][masts.mast[placed]]
    lat[placed] = masts.lat[of_group][masts.mast[placed]]
    return ordered, Masts.of(ordered.assign(longitude=lon, latitude=lat))


@dataclass(frozen=True)
class _Ground:
    """The masts on the plane, and what limits them.

    Attributes:
        masts: cells and masts.
        places: masts on the plane, metres, shape (masts, 2).
        xyz: masts in space.
        spacing: metres to the masts of any technology around.
        extent: the city, if known.
        city: which masts belong to it.
        model: reaches and angles.
    """

    masts: Masts
    places: Array
    xyz: Array
    spacing: Array
    extent: Extent | None
    city: npt.NDArray[np.bool_]
    model: CoverageModel

    @classmethod
    def of(
        cls,
        masts: Masts,
        plane: StraightPlane,
        boundary: shapely.Geometry | None,
        model: CoverageModel,
    ) -> _Ground:
        places = plane.metres(masts.lon, masts.lat)
        extent = None if boundary is None else Extent.of(plane, boundary)
        inside = np.ones(len(places), dtype=bool)
        city = inside if extent is None else extent.holds(places, model.outside_m)
        return cls(masts, places, masts.xyz, spacing_m(masts.xyz), extent, city, model)

    def of_layer(self, cells: Index, band: Names, farthest_m: float) -> Geometries:
        """Footprints on the plane of the cells of one layer."""
        mast, number = np.unique(self.masts.mast[cells], return_inverse=True)
        places, city = self.places[mast], self.city[mast]
        reach = reaches(spacing_m(self.xyz[mast]), self.spacing[mast], farthest_m, self.model)
        shares = reached(places, grounds(places, farthest_m), reach)
        radius = farthest_corner_m(places, shares)
        if self.extent is not None:
            shares[city] = self.extent.clip(shares[city])
        split = sectors(number.astype(np.int64), band, self.masts.azimuth[cells], self.model)
        shapes = shares[split.mast].copy()
        part = np.flatnonzero(split.partial)
        shapes[part] = common(shapes[part], wedges(split, part, places, radius))
        if self.extent is not None:
            lost = city[split.mast] & ~(shapely.area(shapes) > NOTHING_M2)
            shapes[lost] = self.extent.squares(places[split.mast[lost]], TOKEN_M)
        for index in np.flatnonzero(~np.isin(shapely.get_type_id(shapes), AREAL)):
            shapes[index] = polygonal(shapes[index])  # where another corner merely touches
        return shapes[split.number]


def _known(cells: pd.DataFrame, column: str) -> Names:
    """A column as it is, None where unknown or where there is no such column."""
    values = np.full(len(cells), None, dtype=object)
    if column in cells:
        there = cells[column].notna().to_numpy()
        values[there] = cells[column].to_numpy(dtype=object)[there]
    return values

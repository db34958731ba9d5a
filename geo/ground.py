"""The ground of an inventory: footprints, hexagons, shares and borders in one bundle.

A pure function of cells, regions and settings. What it follows from has a fingerprint, so that
it is made once and kept until the inventory changes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import geopandas
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.adjacency import borders
from geo.coverage import footprints
from geo.errors import GeoError
from geo.extent import city_boundary
from geo.hexgrid import cell_shares, choose_resolution, hexagons
from geo.plane import StraightPlane
from geo.projection import as_degrees
from geo.settings import GeoSettings

WGS84 = "EPSG:4326"
# Counts up when the same inventory and settings give another ground.
VERSION = 1
# Without a boundary the area is what the footprints cover, and holes between them up to this wide.
CLOSED_M = 2_000.0

_DEFAULT = GeoSettings()


@dataclass(frozen=True)
class Ground:
    """Where each cell's ground is.

    Attributes:
        footprints: of :func:`geo.coverage.footprints`.
        hexagons: of :func:`geo.hexgrid.hexagons`, over the boundary and over the footprints of
            cells outside it; ``inside`` is the share of a hexagon within the boundary, 0 outside.
        shares: of :func:`geo.hexgrid.cell_shares`; every cell of ``footprints`` is in it.
        borders: of :func:`geo.adjacency.borders`.
        boundary: of the city, WGS-84 degrees; without regions what the footprints cover.
        resolution: of the hexagons (H3).
        outside: cells drawn outside the boundary.
    """

    footprints: geopandas.GeoDataFrame
    hexagons: geopandas.GeoDataFrame
    shares: pd.DataFrame
    borders: pd.DataFrame
    boundary: shapely.Geometry
    resolution: int
    outside: int

    def save(self, folder: Path) -> None:
        """Writes ``footprints``, ``hexagons``, ``shares``, ``borders``, ``boundary`` (Parquet).

        Plain files, one after the other: whoever needs all or nothing writes into a folder aside
        and renames it. The same ground gives the same bytes.

        Args:
            folder: made if it is not there.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.footprints.to_parquet(folder / "footprints.parquet", index=False)
        self.hexagons.to_parquet(folder / "hexagons.parquet", index=False)
        self.shares.to_parquet(folder / "shares.parquet", index=False)
        self.borders.to_parquet(folder / "borders.parquet", index=False)
        facts = {"resolution": [self.resolution], "outside": [self.outside]}
        frame = geopandas.GeoDataFrame(facts, geometry=[self.boundary], crs=WGS84)
        frame.to_parquet(folder / "boundary.parquet", index=False)

    @classmethod
    def load(cls, folder: Path) -> Ground:
        """Reads what :meth:`save` wrote; the frames are equal to those saved.

        Raises:
            GeoError: a file is missing or damaged.
        """
        try:
            facts = geopandas.read_parquet(folder / "boundary.parquet")
            cells = geopandas.read_parquet(folder / "footprints.parquet")
            tiles = geopandas.read_parquet(folder / "hexagons.parquet")
            shares = pd.read_parquet(folder / "shares.parquet")
            sides = pd.read_parquet(folder / "borders.parquet")
        except (OSError, ValueError, KeyError) as error:
            reason = str(error).splitlines()[0]
            raise GeoError(
                f"{folder}: no complete ground ({reason}): remove the folder, it is made anew"
            ) from error
        outside = int(facts["outside"][0])
        cells.attrs = {"outside": outside}
        return cls(
            footprints=cells,
            hexagons=tiles,
            shares=shares,
            borders=sides,
            boundary=facts.geometry[0],
            resolution=int(facts["resolution"][0]),
            outside=outside,
        )


def ground(
    cells: pd.DataFrame,
    regions: geopandas.GeoDataFrame | None,
    settings: GeoSettings = _DEFAULT,
) -> Ground:
    """Works out the ground of an inventory.

    Args:
        cells: the ``cells`` feed; see :func:`geo.coverage.footprints`.
        regions: of :func:`geo.boundaries.read_regions`; None without.
        settings: reaches, hexagons, borders.

    Returns:
        The same digits for any order of the rows.

    Raises:
        GeoError: there is neither a region with geometry nor a cell with coordinates, a column
            is missing, or a ``cell_id`` is empty or repeated.
    """
    cover = footprints(cells, regions, settings.coverage)
    boundary = city_boundary(regions)
    shapes = np.asarray(cover.geometry.array, dtype=object)
    if boundary is None:
        if not len(shapes):
            raise GeoError(
                "no ground: no cell has usable coordinates and no region has a polygon: load a "
                "cells feed with longitude and latitude, or boundaries"
            )
        boundary = _covered(shapes)
    resolution = settings.hexagon_resolution or choose_resolution(
        boundary, cells, settings.most_hexagons
    )
    tiles = hexagons(boundary, resolution)
    beyond = shapes[~shapely.covers(boundary, shapes)] if cover.attrs["outside"] else shapes[:0]
    if len(beyond):
        more = hexagons(shapely.union_all(beyond), resolution).assign(inside=0.0)
        new = more[~more["hex_id"].isin(tiles["hex_id"])]
        tiles = pd.concat([tiles, new]).sort_values("hex_id", ignore_index=True)
    return Ground(
        footprints=cover,
        hexagons=tiles,
        shares=cell_shares(cover, tiles),
        borders=borders(cover, settings.border_m),
        boundary=boundary,
        resolution=resolution,
        outside=int(cover.attrs["outside"]),
    )


def fingerprint(
    cells: pd.DataFrame,
    regions: geopandas.GeoDataFrame | None,
    settings: GeoSettings = _DEFAULT,
) -> str:
    """What the ground follows from, as 16 hexadecimal digits.

    It changes with a cell's id, site, technology, band, place or azimuth, with the city's
    outline, with the settings and with :data:`VERSION`; not with the order of rows.
    """
    digest = hashlib.sha256()
    digest.update(json.dumps([VERSION, settings.model_dump(mode="json")]).encode())
    order = np.argsort(cells["cell_id"].to_numpy(dtype=object), kind="stable")
    for column in ("cell_id", "site_id", "technology", "band"):
        values = cells[column] if column in cells else pd.Series(None, index=cells.index)
        words = ["" if pd.isna(value) else str(value) for value in values.tolist()]
        digest.update(json.dumps([column, [words[row] for row in order]]).encode())
    for column in ("longitude", "latitude", "azimuth_deg"):
        values = cells[column] if column in cells else pd.Series(np.nan, index=cells.index)
        digest.update(as_degrees(values)[order].astype("<f8").tobytes())
    boundary = city_boundary(regions)
    digest.update(b"\nboundary:")
    digest.update(b"" if boundary is None else shapely.to_wkb(boundary))
    return digest.hexdigest()[:16]


def _covered(shapes: npt.NDArray[np.object_]) -> shapely.Geometry:
    """What footprints cover together, without the gaps between them."""
    plane = StraightPlane.of(shapes)
    distinct = np.unique(shapely.to_wkb(plane.to_metres(shapes)))
    wide = shapely.buffer(shapely.union_all(shapely.from_wkb(distinct)), CLOSED_M / 2.0)
    # a little more stays than was added, so that no footprint sticks out by a rounding
    closed = shapely.simplify(shapely.buffer(wide, -CLOSED_M / 2.0 + 10.0), 5.0)
    return shapely.normalize(plane.to_degrees(np.array([closed], dtype=object))[0])

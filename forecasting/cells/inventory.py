"""The cells as known at an origin, with what follows from their places alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime

import duckdb
import geopandas as gpd
import numpy as np
import pandas as pd

from forecasting import queries
from forecasting.cells.attribution import Attributor
from forecasting.cells.relations import Relations
from forecasting.cells.serving_weekly import Attributors
from geo.locate import locate_regions
from geo.nesting import with_parents


@dataclass(frozen=True)
class Inventory:
    """Cells, their neighbours and the way tickets find their cells.

    Attributes:
        cells: one row per cell sorted by ``cell_id``; columns of ``sql/cells_known.sql``, with
            ``region_id`` located where none was delivered, and ``sites_2km`` (sites within 2 km,
            the own one included; NaN without coordinates).
        regions: ``region_id, name, subscribers, parent_id, level, geometry`` (WGS-84); where only
            levels were delivered, parents are found by area (:func:`geo.nesting.with_parents`).
        neighbours: of :func:`geo.neighbours.neighbours`, weighed by the hand-overs known at the
            last Monday midnight.
        attributor: spreads tickets over cells, by the habits learned at the last Monday midnight.
    """

    cells: pd.DataFrame
    regions: gpd.GeoDataFrame
    neighbours: pd.DataFrame
    attributor: Attributor


@dataclass
class InventoryCache:
    """Keeps what was computed for an inventory while the same inventory holds."""

    relations: Relations = field(default_factory=Relations)
    _kept: dict[str, Inventory] = field(default_factory=dict)
    _attributors: Attributors = field(default_factory=Attributors)

    def as_of(self, connection: duckdb.DuckDBPyConnection, origin: datetime) -> Inventory:
        """The inventory that was known at ``origin``."""
        cells = queries.frame(connection, "cells_known", {"origin": origin})
        regions = queries.frame(connection, "regions_known", {"origin": origin})
        regions["geometry"] = [None if pd.isna(g) else bytes(g) for g in regions["geometry"]]
        key = _fingerprint(cells) + _fingerprint(regions)
        if key not in self._kept:
            self._kept = {key: _build(cells, regions)}
        kept = self._kept[key]
        placed = _placed(kept.cells)
        return replace(
            kept,
            neighbours=self.relations.neighbours(connection, origin, kept.cells, key),
            attributor=self._attributors.at(connection, origin, placed, key),
        )


def _fingerprint(frame: pd.DataFrame) -> str:
    return hashlib.sha256(
        pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes()
    ).hexdigest()


def _build(cells: pd.DataFrame, regions: pd.DataFrame) -> Inventory:
    located = gpd.GeoDataFrame(
        regions.drop(columns="geometry"),
        geometry=gpd.GeoSeries.from_wkb(regions["geometry"], crs="EPSG:4326"),
    )
    nested = with_parents(located)
    if nested["parent_inferred"].any():  # levels without parents: those that hold them by area
        located["parent_id"] = nested["parent_id"].astype(located["parent_id"].dtype)
    cells = cells.copy()
    homeless = cells["region_id"].isna() & cells["longitude"].notna() & cells["latitude"].notna()
    leaves = located[located.geometry.notna() & ~located["region_id"].isin(located["parent_id"])]
    if homeless.any() and len(leaves):
        found = locate_regions(
            cells.loc[homeless, "longitude"].to_numpy(),
            cells.loc[homeless, "latitude"].to_numpy(),
            leaves,
        )
        cells.loc[homeless, "region_id"] = np.asarray(found, dtype=object)
    placed = _placed(cells)
    cells["sites_2km"] = _sites_nearby(cells)
    return Inventory(cells, located, pd.DataFrame(), Attributor(placed))


def _placed(cells: pd.DataFrame) -> pd.DataFrame:
    return cells[cells["longitude"].notna() & cells["latitude"].notna()]


def _sites_nearby(cells: pd.DataFrame, radius_m: float = 2000.0) -> pd.Series:
    """Sites within ``radius_m`` of each cell (equirectangular distance)."""
    from scipy.spatial import cKDTree

    placed = cells[cells["longitude"].notna() & cells["latitude"].notna()]
    if placed.empty:
        return pd.Series(np.nan, index=cells.index)
    metre = 111_195.0
    middle = np.cos(np.radians(placed["latitude"].mean()))
    xy = np.column_stack([placed["longitude"] * metre * middle, placed["latitude"] * metre])
    site = placed["site_id"].fillna(placed["cell_id"])
    masts = xy[~site.duplicated().to_numpy()]
    counts = cKDTree(masts).query_ball_point(xy, radius_m, return_length=True)
    return pd.Series(counts, index=placed.index, dtype=float).reindex(cells.index)

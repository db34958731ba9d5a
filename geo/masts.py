"""Cells gathered by the mast that carries them, ready for questions of distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from geo.errors import GeoError
from geo.projection import as_degrees, geocentric

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]
Names = npt.NDArray[np.object_]

# Cells whose coordinates agree to this many decimals (about 10 m) hang on one mast.
DECIMALS = 4
# A place with more cells than this is a placeholder (city centre, depot), not a mast.
MAX_CELLS = 1000
# Masts closer than this are one place when the spacing is measured.
SAME_PLACE_M = 50.0
# The spacing of masts around a mast is its distance to this neighbour in the order of distance:
# the first two may be fillers.
SPACING_RANK = 3
SPACING_LIMITS_M = (150.0, 10_000.0)
# For a mast alone in the world.
SPACING_ALONE_M = 1000.0


@dataclass(frozen=True)
class Masts:
    """Cells in the order of their ids, and the masts that carry those with coordinates.

    Attributes:
        cell_ids: shape (cells,), ascending.
        row: where each of them stands in the frame it came from, shape (cells,).
        azimuth: degrees, NaN for all-round antennas, shape (cells,).
        mast: number of the cell's mast, -1 without usable coordinates, shape (cells,).
        lon: degrees, shape (masts,).
        lat: degrees, shape (masts,).
        xyz: the same in space, metres, shape (masts, 3).
        spacing_m: typical distance to the masts around, shape (masts,).
        first: the cells of mast m are ``members[first[m]:first[m + 1]]``, shape (masts + 1,).
        members: cell numbers by mast, ascending within each.
    """

    cell_ids: Names
    row: Index
    azimuth: Array
    mast: Index
    lon: Array
    lat: Array
    xyz: Array
    spacing_m: Array
    first: Index
    members: Index

    @classmethod
    def of(cls, cells: pd.DataFrame) -> Masts:
        """Gathers cells.

        Args:
            cells: ``cell_id``, ``longitude``, ``latitude`` (WGS-84 degrees, null if unknown) and,
                if there, ``azimuth_deg``. Coordinates out of range or exactly (0, 0) count as
                unknown, and so do those that more than 1,000 cells share.

        Raises:
            GeoError: a column is missing, or a ``cell_id`` is empty or repeated.
        """
        _check(cells)
        names = cells["cell_id"].to_numpy(dtype=object)
        row = np.argsort(names, kind="stable").astype(np.int64)
        ids = names[row]
        lon, lat = (as_degrees(cells[column])[row] for column in ("longitude", "latitude"))
        azimuth = (
            as_degrees(cells["azimuth_deg"])[row] % 360.0
            if "azimuth_deg" in cells
            else np.full(len(ids), np.nan)
        )
        mast = _gather(lon, lat)
        count = int(mast.max(initial=-1)) + 1
        placed = mast >= 0
        size = np.bincount(mast[placed], minlength=count)
        mast_lon, mast_lat = (
            np.bincount(mast[placed], weights=degrees[placed], minlength=count) / size
            for degrees in (lon, lat)
        )
        xyz = geocentric(mast_lon, mast_lat)
        members = np.argsort(mast, kind="stable").astype(np.int64)[int((~placed).sum()) :]
        return cls(
            cell_ids=ids,
            row=row,
            azimuth=azimuth,
            mast=mast,
            lon=mast_lon,
            lat=mast_lat,
            xyz=xyz,
            spacing_m=_spacing(xyz),
            first=np.concatenate(([0], np.cumsum(size))).astype(np.int64),
            members=members,
        )

    def cells_at(self, mast: Index) -> tuple[Index, Index]:
        """All cells of the given masts.

        Returns:
            For each of them the position in ``mast`` that it comes from, and the cell's number.
        """
        return expand(self.first[mast], self.first[mast + 1], self.members)


def expand(start: Index, stop: Index, members: Index) -> tuple[Index, Index]:
    """The slices ``members[start[i]:stop[i]]`` one after the other, each entry with its ``i``."""
    size = stop - start
    origin = np.repeat(np.arange(len(start), dtype=np.int64), size)
    within = np.arange(len(origin), dtype=np.int64) - np.repeat(np.cumsum(size) - size, size)
    return origin, members[start[origin] + within]


def nearest(tree_xyz: Array, xyz: Array, k: int) -> tuple[Array, Index]:
    """The k nearest of ``tree_xyz``, or all if there are fewer.

    Returns:
        Distances in metres and numbers, each of shape (points, min(k, masts)).
    """
    k = min(k, len(tree_xyz))
    if k == 0 or len(xyz) == 0:
        return np.empty((len(xyz), k)), np.empty((len(xyz), k), dtype=np.int64)
    distance, number = cKDTree(tree_xyz).query(xyz, k=np.arange(1, k + 1))
    return distance, number.astype(np.int64)


def _check(cells: pd.DataFrame) -> None:
    missing = [c for c in ("cell_id", "longitude", "latitude") if c not in cells]
    if missing:
        raise GeoError(f"cells: no column {', '.join(missing)}")
    wrong = np.flatnonzero(cells["cell_id"].isna())
    if len(wrong):
        raise GeoError(f"cells: row {wrong[0] + 1}: cell_id is empty")
    repeated = np.flatnonzero(cells["cell_id"].duplicated())
    if len(repeated):
        value = cells["cell_id"].iloc[repeated[0]]
        raise GeoError(f"cells: row {repeated[0] + 1}: cell_id {value!r} is there twice")


def _gather(lon: Array, lat: Array) -> Index:
    """Number of the mast of each cell, by place from south-west to north-east; -1 for none."""
    known = (np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0) & ~((lon == 0.0) & (lat == 0.0))
    mast = np.full(len(lon), -1, dtype=np.int64)
    places = np.round(np.column_stack((lon, lat))[known], DECIMALS) + 0.0  # no minus zero
    if not len(places):
        return mast
    _, number, size = np.unique(places, axis=0, return_inverse=True, return_counts=True)
    number = number.ravel()
    real = size <= MAX_CELLS
    renumbered = np.where(real, np.cumsum(real) - 1, -1)
    mast[known] = renumbered[number]
    return mast


def _spacing(xyz: Array) -> Array:
    """Metres to the third other place, or the farthest there is; within SPACING_LIMITS_M."""
    distance, _ = nearest(xyz, xyz, 4 * SPACING_RANK)
    apart = np.where(distance > SAME_PLACE_M, distance, np.inf)
    apart.sort(axis=1)
    apart = apart[:, :SPACING_RANK]
    farthest = np.where(np.isfinite(apart), apart, -np.inf).max(axis=1, initial=-np.inf)
    spacing = np.where(np.isfinite(farthest), farthest, SPACING_ALONE_M)
    return np.clip(spacing, *SPACING_LIMITS_M)

"""Where bursts are looked for: H3 cells that hold masts, and the discs around each of them."""

from __future__ import annotations

from dataclasses import dataclass

import h3.api.numpy_int as h3
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Zones:
    """Units (H3 cells with masts or, without cells, with tickets) and the discs made of them.

    Attributes:
        units: H3 indices, rising, shape (units,).
        subscribers: of the cells in each unit; where none are known, the number of cells.
        region: position of each unit's region in ``regions``.
        regions: region ids; the empty id where none is known.
        discs: which units each disc holds, shape (discs, units), ones.
        centre: H3 index of the middle of each disc.
        rings: rings of each disc; of discs with the same units the one with the fewest is kept.
        cell_units: unit of each ``cell_id``.
    """

    units: Ints
    subscribers: Array
    region: Ints
    regions: tuple[str, ...]
    discs: sparse.csr_matrix
    centre: Ints
    rings: Ints
    cell_units: pd.Series

    def members(self, disc: int) -> frozenset[int]:
        """Units of one disc."""
        row = self.discs.indices[self.discs.indptr[disc] : self.discs.indptr[disc + 1]]
        return frozenset(int(unit) for unit in row)

    def place(self, disc: int) -> tuple[float, float]:
        """Longitude and latitude of the middle of a disc, degrees."""
        latitude, longitude = h3.cell_to_latlng(int(self.centre[disc]))
        return float(longitude), float(latitude)

    def radius_m(self, disc: int) -> float:
        """About how far a disc reaches from its middle: rings between centres, and half a cell."""
        edge = h3.average_hexagon_edge_length(h3.get_resolution(int(self.centre[disc])), unit="m")
        return float(round(edge * (1 + self.rings[disc] * 3**0.5)))


def index(longitude: pd.Series, latitude: pd.Series, resolution: int) -> pd.Series:
    """H3 index of each place; 0 where the place is not known."""
    known = longitude.notna() & latitude.notna()
    values = [
        int(h3.latlng_to_cell(float(lat), float(lon), resolution)) if ok else 0
        for lon, lat, ok in zip(longitude, latitude, known, strict=True)
    ]
    return pd.Series(np.array(values, np.int64), index=longitude.index)


def make_zones(cells: pd.DataFrame, further: Ints, resolution: int, rings: int) -> Zones:
    """Units and discs of an inventory.

    Args:
        cells: ``cell_id, longitude, latitude, region_id, subscribers``; without a place: left out.
        further: H3 indices of tickets that no cell stands for.
        resolution: of H3.
        rings: of the largest disc.
    """
    hexes = index(cells["longitude"], cells["latitude"], resolution)
    placed = cells.loc[hexes > 0].assign(hex=hexes[hexes > 0])
    units = np.unique(np.concatenate([placed["hex"].to_numpy(np.int64), further]))
    units = units[units > 0]
    position = np.searchsorted(units, placed["hex"].to_numpy(np.int64))
    own = placed["subscribers"].astype(float)
    own = own.fillna(own.median() if own.notna().any() else 1.0)
    subscribers = np.bincount(position, own.to_numpy(), len(units))
    least = float(np.median(subscribers[subscribers > 0])) if len(placed) else 1.0
    regions, of_unit = _regions(placed, position, len(units))
    discs, centre, reach = _discs(units, rings)
    return Zones(
        units=units,
        subscribers=np.where(subscribers > 0, subscribers, least),
        region=of_unit,
        regions=regions,
        discs=discs,
        centre=centre,
        rings=reach,
        cell_units=pd.Series(position, index=placed["cell_id"].astype(object)),
    )


def _regions(placed: pd.DataFrame, position: Ints, units: int) -> tuple[tuple[str, ...], Ints]:
    """The region of most of a unit's cells (of equal ones the first)."""
    names = placed["region_id"].astype(object).where(placed["region_id"].notna(), "")
    regions = ("", *sorted(set(names) - {""}))
    code = names.map({name: i for i, name in enumerate(regions)}).to_numpy(np.int64)
    votes = np.zeros((units, len(regions)), np.int64)
    np.add.at(votes, (position, code), 1)
    return regions, votes.argmax(axis=1).astype(np.int64)


def _discs(units: Ints, rings: int) -> tuple[sparse.csr_matrix, Ints, Ints]:
    """Every unit with 0 … ``rings`` rings around it; equal sets of units once."""
    found: dict[bytes, tuple[Ints, int, int]] = {}
    for ring in range(rings + 1):
        around = [np.asarray(h3.grid_disk(int(unit), ring), np.int64) for unit in units]
        every = np.concatenate(around) if around else np.empty(0, np.int64)
        row = np.repeat(np.arange(len(units)), [len(some) for some in around])
        at = np.minimum(np.searchsorted(units, every), max(len(units) - 1, 0))
        inside = units[at] == every
        order = np.lexsort((at[inside], row[inside]))
        members, row = at[inside][order].astype(np.int64), row[inside][order]
        ends = np.searchsorted(row, np.arange(len(units) + 1))
        for number, unit in enumerate(units):
            own = members[ends[number] : ends[number + 1]]
            found.setdefault(own.tobytes(), (own, int(unit), ring))
    rows = list(found.values())
    columns = np.concatenate([own for own, _, _ in rows]) if rows else np.empty(0, np.int64)
    starts = np.cumsum([0, *(len(own) for own, _, _ in rows)])
    shape = (len(rows), len(units))
    return (
        sparse.csr_matrix((np.ones(len(columns)), columns, starts), shape=shape),
        np.array([unit for _, unit, _ in rows], np.int64),
        np.array([ring for _, _, ring in rows], np.int64),
    )

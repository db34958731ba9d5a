"""Layers of areas that do not overlap, and how much of each cell lies in each area.

A layer is one level of regions, the hexagons, or the city. What lies in none of its areas is a row
of its own, the last one: so every layer sums up to the city, and nothing is lost in silence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from forecasting.errors import ForecastingError
from forecasting.regions.tree import ancestors

CITY, REGION, HEXAGON, OUTSIDE = "city", "region", "hexagon", "outside"
SHARE_BITS = 20
"""Shares are whole multiples of 2^-20 (see ``cells.attribution.on_grid``)."""
VALUE_BITS = 24
"""So are the complaints of a cell, of 2^-24: a sum over areas is exact, in any order."""

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]


@dataclass(frozen=True)
class Layer:
    """Areas of one kind and level.

    Attributes:
        kind: ``city``, ``region`` or ``hexagon``.
        level: of the regions (greater is finer); the hexagons' resolution; 0 for the city.
        areas: ``area_id, parent_id, name``, one row per area.
        shares: shape (areas + 1, cells), whole multiples of 2^-20 as integers; the last row is what
            lies outside of all areas, so that every column sums to 2^20.
    """

    kind: str
    level: int
    areas: pd.DataFrame
    shares: sparse.csr_array

    @property
    def size(self) -> int:
        """Areas, without the row for what is outside."""
        return len(self.areas)

    @property
    def parts(self) -> sparse.csr_array:
        """``shares`` as parts of 1, shape (areas + 1, cells)."""
        return self.shares.astype(np.float64) / 2.0**SHARE_BITS

    def complaints(self, per_cell: Reals) -> Reals:
        """Sums of a cells' quantity that must not get lost; exact below 512 on the whole.

        Args:
            per_cell: shape (cells,); rounded to 2^-24. NaN counts nothing.

        Returns:
            Shape (areas + 1,); what is outside comes last.
        """
        summed: Integers = self.shares @ whole(np.nan_to_num(per_cell))
        return summed.astype(np.float64) / 2.0 ** (SHARE_BITS + VALUE_BITS)


def whole(values: Reals) -> Integers:
    """Values as whole multiples of 2^-24."""
    return np.rint(np.asarray(values, float) * 2.0**VALUE_BITS).astype(np.int64)


def city_layer(cells: pd.Series) -> Layer:
    """The city: all cells, wherever they are.

    Args:
        cells: ids of all cells, in the order of the columns.
    """
    areas = pd.DataFrame({"area_id": [CITY], "parent_id": [None], "name": [None]}, dtype=object)
    rows = np.zeros(len(cells), int)
    columns = np.arange(len(cells))
    ones = np.full(len(cells), 2**SHARE_BITS)
    return Layer(CITY, 0, areas, _matrix(ones, rows, columns, 1, len(cells)))


def hexagon_layer(
    cells: pd.Series, hexagons: pd.DataFrame, shares: pd.DataFrame, resolution: int
) -> Layer:
    """The hexagons; cells enter by the share of their footprint.

    Args:
        cells: ids of all cells, in the order of the columns.
        hexagons: ``hex_id``, and ``region_id`` (where its centre lies; None outside of all).
        shares: ``cell_id, hex_id, share``; a cell's shares sum to 1 at most. Rows of cells that are
            not in ``cells`` are left out, those of other hexagons count as outside.
        resolution: of the hexagons.

    Raises:
        ForecastingError: shares of a cell sum to more than 1.
    """
    ordered = hexagons.sort_values("hex_id", ignore_index=True)
    areas = pd.DataFrame(
        {"area_id": ordered["hex_id"], "parent_id": ordered["region_id"], "name": None},
        dtype=object,
    )
    column = pd.Index(cells).get_indexer(pd.Index(shares["cell_id"]))
    row = pd.Index(areas["area_id"]).get_indexer(pd.Index(shares["hex_id"]))
    inside = (column >= 0) & (row >= 0)
    part = np.rint(shares["share"].to_numpy(float)[inside] * 2.0**SHARE_BITS).astype(np.int64)
    matrix = _matrix(part, row[inside], column[inside], len(areas), len(cells))
    return Layer(HEXAGON, resolution, areas, matrix)


def region_layers(cells: pd.DataFrame, regions: pd.DataFrame) -> list[Layer]:
    """One layer for each level of regions, the coarsest first.

    Args:
        cells: ``cell_id, region_id``, in the order of the columns; a region's cells are those of
            the regions in it too.
        regions: ``region_id, parent_id, name, level``.
    """
    lines = ancestors(regions)
    level_of = levels(regions)
    found = []
    for level in sorted(set(level_of.values())):
        here = [region for region in sorted(level_of) if level_of[region] == level]
        own = regions.set_index("region_id").loc[here]
        areas = pd.DataFrame(
            {
                "area_id": here,
                "parent_id": [line[1] if len(line := lines[r]) > 1 else CITY for r in here],
                "name": own["name"].to_numpy(),
            },
            dtype=object,
        )
        row = region_rows(cells["region_id"], lines, here)
        inside = np.flatnonzero(row >= 0)
        ones = np.full(len(inside), 2**SHARE_BITS)
        matrix = _matrix(ones, row[inside], inside, len(here), len(cells))
        found.append(Layer(REGION, level, areas, matrix))
    return found


def region_rows(region_ids: pd.Series, lines: dict[str, list[str]], here: list[str]) -> Integers:
    """The row of the region of a layer in which each region lies; -1 outside of all.

    Args:
        region_ids: a region for each thing, or None.
        lines: each region with those above it (see ``regions.tree``).
        here: regions of the layer, none above another.
    """
    place = {region: i for i, region in enumerate(here)}
    of_region = {
        region: next((place[r] for r in line if r in place), -1) for region, line in lines.items()
    }
    known = [of_region.get(region, -1) if isinstance(region, str) else -1 for region in region_ids]
    return np.array(known, np.int64)


def levels(regions: pd.DataFrame) -> dict[str, int]:
    """The level of each region, so that regions of one level never lie in one another.

    The delivered levels, where all are known and grow from parent to child; else the depth, 1 for
    regions without a parent.
    """
    lines = ancestors(regions)
    known_levels = regions.set_index("region_id")["level"].dropna()
    given = {str(region): int(level) for region, level in known_levels.items()}
    known = len(given) == len(lines)
    if known and all(given[a] > given[b] for a, b in (x[:2] for x in lines.values() if x[1:])):
        return given
    return {region: len(line) for region, line in lines.items()}


def _matrix(
    part: Integers, row: Integers, column: Integers, areas: int, cells: int
) -> sparse.csr_array:
    """Parts by area and cell, and the rest of each cell as the last row."""
    inside = np.bincount(column, weights=part, minlength=cells).astype(np.int64)
    rest = 2**SHARE_BITS - inside
    if (rest < 0).any():
        raise ForecastingError(
            f"shares of {int((rest < 0).sum())} cells sum to more than 1: make the ground anew"
        )
    some = np.flatnonzero(rest)
    matrix = sparse.coo_array(
        (
            np.concatenate([part, rest[some]]).astype(np.int64),
            (
                np.concatenate([row, np.full(len(some), areas)]),
                np.concatenate([column, some]),
            ),
        ),
        shape=(areas + 1, cells),
    )
    return matrix.tocsr()

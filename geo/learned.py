"""Weights of neighbours learned from hand-overs: how many users really go from cell to cell.

Counted are attempts to hand over from a cell to another one (3GPP TS 32.425 § 4.3,
HO.InterEnbOutAtt and HO.IntraEnbOutAtt per relation; TS 28.552 § 5.1.1.6). What places and beams
say stands for ``PRIOR_ATTEMPTS`` attempts (a Dirichlet prior), so that few attempts change little.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import GeoError
from geo.masts import Names

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

# About what a cell in a town hands over in an hour.
PRIOR_ATTEMPTS = 1000.0


@dataclass(frozen=True)
class Attempts:
    """Hand-overs between known cells, each pair once, by cell and neighbour.

    Attributes:
        cell: number of the cell that hands over.
        other: number of the one that takes over.
        count: attempts, above 0.
        unknown: relations with a cell that is not known.
    """

    cell: Index
    other: Index
    count: Index
    unknown: int

    @classmethod
    def of(cls, handovers: pd.DataFrame, cell_ids: Names) -> Attempts:
        """Take the attempts of a frame.

        Args:
            handovers: ``cell_id, neighbour_id, attempts`` (whole, 0 or more); several rows of one
                pair are added up; a cell to itself is left out.
            cell_ids: known cells, ascending.

        Raises:
            GeoError: a column is missing, or attempts are not known or negative.
        """
        missing = [c for c in ("cell_id", "neighbour_id", "attempts") if c not in handovers]
        if missing:
            raise GeoError(f"handovers: no column {', '.join(missing)}")
        bad = np.flatnonzero(~(handovers["attempts"].fillna(-1) >= 0).to_numpy(bool))
        if len(bad):
            raise GeoError(f"handovers: row {bad[0] + 1}: attempts must be 0 or more")
        ids = pd.Index(cell_ids)
        cell = ids.get_indexer(pd.Index(handovers["cell_id"])).astype(np.int64)
        other = ids.get_indexer(pd.Index(handovers["neighbour_id"])).astype(np.int64)
        count = handovers["attempts"].to_numpy().astype(np.int64)
        known = (cell >= 0) & (other >= 0)
        use = known & (cell != other) & (count > 0)
        key, number = np.unique(cell[use] * len(ids) + other[use], return_inverse=True)
        total = np.zeros(len(key), np.int64)
        np.add.at(total, number.ravel(), count[use])
        size = max(1, len(ids))
        return cls(key // size, key % size, total, int((~known).sum()))


@dataclass(frozen=True)
class Links:
    """Pairs of a cell and a neighbour, ordered by both; arrays of one length.

    ``drawn``: chosen by places and beams; without it, for its hand-overs alone.
    """

    cell: Index
    other: Index
    near: Flags
    drawn: Flags
    attempts: Index
    share: Array
    weight: Array


def learn(
    drawn: tuple[Index, Index, Array], attempts: Attempts, site: Index, most_near: int
) -> Links:
    """Neighbours by places and beams and by hand-overs together, weighed by both.

    The weight of a pair is (a + P g) / (A + P): a its attempts, A those of the cell to all known
    cells, g its weight by places and beams, P = ``PRIOR_ATTEMPTS``, or 0 where the cell has no
    neighbours by places. A cell without hand-overs keeps g to the last digit.

    Args:
        drawn: cell, neighbour and g (sums to 1 over a cell) of the pairs by places and beams.
        attempts: hand-overs.
        site: number of each cell's site, -1 for none.
        most_near: so many neighbours between sites a cell keeps, those of the greatest weight.
    """
    cells = len(site)
    size = max(1, cells)
    key_drawn = drawn[0] * size + drawn[1]
    key_told = attempts.cell * size + attempts.other
    key = np.union1d(key_drawn, key_told)
    cell, other = key // size, key % size
    by_place = np.zeros(len(key))
    by_place[np.searchsorted(key, key_drawn)] = drawn[2]
    count = np.zeros(len(key), np.int64)
    count[np.searchsorted(key, key_told)] = attempts.count
    total = np.zeros(cells, np.int64)
    np.add.at(total, cell, count)
    placed = np.bincount(drawn[0], minlength=cells) > 0
    prior = np.where(placed, PRIOR_ATTEMPTS, 0.0)[cell]
    told = total[cell] > 0
    learned = (count + prior * by_place) / np.maximum(total[cell] + prior, 1.0)
    weight = np.where(told, learned, by_place)
    near = (site[cell] < 0) | (site[cell] != site[other])
    kept = _strongest(cell, other, near, weight, most_near)
    share = np.divide(count, total[cell], out=np.full(len(key), np.nan), where=told)
    left = np.bincount(cell[kept], weight[kept], cells)[cell[kept]]
    return Links(
        cell=cell[kept],
        other=other[kept],
        near=near[kept],
        drawn=np.isin(key, key_drawn)[kept],
        attempts=count[kept],
        share=share[kept],
        weight=np.where(told[kept], weight[kept] / left, weight[kept]),
    )


def _strongest(cell: Index, other: Index, near: Flags, weight: Array, most_near: int) -> Index:
    """Places of the pairs that stay, in their order; ties go to the smaller neighbour."""
    order = np.lexsort((other, -np.round(weight, 12), near, cell))
    group = cell[order] * 2 + near[order]
    rank = np.arange(len(order)) - np.searchsorted(group, group, side="left")
    return np.sort(order[~near[order] | (rank < most_near)])

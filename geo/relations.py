"""How a cell belongs to the cells around it: one mast, a common border, nearness, hand-overs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import GeoError
from geo.masts import Masts

Array = npt.NDArray[np.float64]

KINDS = ("cosite", "adjacent", "near", "handover")
"""Signs of a relation, the strongest first."""

_PAIR = ["cell_id", "neighbour_id"]


def relations(
    neighbours: pd.DataFrame, borders: pd.DataFrame, cells: pd.DataFrame | None = None
) -> pd.DataFrame:
    """One row for each pair of cells that have to do with each other, with all signs of it.

    Args:
        neighbours: of :func:`geo.neighbours.neighbours`, with or without hand-overs.
        borders: of :func:`geo.adjacency.borders`; pairs that are no neighbours by overlap or
            hand-overs are added.
        cells: ``cell_id, longitude, latitude``, for the distance of added pairs; it is unknown
            without them.

    Returns:
        ``cell_id, neighbour_id``; ``kind``, the strongest sign: ``cosite`` (one mast), ``adjacent``
        (their footprints have a common border), ``near`` (beams that face each other),
        ``handover`` (users go there, though nothing in the places says so); ``distance_m`` (NaN if
        unknown); ``border_m`` (0 without); ``share`` of the cell's hand-overs (NaN where nothing
        was measured); ``weight`` (0 of added pairs; sums to 1 over a cell that has neighbours). By
        ``cell_id``, kind in the order of ``KINDS``, falling weight, falling border and
        ``neighbour_id``.

    Raises:
        GeoError: a column is missing, or a pair is there twice.
    """
    for name, frame, needs in (
        ("neighbours", neighbours, [*_PAIR, "kind", "distance_m", "weight"]),
        ("borders", borders, [*_PAIR, "border_m"]),
    ):
        missing = [column for column in needs if column not in frame]
        if missing:
            raise GeoError(f"{name}: no column {', '.join(missing)}")
        twice = np.flatnonzero(frame.duplicated(_PAIR))
        if len(twice):
            one, other = frame[_PAIR].iloc[twice[0]]
            raise GeoError(f"{name}: the pair {one!r}, {other!r} is there twice")
    known = neighbours.assign(
        drawn=neighbours.get("drawn", True),
        share=neighbours.get("share", np.nan),
    )
    both = known.merge(borders[[*_PAIR, "border_m"]], on=_PAIR, how="outer", indicator=True)
    added = (both["_merge"] == "right_only").to_numpy()
    border = both["border_m"].fillna(0.0).to_numpy(float)
    cosite = (both["kind"] == "cosite").to_numpy()
    drawn = both["drawn"].eq(True).to_numpy()
    kind = np.select([cosite, border > 0.0, drawn], [0, 1, 2], 3)
    distance = both["distance_m"].to_numpy(float, copy=True)
    if cells is not None and added.any():
        distance[added] = _metres(cells, both.loc[added, _PAIR])
    told = set(known.loc[known["share"].notna(), "cell_id"])
    share = both["share"].to_numpy(float, copy=True)
    share[added & both["cell_id"].isin(told).to_numpy()] = 0.0
    weight = both["weight"].fillna(0.0).to_numpy(float)
    found = pd.DataFrame(
        {
            "cell_id": both["cell_id"].to_numpy(object),
            "neighbour_id": both["neighbour_id"].to_numpy(object),
            "kind": np.array(KINDS, dtype=object)[kind],
            "distance_m": distance,
            "border_m": border,
            "share": share,
            "weight": weight,
        }
    )
    names = [pd.factorize(found[column], sort=True)[0] for column in reversed(_PAIR)]
    order = np.lexsort((names[0], -np.round(border, 6), -np.round(weight, 12), kind, names[1]))
    return found.iloc[order].reset_index(drop=True)


def _metres(
    cells: pd.DataFrame, pairs: pd.DataFrame
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Metres between the masts of pairs; NaN if either is unknown."""
    masts = Masts.of(cells)
    ids = pd.Index(masts.cell_ids)
    mast = np.append(masts.mast, -1)  # the last entry answers for cells that are not there
    here, there = (mast[ids.get_indexer(pd.Index(pairs[column]))] for column in _PAIR)
    metres = np.full(len(pairs), np.nan)
    known = (here >= 0) & (there >= 0)
    metres[known] = np.linalg.norm(masts.xyz[here[known]] - masts.xyz[there[known]], axis=1)
    return metres

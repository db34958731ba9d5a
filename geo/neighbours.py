"""Which cells a cell shares its users with: those on its mast, and those around that face it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.antenna import offset_deg, overlap
from geo.learned import Attempts, learn
from geo.masts import MAX_CELLS, Index, Masts, expand, nearest
from geo.projection import bearing_deg

Array = npt.NDArray[np.float64]

# Share of a cell's weight that its co-site neighbours hold together, if it has both kinds.
COSITE_SHARE = 0.5


def neighbours(
    cells: pd.DataFrame, k: int = 6, *, handovers: pd.DataFrame | None = None
) -> pd.DataFrame:
    """The co-site cells of each cell and the k cells around that overlap with it most.

    Co-site are cells with the same ``site_id``, or, without one, on the same mast. Within each
    kind the weight follows the overlap of the two beams (:func:`geo.antenna.overlap`): on one
    mast by the angle between the azimuths; between masts by how far each looks past the other,
    times exp(-d^2 / 2 s^2), s being the distance between masts around.

    With hand-overs, cells that a cell hands over to are its neighbours too, and the weights follow
    the measured shares, drawn to those of places and beams (:func:`geo.learned.learn`).

    Args:
        cells: ``cell_id``, ``longitude``, ``latitude`` (WGS-84 degrees, null if unknown) and, if
            there, ``azimuth_deg`` and ``site_id``. A site_id or place with more than 1,000
            cells is a placeholder and counts as unknown.
        k: neighbours of the kind ``near`` per cell; chosen among the cells of the 2 k nearest
            masts. With hand-overs a cell has up to 2 k, those of the greatest weight.
        handovers: ``cell_id, neighbour_id, attempts`` (whole numbers); None: nothing is measured.

    Returns:
        ``cell_id``, ``neighbour_id``, ``kind`` (``cosite`` or ``near``), ``distance_m`` (between
        the masts, NaN if unknown) and ``weight``, which sums to 1 over each cell: half to each
        kind, all to the only one; to each kind as measured where there were hand-overs. Rows by
        ``cell_id``, kind, falling weight, ``neighbour_id``. A cell without coordinates has
        co-site neighbours only, and those it hands over to.

        With hand-overs also ``drawn`` (chosen by places and beams; False: by hand-overs alone),
        ``attempts`` and ``share`` (of the cell's attempts to all known cells, NaN where it had
        none); ``attrs["unknown_relations"]`` counts relations with a cell that is not in
        ``cells``, which are not used.

    Raises:
        GeoError: a column is missing, a ``cell_id`` is empty or repeated, or attempts are unknown
            or negative.
    """
    masts = Masts.of(cells)
    site = _sites(cells, masts)
    together = _cosite(masts, site)
    around = _near(masts, site, k)
    cell, other, distance, raw = (
        np.concatenate(pair) for pair in zip(together, around, strict=True)
    )
    near = np.arange(len(cell)) >= len(together[0])
    weight = _shares(cell, near, raw, len(masts.cell_ids))
    if handovers is None:
        return _frame(masts, (cell, other, near, distance, weight))
    attempts = Attempts.of(handovers, masts.cell_ids)
    found = learn((cell, other, weight), attempts, site, 2 * k)
    distance = _distance(masts, found.cell, found.other)
    more = {"drawn": found.drawn, "attempts": found.attempts, "share": found.share}
    links = (found.cell, found.other, found.near, distance, found.weight)
    frame = _frame(masts, links, more)
    frame.attrs["unknown_relations"] = attempts.unknown
    return frame


def _frame(
    masts: Masts,
    links: tuple[Index, Index, npt.NDArray[np.bool_], Array, Array],
    more: dict[str, npt.NDArray[Any]] | None = None,
) -> pd.DataFrame:
    """The neighbours in their order; further columns behind."""
    cell, other, near, distance, weight = links
    order = np.lexsort((other, -np.round(weight, 12), near, cell))
    return pd.DataFrame(
        {
            "cell_id": masts.cell_ids[cell[order]],
            "neighbour_id": masts.cell_ids[other[order]],
            "kind": np.where(near[order], "near", "cosite").astype(object),
            "distance_m": distance[order],
            "weight": weight[order],
            **{name: values[order] for name, values in (more or {}).items()},
        }
    )


def _sites(cells: pd.DataFrame, masts: Masts) -> Index:
    """Number of each cell's site, -1 for none: by ``site_id``, else by mast."""
    stated: pd.Series[Any] = (
        cells["site_id"] if "site_id" in cells else pd.Series(None, index=cells.index, dtype=object)
    )
    number, names = pd.factorize(stated.to_numpy(dtype=object)[masts.row])
    number = number.astype(np.int64)
    size = np.bincount(number[number >= 0], minlength=len(names))
    placeholder = np.append(size > MAX_CELLS, False)  # the last entry answers for -1
    number = np.where(placeholder[number], -1, number)
    by_mast = np.where(masts.mast >= 0, len(names) + masts.mast, -1)
    return np.where(number >= 0, number, by_mast)


def _cosite(masts: Masts, site: Index) -> tuple[Index, Index, Array, Array]:
    """(cell, neighbour, metres, raw weight) of all pairs of cells on one site."""
    members = np.argsort(site, kind="stable").astype(np.int64)
    ordered = site[members]
    has_site = np.flatnonzero(site >= 0).astype(np.int64)
    start = np.searchsorted(ordered, site[has_site], side="left")
    stop = np.searchsorted(ordered, site[has_site], side="right")
    origin, other = expand(start, stop, members)
    cell = has_site[origin]
    different = cell != other
    cell, other = cell[different], other[different]
    apart = offset_deg(masts.azimuth[cell], masts.azimuth[other])
    return cell, other, _distance(masts, cell, other), overlap(apart)


def _near(masts: Masts, site: Index, k: int) -> tuple[Index, Index, Array, Array]:
    """(cell, neighbour, metres, raw weight) of the k best pairs of each cell between sites."""
    distances, numbers = nearest(masts.xyz, masts.xyz, 2 * k + 1)  # the first is itself
    width = distances.shape[1]
    here = np.repeat(np.arange(len(masts.lon), dtype=np.int64), width)
    there, distance = numbers.ravel(), distances.ravel()
    out = bearing_deg(masts.lon[here], masts.lat[here], masts.xyz[there])
    back = bearing_deg(masts.lon[there], masts.lat[there], masts.xyz[here])
    closeness = np.exp(-0.5 * (distance / masts.spacing_m[here]) ** 2)

    link, cell = masts.cells_at(here)
    pair, other = masts.cells_at(there[link])
    link, cell = link[pair], cell[pair]
    elsewhere = site[cell] != site[other]
    link, cell, other = link[elsewhere], cell[elsewhere], other[elsewhere]

    facing = overlap(offset_deg(out[link], masts.azimuth[cell]))
    faced = overlap(offset_deg(back[link], masts.azimuth[other]))
    # two sites on one mast look past each other in no direction: their beams count, as co-site
    parallel = overlap(offset_deg(masts.azimuth[cell], masts.azimuth[other]))
    beams = np.where((here == there)[link], parallel, facing * faced)
    # never quite 0, so that a far neighbour of a lonely cell still has a weight
    raw = np.maximum(closeness[link], 1e-9) * beams
    best = np.lexsort((other, distance[link], -np.round(raw, 15), cell))
    first = np.searchsorted(cell[best], cell[best], side="left")
    best = best[np.arange(len(best)) - first < k]
    return cell[best], other[best], distance[link[best]], raw[best]


def _distance(masts: Masts, cell: Index, other: Index) -> Array:
    """Metres between the masts of two cells, NaN if either is unknown."""
    here, there = masts.mast[cell], masts.mast[other]
    metres = np.full(len(cell), np.nan)
    known = (here >= 0) & (there >= 0)
    metres[known] = np.linalg.norm(masts.xyz[here[known]] - masts.xyz[there[known]], axis=1)
    return metres


def _shares(cell: Index, near: npt.NDArray[np.bool_], raw: Array, cells: int) -> Array:
    """Weights that sum to 1 over each cell, COSITE_SHARE of it to its co-site neighbours."""
    totals = np.stack(
        [np.bincount(cell[near == kind], raw[near == kind], cells) for kind in (False, True)]
    )
    both = np.logical_and(*(totals > 0))
    share = np.where(near, 1.0 - COSITE_SHARE, COSITE_SHARE)
    share = np.where(both[cell], share, 1.0)
    return np.asarray(share * raw / totals[near.astype(np.int64), cell])

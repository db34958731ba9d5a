"""How the cells of one mast share the directions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geo.settings import CoverageModel

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]
Geometries = npt.NDArray[np.object_]
Flags = npt.NDArray[np.bool_]

ARC_POINTS = 7  # of a wedge's outer rim: no more than 60 degrees apart


@dataclass(frozen=True)
class Sectors:
    """Directions of masts, each for one cell or for several carriers.

    Attributes:
        number: the sector of each cell, shape (cells,).
        mast: the mast of each sector, shape (sectors,).
        start: where it begins, degrees clockwise from north, 0 up to 360.
        stop: where it ends, clockwise from ``start``.
        partial: False for all directions, where ``start`` is ``stop``.
    """

    number: Index
    mast: Index
    start: Array
    stop: Array
    partial: Flags


def sectors(
    mast: Index, band: npt.NDArray[np.object_], azimuth: Array, model: CoverageModel
) -> Sectors:
    """Splits the directions of each mast among the cells of each of its bands.

    The border between two sectors is half-way between their azimuths, in whichever direction
    the next one lies: one to six sectors, evenly spread or not, fill the circle. The only sector
    of a mast and band has ``lone_sector_deg`` around its azimuth, for what lies behind it is
    served by others. Azimuths that follow each other by no more than ``same_direction_deg`` are
    one sector, whose direction is half-way between the outermost. The cells of a mast without
    azimuth are one sector of all directions, beside those of the others.

    Args:
        mast: of each cell, shape (cells,).
        band: of each cell, text.
        azimuth: degrees, 0 up to 360, NaN without.
        model: the angles.
    """
    code = np.unique(band.astype(str), return_inverse=True)[1].astype(np.int64)
    group = mast * (code.max(initial=0) + 1) + code
    number = np.full(len(mast), -1, dtype=np.int64)
    aimed = np.flatnonzero(~np.isnan(azimuth))
    aimed = aimed[np.lexsort((azimuth[aimed], group[aimed]))]
    begins, sector = _runs(group[aimed], azimuth[aimed], model.same_direction_deg)
    opener = np.flatnonzero(begins)
    number[aimed] = sector
    span = np.zeros(len(opener))
    np.maximum.at(span, sector, (azimuth[aimed] - azimuth[aimed][opener][sector]) % 360.0)
    middle = (azimuth[aimed][opener] + span / 2.0) % 360.0
    start, stop = _halfway(group[aimed][opener], middle, model.lone_sector_deg)

    all_round = np.flatnonzero(np.isnan(azimuth))
    masts, which = np.unique(mast[all_round], return_inverse=True)
    number[all_round] = len(opener) + which
    nowhere = np.zeros(len(masts))
    start, stop = np.concatenate((start, nowhere)), np.concatenate((stop, nowhere))
    owner = np.concatenate((mast[aimed][opener], masts))
    return Sectors(number, owner, start, stop, partial=start != stop)


def _runs(group: Index, azimuth: Array, apart_deg: float) -> tuple[Flags, Index]:
    """Which azimuths begin a sector, and the sector of each, across north too.

    Args:
        group: ascending; azimuths of different groups have nothing in common.
        azimuth: degrees, ascending within a group.
        apart_deg: a larger gap to the azimuth before begins a sector.
    """
    first, last = _ends(group)
    size = last - first + 1
    before = np.arange(len(group)) - 1
    before[first] = last
    gap = azimuth - azimuth[before]
    gap[first] += 360.0
    begins = gap > apart_deg
    if len(group):  # azimuths all around without a gap: one sector all the same
        begins[first] |= np.add.reduceat(begins, first) == 0
    opened = np.cumsum(begins) - 1
    # what comes before the first gap of its group goes on from the last sector, across north
    earliest = np.repeat(opened[first] + ~begins[first], size)
    return begins, np.where(opened < earliest, np.repeat(opened[last], size), opened)


def _halfway(group: Index, middle: Array, lone_deg: float) -> tuple[Array, Array]:
    """Where sectors start and stop: half-way to the next one, or ``lone_deg`` wide if alone."""
    first, last = _ends(group)
    number = np.arange(len(group))
    after, before = number + 1, number - 1
    after[last], before[first] = first, last
    stop = (middle + ((middle[after] - middle) % 360.0) / 2.0) % 360.0
    start = stop[before]
    alone = after == number
    half = lone_deg / 2.0 if lone_deg < 360.0 else 0.0  # all around: to the last digit
    start[alone] = (middle[alone] - half) % 360.0
    stop[alone] = (middle[alone] + half) % 360.0
    return start, stop


def _ends(group: Index) -> tuple[Index, Index]:
    """First and last position of each run of equal numbers."""
    changes = np.flatnonzero(np.diff(group)) + 1
    bounds = np.concatenate(([0], changes, [len(group)])) if len(group) else np.zeros(1, np.int64)
    return bounds[:-1].astype(np.int64), (bounds[1:] - 1).astype(np.int64)


def wedges(split: Sectors, part: Index, places: Array, radius: Array) -> Geometries:
    """Wedges of the sectors ``part`` that hold all within ``radius`` of the mast.

    Args:
        split: the sectors.
        part: which of them.
        places: the masts on the plane, metres, shape (masts, 2).
        radius: metres, shape (masts,).
    """
    start, stop = split.start[part], split.stop[part]
    span = (stop - start) % 360.0
    angle = start[:, None] + span[:, None] * np.linspace(0.0, 1.0, ARC_POINTS)[None, :]
    angle[:, -1] = stop  # to the last digit the start of the next sector
    turn = np.radians(angle)
    mast = split.mast[part]
    centre = places[mast][:, None, :]
    # chords of 60 degrees come within 0.87 of their circle
    far = 1.3 * radius[mast][:, None, None] + 1.0
    rim = centre + far * np.stack((np.sin(turn), np.cos(turn)), axis=2)
    return np.asarray(shapely.polygons(np.concatenate((centre, rim), axis=1)), dtype=object)

"""The coordinate system of positions, by how near they come to cells that are known."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from geo.crs import COORDINATE_SYSTEMS, to_wgs84
from ingest.suggest.known import Known
from ingest.suggest.model import Guess

_MOST = 500
_CLEAR = 0.6  # the nearest system's median distance must be so much smaller than the next one's
_FAR_M = 3000.0
_DEGREE_M = 111_320.0


def find_system(longitude: list[float], latitude: list[float], known: Known) -> Guess:
    """Read the positions as each of the three systems and compare them with the known cells.

    Distances are to the nearest known cell, in metres; their medians are compared.
    """
    points = np.array([longitude, latitude], dtype=float).T[:_MOST]
    points = points[np.isfinite(points).all(axis=1) & (np.abs(points).sum(axis=1) > 0)]
    in_china = np.mean((points[:, 0] > 73) & (points[:, 0] < 135.1) & (points[:, 1] > 3)) > 0.5
    if len(points) and not in_china:
        return Guess("coordinates", "wgs84", "outside China all systems are the same", "high")
    if len(known.positions) == 0 or len(points) == 0:
        return Guess(
            "coordinates",
            "wgs84",
            "assumed: no cells with positions are known to compare with; a wrong system moves "
            "them by 100 to 1,200 m",
            "low",
        )
    medians = {
        system: _median_m(np.column_stack(to_wgs84(points[:, 0], points[:, 1], system)), known)
        for system in COORDINATE_SYSTEMS
    }
    ranked = sorted(medians, key=lambda system: medians[system])
    first, second = ranked[0], ranked[1]
    figures = ", ".join(f"{system} {medians[system]:,.0f} m" for system in ranked)
    why = f"median distance to the nearest known cell: {figures}"
    if medians[first] > _FAR_M:
        return Guess("coordinates", "wgs84", f"assumed: {why}; none is near", "low")
    if medians[first] > _CLEAR * medians[second]:
        return Guess("coordinates", "wgs84", f"assumed: {why}; it cannot be told", "low")
    return Guess("coordinates", first, why, "high" if medians[first] < 100 else "medium")


def _median_m(points: npt.NDArray[np.float64], known: Known) -> float:
    middle = math.radians(float(np.median(points[:, 1])))
    size = np.array([_DEGREE_M * math.cos(middle), _DEGREE_M])
    cells, asked = known.positions * size, points * size
    nearest = [float(np.sqrt(((cells - point) ** 2).sum(axis=1).min())) for point in asked]
    return float(np.median(nearest))

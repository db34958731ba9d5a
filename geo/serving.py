"""Which cells probably served a customer, from where the customer was."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.antenna import BEAMWIDTH_DEG, LIMIT_DB, gain, offset_deg, spread_deg
from geo.errors import GeoError
from geo.masts import Index, Masts, nearest
from geo.projection import as_degrees, bearing_deg, geocentric

Array = npt.NDArray[np.float64]

POINTS_AT_A_TIME = 5000  # bounds memory: points x masts x cells of a mast


@dataclass(frozen=True)
class ServingModel:
    """How a cell's users are spread over the ground.

    The weight of a cell is the density of its users where the ticket says that the customer was
    (Bayes' rule with the same number of users for every cell). Their distance from the mast is
    Rayleigh-distributed, so that the density falls as exp(-d^2 / 2 s^2) / s^2; s grows with the
    distance between masts, since urban cells are small and rural ones large. Their direction
    follows the antenna pattern (:mod:`geo.antenna`). The error of the stated position blurs
    both: s^2 by its square, the beam by the angle under which it is seen from the mast.

    Attributes:
        masts: nearest masts that are looked at.
        reach: s as a share of the distance D between masts (see :mod:`geo.masts`). Three-sector
            masts in a triangular grid have users 0.4 D away on average, a Rayleigh mean 1.25 s.
        beamwidth_deg: 3 dB beamwidth of sector antennas.
        limit_db: attenuation of side and back lobes.
        location_error_m: standard deviation, per axis, of the stated position.
        max_distance_m: a mast farther away serves nobody.
        cut: cells with less than this share of the best cell's weight are left out.
    """

    masts: int = 12
    reach: float = 0.3
    beamwidth_deg: float = BEAMWIDTH_DEG
    limit_db: float = LIMIT_DB
    location_error_m: float = 75.0
    max_distance_m: float = 20_000.0
    cut: float = 0.02

    def __post_init__(self) -> None:
        """Refuses what cannot be computed with.

        Raises:
            GeoError: a parameter is not positive, or ``cut`` not from 0 up to 1.
        """
        for name in ("masts", "reach", "beamwidth_deg", "limit_db", "max_distance_m"):
            if not getattr(self, name) > 0:
                raise GeoError(f"serving model: {name} is {getattr(self, name)}: must be above 0")
        if not self.location_error_m >= 0:
            raise GeoError(f"serving model: location_error_m is {self.location_error_m}: 0 or more")
        if not 0 <= self.cut <= 1:
            raise GeoError(f"serving model: cut is {self.cut}: must be from 0 to 1")


DEFAULT = ServingModel()


def serving_cells(
    points: pd.DataFrame, cells: pd.DataFrame, model: ServingModel = DEFAULT
) -> pd.DataFrame:
    """Spreads each located ticket over the cells that probably served it.

    Args:
        points: ``ticket_id``, ``longitude``, ``latitude`` (WGS-84 degrees, null if unknown).
        cells: ``cell_id``, ``longitude``, ``latitude`` and, if there, ``azimuth_deg`` (null is
            an all-round antenna). Cells without coordinates are no candidates.
        model: the parameters.

    Returns:
        ``ticket_id``, ``cell_id``, ``weight``; the weights of a ticket sum to 1. Tickets in the
        order of ``points``, cells of a ticket by falling weight, then by id. A ticket without
        coordinates or farther than ``max_distance_m`` from every mast has no row.

    Raises:
        GeoError: a column is missing, or a ``ticket_id`` or ``cell_id`` is empty or repeated.
    """
    _check(points)
    masts = Masts.of(cells)
    lon, lat = as_degrees(points["longitude"]), as_degrees(points["latitude"])
    usable = np.flatnonzero((np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0))
    chunks = [
        _serve(usable[start : start + POINTS_AT_A_TIME], lon, lat, masts, model)
        for start in range(0, len(usable), POINTS_AT_A_TIME)
    ]
    point = np.concatenate([np.empty(0, np.int64), *(c[0] for c in chunks)])
    cell = np.concatenate([np.empty(0, np.int64), *(c[1] for c in chunks)])
    weight = np.concatenate([np.empty(0), *(c[2] for c in chunks)])
    return pd.DataFrame(
        {
            "ticket_id": points["ticket_id"].to_numpy()[point],
            "cell_id": masts.cell_ids[cell],
            "weight": weight,
        }
    )


def _check(points: pd.DataFrame) -> None:
    missing = [c for c in ("ticket_id", "longitude", "latitude") if c not in points]
    if missing:
        raise GeoError(f"points: no column {', '.join(missing)}")
    wrong = np.flatnonzero(points["ticket_id"].isna())
    if len(wrong):
        raise GeoError(f"points: row {wrong[0] + 1}: ticket_id is empty")
    repeated = np.flatnonzero(points["ticket_id"].duplicated())
    if len(repeated):
        value = points["ticket_id"].iloc[repeated[0]]
        raise GeoError(f"points: row {repeated[0] + 1}: ticket_id {value!r} is there twice")


def _serve(
    points: Index, lon: Array, lat: Array, masts: Masts, model: ServingModel
) -> tuple[Index, Index, Array]:
    """Rows (point, cell, weight) for some of the points, in the promised order."""
    xyz = geocentric(lon[points], lat[points])
    distances, numbers = nearest(masts.xyz, xyz, model.masts)
    place, column = np.nonzero(distances <= model.max_distance_m)
    mast, distance = numbers[place, column], distances[place, column]
    seen_from_mast = bearing_deg(masts.lon[mast], masts.lat[mast], xyz[place])

    pair, cell = masts.cells_at(mast)
    log_weight = _log_density(
        distance[pair],
        offset_deg(seen_from_mast[pair], masts.azimuth[cell]),
        masts.spacing_m[mast[pair]],
        model,
    )
    place = place[pair]
    best = np.full(len(points), -np.inf)
    np.maximum.at(best, place, log_weight)
    relative = np.exp(log_weight - best[place])
    kept = relative >= model.cut
    place, cell, relative = place[kept], cell[kept], relative[kept]
    total = np.bincount(place, weights=relative, minlength=len(points))
    weight = relative / total[place]
    # equal weights may differ in the last digit: rounded, they are ordered by id (= cell number)
    order = np.lexsort((cell, -np.round(weight, 12), place))
    return points[place[order]], cell[order], weight[order]


def _log_density(distance: Array, offset: Array, spacing: Array, model: ServingModel) -> Array:
    """Logarithm of the density of a cell's users, up to a constant."""
    error = model.location_error_m
    variance = (model.reach * spacing) ** 2 + error**2
    # the stated position's error as an angle seen from the mast: huge beside the mast itself
    blur = np.degrees(error / np.maximum(distance, 1.0))
    spread = np.hypot(spread_deg(model.beamwidth_deg), blur)
    beam = gain(offset, spread=spread, limit_db=model.limit_db)
    return np.asarray(-0.5 * distance**2 / variance - np.log(variance) + np.log(beam))

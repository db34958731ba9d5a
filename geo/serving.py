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

_WIDE = 3.0  # reach of strays, as a multiple
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
        power: of the fall with distance; 2 is Rayleigh, a high one a disc with a sharp edge.
        reach_of: technology and the multiple of ``reach`` that its cells have; 1 where it is not
            named.
        beamwidth_deg: 3 dB beamwidth of sector antennas.
        limit_db: attenuation of side and back lobes.
        stray: share of customers that are anywhere around: three times as far, in any direction
            (an address in place of the position, a cell that reaches over others).
        location_error_m: standard deviation, per axis, of the stated position.
        max_distance_m: a mast farther away serves nobody.
        cut: cells with less than this share of the best cell's weight are left out.
    """

    masts: int = 12
    reach: float = 0.3
    power: float = 2.0
    reach_of: tuple[tuple[str, float], ...] = ()
    beamwidth_deg: float = BEAMWIDTH_DEG
    limit_db: float = LIMIT_DB
    stray: float = 0.0
    location_error_m: float = 75.0
    max_distance_m: float = 20_000.0
    cut: float = 0.02

    def __post_init__(self) -> None:
        """Refuses what cannot be computed with.

        Raises:
            GeoError: a parameter is not positive, or ``cut`` or ``stray`` not from 0 up to 1.
        """
        for name in ("masts", "reach", "power", "beamwidth_deg", "limit_db", "max_distance_m"):
            if not getattr(self, name) > 0:
                raise GeoError(f"serving model: {name} is {getattr(self, name)}: must be above 0")
        for technology, factor in self.reach_of:
            if not factor > 0:
                raise GeoError(f"serving model: reach_of {technology} is {factor}: must be above 0")
        if not self.location_error_m >= 0:
            raise GeoError(f"serving model: location_error_m is {self.location_error_m}: 0 or more")
        for name in ("cut", "stray"):
            if not 0 <= getattr(self, name) <= 1:
                raise GeoError(f"serving model: {name} is {getattr(self, name)}: 0 to 1 is allowed")


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
    scale = reach_factors(cells, masts, model)
    lon, lat = as_degrees(points["longitude"]), as_degrees(points["latitude"])
    chunks = [
        _served(candidates(lon, lat, masts, model, rows), scale, model)
        for rows in _some_at_a_time(lon, lat)
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


@dataclass(frozen=True)
class Candidates:
    """Pairs of a point and a cell near it, ordered by point; arrays of shape (pairs,).

    Attributes:
        point: number of the point.
        cell: number of the cell (see :class:`geo.masts.Masts`).
        distance_m: from the mast.
        offset_deg: off the antenna's azimuth, NaN for all-round antennas.
        spacing_m: typical distance between masts there.
    """

    point: Index
    cell: Index
    distance_m: Array
    offset_deg: Array
    spacing_m: Array


def candidates(
    lon: Array, lat: Array, masts: Masts, model: ServingModel, rows: Index | None = None
) -> Candidates:
    """All cells on the nearest masts of each point.

    Args:
        lon: degrees, shape (points,); NaN or out of range is nowhere.
        lat: the same.
        masts: the cells.
        model: how many masts, and how far.
        rows: only these points, ascending; by default all that are somewhere.
    """
    if rows is None:
        rows = _somewhere(lon, lat)
    xyz = geocentric(lon[rows], lat[rows])
    distances, numbers = nearest(masts.xyz, xyz, model.masts)
    place, column = np.nonzero(distances <= model.max_distance_m)
    mast, distance = numbers[place, column], distances[place, column]
    seen_from_mast = bearing_deg(masts.lon[mast], masts.lat[mast], xyz[place])
    pair, cell = masts.cells_at(mast)
    return Candidates(
        point=rows[place[pair]],
        cell=cell,
        distance_m=distance[pair],
        offset_deg=offset_deg(seen_from_mast[pair], masts.azimuth[cell]),
        spacing_m=masts.spacing_m[mast[pair]],
    )


def reach_factors(cells: pd.DataFrame, masts: Masts, model: ServingModel) -> Array:
    """Multiple of the reach of every cell, by its technology; in the order of ``masts``."""
    if not model.reach_of or "technology" not in cells:
        return np.ones(len(masts.cell_ids))
    named = cells["technology"].map(dict(model.reach_of)).astype(float).fillna(1.0)
    return np.asarray(named.to_numpy(float)[masts.row])


def log_density(found: Candidates, scale: Array, model: ServingModel) -> Array:
    """Logarithm of the density of a cell's users at a point, up to a constant.

    Args:
        found: pairs of point and cell.
        scale: multiple of the reach of every cell (see :func:`reach_factors`).
        model: the parameters.
    """
    error = model.location_error_m
    variance = (model.reach * scale[found.cell] * found.spacing_m) ** 2 + error**2
    # the stated position's error as an angle seen from the mast: huge beside the mast itself
    blur = np.degrees(error / np.maximum(found.distance_m, 1.0))
    spread = np.hypot(spread_deg(model.beamwidth_deg), blur)
    beam = gain(found.offset_deg, spread=spread, limit_db=model.limit_db)
    fall = (found.distance_m**2 / variance) ** (model.power / 2.0)
    near = -0.5 * fall - np.log(variance) + np.log(beam)
    if model.stray == 0.0:
        return np.asarray(near)
    wide = _WIDE**2 * variance
    anywhere = -0.5 * found.distance_m**2 / wide - np.log(wide)
    with np.errstate(divide="ignore"):  # a stray of 1 leaves nothing else
        both = np.logaddexp(np.log1p(-model.stray) + near, np.log(model.stray) + anywhere)
    return np.asarray(both)


def shares(point: Index, log_weight: Array, points: int) -> Array:
    """Weights of each point's cells in proportion to exp(log_weight); they sum to 1 a point.

    Args:
        point: number of the point, shape (pairs,).
        log_weight: the same shape; finite.
        points: how many there are.
    """
    best = np.full(points, -np.inf)
    np.maximum.at(best, point, log_weight)
    relative = np.exp(log_weight - best[point])
    total = np.bincount(point, weights=relative, minlength=points)
    return np.asarray(relative / total[point])


def _somewhere(lon: Array, lat: Array) -> Index:
    return np.flatnonzero((np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0))


def _some_at_a_time(lon: Array, lat: Array) -> list[Index]:
    usable = _somewhere(lon, lat)
    return [usable[n : n + POINTS_AT_A_TIME] for n in range(0, len(usable), POINTS_AT_A_TIME)]


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


def _served(found: Candidates, scale: Array, model: ServingModel) -> tuple[Index, Index, Array]:
    """Rows (point, cell, weight) for some of the points, in the promised order."""
    log_weight = log_density(found, scale, model)
    _, place = np.unique(found.point, return_inverse=True)
    count = int(place.max(initial=-1)) + 1
    best = np.full(count, -np.inf)
    np.maximum.at(best, place, log_weight)
    kept = log_weight >= best[place] + (np.log(model.cut) if model.cut > 0 else -np.inf)
    place, point, cell = place[kept], found.point[kept], found.cell[kept]
    weight = shares(place, log_weight[kept], count)
    # equal weights may differ in the last digit: rounded, they are ordered by id (= cell number)
    order = np.lexsort((cell, -np.round(weight, 12), place))
    return point[order], cell[order], weight[order]

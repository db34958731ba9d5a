"""WGS-84, GCJ-02 and BD-09: the three coordinate systems that Chinese sources deliver.

GCJ-02 ("Mars coordinates", the legal datum of Chinese web maps) is WGS-84 plus an offset of
100-700 m that varies with the place. The State Bureau has never published it; the world uses the
approximation that became public in 2010 ("EvilTransform"; the derivation and its constants are
described at https://en.wikipedia.org/wiki/Restrictions_on_geographic_data_in_China, section
GCJ-02). BD-09 is Baidu's further shift of GCJ-02 (same source). Both are forward formulas; the
way back is found by iteration.
"""

from __future__ import annotations

from typing import Literal, overload

import numpy as np
import numpy.typing as npt

from geo.errors import GeoError

Array = npt.NDArray[np.float64]
CoordinateSystem = Literal["wgs84", "gcj02", "bd09"]
COORDINATE_SYSTEMS: tuple[CoordinateSystem, ...] = ("wgs84", "gcj02", "bd09")

# The box inside which the offset applies, in WGS-84 degrees; outside, all three are the same.
WEST, EAST, SOUTH, NORTH = 72.004, 137.8347, 0.8293, 55.8271

# Krasovsky 1940, the ellipsoid that the public approximation uses.
SEMI_MAJOR_M = 6378245.0
ECCENTRICITY_SQUARED = 0.00669342162296594323

# GCJ-02 counts its polynomial from this point.
ORIGIN_LON, ORIGIN_LAT = 105.0, 35.0

# No image of a point of the box lies farther outside it than this, in degrees (offsets stay
# under 0.02 degrees, at 55 N too); farther out nothing is iterated.
MARGIN_DEG = 0.05
# A step of the iteration shrinks the error at least 30-fold; the start is at most 0.02 degrees off.
MAX_STEPS = 12
CONVERGED_DEG = 1e-11  # about a thousandth of a millimetre
ROUNDING_DEG = 1e-9  # a point on the edge of the box may come back this much outside


@overload
def to_wgs84(lon: float, lat: float, crs: str) -> tuple[float, float]: ...
@overload
def to_wgs84(
    lon: npt.ArrayLike, lat: npt.ArrayLike, crs: str
) -> tuple[Array, Array] | tuple[float, float]: ...
def to_wgs84(
    lon: npt.ArrayLike, lat: npt.ArrayLike, crs: str
) -> tuple[Array, Array] | tuple[float, float]:
    """Degrees of ``crs`` as WGS-84 degrees.

    Inverts :func:`from_wgs84` to well under a millimetre. Within about 700 m of the edge of the
    box a point may be the image of two others, one on each side; the one inside wins.

    Args:
        lon: longitudes, any shape, or one number; NaN stays NaN.
        lat: latitudes, of a shape that broadcasts with ``lon``.
        crs: ``wgs84``, ``gcj02`` or ``bd09``.

    Returns:
        Longitudes and latitudes: floats for two numbers, else float64 arrays.

    Raises:
        GeoError: an unknown coordinate system.
    """
    system = check_system(crs)
    x, y = _broadcast(lon, lat)
    if system != "wgs84":
        near = _in_box(x, y, MARGIN_DEG)
        source_x, source_y = x[near], y[near]
        found_x, found_y = _invert(source_x, source_y, system)
        inside = _in_box(found_x, found_y, ROUNDING_DEG)
        x[near] = np.where(inside, found_x, source_x)
        y[near] = np.where(inside, found_y, source_y)
    return _like_input(lon, lat, x, y)


@overload
def from_wgs84(lon: float, lat: float, crs: str) -> tuple[float, float]: ...
@overload
def from_wgs84(
    lon: npt.ArrayLike, lat: npt.ArrayLike, crs: str
) -> tuple[Array, Array] | tuple[float, float]: ...
def from_wgs84(
    lon: npt.ArrayLike, lat: npt.ArrayLike, crs: str
) -> tuple[Array, Array] | tuple[float, float]:
    """WGS-84 degrees as degrees of ``crs``; unchanged outside China's box.

    Args:
        lon: longitudes, any shape, or one number; NaN stays NaN.
        lat: latitudes, of a shape that broadcasts with ``lon``.
        crs: ``wgs84``, ``gcj02`` or ``bd09``.

    Returns:
        Longitudes and latitudes: floats for two numbers, else float64 arrays.

    Raises:
        GeoError: an unknown coordinate system.
    """
    system = check_system(crs)
    x, y = _broadcast(lon, lat)
    if system != "wgs84":
        inside = _in_box(x, y)
        x[inside], y[inside] = _shift(x[inside], y[inside], system)
    return _like_input(lon, lat, x, y)


def check_system(crs: str) -> CoordinateSystem:
    """The same name, if it is one we know.

    Raises:
        GeoError: it is none of ``wgs84``, ``gcj02``, ``bd09``.
    """
    for known in COORDINATE_SYSTEMS:
        if crs == known:
            return known
    raise GeoError(
        f"unknown coordinate system {crs!r}: declare one of {', '.join(COORDINATE_SYSTEMS)}"
    )


def _broadcast(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Array, Array]:
    x, y = np.broadcast_arrays(np.asarray(lon, np.float64), np.asarray(lat, np.float64))
    return np.atleast_1d(x).copy(), np.atleast_1d(y).copy()


def _like_input(
    lon: npt.ArrayLike, lat: npt.ArrayLike, x: Array, y: Array
) -> tuple[Array, Array] | tuple[float, float]:
    if np.ndim(lon) == 0 and np.ndim(lat) == 0:
        return float(x[0]), float(y[0])
    return x, y


def _in_box(lon: Array, lat: Array, margin: float = 0.0) -> npt.NDArray[np.bool_]:
    within_lon = (lon >= WEST - margin) & (lon <= EAST + margin)
    return within_lon & (lat >= SOUTH - margin) & (lat <= NORTH + margin)


def _shift(lon: Array, lat: Array, system: CoordinateSystem) -> tuple[Array, Array]:
    """Forward transform without the box."""
    east, north = _offset_m(lon - ORIGIN_LON, lat - ORIGIN_LAT)
    phi = np.radians(lat)
    w2 = 1.0 - ECCENTRICITY_SQUARED * np.sin(phi) ** 2
    meridian_m = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_SQUARED) / w2**1.5
    prime_vertical_m = SEMI_MAJOR_M / np.sqrt(w2)
    gcj_lon = lon + np.degrees(east / (prime_vertical_m * np.cos(phi)))
    gcj_lat = lat + np.degrees(north / meridian_m)
    return (gcj_lon, gcj_lat) if system == "gcj02" else _baidu(gcj_lon, gcj_lat)


def _offset_m(x: Array, y: Array) -> tuple[Array, Array]:
    """GCJ-02's offset to the east and north, metres, ``x``, ``y`` degrees from its origin."""
    root, xy = np.sqrt(np.abs(x)), x * y
    ripple = 20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * xy + 0.1 * root
    east += ripple * 2.0 / 3.0
    east += (20.0 * _sine(x, 1.0) + 40.0 * _sine(x, 3.0)) * 2.0 / 3.0
    east += (150.0 * _sine(x, 12.0) + 300.0 * _sine(x, 30.0)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * xy + 0.2 * root
    north += ripple * 2.0 / 3.0
    north += (20.0 * _sine(y, 1.0) + 40.0 * _sine(y, 3.0)) * 2.0 / 3.0
    north += (160.0 * _sine(y, 12.0) + 320.0 * _sine(y, 30.0)) * 2.0 / 3.0
    return east, north


def _sine(degrees: Array, half_period: float) -> Array:
    return np.asarray(np.sin(degrees * (np.pi / half_period)), np.float64)


def _baidu(lon: Array, lat: Array) -> tuple[Array, Array]:
    """GCJ-02 degrees as BD-09 degrees."""
    wave = np.pi * 3000.0 / 180.0
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * wave)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * wave)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _invert(lon: Array, lat: Array, system: CoordinateSystem) -> tuple[Array, Array]:
    """Fixed-point iteration: where the forward transform arrives at the given point."""
    x, y = lon.copy(), lat.copy()
    for _ in range(MAX_STEPS):
        image_x, image_y = _shift(x, y, system)
        step_x, step_y = lon - image_x, lat - image_y
        x += step_x
        y += step_y
        if not x.size or max(np.abs(step_x).max(), np.abs(step_y).max()) < CONVERGED_DEG:
            break
    return x, y

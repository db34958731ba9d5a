"""Metres on the Earth: an equal-area plane for polygons, space coordinates for distances."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

Array = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]

# WGS-84
SEMI_MAJOR_M = 6378137.0
ECCENTRICITY_SQUARED = 0.00669437999014


class EqualAreaPlane:
    """Degrees to metres and back for polygons, cylindrical and equal-area.

    Areas are true everywhere, which is what area-based simplification needs; lengths are true
    along ``latitude``. A cylinder is cut at 180 degrees as longitudes are, so that shapes on
    both sides of the date line stay apart.
    """

    def __init__(self, latitude: float) -> None:
        """A plane whose scale is true at ``latitude`` (degrees, kept within 75 N and S)."""
        self.latitude = min(75.0, max(-75.0, latitude))
        self._transformer = pyproj.Transformer.from_crs(
            "EPSG:4326", f"+proj=cea +lat_ts={self.latitude:.6f} +ellps=WGS84 +over", always_xy=True
        )

    @classmethod
    def around(cls, geometries: Geometries) -> EqualAreaPlane:
        """The plane for these geometries (WGS-84 degrees); none at all gives the equator's."""
        latitudes = shapely.bounds(geometries).reshape(-1, 4)[:, [1, 3]]
        latitudes = latitudes[np.isfinite(latitudes)]
        return cls(float(latitudes.min() + latitudes.max()) / 2.0 if latitudes.size else 0.0)

    def to_metres(self, geometries: Geometries) -> Geometries:
        """Geometries in degrees as geometries in metres."""
        return self._apply(geometries, inverse=False)

    def to_degrees(self, geometries: Geometries) -> Geometries:
        """Geometries in metres as geometries in degrees."""
        return self._apply(geometries, inverse=True)

    def _apply(self, geometries: Geometries, *, inverse: bool) -> Geometries:
        direction = "INVERSE" if inverse else "FORWARD"

        def transform(xy: Array) -> Array:
            return np.column_stack(
                self._transformer.transform(xy[:, 0], xy[:, 1], direction=direction)
            )

        return np.asarray(shapely.transform(geometries, transform), dtype=object)


def as_degrees(values: npt.ArrayLike | pd.Series[Any]) -> Array:
    """A column of numbers as float64; None, NA and infinities become NaN."""
    series = values if isinstance(values, pd.Series) else pd.Series(np.asarray(values).ravel())
    degrees = pd.to_numeric(series).to_numpy(dtype=np.float64, na_value=np.nan).copy()
    degrees[~np.isfinite(degrees)] = np.nan
    return degrees


def geocentric(lon: Array, lat: Array) -> Array:
    """Points on the WGS-84 ellipsoid in space, shape (n, 3), metres.

    Straight lines between them are shorter than the way over the ground by d^3 / 24 R^2: 1 cm at
    20 km. That makes one k-d tree right everywhere, at the date line and across a country alike.
    Formula: EPSG Guidance Note 7-2, method 9602, with height 0.
    """
    lam, phi = np.radians(lon), np.radians(lat)
    normal = SEMI_MAJOR_M / np.sqrt(1.0 - ECCENTRICITY_SQUARED * np.sin(phi) ** 2)
    return np.column_stack(
        (
            normal * np.cos(phi) * np.cos(lam),
            normal * np.cos(phi) * np.sin(lam),
            normal * (1.0 - ECCENTRICITY_SQUARED) * np.sin(phi),
        )
    )


def bearing_deg(lon: Array, lat: Array, to: Array) -> Array:
    """Direction from points on the ground to points in space, degrees clockwise from north.

    Args:
        lon: where one stands, degrees, shape (n,).
        lat: the same.
        to: where one looks, of :func:`geocentric`, shape (n, 3).

    Returns:
        0 up to 360, shape (n,); 0 where both points are the same.
    """
    lam, phi = np.radians(lon), np.radians(lat)
    line = to - geocentric(lon, lat)
    east = -np.sin(lam) * line[:, 0] + np.cos(lam) * line[:, 1]
    inward = np.cos(lam) * line[:, 0] + np.sin(lam) * line[:, 1]
    north = -np.sin(phi) * inward + np.cos(phi) * line[:, 2]
    return np.degrees(np.arctan2(east, north)) % 360.0

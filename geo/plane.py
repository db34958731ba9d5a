"""A plane on which a straight border stays straight: degrees times two constants."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geo.projection import ECCENTRICITY_SQUARED, SEMI_MAJOR_M

Array = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]


@dataclass(frozen=True)
class StraightPlane:
    """Degrees to metres and back by one factor for each axis, true around ``latitude``.

    Footprints share borders on which the corner of one lies within the edge of the other. Only an
    affine plane keeps such corners on the edge: any curved one opens slivers of metres over a
    border of 20 km. The price is the scale far from ``latitude``: east-west lengths are off by
    cos(latitude) / cos(there), 1.5 % at 1 degree to the north or south of Beijing.
    """

    longitude: float
    latitude: float
    east_m: float
    """Metres per degree of longitude."""
    north_m: float
    """Metres per degree of latitude."""

    @classmethod
    def around(cls, lon: Array, lat: Array) -> StraightPlane:
        """The plane whose middle is the median of these places, in degrees."""
        longitude = float(np.median(lon)) if len(lon) else 0.0
        latitude = float(np.clip(np.median(lat), -85.0, 85.0)) if len(lat) else 0.0
        phi = np.radians(latitude)
        curved = 1.0 - ECCENTRICITY_SQUARED * np.sin(phi) ** 2
        # radii of curvature across and along the meridian (EPSG Guidance Note 7-2, 1.2)
        across = SEMI_MAJOR_M / np.sqrt(curved)
        along = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_SQUARED) / curved**1.5
        degree = np.pi / 180.0
        return cls(longitude, latitude, float(across * np.cos(phi) * degree), float(along * degree))

    @classmethod
    def of(cls, geometries: Geometries) -> StraightPlane:
        """The plane around the middles of these geometries' bounds."""
        bounds = shapely.bounds(geometries).reshape(-1, 4)
        bounds = bounds[np.isfinite(bounds).all(axis=1)]
        return cls.around((bounds[:, 0] + bounds[:, 2]) / 2.0, (bounds[:, 1] + bounds[:, 3]) / 2.0)

    def metres(self, lon: Array, lat: Array) -> Array:
        """Metres east and north of the middle, shape (n, 2)."""
        return np.column_stack(
            ((lon - self.longitude) * self.east_m, (lat - self.latitude) * self.north_m)
        )

    def to_metres(self, geometries: Geometries) -> Geometries:
        """Geometries in degrees as geometries in metres."""
        return np.asarray(
            shapely.transform(geometries, lambda xy: self.metres(xy[:, 0], xy[:, 1])), dtype=object
        )

    def to_degrees(self, geometries: Geometries) -> Geometries:
        """Geometries in metres as geometries in degrees."""
        scale = np.array([self.east_m, self.north_m])
        middle = np.array([self.longitude, self.latitude])
        return np.asarray(
            shapely.transform(geometries, lambda xy: xy / scale + middle), dtype=object
        )

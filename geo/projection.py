"""Metres on the Earth: an equal-area plane for polygons, space coordinates for distances."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
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
        true_at = min(75.0, max(-75.0, latitude))
        self._transformer = pyproj.Transformer.from_crs(
            "EPSG:4326", f"+proj=cea +lat_ts={true_at:.6f} +ellps=WGS84 +over", always_xy=True
        )

    @classmethod
    def around(cls, geometries: Geometries) -> EqualAreaPlane:
        """The plane for these geometries (WGS-84 degrees); none at all gives the equator's."""
        bounds = shapely.total_bounds(geometries)
        middle = (bounds[1] + bounds[3]) / 2.0
        return cls(float(middle) if np.isfinite(middle) else 0.0)

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

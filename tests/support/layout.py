"""Cells laid out in metres around one place, and footprints measured in metres."""

from __future__ import annotations

import geopandas
import numpy as np
import pandas as pd
import shapely

from geo.plane import StraightPlane

PLANE = StraightPlane.around(np.array([116.0]), np.array([40.0]))


def layout(*rows: dict[str, object]) -> pd.DataFrame:
    """Cells from rows with ``x`` and ``y`` (metres east and north) and any column of the feed.

    ``cell_id`` counts c0, c1, ... where it is not given; without technology and band all are
    LTE on B3.
    """
    cells = []
    for number, row in enumerate(rows):
        values = {"technology": "LTE", "band": "B3", "azimuth_deg": None} | row
        x, y = values.pop("x", None), values.pop("y", None)
        values["longitude"] = None if x is None else PLANE.longitude + float(x) / PLANE.east_m
        values["latitude"] = None if y is None else PLANE.latitude + float(y) / PLANE.north_m
        cells.append({"cell_id": f"c{number}"} | values)
    columns = ["cell_id", "longitude", "latitude", "technology", "band", "azimuth_deg"]
    return pd.DataFrame(cells, columns=None if cells else columns)


def regions(*shapes: shapely.Geometry, **columns: list[object]) -> geopandas.GeoDataFrame:
    """Regions r0, r1, ... from shapes in metres."""
    return geopandas.GeoDataFrame(
        {"region_id": [f"r{i}" for i in range(len(shapes))], **columns},
        geometry=PLANE.to_degrees(np.array(shapes, dtype=object)),
        crs="EPSG:4326",
    )


def metres(frame: geopandas.GeoDataFrame) -> pd.Series:
    """The geometry of each cell in metres, by ``cell_id``."""
    shapes = PLANE.to_metres(np.asarray(frame.geometry.array, dtype=object))
    return pd.Series(list(shapes), index=frame["cell_id"], dtype=object)

"""Cells and masts as points: the sectors of one mast stand apart when one is near."""

from __future__ import annotations

import geopandas
import numpy as np
import pandas as pd

from geo.masts import Masts
from geo.projection import SEMI_MAJOR_M, as_degrees

# A cell stands this far from its mast, along its azimuth; its co-sited carriers follow outwards.
FIRST_M = 18.0
NEXT_M = 14.0
METRES_PER_DEGREE = SEMI_MAJOR_M * np.pi / 180.0


def cell_points(cells: pd.DataFrame) -> geopandas.GeoDataFrame:
    """One point per cell with usable coordinates, moved a little along its azimuth.

    Cells without azimuth stand on the mast, one behind the other to the north.

    Args:
        cells: ``cell_id, site_id, name, technology, band, longitude, latitude, azimuth_deg``.

    Returns:
        ``n`` (place of the id among all cells'), ``id, name, site, technology, band, azimuth``
        and the point, WGS-84 degrees, sorted by id.
    """
    masts = Masts.of(cells)
    ordered = cells.iloc[masts.row].reset_index(drop=True)
    placed = np.flatnonzero(masts.mast >= 0)
    mast, azimuth = masts.mast[placed], masts.azimuth[placed]
    towards = np.where(np.isnan(azimuth), -1.0, np.round(azimuth))
    rank = pd.DataFrame({"mast": mast, "towards": towards}).groupby(["mast", "towards"]).cumcount()
    away = np.where(towards < 0, 0.0, FIRST_M) + NEXT_M * rank.to_numpy(np.float64)
    radians = np.radians(np.nan_to_num(azimuth))
    lon, lat = masts.lon[mast], masts.lat[mast]
    shrink = METRES_PER_DEGREE * np.cos(np.radians(lat))
    lon = lon + away * np.sin(radians) / shrink
    lat = lat + away * np.cos(radians) / METRES_PER_DEGREE
    kept = ordered.iloc[placed].reset_index(drop=True)
    return geopandas.GeoDataFrame(
        {
            "n": placed.astype(np.int64),
            "id": kept["cell_id"].astype(object),
            "name": kept["name"].astype(object),
            "site": kept["site_id"].astype(object),
            "technology": kept["technology"].astype(object),
            "band": kept["band"].astype(object),
            "azimuth": as_degrees(kept["azimuth_deg"]),
        },
        geometry=geopandas.points_from_xy(lon, lat),
        crs="EPSG:4326",
    )


def site_points(cells: pd.DataFrame) -> tuple[geopandas.GeoDataFrame, pd.Series[int]]:
    """One point per mast, and which mast each cell hangs on.

    Returns:
        ``n``, ``id`` (the site's id, or that of its first cell), ``cells`` (how many) and the
        point, WGS-84 degrees, from south-west to north-east; and by ``cell_id`` the mast's ``n``,
        of cells with usable coordinates.
    """
    masts = Masts.of(cells)
    ordered = cells.iloc[masts.row].reset_index(drop=True)
    first = masts.members[masts.first[:-1]]
    site = ordered["site_id"].astype(object).where(ordered["site_id"].notna(), ordered["cell_id"])
    frame = geopandas.GeoDataFrame(
        {
            "n": np.arange(len(masts.lon), dtype=np.int64),
            "id": site.to_numpy()[first],
            "cells": np.diff(masts.first),
        },
        geometry=geopandas.points_from_xy(masts.lon, masts.lat),
        crs="EPSG:4326",
    )
    placed = masts.mast >= 0
    return frame, pd.Series(masts.mast[placed], index=masts.cell_ids[placed])

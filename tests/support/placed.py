"""Feeds of a small city whose positions can be delivered in any coordinate system."""

from __future__ import annotations

import json
from functools import cache

import geopandas
import numpy as np
import pandas as pd
import shapely

from geo.boundaries import beijing
from geo.crs import from_wgs84
from geo.layers import to_feature_collection

MASTS = 320


@cache
def masts() -> pd.DataFrame:
    """Two cells a mast, most masts within a kilometre of their district's border."""
    rng = np.random.default_rng(11)
    rows = []
    districts = beijing()
    for name, shape in zip(districts["region_id"], districts.geometry, strict=True):
        rim = shape.buffer(-0.003)
        part = max(shapely.get_parts(rim), key=shapely.area)
        for share in rng.uniform(0, 1, MASTS // 16):
            spot = part.exterior.interpolate(share, normalized=True)
            rows.append((name, round(spot.x, 6), round(spot.y, 6)))
    table = pd.DataFrame(rows, columns=["region_id", "longitude", "latitude"])
    table["site_id"] = [f"S{number:04d}" for number in range(len(table))]
    return table


@cache
def cells() -> pd.DataFrame:
    """The cells in WGS-84."""
    both = [masts().assign(azimuth_deg=azimuth) for azimuth in (60, 240)]
    table = pd.concat(both).sort_values(["site_id", "azimuth_deg"], ignore_index=True)
    table.insert(0, "cell_id", table["site_id"] + "-" + table["azimuth_deg"].astype(str))
    return table


@cache
def tickets() -> pd.DataFrame:
    """1,200 complaints around the cells that they name, in WGS-84."""
    rng = np.random.default_rng(12)
    cell = cells().iloc[rng.integers(0, len(cells()), 1200)]
    lat = cell["latitude"].to_numpy()
    east, north = rng.normal(0, 500, (2, 1200))
    return pd.DataFrame(
        {
            "ticket_id": [f"T{number}" for number in range(1200)],
            "created_at": "2026-03-01T08:00:00+08:00",
            "cell_id": cell["cell_id"].to_numpy(),
            "longitude": cell["longitude"].to_numpy() + east / (111_320 * np.cos(np.radians(lat))),
            "latitude": lat + north / 111_320,
        }
    )


def csv(table: pd.DataFrame, system: str = "wgs84") -> str:
    """A feed as CSV, its positions in that system."""
    lon, lat = from_wgs84(table["longitude"].to_numpy(), table["latitude"].to_numpy(), system)
    return table.assign(longitude=lon.round(6), latitude=lat.round(6)).to_csv(index=False)


def drawn(regions: geopandas.GeoDataFrame, system: str = "wgs84") -> geopandas.GeoDataFrame:
    """Regions in that system."""
    shapes = shapely.transform(
        np.asarray(regions.geometry.array, dtype=object),
        lambda xy: np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], system)),
    )
    series = geopandas.GeoSeries(shapes, index=regions.index, crs=regions.crs)
    return regions.set_geometry(series)


def geojson(system: str = "wgs84") -> str:
    """The districts as GeoJSON in that system."""
    return json.dumps(to_feature_collection(drawn(beijing(), system)), ensure_ascii=False)

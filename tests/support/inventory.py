"""A few regions, cells and roads near Beijing, for map layers."""

from __future__ import annotations

import geopandas
import shapely

REGIONS = geopandas.GeoDataFrame(
    {
        "region_id": ["R0", "R1", "R2"],
        "name": ["片区0", "片区1", None],
        "parent_id": [None, None, None],
        "level": [1, 1, 1],
    },
    geometry=[shapely.box(116 + i, 39.5, 117 + i, 40.5) for i in range(3)],
    crs="EPSG:4326",
)


def base_roads() -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(
        {"name": ["长安街"], "rank": [1]},
        geometry=[shapely.LineString([(116.2, 39.9), (116.6, 39.9)])],
        crs="EPSG:4326",
    )

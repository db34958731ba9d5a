"""Regions as map layers: fewer points the farther away, borders shared at every zoom."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd

from dashboard.layers.zooms import Bounds, Zooms, region_highest
from geo.boundaries import label_points, simplify_coverage, to_feature_collection
from geo.seams import levels, pixel_m, simplify_levels
from geo.tiles import Band, displayed

FIRST_PICTURE_ZOOMS = 1.5  # the first picture is that much larger than 512 pixels


def numbered(regions: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Regions sorted by id as tiles hold them: ``n, id, name, level, geometry``.

    ``n`` counts all regions, those without geometry too.
    """
    ordered = regions.sort_values("region_id", kind="stable").reset_index(drop=True)
    return geopandas.GeoDataFrame(
        {
            "n": np.arange(len(ordered), dtype=np.int64),
            "id": ordered["region_id"].astype(object),
            "name": ordered["name"].astype(object),
            "level": levels(ordered),
        },
        geometry=geopandas.GeoSeries(ordered.geometry.array, crs="EPSG:4326"),
    )


def shown_levels(regions: geopandas.GeoDataFrame) -> list[int]:
    """Levels that a map colours, the coarsest first: without one that is a single region."""
    drawn = regions[regions.geometry.notna() & ~regions.geometry.is_empty]
    counts = drawn["level"].value_counts()
    every = sorted(int(level) for level in counts.index)
    while len(every) > 1 and counts[every[0]] == 1:
        every.pop(0)
    return every


def bands(regions: geopandas.GeoDataFrame, bounds: Bounds, zooms: Zooms) -> list[Band]:
    """All levels, each zoom with its own geometry; the finest level begins where it shows.

    Args:
        regions: of :func:`numbered`, those with geometry.
        bounds: of the regions, degrees.
        zooms: where layers begin.
    """
    high = region_highest(bounds)
    low = min(max(0, int(zooms.home) - 1), high)
    finest = regions["level"].max() if len(shown_levels(regions)) > 1 else None
    shapes = regions.rename(columns={"id": "region_id"})
    # half a pixel: a tile is shown up to twice its size before the next zoom takes over
    simple = simplify_levels(shapes, range(low, high + 1), pixels=0.5)
    made = []
    for zoom, frame in simple.items():
        drawn = frame.rename(columns={"region_id": "id"})
        if finest is not None and zoom < zooms.middle - 1:
            drawn = drawn[drawn["level"] < finest]
        made.append(Band(drawn, zoom, zoom))
    return made


def first_pictures(
    regions: geopandas.GeoDataFrame, folder: Path, zooms: Zooms, system: str
) -> dict[str, str]:
    """One small GeoJSON per level for the picture of the whole area; level -> file name."""
    _, south, _, north = regions.total_bounds
    tolerance = pixel_m(zooms.home + FIRST_PICTURE_ZOOMS, float(south + north) / 2.0)
    named = regions.rename(columns={"id": "region_id"})
    simple = displayed(simplify_coverage(named, tolerance), system)
    made = {}
    for level in sorted(set(simple["level"].tolist())):
        of_level = simple[simple["level"] == level]
        collection = to_feature_collection(of_level)
        for feature, n in zip(collection["features"], of_level["n"].tolist(), strict=True):
            feature["properties"]["n"] = n
        name = f"region-{level}.json"
        text = json.dumps(collection, ensure_ascii=False, separators=(",", ":"))
        (folder / name).write_text(text, encoding="utf-8")
        made[str(level)] = name
    return made


def labels(regions: geopandas.GeoDataFrame, system: str) -> dict[str, Any]:
    """Where the names of regions go: GeoJSON points with ``n, id, name, level``."""
    points = label_points(regions.rename(columns={"id": "region_id"}))
    lon, lat = points["label_longitude"], points["label_latitude"]
    places = displayed(regions.set_geometry(geopandas.points_from_xy(lon, lat)), system)
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {
                    "n": row.n,
                    "id": row.id,
                    "name": row.id if pd.isna(row.name) else row.name,
                    "level": row.level,
                },
                "geometry": {
                    "type": "Point",
                    "coordinates": [round(row.geometry.x, 5), round(row.geometry.y, 5)],
                },
            }
            for row in places.itertuples(index=False)
        ],
    }

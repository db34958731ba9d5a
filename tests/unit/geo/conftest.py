"""Boundary files for the tests of geo: small ones written on the spot, and the real ones."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import pytest
import shapely

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def real_boundaries() -> Path:
    """Folder with the real boundary files; skips where it is absent."""
    data = Path(os.environ.get("FORESITE_REAL_DATA", REPOSITORY.parent / "shared" / "data"))
    folder = data / "boundaries"
    if not folder.is_dir():
        pytest.skip(f"real boundary files are not there: {folder} (set FORESITE_REAL_DATA)")
    return folder


@pytest.fixture
def write_geojson(tmp_path: Path) -> Callable[..., Path]:
    """Writes features, each a (geometry, properties) or (geometry, properties, id)."""

    def write(*features: tuple[Any, ...], name: str = "regions.geojson") -> Path:
        collection = {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": feature[1],
                    "geometry": shapely.geometry.mapping(feature[0])
                    if isinstance(feature[0], shapely.Geometry)
                    else feature[0],
                    **({"id": feature[2]} if len(feature) > 2 else {}),
                }
                for feature in features
            ],
        }
        path = tmp_path / name
        path.write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")
        return path

    return write


@pytest.fixture
def make_regions() -> Callable[..., geopandas.GeoDataFrame]:
    """A regions frame from region_id=shape pairs, with levels or parents where given."""

    def make(
        shapes: dict[str, shapely.Geometry],
        level: dict[str, int] | None = None,
        parent_id: dict[str, str] | None = None,
    ) -> geopandas.GeoDataFrame:
        ids = list(shapes)
        return geopandas.GeoDataFrame(
            {
                "region_id": ids,
                "name": [f"name of {i}" for i in ids],
                "subscribers": [float("nan")] * len(ids),
                "parent_id": [(parent_id or {}).get(i) for i in ids],
                "level": [(level or {}).get(i) for i in ids],
            },
            geometry=list(shapes.values()),
            crs="EPSG:4326",
        )

    return make

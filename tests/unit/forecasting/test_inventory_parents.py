"""Levels that come without parents: found by area, the same in any order of loading."""

from __future__ import annotations

import geopandas
import pytest
import shapely

from forecasting.cells.inventory import InventoryCache
from tests.support.warehouses import NOW, Room

CITY = shapely.box(116.0, 40.0, 116.4, 40.2)
WEST, EAST = shapely.box(116.0, 40.0, 116.2, 40.2), shapely.box(116.2, 40.0, 116.4, 40.2)


def file_of(level: int, **shapes: shapely.Geometry) -> str:
    frame = geopandas.GeoDataFrame(
        {"region_id": list(shapes), "level": level}, geometry=list(shapes.values()), crs=4326
    )
    return frame.to_json()


FILES = {
    "regions_1.geojson": file_of(1, city=CITY),
    "regions_2.geojson": file_of(2, west=WEST, east=EAST),
    "regions_3.geojson": file_of(3, grid=shapely.box(116.05, 40.05, 116.1, 40.1)),
}


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2)])
def test_parents_are_found_by_area(tmp_path, order):
    room = Room(tmp_path / "data")
    room.take("cells.csv", "cell_id,longitude,latitude\nA,116.07,40.07\nB,116.3,40.1\n")
    for number in order:
        name = f"regions_{number}.geojson"
        assert room.take(name, FILES[name]).rows_loaded
    inventory = InventoryCache().as_of(room.connection, NOW)
    parents = dict(zip(inventory.regions["region_id"], inventory.regions["parent_id"], strict=True))
    assert parents["grid"] == "west"
    assert (parents["west"], parents["east"]) == ("city", "city")
    assert parents["city"] is None or parents["city"] != parents["city"]
    assert inventory.cells["region_id"].tolist() == ["grid", "east"]
    # what was delivered stays as it was
    assert room.rows("SELECT count(parent_id) FROM regions") == [(0,)]
    room.close()

import geopandas
import h3
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.errors import GeoError
from geo.hexgrid import cell_shares, choose_resolution, hexagons
from ingest.simulator.city import build_city
from tests.support.layout import PLANE, layout


def degrees(shape):
    return PLANE.to_degrees(np.array([shape], dtype=object))[0]


def frame(**shapes):
    return geopandas.GeoDataFrame(
        {"cell_id": list(shapes), "hex_id": list(shapes)},
        geometry=[degrees(shape) for shape in shapes.values()],
        crs="EPSG:4326",
    )


@pytest.mark.parametrize("resolution", [6, 7, 8])
def test_hexagons_cover_the_area_and_none_lies_beside_it(resolution):
    # a town, a spit far thinner than a hexagon, a lake and an island
    town = shapely.box(0, 0, 6000, 5000).difference(shapely.box(1000, 1000, 4000, 4000))
    area = shapely.union_all(
        [town, shapely.box(6000, 10, 19_000, 40), shapely.box(0, 9e3, 9, 9e3 + 9)]
    )
    found = hexagons(degrees(area), resolution)
    assert found["hex_id"].is_monotonic_increasing
    assert {h3.get_resolution(i) for i in found["hex_id"]} == {resolution}
    assert (found["inside"] > 0).all()
    assert (found["inside"] <= 1).all()
    tiles = PLANE.to_metres(np.asarray(found.geometry.array, dtype=object))
    assert shapely.difference(area, shapely.union_all(tiles)).area < 1e-3
    assert (found["inside"] * shapely.area(tiles)).sum() == pytest.approx(area.area, rel=1e-6)
    # as many as H3's own experimental count of overlaps
    lat_lng = h3.geo_to_h3shape(degrees(area))
    assert set(found["hex_id"]) == set(
        h3.h3shape_to_cells_experimental(lat_lng, resolution, contain="overlap")
    )


def test_hexagons_on_the_date_line_are_cut_there():
    sides = shapely.MultiPolygon([shapely.box(179, 65, 180, 66), shapely.box(-180, 65, -179, 66)])
    found = hexagons(sides, 5)
    shapes = np.asarray(found.geometry.array)
    assert shapely.is_valid(shapes).all()
    assert (found.geometry.geom_type == "MultiPolygon").sum() > 5
    # MultiPolygons of two halves: none of them spans the globe
    assert shapely.area(shapes).max() < 2 * np.median(shapely.area(shapes))
    assert shapely.difference(sides, shapely.union_all(shapes)).area < 1e-9
    assert (found["inside"] * shapely.area(shapes)).sum() == pytest.approx(2.0, rel=1e-6)


def test_a_resolution_out_of_range_is_an_error():
    with pytest.raises(GeoError, match="resolution 12: must be 4 to 11"):
        hexagons(degrees(shapely.box(0, 0, 1, 1)), 12)


def test_the_resolution_follows_the_distance_between_masts():
    area = degrees(shapely.box(0, 0, 20_000, 20_000))
    grid = [(x, y) for x in range(10) for y in range(10)]
    # the third neighbour is as far as the first; hexagons at least half that wide: near
    # Beijing they are 2.1 km wide at 7, 0.8 km at 8, 0.3 km at 9
    for step, expected in ((4000, 7), (1200, 8), (500, 9), (60, 10)):
        cells = layout(*({"x": step * x, "y": step * y} for x, y in grid))
        assert choose_resolution(area, cells, most=1_000_000) == expected
    assert choose_resolution(area, layout()) == 6
    dense = layout(*({"x": 500 * x, "y": 500 * y} for x, y in grid))
    assert choose_resolution(area, dense, most=1000) == 8
    assert choose_resolution(area, dense, most=1) == 4


def test_shares_are_areas():
    tiles = frame(a=shapely.box(0, 0, 100, 100), b=shapely.box(100, 0, 200, 100))
    cells = frame(
        z=shapely.box(0, 0, 50, 50),
        y=shapely.box(75, 0, 175, 10),
        x=shapely.box(150, 0, 250, 100),  # half of it beyond all hexagons
        w=shapely.box(500, 0, 600, 100),  # all of it
        v=shapely.box(75, 0, 175, 10),  # a carrier of y
    )
    found = cell_shares(cells[["cell_id", "geometry"]], tiles[["hex_id", "geometry"]])
    assert found.to_dict("list") == {
        "cell_id": ["v", "v", "x", "y", "y", "z"],
        "hex_id": ["a", "b", "b", "a", "b", "a"],
        "share": [0.25, 0.75, 1.0, 0.25, 0.75, 1.0],
    }


def test_what_rounding_leaves_goes_to_the_largest_share():
    tiles = frame(a=shapely.box(0, 0, 1, 1), b=shapely.box(1, 0, 2, 1), c=shapely.box(2, 0, 3, 1))
    found = cell_shares(frame(x=shapely.box(0, 0, 3, 1)), tiles)
    third = 349525 / 2**20  # 1,048,576 / 3 = 349,525.33; one part is left
    assert sorted(found["share"]) == [third, third, third + 2**-20]
    assert found["share"].sum() == 1.0
    thin = cell_shares(frame(x=shapely.box(0, 0, 1 + 1e-7, 1)), tiles)
    assert thin["hex_id"].tolist() == ["a"]


def test_nothing_to_share():
    tiles = frame(a=shapely.box(0, 0, 1, 1))
    for cells, hexes in ((tiles.iloc[:0], tiles), (tiles, tiles.iloc[:0])):
        assert cell_shares(cells, hexes).columns.tolist() == ["cell_id", "hex_id", "share"]
        assert cell_shares(cells, hexes).empty


def test_a_city_in_any_order_has_the_same_shares():
    city = build_city(60, 3)
    area = shapely.union_all(np.asarray(city.regions.geometry.array))
    tiles = hexagons(area, 6)
    cells = geopandas.GeoDataFrame(
        city.cells[["cell_id"]],
        geometry=shapely.buffer(
            shapely.points(city.cells["longitude"], city.cells["latitude"]), 0.03
        ),
        crs="EPSG:4326",
    )
    found = cell_shares(cells, tiles)
    assert found["cell_id"].nunique() == 60
    mixed = cell_shares(cells.sample(frac=1, random_state=2), tiles.sample(frac=1, random_state=3))
    pd.testing.assert_frame_equal(mixed, found, check_exact=True)

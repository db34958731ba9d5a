from __future__ import annotations

import json

import geopandas
import numpy as np
import pytest
import shapely

from geo.basemap import HIGHEST, KINDS, MOST_IN_TILE, base_bands
from geo.basemap_source import read_base
from geo.crs import from_wgs84
from geo.errors import GeoError


def write(path, shapes, **columns):
    frame = geopandas.GeoDataFrame(columns, geometry=list(shapes), crs="EPSG:4326")
    frame.to_file(path)
    return path


def line(*points):
    return shapely.LineString(points)


def at(bands, zoom):
    found = [band for band in bands if band.min_zoom == zoom]
    return set() if not found else set(found[0].frame["n"])


def test_roads_with_their_names_and_ranks(tmp_path):
    path = write(
        tmp_path / "roads.geojson",
        [line((116, 39), (116.1, 39.1)), line((116, 39.5), (116.2, 39.5)), line((1, 1), (2, 2))],
        name=["京藏高速", " 胡同 ", ""],
        highway=["motorway", "residential", "path"],
    )
    roads = read_base(path, "roads")
    assert roads["name"].tolist() == ["京藏高速", "胡同", None]
    assert roads["rank"].tolist() == [1, 6, 7]
    assert set(roads.geom_type) == {"MultiLineString"}
    assert roads.attrs["left_out"] == 0


def test_named_columns_count(tmp_path):
    path = write(tmp_path / "r.gpkg", [line((116, 39), (117, 39))], wichtig=[3.0], bez=["S-Bahn"])
    found = read_base(path, "railways", label="bez", rank="wichtig")
    assert found[["name", "rank"]].to_numpy().tolist() == [["S-Bahn", 3]]
    with pytest.raises(GeoError, match="no column 'nix': it has wichtig, bez"):
        read_base(path, "railways", label="nix")


def test_broken_areas_are_mended_and_other_shapes_left_out(tmp_path):
    bow = shapely.Polygon([(116, 39), (117, 40), (117, 39), (116, 40)])
    path = write(tmp_path / "w.gpkg", [bow, line((116, 39), (116.5, 39))], name=["湖", "河"])
    water = read_base(path, "water")
    assert water["name"].tolist() == ["湖"]
    assert water.geometry.is_valid.all()
    assert water.attrs["left_out"] == 1


def test_names_are_points_inside_and_without_a_name_nothing(tmp_path):
    ring = shapely.box(116, 39, 117, 40).difference(shapely.box(116.2, 39.2, 116.8, 39.8))
    path = write(
        tmp_path / "n.geojson", [ring, shapely.Point(116, 39), None], name=["环", None, "x"]
    )
    names = read_base(path, "names")
    assert names["name"].tolist() == ["环"]
    assert ring.contains(names.geometry[0])
    assert names.attrs["left_out"] == 2


def test_shifted_coordinates_come_back(tmp_path):
    lon, lat = from_wgs84(116.39, 39.9, "bd09")
    path = write(tmp_path / "n.geojson", [shapely.Point(lon, lat)], name=["天安门"])
    point = read_base(path, "names", crs="bd09").geometry[0]
    assert (point.x, point.y) == pytest.approx((116.39, 39.9), abs=1e-6)


def test_metres_become_degrees_and_impossible_degrees_are_refused(tmp_path):
    frame = geopandas.GeoDataFrame(
        geometry=[line((116, 39), (116.5, 39.5))], crs="EPSG:4326"
    ).to_crs(32650)
    frame.to_file(tmp_path / "utm.gpkg")
    found = read_base(tmp_path / "utm.gpkg", "roads").geometry[0]
    assert found.bounds == pytest.approx((116, 39, 116.5, 39.5))
    with pytest.raises(GeoError, match="its coordinates are metres of"):
        read_base(tmp_path / "utm.gpkg", "roads", crs="gcj02")
    swapped = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {},
                "geometry": {"type": "LineString", "coordinates": [[39, 116], [39, 117]]},
            }
        ],
    }
    (tmp_path / "s.geojson").write_text(json.dumps(swapped))
    with pytest.raises(GeoError, match=r"feature 1: 39, 116 are not degrees.*longitude first"):
        read_base(tmp_path / "s.geojson", "roads")


def test_what_cannot_be_read_is_one_clear_line(tmp_path):
    with pytest.raises(GeoError, match="unknown kind 'rivers': use one of roads, railways"):
        read_base(tmp_path / "a.gpkg", "rivers")
    with pytest.raises(GeoError, match="no such file"):
        read_base(tmp_path / "a.gpkg", "roads")
    (tmp_path / "a.gpkg").write_bytes(b"not a package")
    with pytest.raises(GeoError, match="cannot be read as a layer of lines"):
        read_base(tmp_path / "a.gpkg", "roads")
    (tmp_path / "half.geojson").write_text('{"type":"FeatureCollection","features":[')
    with pytest.raises(GeoError, match="cannot be read as a layer of roads"):
        read_base(tmp_path / "half.geojson", "roads")
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    with pytest.raises(GeoError, match="a table without geometry"):
        read_base(tmp_path / "table.csv", "roads")
    path = write(tmp_path / "p.geojson", [shapely.Point(116, 39)], name=["x"])
    with pytest.raises(GeoError, match="no lines for roads: is it another kind"):
        read_base(path, "roads")


def test_a_file_with_several_layers_needs_a_name(tmp_path):
    path = tmp_path / "many.gpkg"
    roads = geopandas.GeoDataFrame(geometry=[line((116, 39), (117, 39))], crs=4326)
    for name in ("autobahn", "strassen"):
        roads.to_file(path, layer=name)
    geopandas.GeoDataFrame({"name": ["x"]}, geometry=[shapely.Point(1, 1)], crs=4326).to_file(
        path, layer="orte"
    )
    assert len(read_base(path, "names")) == 1  # the only one with points
    assert len(read_base(path, "roads", layer="strassen")) == 1
    with pytest.raises(GeoError, match="several layers with lines: name one of autobahn, strassen"):
        read_base(path, "roads")
    with pytest.raises(GeoError, match=r"no layer with areas: it has .*orte \(Point\)"):
        read_base(path, "water")


def bands_of(shapes, kind, rank=None):
    size = len(shapes)
    frame = geopandas.GeoDataFrame(
        {
            "name": [None] * size,
            "rank": np.ones(size, dtype=np.int64) if rank is None else np.asarray(rank),
        },
        geometry=list(shapes),
        crs="EPSG:4326",
    )
    return base_bands(frame, kind)


def test_small_water_waits_until_it_can_be_seen():
    # at 40 N a pixel of zoom 9 is 117.1 m: 3 pixels are 351 m
    step = 351.4 / 85_300  # metres of a degree of longitude there
    deg = 351.4 / 111_030
    large = shapely.box(116, 40, 116 + step, 40 + deg)
    small = shapely.box(117, 40, 117 + step / 2, 40 + deg / 2)
    bands = bands_of([small, large], "water")
    assert at(bands, 8) == set()
    assert at(bands, 9) == {1}
    assert at(bands, 10) == {0, 1}
    assert bands[0].min_zoom == 9
    assert bands[-1].max_zoom == HIGHEST


def test_a_crowded_tile_shows_the_important_roads_first():
    random = np.random.default_rng(3)
    size = MOST_IN_TILE + 500
    xy = random.uniform((116.3, 39.6), (116.32, 39.62), (size, 2))
    roads = [line((x, y), (x + 0.001, y)) for x, y in xy]
    rank = np.where(np.arange(size) < 40, 1, 4)
    bands = bands_of(roads, "roads", rank)
    assert at(bands, 8) == set(range(40))
    assert at(bands, HIGHEST) == set(range(size))


def test_unranked_and_crowded_waits_as_a_whole():
    random = np.random.default_rng(3)
    xy = random.uniform((116.30, 39.90), (116.31, 39.91), (MOST_IN_TILE + 1, 2))
    bands = bands_of(list(shapely.points(xy)), "names")
    assert bands[0].min_zoom > KINDS["names"].first_zoom
    assert len(at(bands, HIGHEST)) == MOST_IN_TILE + 1


def test_far_away_has_fewer_points_and_the_last_zoom_nearly_all():
    x = np.linspace(116, 116.5, 4000)
    wave = shapely.LineString(np.column_stack([x, 39.9 + 0.0005 * np.sin(400 * x)]))
    bands = bands_of([wave], "railways")
    points = [shapely.get_num_coordinates(band.frame.geometry[0]) for band in bands]
    assert points == sorted(points)
    assert points[0] < 60 < 400 < points[-1]

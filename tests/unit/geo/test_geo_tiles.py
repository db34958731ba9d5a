from __future__ import annotations

import sqlite3
from contextlib import closing

import geopandas
import numpy as np
import pyogrio
import pytest
import shapely

from geo.crs import from_wgs84
from geo.errors import GeoError
from geo.tiles import (
    Band,
    open_tiles,
    read_tile,
    tile_of,
    write_bands,
    write_tiles,
)
from tests.support import mvt


def corner(zoom, x, y):
    """Longitude and latitude of a tile's north-west corner (Mercator, by hand)."""
    lon = x / 2**zoom * 360 - 180
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * y / 2**zoom))))
    return lon, float(lat)


def frame(shapes, **columns):
    return geopandas.GeoDataFrame(columns, geometry=list(shapes), crs="EPSG:4326")


def features(path, zoom, x, y, layer="things"):
    with closing(open_tiles(path)) as tiles:
        tile = read_tile(tiles, zoom, x, y)
        return [] if tile is None else mvt.read(tile)[layer]


def test_a_square_lies_where_it_is_by_hand(tmp_path):
    # the north-west quarter of tile 10/843/388 (Beijing): half a tile is tile number * 2 at zoom 11
    west, north = corner(11, 1686, 776)
    east, south = corner(11, 1687, 777)
    path = tmp_path / "a.mbtiles"
    box = shapely.box(west, south, east, north)
    assert (
        write_tiles(
            frame([box], id=["q"], name=["区"]), path, layer="things", min_zoom=10, max_zoom=10
        )
        == 4  # its northern and western borders touch the neighbours' rims
    )
    (found,) = features(path, 10, 843, 388)
    assert found.properties == {"n": 0, "id": "q", "name": "区"}
    (ring,) = found.paths
    assert {tuple(p) for p in ring.tolist()} == {(x, y) for x in (-0, 2048) for y in (0, 2048)}
    assert mvt.area(found) == 2048 * 2048
    assert features(path, 10, 844, 388) == []


def test_every_feature_is_in_its_tile_with_its_own_number(tmp_path):
    random = np.random.default_rng(3)
    lon, lat = random.uniform(116.0, 117.0, 300), random.uniform(39.5, 40.5, 300)
    path = tmp_path / "p.mbtiles"
    numbers = np.arange(300)[::-1].copy()
    write_tiles(
        frame(shapely.points(lon, lat), n=numbers, id=[f"c{i}" for i in range(300)]),
        path,
        layer="things",
        min_zoom=9,
        max_zoom=12,
    )
    for zoom in (9, 12):
        column, row = tile_of(lon, lat, zoom)
        for i in range(0, 300, 17):
            inside = features(path, zoom, int(column[i]), int(row[i]))
            mine = [f for f in inside if f.properties["id"] == f"c{i}"]
            assert [f.properties["n"] for f in mine] == [299 - i]


def test_nothing_is_dropped_from_a_crowded_tile(tmp_path):
    side = np.linspace(116.30, 116.31, 120)
    lon, lat = (part.ravel() for part in np.meshgrid(side, side - 76.4))
    path = tmp_path / "p.mbtiles"
    write_tiles(frame(shapely.points(lon, lat)), path, layer="things", min_zoom=6, max_zoom=6)
    (x,), (y,) = tile_of([116.3], [39.9], 6)
    numbers = {f.properties["n"] for f in features(path, 6, int(x), int(y))}
    assert numbers == set(range(14_400))


def test_neighbours_share_their_border_in_the_tile(tmp_path):
    left = shapely.Polygon([(116, 39), (116.53, 39), (116.57, 39.7), (116.5, 40), (116, 40)])
    right = shapely.Polygon([(117, 39), (117, 40), (116.5, 40), (116.57, 39.7), (116.53, 39)])
    path = tmp_path / "r.mbtiles"
    write_tiles(frame([left, right]), path, layer="things", min_zoom=8, max_zoom=8)
    (x,), (y,) = tile_of([116.55], [39.6], 8)
    a, b = (set(map(tuple, f.paths[0].tolist())) for f in features(path, 8, int(x), int(y)))
    assert len(a & b) >= 3


def test_gcj02_moves_the_geometry_as_the_map_is_moved(tmp_path):
    lon, lat = 116.3913, 39.9075
    for system in ("wgs84", "gcj02"):
        write_tiles(
            frame([shapely.Point(lon, lat)]),
            tmp_path / system,
            layer="things",
            min_zoom=14,
            max_zoom=14,
            system=system,
        )
        moved_lon, moved_lat = from_wgs84(lon, lat, system)
        (x,), (y,) = tile_of([moved_lon], [moved_lat], 14)
        (found,) = features(tmp_path / system, 14, int(x), int(y))
        west, north = corner(14, int(x), int(y))
        east, south = corner(14, int(x) + 1, int(y) + 1)
        step = found.paths[0][0]
        assert abs(west + step[0] / 4096 * (east - west) - moved_lon) < 1e-5
        assert abs(north + step[1] / 4096 * (south - north) - moved_lat) < 1e-5


def test_bands_draw_another_geometry_at_other_zooms(tmp_path):
    coarse = frame([shapely.box(116, 39, 117, 40)], id=["r"])
    fine = frame([shapely.Polygon([(116, 39), (117, 39), (117, 40), (116.4, 39.9)])], id=["r"])
    path = tmp_path / "r.mbtiles"
    write_bands([Band(coarse, 5, 6), Band(fine, 7, 8)], path, layer="things")
    (x,), (y,) = tile_of([116.5], [39.5], 6)
    # one corner, the north-east one, lies in another tile
    assert len(features(path, 6, int(x), int(y))[0].paths[0]) == 4
    with closing(sqlite3.connect(path)) as tiles:
        said = dict(tiles.execute("SELECT * FROM metadata"))
        zooms = tiles.execute("SELECT DISTINCT zoom_level FROM tiles ORDER BY 1").fetchall()
    assert zooms == [(5,), (6,), (7,), (8,)]
    assert (said["minzoom"], said["maxzoom"], said["format"]) == ("5", "8", "pbf")
    assert said["bounds"] == "116.000000,39.000000,117.000000,40.000000"


def test_the_same_frame_gives_the_same_bytes(tmp_path):
    random = np.random.default_rng(5)
    boxes = [shapely.box(x, y, x + 0.02, y + 0.02) for x, y in random.uniform(30, 31, (200, 2))]
    for name in ("a", "b"):
        write_tiles(frame(boxes), tmp_path / name, layer="things", min_zoom=7, max_zoom=10)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b"]  # nothing beside them


def test_nothing_stays_in_memory_and_the_disk_gives_the_same(tmp_path, monkeypatch):
    boxes = [shapely.box(x, 30, x + 0.02, 30.02) for x in np.linspace(30, 31, 40)]
    write_tiles(frame(boxes), tmp_path / "a", layer="things", min_zoom=7, max_zoom=10)
    assert pyogrio.vsi_listtree("/vsimem/") == []
    monkeypatch.setattr("geo.tiles.IN_MEMORY_BYTES", 0)
    write_tiles(frame(boxes), tmp_path / "b", layer="things", min_zoom=7, max_zoom=10)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b"]


def test_features_without_geometry_keep_their_number(tmp_path):
    path = tmp_path / "p.mbtiles"
    shapes = [None, shapely.Point(116.3, 39.9), shapely.Polygon()]
    write_tiles(frame(shapes, name=[None, None, "x"]), path, layer="things", min_zoom=3, max_zoom=3)
    (x,), (y,) = tile_of([116.3], [39.9], 3)
    (found,) = features(path, 3, int(x), int(y))
    assert found.properties == {"n": 1}  # an unknown name is left out


def test_nothing_to_draw_is_an_empty_file(tmp_path):
    path = tmp_path / "none.mbtiles"
    assert write_tiles(frame([]), path, layer="things", min_zoom=3, max_zoom=4) == 0
    assert features(path, 3, 6, 3) == []


@pytest.mark.parametrize(("zoom", "x", "y"), [(-1, 0, 0), (3, 8, 0), (3, 0, -1), (40, 1, 1)])
def test_a_tile_outside_the_world_is_nothing(tmp_path, zoom, x, y):
    path = tmp_path / "p.mbtiles"
    write_tiles(frame([shapely.box(-179, -80, 179, 80)]), path, layer="t", min_zoom=0, max_zoom=3)
    with closing(open_tiles(path)) as tiles:
        assert read_tile(tiles, zoom, x, y) is None
        assert read_tile(tiles, 3, 7, 0) is not None


def test_a_damaged_file_is_an_error_and_not_an_empty_map(tmp_path):
    path = tmp_path / "p.mbtiles"
    write_tiles(frame([shapely.box(0, 0, 9, 9)]), path, layer="t", min_zoom=0, max_zoom=6)
    raw = bytearray(path.read_bytes())
    raw[:] = b"\x07" * len(raw)
    path.write_bytes(raw)
    with closing(open_tiles(path)) as tiles, pytest.raises(GeoError, match="cannot be read"):
        read_tile(tiles, 3, 4, 3)
    with pytest.raises(GeoError, match="cannot be opened"):
        open_tiles(tmp_path / "absent.mbtiles")


def test_impossible_orders_are_refused(tmp_path):
    one = frame([shapely.Point(1, 1)])
    path = tmp_path / "p.mbtiles"
    with pytest.raises(GeoError, match="Baidu's maps have another grid"):
        write_tiles(one, path, layer="t", min_zoom=0, max_zoom=3, system="bd09")
    with pytest.raises(GeoError, match="zooms 5 to 3"):
        write_tiles(one, path, layer="t", min_zoom=5, max_zoom=3)
    with pytest.raises(GeoError, match="zoom 3 is drawn twice"):
        write_bands([Band(one, 0, 3), Band(one, 3, 4)], path, layer="t")
    path.touch()
    with pytest.raises(GeoError, match="is there already"):
        write_tiles(one, path, layer="t", min_zoom=0, max_zoom=3)

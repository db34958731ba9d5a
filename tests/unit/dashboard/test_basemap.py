from __future__ import annotations

import geopandas
import pytest
import shapely

from dashboard import basemap
from dashboard.basemap.store import SHAPES, basemap_dir
from dashboard.basemap.tend import name_of
from dashboard.errors import LayersError
from geo.tiles import open_tiles, read_tile, tile_of
from tests.support import mvt
from tests.support.cli import run


def roads(shift=0.0):
    return geopandas.GeoDataFrame(
        {"name": ["长安街"], "rank": [1]},
        geometry=[shapely.LineString([(116.2 + shift, 39.9), (116.6 + shift, 39.9)])],
        crs="EPSG:4326",
    )


def put(data, name="strassen", system="wgs84", frame=None):
    return basemap.add(
        data,
        roads() if frame is None else frame,
        kind="roads",
        name=name,
        file="roads.gpkg",
        system=system,
    )


def sets(data):
    return sorted(p.name for p in basemap_dir(data).iterdir() if len(p.name) == 16)


def test_a_layer_becomes_tiles(tmp_path):
    layer, replaced = put(tmp_path)
    assert not replaced
    (name,) = sets(tmp_path)
    assert layer.sets == {"wgs84": name}
    tiles = open_tiles(basemap_dir(tmp_path) / name / "roads.mbtiles")
    (x,), (y,) = tile_of([116.4], [39.9], 12)
    (found,) = mvt.read(read_tile(tiles, 12, int(x), int(y)))["roads"]
    tiles.close()
    assert found.properties == {"n": 0, "name": "长安街", "rank": 1}
    assert found.kind == 2


def test_the_same_again_changes_nothing_and_another_replaces(tmp_path):
    put(tmp_path)
    first = sets(tmp_path)
    _, replaced = put(tmp_path)
    assert replaced
    assert sets(tmp_path) == first
    put(tmp_path, frame=roads(0.1))
    assert len(sets(tmp_path)) == 1
    assert sets(tmp_path) != first  # the old tiles are gone
    assert len(list((basemap_dir(tmp_path) / SHAPES).iterdir())) == 1


def test_two_layers_of_the_same_content_share_their_tiles(tmp_path):
    put(tmp_path, "a")
    put(tmp_path, "b")
    assert len(sets(tmp_path)) == 1
    assert basemap.remove(tmp_path, "a")
    assert len(sets(tmp_path)) == 1
    assert basemap.remove(tmp_path, "b")
    assert sets(tmp_path) == []
    assert not basemap.remove(tmp_path, "b")
    assert basemap.read_base_map(tmp_path).layers == ()


def test_another_coordinate_system_makes_its_own_tiles(tmp_path):
    put(tmp_path)
    base = basemap.ensure(tmp_path, "gcj02")
    assert set(base.layers[0].sets) == {"wgs84", "gcj02"}
    assert len(sets(tmp_path)) == 2
    assert basemap.ensure(tmp_path, "gcj02") == base


def test_damaged_tiles_are_made_anew(tmp_path):
    layer, _ = put(tmp_path)
    path = basemap_dir(tmp_path) / layer.sets["wgs84"] / "roads.mbtiles"
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    basemap.ensure(tmp_path, "wgs84")
    assert path.read_bytes() == whole


def test_what_a_killed_process_left_goes(tmp_path):
    put(tmp_path)
    root = basemap_dir(tmp_path)
    (root / ".tmp-0123456789abcdef").mkdir()
    (root / "0123456789abcdef").mkdir()
    put(tmp_path, "other")
    assert "0123456789abcdef" not in sets(tmp_path)
    assert not list(root.glob(".tmp-*"))


def test_an_unreadable_list_says_what_to_do(tmp_path):
    put(tmp_path)
    (basemap_dir(tmp_path) / "base.json").write_text("{")
    with pytest.raises(LayersError, match="remove the file and add the base layers again"):
        basemap.read_base_map(tmp_path)


def test_names_after_files(tmp_path):
    assert name_of(tmp_path / "OSM Roads_2026.shp.zip") == "osm-roads-2026"
    with pytest.raises(LayersError, match="give it one with --as"):
        name_of(tmp_path / "道路.shp")


def test_the_commands(tmp_path, capsys):
    file = tmp_path / "Main Roads.geojson"
    roads().to_file(file)

    def basemap_(*arguments):
        return run(capsys, "--data", tmp_path / "data", "basemap", *arguments)

    added = {
        "name": "main-roads",
        "kind": "roads",
        "features": 1,
        "left_out": 0,
        "replaced": False,
    }
    assert basemap_("add", file, "--kind", "roads")[:2] == (0, added)
    code, listed, _ = basemap_("list")
    assert code == 0
    assert listed == {
        "layers": [
            {"name": "main-roads", "kind": "roads", "features": 1, "file": "Main Roads.geojson"}
        ]
    }
    code, said, lines = basemap_("add", file, "--kind", "water")
    assert (code, said) == (1, None)
    assert "no areas for water" in lines[0]
    assert basemap_("remove", "x")[0] == 2
    assert basemap_("remove", "main-roads")[:2] == (0, {"removed": "main-roads"})
    assert basemap_("list")[1] == {"layers": []}

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from flask import Flask

from dashboard import basemap
from dashboard.layers import ensure_layers
from dashboard.layers.store import Ids, LayerStore
from dashboard.snapshot import SnapshotStore
from dashboard.snapshot.schemas import OPTIONAL
from dashboard.web import create_app
from dashboard.web.api import map_values
from dashboard.web.context import Context
from dashboard.web.settings import WebSettings
from dashboard.web.tile_server import TileSettings
from geo.boundaries import beijing
from geo.settings import CoverageModel, GeoSettings
from geo.tiles import tile_of
from ingest.catalogue import load_catalogue
from tests.support import mvt
from tests.support.city import city, states
from tests.support.inventory import base_roads
from tests.support.snapshots import AS_OF, tiny
from tests.web.conftest import HandClock, Site, make_site

SETTINGS = GeoSettings(coverage=CoverageModel(), hexagon_resolution=6)


def regions():
    found = beijing()
    return found[["region_id", "name", "parent_id", "level", "geometry"]]


@pytest.fixture(scope="session")
def map_site(tmp_path_factory):
    """Read only: the city with its map layers."""
    site = make_site(tmp_path_factory.mktemp("map"))
    content = city()
    made = ensure_layers(site.data, content.cells, regions(), settings=SETTINGS)
    site.publish(replace(content, layers=made.name))
    site.content, site.layers = content, made
    return site


def index_of(site):
    return site.get(f"/layers/{site.layers.name}/index.json").get_json()


def values_of(site, query=""):
    return site.get(f"/api/v1/map{query}").get_json()


def test_the_index_says_what_is_there(map_site):
    answer = map_site.get(f"/layers/{map_site.layers.name}/index.json")
    index = answer.get_json()
    assert answer.status_code == 200
    assert set(index["layers"]) == {"region", "hexagon", "footprint", "cell", "site"}
    assert index["hash"] == map_site.layers.name
    assert index["system"] == "wgs84"
    assert index["counts"]["region"] == 16
    assert index["counts"]["cell"] == len(map_site.content.cells)
    assert index["levels"] == [0]
    assert index["server"] is None
    assert "files" not in index  # hashes are for the server alone
    zooms = index["zooms"]
    assert zooms["middle"] < zooms["footprint"]
    assert len(index["labels"]["features"]) == 16
    tag = answer.headers["ETag"]
    again = map_site.get(f"/layers/{map_site.layers.name}/index.json", **{"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_a_cell_is_in_its_tile_under_its_number(map_site):
    index = index_of(map_site)
    ids = sorted(map_site.content.cells["cell_id"])
    cell = map_site.content.cells.iloc[17]
    layer = index["layers"]["footprint"]
    zoom = layer["min_zoom"]
    (x,), (y,) = tile_of([cell["longitude"]], [cell["latitude"]], zoom)
    address = layer["tiles"].format(z=zoom, x=x, y=y)
    answer = map_site.get(address, **{"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.mimetype == "application/vnd.mapbox-vector-tile"
    found = {f.properties["id"]: f for f in mvt.read(answer.data)["footprint"]}
    mine = found[cell["cell_id"]].properties
    assert ids[mine["n"]] == cell["cell_id"]
    assert (mine["name"], mine["technology"]) == (cell["name"], cell["technology"])
    again = map_site.get(address, **{"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_client_without_gzip_gets_the_plain_tile(map_site):
    layer = index_of(map_site)["layers"]["region"]
    (x,), (y,) = tile_of([116.4], [39.9], layer["min_zoom"])
    address = layer["tiles"].format(z=layer["min_zoom"], x=x, y=y)
    plain = map_site.get(address, **{"Accept-Encoding": "identity"})
    packed = map_site.get(address, **{"Accept-Encoding": "gzip, br"})
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.data) == plain.data
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    levels = {f.properties["level"] for f in mvt.read(packed.data)["region"]}
    assert levels == {0}


def test_an_empty_tile_is_204_and_kept(map_site):
    layer = index_of(map_site)["layers"]["cell"]
    answer = map_site.get(layer["tiles"].format(z=9, x=0, y=0))
    assert (answer.status_code, answer.data) == (204, b"")
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        "{set}/nothing/5/1/1.pbf",
        "{set}/cell/5/1/x.pbf",
        "{set}/cell/-1/1/1.pbf",
        "{set}/cell/5/01/1.pbf",
        "{set}/cell/99999999/1/1.pbf",
        "{set}/cell.mbtiles",
        "{set}/ids.parquet",
        "{set}/../index.json",
        "{set}/%2e%2e/5/1/1.pbf",
        "{set}/region-9.json",
        "0123456789abcdef/index.json",
        "../snapshots/CURRENT",
        "..%2fsnapshots/index.json",
        "",
    ],
)
def test_what_is_not_there_is_a_clear_404(map_site, path):
    answer = map_site.get("/layers/" + path.format(set=map_site.layers.name))
    assert answer.status_code == 404
    assert answer.get_json()["error"]["code"] == "not_found"
    assert (
        "Cache-Control" not in answer.headers or "immutable" not in answer.headers["Cache-Control"]
    )


def test_other_methods_are_refused_in_the_same_shape(map_site):
    answer = map_site.client.post(f"/layers/{map_site.layers.name}/index.json")
    assert answer.status_code == 405
    assert answer.get_json()["error"]["code"] == "method_not_allowed"


def test_the_first_picture_is_small_geojson_with_numbers(map_site):
    index = index_of(map_site)
    answer = map_site.get(index["pictures"]["0"], **{"Accept-Encoding": "gzip"})
    assert answer.mimetype == "application/geo+json"
    collection = json.loads(gzip.decompress(answer.data))
    numbers = [f["properties"]["n"] for f in collection["features"]]
    assert sorted(numbers) == list(range(16))
    assert len(answer.data) < 60_000


def test_values_follow_the_numbers_of_the_tiles(map_site):
    values = values_of(map_site)
    cells = map_site.content.cells.sort_values("cell_id")
    assert values["layers"] == map_site.layers.name
    assert values["fresh"] is True
    letters = {"red": "r", "yellow": "y", "green": "g", "unknown": "u"}
    assert values["cells"]["status"] == "".join(cells["status"].map(letters))
    assert len(values["cells"]["chance"]) == len(values["cells"]["quality"]) == len(cells)
    steps = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for letter, probability, status in zip(
        values["cells"]["chance"], cells["probability"], cells["status"], strict=True
    ):
        if np.isnan(probability):
            assert letter == "."
        elif status == "green":  # half as many steps
            assert steps.index(letter) == 2 * round(31.5 * probability**0.5)
        else:
            assert steps.index(letter) == round(63 * probability**0.5)
    by_region = dict(
        zip(sorted(map_site.content.regions["region_id"]), values["regions"]["status"], strict=True)
    )
    expected = map_site.content.regions.set_index("region_id")["status"].map(letters)
    assert by_region == expected.to_dict()


def test_hot_cells_come_with_their_points(map_site):
    values = values_of(map_site)
    hot = values["hot"]
    flagged = map_site.content.cells[map_site.content.cells["status"].isin(["red", "yellow"])]
    assert sorted(one[3] for one in hot) == sorted(flagged["cell_id"])
    worst = flagged.loc[flagged["probability"].idxmax()]
    assert [one[0] for one in hot] == sorted(one[0] for one in hot)
    n, lon, lat, _, name = next(one for one in hot if one[3] == worst["cell_id"])
    assert name == worst["name"]
    assert values["cells"]["status"][n] == "r"
    # the point is up to 100 m from the mast, towards the azimuth
    assert abs(lon - worst["longitude"]) < 0.0015
    assert abs(lat - worst["latitude"]) < 0.001


def test_a_mast_is_as_bad_as_its_worst_cell(map_site):
    values = values_of(map_site)
    assert values["sites"]["status"].count("r") <= values["cells"]["status"].count("r")
    assert len(values["sites"]["status"]) == len(map_site.content.cells) // 3
    assert "r" in values["sites"]["status"]


def test_unchanged_values_cost_a_304(map_site):
    first = map_site.get("/api/v1/map", **{"Accept-Encoding": "gzip"})
    assert first.headers["Content-Encoding"] == "gzip"
    again = map_site.get("/api/v1/map", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert map_site.get("/api/v1/map?x=1").status_code == 400


def test_a_refresh_of_20000_cells_is_under_60_kb(tmp_path):
    """Values at their worst: random, 1 cell of 20 coloured, names and all; no clock, only bytes."""
    random = np.random.default_rng(5)
    size, sides = 20_000, 31_000
    names = [f"S{n // 6:05d}-L{n % 6}" for n in range(size)]
    ids = Ids(
        by_layer={
            "region": [f"R{n:03d}" for n in range(300)],
            "hexagon": [f"88{n:09x}ffff" for n in range(sides)],
            "cell": names,
            "site": [f"S{n:05d}" for n in range(size // 6 + 1)],
        },
        mast=np.arange(size) // 6,
        places=random.uniform((116, 39.5), (117, 40.5), (size, 2)).round(5),
    )
    statuses = ["red", "yellow", "unknown", "green"]
    cells = (
        tiny()
        .cells.iloc[np.zeros(size, dtype=int)]
        .assign(
            cell_id=names,
            name=[f"朝阳家园{n:05d}-{n % 6}" for n in range(size)],
            status=random.choice(statuses, size, p=[0.01, 0.04, 0.02, 0.93]),
            probability=random.beta(0.5, 20.0, size),
            quality_state=random.choice(["good", "degraded", "bad"], size, p=[0.9, 0.07, 0.03]),
        )
    )
    hexagons = pd.DataFrame(
        {
            "kind": "hexagon",
            "area_id": ids.by_layer["hexagon"],
            "status": random.choice(statuses, sides, p=[0.01, 0.04, 0.02, 0.93]),
            "probability": random.beta(0.5, 20.0, sides),
        }
    )
    missing = [column for column in OPTIONAL["areas"].names if column not in hexagons]
    more = {"areas": hexagons.assign(**dict.fromkeys(missing))}
    site = make_site(tmp_path)
    site.publish(tiny(cells=cells, more=more, layers="0123456789abcdef"))

    class Store(LayerStore):
        def ids(self, _name):
            return ids

    context = Context(
        SnapshotStore(tmp_path), site.clock, WebSettings(), load_catalogue(), layers=Store(())
    )
    server = Flask("values")
    map_values.register(server, context)
    answer = server.test_client().get("/api/v1/map", headers={"Accept-Encoding": "gzip"})
    assert len(gzip.decompress(answer.data)) > 180_000
    assert len(answer.data) < 60_000


def test_stale_is_unknown_everywhere(tmp_path, map_site):
    late = HandClock(AS_OF + timedelta(hours=9))
    app = create_app(map_site.data, clock=late, settings=WebSettings())
    site = Site(map_site.data, late, app)
    values = values_of(site)
    assert values["fresh"] is False
    for layer in ("regions", "cells", "sites"):
        assert set(values[layer]["status"]) == {"u"}
    assert set(values["cells"]["chance"]) == {"."}
    assert set(values["cells"]["quality"]) == {"u"}
    assert values["hot"] == []
    assert "expected" not in values["regions"]
    fresh = map_site.get("/api/v1/map").headers["ETag"]
    assert site.get("/api/v1/map").headers["ETag"] != fresh


def test_a_snapshot_without_layers_has_no_map_values(tmp_path):
    site = make_site(tmp_path)
    site.publish(city())
    answer = values_of(site)
    assert answer["layers"] is None
    assert "cells" not in answer


def test_a_set_that_is_gone_is_no_map_and_no_error(tmp_path):
    site = make_site(tmp_path)
    site.publish(replace(city(), layers="0123456789abcdef"))
    assert values_of(site)["layers"] is None


def test_tickets_mode_has_regions_alone(tmp_path):
    site = make_site(tmp_path)
    content = states()
    made = ensure_layers(site.data, content.cells, regions(), settings=SETTINGS)
    site.publish(replace(content, layers=made.name))
    site.layers = made
    index, values = index_of(site), values_of(site)
    assert set(index["layers"]) == {"region"}
    assert made.ground is None
    assert set(values) >= {"regions", "layers"}
    assert "cells" not in values
    assert len(values["regions"]["status"]) == 16


def test_a_damaged_set_is_a_503_that_says_what_to_do(tmp_path, map_site):
    import shutil

    folder = tmp_path / "layers" / map_site.layers.name
    shutil.copytree(map_site.layers.path, folder)
    (folder / "cell.mbtiles").write_bytes(b"\x00" * 5000)
    site = make_site(tmp_path)
    answer = site.get(f"/layers/{map_site.layers.name}/index.json")
    assert answer.status_code == 503
    error = answer.get_json()["error"]
    assert error["code"] == "layers_damaged"
    assert "cell.mbtiles" in error["message"]


def test_the_operators_tile_server_is_told_and_alone_allowed(map_site):
    tiles = TileSettings(url="https://Tiles.Example.net:8443/{z}/{x}/{y}.png", attribution="© A")
    clock = HandClock(AS_OF)
    app = create_app(map_site.data, clock=clock, settings=WebSettings(tiles=tiles))
    site = Site(map_site.data, clock, app)
    site.layers = map_site.layers
    server = index_of(site)["server"]
    assert server["url"] == "https://Tiles.Example.net:8443/{z}/{x}/{y}.png"
    assert (server["kind"], server["attribution"], server["tile_size"]) == ("raster", "© A", 256)
    policy = dict(
        part.strip().split(" ", 1)
        for part in site.get("/").headers["Content-Security-Policy"].split(";")
    )
    origin = "https://tiles.example.net:8443"
    assert policy["img-src"].split() == ["'self'", "data:", "blob:", origin]
    assert policy["connect-src"].split() == ["'self'", origin]
    assert origin not in policy["script-src"] + policy["default-src"] + policy["style-src"]
    plain = map_site.get("/").headers["Content-Security-Policy"]
    assert "connect-src 'self';" in plain


def test_one_unread_file_is_left_in_place(map_site):
    """Nothing of a set is written by reading it."""
    before = {p: p.stat().st_mtime_ns for p in Path(map_site.layers.path).rglob("*")}
    index_of(map_site)
    values_of(map_site)
    assert {p: p.stat().st_mtime_ns for p in Path(map_site.layers.path).rglob("*")} == before


def test_the_base_map_is_seen_without_a_restart(tmp_path):
    site = make_site(tmp_path)
    assert site.get("/layers/base.json").get_json() == {"system": "wgs84", "layers": []}
    empty = site.get("/layers/base.json").headers["ETag"]
    basemap.add(tmp_path, base_roads(), kind="roads", name="main", file="main.gpkg", system="wgs84")
    answer = site.get("/layers/base.json", **{"If-None-Match": empty})
    (layer,) = answer.get_json()["layers"]
    assert (layer["name"], layer["kind"], layer["layer"]) == ("main", "roads", "roads")
    (x,), (y,) = tile_of([116.4], [39.9], 12)
    tile = site.get(layer["tiles"].format(z=12, x=x, y=y), **{"Accept-Encoding": "gzip"})
    assert mvt.read(tile.data)["roads"][0].properties["name"] == "长安街"
    basemap.remove(tmp_path, "main")
    assert site.get("/layers/base.json").get_json()["layers"] == []


def test_the_base_map_is_that_of_the_maps_coordinates(tmp_path):
    basemap.add(tmp_path, base_roads(), kind="roads", name="r", file="r.gpkg", system="wgs84")
    tiles = TileSettings(url="https://t.example/{z}/{x}/{y}.png", coordinates="gcj02")
    clock = HandClock(AS_OF)
    app = create_app(tmp_path, clock=clock, settings=WebSettings(tiles=tiles))
    site = Site(tmp_path, clock, app)
    assert site.get("/layers/base.json").get_json() == {"system": "gcj02", "layers": []}
    basemap.ensure(tmp_path, "gcj02")
    (layer,) = site.get("/layers/base.json").get_json()["layers"]
    assert layer["bounds"][0] == pytest.approx(116.2 + 0.0062, abs=0.001)


def test_an_unreadable_base_map_is_a_503(tmp_path):
    site = make_site(tmp_path)
    basemap.add(tmp_path, base_roads(), kind="roads", name="r", file="r.gpkg", system="wgs84")
    (tmp_path / "basemap" / "base.json").write_text("[")
    answer = site.get("/layers/base.json")
    assert answer.status_code == 503
    assert answer.get_json()["error"]["code"] == "layers_damaged"

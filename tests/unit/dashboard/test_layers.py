from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely

from dashboard.errors import LayersError
from dashboard.layers import ensure_layers, layers_dir, prune_layers, values
from dashboard.layers.files import read_index, verify
from dashboard.layers.points import cell_points, site_points
from dashboard.layers.regions import bands, numbered, shown_levels
from dashboard.layers.store import LayerStore
from dashboard.layers.zooms import choose_zooms, home_zoom
from dashboard.publish.layers import prune
from dashboard.snapshot import files, write_snapshot
from geo.errors import GeoError
from geo.settings import GeoSettings
from tests.support.inventory import REGIONS
from tests.support.snapshots import AS_OF, tiny

SETTINGS = GeoSettings(hexagon_resolution=5)
CELLS = tiny().cells


def make(data, cells=CELLS, regions=REGIONS, settings=SETTINGS, system="wgs84"):
    return ensure_layers(data, cells, regions, settings=settings, system=system)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Read only."""
    data = tmp_path_factory.mktemp("layers")
    return data, make(data)


def test_made_once_and_found_again(made):
    data, first = made
    assert first.made
    again = make(data)
    assert (again.name, again.made) == (first.name, False)
    shuffled = make(data, CELLS.sample(frac=1, random_state=3), REGIONS.iloc[::-1])
    assert (shuffled.name, shuffled.made) == (first.name, False)


def test_the_ground_is_kept_with_it(made):
    data, _ = made
    ground = make(data).ground
    assert sorted(ground.footprints["cell_id"]) == ["C1", "C2", "C3", "C4", "C5"]
    assert ground.resolution == 5
    assert set(ground.shares["hex_id"]) <= set(ground.hexagons["hex_id"])


@pytest.mark.parametrize(
    "changed",
    [
        {"cells": CELLS.assign(azimuth_deg=[10.0, 120.0, 0.0, 120.0, None])},
        {"cells": CELLS.assign(name="x")},
        {"cells": CELLS.iloc[:4]},
        {"regions": REGIONS.assign(name=["a", "b", "c"])},
        {"regions": REGIONS.iloc[:2]},
        {"settings": GeoSettings(hexagon_resolution=4)},
        {"system": "gcj02"},
    ],
)
def test_what_is_drawn_names_the_set(tmp_path, monkeypatch, made, changed):
    monkeypatch.setattr("dashboard.layers.ensure.write_set", lambda root, name, _fill: root / name)
    assert make(tmp_path, **changed).name != made[1].name


def test_two_makings_are_the_same_to_the_byte(tmp_path, made):
    again = make(tmp_path)
    index = read_index(again.path)
    assert index == read_index(made[1].path)  # the hashes of all files are in it
    verify(again.path, index)


def test_a_damaged_set_is_made_anew(tmp_path):
    first = make(tmp_path)
    (first.path / "cell.mbtiles").write_bytes(b"x")
    with pytest.raises(LayersError, match=r"cell.mbtiles is damaged"):
        verify(first.path, read_index(first.path))
    again = make(tmp_path)
    assert (again.name, again.made) == (first.name, True)
    verify(again.path, read_index(again.path))
    (again.path / "index.json").write_text("{}")
    assert make(tmp_path).made


def test_regions_alone_cells_alone_and_neither(tmp_path):
    nothing = REGIONS.assign(geometry=None).set_geometry("geometry", crs=4326)
    unplaced = CELLS.assign(longitude=None, latitude=None)
    assert make(tmp_path, unplaced, nothing) is None
    alone = make(tmp_path, unplaced)
    assert set(read_index(alone.path)["layers"]) == {"region"}
    assert alone.ground is None
    cells = make(tmp_path, CELLS, nothing)
    index = read_index(cells.path)
    assert set(index["layers"]) == {"hexagon", "footprint", "cell", "site"}
    assert index["levels"] == []
    assert index["labels"]["features"] == []


def test_an_impossible_inventory_is_an_error_and_leaves_nothing(tmp_path):
    twice = pd.concat([CELLS, CELLS.iloc[:1]])
    with pytest.raises(GeoError, match="'C1' is there twice"):
        make(tmp_path, twice)
    assert not list(layers_dir(tmp_path).glob("*"))


def test_drawn_in_gcj02_all_is_moved(tmp_path, made):
    moved = read_index(make(tmp_path, system="gcj02").path)
    plain = read_index(made[1].path)
    assert (moved["system"], plain["system"]) == ("gcj02", "wgs84")
    place = [index["labels"]["features"][0]["geometry"]["coordinates"] for index in (plain, moved)]
    # around Beijing GCJ-02 lies about 0.006 degrees to the east and 0.001 to the north
    assert 0.004 < place[1][0] - place[0][0] < 0.008
    assert 0.0005 < place[1][1] - place[0][1] < 0.002


def test_sets_that_no_snapshot_names_go(tmp_path):
    first, second = make(tmp_path, CELLS.iloc[:2]), make(tmp_path)
    for days, name in ((0, first.name), (1, second.name)):
        content = replace(tiny(as_of=AS_OF + timedelta(days=days)), layers=name)
        write_snapshot(tmp_path, content, kpi_days={}, published_at=content.as_of)
    assert prune(tmp_path) == []
    content = replace(tiny(as_of=AS_OF + timedelta(days=60)), layers=second.name)
    write_snapshot(tmp_path, content, kpi_days={}, published_at=content.as_of)
    assert prune(tmp_path) == [first.name]
    assert [p.name for p in layers_dir(tmp_path).iterdir()] == [second.name]


def test_nothing_is_removed_while_a_manifest_is_unreadable(tmp_path):
    make(tmp_path)
    content = tiny()
    snapshot = write_snapshot(tmp_path, content, kpi_days={}, published_at=content.as_of)
    path = files.snapshots_dir(tmp_path) / snapshot / "manifest.json"
    whole = path.read_bytes()
    path.write_text("{")
    assert prune(tmp_path) == []
    path.write_bytes(whole)
    assert len(prune(tmp_path)) == 1


def test_a_reader_goes_on_while_its_set_is_pruned(tmp_path):
    found = make(tmp_path)
    store = LayerStore((layers_dir(tmp_path),))
    index = store.index(found.name)
    zoom = index["layers"]["region"]["min_zoom"]
    tiles = [(x, y) for x in range(2**zoom) for y in range(2**zoom)]
    full = next(t for t in tiles if store.tile(found.name, "region", zoom, *t))
    prune_layers(tmp_path, [])
    assert store.tile(found.name, "region", zoom, *full)
    assert store.file(found.name, "region-1.json") is None
    assert store.tile(found.name, "cell", 14, 0, 0) is None  # never opened before
    assert LayerStore((layers_dir(tmp_path),)).index(found.name) is None


@pytest.mark.parametrize("name", ["", "..", "0123456789ABCDEF", "0123456789abcde", "a/b"])
def test_other_names_are_no_sets(made, name):
    assert LayerStore((layers_dir(made[0]),)).index(name) is None


# ---------------------------------------------------------------- points


def test_sectors_of_a_mast_stand_apart_along_their_azimuths():
    cells = pd.DataFrame(
        {
            "cell_id": ["a", "b", "c", "d", "e"],
            "site_id": ["S", "S", "S", "S", None],
            "name": None,
            "technology": "LTE",
            "band": None,
            "longitude": [116.0, 116.0, 116.0, 116.0, None],
            "latitude": [40.0, 40.0, 40.0, 40.0, None],
            "azimuth_deg": [90.0, 90.0, None, 180.0, 0.0],
        }
    )
    found = cell_points(cells).set_index("id")
    east = (found.geometry.x - 116.0) * 111_319.49 * np.cos(np.radians(40.0))
    north = (found.geometry.y - 40.0) * 111_319.49
    assert east.round(1).to_dict() == {"a": 18.0, "b": 32.0, "c": 0.0, "d": 0.0}
    assert north.round(1).to_dict() == {"a": 0.0, "b": 0.0, "c": 0.0, "d": -18.0}
    assert found["n"].to_dict() == {"a": 0, "b": 1, "c": 2, "d": 3}
    masts, mast_of = site_points(cells)
    assert masts[["id", "cells"]].to_numpy().tolist() == [["S", 4]]
    assert mast_of.to_dict() == dict.fromkeys("abcd", 0)


# ---------------------------------------------------------------- zooms


def test_the_home_zoom_shows_the_whole_area_512_pixels_wide():
    # an eighth of the equator is a tile of zoom 3
    assert home_zoom((0.0, -1.0, 45.0, 1.0)) == pytest.approx(3.0)
    assert home_zoom((116.0, 40.0, 116.0, 40.0)) == 12.0


def test_layers_begin_where_their_parts_can_be_seen():
    nothing = np.empty(0)
    found = choose_zooms(
        (115.0, 39.0, 118.0, 41.0), middle_m=1200.0, footprint_m=1500.0, lon=nothing, lat=nothing
    )
    # at 40 N and zoom 10 a pixel is 58.6 m: 9 pixels are 527 m, 40 are 2,342 m
    assert found.middle == 9  # 117 m: 1,054 m
    assert found.footprint == 11  # 29 m: 1,171 m
    assert found.site <= found.footprint


def test_a_crowd_waits_for_a_nearer_zoom():
    random = np.random.default_rng(3)
    lon, lat = random.uniform(116.30, 116.36, 20_000), random.uniform(39.90, 39.94, 20_000)
    box = (115.0, 39.0, 118.0, 41.0)
    few = choose_zooms(box, middle_m=1200.0, footprint_m=900.0, lon=lon[:50], lat=lat[:50])
    many = choose_zooms(box, middle_m=1200.0, footprint_m=900.0, lon=lon, lat=lat)
    assert few.footprint < many.footprint


# ---------------------------------------------------------------- regions


def nested(size=4):
    """A city of one region, with size x size grids in it."""
    edge = 1.0 / size
    grids = [
        shapely.box(116 + x * edge, 39 + y * edge, 116 + (x + 1) * edge, 39 + (y + 1) * edge)
        for x in range(size)
        for y in range(size)
    ]
    return geopandas.GeoDataFrame(
        {
            "region_id": ["city", *[f"g{i:02d}" for i in range(len(grids))]],
            "name": "x",
            "parent_id": [None] + ["city"] * len(grids),
            "level": [0] + [1] * len(grids),
        },
        geometry=[shapely.box(116, 39, 117, 40), *grids],
        crs="EPSG:4326",
    )


def test_the_finest_level_waits_for_its_zoom_and_the_city_is_no_level():
    regions = numbered(
        pd.concat(
            [
                nested(),
                nested(2)
                .iloc[1:]
                .assign(region_id=lambda f: "d" + f["region_id"], level=[0.5] * 4),
            ]
        ).assign(level=lambda f: (f["level"] * 2).astype(int))
    )
    assert shown_levels(regions) == [1, 2]
    zooms = choose_zooms(
        (116.0, 39.0, 117.0, 40.0),
        middle_m=900.0,
        footprint_m=None,
        lon=np.empty(0),
        lat=np.empty(0),
    )
    found = {b.min_zoom: set(b.frame["level"]) for b in bands(regions, (116, 39, 117, 40), zooms)}
    assert found[zooms.middle - 2] == {0, 1}
    assert found[zooms.middle - 1] == {0, 1, 2}
    assert max(found) == 13


# ---------------------------------------------------------------- values


def test_letters_in_the_order_of_the_ids():
    known = pd.Series({"b": "red", "a": "green", "z": "yellow"})
    assert values.letters(known, ["a", "b", "missing", "z"]) == "gruy"
    quality = pd.Series({"a": "bad", "b": None, "c": "degraded"})
    assert values.letters(quality, ["a", "b", "c"], values.QUALITY) == "bud"


def test_steps_of_a_share_by_hand():
    # (k / 63)^2: 0, 1 and the step of 0.25 is 31.5, which rounds to the even 32 -> g
    known = pd.Series({"a": 0.0, "b": 1.0, "c": 0.25, "d": np.nan, "e": 0.0004})
    assert values.steps(known, ["a", "b", "c", "d", "e", "f"]) == "A_g.B."


def test_the_worst_of_a_group_and_unknown_above_green():
    group = np.array([0, 0, 1, 1, 2, -1])
    assert values.worst("grugyr", group, 4) == "ruyu"


def test_figures_are_short():
    known = pd.Series({"a": 12.3456, "b": np.nan, "c": 0.00012345})
    assert values.figures(known, ["c", "b", "a"]) == [0.000123, None, 12.3]

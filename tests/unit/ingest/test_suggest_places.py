"""The coordinate system of sites, tickets and boundaries, told by what the warehouse knows."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import shapely

from geo.boundaries import beijing
from ingest.contracts import feeds
from ingest.errors import FileRefusedError
from ingest.settings import IngestSettings
from ingest.suggest.known import Known, known_of
from ingest.suggest.model import Guess, Suggestion
from ingest.suggest.places import positions
from ingest.suggest.preview import preview
from ingest.suggest.propose import suggest
from tests.support import placed
from tests.support.warehouses import Room

SETTINGS = IngestSettings()
FEEDS = feeds(SETTINGS.load_catalogue())
SYSTEMS = ["wgs84", "gcj02", "bd09"]


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def propose(path: Path, known: Known) -> tuple[Suggestion, Guess]:
    made = suggest(path, settings=SETTINGS, feeds=FEEDS, known=known)
    [found] = [one for one in made.guesses if one.what == "coordinates"]
    assert made.table.coordinates == found.value
    return made, found


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Known:
    room = Room(tmp_path_factory.mktemp("known") / "data")
    room.take("regions.geojson", placed.geojson())
    room.take("cells.csv", placed.csv(placed.cells()))
    room.take("tickets.csv", placed.csv(placed.tickets()))
    made = known_of(room.connection)
    room.close()
    return made


def test_what_is_known(known: Known) -> None:
    assert len(known.cell_ids) == len(known.cells) == 2 * placed.MASTS
    assert known.positions.shape == (placed.MASTS, 2)
    assert len(known.tickets) == 1200
    assert known.regions["region_id"].tolist() == sorted(beijing()["region_id"])


@pytest.mark.parametrize("system", SYSTEMS)
def test_cells_that_are_known_by_their_ids(tmp_path: Path, known: Known, system: str) -> None:
    path = put(tmp_path, "cells.csv", placed.csv(placed.cells().head(200), system))
    made, found = propose(path, known)
    assert (found.value, found.sure) == (system, "high")
    assert "from themselves as known" in found.why
    assert found.why.partition("m): ")[2].startswith(f"{system} 0 m")
    assert preview(path, made, SETTINGS).refused is None


@pytest.mark.parametrize("system", SYSTEMS)
def test_new_cells_in_the_regions_that_they_name(tmp_path: Path, known: Known, system: str) -> None:
    new = placed.cells().assign(cell_id=lambda table: "new" + table["cell_id"])
    moved = new.assign(longitude=new["longitude"] + 0.001)  # not the known masts
    only = Known.of(known.cells.head(0), None, known.regions)
    _, found = propose(put(tmp_path, "cells.csv", placed.csv(moved, system)), only)
    assert (found.value, found.sure) == (system, "high")
    assert "outside the known regions that they name" in found.why


@pytest.mark.parametrize("system", SYSTEMS)
def test_cells_that_known_tickets_name(tmp_path: Path, known: Known, system: str) -> None:
    only = Known.of(known.cells.head(0), known.tickets)
    _, found = propose(put(tmp_path, "cells.csv", placed.csv(placed.cells(), system)), only)
    assert (found.value, found.sure) == (system, "high")
    assert "from known tickets" in found.why


@pytest.mark.parametrize("system", SYSTEMS)
def test_tickets_around_the_known_cells(tmp_path: Path, known: Known, system: str) -> None:
    path = put(tmp_path, "tickets.csv", placed.csv(placed.tickets(), system))
    _, found = propose(path, known)
    assert (found.value, found.sure) == (system, "high")
    assert "from the known cells that they name" in found.why


def test_known_cells_that_are_wrong_themselves_are_doubted(tmp_path: Path, known: Known) -> None:
    wrong = placed.cells().rename(columns={"cell_id": "name"})
    lon, lat = placed.from_wgs84(
        wrong["longitude"].to_numpy(), wrong["latitude"].to_numpy(), "gcj02"
    )
    only = Known.of(wrong.assign(longitude=lon, latitude=lat))
    _, found = propose(put(tmp_path, "tickets.csv", placed.csv(placed.tickets())), only)
    assert (found.value, found.sure) == ("wgs84", "medium")
    assert "what is known looks like gcj02 read as wgs84: see `foresite doctor`" in found.why


def test_few_tickets_do_not_tell(tmp_path: Path, known: Known) -> None:
    few = placed.tickets().head(12)
    only = Known.of(known.cells)
    _, found = propose(put(tmp_path, "tickets.csv", placed.csv(few, "gcj02")), only)
    assert (found.value, found.sure) == ("wgs84", "low")
    assert found.why.endswith("it cannot be told")


@pytest.mark.parametrize("system", SYSTEMS)
def test_boundaries_against_known_boundaries(tmp_path: Path, known: Known, system: str) -> None:
    path = put(tmp_path, "districts.geojson", placed.geojson(system))
    made, found = propose(path, known)
    assert (found.value, found.sure) == (system, "high")
    assert "borders of these regions against those of the known regions" in found.why
    assert made.table.columns["region_id"].source == ("region_id",)
    tried = preview(path, made, SETTINGS)
    assert (tried.refused, tried.read, tried.rejected) == (None, 16, {})
    assert tried.columns == ("region_id", "name")


@pytest.mark.parametrize("system", SYSTEMS)
def test_boundaries_around_known_cells(tmp_path: Path, known: Known, system: str) -> None:
    only = Known.of(known.cells)
    _, found = propose(put(tmp_path, "districts.geojson", placed.geojson(system)), only)
    assert (found.value, found.sure) == (system, "high")
    assert "places of known cells, more than 100 m outside these regions that they" in found.why


def test_boundaries_with_chinese_names_and_nothing_to_compare(room: Room) -> None:
    square = shapely.geometry.mapping(shapely.box(116, 39, 117, 40))
    names = {"网格编号": 7, "网格名称": "望京", "用户数": 1200, "上级编码": "110105", "x": None}
    feature = {"type": "Feature", "properties": names, "geometry": square}
    text = json.dumps({"type": "FeatureCollection", "features": [feature]}, ensure_ascii=False)
    made, found = propose(room.put("grids.geojson", text), Known())
    assert (found.value, found.sure) == ("wgs84", "low")
    assert "nothing with positions is known" in found.why
    sources = {name: rule.source for name, rule in made.table.columns.items()}
    assert sources == {
        "region_id": ("网格编号",),
        "name": ("网格名称",),
        "subscribers": ("用户数",),
        "parent_id": ("上级编码",),
    }
    assert made.unused == ("x",)
    [result] = room.load(
        room.put("grids.geojson", text), profile=str(room.put("made.toml", made.toml))
    )
    assert (result.refused, result.rows_loaded) == (None, 1)


def test_a_shapefile_comes_with_its_parts(tmp_path: Path) -> None:
    frame = beijing()[["region_id", "name", "geometry"]]
    folder = tmp_path / "shape"
    folder.mkdir()
    frame.to_file(folder / "districts.shp", encoding="utf-8")
    made, _ = propose(folder / "districts.shp", Known())
    assert preview(folder / "districts.shp", made, SETTINGS).read == 16
    shutil.rmtree(folder)


def test_boundaries_in_metres_are_converted_as_they_say(tmp_path: Path, known: Known) -> None:
    path = tmp_path / "cgcs.gpkg"
    beijing()[["region_id", "name", "geometry"]].to_crs("EPSG:4548").to_file(path)
    _, found = propose(path, known)
    assert (found.value, found.sure) == ("wgs84", "high")
    assert "CGCS2000" in found.why


def test_boundaries_without_any_id_are_refused(tmp_path: Path) -> None:
    square = shapely.geometry.mapping(shapely.box(116, 39, 117, 40))
    two = [{"type": "Feature", "properties": {"kind": "a"}, "geometry": square}] * 2
    text = json.dumps({"type": "FeatureCollection", "features": two})
    with pytest.raises(FileRefusedError, match=r"no column can be region_id: .* columns are kind"):
        propose(put(tmp_path, "x.geojson", text), Known())
    empty = '{"type": "FeatureCollection", "features": []}'
    with pytest.raises(FileRefusedError, match="no features"):
        propose(put(tmp_path, "x.geojson", empty), Known())


def test_positions_of_rows() -> None:
    rows = [["c1", "１１６,５", "39,9", ""], ["", "-", "39,9", "r"], ["c3"]]
    places = {"cell_id": 0, "longitude": 1, "latitude": 2, "region_id": 3}
    found = positions(rows, places, comma=True)
    assert found["longitude"].tolist()[0] == 116.5
    assert found["longitude"].isna().tolist() == [False, True, True]
    assert found["cell_id"].tolist() == ["c1", None, "c3"]
    assert found["region_id"].tolist() == [None, "r", None]

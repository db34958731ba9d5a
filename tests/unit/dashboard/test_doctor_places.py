"""What the doctor says of coordinate systems and boundaries."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import geopandas
import pytest
import shapely

from dashboard.doctor.places import Places
from dashboard.publish.places import told_places
from dashboard.runtime.locks import write_lock
from dashboard.settings import load_settings
from dashboard.snapshot import write_snapshot
from dashboard.snapshot.known import known_as_published
from ingest.contracts import feeds
from ingest.region_rows import known_regions
from ingest.suggest.propose import suggest
from tests.support import placed
from tests.support.city import city as published_city
from tests.support.snapshots import tiny
from tests.support.warehouses import NOW, Room


def room_of(data: Path, regions: str, cells: str, tickets: str) -> Room:
    room = Room(data)
    for name, text in (("regions.geojson", regions), ("cells.csv", cells), ("t.csv", tickets)):
        if text:
            assert room.take(name, text, feed="tickets" if name == "t.csv" else None).rows_loaded
    return room


def looked_at(data: Path) -> Places:
    return Places(data, load_settings(data), NOW)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def city(
    data: Path, regions: str = "wgs84", cells: str = "wgs84", tickets: str = "wgs84"
) -> Places:
    room_of(
        data,
        placed.geojson(regions),
        placed.csv(placed.cells(), cells),
        placed.csv(placed.tickets(), tickets),
    ).close()
    return looked_at(data)


def test_all_in_one_system(data: Path) -> None:
    finding = city(data).coordinates()
    assert (finding.check, finding.status, finding.advice) == ("coordinates", "ok", "")
    assert finding.message.startswith(
        "tickets and cells, cells and regions agree with each other (mean offset of tickets from "
        "the cells that they name, 313 places (± "
    )


def test_all_in_one_wrong_system_agree_just_as_well(data: Path) -> None:
    finding = city(data, "bd09", "bd09", "bd09").coordinates()
    assert finding.status == "ok"
    assert "agree with each other" in finding.message


@pytest.mark.parametrize(
    ("wrong", "system"), [("tickets", "gcj02"), ("cells", "gcj02"), ("regions", "bd09")]
)
def test_one_in_another_system_is_named(data: Path, wrong: str, system: str) -> None:
    finding = city(data, **{wrong: system}).coordinates()
    assert finding.status == "warn"
    assert f"{wrong} are {system} and were read as wgs84" in finding.message
    assert finding.advice == (
        f'declare coordinates = "{system}" in the profile of {wrong}; then ingest again'
    )


def test_how_far_and_whither(data: Path) -> None:
    message = city(data, tickets="gcj02").coordinates().message
    # some 540 m over Beijing (test_geo_crs), mostly to the east
    far, _, rest = message.removeprefix("tickets lie ").partition(" m ")
    assert 500 < int(far) < 580
    assert rest.startswith("east of where they should lie against cells: ")


def test_two_alone_may_be_either(data: Path) -> None:
    room_of(data, "", placed.csv(placed.cells()), placed.csv(placed.tickets(), "gcj02")).close()
    finding = looked_at(data).coordinates()
    assert (
        "tickets are gcj02 and were read as wgs84; or cells are wgs84 and were read as gcj02"
        in finding.message
    )
    assert 'in the profile of tickets; or declare coordinates = "wgs84" in' in finding.advice


def test_nothing_to_compare(data: Path) -> None:
    room_of(data, "", placed.csv(placed.cells()), "").close()
    finding = looked_at(data).coordinates()
    assert (finding.status, finding.message.partition(":")[0]) == ("ok", "cannot be told")


def test_without_any_data_it_says_what_to_do(data: Path) -> None:
    for finding in (looked_at(data).coordinates(), looked_at(data).boundaries()):
        assert finding.status == "warn"
        assert "foresite ingest" in finding.advice


def test_while_a_worker_holds_the_warehouse_the_snapshot_tells(data: Path) -> None:
    room = room_of(
        data,
        placed.geojson(),
        placed.csv(placed.cells(), "gcj02"),
        placed.csv(placed.tickets()),
    )
    told = told_places(room.connection, NOW, known_regions(room.connection))
    room.close()
    write_snapshot(data, tiny(more=told), kpi_days={}, published_at=NOW)
    with write_lock(data, "foresite worker"):
        places = looked_at(data)
        assert "cells are gcj02 and were read as wgs84" in places.coordinates().message
        assert places.boundaries().status == "ok"
    assert places.coordinates() == looked_at(data).coordinates()


def test_nothing_that_became_known_later_counts(data: Path) -> None:
    room = room_of(data, "", placed.csv(placed.cells()), "")
    late = NOW + timedelta(days=1)
    path = room.put("late.csv", placed.csv(placed.tickets(), "bd09"))
    room.load(path, feed="tickets", live_at=late)
    regions = known_regions(room.connection)
    assert told_places(room.connection, NOW, regions)["coordinates"].empty
    assert len(told_places(room.connection, late, regions)["coordinates"]) == 1
    room.close()


def test_no_position_of_a_ticket_leaves_the_warehouse(data: Path) -> None:
    room = room_of(data, "", placed.csv(placed.cells()), placed.csv(placed.tickets()))
    told = told_places(room.connection, NOW, known_regions(room.connection))
    room.close()
    assert len(told["coordinates"]) == 1
    assert not {"longitude", "latitude"} & set(told["coordinates"].columns)


def grids(*shapes: shapely.Geometry) -> str:
    frame = geopandas.GeoDataFrame(
        {"region_id": [f"g{n}" for n in range(len(shapes))]}, geometry=list(shapes), crs="EPSG:4326"
    )
    return frame.to_json()


def test_boundaries_that_overlap(data: Path) -> None:
    one, other = shapely.box(116, 40, 116.1, 40.1), shapely.box(116.099, 40, 116.2, 40.1)
    room_of(data, grids(one, other), "", "").close()
    finding = looked_at(data).boundaries()
    assert (finding.check, finding.status) == ("boundaries", "warn")
    # 85.3 m by 11.1 km
    assert finding.message.startswith("regions 'g0' and 'g1' overlap by 94.")
    assert "mend the file" in finding.advice


def test_boundaries_that_meet_but_for_a_hair(data: Path) -> None:
    one, other = shapely.box(116, 40, 116.1, 40.1), shapely.box(116.09999, 40, 116.2, 40.1)
    room_of(data, grids(one, other), "", "").close()
    finding = looked_at(data).boundaries()
    assert (finding.status, finding.message) == ("ok", "regions meet and nest; small remarks: 1")


def test_ingest_tells_what_is_wrong_with_boundaries(data: Path) -> None:
    room = Room(data)
    knot = shapely.Polygon([(116.2, 40), (116.3, 40.1), (116.3, 40), (116.2, 40.1)])
    result = room.take(
        "regions.geojson",
        grids(shapely.box(116, 40, 116.1, 40.1), shapely.box(116.09, 40, 116.2, 40.1), knot),
    )
    assert result.rows_loaded == 3
    assert result.reasons == {"repaired:geometry": 1, "overlap:geometry": 1}
    first, second = sorted(result.notes)
    # the two halves of the knot cancelled each other
    assert first.startswith("warning: feature 3, region 'g2': Self-intersection[116.25 40.05], its")
    assert second.startswith("warning: regions 'g0' and 'g1' overlap by 9.5 km² at 116.09")
    assert result.to_json()["notes"] == list(result.notes)
    room.close()


def test_ingest_sees_a_file_of_grids_among_the_known_districts(data: Path) -> None:
    room = Room(data)
    room.take("regions_1.geojson", placed.geojson())
    inside = shapely.box(116.40, 39.90, 116.41, 39.91)  # Dongcheng, 110101
    frame = geopandas.GeoDataFrame(
        {"region_id": ["g"], "parent_id": ["110105"], "level": [3]},
        geometry=[inside],
        crs="EPSG:4326",
    )
    result = room.take("regions_2.geojson", frame.to_json())
    [note] = [text for text in result.notes if "parent" in text and "'g'" in text]
    assert note == (
        "warning: region 'g': 0.0% of it lies in its parent '110105', most of it in '110101'"
    )
    assert result.reasons["other_parent:parent_id"] == 1
    assert json.loads(json.dumps(result.to_json()))["notes"]
    room.close()


def test_what_was_published_helps_to_suggest(data: Path) -> None:
    assert known_as_published(data) is None
    write_snapshot(data, published_city(), kpi_days={}, published_at=NOW)
    known = known_as_published(data)
    assert known is not None
    assert len(known.cells) == len(known.cell_ids) == 126
    assert known.regions.geometry.is_valid.all()
    assert len(known.regions) == 16
    path = data.parent / "districts.geojson"
    path.write_text(placed.geojson("bd09"), "utf-8")
    settings = load_settings(data).ingest
    made = suggest(path, settings=settings, feeds=feeds(settings.load_catalogue()), known=known)
    assert made.table.coordinates == "bd09"

import dataclasses

import h3
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.errors import GeoError
from geo.ground import Ground, fingerprint, ground
from geo.settings import CoverageModel, GeoSettings
from ingest.simulator.city import build_city
from tests.support.layout import PLANE, layout, regions

FRAMES = ("footprints", "hexagons", "shares", "borders")


@pytest.fixture(scope="module")
def city():
    return build_city(120, 5)


@pytest.fixture(scope="module")
def made(city):
    return ground(city.cells, city.regions)


def test_the_bundle_fits_together(city, made):
    cells = set(city.cells["cell_id"])
    assert set(made.footprints["cell_id"]) == cells
    assert set(made.shares["cell_id"]) == cells
    assert set(made.shares["hex_id"]) <= set(made.hexagons["hex_id"])
    assert (made.shares.groupby("cell_id")["share"].sum() == 1.0).all()
    assert set(made.borders["cell_id"]) <= cells
    assert {h3.get_resolution(i) for i in made.hexagons["hex_id"]} == {made.resolution}
    assert made.outside == 0
    assert shapely.area(made.boundary) == pytest.approx(shapely.area(city.regions.geometry).sum())


def test_any_order_of_rows_gives_the_same_ground(city, made):
    mixed = ground(city.cells.sample(frac=1, random_state=4), city.regions.iloc[::-1])
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(mixed, name), getattr(made, name), check_exact=True)
    assert mixed.boundary.equals_exact(made.boundary, 0.0)


def test_saved_and_loaded_it_is_the_same_to_the_byte(made, tmp_path):
    made.save(tmp_path / "one")
    loaded = Ground.load(tmp_path / "one")
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(loaded, name), getattr(made, name), check_exact=True)
    assert loaded.footprints.crs == made.footprints.crs
    assert loaded.boundary.equals_exact(made.boundary, 0.0)
    assert (loaded.resolution, loaded.outside) == (made.resolution, made.outside)
    loaded.save(tmp_path / "two")
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == sorted(f"{name}.parquet" for name in (*FRAMES, "boundary"))
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize("name", [*FRAMES, "boundary"])
@pytest.mark.parametrize("harm", ["gone", "torn"])
def test_a_damaged_ground_is_an_error(made, tmp_path, name, harm):
    made.save(tmp_path)
    path = tmp_path / f"{name}.parquet"
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(GeoError, match=r"no complete ground .* it is made anew"):
        Ground.load(tmp_path)


def test_cells_outside_have_hexagons_too():
    city = regions(shapely.box(-3000, -3000, 3000, 3000))
    found = ground(layout({"x": 0, "y": 0}, {"x": 90_000, "y": 0, "cell_id": "far"}), city)
    assert found.outside == 1
    assert (found.shares.groupby("cell_id")["share"].sum() == 1.0).all()
    far = found.shares[found.shares["cell_id"] == "far"]["hex_id"]
    inside = found.hexagons.set_index("hex_id")["inside"]
    assert (inside[far] == 0).all()
    assert inside.index.is_unique
    assert inside.index.is_monotonic_increasing


def test_without_regions_the_area_is_what_is_covered():
    cells = layout({"x": 0, "y": 0}, {"x": 13_000, "y": 0})  # reaching 6 km each
    found = ground(cells, None)
    area = PLANE.to_metres(np.array([found.boundary], dtype=object))[0]
    # the gap of 1 km between them is closed
    assert area.geom_type == "Polygon"
    assert area.area == pytest.approx(2 * np.pi * 6000**2, rel=0.03)
    assert shapely.covers(found.boundary, found.footprints.geometry.array).all()
    assert (found.shares.groupby("cell_id")["share"].sum() == 1.0).all()


def test_neither_cells_nor_regions():
    with pytest.raises(GeoError, match="load a cells feed with longitude and latitude"):
        ground(layout(), None)
    bare = ground(layout(), regions(shapely.box(0, 0, 3000, 3000)))
    assert bare.footprints.empty
    assert len(bare.hexagons) > 0
    assert bare.shares.empty
    assert bare.borders.empty


def test_settings_are_followed():
    city = regions(shapely.box(-3000, -3000, 3000, 3000))
    cells = layout({"x": 0, "y": 0}, {"x": 1000, "y": 0})
    settings = GeoSettings(hexagon_resolution=8, border_m=1e6, coverage=CoverageModel(lte_m=100))
    found = ground(cells, city, settings)
    assert found.resolution == 8
    assert found.borders.empty
    assert found.footprints["radius_m"].tolist() == pytest.approx([100, 100])
    few = ground(cells, city, GeoSettings(most_hexagons=100))
    assert len(few.hexagons) < 200


def test_the_fingerprint_changes_with_what_the_ground_follows_from():
    cells = layout({"x": 0, "y": 0, "site_id": "s", "azimuth_deg": 10.0}, {"x": 900, "y": 0})
    area = regions(shapely.box(-3000, -3000, 3000, 3000))
    first = fingerprint(cells, area)
    assert len(first) == 16
    assert int(first, 16) >= 0
    # what it does not follow from
    assert fingerprint(cells.iloc[::-1], area.assign(name="new")) == first
    assert fingerprint(cells.assign(subscribers=5, vendor="A"), area) == first
    changed = [
        fingerprint(cells.assign(**{column: value}), area)
        for column, value in {
            "cell_id": ["c0", "c2"],
            "site_id": ["s", "s"],
            "technology": "NR",
            "band": "B8",
            "longitude": cells["longitude"] + 1e-9,
            "latitude": None,
            "azimuth_deg": [None, 10.0],
        }.items()
    ]
    changed += [fingerprint(cells.iloc[:1], area), fingerprint(cells, None)]
    changed.append(fingerprint(cells, regions(shapely.box(-3000, -3000, 3000, 3001))))
    changed += [
        fingerprint(cells, area, GeoSettings(**settings))
        for settings in (
            {"hexagon_resolution": 7},
            {"border_m": 11},
            {"most_hexagons": 39_999},
            {"coverage": {"lte_m": 5999}},
        )
    ]
    assert len({first, *changed}) == 1 + len(changed)


def test_the_fingerprint_changes_with_the_code(monkeypatch):
    cells = layout({"x": 0, "y": 0})
    first = fingerprint(cells, None)
    monkeypatch.setattr("geo.ground.VERSION", 999)
    assert fingerprint(cells, None) != first


def test_a_ground_cannot_be_changed(made):
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.resolution = 3

import numpy as np
import pandas as pd
import pytest
import shapely

from geo.coverage import COLUMNS, CoverageModel, footprints
from geo.errors import GeoError
from geo.reach import CORNERS
from ingest.simulator.city import build_city
from tests.support.layout import layout, metres, regions

# a regular polygon of n corners in a circle of radius 1 has the area n / 2 sin(360 / n)
DISC = CORNERS / 2 * np.sin(2 * np.pi / CORNERS)


def areas(found):
    return {cell: shapely.area(shape) for cell, shape in metres(found).items()}


def direction(shape):
    """Degrees clockwise from north in which a footprint's middle lies, seen from the origin."""
    middle = shapely.centroid(shape)
    return np.degrees(np.arctan2(middle.x, middle.y)) % 360


def test_a_lone_mast_reaches_as_far_as_its_technology_and_band():
    kinds = {
        ("GSM", "B3"): 10_000,
        ("GSM", "B8"): 18_000,  # 1.8 times as far below 1 GHz
        ("UMTS", "B1"): 6_000,
        ("LTE", "B3"): 6_000,
        ("LTE", "B8"): 10_800,
        ("NR", "n78"): 4_000,
        ("NR", "n258"): 600,  # 0.15 of it above 24 GHz
        ("WLAN", None): 100,
        (None, None): 6_000,  # as LTE
    }
    for (technology, band), reach in kinds.items():
        found = footprints(layout({"x": 0, "y": 0, "technology": technology, "band": band}), None)
        assert found["radius_m"].item() == pytest.approx(reach)
        assert areas(found)["c0"] == pytest.approx(DISC * reach**2)


def test_two_masts_share_the_ground_half_way():
    found = footprints(layout({"x": -2000, "y": 0}, {"x": 2000, "y": 0}), None)
    west, east = metres(found)
    assert west.bounds[2] == pytest.approx(0, abs=1e-6)
    assert east.bounds[0] == pytest.approx(0, abs=1e-6)
    # the spacing is 4,000 m, and each reaches twice as far, but no farther than LTE, 6,000 m; of
    # the circle r^2 acos(1/3) - 2,000 sqrt(r^2 - 2,000^2) is cut off, a segment
    segment = 6e3**2 * np.arccos(1 / 3) - 2e3 * np.sqrt(6e3**2 - 2e3**2)
    assert west.area == pytest.approx(np.pi * 6e3**2 - segment, rel=0.002)


def test_density_caps_the_reach():
    # third neighbour of a corner in a grid of 500 m: the diagonal, 707 m; of the edge and the
    # middle: 500 m; twice as far is 1,414 m and 1,000 m
    grid = [{"x": 500 * x, "y": 500 * y} for x in range(5) for y in range(5)]
    found = footprints(layout(*grid), None).set_index("cell_id")
    assert found["radius_m"]["c0"] == pytest.approx(1414.2, rel=0.01)
    # in the middle the ground ends half-way to the neighbours, 354 m away at its corners
    assert found["radius_m"]["c12"] == pytest.approx(353.55, rel=0.001)


def test_a_lone_5g_mast_in_a_city_does_not_cover_the_city():
    grid = [{"x": 200 * x, "y": 200 * y} for x in range(9) for y in range(9)]
    lone = {"cell_id": "nr", "x": 800, "y": 800, "technology": "NR", "band": "n78"}
    found = footprints(layout(*grid, lone), None).set_index("cell_id")
    # all masts there are 200 m apart, those of the layer count as 4 times that, times 2
    assert found["radius_m"]["nr"] == pytest.approx(1600, rel=0.01)


def test_a_layer_with_fewer_masts_has_larger_footprints():
    masts = [{"x": 1000 * x, "y": 1000 * y} for x in range(6) for y in range(6)]
    nr = [
        m | {"technology": "NR", "band": "n78", "cell_id": f"n{i}"}
        for i, m in enumerate(masts)
        if (m["x"] + m["y"]) % 2000 == 0
    ]
    found = areas(footprints(layout(*masts, *nr), None))
    # c14 and n7 hang on the mast at (2000, 2000): a square of 1 km, and a diamond of twice that
    assert found["c14"] == pytest.approx(1e6)
    assert found["n7"] == pytest.approx(2e6)


def test_one_to_six_sectors_fill_the_circle():
    for count in range(2, 7):
        azimuths = [(20 + 360 * i / count) % 360 for i in range(count)]
        found = footprints(layout(*({"x": 0, "y": 0, "azimuth_deg": a} for a in azimuths)), None)
        shapes = metres(found)
        assert [s.area for s in shapes] == pytest.approx([DISC * 6e3**2 / count] * count, rel=0.01)
        assert shapely.area(shapely.union_all(list(shapes))) == pytest.approx(DISC * 6e3**2)
        for shape, azimuth in zip(shapes, azimuths, strict=True):
            assert (direction(shape) - azimuth + 180) % 360 - 180 == pytest.approx(0, abs=1)


def test_sectors_meet_half_way_between_uneven_azimuths():
    found = areas(
        footprints(layout(*({"x": 0, "y": 0, "azimuth_deg": a} for a in (0, 60, 200))), None)
    )
    # borders at 30, 130 and 280 degrees: 110, 100 and 150 degrees wide
    whole = sum(found.values())
    assert found["c0"] / whole == pytest.approx(110 / 360, abs=0.001)
    assert found["c1"] / whole == pytest.approx(100 / 360, abs=0.001)
    assert found["c2"] / whole == pytest.approx(150 / 360, abs=0.001)


def test_a_lone_sector_has_the_width_of_its_beam():
    (shape,) = metres(footprints(layout({"x": 0, "y": 0, "azimuth_deg": 350}), None))
    assert shape.area == pytest.approx(DISC * 6e3**2 / 3, rel=0.001)
    assert direction(shape) == pytest.approx(350, abs=0.1)
    wide = CoverageModel(lone_sector_deg=360)
    (shape,) = metres(footprints(layout({"x": 0, "y": 0, "azimuth_deg": 350}), None, wide))
    assert shape.area == pytest.approx(DISC * 6e3**2)


def test_carriers_of_one_sector_share_its_footprint():
    # 358 and 4 degrees are one direction across north; 120 and 240 are alone
    azimuths = (358, 4, 120, 240)
    found = metres(
        footprints(layout(*({"x": 0, "y": 0, "azimuth_deg": a} for a in azimuths)), None)
    )
    assert found["c0"].equals(found["c1"])
    assert direction(found["c0"]) == pytest.approx(1, abs=1)
    assert sum(found[c].area for c in ("c1", "c2", "c3")) == pytest.approx(DISC * 6e3**2)


def test_bands_technologies_and_all_round_cells_cover_a_mast_once_more_each():
    sectors = [0, 120, 240]
    rows = [{"azimuth_deg": a} for a in sectors]
    rows += [{"azimuth_deg": a + 60, "band": "B41"} for a in sectors]
    rows += [{"azimuth_deg": a, "technology": "GSM", "band": "B3"} for a in sectors]
    rows += [{"azimuth_deg": None}]
    found = areas(footprints(layout(*({"x": 0, "y": 0} | row for row in rows)), None))
    third = DISC * 6e3**2 / 3
    assert [found[f"c{i}"] for i in range(6)] == pytest.approx([third] * 6, rel=0.01)
    assert [found[f"c{i}"] for i in (6, 7, 8)] == pytest.approx([DISC * 1e8 / 3] * 3, rel=0.01)
    assert found["c9"] == pytest.approx(3 * third, rel=0.01)


def test_antennas_of_one_site_hang_on_one_mast():
    # each antenna looks over the heads of the others, across the roof
    roof = [(-20, 0, 90), (10, 17, 210), (10, -17, 330)]
    rows = [{"x": x, "y": y, "azimuth_deg": a, "site_id": "s1"} for x, y, a in roof]
    found = areas(footprints(layout(*rows), None))
    assert list(found.values()) == pytest.approx([DISC * 6e3**2 / 3] * 3, rel=0.01)
    # as three masts each would have what of its wedge is nearest to it: next to nothing
    apart = areas(footprints(layout(*(r | {"site_id": None} for r in rows)), None))
    assert max(apart.values()) < 1000
    # a site whose cells are kilometres apart is a name, not a place
    far = [{"x": 3000 * i, "y": 0, "site_id": "s1"} for i in range(2)]
    assert len(set(footprints(layout(*far), None).geometry)) == 2


def test_cells_a_hand_apart_hang_on_one_mast_wherever_they_are():
    # 116.00005 is where places are told apart; 2e-7 degrees are 2 cm
    cells = layout(*({"x": 0, "y": 0, "azimuth_deg": a} for a in (0, 120, 240)))
    cells["longitude"] = [116.0000499, 116.0000501, 116.0000501]
    found = areas(footprints(cells, None))
    assert list(found.values()) == pytest.approx([DISC * 6e3**2 / 3] * 3, rel=0.01)


def test_footprints_end_at_the_boundary_of_the_coarsest_level():
    city, district = shapely.box(-1000, -1000, 1000, 3000), shapely.box(-1000, -1000, 1000, 0)
    nested = regions(district, city, level=[2, 1])
    found = footprints(layout({"x": 0, "y": 0}), nested)
    assert areas(found)["c0"] == pytest.approx(2000 * 4000)
    assert found.attrs == {"outside": 0}
    # finer levels alone are the city then
    found = footprints(layout({"x": 0, "y": 0}), nested.iloc[:1])
    assert areas(found)["c0"] == pytest.approx(2000 * 1000)


def test_a_footprint_may_lie_on_both_banks():
    banks = shapely.box(-1000, -1000, -100, 1000), shapely.box(100, -1000, 1000, 1000)
    found = footprints(layout({"x": -500, "y": 0}), regions(*banks))
    assert found.geometry.item().geom_type == "MultiPolygon"
    assert areas(found)["c0"] == pytest.approx(2 * 900 * 2000)


def test_a_cell_that_looks_out_of_the_city_keeps_a_token_inside():
    city = regions(shapely.box(-1000, -1000, 1000, 1000))
    rows = [
        {"x": 1000, "y": 0, "azimuth_deg": 90},  # on the border
        {"x": 1150, "y": 500, "azimuth_deg": 90},  # beside it: belongs to the city
    ]
    found = footprints(layout(*rows), city)
    shapes = metres(found)
    assert found.attrs["outside"] == 0
    for shape, (x, y) in zip(shapes, [(1000, 0), (1000, 500)], strict=True):
        assert 0 < shape.area < 1
        assert shape.bounds[2] <= 1000 + 1e-6
        assert shapely.Point(x, y).distance(shape) < 1e-6


def test_cells_far_outside_are_drawn_outside_and_counted():
    city = regions(shapely.box(-1000, -1000, 1000, 1000))
    found = footprints(layout({"x": 0, "y": 0}, {"x": 1300, "y": 0}, {"x": 9e4, "y": 0}), city)
    shapes = metres(found)
    assert found.attrs["outside"] == 2
    assert shapes["c0"].bounds[2] == pytest.approx(650)
    assert shapes["c1"].bounds[0] == pytest.approx(650)
    assert shapes["c2"].area == pytest.approx(DISC * 6e3**2)


def test_columns_and_cells_without_a_usable_place():
    cells = layout(
        {"x": 0, "y": 0, "cell_id": "z", "site_id": "s", "azimuth_deg": 370},
        {"cell_id": "nowhere"},
        {"cell_id": "a", "x": 5000, "y": 0, "band": None},
    )
    cells.loc[len(cells)] = {"cell_id": "null island", "longitude": 0.0, "latitude": 0.0}
    found = footprints(cells, None)
    assert tuple(found.columns) == COLUMNS
    assert found["cell_id"].tolist() == ["a", "z"]
    assert found["site_id"].tolist()[1] == "s"
    assert found["band"].isna().tolist() == [True, False]
    assert found["azimuth_deg"].tolist()[1] == 10
    assert found.crs.to_epsg() == 4326
    few = footprints(cells[["cell_id", "longitude", "latitude"]], None)
    assert few["cell_id"].tolist() == ["a", "z"]
    assert few["technology"].isna().all()


def test_no_cells_no_footprints():
    found = footprints(layout(), regions(shapely.box(0, 0, 1, 1)))
    assert found.empty
    assert tuple(found.columns) == COLUMNS
    without = regions(shapely.box(0, 0, 1, 1)).set_geometry([None], crs="EPSG:4326")
    assert len(footprints(layout({"x": 0, "y": 0}), without)) == 1


def test_a_repeated_cell_is_an_error():
    cells = layout({"x": 0, "y": 0, "cell_id": "c"}, {"x": 1, "y": 0, "cell_id": "c"})
    with pytest.raises(GeoError, match="row 2: cell_id 'c' is there twice"):
        footprints(cells, None)


def test_settings_refuse_what_they_do_not_know():
    with pytest.raises(ValueError, match="nr_km"):
        CoverageModel(nr_km=4)


def test_a_simulated_city_is_covered_inside_and_without_overlap():
    city = build_city(600, 7)
    found = footprints(city.cells, city.regions)
    assert len(found) == 600
    assert found.is_valid.all()
    assert found.attrs["outside"] == 0
    shapes = metres(found)
    whole = shapely.union_all(np.asarray(city.regions.geometry.array))
    shapely.prepare(whole)
    out = np.asarray(found.geometry.array)[~shapely.covers(whole, found.geometry.array)]
    assert shapely.area(shapely.difference(out, whole)).sum() < 1e-9  # square degrees: 10 m2
    nr = (found["technology"] == "NR").to_numpy()
    # one band and three sectors a mast: the areas add up to that of their union
    union = shapely.union_all(list(shapes[nr]))
    assert shapely.area(list(shapes[nr])).sum() == pytest.approx(union.area, abs=1.0)
    again = footprints(city.cells.sample(frac=1, random_state=1), city.regions.iloc[::-1])
    pd.testing.assert_frame_equal(again, found, check_exact=True)

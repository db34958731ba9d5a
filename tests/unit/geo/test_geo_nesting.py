import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.boundaries import beijing
from geo.nesting import check_nesting, with_parents
from geo.remarks import remarks

CITY = shapely.box(116.0, 40.0, 116.4, 40.2)
WEST, EAST = shapely.box(116.0, 40.0, 116.2, 40.2), shapely.box(116.2, 40.0, 116.4, 40.2)


def frame(*rows):
    """Regions from (region_id, parent_id, level, shape)."""
    table = pd.DataFrame([row[:3] for row in rows], columns=["region_id", "parent_id", "level"])
    table = table.astype({"parent_id": "object", "level": "Int64"}).assign(name=None)
    return geopandas.GeoDataFrame(table, geometry=[row[3] for row in rows], crs="EPSG:4326")


def sound(*more):
    return frame(("c", None, 1, CITY), ("w", "c", 2, WEST), ("e", "c", 2, EAST), *more)


@pytest.fixture(scope="module")
def three_levels():
    """Beijing, its 16 districts, and grids of 0.1 degrees cut along the districts' borders."""
    districts = beijing()
    rows = [("bj", None, 1, shapely.union_all(districts.geometry.array))]
    west, south, east, north = districts.total_bounds
    boxes = shapely.box(
        *np.array(
            [
                (x, y, x + 0.1, y + 0.1)
                for x in np.arange(west, east, 0.1)
                for y in np.arange(south, north, 0.1)
            ]
        ).T
    )
    for name, shape in zip(districts["region_id"], districts.geometry, strict=True):
        rows.append((name, "bj", 2, shape))
        for number, piece in enumerate(shapely.intersection(boxes, shape)):
            if piece.area > 1e-6:
                rows.append((f"{name}-{number}", name, 3, piece))
    return frame(*rows)


def test_city_districts_and_grids_nest(three_levels):
    assert (three_levels["level"] == 3).sum() > 200
    assert check_nesting(three_levels) == []


def test_parents_are_found_by_area_where_none_is_stated(three_levels):
    bare = three_levels.copy()
    bare.loc[bare["level"] == 3, "parent_id"] = None
    found = with_parents(bare)
    assert found["parent_id"].tolist()[1:] == three_levels["parent_id"].tolist()[1:]
    assert found["parent_inferred"].tolist() == (bare["level"] == 3).tolist()
    assert check_nesting(bare) == []
    [said] = [remark for remark in remarks(bare) if remark.code == "parent_inferred"]
    assert not said.grave
    assert "have no parent_id and lie in one of the level above by area" in said.text


def test_a_grid_under_the_wrong_district_is_found(three_levels):
    wrong = three_levels.copy()
    row = wrong.index[(wrong["parent_id"] == "110105") & (wrong["level"] == 3)][0]
    wrong.loc[row, "parent_id"] = "110109"
    [found] = [one for one in check_nesting(wrong) if one.problem == "other_parent"]
    assert (found.region_id, found.parent_id, found.other_id) == (
        wrong.loc[row, "region_id"],
        "110109",
        "110105",
    )
    assert found.share == 0
    assert with_parents(wrong)["parent_id"].tolist()[1:] == wrong["parent_id"].tolist()[1:]


def test_sound_levels_say_nothing():
    assert check_nesting(sound()) == []
    plain = sound().assign(level=None, parent_id=None)
    assert check_nesting(plain) == []
    assert not with_parents(plain)["parent_inferred"].any()


def test_a_child_that_sticks_out_of_its_parent():
    # 10 of its 40 hundredths of a degree lie beyond 116.4
    out = shapely.box(116.38, 40.05, 116.42, 40.06)
    [found] = check_nesting(sound(("g", "e", 3, out)).query("region_id != 'w'"))[:1]
    assert (found.problem, found.region_id, found.parent_id) == ("outside", "g", "e")
    assert found.share == pytest.approx(0.5, abs=0.001)
    # half of 3,416 m by 1,110 m
    assert found.area_m2 == pytest.approx(0.5 * 3415 * 1110, rel=0.005)


def test_borders_drawn_a_little_apart_nest():
    grid = shapely.box(116.1999, 40.05, 116.22, 40.06)  # 0.5 % of it is west of its district
    found = check_nesting(sound(("g", "e", 3, grid)))
    assert [one.problem for one in found] == ["uncovered"]  # the rest of the district is bare


def test_children_that_leave_their_parent_bare():
    found = check_nesting(sound(("g", "e", 3, shapely.box(116.2, 40.0, 116.3, 40.2))))
    [one] = found
    assert (one.problem, one.region_id) == ("uncovered", "e")
    assert one.share == pytest.approx(0.5, abs=0.001)


def test_unknown_parent_with_the_likely_one_by_area():
    [found] = check_nesting(sound(("g", "nowhere", 3, EAST)))
    assert (found.problem, found.parent_id, found.other_id) == ("unknown_parent", "nowhere", "e")
    assert found.share == pytest.approx(1)
    [said] = [r for r in remarks(sound(("g", "nowhere", 3, EAST))) if r.code == "unknown_parent"]
    assert said.text.startswith("region 'g': its parent 'nowhere' is not among the regions; by ")
    assert said.text.endswith("area 100.0% of it lies in 'e'")


def test_circles():
    circle = frame(("a", "b", None, WEST), ("b", "a", None, EAST), ("s", "s", None, CITY))
    assert [(one.problem, one.region_id) for one in check_nesting(circle)[:3]] == [
        ("circle", "a"),
        ("circle", "b"),
        ("circle", "s"),
    ]


def test_levels_out_of_order():
    found = check_nesting(frame(("c", None, 3, CITY), ("w", "c", 2, WEST), ("e", "c", 2, EAST)))
    assert [one.problem for one in found if one.region_id in ("w", "e") and one.parent_id] == [
        "level_order",
        "level_order",
    ]


def test_an_orphan_between_two_parents():
    between = shapely.box(116.19, 40.05, 116.21, 40.06)
    [found] = check_nesting(sound(("g", None, 3, between)))
    assert (found.problem, found.region_id) == ("no_parent", "g")
    assert found.share == pytest.approx(0.5, abs=0.01)
    assert not with_parents(sound(("g", None, 3, between)))["parent_inferred"].any()


def test_regions_without_geometry_are_not_judged_by_area():
    assert check_nesting(sound(("g", "e", 3, None))) == []
    assert not with_parents(sound(("g", None, 3, None)))["parent_inferred"].any()

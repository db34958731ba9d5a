import numpy as np
import pandas as pd
import pytest
import shapely

from geo.boundaries import beijing
from geo.errors import GeoError
from geo.locate import locate_regions

WEST, EAST = shapely.box(116, 39, 117, 40), shapely.box(117, 39, 118, 40)


def located(lon, lat, regions):
    return locate_regions(lon, lat, regions).tolist()


def test_points_inside_outside_and_unknown(make_regions):
    regions = make_regions({"w": WEST, "e": EAST})
    lon = [116.5, 117.5, 119.0, None, 116.5, float("nan")]
    lat = [39.5, 39.5, 39.5, 39.5, None, 39.5]
    assert located(lon, lat, regions) == ["w", "e", None, None, None, None]


def test_any_kind_of_column(make_regions):
    regions = make_regions({"w": WEST})
    lon = pd.Series([116.5, pd.NA], dtype="Float64", index=[5, 9])
    assert located(lon, np.array([39.5, 39.5], dtype=object), regions) == ["w", None]


def test_finest_level_first_whether_stated_or_by_parent(make_regions):
    shapes = {"city": shapely.box(116, 39, 118, 41), "district": WEST, "grid": WEST.buffer(-0.4)}
    lon, lat = [116.5, 116.1, 117.9], [39.5, 39.1, 40.9]
    expected = ["grid", "district", "city"]
    stated = make_regions(shapes, level={"city": 1, "district": 2, "grid": 3})
    assert located(lon, lat, stated) == expected
    parents = make_regions(shapes, parent_id={"district": "city", "grid": "district"})
    assert located(lon, lat, parents) == expected


def test_of_one_level_the_smaller_area_then_the_first_id(make_regions):
    overlapping = make_regions({"big": WEST.buffer(0.5), "small": WEST})
    assert located([116.5], [39.5], overlapping) == ["small"]
    for order in (["x", "a"], ["a", "x"]):
        assert located([116.5], [39.5], make_regions(dict.fromkeys(order, WEST))) == ["a"]


def test_a_point_on_a_common_border_has_one_region(make_regions):
    regions = make_regions({"w": WEST, "e": EAST})
    assert located([117.0], [39.5], regions) == ["e"]
    assert located([117.0], [39.5], regions.iloc[::-1]) == ["e"]


@pytest.mark.parametrize("latitude", [1.0, 39.5, 65.0])
@pytest.mark.parametrize(("metres", "expected"), [(190, "a"), (210, None)])
def test_200_metres_outside_are_200_metres_at_every_latitude(
    make_regions, latitude, metres, expected
):
    # a second region far away pulls the projection's true latitude elsewhere
    shapes = {
        "a": shapely.box(116, latitude - 0.5, 117, latitude + 0.5),
        "b": shapely.box(0, -60, 1, -59),
    }
    regions = make_regions(shapes)
    per_degree_lon = 111_320 * np.cos(np.radians(latitude))
    per_degree_lat = 110_574 + 1_120 * np.sin(np.radians(latitude + 0.5)) ** 2
    lon = [117 + metres / per_degree_lon, 116.5]
    lat = [latitude, latitude + 0.5 + metres / per_degree_lat]
    assert located(lon, lat, regions) == [expected, expected]


def test_outside_the_finest_level_then_the_nearest(make_regions):
    shapes = {
        "w": WEST,
        "e": shapely.box(117.002, 39, 118, 40),
        "far": shapely.box(117.0015, 41, 118, 42),
    }
    lon = [117.0008, 117.0012]  # 69 and 103 m from the west, 103 and 69 m from the east
    assert located(lon, [39.5, 39.5], make_regions(shapes)) == ["w", "e"]
    finer = make_regions(shapes, level={"w": 1, "e": 2, "far": 3})
    assert located(lon, [39.5, 39.5], finer) == ["e", "e"]


def test_inside_a_coarse_region_goes_before_beside_a_fine_one(make_regions):
    regions = make_regions({"city": EAST.union(WEST), "grid": WEST}, level={"city": 1, "grid": 2})
    assert located([117.001], [39.5], regions) == ["city"]


def test_holes_are_outside(make_regions):
    ring = shapely.box(116, 39, 118, 41) - shapely.box(116.5, 39.5, 117.5, 40.5)
    assert located([117.0, 116.2], [40.0, 40.0], make_regions({"ring": ring})) == [None, "ring"]


def test_nothing(make_regions):
    regions = make_regions({"w": WEST})
    assert located([], [], regions) == []
    assert located([116.5], [39.5], regions.iloc[:0]) == [None]
    assert located([None, 500.0], [1.0, 39.5], regions) == [None, None]


def test_lengths_must_agree(make_regions):
    with pytest.raises(GeoError, match="2 longitudes but 1 latitudes"):
        locate_regions([1.0, 2.0], [1.0], make_regions({"w": WEST}))


def test_districts_of_known_places():
    lon = [116.3975, 116.3262, 116.5871, 117.2, 113.6]
    lat = [39.9087, 40.0038, 40.0799, 39.13, 34.7]
    # Tiananmen, Tsinghua, the capital's airport; Tianjin and Zhengzhou are elsewhere
    assert located(lon, lat, beijing()) == ["110101", "110108", "110105", None, None]


def test_a_region_without_geometry_holds_nothing(make_regions):
    regions = make_regions({"none": None, "w": WEST, "empty": shapely.Polygon()})
    assert located([116.5, 117.001, 119.0], [39.5, 39.5, 39.5], regions) == ["w", "w", None]

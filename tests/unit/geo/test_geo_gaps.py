import geopandas
import pytest
import shapely

from geo.boundaries import read_regions
from geo.gaps import find_seams
from geo.remarks import area_words, remarks

# At 40 N a thousandth of a degree is 111.04 m from south to north and 85.39 m from west to east.
M2 = 111.04 * 85.39
WEST = shapely.box(116.000, 40.000, 116.020, 40.020)


def regions_of(**shapes):
    return geopandas.GeoDataFrame(
        {
            "region_id": list(shapes),
            "name": None,
            "parent_id": None,
            "level": None,
        },
        geometry=list(shapes.values()),
        crs="EPSG:4326",
    )


def test_regions_that_meet_have_no_seams():
    assert find_seams(regions_of(a=WEST, b=shapely.box(116.020, 40.000, 116.040, 40.020))) == []


def test_an_overlap_names_both_and_its_area():
    [seam] = find_seams(regions_of(b=WEST, a=shapely.box(116.019, 40.000, 116.040, 40.020)))
    assert (seam.kind, seam.region_id, seam.other_id) == ("overlap", "a", "b")
    assert seam.area_m2 == pytest.approx(20 * M2, rel=0.001)
    # 85.4 m by 2,221 m: twice the area by the perimeter is 82 m
    assert seam.width_m == pytest.approx(82, abs=1)
    assert WEST.covers(shapely.Point(seam.longitude, seam.latitude))


def test_a_gap_that_opens_to_the_outside():
    [seam] = find_seams(regions_of(a=WEST, b=shapely.box(116.021, 40.000, 116.040, 40.020)))
    assert (seam.kind, seam.region_id, seam.other_id) == ("gap", "a", "b")
    assert seam.area_m2 == pytest.approx(20 * M2, rel=0.001)


def test_a_gap_closed_on_all_sides_and_a_lake():
    around = shapely.box(116.0, 40.0, 116.1, 40.1)
    narrow = shapely.box(116.0495, 40.06, 116.0505, 40.09)
    lake = shapely.box(116.04, 40.01, 116.06, 40.03)
    ground = around - narrow - lake
    west = ground & shapely.box(116.0, 40.0, 116.05, 40.1)
    east = ground & shapely.box(116.05, 40.0, 116.1, 40.1)
    seams = find_seams(regions_of(west=west, east=east))
    assert [(s.kind, s.region_id, s.other_id) for s in seams] == [
        ("hole", "east", "west"),
        ("gap", "east", "west"),
    ]
    assert [s.area_m2 for s in seams] == pytest.approx([400 * M2, 30 * M2], rel=0.002)


def test_wide_open_ground_and_other_levels_are_no_seams():
    apart = regions_of(a=WEST, b=shapely.box(116.03, 40.000, 116.05, 40.020))
    assert find_seams(apart) == []
    nested = regions_of(a=WEST, b=shapely.box(116.005, 40.005, 116.010, 40.010))
    nested["level"] = [1, 2]
    assert find_seams(nested) == []
    nested["level"] = [2, 2]
    assert [seam.kind for seam in find_seams(nested)] == ["overlap"]


def test_regions_without_geometry_are_passed_over():
    assert find_seams(regions_of(a=None, b=WEST)) == []


def test_small_ones_are_left_out():
    # a hair of 1e-9 degrees (0.09 mm) by 2.2 km is 0.19 m2
    frame = regions_of(a=WEST, b=shapely.box(116.02 - 1e-9, 40.000, 116.040, 40.020))
    assert find_seams(frame) == []
    assert [seam.kind for seam in find_seams(frame, least_m2=0.1)] == ["overlap"]


@pytest.mark.real_data
def test_the_raw_districts_have_what_rounding_left(real_boundaries):
    raw = read_regions(real_boundaries / "beijing_districts_gcj02.geojson", crs="gcj02")
    seams = find_seams(raw)
    assert {seam.kind for seam in seams} == {"overlap", "gap"}
    biggest = max(seams, key=lambda seam: seam.area_m2)
    assert (biggest.region_id, biggest.other_id) == ("110106", "110108")
    assert biggest.area_m2 == pytest.approx(182_600, rel=0.01)


def test_remarks_are_warnings_from_a_hectare_on():
    # overlaps of 20 x 9,482 m2 = 19 ha, and of 0.2 x 9,482 = 1,896 m2
    frame = regions_of(
        a=WEST,
        b=shapely.box(116.019, 40.000, 116.040, 40.020),
        c=shapely.box(116.000, 40.01999, 116.019, 40.040),
    )
    said = [remark for remark in remarks(frame) if remark.code == "overlap"]
    assert [(remark.grave, remark.region_id, remark.other_id) for remark in said] == [
        (True, "a", "b"),
        (False, "a", "c"),
    ]
    assert said[0].text.startswith("regions 'a' and 'b' overlap by 19.0 ha at 116.019")


def test_repairs_are_remarks():
    repair = {"feature": 3, "region_id": "r", "problem": "Self-intersection[1 2]"}
    [small, large] = remarks(
        regions_of(a=WEST),
        [repair | {"area_change_m2": 0.0}, repair | {"area_change_m2": -25_000.0}],
    )[::-1]
    assert (small.grave, large.grave) == (False, True)
    assert small.text == "feature 3, region 'r': Self-intersection[1 2]"
    assert large.text.endswith("its area changes by -2.5 ha")


@pytest.mark.parametrize(
    ("area", "words"), [(3, "3 m²"), (9999, "9,999 m²"), (12_340, "1.2 ha"), (2.5e6, "2.5 km²")]
)
def test_areas_in_words(area, words):
    assert area_words(area) == words

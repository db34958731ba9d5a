import numpy as np
import pytest
import shapely

from geo.boundaries import (
    beijing,
    clean_coverage,
    map_tolerance_m,
    read_regions,
    simplify_coverage,
    simplify_levels,
)
from geo.layers import label_points
from geo.projection import EqualAreaPlane
from geo.seams import levels, pixel_m

# At 40 N a degree of longitude has 85.4 km, one of latitude 111.0 km.
METRE_LON, METRE_LAT = 1 / 85_390, 1 / 111_040


def metres(regions):
    shapes = np.asarray(regions.geometry.array, dtype=object)
    return EqualAreaPlane.around(shapes).to_metres(shapes)


def overlap_and_gaps_m2(regions):
    """Area that two regions share, and area of the holes that all of them leave."""
    shapes = metres(regions)
    union = shapely.union_all(shapes)
    holes = sum(shapely.Polygon(r).area for p in shapely.get_parts(union) for r in p.interiors)
    return shapely.area(shapes).sum() - union.area, holes


def box(west_m, south_m, east_m, north_m):
    return shapely.box(
        116 + west_m * METRE_LON,
        40 + south_m * METRE_LAT,
        116 + east_m * METRE_LON,
        40 + north_m * METRE_LAT,
    )


def test_overlap_goes_to_one_of_both(make_regions):
    regions = make_regions({"a": box(0, 0, 1000, 1000), "b": box(900, 0, 3000, 1000)})
    assert overlap_and_gaps_m2(regions)[0] == pytest.approx(100_000, rel=1e-3)
    cleaned = clean_coverage(regions)
    assert overlap_and_gaps_m2(cleaned) == pytest.approx((0, 0), abs=1)
    assert shapely.area(metres(cleaned)).sum() == pytest.approx(3_000_000, rel=1e-3)
    assert cleaned["region_id"].tolist() == ["a", "b"]


def frame_of_four(gap_m):
    """Four regions around a hole of the given width, 2 km long."""
    return {
        "south": box(0, 0, 3000, 1000),
        "north": box(0, 1000 + gap_m, 3000, 2000 + gap_m),
        "west": box(0, 1000, 500, 1000 + gap_m),
        "east": box(2500, 1000, 3000, 1000 + gap_m),
    }


def test_narrow_gap_is_closed_and_a_lake_is_not(make_regions):
    sliver, lake = make_regions(frame_of_four(150)), make_regions(frame_of_four(900))
    assert overlap_and_gaps_m2(sliver)[1] == pytest.approx(300_000, rel=1e-3)
    assert overlap_and_gaps_m2(clean_coverage(sliver)) == pytest.approx((0, 0), abs=1)
    assert overlap_and_gaps_m2(clean_coverage(lake))[1] == pytest.approx(1_800_000, rel=1e-3)
    assert overlap_and_gaps_m2(clean_coverage(lake, gap_m=1000)) == pytest.approx((0, 0), abs=1)


@pytest.mark.parametrize(("gap_m", "filled"), [(0.3, True), (150, True), (900, False)])
def test_a_notch_between_two_regions_is_filled(make_regions, gap_m, filled):
    # a U on its side: the gap between the arms opens to the east
    shapes = frame_of_four(gap_m)
    del shapes["east"]
    regions = make_regions(shapes)
    whole = 3000 * (2000 + gap_m)
    missing = 0 if filled else 2500 * gap_m
    cleaned = clean_coverage(regions)
    assert shapely.union_all(metres(cleaned)).area == pytest.approx(whole - missing, rel=1e-3)
    assert overlap_and_gaps_m2(cleaned) == pytest.approx((0, 0), abs=1)
    assert shapely.coverage_is_valid(metres(cleaned))


def test_a_bay_of_one_region_is_kept(make_regions):
    bay = box(0, 0, 3000, 3000) - box(1000, 1000, 3000, 1100)
    regions = make_regions({"bay": bay, "other": box(-1000, 0, 0, 3000)})
    cleaned = clean_coverage(regions)
    assert shapely.area(metres(cleaned)) == pytest.approx([8.8e6, 3e6], rel=1e-3)


def test_simplifying_widens_what_counts_as_a_gap(make_regions):
    regions = make_regions(frame_of_four(350))
    assert overlap_and_gaps_m2(simplify_coverage(regions, 10.0))[1] > 1
    assert overlap_and_gaps_m2(simplify_coverage(regions, 200.0)) == pytest.approx((0, 0), abs=1)


def test_a_child_inside_its_parent_is_no_overlap(make_regions):
    shapes = {"parent": box(0, 0, 4000, 4000), "child": box(1000, 1000, 2000, 2000)}
    for nested in (
        make_regions(shapes, level={"parent": 1, "child": 2}),
        make_regions(shapes, parent_id={"child": "parent"}),
    ):
        cleaned = clean_coverage(nested)
        for before, after in zip(metres(nested), metres(cleaned), strict=True):
            # a millimetre along 16 km of border
            assert shapely.area(shapely.symmetric_difference(before, after)) < 16


def test_a_region_covered_by_another_does_not_vanish(make_regions):
    twins = make_regions({"a": box(0, 0, 1000, 1000), "b": box(0, 0, 1000, 1000)})
    cleaned = simplify_coverage(twins, 50)
    assert shapely.area(metres(cleaned)) == pytest.approx([1e6, 1e6], rel=1e-3)


def test_specks_are_dropped_but_never_a_whole_region(make_regions):
    regions = make_regions(
        {
            "crumbs": shapely.union_all([box(0, 0, 1000, 1000), box(5000, 0, 5100, 100)]),
            "small": box(9000, 0, 9100, 100),
        }
    )
    cleaned = clean_coverage(regions, speck_m2=20_000)
    assert shapely.area(metres(cleaned)) == pytest.approx([1e6, 1e4], rel=1e-3)


def test_common_border_is_simplified_once(make_regions):
    teeth = [(1000 + (40 if i % 2 else 0), i * 50) for i in range(41)]
    border = [(116 + x * METRE_LON, 40 + y * METRE_LAT) for x, y in teeth]
    west, east = (116, 40), (116 + 2000 * METRE_LON, 40)
    top = 40 + 2000 * METRE_LAT
    regions = make_regions(
        {
            "w": shapely.Polygon([west, *border, (west[0], top)]),
            "e": shapely.Polygon([east, *border, (east[0], top)]),
        }
    )
    simple = simplify_coverage(regions, 100.0)
    assert overlap_and_gaps_m2(simple) == pytest.approx((0, 0), abs=1)
    # teeth of 100 m x 40 m / 2 = 2,000 m2 are worth less than 100 m x 100 m
    assert shapely.get_num_coordinates(simple.geometry.array).max() <= 8


def test_everything_else_stays(make_regions):
    regions = make_regions(frame_of_four(0.001), level={"south": 3}).set_index(
        np.array([9, 7, 5, 3])
    )
    regions.attrs["repairs"] = ["kept"]
    simple = simplify_coverage(regions, 10)
    assert simple.drop(columns="geometry").equals(regions.drop(columns="geometry"))
    assert simple.crs == regions.crs
    assert simple.attrs == regions.attrs


def test_nothing_and_one(make_regions):
    one = make_regions({"a": box(0, 0, 1000, 1000)})
    assert len(clean_coverage(one.iloc[:0])) == 0
    assert len(simplify_coverage(one.iloc[:0], 100)) == 0
    assert simplify_coverage(one, 100).geometry.iloc[0].area == pytest.approx(
        one.geometry.iloc[0].area
    )


def test_levels_are_stated_or_counted(make_regions):
    shapes = dict.fromkeys("abcde", box(0, 0, 1, 1))
    parents = {"b": "a", "c": "b", "d": "gone", "e": "e"}
    assert levels(make_regions(shapes, parent_id=parents)).tolist() == [0, 1, 2, 1, 0]
    stated = make_regions(shapes, level={"a": 4, "c": 9}, parent_id=parents)
    assert levels(stated).tolist() == [4, 1, 9, 1, 0]
    circle = make_regions({"a": shapes["a"], "b": shapes["b"]}, parent_id={"a": "b", "b": "a"})
    assert levels(circle).tolist() == [1, 1]


def test_tolerance_of_a_map_follows_the_size_of_the_area(make_regions):
    # a square of 20 km: a two-thousandth of its side, whatever lies over it
    children = {"w": box(0, 0, 10_000, 20_000), "e": box(10_000, 0, 20_000, 20_000)}
    nested = make_regions(
        {"all": box(0, 0, 20_000, 20_000), **children}, parent_id={"w": "all", "e": "all"}
    )
    assert map_tolerance_m(nested) == pytest.approx(10.0, rel=1e-3)
    assert map_tolerance_m(nested.iloc[:0]) == 1.0


@pytest.mark.parametrize("tolerance_m", [50.0, 300.0, 2000.0])
def test_beijing_stays_seamless(tolerance_m):
    simple = simplify_coverage(beijing(), tolerance_m)
    assert simple.is_valid.all()
    assert overlap_and_gaps_m2(simple) == pytest.approx((0, 0), abs=1)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("file", "crs", "columns", "tolerance_m"),
    [
        ("beijing_districts_gcj02.geojson", "gcj02", {"id": "region_id", "name": "name"}, 100.0),
        ("us_states.geojson", "wgs84", None, 1500.0),
    ],
)
def test_real_boundaries_become_seamless(real_boundaries, file, crs, columns, tolerance_m):
    raw = read_regions(real_boundaries / file, crs=crs, columns=columns)
    overlap, gaps = overlap_and_gaps_m2(raw)
    assert overlap > 100_000
    assert gaps > 100_000
    simple = simplify_coverage(raw, tolerance_m)
    assert simple.is_valid.all()
    assert overlap_and_gaps_m2(simple) == pytest.approx((0, 0), abs=1)
    assert shapely.coverage_is_valid(metres(simple))
    # no district loses or gains more than what lies along its border
    assert shapely.area(metres(simple)) == pytest.approx(shapely.area(metres(raw)), rel=0.03)


def test_a_region_without_geometry_stays_without(make_regions):
    regions = make_regions({"a": None, "b": box(0, 0, 1000, 1000), "c": shapely.Polygon()})
    simple = simplify_coverage(regions, 10)
    assert simple.geometry.iloc[0] is None
    assert simple.geometry.iloc[1].area == pytest.approx(regions.geometry.iloc[1].area)
    assert simple.geometry.iloc[2].is_empty
    assert map_tolerance_m(regions) == 1.0  # 1 km / 2,000 is less


@pytest.mark.parametrize("zoom", range(4, 15))
def test_every_zoom_is_seamless_and_its_labels_lie_inside(zoom):
    districts = beijing()
    [simple] = simplify_levels(districts, [zoom]).values()
    assert simple["region_id"].tolist() == districts["region_id"].tolist()
    assert simple.is_valid.all()
    assert overlap_and_gaps_m2(simple) == pytest.approx((0, 0), abs=1)
    assert shapely.coverage_is_valid(metres(simple))
    labels = label_points(simple)
    inside = shapely.contains_xy(
        simple.geometry.array, labels["label_longitude"], labels["label_latitude"]
    )
    assert inside.all()
    whole = label_points(districts)  # one place for all zooms is inside at each of them too
    assert shapely.contains_xy(
        simple.geometry.array, whole["label_longitude"], whole["label_latitude"]
    ).all()


def test_zooms_lose_what_a_pixel_does_not_show():
    # 78,271.5 m a pixel at zoom 0 on the equator, half of it at 60 N, half again at each zoom
    assert pixel_m(0, 0.0) == pytest.approx(78_271.5, abs=0.1)
    assert pixel_m(3, 60.0) == pytest.approx(78_271.5 / 16, abs=0.1)
    districts = beijing()
    points = [
        shapely.get_num_coordinates(frame.geometry.array).sum()
        for frame in simplify_levels(districts, [7, 5, 6, 6]).values()
    ]
    assert len(points) == 3
    assert points[0] < points[1] < points[2]
    # a pixel of zoom 5 is 1,868 m at 40.2 N
    apart = shapely.hausdorff_distance(
        metres(districts), metres(simplify_levels(districts, [5])[5])
    )
    assert apart.max() < 4 * 1868
    assert simplify_levels(make_empty(districts), [5])[5].empty


def make_empty(districts):
    return districts.head(0)

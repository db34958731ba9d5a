import json

import numpy as np
import pytest
import shapely

from geo.boundaries import beijing, label_points, read_regions, to_feature_collection


def signed_area(ring):
    """Shoelace; positive if counter-clockwise."""
    xy = np.array(ring)
    return 0.5 * np.sum(xy[:-1, 0] * xy[1:, 1] - xy[1:, 0] * xy[:-1, 1])


def test_features_are_small_and_named(make_regions):
    regions = make_regions({"a": shapely.box(116, 39, 117, 40)})
    assert to_feature_collection(regions) == {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": "a",
                "properties": {"region_id": "a", "name": "name of a"},
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [[[117, 39], [117, 40], [116, 40], [116, 39], [117, 39]]],
                },
            }
        ],
    }


def test_an_unknown_name_is_null(make_regions):
    regions = make_regions({"a": shapely.box(0, 0, 1, 1), "b": shapely.box(1, 0, 2, 1)})
    regions["name"] = [None, float("nan")]
    names = [f["properties"]["name"] for f in to_feature_collection(regions)["features"]]
    assert names == [None, None]


@pytest.mark.parametrize("reverse", [True, False])
def test_rings_are_wound_as_the_standard_says(make_regions, reverse):
    shell = [(0, 0), (9, 0), (9, 9), (0, 9)]
    hole = [(3, 3), (6, 3), (6, 6), (3, 6)]
    if reverse:
        shell, hole = shell[::-1], hole[::-1]
    regions = make_regions({"a": shapely.Polygon(shell, [hole])})
    exterior, interior = to_feature_collection(regions)["features"][0]["geometry"]["coordinates"]
    assert signed_area(exterior) == 81
    assert signed_area(interior) == -9


def test_rounding_drops_points_and_crumbs_but_no_region(make_regions):
    crumb = shapely.box(3, 0, 3.000001, 0.000001)
    dense = shapely.Polygon([(0, 0), (1, 0), (1.000001, 0.000001), (1, 1), (0, 1)])
    regions = make_regions({"a": shapely.union_all([dense, crumb]), "b": crumb})
    first, second = to_feature_collection(regions, digits=4)["features"]
    assert first["geometry"]["type"] == "Polygon"
    assert len(first["geometry"]["coordinates"][0]) == 5
    assert shapely.geometry.shape(second["geometry"]).area == pytest.approx(1e-12, rel=1e-3)


def test_rounding_leaves_valid_polygons(make_regions):
    # a spike so thin that its two sides cross when they are rounded
    spike = shapely.Polygon([(0, 0), (2, 0), (2, 1), (0, 2), (0.5, 1.2000004), (0, 0.00004)])
    thorn = shapely.Polygon(
        [(0, 0), (9, 0), (9, 9), (5, 9), (5.00004, 3.00003), (5.00006, 12), (4, 9), (0, 9)]
    )
    features = to_feature_collection(make_regions({"a": spike, "b": thorn}), digits=4)["features"]
    for feature, area in zip(features, (spike.area, thorn.area), strict=True):
        drawn = shapely.geometry.shape(feature["geometry"])
        assert drawn.is_valid
        assert drawn.area == pytest.approx(area, abs=0.01)


def test_parts_and_holes_are_kept(make_regions):
    ring = shapely.box(0, 0, 3, 3) - shapely.box(1, 1, 2, 2)
    regions = make_regions({"a": shapely.union_all([ring, shapely.box(5, 5, 6, 6)])})
    geometry = to_feature_collection(regions)["features"][0]["geometry"]
    assert geometry["type"] == "MultiPolygon"
    assert sorted(len(polygon) for polygon in geometry["coordinates"]) == [1, 2]
    assert shapely.geometry.shape(geometry).equals(regions.geometry.iloc[0])


def test_what_is_written_is_read_again(tmp_path):
    districts = beijing()
    path = tmp_path / "districts.geojson"
    path.write_text(json.dumps(to_feature_collection(districts)))
    again = read_regions(path)
    assert again["region_id"].tolist() == districts["region_id"].tolist()
    assert again["name"].tolist() == districts["name"].tolist()
    assert again.geometry.geom_equals(districts.geometry).all()
    assert path.stat().st_size < 200_000


def test_label_of_a_compact_region_is_its_centroid(make_regions):
    points = label_points(make_regions({"a": shapely.box(116, 39.99, 116.02, 40.01)}))
    assert points.columns.tolist() == ["region_id", "label_longitude", "label_latitude"]
    assert points.iloc[0].tolist() == ["a", pytest.approx(116.01), pytest.approx(40.0, abs=1e-5)]


def test_label_is_inside_even_of_a_crescent(make_regions):
    # a C around (5, 5), open to the east: its centroid lies in the opening
    crescent = shapely.box(0, 0, 10, 10) - shapely.box(2, 2, 10, 8)
    assert not crescent.contains(crescent.centroid)
    points = label_points(make_regions({"a": crescent}))
    label = shapely.Point(points["label_longitude"][0], points["label_latitude"][0])
    assert crescent.contains(label)
    assert crescent.boundary.distance(label) > 0.9  # the band is 2 wide


def test_label_is_in_the_largest_part(make_regions):
    parts = shapely.union_all([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 8, 8)])
    points = label_points(make_regions({"a": parts}))
    assert shapely.box(5, 5, 8, 8).contains(shapely.Point(points.iloc[0, 1], points.iloc[0, 2]))


def test_every_district_holds_its_label():
    districts = beijing()
    points = label_points(districts)
    assert points["region_id"].tolist() == districts["region_id"].tolist()
    for shape, lon, lat in zip(
        districts.geometry, points["label_longitude"], points["label_latitude"], strict=True
    ):
        assert shape.contains(shapely.Point(lon, lat))


def test_nothing_gives_nothing(make_regions):
    none = make_regions({"a": shapely.box(0, 0, 1, 1)}).iloc[:0]
    assert to_feature_collection(none) == {"type": "FeatureCollection", "features": []}
    assert len(label_points(none)) == 0


def test_a_region_without_geometry_is_drawn_nowhere(make_regions):
    regions = make_regions({"a": None, "b": shapely.box(0, 0, 1, 1), "c": shapely.Polygon()})
    features = to_feature_collection(regions)["features"]
    assert [feature["geometry"] is None for feature in features] == [True, False, True]
    points = label_points(regions)
    assert points["label_longitude"].isna().tolist() == [True, False, True]
    assert points["label_latitude"].iloc[1] == pytest.approx(0.5, abs=1e-3)

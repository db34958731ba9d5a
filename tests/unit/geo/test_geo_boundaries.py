import math

import geopandas
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from geo.boundaries import COLUMNS, beijing, read_regions
from geo.crs import from_wgs84
from geo.errors import GeoError

ONE, TWO = shapely.box(116, 39, 117, 40), shapely.box(117, 39, 118, 40)
BOW_TIE = shapely.Polygon([(116, 39), (118, 41), (118, 39), (116, 41)])


def refusal(path, **options):
    with pytest.raises(GeoError) as caught:
        read_regions(path, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    return message


def test_canonical_columns_and_types(write_geojson):
    regions = read_regions(
        write_geojson(
            (ONE, {"region_id": "7", "name": " 东城区 ", "subscribers": "120", "level": 2, "x": 1}),
            (TWO, {"region_id": "b", "parent_id": 7}),
        )
    )
    assert tuple(regions.columns) == (*COLUMNS, "geometry")
    assert regions["region_id"].tolist() == ["7", "b"]
    assert regions["name"].tolist() == ["东城区", None]
    assert regions["parent_id"].tolist() == [None, "7"]
    assert regions["subscribers"].dtype == "float64"
    assert regions["subscribers"].iloc[0] == 120.0
    assert math.isnan(regions["subscribers"].iloc[1])
    assert regions["level"].dtype == "Int64"
    assert regions["level"].isna().tolist() == [False, True]
    assert regions.crs == "EPSG:4326"
    assert regions.geometry.iloc[0].equals(ONE)
    assert regions.attrs == {"repairs": [], "warnings": []}


def test_columns_are_mapped_and_only_those(write_geojson):
    path = write_geojson((ONE, {"code": "a", "label": "A", "name": "not this"}))
    regions = read_regions(path, columns={"code": "region_id", "label": "name"})
    assert regions[["region_id", "name"]].to_numpy().tolist() == [["a", "A"]]


@pytest.mark.parametrize("columns", [None, {"id": "region_id"}])
@pytest.mark.parametrize(
    ("ids", "expected"),
    [(("110101", "x"), ["110101", "x"]), ((110101, 110105), ["110101", "110105"])],
)
def test_the_id_of_a_feature_stands_in_for_region_id(write_geojson, columns, ids, expected):
    path = write_geojson((ONE, {"name": "a"}, ids[0]), (TWO, {"name": "b"}, ids[1]))
    assert read_regions(path, columns=columns)["region_id"].tolist() == expected


def test_a_region_id_column_goes_before_the_id(write_geojson):
    path = write_geojson((ONE, {"region_id": "mine"}, "theirs"))
    assert read_regions(path)["region_id"].tolist() == ["mine"]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"nome": "region_id"}, "no column 'nome' for region_id: it has code, name"),
        ({"code": "id"}, "unknown target 'id': use region_id, name, subscribers, parent_id, level"),
        ({"name": "name"}, "no column region_id: .* it has code, name"),
        ({"code": "region_id", "name": "region_id"}, "two columns .* same target"),
        (None, "no column region_id"),
    ],
)
def test_wrong_columns_are_refused(write_geojson, columns, message):
    path = write_geojson((ONE, {"code": "a", "name": "A"}))
    with pytest.raises(GeoError, match=message):
        read_regions(path, columns=columns)


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ({"region_id": "a"}, "feature 2: region_id 'a' is that of feature 1 too"),
        ({"region_id": " "}, "feature 2 (117..118, 39..40): region_id is empty"),
        ({"region_id": None}, "feature 2 (117..118, 39..40): region_id is empty"),
        ({"region_id": "b", "subscribers": "12k"}, "feature 2: subscribers is '12k'"),
        ({"region_id": "b", "subscribers": -1}, "feature 2: subscribers is '-1'"),
        ({"region_id": "b", "subscribers": "inf"}, "feature 2: subscribers is 'inf'"),
        ({"region_id": "b", "level": 1.5}, "feature 2: level 1.5 is not whole"),
    ],
)
def test_wrong_values_are_refused_with_their_feature(write_geojson, second, message):
    first = {"region_id": "a", "subscribers": None, "level": None}
    assert message in refusal(write_geojson((ONE, first), (TWO, first | second)))


@pytest.mark.parametrize(
    ("geometry", "message"),
    [
        (None, "its geometry is missing"),
        ({"type": "Polygon", "coordinates": []}, "its geometry is missing"),
        (shapely.Point(1, 1), "its geometry is a Point"),
        (shapely.LineString([(0, 0), (1, 1)]), "its geometry is a LineString"),
        (shapely.Polygon([(0, 0), (1, 1), (2, 2)]), "its polygon has no area"),
        (shapely.Polygon([(39, 116), (40, 116), (40, 117)]), "are not degrees: check the order"),
        (shapely.box(5e5, 4.4e6, 6e5, 4.5e6), "are not degrees"),
    ],
)
def test_features_without_a_usable_area_are_refused(write_geojson, geometry, message):
    path = write_geojson((ONE, {"region_id": "a"}), (geometry, {"region_id": "b"}))
    assert f"feature 2: {message}" in refusal(path).replace(
        "longitudes 39..40, latitudes 116..117 ", ""
    ).replace("longitudes 500000..600000, latitudes 4.4e+06..4.5e+06 ", "")


def test_a_coordinate_that_is_no_number_is_refused(write_geojson):
    path = write_geojson((ONE, {"region_id": "a"}))
    path.write_text(path.read_text().replace("40.0", "NaN"))
    assert "feature 1: a coordinate is not a number" in refusal(path)


def test_repairs_are_made_and_reported(write_geojson):
    path = write_geojson((ONE, {"region_id": "good"}), (BOW_TIE, {"region_id": "tie"}))
    regions = read_regions(path)
    assert regions.is_valid.all()
    # the two triangles left and right of the knot at (117, 40)
    assert regions.geometry.iloc[1].area == pytest.approx(2.0)
    [record] = regions.attrs["repairs"]
    assert record["feature"] == 2
    assert record["region_id"] == "tie"
    assert record["problem"] == "Self-intersection[117 40]"


def test_specks_and_pinholes_go_and_are_reported(write_geojson):
    # at 39.5 N a ten-thousandth of a degree is 8.6 m by 11.1 m: a speck of 95 m2 beside the
    # region, a hair of 0.9 m by 11 km, a pinhole of 95 m2; an island of 9,540 m2 and a lake stay
    hole = list(shapely.box(116.2, 39.5, 116.2001, 39.5001).exterior.coords)
    lake = list(shapely.box(116.4, 39.5, 116.401, 39.501).exterior.coords)
    shape = shapely.MultiPolygon(
        [
            shapely.Polygon(ONE.exterior, [hole, lake]),
            shapely.box(117.5, 39.5, 117.5001, 39.5001),
            shapely.box(117.6, 39.5, 117.60001, 39.6),
            shapely.box(117.7, 39.5, 117.701, 39.501),
        ]
    )
    regions = read_regions(write_geojson((shape, {"region_id": "a"})))
    island, main = sorted(shapely.get_parts(regions.geometry.iloc[0]), key=shapely.area)
    assert len(main.interiors) == 1
    assert island.bounds == (117.7, 39.5, 117.701, 39.501)
    [record] = regions.attrs["repairs"]
    assert record["problem"] == "2 specks dropped and 1 pinholes filled"
    # less a hair of 0.86 m by 11,104 m; the speck and the pinhole are equally large
    assert record["area_change_m2"] == pytest.approx(-0.86 * 11_104, rel=0.01)


def test_a_region_that_is_a_speck_itself_stays(write_geojson):
    tiny = shapely.box(116, 39, 116.00001, 39.00001)
    regions = read_regions(write_geojson((tiny, {"region_id": "a"})))
    assert regions.geometry.iloc[0].equals(tiny)
    assert regions.attrs["repairs"] == []


def test_missing_region_id_names_the_feature_its_name_and_where_it_is(write_geojson):
    path = write_geojson(
        (ONE, {"region_id": "a"}), (TWO, {"name": "North"}), (TWO, {"name": "South"})
    )
    assert refusal(path).endswith(
        "feature 2 'North' (117..118, 39..40): region_id is empty (and 1 more without one): give "
        "each region an id of its own that stays the same from file to file"
    )


def test_repair_keeps_polygons_only(write_geojson):
    spike = shapely.Polygon([(0, 0), (2, 0), (2, 1), (3, 1), (2, 1), (2, 2), (0, 2)])
    mixed = shapely.GeometryCollection([ONE, shapely.Point(1, 1)])
    regions = read_regions(
        write_geojson((spike, {"region_id": "spike"}), (mixed, {"region_id": "mixed"}))
    )
    assert regions.geom_type.tolist() == ["Polygon", "Polygon"]
    assert regions.geometry.iloc[0].equals(shapely.box(0, 0, 2, 2))
    assert regions.geometry.iloc[1].equals(ONE)
    assert [(r["feature"], r["area_change_m2"]) for r in regions.attrs["repairs"]] == [
        (1, 0),
        (2, 0),
    ]


def test_open_rings_are_closed_with_a_warning_and_heights_are_dropped(write_geojson):
    ring = [[116, 39, 50], [117, 39, 50], [117, 40, 50], [116, 40, 50]]
    regions = read_regions(
        write_geojson(({"type": "Polygon", "coordinates": [ring]}, {"region_id": "a"}))
    )
    assert not regions.has_z.any()
    assert regions.geometry.iloc[0].equals(ONE)
    assert "Non closed ring" in regions.attrs["warnings"][0]


@pytest.mark.parametrize("crs", ["gcj02", "bd09"])
def test_declared_chinese_systems_are_converted(write_geojson, crs):
    shifted = shapely.transform(
        ONE, lambda xy: np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], crs))
    )
    regions = read_regions(write_geojson((shifted, {"region_id": "a"})), crs=crs)
    assert shapely.get_coordinates(regions.geometry.iloc[0]) == pytest.approx(
        shapely.get_coordinates(ONE), abs=1e-7
    )


@pytest.mark.parametrize("suffix", ["gpkg", "shp", "fgb"])
@pytest.mark.parametrize("epsg", [4326, 4527])
def test_other_formats_and_projected_systems(tmp_path, suffix, epsg):
    frame = geopandas.GeoDataFrame(
        {"region_id": ["a", "b"], "name": ["东城区", "西城区"]},
        geometry=[ONE, TWO],
        crs=4326,
    )
    path = tmp_path / f"regions.{suffix}"
    frame.to_crs(epsg).to_file(path, SPATIAL_INDEX="NO") if suffix == "fgb" else frame.to_crs(
        epsg
    ).to_file(path)
    regions = read_regions(path)
    assert regions["name"].tolist() == ["东城区", "西城区"]
    for found, expected in zip(regions.geometry, (ONE, TWO), strict=True):
        assert shapely.normalize(found).equals_exact(shapely.normalize(expected), 1e-7)


def test_a_projected_file_declared_as_gcj02_is_refused(tmp_path):
    frame = geopandas.GeoDataFrame({"region_id": ["a"]}, geometry=[ONE], crs=4326).to_crs(4527)
    path = tmp_path / "regions.gpkg"
    frame.to_file(path)
    assert "declared as gcj02, but its coordinates are metres" in refusal(path, crs="gcj02")


def test_an_unknown_system_is_refused(write_geojson):
    with pytest.raises(GeoError, match="declare one of wgs84, gcj02, bd09"):
        read_regions(write_geojson((ONE, {"region_id": "a"})), crs="mars")


def test_numeric_ids_of_a_shapefile_have_no_decimals(tmp_path):
    path = tmp_path / "regions.shp"
    frame = geopandas.GeoDataFrame(
        {"region_id": [110101.0, 110105.0]}, geometry=[ONE, TWO], crs=4326
    )
    frame.to_file(path)
    assert read_regions(path)["region_id"].tolist() == ["110101", "110105"]


def test_ids_of_mixed_kinds_are_text(write_geojson):
    path = write_geojson((ONE, {"region_id": 110101}), (TWO, {"region_id": "b7"}))
    assert read_regions(path)["region_id"].tolist() == ["110101", "b7"]


def test_what_was_repaired_survives_parquet(write_geojson, tmp_path):
    regions = read_regions(write_geojson((BOW_TIE, {"region_id": "tie"})))
    table = pd.DataFrame(regions.drop(columns="geometry"))
    table.attrs = regions.attrs
    table.to_parquet(tmp_path / "regions.parquet")
    assert pd.read_parquet(tmp_path / "regions.parquet").attrs == regions.attrs


def test_beijing_is_complete_and_clean():
    districts = beijing()
    assert len(districts) == 16
    assert districts["region_id"].str.fullmatch(r"1101\d\d").all()
    assert districts["region_id"].is_monotonic_increasing
    assert districts["name"].str.endswith("区").all()
    assert districts["name_en"].str.fullmatch(r"[A-Z][a-z]+").all()
    assert districts["subscribers"].isna().all()
    assert districts.is_valid.all()
    assert districts.attrs == {"repairs": [], "warnings": []}
    assert shapely.coverage_is_valid(np.asarray(districts.geometry.array))
    # the municipality has 16,410 km2 (Beijing statistical yearbook)
    geod = pyproj.Geod(ellps="WGS84")
    whole = shapely.union_all(districts.geometry.array)
    assert abs(geod.geometry_area_perimeter(whole)[0]) / 1e6 == pytest.approx(16_410, rel=0.001)
    assert not any(part.interiors for part in shapely.get_parts(whole))


@pytest.mark.parametrize(
    ("lon", "lat", "name"),
    [
        (116.3975, 39.9087, "东城区"),  # Tiananmen
        (116.3262, 40.0038, "海淀区"),  # Tsinghua university
        (116.5871, 40.0799, "朝阳区"),  # the capital's airport, an exclave
        (115.9746, 40.4568, "延庆区"),
    ],
)
def test_beijing_is_where_it_should_be(lon, lat, name):
    districts = beijing()
    assert districts[districts.contains(shapely.Point(lon, lat))]["name"].tolist() == [name]

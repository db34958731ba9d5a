import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from geo.projection import EqualAreaPlane, as_degrees, bearing_deg, geocentric

GEOD = pyproj.Geod(ellps="WGS84")


def test_areas_are_true_far_from_the_reference_latitude():
    shapes = np.array([shapely.box(10, 0, 11, 1), shapely.box(10, 60, 11, 61)])
    plane = EqualAreaPlane(30.0)
    # densified, because the geodesic area follows great circles and a parallel is none
    true = [
        abs(GEOD.geometry_area_perimeter(shapely.segmentize(shape, 0.001))[0]) for shape in shapes
    ]
    assert shapely.area(plane.to_metres(shapes)) == pytest.approx(true, rel=1e-6)


def test_there_and_back_keeps_both_sides_of_the_date_line():
    shapes = np.array([shapely.box(179.0, 50, 180, 51), shapely.box(-180, 50, -179, 51)])
    plane = EqualAreaPlane.around(shapes)
    back = plane.to_degrees(plane.to_metres(shapes))
    assert shapely.bounds(back) == pytest.approx(shapely.bounds(shapes), abs=1e-8)  # 1 mm


@pytest.mark.parametrize(
    ("shapes", "latitude"),
    [
        ([shapely.box(0, 10, 1, 30)], 20.0),
        ([], 0.0),
        ([None], 0.0),
        ([shapely.box(0, 80, 1, 90)], 75.0),
    ],
)
def test_the_plane_lies_around_its_shapes(shapes, latitude):
    assert EqualAreaPlane.around(np.array(shapes, dtype=object)).latitude == latitude


@pytest.mark.parametrize("lat", [-60.0, 0.0, 39.9, 89.0])
def test_distance_and_bearing_agree_with_the_geodesic(lat):
    lon2, lat2, _ = GEOD.fwd(116.4, lat, 63.0, 20_000.0)
    one, two = (geocentric(np.array([x]), np.array([y])) for x, y in ((116.4, lat), (lon2, lat2)))
    # the chord of 20 km is 8 mm shorter; the plane bearing is off by less than 0.01 degrees
    assert np.linalg.norm(two - one) == pytest.approx(20_000.0, abs=0.02)
    bearing = bearing_deg(np.array([116.4]), np.array([lat]), two)
    assert bearing[0] == pytest.approx(63.0, abs=0.01)


def test_bearing_to_the_same_place_is_a_number():
    here = np.array([116.4]), np.array([39.9])
    assert 0.0 <= bearing_deg(*here, geocentric(*here))[0] < 360.0


@pytest.mark.parametrize(
    "values",
    [
        [1.5, None, np.nan, np.inf],
        pd.Series([1.5, None, np.nan, -np.inf], index=[9, 8, 7, 6]),
        pd.array([1.5, pd.NA, None, np.nan], dtype="Float64"),
        np.array([1.5, None, pd.NA, np.nan], dtype=object),
    ],
)
def test_unknown_numbers_of_any_kind(values):
    degrees = as_degrees(values)
    assert degrees.dtype == np.float64
    np.testing.assert_array_equal(degrees, [1.5, np.nan, np.nan, np.nan])

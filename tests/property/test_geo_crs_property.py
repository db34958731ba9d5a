import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.crs import EAST, NORTH, SOUTH, WEST, from_wgs84, to_wgs84

inside_lon = st.floats(WEST, EAST)
inside_lat = st.floats(SOUTH, NORTH)
shifted = st.sampled_from(["gcj02", "bd09"])
system = st.sampled_from(["wgs84", "gcj02", "bd09"])


@settings(deadline=None)
@given(inside_lon, inside_lat, shifted)
def test_there_and_back_is_under_a_centimetre(lon, lat, crs):
    back = to_wgs84(*from_wgs84(lon, lat, crs), crs)
    assert abs(back[0] - lon) < 1e-7
    assert abs(back[1] - lat) < 1e-7


@settings(deadline=None)
@given(st.floats(WEST + 0.1, EAST - 0.1), st.floats(SOUTH + 0.1, NORTH - 0.1), shifted)
def test_back_and_there_is_under_a_centimetre(lon, lat, crs):
    again = from_wgs84(*to_wgs84(lon, lat, crs), crs)
    assert abs(again[0] - lon) < 1e-7
    assert abs(again[1] - lat) < 1e-7


@settings(deadline=None)
@given(st.floats(-180, 180), st.floats(-90, 90), system)
def test_no_point_moves_farther_than_two_hundredths_of_a_degree(lon, lat, crs):
    for convert in (from_wgs84, to_wgs84):
        moved = convert(lon, lat, crs)
        assert abs(moved[0] - lon) < 0.02
        assert abs(moved[1] - lat) < 0.02


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(60, 150), st.floats(-10, 65)), min_size=1), system)
def test_many_points_at_once_are_each_point_alone(points, crs):
    lon, lat = np.array(points).T
    for convert in (from_wgs84, to_wgs84):
        together = np.column_stack(convert(lon, lat, crs))
        alone = [convert(float(x), float(y), crs) for x, y in points]
        np.testing.assert_allclose(together, alone, rtol=0, atol=1e-11)

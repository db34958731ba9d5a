import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geo.crs import EAST, NORTH, SOUTH, WEST, from_wgs84, to_wgs84
from geo.projection import geocentric

CENTIMETRE = 0.01

inside_lon = st.floats(WEST, EAST)
inside_lat = st.floats(SOUTH, NORTH)
shifted = st.sampled_from(["gcj02", "bd09"])
system = st.sampled_from(["wgs84", "gcj02", "bd09"])


def metres_between(one, other):
    ends = [geocentric(np.atleast_1d(lon), np.atleast_1d(lat)) for lon, lat in (one, other)]
    return float(np.linalg.norm(ends[0] - ends[1], axis=1).max())


@settings(deadline=None)
@given(inside_lon, inside_lat, shifted)
def test_there_and_back_is_under_a_centimetre(lon, lat, crs):
    back = to_wgs84(*from_wgs84(lon, lat, crs), crs)
    assert metres_between(back, (lon, lat)) < CENTIMETRE


@settings(deadline=None)
@given(st.floats(WEST + 0.1, EAST - 0.1), st.floats(SOUTH + 0.1, NORTH - 0.1), shifted)
def test_back_and_there_is_under_a_centimetre(lon, lat, crs):
    again = from_wgs84(*to_wgs84(lon, lat, crs), crs)
    assert metres_between(again, (lon, lat)) < CENTIMETRE


@settings(deadline=None, max_examples=8)
@given(st.floats(0, 0.5), st.floats(0, 0.2), shifted)
def test_a_lattice_over_all_china_comes_back_under_a_centimetre(east, north, crs):
    """Every 0.5 by 0.2 degrees of the box, each time shifted by a little."""
    lon, lat = np.meshgrid(np.arange(WEST, EAST, 0.5) + east, np.arange(SOUTH, NORTH, 0.2) + north)
    inside = (lon <= EAST) & (lat <= NORTH)
    lon, lat = lon[inside], lat[inside]
    assert metres_between(to_wgs84(*from_wgs84(lon, lat, crs), crs), (lon, lat)) < CENTIMETRE


outside = st.one_of(
    st.tuples(st.floats(-180, WEST, exclude_max=True), st.floats(-90, 90)),
    st.tuples(st.floats(EAST, 180, exclude_min=True), st.floats(-90, 90)),
    st.tuples(st.floats(-180, 180), st.floats(-90, SOUTH, exclude_max=True)),
    st.tuples(st.floats(-180, 180), st.floats(NORTH, 90, exclude_min=True)),
)


@settings(deadline=None)
@given(outside, system)
def test_outside_the_box_of_china_nothing_moves(point, crs):
    assert from_wgs84(*point, crs) == point


@settings(deadline=None)
@given(outside, system)
def test_far_outside_nothing_moves_back(point, crs):
    # within 0.05 degrees of the rim a point may be the image of one inside
    far = not (WEST - 0.05 < point[0] < EAST + 0.05 and SOUTH - 0.05 < point[1] < NORTH + 0.05)
    assume(far)
    assert to_wgs84(*point, crs) == point


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

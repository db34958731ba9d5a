import numpy as np
import pytest
import shapely

from geo.plane import StraightPlane
from geo.projection import geocentric
from geo.reach import CORNERS, circles, farthest_corner_m, reached, reaches, spacing_m
from geo.settings import CoverageModel
from geo.tessellation import grounds

AROUND = 20_000.0


def test_a_place_belongs_to_the_nearest_mast_if_any_reaches_it():
    # a town mast that reaches 500 m, and a village mast 3 km to its east that reaches 4 km
    places, reach = np.array([[0.0, 0.0], [3000.0, 0.0]]), np.array([500.0, 4000.0])
    town, village = reached(places, grounds(places, AROUND), reach)
    assert town.bounds[2] == pytest.approx(1500)
    assert village.bounds[0] == pytest.approx(1500)
    # the village's circle ends 1 km beyond the town's mast, and so does the ground of the town
    assert town.bounds[0] == pytest.approx(-1000)
    whole = shapely.union_all(circles(places, reach))
    assert town.area + village.area == pytest.approx(whole.area, rel=1e-9)


def test_a_ground_that_is_reached_on_two_sides_has_two_parts():
    places = np.array([[0.0, 0.0], [6000.0, 0.0]])
    near, far = reached(places, grounds(places, AROUND), np.array([1000.0, 3500.0]))
    assert near.geom_type == "MultiPolygon"
    assert sorted(shapely.area(shapely.get_parts(near)))[1] == pytest.approx(
        CORNERS / 2 * np.sin(2 * np.pi / CORNERS) * 1e6
    )
    assert far.bounds[0] == pytest.approx(3000)


def test_a_ground_within_reach_stays_as_it_is():
    places = np.array([[x, y] for x in (0.0, 100.0, 200.0) for y in (0.0, 100.0, 200.0)])
    own = grounds(places, AROUND)
    shares = reached(places, own, np.full(9, 80.0))
    assert shares[4].equals(own[4])  # its corners are 71 m away
    assert shares[4].area == pytest.approx(10_000)
    assert shares[0].area < own[0].area


@pytest.mark.parametrize(
    "places",
    [
        [(0, 0)],
        [(0, 0), (10, 0)],
        [(0, 0), (50, 0), (300, 0), (301, 0)],  # on one line
        [(x, y) for x in range(0, 500, 100) for y in range(0, 500, 100)],  # four on a circle
        [(0, 0), (10, 10), (4_000_000, 3_000_000)],  # a stray at the other end of the country
    ],
)
def test_grounds_divide_the_plane(places):
    xy = np.array(places, dtype=np.float64)
    own = grounds(xy, 6000.0)
    assert shapely.is_valid(own).all()
    assert shapely.contains(own, shapely.points(xy)).all()
    for place in xy:
        around = shapely.buffer(shapely.Point(place), 6000.0)
        shares = shapely.area(shapely.intersection(own, around))
        assert shares.sum() == pytest.approx(around.area, rel=1e-9)


def test_no_places_no_grounds():
    assert len(grounds(np.empty((0, 2)), 1.0)) == 0


def test_spacing_is_the_distance_to_the_third_other_place():
    step = 0.01  # of latitude: 1,110.4 m at 40 degrees north
    xyz = geocentric(np.full(5, 116.0), 40.0 + step * np.arange(5))
    assert spacing_m(xyz) / 1110.4 == pytest.approx([3, 2, 2, 2, 3], rel=0.001)
    assert spacing_m(xyz[:2]) == pytest.approx([1110.4] * 2, rel=0.001)
    assert spacing_m(xyz[:1]).tolist() == [np.inf]
    beside = geocentric(np.full(2, 116.0), np.array([40.0, 40.0001]))  # 11 m: one place
    assert spacing_m(beside).tolist() == [np.inf, np.inf]


def test_reach_is_the_least_of_technology_density_and_all_masts_there():
    model = CoverageModel(density=2.0, thin_layer=3.0)
    own = np.array([np.inf, 1000.0, 9000.0, 10.0])
    every = np.array([np.inf, 800.0, 500.0, 10.0])
    # nothing near: the technology; twice its own spacing; twice three times all masts'; never
    # below twice the 50 m within which masts are one place
    assert reaches(own, every, 6000.0, model).tolist() == [6000.0, 2000.0, 3000.0, 100.0]


def test_the_farthest_corner():
    shapes = np.array([shapely.box(0, 0, 3, 4), shapely.box(1, 0, 2, 1)], dtype=object)
    assert farthest_corner_m(np.zeros((2, 2)), shapes) == pytest.approx([5.0, np.sqrt(5)])


def test_the_plane_is_true_in_its_middle_and_keeps_lines_straight():
    plane = StraightPlane.around(np.array([116.4]), np.array([39.9]))
    lon, lat = np.array([116.4, 116.41, 116.4]), np.array([39.9, 39.9, 39.91])
    xy, xyz = plane.metres(lon, lat), geocentric(lon, lat)
    for other in (1, 2):
        true = np.linalg.norm(xyz[other] - xyz[0])
        assert np.linalg.norm(xy[other]) == pytest.approx(true, rel=1e-5)
    ends = np.array([[116.0, 39.0], [117.0, 41.0]])
    middle = plane.metres(*ends.mean(axis=0)[:, None])
    assert middle == pytest.approx(plane.metres(*ends.T).mean(axis=0)[None, :])
    line = np.array([shapely.LineString(ends)], dtype=object)
    back = plane.to_degrees(plane.to_metres(line))[0]
    assert shapely.get_coordinates(back) == pytest.approx(ends, abs=1e-12)
    assert StraightPlane.of(np.array([], dtype=object)).latitude == 0.0

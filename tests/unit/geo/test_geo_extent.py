import numpy as np
import pytest
import shapely

from geo.extent import PIECE_CORNERS, Extent, city_boundary, pieces_of
from geo.plane import StraightPlane
from tests.support.layout import PLANE, regions


def outline(frame):
    return PLANE.to_metres(np.array([city_boundary(frame)], dtype=object))[0]


def test_the_city_is_the_union_of_its_coarsest_regions():
    boxes = shapely.box(0, 0, 1000, 1000), shapely.box(1000, 0, 2000, 1000)
    assert outline(regions(*boxes)).area == pytest.approx(2e6)
    assert outline(regions(*boxes, level=[1, 2])).area == pytest.approx(1e6)
    assert outline(regions(*boxes, parent_id=[None, "r0"])).area == pytest.approx(1e6)
    # the level above has no geometry: the one below is the city
    bare = regions(*boxes, level=[1, 2])
    bare.loc[0, "geometry"] = None
    assert outline(bare).area == pytest.approx(1e6)


def test_hair_gaps_are_closed_and_lakes_stay():
    ring = shapely.box(0, 0, 9000, 9000).difference(shapely.box(100, 100, 8900, 8900))
    middle = shapely.box(150, 150, 8900, 8900).difference(shapely.box(4000, 4000, 5000, 5000))
    # an L-shaped gap 50 m wide along two sides is closed, a lake of 1 km2 is not
    assert outline(regions(ring, middle)).area == pytest.approx(81e6 - 1e6)


def test_no_regions_no_boundary():
    assert city_boundary(None) is None
    frame = regions(shapely.box(0, 0, 1, 1))
    assert city_boundary(frame.iloc[:0]) is None
    frame.loc[0, "geometry"] = None
    assert city_boundary(frame) is None


def test_clipping_in_pieces_is_clipping():
    turn = np.linspace(0, 2 * np.pi, 3000, endpoint=False)
    radius = 5000 + 300 * np.sin(40 * turn)
    star = shapely.Polygon(np.column_stack((radius * np.cos(turn), radius * np.sin(turn))))
    holed = star.difference(shapely.box(-500, -500, 500, 500))
    pieces = pieces_of(holed)
    assert len(pieces) > 10
    assert shapely.get_num_coordinates(pieces).max() <= PIECE_CORNERS
    assert shapely.area(pieces).sum() == pytest.approx(holed.area)
    extent = Extent.of(StraightPlane(0.0, 0.0, 1.0, 1.0), holed)
    rng = np.random.default_rng(1)
    centres = rng.uniform(-7000, 7000, (300, 2))
    shapes = shapely.buffer(shapely.points(centres), rng.uniform(10, 3000, 300))
    clipped = extent.clip(shapes)
    expected = shapely.area(shapely.intersection(shapes, holed))
    assert (shapely.is_missing(clipped) == (expected == 0)).all()
    assert np.nan_to_num(shapely.area(clipped)) == pytest.approx(expected)
    assert len(extent.clip(shapes[:0])) == 0


def test_squares_lie_inside_at_the_nearest_place():
    extent = Extent.of(StraightPlane(0.0, 0.0, 1.0, 1.0), shapely.box(0, 0, 10, 10))
    inside, beside, corner = extent.squares(np.array([[5.0, 5.0], [12.0, 5.0], [12, 12]]), 1.0)
    assert inside.bounds == (4, 4, 6, 6)
    assert beside.bounds == (9, 4, 10, 6)
    assert corner.bounds == (9, 9, 10, 10)

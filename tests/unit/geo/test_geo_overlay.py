import numpy as np
import pytest
import shapely
import shapely.errors

from geo.overlay import common, union_by, without_slivers
from geo.reach import CORNERS, circles, reached
from geo.tessellation import grounds


def test_intersections_that_geos_loses():
    # three circles whose union has a hole a rounding wide: GEOS 3.14 finds nothing in common
    # between it and the same circles drawn a little smaller
    places = np.array([[0.0, 0.0], [-9883.0, 5000.0], [-2000.0, -3000.0]])
    reach = np.array([100.0, 8998.0, 6786.625])
    parts = reached(places, grounds(places, 9000.0), reach)
    union = shapely.union_all(parts)
    inner = shapely.union_all(circles(places, reach * np.cos(np.pi / CORNERS)))
    (found,) = common(np.array([inner], dtype=object), np.array([union], dtype=object))
    assert found.area == pytest.approx(inner.area)
    _, (clean,) = union_by(parts, np.zeros(3, np.int64))
    assert len(clean.interiors) == 0
    assert clean.area == pytest.approx(union.area)


def test_touching_shapes_and_missing_ones_have_nothing_in_common():
    box = shapely.box(0, 0, 1, 1)
    others = np.array([shapely.box(1, 0, 2, 1), shapely.box(3, 3, 4, 4), None, box], dtype=object)
    found = common(np.array([box] * 4, dtype=object), others)
    assert shapely.area(found)[[0, 1, 3]].tolist() == [0, 0, 1]
    assert found[2] is None


def test_one_failed_noding_does_not_fail_all(monkeypatch):
    plain = shapely.intersection

    def failing(one, other, grid_size=None):
        if grid_size is None:
            raise shapely.errors.GEOSException("TopologyException: side location conflict")
        return plain(one, other, grid_size=grid_size)

    monkeypatch.setattr(shapely, "intersection", failing)
    box = np.array([shapely.box(0, 0, 2, 2)], dtype=object)
    (found,) = common(box, np.array([shapely.box(1, 1, 3, 3)], dtype=object))
    assert found.area == pytest.approx(1)


def test_unions_by_owner():
    parts = np.array([shapely.box(x, 0, x + 1, 1) for x in (0, 5, 1, 9)], dtype=object)
    owners, unions = union_by(parts, np.array([7, 3, 7, 3]))
    assert owners.tolist() == [3, 7]
    assert [shape.geom_type for shape in unions] == ["MultiPolygon", "Polygon"]
    assert shapely.area(unions).tolist() == [2, 2]
    none = union_by(parts[:0], np.empty(0, np.int64))
    assert [len(part) for part in none] == [0, 0]


def test_slivers_go_and_real_holes_and_parts_stay():
    shape = shapely.box(0, 0, 10, 10).difference(shapely.box(2, 2, 3, 3))
    thin = shape.difference(shapely.box(5, 5, 6, 5.001)).union(shapely.box(20, 0, 21, 0.001))
    clean = without_slivers(thin)
    assert clean.geom_type == "Polygon"
    assert [shapely.Polygon(hole).area for hole in clean.interiors] == [1]
    speck = shapely.box(0, 0, 0.01, 0.01)
    assert without_slivers(speck).equals(speck)

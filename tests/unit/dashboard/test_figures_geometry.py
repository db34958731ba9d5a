from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from dashboard.web.figures.frames import frames, main_body
from dashboard.web.figures.geometry import (
    EARTH_KM,
    Shape,
    clip,
    project,
    rings,
    shapes_of,
    simplified,
)
from geo.boundaries import beijing, label_points, to_feature_collection
from tests.support.snapshots import squares

UNIT = shapely.box(0, 0, 1, 1)


def shape(region_id, west, south, east, north):
    area = shapely.box(west, south, east, north)
    return Shape(region_id, region_id, area, (west + east) / 2, (south + north) / 2)


@pytest.fixture(scope="module")
def city():
    points = label_points(beijing())
    labels = {
        r.region_id: (r.label_longitude, r.label_latitude) for r in points.itertuples(index=False)
    }
    return shapes_of(to_feature_collection(beijing()), labels)


def test_projection_by_hand():
    # x = R λ: 180° is half the equator. y = R ln tan(π/4 + φ/2); at 60° that is R ln(2 + √3).
    x, y = project([0.0, 180.0], [0.0, 60.0])
    assert x == pytest.approx([0, math.pi * EARTH_KM])
    assert y == pytest.approx([0, EARTH_KM * math.log(2 + math.sqrt(3))], abs=1e-6)


@given(st.floats(-80, 80), st.floats(-170, 170))
def test_projection_keeps_angles(latitude, longitude):
    # Conformal: a degree east is cos φ as long on the ground as one north, and so on the map.
    step = 1e-4
    x, y = project([longitude, longitude + step, longitude], [latitude, latitude, latitude + step])
    middle = math.radians(latitude + step / 2)
    assert x[1] - x[0] == pytest.approx((y[2] - y[0]) * math.cos(middle), rel=1e-5)


def test_poles_stay_finite():
    assert np.isfinite(project([0], [-90])[1]).all()


def test_shapes_without_area_are_left_out():
    geojson = squares(2)
    geojson["features"][0]["geometry"] = None
    assert [s.region_id for s in shapes_of(geojson, {})] == ["R1"]


def test_unknown_label_point_falls_inside():
    (found,) = shapes_of(squares(1), {"R0": (float("nan"), 40.0)})
    assert found.area.contains(shapely.Point(found.label_x, found.label_y))


def test_frame_fits_and_keeps_the_scale():
    frame = frames([shape("a", 0, 0, 20, 10)], 400, 300, label_px=10, pad=50).main
    # 20 km over 400 - 2 x 50 px: 15 px a km; 400 px are 26.67 km.
    assert frame.per_px == pytest.approx(20 / 300)
    assert frame.x == pytest.approx((10 - 40 / 3, 10 + 40 / 3))
    assert (frame.y[1] - frame.y[0]) / 300 == pytest.approx(frame.per_px)


def test_far_off_territories_are_not_framed():
    near = [shape(f"n{i}", 10 * i, 0, 10 * i + 10, 10) for i in range(5)]
    far = shape("far", 4000, 0, 4010, 10)
    assert far not in main_body([*near, far])
    found = frames([*near, far], 1000, 500, label_px=1, pad=0)
    assert found.outside == ("far",)
    assert found.main.x[1] < 100


def test_an_island_nearby_is_framed():
    near = [shape(f"n{i}", 10 * i, 0, 10 * i + 10, 10) for i in range(5)]
    island = shape("island", 52, 0, 54, 2)
    assert island in main_body([*near, island])


def test_no_districts_at_all():
    found = frames([], 100, 100, label_px=10, pad=0)
    assert found.inset is None
    assert found.main.width == 100


def test_beijing_gets_an_inset_of_its_core(city):
    found = frames(city, 1216, 920, label_px=80, pad=24)
    assert found.inset is not None
    assert found.outside == ()
    assert found.inset.frame.per_px <= found.main.per_px / 2
    inside = {s.name for s in city if found.inset.frame.holds(s.label_x, s.label_y)}
    assert {"东城区", "西城区", "石景山区"} <= inside
    # The corner it lies in is free: it hides next to nothing.
    assert found.inset.corner == "nw"
    for district in city:
        assert found.main.box.contains(district.area)


def test_large_districts_need_no_inset():
    found = frames(
        [shape("a", 0, 0, 10, 10), shape("b", 10, 0, 20, 10)], 800, 600, label_px=80, pad=0
    )
    assert found.inset is None


def test_clip_keeps_what_is_seen(city):
    frame = frames(city, 1216, 920, label_px=80, pad=24).inset.frame
    cut = clip(city, frame)
    assert 0 < len(cut) < len(city)
    width = frame.x[1] - frame.x[0]
    west, _, east, _ = shapely.total_bounds([s.area for s in cut])
    assert west >= frame.x[0] - 0.06 * width
    assert east <= frame.x[1] + 0.06 * width


def test_simplifying_leaves_no_gaps(city):
    simple = simplified(city, 1.0)
    before, after = (
        sum(shapely.get_num_coordinates(s.area) for s in group) for group in (city, simple)
    )
    assert after < 0.8 * before
    whole = shapely.union_all([s.area for s in simple])
    assert whole.area == pytest.approx(sum(s.area.area for s in simple), rel=1e-9)


def test_rings_turn_holes_the_other_way():
    x, y = rings(UNIT.difference(shapely.box(0.2, 0.2, 0.4, 0.4)), (0.0, 0.0))
    gap = int(np.flatnonzero(np.isnan(x))[0])

    def turn(xs, ys):  # signed area
        return float(np.sum(xs[:-1] * ys[1:] - xs[1:] * ys[:-1])) / 2

    outer, hole = turn(x[:gap], y[:gap]), turn(x[gap + 1 :], y[gap + 1 :])
    assert outer == pytest.approx(1)
    assert hole == pytest.approx(-0.04, abs=1e-6)


def test_rings_count_from_their_origin():
    x, _ = rings(shapely.box(1000, 0, 1001, 1), (1000.0, 0.0))
    assert (float(np.nanmin(x)), float(np.nanmax(x))) == (0, 1)

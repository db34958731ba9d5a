import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.boundaries import simplify_coverage, to_feature_collection
from geo.projection import EqualAreaPlane

STEP = 0.02  # about 2 km


def jittered_grid(size, seed, jitter):
    """Squares whose corners were rounded apart, each on its own."""
    rng = np.random.default_rng(seed)
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], dtype=float) * STEP
    shapes = [
        shapely.Polygon(
            corners
            + np.array([116 + column * STEP, 40 + row * STEP])
            + rng.uniform(-jitter, jitter, (4, 2))
        )
        for row in range(size)
        for column in range(size)
    ]
    ids = [f"r{i}" for i in range(len(shapes))]
    return geopandas.GeoDataFrame(
        pd.DataFrame({"region_id": ids, "name": ids}), geometry=shapes, crs="EPSG:4326"
    )


def flat(shapes):
    return EqualAreaPlane(40.0).to_metres(np.asarray(shapes, dtype=object))


def seams_m2(shapes):
    """Area of overlaps and of gaps."""
    union = shapely.union_all(shapes)
    holes = sum(shapely.Polygon(r).area for p in shapely.get_parts(union) for r in p.interiors)
    return abs(shapely.area(shapes).sum() - union.area) + holes


@settings(deadline=None, max_examples=60)
@given(st.integers(2, 5), st.integers(0, 10_000), st.floats(0, 0.0004), st.floats(1, 400))
def test_whatever_was_rounded_apart_is_joined_again(size, seed, jitter, tolerance_m):
    regions = jittered_grid(size, seed, jitter)
    before = flat(regions.geometry.array)
    simple = simplify_coverage(regions, tolerance_m)
    after = flat(simple.geometry.array)
    assert shapely.is_valid(after).all()
    assert seams_m2(after) < 1
    # each square keeps its ground but for the border's jitter
    lost = shapely.area(shapely.difference(before, after)) / shapely.area(before)
    assert lost.max() < 0.15


@settings(deadline=None, max_examples=60)
@given(st.integers(2, 5), st.integers(0, 10_000), st.floats(0, 0.0004), st.floats(1, 400))
def test_drawn_shapes_are_valid_and_as_seamless_as_rounding_allows(size, seed, jitter, tolerance_m):
    simple = simplify_coverage(jittered_grid(size, seed, jitter), tolerance_m)
    features = to_feature_collection(simple)["features"]
    drawn = flat([shapely.geometry.shape(feature["geometry"]) for feature in features])
    assert shapely.is_valid(drawn).all()
    # five decimals move a border by at most 0.7 m
    assert seams_m2(drawn) < 0.7 * shapely.length(drawn).sum()
    assert shapely.area(drawn) == pytest.approx(
        shapely.area(flat(simple.geometry.array)), abs=0.7 * shapely.length(drawn).max()
    )

"""What the map draws has no gaps and no overlaps: regions and footprints alike."""

import numpy as np
import pytest
import shapely

from geo.bands import layers
from geo.boundaries import beijing, map_tolerance_m, simplify_coverage, to_feature_collection
from geo.coverage import footprints
from geo.plane import StraightPlane
from ingest.simulator.city import build_city


def seams_m2(shapes):
    """The largest overlap of two shapes, and the largest hole in their union."""
    shapes = np.asarray(shapes, dtype=object)
    flat = StraightPlane.of(shapes).to_metres(shapes)
    assert shapely.is_valid(flat).all()
    one, other = shapely.STRtree(flat).query(flat, predicate="intersects")
    pairs = one < other
    overlap = shapely.area(shapely.intersection(flat[one[pairs]], flat[other[pairs]]))
    union = shapely.get_parts(shapely.union_all(flat))
    holes = [shapely.Polygon(ring) for part in union for ring in part.interiors]
    return overlap.max(initial=0.0), shapely.area(holes).max(initial=0.0) if holes else 0.0


@pytest.mark.parametrize("tolerance_m", [None, 250.0, 2000.0])
@pytest.mark.parametrize("digits", [None, 5, 3])
def test_districts_have_no_gap_or_overlap_simplified_and_rounded(tolerance_m, digits):
    districts = beijing()
    drawn = simplify_coverage(districts, tolerance_m or map_tolerance_m(districts))
    shapes = drawn.geometry.tolist()
    if digits is not None:
        features = to_feature_collection(drawn, digits)["features"]
        shapes = [shapely.geometry.shape(feature["geometry"]) for feature in features]
    overlap, hole = seams_m2(shapes)
    assert overlap <= 1.0
    assert hole <= 1.0  # Beijing's districts leave none


def test_footprints_of_a_band_leave_no_gap_in_the_city():
    city = build_city(300, 2)
    # one band on all masts, which cover all of the city when they reach far enough
    cells = city.cells[city.cells["technology"] == "LTE"].assign(band="B8")
    found = footprints(cells, city.regions)
    assert set(layers(found)) == {"LTE low"}
    overlap, _ = seams_m2(found.geometry)
    assert overlap <= 1.0
    inner = shapely.box(116.2, 39.8, 116.5, 40.0)  # the town: all of it is within reach
    union = shapely.union_all(np.asarray(found.geometry.array))
    missing = StraightPlane.of(np.array([inner])).to_metres(
        np.array([shapely.difference(inner, union)], dtype=object)
    )
    assert shapely.area(missing)[0] <= 1.0

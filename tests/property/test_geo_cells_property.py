import geopandas
import numpy as np
import pandas as pd
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.locate import locate_regions, serving_cells
from geo.neighbours import neighbours

degrees = st.floats(-0.05, 0.05) | st.sampled_from([0.0, 0.01, -0.01])  # repeats are likely
azimuth = st.none() | st.floats(0, 360)
coordinates = st.none() | st.tuples(degrees, degrees)


@st.composite
def inventories(draw):
    rows = draw(
        st.lists(st.tuples(coordinates, azimuth, st.sampled_from(["s1", "s2", None])), max_size=25)
    )
    return pd.DataFrame(
        [
            (f"c{i}", site, 116 + at[0] if at else None, 40 + at[1] if at else None, angle)
            for i, (at, angle, site) in enumerate(rows)
        ],
        columns=["cell_id", "site_id", "longitude", "latitude", "azimuth_deg"],
    )


@st.composite
def tickets(draw):
    rows = draw(st.lists(coordinates, max_size=12))
    return pd.DataFrame(
        [
            (f"t{i}", 116 + at[0] if at else None, 40 + at[1] if at else None)
            for i, at in enumerate(rows)
        ],
        columns=["ticket_id", "longitude", "latitude"],
    )


@settings(deadline=None)
@given(inventories(), tickets(), st.randoms(use_true_random=False))
def test_every_located_ticket_is_spread_whole_and_in_any_order_alike(cells, points, random):
    found = serving_cells(points, cells)
    located = points["longitude"].notna() & cells["longitude"].notna().any()
    assert set(found["ticket_id"]) == set(points["ticket_id"][located])
    assert np.isfinite(found["weight"]).all()
    assert (found["weight"] > 0).all()
    np.testing.assert_allclose(found.groupby("ticket_id")["weight"].sum(), 1.0)
    assert not found.duplicated(["ticket_id", "cell_id"]).any()
    assert not set(found["cell_id"]) & set(cells["cell_id"][cells["longitude"].isna()])
    order = random.sample(range(len(cells)), len(cells))
    pd.testing.assert_frame_equal(serving_cells(points, cells.iloc[order]), found)


@settings(deadline=None)
@given(inventories(), st.integers(0, 8), st.randoms(use_true_random=False))
def test_neighbours_sum_to_one_never_oneself_and_in_any_order_alike(cells, k, random):
    found = neighbours(cells, k)
    assert np.isfinite(found["weight"]).all()
    assert (found["weight"] > 0).all()
    np.testing.assert_allclose(found.groupby("cell_id")["weight"].sum(), 1.0)
    assert (found["cell_id"] != found["neighbour_id"]).all()
    assert not found.duplicated(["cell_id", "neighbour_id"]).any()
    assert (found[found["kind"] == "near"].groupby("cell_id").size() <= k).all()
    cosite = found[found["kind"] == "cosite"]
    pairs = set(zip(cosite["cell_id"], cosite["neighbour_id"], strict=True))
    assert pairs == {(b, a) for a, b in pairs}
    order = random.sample(range(len(cells)), len(cells))
    pd.testing.assert_frame_equal(neighbours(cells.iloc[order], k), found)


@settings(deadline=None)
@given(inventories(), st.integers(0, 8), st.data())
def test_neighbours_by_hand_overs_sum_to_one_in_any_order_alike(cells, k, data):
    names = [*cells["cell_id"], "unknown"]
    pair = st.tuples(st.sampled_from(names), st.sampled_from(names), st.integers(0, 10**9))
    rows = data.draw(st.lists(pair, max_size=30))
    told = pd.DataFrame(rows, columns=["cell_id", "neighbour_id", "attempts"])
    found = neighbours(cells, k, handovers=told)
    assert (found["weight"] > 0).all()
    np.testing.assert_allclose(found.groupby("cell_id")["weight"].sum(), 1.0)
    assert (found["cell_id"] != found["neighbour_id"]).all()
    assert not found.duplicated(["cell_id", "neighbour_id"]).any()
    assert (found[found["kind"] == "near"].groupby("cell_id").size() <= 2 * k).all()
    assert found["share"].dropna().between(0, 1).all()
    mixed = told.iloc[data.draw(st.permutations(range(len(told))))]
    other = neighbours(cells.iloc[::-1], k, handovers=mixed)
    pd.testing.assert_frame_equal(other, found, check_exact=True)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-0.5, 4.5), st.floats(-0.5, 3.5)), max_size=40))
def test_location_agrees_with_asking_each_polygon(points):
    boxes = {f"{x}{y}": shapely.box(x, y, x + 1, y + 1) for x in range(4) for y in range(3)}
    regions = geopandas.GeoDataFrame(
        {"region_id": list(boxes)}, geometry=list(boxes.values()), crs="EPSG:4326"
    )
    found = locate_regions([p[0] for p in points], [p[1] for p in points], regions)
    for (lon, lat), region_id in zip(points, found, strict=True):
        point = shapely.Point(lon, lat)
        holding = [i for i, box in boxes.items() if box.intersects(point)]
        if holding:
            assert region_id in holding
        elif region_id is not None:
            assert boxes[region_id].distance(point) < 0.0019  # 200 m near the equator
        else:
            assert min(box.distance(point) for box in boxes.values()) > 0.0017

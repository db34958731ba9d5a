"""Footprints of random layouts: whole, inside, side by side, and the same in any order."""

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.adjacency import borders
from geo.bands import layers
from geo.coverage import CoverageModel, footprints
from geo.hexgrid import cell_shares, hexagons
from geo.overlay import common, union_by
from geo.plane import StraightPlane
from geo.reach import CORNERS, circles, reached
from geo.tessellation import grounds

# repeats, lines and grids (four masts on one circle) are likely; a strayed mast is possible
degrees = (
    st.floats(-0.06, 0.06)
    | st.integers(-5, 5).map(lambda n: n / 100)
    | st.sampled_from([0.0, 0.0000499, 0.0000501, 0.0001])  # a hand and a few metres apart
)
azimuth = st.none() | st.floats(0, 360) | st.sampled_from([0.0, 120.0, 240.0, 355.0])
strayed = st.tuples(st.floats(-40, 40), st.floats(-30, 30))
place = st.none() | st.tuples(degrees, degrees) | st.tuples(degrees, degrees) | strayed
kind = st.sampled_from(
    [("LTE", "B3"), ("LTE", "B41"), ("LTE", "B8"), ("NR", "n78"), ("WLAN", None), (None, "B3")]
)
CITY = shapely.box(115.97, 39.97, 116.03, 40.03)
REGIONS = geopandas.GeoDataFrame(
    {"region_id": ["west", "east"]},
    geometry=[shapely.box(115.97, 39.97, 116.0, 40.03), shapely.box(116.0, 39.97, 116.03, 40.03)],
    crs="EPSG:4326",
)


@st.composite
def inventories(draw, azimuths=azimuth):
    places = draw(st.lists(place, min_size=1, max_size=12))
    rows = draw(st.lists(st.tuples(st.sampled_from(places), azimuths, kind), max_size=30))
    return pd.DataFrame(
        [
            (f"c{i}", 116 + at[0] if at else None, 40 + at[1] if at else None, angle, *what)
            for i, (at, angle, what) in enumerate(rows)
        ],
        columns=["cell_id", "longitude", "latitude", "azimuth_deg", "technology", "band"],
    )


def flat(frame):
    shapes = np.asarray(frame.geometry.array, dtype=object)
    return StraightPlane.of(shapes).to_metres(shapes)


def places_of(cells, found):
    place = cells.set_index("cell_id").loc[found["cell_id"], ["longitude", "latitude"]]
    return place.astype(float)


@settings(deadline=None, max_examples=60)
@given(inventories(), st.randoms(use_true_random=False))
def test_every_located_cell_has_a_whole_footprint_whatever_the_order(cells, random):
    found = footprints(cells, REGIONS)
    assert list(found["cell_id"]) == sorted(cells["cell_id"][cells["longitude"].notna()])
    assert found.is_valid.all()
    assert not found.is_empty.any()
    assert found.geom_type.isin(["Polygon", "MultiPolygon"]).all()
    assert (shapely.area(flat(found)) > 0).all()
    assert (found["radius_m"] > 0).all()
    # LTE on a low band reaches farthest, and the corner of a token square may be off its mast
    assert (found["radius_m"] <= 10_800.1).all()
    order = random.sample(range(len(cells)), len(cells))
    again = footprints(cells.iloc[order], REGIONS.iloc[::-1])
    pd.testing.assert_frame_equal(again, found, check_exact=True)


@settings(deadline=None, max_examples=60)
@given(inventories())
def test_cells_of_the_city_end_at_its_boundary_and_the_others_are_counted(cells):
    found = footprints(cells, REGIONS)
    place = places_of(cells, found)
    points = shapely.points(place["longitude"], place["latitude"])
    # 200 m are 0.0018 degrees to the north and 0.0023 to the east
    near = shapely.distance(CITY, points) <= 0.0017
    far = shapely.distance(CITY, points) > 0.0025
    sticks_out = shapely.area(
        StraightPlane.around(np.array([116.0]), np.array([40.0])).to_metres(
            shapely.difference(np.asarray(found.geometry.array), CITY)
        )
    )
    assert (sticks_out[near] <= 1e-3).all()
    assert far.sum() <= found.attrs["outside"] <= (~near).sum()


@settings(deadline=None, max_examples=60)
@given(inventories())
def test_cells_of_one_layer_share_the_ground_without_overlap(cells):
    found = footprints(cells, REGIONS)
    place = places_of(cells, found)
    mast = list(zip(place["longitude"].round(4), place["latitude"].round(4), strict=True))
    layer, shapes = layers(found), flat(found)
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    for a, b in zip(one, other, strict=True):
        if a >= b or layer[a] != layer[b]:
            continue
        if mast[a] == mast[b]:
            bands = set(found["band"].fillna("").iloc[[a, b]])
            angles = found["azimuth_deg"].iloc[[a, b]]
            apart = abs((angles.iloc[0] - angles.iloc[1] + 180) % 360 - 180)
            # another band or no azimuth covers the mast's ground once more; carriers share it,
            # and azimuths in steps of less than 10 degrees may link up to one sector
            if len(bands) > 1 or not apart > 10 * len(cells):
                continue
        assert shapely.area(shapely.intersection(shapes[a], shapes[b])) <= 1.0, (a, b)


@settings(deadline=None, max_examples=60)
@given(inventories(st.floats(0, 360)))
def test_sectors_of_a_mast_add_up_to_its_ground(cells):
    cells = cells.dropna(subset=["longitude"])
    # beside each cell one of all directions, which has all the ground of its mast
    whole = cells.assign(cell_id="w" + cells["cell_id"].astype(str), azimuth_deg=np.nan)
    model = CoverageModel(lone_sector_deg=360)
    both = pd.concat([cells.astype({"azimuth_deg": float}), whole], ignore_index=True)
    found = footprints(both, None, model)
    shape = dict(zip(found["cell_id"], flat(found), strict=True))
    parts = {}
    for cell, technology, band in cells[["cell_id", "technology", "band"]].itertuples(index=False):
        mast = shape["w" + cell].wkb, str(technology), str(band)
        # carriers have the same footprint: it counts once
        parts.setdefault((*mast, shape["w" + cell].area), {})[shape[cell].wkb] = shape[cell].area
    for (*_, ground), areas in parts.items():
        assert sum(areas.values()) == pytest.approx(ground, abs=1.0)


@settings(deadline=None, max_examples=60)
@given(inventories(), st.integers(7, 8))
def test_shares_of_a_cell_sum_to_exactly_one_in_any_order(cells, resolution):
    found = footprints(cells, None)
    if found.empty:
        return
    tiles = hexagons(shapely.union_all(np.asarray(found.geometry.array)), resolution)
    shares = cell_shares(found, tiles)
    assert set(shares["cell_id"]) == set(found["cell_id"])
    assert (shares["share"] > 0).all()
    assert (shares["share"] * 2**20 % 1 == 0).all()
    assert (shares.groupby("cell_id")["share"].sum() == 1.0).all()
    assert (shares.iloc[::-1].groupby("cell_id")["share"].sum() == 1.0).all()


@settings(deadline=None, max_examples=60)
@given(inventories())
def test_borders_are_mutual_and_no_longer_than_the_outline(cells):
    found = footprints(cells, REGIONS)
    sides = borders(found, 1.0)
    pairs = sides.set_index(["cell_id", "neighbour_id"])["border_m"]
    assert pairs.index.is_unique
    assert (sides["cell_id"] != sides["neighbour_id"]).all()
    swapped = pairs.swaplevel().rename_axis(pairs.index.names).sort_index()
    pd.testing.assert_series_equal(swapped, pairs, check_exact=True)
    outline = pd.Series(shapely.length(flat(found)), index=found["cell_id"])
    assert (sides["border_m"] <= sides["cell_id"].map(outline) + 0.01).all()


def held_m2(shapes, whole):
    """How much of the union of shapes lies within another shape."""
    (union,) = union_by(shapes, np.zeros(len(shapes), np.int64))[1]
    return shapely.area(common(*(np.array([s], dtype=object) for s in (union, whole))))[0]


metres = st.floats(-20_000, 20_000).map(lambda m: round(m, 1)) | st.integers(-8, 8).map(
    lambda n: n * 1000.0
)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(metres, metres, st.floats(100, 9_000)),
        min_size=1,
        max_size=25,
        unique_by=lambda row: (round(row[0] / 11), round(row[1] / 11)),
    )
)
def test_masts_divide_the_union_of_their_circles_without_gap_or_overlap(rows):
    places = np.array([row[:2] for row in rows])
    reach = np.array([row[2] for row in rows])
    shares = reached(places, grounds(places, 9_000.0), reach)
    assert shapely.is_valid(shares).all()
    (whole,) = union_by(shares, np.zeros(len(shares), np.int64))[1]
    assert abs(shapely.area(shares).sum() - shapely.area(whole)) <= 1.0
    # a circle lies between the polygon drawn for it and one smaller by cos(180 / CORNERS)
    shrunk = circles(places, reach * np.cos(np.pi / CORNERS))
    assert held_m2(shrunk, whole) == pytest.approx(shapely.area(shapely.union_all(shrunk)), abs=1.0)
    assert held_m2(circles(places, reach), whole) == pytest.approx(shapely.area(whole), abs=1.0)
    # and each place belongs to the nearest mast
    for own, share in zip(places, shares, strict=True):
        corners = shapely.get_coordinates(share)
        nearest = np.linalg.norm(corners[:, None, :] - places[None, :, :], axis=2).min(axis=1)
        assert (np.linalg.norm(corners - own, axis=1) <= nearest + 0.01).all()

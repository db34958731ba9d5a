import geopandas
import numpy as np
import pytest
import shapely

from geo.adjacency import borders
from geo.coverage import footprints
from tests.support.layout import PLANE, layout


def cells(*rows):
    """Footprints from (cell_id, shape in metres[, technology])."""
    return geopandas.GeoDataFrame(
        {
            "cell_id": [row[0] for row in rows],
            "technology": [row[2] if len(row) > 2 else "LTE" for row in rows],
            "band": ["B3"] * len(rows),
        },
        geometry=PLANE.to_degrees(np.array([row[1] for row in rows], dtype=object)),
        crs="EPSG:4326",
    )


def found(frame, least_m=10.0):
    return {
        (row.cell_id, row.neighbour_id): round(row.border_m, 2)
        for row in borders(frame, least_m).itertuples()
    }


def test_lengths_of_common_borders_both_ways():
    frame = cells(
        ("a", shapely.box(0, 0, 100, 100)),
        ("b", shapely.box(100, 0, 200, 40)),  # its corner lies within a's side
        ("c", shapely.box(100, 40, 200, 100)),
        ("d", shapely.box(0, 100, 5, 200)),  # 5 m of a's side: too short
        ("e", shapely.box(200, 100, 300, 200)),  # touches c in a point
        ("f", shapely.box(100, 0, 200, 40), "NR"),  # of another layer
    )
    pairs = {("a", "b"): 40, ("a", "c"): 60, ("b", "c"): 100}
    assert found(frame) == pairs | {(y, x): metres for (x, y), metres in pairs.items()}
    assert found(frame, 1.0)["a", "d"] == 5
    assert list(found(frame)) == sorted(found(frame))


def test_a_border_in_several_pieces_is_one():
    comb = shapely.union_all([shapely.box(0, 0, 10, 100), shapely.box(0, 40, 50, 60)])
    rest = shapely.box(0, 0, 100, 100).difference(comb)
    # 40 m below and above the tooth, 40 m along each of its sides, 20 m at its tip
    assert found(cells(("a", comb), ("b", rest)))["a", "b"] == 40 + 40 + 40 + 40 + 20


def test_an_enclave_borders_all_around():
    inner = shapely.box(40, 40, 60, 60)
    frame = cells(("in", inner), ("out", shapely.box(0, 0, 100, 100).difference(inner)))
    assert found(frame) == {("in", "out"): 80, ("out", "in"): 80}


def test_overlapping_footprints_have_no_border():
    whole, half = shapely.box(0, 0, 100, 100), shapely.box(0, 0, 50, 100)
    assert found(cells(("all round", whole), ("sector", half))) == {}


def test_carriers_have_the_neighbours_of_their_sector_and_not_each_other():
    one, two = shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)
    frame = cells(("a", one), ("b", one), ("c", two), ("d", two))
    assert set(found(frame)) == {(x, y) for x in "ab" for y in "cd"} | {
        (y, x) for x in "ab" for y in "cd"
    }
    assert set(found(frame).values()) == {100}


def test_nothing_to_border():
    assert borders(cells()).columns.tolist() == ["cell_id", "neighbour_id", "border_m"]
    assert borders(cells(("a", shapely.box(0, 0, 1, 1)))).empty


def test_sectors_of_two_masts():
    azimuths = (90, 210, 330)
    rows = [
        {"cell_id": f"{name}{azimuth}", "x": x, "y": 0, "azimuth_deg": azimuth}
        for name, x in (("w", 0), ("e", 4000))
        for azimuth in azimuths
    ]
    sides = found(footprints(layout(*rows), None))
    # on one mast the ray from the mast to the rim, 6 km away
    assert sides["w210", "w330"] == pytest.approx(6000, rel=0.002)
    # the middle line, 2 km from both masts, is 2 sqrt(6^2 - 2^2) = 11.31 km long; w90 looks at it
    # up to 60 degrees, 2 km tan 60 = 3.46 km to each side; from the east mast e210 and e330 share
    # it at the middle
    half = 2000 * np.tan(np.radians(60))
    assert sides["w90", "e210"] == pytest.approx(half, rel=0.001)
    assert sides["w90", "e330"] == pytest.approx(half, rel=0.001)
    rest = np.sqrt(6000**2 - 2000**2) - half
    assert sides["w330", "e330"] == pytest.approx(rest, rel=0.01)
    assert ("w330", "e210") not in sides

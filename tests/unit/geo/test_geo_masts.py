import numpy as np
import pandas as pd
import pytest

from geo.errors import GeoError
from geo.masts import MAX_CELLS, Masts, expand, nearest

# one degree of longitude on the equator: 6378137 m x pi / 180
DEGREE_M = 111_319.49


def cells(rows, columns=("cell_id", "longitude", "latitude", "azimuth_deg")):
    return pd.DataFrame(rows, columns=list(columns[: len(rows[0])]) if rows else list(columns))


def on_the_equator(*metres):
    return cells([(f"c{i}", x / DEGREE_M, 0.0001) for i, x in enumerate(metres, start=1)])


def test_cells_within_ten_metres_hang_on_one_mast():
    masts = Masts.of(
        cells(
            [
                ("b", 116.40001, 39.90001, 120.0),
                ("a", 116.40003, 39.90003, -90.0),
                ("c", 116.41000, 39.90000, None),
            ]
        )
    )
    assert masts.cell_ids.tolist() == ["a", "b", "c"]
    assert masts.row.tolist() == [1, 0, 2]
    assert masts.mast.tolist() == [0, 0, 1]
    assert masts.azimuth[:2].tolist() == [270.0, 120.0]
    assert np.isnan(masts.azimuth[2])
    assert masts.lon.tolist() == pytest.approx([116.40002, 116.41])
    assert masts.first.tolist() == [0, 2, 3]
    assert masts.members.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("lon", "lat"),
    [(None, 39.9), (116.4, np.nan), (0.0, 0.0), (39.9, 116.4), (np.inf, 39.9), (200.0, 10.0)],
)
def test_unusable_coordinates_are_no_mast(lon, lat):
    masts = Masts.of(cells([("a", lon, lat, 0.0), ("b", 116.4, 39.9, 0.0)]))
    assert masts.mast.tolist() == [-1, 0]
    assert masts.members.tolist() == [1]


def test_a_place_that_too_many_cells_share_is_a_placeholder():
    many = [(f"p{i:04}", 116.0, 39.0) for i in range(MAX_CELLS + 1)]
    masts = Masts.of(cells([*many, ("x", 116.4, 39.9)]))
    assert masts.mast[:-1].max() == -1
    assert masts.mast[-1] == 0
    assert len(masts.lon) == 1
    assert Masts.of(cells(many[:-1])).mast.max() == 0


def test_spacing_is_the_distance_to_the_third_other_place():
    # from c1 the third is 3 km away; from c2 it is c4 at 2 km; and so on
    spacing = Masts.of(on_the_equator(0, 1000, 2000, 3000)).spacing_m
    assert spacing == pytest.approx([3000, 2000, 2000, 3000], rel=1e-3)


@pytest.mark.parametrize(
    ("metres", "expected"),
    [
        ((500,), [1000]),  # alone
        ((500, 1200), [700, 700]),  # the only other one
        ((500, 520, 1200), [700, 680, 700]),  # 20 m apart is one place
        ((500, 560), [150, 150]),  # never less than 150 m
        ((500, 90_500), [10_000, 10_000]),  # never more than 10 km
    ],
)
def test_spacing_of_few_masts_is_bounded(metres, expected):
    assert Masts.of(on_the_equator(*metres)).spacing_m == pytest.approx(expected, rel=0.02)


def test_the_order_of_the_rows_does_not_matter():
    frame = on_the_equator(0, 400, 800, 3000, 3400)
    one, other = Masts.of(frame), Masts.of(frame.iloc[::-1])
    for field in ("cell_ids", "mast", "lon", "xyz", "spacing_m", "first", "members"):
        np.testing.assert_array_equal(getattr(one, field), getattr(other, field))


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"cell_id": ["a"], "latitude": [1.0]}), "cells: no column longitude"),
        (cells([("a", 1, 1), (None, 1, 1)]), "cells: row 2: cell_id is empty"),
        (
            cells([("a", 1, 1), ("b", 1, 1), ("a", 2, 2)]),
            "cells: row 3: cell_id 'a' is there twice",
        ),
    ],
)
def test_unusable_cells_are_refused(frame, message):
    with pytest.raises(GeoError, match=message):
        Masts.of(frame)


def test_no_cells():
    masts = Masts.of(cells([]))
    assert len(masts.cell_ids) == len(masts.lon) == len(masts.members) == 0
    assert masts.first.tolist() == [0]


def test_expand():
    origin, entry = expand(np.array([2, 0, 1]), np.array([4, 0, 2]), np.array([10, 11, 12, 13]))
    assert origin.tolist() == [0, 0, 2]
    assert entry.tolist() == [12, 13, 11]


def test_nearest_of_fewer_than_asked_for():
    places = np.array([[0.0, 0, 0], [3.0, 0, 0]])
    distance, number = nearest(places, np.array([[1.0, 0, 0]]), 5)
    assert distance.tolist() == [[1.0, 2.0]]
    assert number.tolist() == [[0, 1]]
    assert nearest(places[:0], places, 5)[0].shape == (2, 0)
    assert nearest(places, places[:0], 5)[0].shape == (0, 2)

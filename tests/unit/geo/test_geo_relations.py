"""Neighbours by hand-overs, and all signs of a relation in one table; worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from geo.errors import GeoError
from geo.learned import PRIOR_ATTEMPTS
from geo.neighbours import neighbours
from geo.relations import relations

DEGREE_M = 111_319.49  # of longitude on the equator
NEITHER = pd.DataFrame(columns=["cell_id", "neighbour_id", "border_m"])


def cells(*rows):
    """(cell_id, site_id, metres east) on the equator, all-round."""
    return pd.DataFrame(
        [(c, s, None if x is None else 10 + x / DEGREE_M, 0.0001) for c, s, x in rows],
        columns=["cell_id", "site_id", "longitude", "latitude"],
    )


def told(*rows):
    return pd.DataFrame(rows, columns=["cell_id", "neighbour_id", "attempts"])


THREE = cells(("a", "1", 0), ("a2", "1", 0), ("b", "2", 1000))


def of(frame, cell, column="weight"):
    mine = frame[frame["cell_id"] == cell]
    return dict(zip(mine["neighbour_id"], mine[column], strict=True))


def test_measured_shares_drawn_to_those_of_places():
    # by places half to a2, half to b; measured 500 and 1500 of 2000, and the prior says 1000 more
    found = neighbours(THREE, handovers=told(("a", "a2", 500), ("a", "b", 1500)))
    assert PRIOR_ATTEMPTS == 1000.0
    assert of(found, "a") == {
        "a2": pytest.approx((500 + 500) / 3000),
        "b": pytest.approx((1500 + 500) / 3000),
    }
    assert of(found, "a", "share") == {"a2": 0.25, "b": 0.75}
    assert of(found, "a", "attempts") == {"a2": 500, "b": 1500}


def test_few_attempts_change_little_and_none_nothing():
    plain = neighbours(THREE)
    found = neighbours(THREE, handovers=told(("a", "b", 10), ("a", "a2", 0)))
    assert of(found, "a") == {
        "a2": pytest.approx(500 / 1010),
        "b": pytest.approx(510 / 1010),
    }
    assert of(found, "b") == of(plain, "b")
    assert np.isnan(list(of(found, "b", "share").values())).all()
    nothing = neighbours(THREE, handovers=told())
    pd.testing.assert_frame_equal(nothing[plain.columns.tolist()], plain, check_exact=True)


def test_rows_of_a_pair_are_added_up_and_unknown_cells_counted_and_not_used():
    parts = told(("a", "b", 700), ("a", "b", 800), ("a", "a2", 500), ("a", "x", 9), ("y", "a", 9))
    found = neighbours(THREE, handovers=parts)
    whole = neighbours(THREE, handovers=told(("a", "b", 1500), ("a", "a2", 500)))
    pd.testing.assert_frame_equal(found, whole, check_exact=True)
    assert found.attrs["unknown_relations"] == 2
    other_order = neighbours(THREE.iloc[::-1], handovers=parts.iloc[::-1])
    pd.testing.assert_frame_equal(other_order, whole, check_exact=True)


def test_a_far_cell_that_users_go_to_is_a_neighbour():
    row = cells(*((f"c{i}", f"s{i}", 1000 * i) for i in range(9)))
    assert "c8" not in of(neighbours(row, 1), "c0")
    found = neighbours(row, 1, handovers=told(("c0", "c8", 3000)))
    mine = found[found["cell_id"] == "c0"].set_index("neighbour_id")
    assert mine["weight"].to_dict() == {"c8": pytest.approx(0.75), "c1": pytest.approx(0.25)}
    assert mine["drawn"].to_dict() == {"c8": False, "c1": True}
    assert mine.loc["c8", "distance_m"] == pytest.approx(8000, rel=1e-3)


def test_a_cell_has_twice_k_near_neighbours_at_most():
    row = cells(*((f"c{i}", f"s{i}", 1000 * i) for i in range(9)))
    many = told(*(("c0", f"c{i}", 1000 * i) for i in range(1, 9)))
    found = neighbours(row, 2, handovers=many)
    assert sorted(of(found, "c0")) == ["c5", "c6", "c7", "c8"]
    # 5 + 6 + 7 + 8 thousand of those that are left
    assert of(found, "c0") == {f"c{i}": pytest.approx(i / 26) for i in range(5, 9)}
    assert of(found, "c0", "share")["c8"] == 8 / 36


def test_a_cell_without_coordinates_has_those_it_hands_over_to():
    found = neighbours(cells(("a", None, None), ("b", "2", 0)), handovers=told(("a", "b", 1)))
    assert of(found, "a") == {"b": 1.0}
    assert np.isnan(of(found, "a", "distance_m")["b"])


def test_bad_hand_overs_are_errors():
    with pytest.raises(GeoError, match="no column attempts"):
        neighbours(THREE, handovers=told().drop(columns="attempts"))
    with pytest.raises(GeoError, match="row 2: attempts must be 0 or more"):
        neighbours(THREE, handovers=told(("a", "b", 1), ("a", "b", -1)))
    with pytest.raises(GeoError, match="row 1: attempts must be 0 or more"):
        neighbours(THREE, handovers=told(("a", "b", None)))


def test_the_strongest_sign_tells_the_kind():
    row = cells(
        ("a", "1", 0), ("a2", "1", 0), ("b", "2", 1000), ("c", "3", 2000), ("d", "4", 9000),
        ("e", "5", 3000),
    )  # fmt: skip
    near = neighbours(row, 2, handovers=told(("a", "d", 900), ("a", "b", 100)))
    sides = pd.DataFrame(
        [("a", "b", 250.0), ("b", "a", 250.0), ("a", "e", 40.0), ("a", "a2", 5.0)],
        columns=NEITHER.columns,
    )
    found = relations(near, sides, row)
    mine = found[found["cell_id"] == "a"].set_index("neighbour_id")
    assert mine["kind"].to_dict() == {
        "a2": "cosite", "b": "adjacent", "e": "adjacent", "c": "near", "d": "handover",
    }  # fmt: skip
    assert mine["border_m"].to_dict() == {"a2": 5.0, "b": 250.0, "e": 40.0, "c": 0.0, "d": 0.0}
    assert mine["share"].to_dict() == {"a2": 0.0, "b": 0.1, "e": 0.0, "c": 0.0, "d": 0.9}
    assert mine["weight"].sum() == pytest.approx(1.0)
    assert mine.loc["e", "weight"] == 0.0
    assert mine.loc["e", "distance_m"] == pytest.approx(3000, rel=1e-3)
    assert list(mine.index) == ["a2", "b", "e", "c", "d"]
    # nothing was measured at b
    assert found.loc[found["cell_id"] == "b", "share"].isna().all()


def test_without_hand_overs_and_borders():
    found = relations(neighbours(THREE), NEITHER)
    assert found["kind"].unique().tolist() == ["cosite", "near"]
    assert found["share"].isna().all()
    assert (found["border_m"] == 0).all()
    empty = relations(neighbours(THREE).iloc[:0], NEITHER)
    assert list(empty.columns) == [
        "cell_id", "neighbour_id", "kind", "distance_m", "border_m", "share", "weight",
    ]  # fmt: skip


def test_bad_relations_are_errors():
    near = neighbours(THREE)
    with pytest.raises(GeoError, match="borders: no column border_m"):
        relations(near, NEITHER.drop(columns="border_m"))
    with pytest.raises(GeoError, match="neighbours: the pair 'a', 'a2' is there twice"):
        relations(pd.concat([near, near]), NEITHER)

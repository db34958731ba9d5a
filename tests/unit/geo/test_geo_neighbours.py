import numpy as np
import pandas as pd
import pytest

from geo.errors import GeoError
from geo.masts import MAX_CELLS
from geo.neighbours import neighbours

DEGREE_M = 111_319.49  # of longitude on the equator


def cells(*rows):
    """(cell_id, site_id, metres east, azimuth) on the equator."""
    return pd.DataFrame(
        [(c, s, None if x is None else 10 + x / DEGREE_M, 0.0001, a) for c, s, x, a in rows],
        columns=["cell_id", "site_id", "longitude", "latitude", "azimuth_deg"],
    )


def of(frame, cell):
    mine = frame[frame["cell_id"] == cell]
    return {
        n: (kind, weight)
        for n, kind, weight in zip(mine["neighbour_id"], mine["kind"], mine["weight"], strict=True)
    }


def test_three_sectors_of_one_site():
    site = cells(("a", "s", 0, 0), ("b", "s", 0, 120), ("c", "s", 0, 240))
    found = neighbours(site)
    assert len(found) == 6
    assert of(found, "a") == {"b": ("cosite", 0.5), "c": ("cosite", 0.5)}
    assert (found["distance_m"] == 0).all()


def test_a_second_carrier_shares_more_than_another_sector():
    site = cells(("a1", "s", 0, 0), ("a2", "s", 0, 0), ("b1", "s", 0, 120))
    # overlap 1 with the same beam, 0.1 (half of 20 dB) with one 120 degrees away
    assert of(neighbours(site), "a1") == {
        "a2": ("cosite", pytest.approx(1 / 1.1)),
        "b1": ("cosite", pytest.approx(0.1 / 1.1)),
    }


def test_two_sites_that_look_at_each_other():
    west = [("w-out", "w", 0, 270), ("w-in", "w", 0, 90)]
    east = [("e-in", "e", 1000, 270), ("e-out", "e", 1000, 90)]
    rows = cells(*west, *east)
    found = neighbours(rows)
    # half to the co-site cell; of the other half 1 : 0.1 to the one looking back and the one away
    assert of(found, "w-in") == {
        "w-out": ("cosite", 0.5),
        "e-in": ("near", pytest.approx(0.5 / 1.1)),
        "e-out": ("near", pytest.approx(0.05 / 1.1)),
    }
    near = found[found["kind"] == "near"]
    assert near["distance_m"].to_numpy() == pytest.approx(1000.0, rel=1e-4)


def test_weight_falls_with_distance():
    rows = cells(("a", "1", 0, None), ("b", "2", 500, None), ("c", "3", 1000, None))
    # spacing around a: 1000 m (its farthest of fewer than three) => exp(-1/8) : exp(-1/2)
    near, far = np.exp(-0.125), np.exp(-0.5)
    assert of(neighbours(rows), "a") == {
        "b": ("near", pytest.approx(near / (near + far), rel=1e-3)),
        "c": ("near", pytest.approx(far / (near + far), rel=1e-3)),
    }


@pytest.mark.parametrize("k", [0, 1, 2, 6])
def test_k_bounds_the_near_ones_only(k):
    rows = cells(*((f"c{i}", f"s{i // 2}", 300 * (i // 2), None) for i in range(12)))
    found = neighbours(rows, k)
    for kind, expected in (("cosite", 1), ("near", k)):
        counts = found[found["kind"] == kind]["cell_id"].value_counts()
        assert counts.tolist() == ([expected] * 12 if expected else [])


def test_cells_without_coordinates_have_co_site_neighbours_only():
    rows = cells(("a", "s", None, 0), ("b", "s", 0, 0), ("c", "t", 500, 0), ("d", "u", None, 0))
    found = neighbours(rows)
    assert of(found, "a") == {"b": ("cosite", 1.0)}
    assert of(found, "b") == {"a": ("cosite", 0.5), "c": ("near", 0.5)}
    assert of(found, "d") == {}
    assert found[found["cell_id"] == "a"]["distance_m"].isna().all()


@pytest.mark.parametrize("stated", [True, False])
def test_without_a_site_id_the_mast_is_the_site(stated):
    rows = cells(("a", None, 0, 0), ("b", None, 1, 120), ("c", None, 400, 0))
    found = neighbours(rows if stated else rows.drop(columns="site_id"))
    assert {n: kind for n, (kind, _) in of(found, "a").items()} == {"b": "cosite", "c": "near"}


def test_two_sites_on_one_mast_are_near_at_no_distance():
    rows = cells(("a", "s", 0, 0), ("b", "t", 0, 0), ("c", "t", 0, 180))
    assert of(neighbours(rows), "a") == {
        "b": ("near", pytest.approx(1 / 1.1)),
        "c": ("near", pytest.approx(0.1 / 1.1)),
    }


def test_a_site_id_that_everybody_shares_is_no_site():
    rows = cells(*((f"c{i:04}", "unknown", 300 * i, None) for i in range(MAX_CELLS + 1)))
    found = neighbours(rows)
    assert (found["kind"] == "near").all()
    assert (found.groupby("cell_id").size() == 6).all()


def test_a_lonely_far_neighbour_still_has_the_whole_weight():
    rows = cells(("a", "1", 0, 270), ("b", "2", 900_000, 90))
    assert of(neighbours(rows), "a") == {"b": ("near", 1.0)}


def test_the_order_of_rows_is_fixed():
    rng = np.random.default_rng(5)
    rows = cells(*((f"c{i:02}", f"s{i // 3}", rng.integers(0, 9) * 300, i * 40) for i in range(30)))
    found = neighbours(rows)
    pd.testing.assert_frame_equal(neighbours(rows.sample(frac=1, random_state=1)), found)
    sort = found.assign(minus=-found["weight"].round(12))
    assert sort.sort_values(["cell_id", "kind", "minus", "neighbour_id"]).index.equals(found.index)


def test_nothing_and_one():
    for rows in (cells(), cells(("a", "s", 0, 0)), cells(("a", None, None, None))):
        found = neighbours(rows)
        assert len(found) == 0
        assert found.columns.tolist() == ["cell_id", "neighbour_id", "kind", "distance_m", "weight"]


def test_repeated_cells_are_refused():
    with pytest.raises(GeoError, match="cell_id 'a' is there twice"):
        neighbours(cells(("a", "s", 0, 0), ("a", "s", 0, 0)))

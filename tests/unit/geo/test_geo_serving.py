import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from geo.errors import GeoError
from geo.locate import ServingModel, serving_cells

DEGREE_M = 111_319.49  # of longitude on the equator
NORTH_M = 110_574.0  # of latitude there
EXACT = ServingModel(location_error_m=0.0, cut=0.0)


def cells(*rows):
    """(cell_id, metres east, metres north, azimuth) on the equator."""
    return pd.DataFrame(
        [(c, 10 + x / DEGREE_M, y / NORTH_M, azimuth) for c, x, y, azimuth in rows],
        columns=["cell_id", "longitude", "latitude", "azimuth_deg"],
    )


def points(*metres):
    return pd.DataFrame(
        [(f"t{i}", 10 + x / DEGREE_M, y / NORTH_M) for i, (x, y) in enumerate(metres, start=1)],
        columns=["ticket_id", "longitude", "latitude"],
    )


def weights(frame, ticket="t1"):
    mine = frame[frame["ticket_id"] == ticket]
    return dict(zip(mine["cell_id"], mine["weight"], strict=True))


THREE_SECTORS = cells(("north", 0, 0, 0), ("east", 0, 0, 120), ("west", 0, 0, 240))


def test_the_sector_that_looks_at_the_customer():
    # straight north: 0 dB against twice 20 dB => 1 : 0.01 : 0.01
    found = weights(serving_cells(points((0, 500)), THREE_SECTORS, EXACT))
    assert found == pytest.approx({"north": 1 / 1.02, "east": 0.01 / 1.02, "west": 0.01 / 1.02})


def test_between_two_sectors():
    # 60 degrees off both: 12 (60 / 65)^2 = 10.22 dB => 0.0950, behind the third: 0.01
    side = 10 ** (-1.2 * (60 / 65) ** 2)
    place = (500 * math.sin(math.pi / 3), 500 * math.cos(math.pi / 3))
    found = weights(serving_cells(points(place), THREE_SECTORS, EXACT))
    total = 2 * side + 0.01
    expected = {"north": side / total, "east": side / total, "west": 0.01 / total}
    assert found == pytest.approx(expected, rel=1e-3)


def test_two_all_round_masts_share_by_distance():
    # spacing 1000 m => s = 300 m; 250 and 750 m away: exp((750^2 - 250^2) / 2 s^2) = 16.08 : 1
    pair = cells(("near", 0, 0, None), ("far", 1000, 0, None))
    found = weights(serving_cells(points((250, 0)), pair, EXACT))
    assert found["near"] == pytest.approx(16.08 / 17.08, rel=2e-3)
    assert list(found) == ["near", "far"]


def test_the_error_of_the_position_widens_the_spread():
    # s^2 = 300^2 + 200^2 = 130,000 => exp(500,000 / 260,000) = 6.842 : 1
    pair = cells(("near", 0, 0, None), ("far", 1000, 0, None))
    model = ServingModel(location_error_m=200.0, cut=0.0)
    found = weights(serving_cells(points((250, 0)), pair, model))
    assert found["near"] == pytest.approx(6.842 / 7.842, rel=2e-3)


def test_on_the_mast_itself_every_sector_is_as_likely():
    found = weights(serving_cells(points((0, 0)), THREE_SECTORS))
    assert found == pytest.approx({"north": 1 / 3, "east": 1 / 3, "west": 1 / 3}, abs=1e-3)


def test_a_beam_beside_an_all_round_antenna():
    # in its middle a 65 degree beam has 5.066 times the density, behind 0.0507 times
    both = cells(("beam", 0, 0, 0), ("round", 0, 0, None))
    found = serving_cells(points((0, 500), (0, -500)), both, EXACT)
    assert weights(found, "t1")["beam"] == pytest.approx(5.066 / 6.066, rel=1e-3)
    assert weights(found, "t2")["beam"] == pytest.approx(0.05066 / 1.05066, rel=1e-3)


def test_a_rural_cell_reaches_farther_than_an_urban_one():
    town = [(f"u{i}", 300 * i, 0, None) for i in range(5)]
    country = [(f"v{i}", 4000 + 3000 * i, 0, None) for i in range(4)]
    # 1,400 m from both: the town's last mast (spacing 900 m), the country's first (2,800 m)
    found = weights(serving_cells(points((2600, 0)), cells(*town, *country)))
    assert next(iter(found)) == "v0"
    assert found["v0"] > 0.8


def test_small_weights_are_cut_and_the_rest_sums_to_one():
    found = weights(
        serving_cells(points((0, 500)), THREE_SECTORS, ServingModel(location_error_m=0))
    )
    assert found == {"north": 1.0}


def test_tickets_without_place_or_out_of_reach_get_nothing():
    tickets = points((0, 500), (0, 19_900), (0, 20_100), (0, 0))
    tickets.loc[3, "longitude"] = None
    found = serving_cells(tickets, THREE_SECTORS)
    assert found["ticket_id"].unique().tolist() == ["t1", "t2"]
    assert found.groupby("ticket_id")["weight"].sum().tolist() == pytest.approx([1.0, 1.0])


def test_far_from_everything_but_in_reach_does_not_underflow():
    found = serving_cells(
        points((0, 50_000)), THREE_SECTORS, ServingModel(reach=0.01, max_distance_m=1e5)
    )
    assert found["weight"].sum() == pytest.approx(1.0)


def test_cells_without_coordinates_are_no_candidates():
    unknown = cells(("a", 0, 0, None), ("b", 0, 0, None))
    unknown.loc[0, ["longitude", "latitude"]] = None
    assert weights(serving_cells(points((0, 100)), unknown)) == {"b": 1.0}


def test_a_missing_azimuth_column_means_all_round():
    pair = cells(("b", 0, 0, 0), ("a", 0, 0, 180)).drop(columns="azimuth_deg")
    assert weights(serving_cells(points((0, 500)), pair)) == {"a": 0.5, "b": 0.5}


def test_rows_come_by_ticket_then_weight_then_id():
    rows = cells(("d", 0, 0, None), ("b", 0, 0, None), ("c", 0, 0, None), ("a", 600, 0, None))
    tickets = points((200, 0), (400, 0)).iloc[::-1]
    found = serving_cells(tickets, rows)
    assert list(zip(found["ticket_id"], found["cell_id"], strict=True)) == [
        *(("t2", cell) for cell in "abcd"),
        *(("t1", cell) for cell in "bcda"),
    ]
    again = serving_cells(tickets, rows.iloc[[2, 0, 3, 1]])
    pd.testing.assert_frame_equal(found, again)


def test_more_tickets_than_are_done_at_a_time(monkeypatch):
    tickets = points(*((x, 300) for x in range(0, 1100, 100)))
    whole = serving_cells(tickets, THREE_SECTORS)
    monkeypatch.setattr("geo.serving.POINTS_AT_A_TIME", 3)
    pd.testing.assert_frame_equal(serving_cells(tickets, THREE_SECTORS), whole)


def test_nothing():
    for tickets, inventory in (
        (points(), THREE_SECTORS),
        (points((0, 0)), cells()),
        (points(), cells()),
    ):
        found = serving_cells(tickets, inventory)
        assert found.columns.tolist() == ["ticket_id", "cell_id", "weight"]
        assert len(found) == 0
        assert found["weight"].dtype == np.float64


@pytest.mark.parametrize(
    ("tickets", "message"),
    [
        (pd.DataFrame({"ticket_id": ["a"]}), "points: no column longitude, latitude"),
        (points((0, 0), (1, 1)).assign(ticket_id=["a", None]), "points: row 2: ticket_id is empty"),
        (
            points((0, 0), (1, 1)).assign(ticket_id="a"),
            "points: row 2: ticket_id 'a' is there twice",
        ),
    ],
)
def test_unusable_points_are_refused(tickets, message):
    with pytest.raises(GeoError, match=message):
        serving_cells(tickets, THREE_SECTORS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"masts": 0},
        {"reach": -1.0},
        {"beamwidth_deg": 0.0},
        {"limit_db": float("nan")},
        {"max_distance_m": 0.0},
        {"location_error_m": -1.0},
        {"cut": 1.5},
        {"power": 0.0},
        {"stray": -0.1},
        {"reach_of": (("NR", 0.0),)},
    ],
)
def test_impossible_parameters_are_refused(wrong):
    with pytest.raises(GeoError, match=next(iter(wrong))):
        ServingModel(**wrong)


def test_with_a_power_the_edge_is_sharper():
    # all round, s = 0.3 x the 750 m between the two masts
    pair = cells(("a", 0, 0, None), ("b", 750, 0, None))
    spacing = 750.0
    s = 0.3 * spacing
    for power in (2.0, 4.0):
        model = ServingModel(location_error_m=0.0, cut=0.0, power=power)
        found = weights(serving_cells(points((250, 0)), pair, model))
        logs = [-0.5 * (d / s) ** power for d in (250, 500)]
        assert math.log(found["a"] / found["b"]) == pytest.approx(logs[0] - logs[1], rel=1e-3)


def test_technologies_may_reach_less_far():
    both = cells(("lte", 0, 0, None), ("nr", 0, 0, None)).assign(technology=["LTE", "NR"])
    model = ServingModel(location_error_m=0.0, cut=0.0, reach_of=(("NR", 0.5),))
    near = weights(serving_cells(points((1, 0)), both, model))
    assert near["nr"] / near["lte"] == pytest.approx(4.0, rel=1e-3)  # a quarter of the ground
    far = weights(serving_cells(points((900, 0)), both, model))
    assert far["nr"] < 0.01 * far["lte"]
    unknown = both.drop(columns="technology")
    assert weights(serving_cells(points((1, 0)), unknown, model)) == {"lte": 0.5, "nr": 0.5}


def test_strays_leave_a_chance_where_the_beam_does_not_reach():
    model = ServingModel(location_error_m=0.0, cut=0.0, stray=0.1)
    behind = weights(serving_cells(points((0, 500)), THREE_SECTORS, model))
    exact = weights(serving_cells(points((0, 500)), THREE_SECTORS, EXACT))
    assert behind["east"] > 1.5 * exact["east"]
    assert sum(behind.values()) == pytest.approx(1.0)
    anywhere = replace(model, stray=1.0)
    same = weights(serving_cells(points((0, 500)), THREE_SECTORS, anywhere))
    assert list(same.values()) == pytest.approx([1 / 3] * 3)


def simulated_users(n=4000, seed=3):
    """Users in the beams of a town: (cells, tickets, the cell that served each)."""
    rng = np.random.default_rng(seed)
    grid = [(x, y) for x in range(0, 5000, 700) for y in range(0, 5000, 700)]
    sites = np.array(grid) + rng.uniform(-150, 150, (len(grid), 2))
    turn = rng.uniform(0, 120, len(grid))
    inventory = cells(
        *(
            (f"c{i:02}{s}", x, y, (turn[i] + 120 * s) % 360)
            for i, (x, y) in enumerate(sites)
            for s in range(3)
        )
    )
    served = rng.integers(0, len(inventory), n)
    distance = 450 * np.sqrt(rng.uniform(0, 1, n))  # uniform over the sector's ground
    angle = np.radians(inventory["azimuth_deg"].to_numpy()[served] + rng.normal(0, 27, n))
    error = rng.normal(0, 75, (2, n))
    east = sites[served // 3, 0] + distance * np.sin(angle) + error[0]
    north = sites[served // 3, 1] + distance * np.cos(angle) + error[1]
    return (
        inventory,
        points(*zip(east, north, strict=True)),
        inventory["cell_id"].to_numpy()[served],
    )


def test_weights_are_probabilities_of_having_served():
    inventory, tickets, served = simulated_users()
    found = serving_cells(tickets, inventory)
    truth = pd.Series(served, index=tickets["ticket_id"])
    hit = found["cell_id"].to_numpy() == truth[found["ticket_id"]].to_numpy()
    # as often right as they say, in each band of weight
    band = pd.cut(found["weight"], [0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0])
    said = found["weight"].groupby(band, observed=True).mean()
    was = pd.Series(hit).groupby(band, observed=True).mean()
    assert len(said) == 6
    assert (said - was).abs().max() < 0.06
    # and far better than "one of the nearest mast's three sectors", which is right in a third
    best = ~found["ticket_id"].duplicated()
    assert hit[best].mean() > 0.6
    assert found["weight"][hit].sum() / len(tickets) > 0.5
    assert found["cell_id"].groupby(found["ticket_id"]).size().mean() < 8

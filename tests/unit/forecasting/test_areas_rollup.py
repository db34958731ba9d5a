"""Cells rolled up to areas, by hand; a hamlet does not turn red by chance."""

from __future__ import annotations

import json
from datetime import timedelta

import h3
import numpy as np
import pandas as pd
import pytest

from forecasting.areas.kpis import CellKpis, area_kpis
from forecasting.areas.layers import hexagon_layer, levels, region_layers
from forecasting.areas.regions import assess_regions
from forecasting.areas.rollup import COLUMNS, Tiling, rollup
from forecasting.areas.sums import cell_sums
from forecasting.errors import ForecastingError
from tests.support.areas import (
    AS_OF,
    HORIZON_H,
    POLICY,
    cell_table,
    region_table,
    scene_of,
    ticket_table,
)

RESOLUTION = 7
HERE, THERE, AWAY = (h3.latlng_to_cell(39.9, lon, RESOLUTION) for lon in (116.1, 116.3, 117.0))


def tiling(*shares: tuple[str, str, float]) -> Tiling:
    return Tiling(
        pd.DataFrame({"hex_id": [THERE, HERE], "region_id": ["east", "west"]}),
        pd.DataFrame(shares, columns=["cell_id", "hex_id", "share"]),
        RESOLUTION,
    )


def by_id(table: pd.DataFrame) -> pd.DataFrame:
    return table.set_index("area_id")


def test_a_cell_counts_in_hexagons_by_its_shares_and_in_regions_as_a_whole() -> None:
    cells = cell_table(
        [
            {"cell_id": "a", "region_id": "west", "expected_low_complaints": 0.5,
             "users_24h": 30.0, "quality_now": 60.0, "subscribers": 400.0},
            {"cell_id": "b", "region_id": "east", "expected_low_complaints": 0.25,
             "users_24h": 10.0, "quality_now": 100.0, "subscribers": 800.0, "status": "yellow",
             "cause": "coverage"},
            {"cell_id": "c", "expected_low_complaints": np.nan, "status": "unknown",
             "quality_now": np.nan, "users_24h": np.nan},
        ]
    )  # fmt: skip
    regions = region_table([{"region_id": "west"}, {"region_id": "east"}])
    shares = tiling(("a", HERE, 0.75), ("a", THERE, 0.25), ("b", THERE, 0.5))
    table = rollup(scene_of(cells, regions, ticket_table([])), shares, POLICY)
    assert list(table.columns) == COLUMNS
    kinds = table["kind"].tolist()
    assert kinds == ["city", "region", "region", "hexagon", "hexagon", "outside", "outside"]
    area = by_id(table)
    assert area.loc[[HERE, THERE, "hexagon:7"], "cells"].tolist() == [0.75, 0.75, 1.5]
    assert area.loc[["west", "east", "region:1"], "cells"].tolist() == [1.0, 1.0, 1.0]
    expected = area["expected_low_complaints"]
    assert expected[[HERE, THERE, "hexagon:7", "city"]].tolist() == [0.375, 0.25, 0.125, 0.75]
    assert expected[["west", "east", "region:1"]].tolist() == [0.5, 0.25, 0.0]
    # (60 x 30 x .25 + 100 x 10 x .5) / (7.5 + 5) users
    assert area.loc[THERE, "quality_index"] == pytest.approx(950 / 12.5)
    assert area.loc["city", "quality_index"] == pytest.approx(2800 / 40)
    assert area.loc[THERE, ["users", "subscribers", "yellow_cells"]].tolist() == [12.5, 500.0, 0.5]
    assert area["cause"][[HERE, THERE, "city"]].tolist() == [None, "coverage", "coverage"]
    assert area["parent_id"][[HERE, "west", "hexagon:7"]].tolist() == ["west", "city", "city"]
    assert area.loc[HERE, "rate_per_10k"] == pytest.approx(1e4 * 0.375 / 300)


def test_tickets_count_where_they_are_known_to_be() -> None:
    cells = cell_table([{"cell_id": "a", "region_id": "grid"}, {"cell_id": "b"}])
    regions = region_table(
        [{"region_id": "west"}, {"region_id": "grid", "parent_id": "west"}, {"region_id": "east"}]
    )
    old = AS_OF - timedelta(days=3)
    tickets = ticket_table(
        [
            {"ticket_id": "1", "cell_id": "a", "low": 1.0},
            # At a place: there, whatever its probable cells; its regions are those of the cells.
            {"ticket_id": "2", "cell_id": "a", "weight": 0.5, "longitude": 116.3, "latitude": 39.9},
            {"ticket_id": "2", "cell_id": "b", "weight": 0.5, "longitude": 116.3, "latitude": 39.9},
            {"ticket_id": "3", "cell_id": "b", "longitude": 117.0, "latitude": 39.9},
            {"ticket_id": "4", "region_id": "west", "created_at": old},
            {"ticket_id": "5", "created_at": old},
            {"ticket_id": "6", "cell_id": "b", "created_at": AS_OF - timedelta(days=7)},
        ]
    )
    shares = tiling(("a", HERE, 0.75), ("b", HERE, 1.0))
    scene = scene_of(cells, regions, tickets, resolution=RESOLUTION)
    area = by_id(rollup(scene, shares, POLICY))
    week = area["tickets_7d"]
    assert week[[HERE, THERE, "hexagon:7", "city"]].tolist() == [0.75, 1.0, 3.25, 5.0]
    assert week[["west", "east", "region:1"]].tolist() == [2.5, 0.0, 2.5]
    assert week[["grid", "region:2"]].tolist() == [1.5, 3.5]
    assert area["tickets_24h"][["city", "west", "region:1"]].tolist() == [3.0, 1.5, 1.5]
    assert area["low_complaints_7d"][[HERE, "hexagon:7", "grid"]].tolist() == [0.75, 0.25, 1.0]


def hamlet(expected: float, status: str = "green", complaints: float = 0.0) -> pd.DataFrame:
    """Assessed: nine towns with some twenty low complaints in four weeks, and a hamlet of 60."""
    rows = [
        {"cell_id": f"t{i}{n}", "region_id": f"town{i}", "site_id": f"s{i}{n}",
         "subscribers": 5000.0, "expected_low_complaints": 0.5}
        for i in range(9)
        for n in range(4)
    ]  # fmt: skip
    small = {"cell_id": "h", "region_id": "hamlet", "subscribers": 60.0, "status": status}
    cells = cell_table([*rows, small | {"expected_low_complaints": expected}])
    names = [f"town{i}" for i in range(9)]
    daily = pd.DataFrame(0.0, index=range(28), columns=[*names, "hamlet"])
    daily.loc[0, names] = [14.0, 17.0, 22.0, 19.0, 25.0, 20.0, 12.0, 28.0, 23.0]
    daily.loc[3, "hamlet"] = complaints
    regions = pd.DataFrame(
        region_table([{"region_id": name} for name in daily.columns]).drop(columns="geometry")
    )
    return assess_regions(cells, regions, daily, POLICY, HORIZON_H)


def test_a_hamlet_with_one_chance_complaint_stays_green() -> None:
    # 180 complaints of 180,000 subscribers in 28 days: .06 are common in a hamlet of 60, .0064 in
    # 72 hours. One chance complaint lets its cell expect eight times that.
    for complaints in (0.0, 1.0):
        found = hamlet(0.05, complaints=complaints).loc["hamlet"]
        assert found["ratio"] > POLICY.regions.red_ratio
        assert found["ratio_lower"] < 1
        assert found["status"] == "green"
    # Before, a raw usual level of nothing (the complaint came today) was exceeded by any forecast.
    assert hamlet(0.05).loc["hamlet", "usual_low_complaints"] == 0
    raw = hamlet(0.05, complaints=1.0).loc["hamlet"]
    assert raw["usual_low_complaints"] == pytest.approx(72 / 24 / 28)
    assert raw["usual_shrunk"] < 0.15 * raw["usual_low_complaints"]
    assert raw["rate_per_10k"] == pytest.approx(8.33, abs=0.01)
    towns = hamlet(0.05).loc["town0", "rate_per_10k"]
    assert raw["rate_shrunk"] == pytest.approx(towns, rel=0.02)


def test_a_hamlet_far_above_its_usual_level_with_a_red_cell_is_red() -> None:
    usual = hamlet(0.05).loc["hamlet", "usual_shrunk"]
    assert hamlet(12 * usual, "red").loc["hamlet", "status"] == "red"
    assert hamlet(5 * usual, "red").loc["hamlet", "status"] == "yellow"  # not clearly
    # A cell that is red by the policy's floor expects far more than that.
    floor = -np.log1p(-POLICY.cells.red_probability)
    assert hamlet(floor, "red").loc["hamlet", ["status"]].tolist() == ["red"]
    assert hamlet(floor, "yellow").loc["hamlet", "status"] == "yellow"


def test_regions_without_cells_or_history_are_not_guessed() -> None:
    regions = pd.DataFrame(
        region_table([{"region_id": "here"}, {"region_id": "there", "subscribers": 500.0}]).drop(
            columns="geometry"
        )
    )
    cells = cell_table([{"cell_id": "a", "region_id": "here", "subscribers": np.nan}])
    none = pd.DataFrame(columns=["here", "there"], dtype=float)
    found = assess_regions(cells, regions, none, POLICY, HORIZON_H)
    assert found["status"].tolist() == ["green", "unknown"]
    assert found["ratio"].isna().all()  # no day has been counted
    assert found["subscribers"].tolist()[1] == 500.0
    assert np.isnan(found.loc["here", "rate_per_10k"])  # its subscribers are not known
    assert np.isnan(found.loc["there", "expected_low_complaints"])


def test_a_town_needs_no_more_than_the_ratio() -> None:
    assessed = hamlet(0.01)
    town = assessed.loc["town6"]  # 12 complaints in 28 days: 1.3 in 72 hours, drawn to 2.1
    assert 1.3 < town["usual_shrunk"] < 2.1
    assert town["ratio"] == pytest.approx(2.0 / town["usual_shrunk"])


def test_a_red_cell_colours_its_home_and_where_it_serves_many() -> None:
    cells = cell_table(
        [
            {"cell_id": "red", "status": "red", "users_24h": 10.0},
            {"cell_id": "green", "users_24h": 10.0},
        ]
    )
    ids = [f"x{i}" for i in range(4)]
    hexagons = pd.DataFrame({"hex_id": ids, "region_id": None})
    shares = pd.DataFrame(
        [("red", "x0", 0.5), ("red", "x1", 0.25), ("red", "x2", 0.25), ("green", "x1", 0.5),
         ("green", "x2", 0.25), ("green", "x0", 0.25)],
        columns=["cell_id", "hex_id", "share"],
    )  # fmt: skip
    layer = hexagon_layer(cells["cell_id"], hexagons, shares, RESOLUTION)
    sums = cell_sums(layer, cells)
    assert sums["holds_red"].tolist() == [True, False, False, False, False]
    np.testing.assert_allclose(sums["red_share"][:3], [2 / 3, 1 / 3, 1 / 2])
    assert np.isnan(sums["red_share"][3])
    # x1: the pieces of two cells, (.25^2 + .5^2) / .75 of a whole complaint each
    assert sums["whole"][1] == pytest.approx(0.3125 / 0.75)


def test_sites_that_share_a_mast_share_their_faults() -> None:
    cells = cell_table(
        [{"cell_id": f"c{i}", "region_id": "r", "site_id": f"s{i // 2}"} for i in range(6)]
    )
    [layer] = region_layers(cells, pd.DataFrame(region_table([{"region_id": "r"}])))
    assert cell_sums(layer, cells)["faults"][0] == pytest.approx(3.0)  # three equal masts
    lone = cells.assign(site_id=None)
    assert cell_sums(layer, lone)["faults"][0] == pytest.approx(6.0)


def test_levels_are_the_delivered_ones_only_where_they_nest() -> None:
    def of(*rows: tuple[str, str | None, int | None]) -> dict[str, int]:
        names = ("region_id", "parent_id", "level")
        return levels(pd.DataFrame([dict(zip(names, row, strict=True)) for row in rows]))

    assert of(("a", None, 10), ("b", "a", 30)) == {"a": 10, "b": 30}
    assert of(("a", None, 1), ("b", "a", 1)) == {"a": 1, "b": 2}
    assert of(("a", None, 5), ("b", "a", None)) == {"a": 1, "b": 2}


def test_shares_beyond_one_are_refused() -> None:
    cells = pd.Series(["a"])
    hexagons = pd.DataFrame({"hex_id": ["x", "y"], "region_id": None})
    shares = pd.DataFrame({"cell_id": "a", "hex_id": ["x", "y"], "share": [0.75, 0.5]})
    with pytest.raises(ForecastingError, match="1 cells sum to more than 1"):
        hexagon_layer(cells, hexagons, shares, RESOLUTION)


def test_kpis_are_means_over_users_and_traffic_is_summed() -> None:
    cells = cell_table([{"cell_id": c, "region_id": r} for c, r in (("a", "r"), ("b", "r"))])
    [layer] = region_layers(cells, pd.DataFrame(region_table([{"region_id": "r"}])))
    kpis = CellKpis(
        {
            ("drop_rate_pct", "day"): (np.array([30.0, 10.0]), np.array([30.0, 5.0])),
            ("drop_rate_pct", "newest"): (np.array([np.nan, np.nan]), np.array([np.nan, 0.0])),
            ("traffic_dl_gb", "day"): (np.array([2.5, np.nan]), None),
        }
    )
    inside, outside = (json.loads(text) for text in area_kpis(layer, kpis))
    assert inside == {"drop_rate_pct": {"day": 1.14286}, "traffic_dl_gb": {"day": 2.5}}
    assert outside == {}


def test_without_cells_tickets_are_all_that_is_known() -> None:
    regions = region_table([{"region_id": "west"}])
    scene = scene_of(
        cell_table([]), regions, ticket_table([{"ticket_id": "1", "region_id": "west"}])
    )
    area = by_id(rollup(scene, tiling(), POLICY))
    assert area.index.tolist() == ["city", "west", "region:1"]
    assert area["tickets_24h"].tolist() == [1.0, 1.0, 0.0]
    assert area["status"].tolist() == ["unknown"] * 3
    assert area["expected_low_complaints"].isna().all()

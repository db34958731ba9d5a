"""Complaints are conserved: every layer, with what lies outside of it, sums up to the city."""

from __future__ import annotations

from datetime import timedelta

import h3
import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from forecasting.areas.rollup import Tiling, rollup
from tests.support.areas import (
    AS_OF,
    POLICY,
    cell_table,
    region_table,
    scene_of,
    ticket_table,
)

RESOLUTION = 7
PLACES = [(116.1, 39.9), (116.3, 39.9), (116.5, 39.9), (116.7, 39.9), (120.0, 30.0)]
CONSERVED = [
    "expected_low_complaints", "tickets_24h", "tickets_7d", "low_complaints_24h",
    "low_complaints_7d",
]  # fmt: skip
GRID = 2**20


@st.composite
def regions(draw):
    """Up to three levels; some leaves higher up than others, some levels not delivered."""
    rows = []
    leveled = draw(st.booleans())
    for i in range(draw(st.integers(0, 6))):
        above = draw(st.sampled_from([None, *[row["region_id"] for row in rows]]))
        depth = next((row["depth"] + 1 for row in rows if row["region_id"] == above), 1)
        if depth > 3:
            above, depth = None, 1
        shape = box(116.0 + 0.2 * i, 39.8, 116.2 + 0.2 * i, 40.0) if draw(st.booleans()) else None
        row = {"region_id": f"r{i}", "parent_id": above, "depth": depth, "geometry": shape}
        rows.append(row | ({"level": depth * 10} if leveled else {}))
    return region_table(rows)


@st.composite
def cities(draw):
    """Cells with shares of hexagons (some with none), regions, tickets of every attribution."""
    known = draw(regions())
    homes = st.sampled_from([None, "elsewhere", *known["region_id"]])
    chance = st.one_of(st.just(np.nan), st.floats(0, 3))
    cells = cell_table(
        [
            {
                "cell_id": f"c{i}",
                "region_id": draw(homes),
                "site_id": draw(st.sampled_from([None, "s1", "s2"])),
                "expected_low_complaints": draw(chance),
                "subscribers": draw(st.sampled_from([np.nan, 0.0, 60.0, 5000.0])),
                "users_24h": draw(st.sampled_from([np.nan, 0.0, 3.25])),
                "status": draw(st.sampled_from(["red", "yellow", "green", "unknown"])),
                "cause": draw(st.sampled_from([None, "coverage", "hardware"])),
            }
            for i in range(draw(st.integers(1, 6)))
        ]
    )
    hexagons = sorted({h3.latlng_to_cell(lat, lon, RESOLUTION) for lon, lat in PLACES[:3]})
    shares = []
    for cell in cells["cell_id"]:
        left = GRID
        for hexagon in draw(
            st.lists(st.sampled_from([*hexagons, "gone"]), max_size=3, unique=True)
        ):
            part = draw(st.integers(1, left)) if left > 0 else 0
            left -= part
            if part:
                shares.append((cell, hexagon, part / GRID))
    tickets = []
    for i in range(draw(st.integers(0, 8))):
        place = draw(st.sampled_from([None, *PLACES]))
        one = {
            "ticket_id": f"t{i}",
            "region_id": draw(homes),
            "created_at": AS_OF - timedelta(hours=draw(st.integers(0, 600))),
            "longitude": place[0] if place else None,
            "latitude": place[1] if place else None,
            "low": draw(st.sampled_from([0.0, 1.0, np.nan])),
            "chance": draw(st.floats(0, 1)),
        }
        served = draw(st.lists(st.sampled_from(list(cells["cell_id"])), max_size=3, unique=True))
        # Thirds lie on no binary grid: what rounding loses must not get lost.
        share = {"weight": 1 / max(1, len(served))}
        tickets += [one | share | {"cell_id": cell} for cell in served or [None]]
    tiling = Tiling(
        pd.DataFrame({"hex_id": hexagons, "region_id": None}),
        pd.DataFrame(shares, columns=["cell_id", "hex_id", "share"]),
        RESOLUTION,
    )
    return cells, known, ticket_table(tickets), tiling


@settings(max_examples=25, deadline=None)
@given(cities())
def test_every_layer_and_its_outside_are_the_city(city) -> None:
    cells, known, tickets, tiling = city
    table = rollup(scene_of(cells, known, tickets, resolution=RESOLUTION), tiling, POLICY)
    [whole] = table[table["kind"] == "city"].to_dict("records")
    layers = table[table["kind"].isin(["region", "hexagon"])].groupby(["kind", "level"])
    outside = table[table["kind"] == "outside"].set_index("area_id")
    assert len(layers) == len(outside)
    assert ("hexagon", RESOLUTION) in layers.groups
    for (kind, level), areas in layers:
        beyond = outside.loc[f"{kind}:{level}"]
        for name in CONSERVED:
            expected = 0.0 if np.isnan(whole[name]) else whole[name]
            total = areas[name].fillna(0.0).sum() + np.nan_to_num(beyond[name])
            assert total == expected, (kind, level, name)  # to the last bit
    # What the city has is what came in.
    one = tickets.drop_duplicates("ticket_id")
    recent = one["created_at"] > pd.Timestamp(AS_OF) - timedelta(days=7)
    assert whole["tickets_7d"] == recent.sum()
    assert whole["low_complaints_7d"] == (recent & (one["low"] == 1)).sum()
    forecast = cells["expected_low_complaints"]
    assert np.isnan(whole["expected_low_complaints"]) == forecast.isna().all()
    assert (
        np.nan_to_num(whole["expected_low_complaints"])
        == np.round(forecast.fillna(0.0) * 2**24).sum() / 2**24
    )


@settings(max_examples=8, deadline=None)
@given(cities(), st.randoms(use_true_random=False))
def test_no_order_of_rows_moves_a_digit(city, random) -> None:
    cells, known, tickets, tiling = city

    def mixed(frame: pd.DataFrame) -> pd.DataFrame:
        order = list(range(len(frame)))
        random.shuffle(order)
        return frame.iloc[order].reset_index(drop=True)

    made = rollup(scene_of(cells, known, tickets, resolution=RESOLUTION), tiling, POLICY)
    other = Tiling(mixed(tiling.hexagons), mixed(tiling.shares), RESOLUTION)
    again = rollup(scene_of(cells, known, mixed(tickets), resolution=RESOLUTION), other, POLICY)
    pd.testing.assert_frame_equal(made, again, check_exact=True)

"""Complaints are conserved: over cells, regions only and nowhere they are the tickets, exactly."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.cells.attribution import Attributor, whole_on_grid
from forecasting.cells.serving import Habits
from geo.serving import ServingModel

degrees = st.floats(-0.03, 0.03) | st.sampled_from([0.0, 0.01])
place = st.none() | st.tuples(degrees, degrees) | st.just((40.0, 20.0))  # the last one is far away
cell_names = st.none() | st.sampled_from([f"c{n}" for n in range(8)] + ["elsewhere"])


@st.composite
def inventories(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(
        st.lists(
            st.tuples(
                place,
                st.none() | st.floats(0, 360),
                st.sampled_from(["LTE", "NR", None]),
                st.none() | st.integers(0, 3000),
            ),
            max_size=8,
        )
    )
    frame = pd.DataFrame(
        [
            (f"c{n}", at and 116 + at[0], at and 40 + at[1], angle, kind, users, f"东门{n % 3}号")
            for n, (at, angle, kind, users) in enumerate(rows)
        ],
        columns=["cell_id", "longitude", "latitude", "azimuth_deg", "technology", "subscribers",
                 "name"],
    )  # fmt: skip
    numbers = ["longitude", "latitude", "azimuth_deg", "subscribers"]
    return frame.astype(dict.fromkeys(numbers, float))


@st.composite
def complaints(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(
        st.lists(
            st.tuples(place, cell_names, st.sampled_from([None, "R1"]), st.integers(0, 200),
                      st.sampled_from(["东门没有5G", "5G慢", "听不清", None])),
            max_size=20,
        )
    )  # fmt: skip
    frame = pd.DataFrame(
        [
            (f"t{n}", cell, at and 116 + at[0], at and 40 + at[1], region, hour, "语音业务", text)
            for n, (at, cell, region, hour, text) in enumerate(rows)
        ],
        columns=["ticket_id", "cell_id", "longitude", "latitude", "region_id", "hour", "service",
                 "description"],
    )  # fmt: skip
    moment = pd.Timestamp("2026-03-01", tz="UTC") + pd.to_timedelta(frame.pop("hour"), unit="h")
    return frame.astype({"longitude": float, "latitude": float}).assign(created_at=moment)


LEARNED = Habits(
    geometry=ServingModel(reach=0.2, power=5.0, reach_of=(("NR", 0.5),), stray=0.01),
    company=3.0,
    sharpness=1.3,
    place=4.0,
    kinds=(("语音业务|", "NR", -1.5), ("语音业务|+5G", "NR", 2.0)),
    rates=(("LTE", -0.3), ("NR", 0.4)),
)


@settings(deadline=None, max_examples=60)
@given(inventories(), complaints(), st.sampled_from([Habits(), LEARNED]), st.randoms())
def test_every_complaint_counts_once_in_any_order(cells, tickets, habits, random) -> None:
    placed = cells[cells["longitude"].notna() & cells["latitude"].notna()]
    rows = Attributor(placed, habits).attribute(tickets, cells["cell_id"])
    by_way = rows.groupby("attribution")["weight"].sum()
    assert by_way.sum() == len(tickets)  # exactly: cells + regions only + none
    assert (rows.groupby("ticket_id")["weight"].sum() == 1.0).all()
    assert set(rows["ticket_id"]) == set(tickets["ticket_id"])
    assert (rows["weight"] > 0).all()
    assert (rows["cell_id"].isna() == rows["attribution"].isin(["region", "none"])).all()
    assert not rows.duplicated(["ticket_id", "cell_id"]).any()
    known = tickets["cell_id"].isin(cells["cell_id"])
    assert by_way.get("cell", 0.0) == known.sum()
    order = random.sample(range(len(tickets)), len(tickets))
    again = Attributor(placed.iloc[::-1], habits).attribute(
        tickets.iloc[order], cells["cell_id"].iloc[::-1]
    )
    pd.testing.assert_frame_equal(again, rows, check_exact=True)


@given(st.lists(st.lists(st.floats(1e-9, 1.0), min_size=1, max_size=9), max_size=9))
def test_shares_on_the_grid_sum_to_one(weights: list[list[float]]) -> None:
    group = np.repeat(np.arange(len(weights)), [len(w) for w in weights]).astype(np.int64)
    share = np.array([v / sum(w) for w in weights for v in w])
    whole = whole_on_grid(group, share)
    np.testing.assert_array_equal(np.bincount(group, whole, len(weights)), np.ones(len(weights)))
    assert (whole >= 0).all()
    np.testing.assert_allclose(whole, share, atol=5e-6)
    assert (whole * 2**20 == np.round(whole * 2**20)).all()

"""Whose a ticket is, and how much it counts as a low-satisfaction complaint."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecasting import queries
from forecasting.cells.attribution import Attributor
from forecasting.cells.inventory import InventoryCache
from forecasting.cells.labels import Labels
from forecasting.cells.tickets import attributed, chance_of_low, reweighed
from forecasting.settings import ForecastingSettings
from ingest.quality import assess
from ingest.settings import IngestSettings
from tests.support.facts import Facts, local

# Three sectors of one mast in Beijing, and a lone cell 5 km to the east.
MAST = [
    {"cell_id": f"AA-{i}", "longitude": 116.4, "latitude": 39.9, "azimuth_deg": az}
    for i, az in enumerate((0.0, 120.0, 240.0))
]
LONE = {"cell_id": "BB-0", "longitude": 116.46, "latitude": 39.9, "azimuth_deg": None}
CELLS = pd.DataFrame([*MAST, LONE]).assign(site_id=["AA", "AA", "AA", "BB"])


def tickets(**columns: object) -> pd.DataFrame:
    base = {"ticket_id": ["T1"], "cell_id": [None], "longitude": [np.nan], "latitude": [np.nan]}
    return pd.DataFrame(base | {"region_id": [None]} | columns)


def attribute(frame: pd.DataFrame) -> pd.DataFrame:
    return Attributor(CELLS).attribute(frame, CELLS["cell_id"])


def test_a_named_cell_gets_the_whole_ticket() -> None:
    [row] = attribute(tickets(cell_id=["AA-1"], longitude=[116.46], latitude=[39.9])).to_dict(
        "records"
    )
    assert (row["cell_id"], row["weight"], row["attribution"]) == ("AA-1", 1.0, "cell")


def test_a_place_goes_mostly_to_the_sector_that_looks_there() -> None:
    shares = attribute(tickets(longitude=[116.4], latitude=[39.903]))  # 330 m to the north
    assert set(shares["attribution"]) == {"position"}
    assert shares["weight"].sum() == pytest.approx(1.0, abs=1e-5)
    assert shares.loc[shares["weight"].idxmax(), "cell_id"] == "AA-0"


def test_an_unknown_cell_falls_back_to_its_place() -> None:
    shares = attribute(tickets(cell_id=["ZZ"], longitude=[116.46], latitude=[39.9]))
    assert shares.loc[shares["weight"].idxmax(), "cell_id"] == "BB-0"


def test_without_cell_and_place_the_ticket_is_kept_without_a_cell() -> None:
    shares = attribute(
        tickets(ticket_id=["T1", "T2"], cell_id=[None, "ZZ"], longitude=[np.nan] * 2,
                latitude=[np.nan] * 2, region_id=["R", None])
    )  # fmt: skip
    assert shares["attribution"].tolist() == ["region", "none"]
    assert shares["cell_id"].isna().all()
    assert shares["weight"].tolist() == [1.0, 1.0]


def test_a_place_beyond_all_reach_is_kept() -> None:
    shares = attribute(tickets(longitude=[10.0], latitude=[50.0]))
    assert shares["attribution"].tolist() == ["none"]


def test_places_are_worked_out_once_and_give_the_same_shares() -> None:
    attributor = Attributor(CELLS)
    first = attributor.attribute(tickets(longitude=[116.4], latitude=[39.903]), CELLS["cell_id"])
    more = tickets(
        ticket_id=["T1", "T2"], cell_id=[None] * 2, longitude=[116.4, 116.45],
        latitude=[39.903, 39.9], region_id=[None] * 2,
    )  # fmt: skip
    again = attributor.attribute(more, CELLS["cell_id"])
    pd.testing.assert_frame_equal(again[again["ticket_id"] == "T1"].reset_index(drop=True), first)


def known(score: list[float], age_h: float = 48.0, closed: bool = True) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "satisfaction": score,
            "closed_at": [pd.Timestamp("2026-01-01", tz="UTC") if closed else pd.NaT] * len(score),
            "category": "掉话",
            "age_h": age_h,
        }
    )


def test_scored_and_unscored_tickets_together_keep_the_number_of_low_ones() -> None:
    # 2 low and 2 fine of 6 closed ones: 4/6 score, half of them low.
    chance = chance_of_low(known([3, 6, 7, 10, np.nan, np.nan]), 6)
    assert chance.tolist() == pytest.approx([4 / 6, 4 / 6, 0, 0, 4 / 6 * 0.5, 4 / 6 * 0.5])
    assert chance.sum() == pytest.approx(2.0)  # as many as are known to be low


def test_a_ticket_not_yet_answered_counts_by_its_chance_and_not_as_fine() -> None:
    both = pd.concat([known([3, 9]), known([np.nan], age_h=2.0, closed=False)], ignore_index=True)
    assert chance_of_low(both, 6).tolist() == pytest.approx([1.0, 0.0, 0.5])


def test_categories_differ_once_there_is_evidence() -> None:
    bad = known([2.0] * 60 + [np.nan]).assign(category="无信号")
    fine = known([9.0] * 60 + [np.nan]).assign(category="上网慢")
    chance = chance_of_low(pd.concat([bad, fine], ignore_index=True), 6)
    # 120 of 122 score; 60 low of 60, drawn by 20 tickets to one half: 70 / 80
    assert chance.iloc[60] == pytest.approx(120 / 122 * 70 / 80)
    assert chance.iloc[121] == pytest.approx(120 / 122 * 10 / 80)


def test_without_any_score_nothing_is_low() -> None:
    assert chance_of_low(known([np.nan, np.nan]), 6).tolist() == [0.0, 0.0]


def test_labels_count_complaints_within_the_horizon_alone(tmp_path: Path) -> None:
    facts = Facts(tmp_path)
    facts.cells(*MAST, LONE)
    origin = local(2026, 10, 10)
    hour = timedelta(hours=1)
    facts.ticket(origin, cell_id="AA-0", satisfaction=1)  # at the origin: before the horizon
    facts.ticket(origin + hour, cell_id="AA-0", satisfaction=6)
    facts.ticket(origin + 2 * hour, cell_id="AA-0", satisfaction=7)
    facts.ticket(origin + 72 * hour, cell_id="AA-1", satisfaction=2)
    facts.ticket(origin + 73 * hour, cell_id="BB-0", satisfaction=1)
    facts.ticket(origin + hour, longitude=116.4, latitude=39.903, satisfaction=1)
    late = origin + timedelta(days=30)
    inventory = InventoryCache().as_of(facts.connection, late)
    labels = Labels(facts.connection, inventory, ForecastingSettings(), origin - hour, late)
    cells = pd.Index(inventory.cells["cell_id"])
    out = labels.after(origin, cells)
    share = labels.tickets.query("attribution == 'position'").set_index("cell_id")["weight"]
    assert out.loc["AA-0", "low"] == pytest.approx(1 + share["AA-0"])
    assert out.loc["AA-1", "low"] == pytest.approx(1 + share.get("AA-1", 0.0))
    assert out.loc["BB-0", "low"] == pytest.approx(share.get("BB-0", 0.0))
    assert out.loc["AA-0", "hit"] == pytest.approx(1.0)
    assert out["low"].sum() == pytest.approx(3.0, abs=1e-5)  # complaints are conserved
    assert out.loc["AA-2", "hit"] == pytest.approx(share.get("AA-2", 0.0))
    # Early, the last scores are not known: the same complaints count by their chance.
    early = Labels(
        facts.connection, inventory, ForecastingSettings(), origin - hour, origin + 72 * hour
    ).after(origin, cells)
    assert early["low"].sum() == pytest.approx(2.0, abs=1e-5)
    assert early["expected"].sum() > 2.0
    facts.close()


def test_shares_take_the_place_of_what_the_labels_guess_whatever_their_cells(
    tmp_path: Path,
) -> None:
    facts = Facts(tmp_path)
    facts.cells(*MAST, LONE)
    origin = local(2026, 10, 10)
    ticket = facts.ticket(
        origin + timedelta(hours=1), longitude=116.4, latitude=39.903, satisfaction=1
    )
    facts.ticket(origin + timedelta(hours=2), cell_id="AA-2", satisfaction=1)
    inventory = InventoryCache().as_of(facts.connection, origin + timedelta(days=30))
    labels = Labels(
        facts.connection, inventory, ForecastingSettings(), origin, origin + timedelta(days=30)
    )
    shares = pd.DataFrame(
        {"ticket_id": [ticket, ticket], "cell_id": ["AA-1", "BB-0"], "weight": [0.25, 0.75]}
    )
    out = labels.after(origin, pd.Index(inventory.cells["cell_id"]), shares)["low"]
    assert out.to_dict() == {"AA-0": 0.0, "AA-1": 0.25, "AA-2": 1.0, "BB-0": 0.75}
    facts.close()


def test_shares_that_are_better_known_count_where_they_are_whole() -> None:
    rows = pd.DataFrame(
        {
            "ticket_id": ["T1", "T1", "T2", "T2", "T3"],
            "cell_id": ["A", "B", "A", "B", None],
            "weight": [0.5, 0.5, 0.5, 0.5, 1.0],
        }
    )
    better = pd.DataFrame(
        {
            "ticket_id": ["T1", "T1", "T2", "T2"],
            "cell_id": ["B", "A", "A", "C"],
            "weight": [0.25, 0.75, 0.25, 0.75],
        }
    )
    assert reweighed(rows, better)["weight"].tolist() == [0.75, 0.25, 0.5, 0.5, 1.0]


def at(moment: str, **columns: object) -> pd.DataFrame:
    return tickets(created_at=pd.to_datetime([moment], utc=True), **columns)


def test_who_names_a_cell_speaks_for_those_who_do_not() -> None:
    """60 degrees lie between two beams: alike but for a complaint that names one of them."""
    between = {"longitude": [116.4 + 0.0033], "latitude": [39.9 + 0.00146]}
    asked = at("2026-03-02T08:00Z", **between)
    telling = at("2026-03-02T10:00Z", ticket_id=["T2"], cell_id=["AA-1"])
    alone = attribute(asked).set_index("cell_id")["weight"]
    assert alone["AA-0"] == pytest.approx(alone["AA-1"], rel=0.02)
    both = attribute(pd.concat([asked, telling], ignore_index=True))
    mine = both[both["ticket_id"] == "T1"].set_index("cell_id")["weight"]
    # two hours apart: users 1 against 1 + exp(-2 / 48)
    assert mine["AA-1"] / mine["AA-0"] == pytest.approx(
        (1 + np.exp(-2 / 48)) * alone["AA-1"] / alone["AA-0"], rel=1e-4
    )
    late = pd.concat([asked, telling.assign(created_at=pd.Timestamp("2026-04-02", tz="UTC"))])
    far = attribute(late).query("ticket_id == 'T1'").set_index("cell_id")["weight"]
    assert far["AA-1"] == alone["AA-1"]
    pair = pd.concat([asked, telling], ignore_index=True)
    each = Attributor(CELLS).attribute(pair, CELLS["cell_id"], alone=True)
    assert each[each["ticket_id"] == "T1"].set_index("cell_id")["weight"].equals(alone)


def test_a_ticket_without_a_cell_keeps_the_finest_region_known_of_it(tmp_path: Path) -> None:
    """Two districts, the first divided; far from every mast, and one stated without a shape."""
    facts = Facts(tmp_path)
    facts.cells(*MAST)
    facts.regions(
        {"region_id": "D1", "box": (10, 50, 11, 51)},
        {"region_id": "D1a", "parent_id": "D1", "box": (10, 50, 10.5, 51)},
        {"region_id": "D2", "box": (11, 50, 12, 51)},
    )
    origin = local(2026, 10, 10)
    inventory = InventoryCache().as_of(facts.connection, origin)
    rows = tickets(
        ticket_id=["T1", "T2", "T3", "T4", "T5", "T6"],
        cell_id=[None] * 6,
        longitude=[10.2, 10.2, 10.7, 10.2, np.nan, np.nan],
        latitude=[50.5, 50.5, 50.5, 50.5, np.nan, np.nan],
        region_id=[None, "D1", "D1", "D2", "D2", None],
    ).assign(satisfaction=None, closed_at=pd.NaT)
    found = attributed(rows, inventory, 6)
    assert found["region_id"].tolist() == ["D1a", "D1a", "D1", "D2", "D2", None]
    assert found["attribution"].tolist() == ["region"] * 5 + ["none"]
    assert found["weight"].tolist() == [1.0] * 6
    facts.close()


def test_the_quality_page_counts_tickets_by_what_tells_their_place_alike(tmp_path: Path) -> None:
    facts = Facts(tmp_path)
    facts.cells(*MAST)
    facts.regions({"region_id": "R1", "box": (116, 39, 117, 40)})
    as_of = local(2026, 10, 10)
    hour = timedelta(hours=1)
    here = {"longitude": 116.4, "latitude": 39.903}
    facts.ticket(as_of - 9 * hour, cell_id="AA-0")
    facts.ticket(as_of - 8 * hour, cell_id="AA-1", region_id="R1", **here)
    facts.ticket(as_of - 7 * hour, cell_id="ZZ-9", **here)  # an unknown cell: by its place
    facts.ticket(as_of - 6 * hour, region_id="R1", **here)
    facts.ticket(as_of - 5 * hour, cell_id="ZZ-9", region_id="R1")
    facts.ticket(as_of - 4 * hour, cell_id="ZZ-9")
    said = assess(facts.connection, as_of, IngestSettings()).attribution
    counted = said.groupby("attribution")["tickets"].sum().to_dict()
    inventory = InventoryCache().as_of(facts.connection, as_of)
    span = {"origin": as_of, "since": as_of - 240 * hour}
    known = queries.frame(facts.connection, "tickets_known", span)
    rows = attributed(known, inventory, 6)
    assert rows.groupby("attribution")["weight"].sum().to_dict() == counted
    assert counted == {"cell": 2, "position": 2, "region": 1, "none": 1}
    facts.close()

"""Whose complaint it was, what is not recorded yet, and sums over blocks for many origins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecasting.calendar import load_calendar
from forecasting.cells.blame import WORTH
from forecasting.cells.delays import worth
from forecasting.cells.features import FeatureMaker, kind_rates
from forecasting.settings import ForecastingSettings
from ingest.catalogue import load_catalogue
from tests.support.facts import ZONE, Facts, local

MONDAY = local(2026, 10, 12)
NOON = MONDAY + timedelta(days=3, hours=12)
START = MONDAY - timedelta(days=21)
HOURS = 24 * 24 + 12
HOUR = timedelta(hours=1)


@pytest.fixture
def facts(tmp_path: Path) -> Iterator[Facts]:
    room = Facts(tmp_path)
    room.cells(  # two cells of one mast that look the same way, one of them with more users
        {"cell_id": "AA-0", "longitude": 116.40, "latitude": 39.90, "azimuth_deg": 0.0,
         "site_id": "AA", "subscribers": 1000},
        {"cell_id": "AA-1", "longitude": 116.40, "latitude": 39.90, "azimuth_deg": 0.0,
         "site_id": "AA", "subscribers": 3000},
        {"cell_id": "BB-0", "longitude": 116.60, "latitude": 39.90, "azimuth_deg": 270.0,
         "site_id": "BB", "subscribers": 1000},
    )  # fmt: skip
    yield room
    room.close()


def maker() -> FeatureMaker:
    return FeatureMaker(ForecastingSettings(), load_catalogue(), load_calendar("CN"), ZONE)


def noisy(level: float, size: float, seed: int) -> np.ndarray:
    return level + size * np.random.default_rng(seed).standard_normal(HOURS)


def chances(facts: Facts, origin: datetime) -> pd.Series:
    tickets = maker().at(facts.connection, origin).tickets
    return tickets.set_index("cell_id")["weight"]


def test_of_two_cells_that_serve_a_place_the_one_with_more_users_is_the_likelier(
    facts: Facts,
) -> None:
    for cell in ("AA-0", "AA-1", "BB-0"):
        facts.kpis(cell, START, HOURS)
    facts.ticket(NOON - 2 * HOUR, longitude=116.40, latitude=39.903)
    weight = chances(facts, NOON)
    assert weight["AA-1"] == pytest.approx(3 * weight["AA-0"], rel=1e-4)
    assert weight.sum() == pytest.approx(1, abs=1e-5)


def test_the_cell_whose_users_suffered_before_is_the_likelier(facts: Facts) -> None:
    # strays of 1 dB x 1.4826; 10 dB lower is 6.745 strays, 4.745 beyond two
    day = np.arange(HOURS) // 24
    calm = -95.0 + (day % 3 - 1.0)
    bad = calm.copy()
    bad[-26:-1] = -105.0
    facts.kpis("AA-0", START, HOURS, rsrp_dbm=bad)
    facts.kpis("AA-1", START, HOURS, rsrp_dbm=calm)
    facts.kpis("BB-0", START, HOURS, rsrp_dbm=calm)
    facts.ticket(NOON - HOUR, longitude=116.40, latitude=39.903)
    weight = chances(facts, NOON)
    assert weight["AA-0"] / weight["AA-1"] == pytest.approx((1 + WORTH * 4.745) / 3, rel=0.01)
    # What users suffer after the complaint does not speak for the cell.
    early = maker().at(facts.connection, NOON - 30 * HOUR)
    assert early.tickets.empty


def test_a_ticket_that_names_its_cell_or_is_old_is_left_alone(facts: Facts) -> None:
    pained = np.where(np.arange(HOURS) >= HOURS - 300, -105.0, noisy(-95, 1, 1))
    for cell in ("AA-0", "AA-1", "BB-0"):
        facts.kpis(cell, START, HOURS, rsrp_dbm=pained if cell == "AA-0" else noisy(-95, 1, 2))
    facts.ticket(NOON - 2 * HOUR, cell_id="BB-0")
    facts.ticket(NOON - timedelta(days=9), longitude=116.40, latitude=39.903)
    tickets = maker().at(facts.connection, NOON).tickets
    named = tickets[tickets["attribution"] == "cell"]
    assert named["weight"].tolist() == [1.0]
    old = tickets[tickets["attribution"] == "position"].set_index("cell_id")["weight"]
    assert old["AA-1"] == pytest.approx(3 * old["AA-0"], rel=1e-4)  # by their users alone


def test_blocks_give_the_digits_of_all_hours(facts: Facts) -> None:
    for number, cell in enumerate(("AA-0", "AA-1", "BB-0")):
        facts.kpis(
            cell,
            START,
            HOURS - number,  # one lacks its newest hours
            rsrp_dbm=noisy(-95, 2, number)[: HOURS - number],
            prb_util_dl_pct=np.clip(noisy(70, 20, 10 + number), 0, 100)[: HOURS - number],
            active_users=np.clip(noisy(30, 8, 20 + number), 0, None)[: HOURS - number],
        )
    shared, alone = maker(), maker()
    for hours in (36, 30, 24, 6, 0):
        origin = NOON - hours * HOUR
        by_blocks = shared.at(facts.connection, origin, training_as_of=NOON).table
        by_hours = alone.at(facts.connection, origin).table
        pd.testing.assert_frame_equal(by_blocks, by_hours, check_exact=True)
    assert by_hours["prb_util_dl_pct.near_24h"].gt(0).all()
    assert by_hours["rsrp_dbm.worst_24h"].ge(by_hours["rsrp_dbm.dev_4h"]).all()


def test_young_complaints_stand_for_those_not_recorded_yet() -> None:
    # Of 100 settled tickets 60 were recorded within the hour, 40 after ten hours.
    created = [NOON - timedelta(days=5)] * 100 + [NOON - 2 * HOUR, NOON - 12 * HOUR]
    delays = [0.5] * 60 + [10.0] * 40 + [0.5, 10.0]
    tickets = pd.DataFrame(
        {
            "ticket_id": [str(n) for n in range(102)],
            "created_at": pd.to_datetime(created, utc=True),
            "recorded_at": pd.to_datetime(
                [c + d * HOUR for c, d in zip(created, delays, strict=True)], utc=True
            ),
        }
    )
    each = worth(tickets, NOON)
    assert each.iloc[:100].eq(1).all()
    assert each.iloc[100] == pytest.approx(1 / 0.6, abs=1e-3)
    assert each.iloc[101] == 1
    assert worth(tickets.tail(2), NOON).tolist() == [1.0, 1.0]  # too few to learn delays from


def test_kinds_that_are_complained_about_more_than_their_users_let_expect() -> None:
    cells = pd.DataFrame(
        {"vendor": ["A", "A", "B", None], "band": None, "subscribers": [100, 100, 200, 0]}
    )
    rates = kind_rates(cells, pd.Series([20.0, 20.0, 10.0, 10.0]))
    # unknown users count as the typical 100; 60 tickets over 500 users: A expects 24, B 24
    assert rates["vendor_rate"][:3] == pytest.approx([50 / 34, 50 / 34, 20 / 34])
    assert np.isnan(rates["vendor_rate"][3])
    assert np.isnan(rates["band_rate"]).all()

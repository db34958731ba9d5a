"""Features of cells from small histories whose values are known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecasting.calendar import load_calendar
from forecasting.cells.features import (
    NEIGHBOUR_SOURCES,
    SITE_SOURCES,
    CellFeatures,
    FeatureMaker,
    around,
)
from forecasting.cells.normals import log_offset
from forecasting.hours.weeks import anchor_of
from forecasting.settings import ForecastingSettings
from ingest.catalogue import load_catalogue
from tests.support.facts import ZONE, Facts, local

MONDAY = local(2026, 10, 12)
ORIGIN = MONDAY + timedelta(days=3, hours=12)  # Thursday noon
START = MONDAY - timedelta(days=21)
HOURS = 24 * 24 + 12
CATALOGUE = load_catalogue()


def make(facts: Facts, origin: datetime = ORIGIN) -> CellFeatures:
    maker = FeatureMaker(ForecastingSettings(), CATALOGUE, load_calendar("CN"), ZONE)
    return maker.at(facts.connection, origin)


@pytest.fixture
def facts(tmp_path: Path) -> Iterator[Facts]:
    room = Facts(tmp_path)
    room.cells(
        {"cell_id": "AA-0", "longitude": 116.40, "latitude": 39.90, "azimuth_deg": 0.0},
        {"cell_id": "AA-1", "longitude": 116.40, "latitude": 39.90, "azimuth_deg": 180.0},
        {"cell_id": "BB-0", "longitude": 116.41, "latitude": 39.90, "azimuth_deg": 270.0},
    )
    yield room
    room.close()


def jitter(values: float, size: float, hours: int = HOURS) -> list[float]:
    """Day by day one below, at and above ``values``: normal ``values``, median stray ``size``."""
    day = np.arange(hours) // 24
    return list(values + (day % 3 - 1) * size)


def test_deviations_are_in_usual_strays_of_the_own_normal_worse_is_positive(facts: Facts) -> None:
    # rsrp strays by 1 dB: scale 1.4826 dB. In the last 6 known hours it is 10 dB lower.
    rsrp = np.array(jitter(-95.0, 1.0))
    rsrp[-7:-1] = -105.0  # the last row is only known 15 minutes after the origin
    facts.kpis("AA-0", START, HOURS, rsrp_dbm=rsrp)
    facts.kpis("AA-1", START, HOURS, rsrp_dbm=jitter(-95.0, 1.0))
    table = make(facts).table
    z = (-95 + 105) / 1.4826
    # The newest known hour ends one hour before the origin: ages 1 to 6, five below 6.
    assert table.loc["AA-0", "rsrp_dbm.dev_6h"] == pytest.approx(z, abs=0.01)
    calm = table.loc["AA-1", "rsrp_dbm.dev_6h"]
    assert abs(calm) < 2
    assert table.loc["AA-0", "rsrp_dbm.pain_6h"] == pytest.approx(z - 2, abs=0.01)
    assert table.loc["AA-1", "rsrp_dbm.pain_6h"] == 0
    assert table.loc["AA-0", "radio.pain_6h"] == pytest.approx(z - 2, abs=0.01)
    assert table.loc["AA-0", "pain_6h"] == pytest.approx(z - 2, abs=0.01)


def test_rates_near_zero_are_compared_by_factors(facts: Facts) -> None:
    offset = log_offset(CATALOGUE["drop_rate_pct"])
    assert offset == pytest.approx(0.02 * 1.5)
    drop = np.exp(jitter(np.log(0.3), 0.2))
    drop[-7:-1] = 1.2
    facts.kpis("AA-0", START, HOURS, drop_rate_pct=drop)
    table = make(facts).table

    def stray(value: float) -> float:
        return float(np.log((value + offset) / (0.3 + offset)))

    # A third of the days lies on the normal, a third above, a third below: the median distance is
    # the smaller of the two others.
    scale = 1.4826 * min(stray(0.3 * np.exp(0.2)), -stray(0.3 * np.exp(-0.2)))
    assert table.loc["AA-0", "drop_rate_pct.dev_6h"] == pytest.approx(stray(1.2) / scale, abs=0.01)
    assert log_offset(CATALOGUE["availability_pct"]) is None
    assert log_offset(CATALOGUE["rsrp_dbm"]) is None
    assert log_offset(CATALOGUE["prb_util_dl_pct"]) is None
    assert log_offset(CATALOGUE["latency_ms"]) == pytest.approx(0.8)


def test_limits_users_levels_and_missing_hours(facts: Facts) -> None:
    drop = np.full(HOURS, 0.3)
    drop[-13:-1] = 3.0  # 12 known hours beyond the limit of 1.5 %
    facts.kpis("AA-0", START, HOURS, drop_rate_pct=drop)
    facts.kpis("AA-1", START, HOURS - 49)  # silent for two days
    features = make(facts)
    table = features.table
    # 24 h: ages 0 (not known) and 1 to 23: 23 known hours, 12 of them beyond.
    assert table.loc["AA-0", "drop_rate_pct.beyond_24h"] == pytest.approx(12 / 23)
    assert table.loc["AA-0", "missing_24h"] == pytest.approx(1 / 24)
    assert table.loc["AA-0", "users_24h"] == pytest.approx(32)
    assert features.levels.loc["AA-0", "drop_rate_pct.value"] == pytest.approx(
        (12 * 3.0 + 11 * 0.3) / 23, abs=0.001
    )
    assert features.levels.loc["AA-0", "drop_rate_pct.normal"] == pytest.approx(0.3, abs=0.001)
    # Missing is unknown, never zero.
    assert table.loc["AA-1", "missing_24h"] == 1
    assert np.isnan(table.loc["AA-1", "drop_rate_pct.dev_24h"])
    assert np.isnan(table.loc["AA-1", "pain_24h"])
    assert table.loc["AA-1", "missing_7d"] == pytest.approx(49 / 168)
    assert features.evidence.loc["AA-1", "kpi_age_h"] == pytest.approx(49)
    # A cell that never reported.
    assert table.loc["BB-0", "missing_7d"] == 1
    assert np.isnan(features.evidence.loc["BB-0", "kpi_age_h"])
    assert np.isnan(
        table.loc["BB-0", "rsrp_dbm.dev_7d" if "rsrp_dbm.dev_7d" in table else "pain_7d"]
    )
    # A KPI that nobody reports.
    assert table["rrc_setup_failure_pct.dev_24h"].isna().all()


def test_users_who_vanish_stray_upwards(facts: Facts) -> None:
    users = np.array(jitter(32.0, 2.0))
    users[-7:-1] = 3.0
    facts.kpis("AA-0", START, HOURS, active_users=users)
    assert make(facts).table.loc["AA-0", "active_users.dev_6h"] > 5


def test_tickets_by_age_with_low_scores_repeats_and_open_ones(facts: Facts) -> None:
    facts.kpis("AA-0", START, HOURS)
    hour = timedelta(hours=1)
    facts.ticket(ORIGIN - 2 * hour, cell_id="AA-0", customer_hash="x", closed_at=None)
    facts.ticket(ORIGIN - 30 * hour, cell_id="AA-0", customer_hash="x", satisfaction=4)
    facts.ticket(ORIGIN - 100 * hour, cell_id="AA-0", customer_hash="y", satisfaction=9)
    facts.ticket(ORIGIN - 600 * hour, cell_id="AA-0", satisfaction=2)
    facts.ticket(ORIGIN - 29 * 24 * hour, cell_id="AA-0", satisfaction=1)  # beyond 28 days
    # Known after the origin: recorded later, or the score only then.
    facts.ticket(ORIGIN - hour, cell_id="AA-0", recorded_at=ORIGIN + hour)
    facts.ticket(ORIGIN - 5 * hour, cell_id="AA-1", satisfaction=1, closed_at=ORIGIN + hour)
    table = make(facts).table
    own = table.loc["AA-0"]
    counts = [f"tickets_{window}" for window in ("6h", "24h", "72h", "7d", "28d")]
    assert own[counts].tolist() == [1, 1, 2, 3, 4]
    assert own[["low_72h", "low_7d", "low_28d"]].tolist() == [1, 1, 2]
    assert own["repeats_28d"] == 2
    assert own["open_tickets"] == 1
    assert own["satisfaction_28d"] == pytest.approx((4 + 9 + 2) / 3)
    assert own["last_ticket_h"] == pytest.approx(2)
    assert own["tickets_fresh"] == pytest.approx(
        sum(np.exp(-age / 24) for age in (2, 30, 100, 600)), abs=1e-4
    )
    other = table.loc["AA-1"]
    assert other["tickets_6h"] == 1
    assert other["low_28d"] == 0
    assert np.isnan(other["satisfaction_28d"])
    assert other["cosite:tickets_24h"] == 1  # what the other sector of the mast has
    quiet = table.loc["BB-0"]
    assert quiet["tickets_28d"] == 0
    assert np.isnan(quiet["last_ticket_h"])


def test_works_and_events_done_and_planned(facts: Facts) -> None:
    facts.kpis("AA-0", START, HOURS)
    hour = timedelta(hours=1)
    work = {"kind": "cutover", "ends_at": None, "announced_at": None}

    def at(start: datetime, known: datetime, **where: str) -> dict:
        return work | {"starts_at": start, "state_at": known, "known_at": known} | where

    facts.put(
        "work_states",
        [
            at(ORIGIN - 50 * hour, ORIGIN - 90 * hour, work_id="W1", site_id="AA"),
            at(ORIGIN + 10 * hour, ORIGIN - 90 * hour, work_id="W2", cell_id="AA-1"),
            at(ORIGIN + 10 * hour, ORIGIN + hour, work_id="W3", site_id="AA"),  # not yet announced
            at(ORIGIN - 400 * hour, ORIGIN - 500 * hour, work_id="W4", site_id="AA"),  # long ago
        ],
    )
    event = {"state_at": ORIGIN - 90 * hour, "known_at": ORIGIN - 90 * hour, "kind": "gathering"}
    facts.put(
        "event_states",
        [
            event
            | {
                "event_id": "E1", "starts_at": ORIGIN + 5 * hour, "ends_at": ORIGIN + 8 * hour,
                "longitude": 116.40, "latitude": 39.90, "radius_m": 300.0,
            },
            event
            | {
                "event_id": "E2", "starts_at": ORIGIN - 9 * hour, "ends_at": ORIGIN - 8 * hour,
                "longitude": 116.40, "latitude": 39.90, "radius_m": 300.0,
            },
        ],
    )  # fmt: skip
    table = make(facts).table
    assert table["works_7d"].tolist() == [1, 1, 0]
    assert table.loc["AA-0", "works_age_h"] == pytest.approx(50)
    assert table["works_ahead"].tolist() == [0, 1, 0]
    assert table["events_ahead"].tolist() == [1, 1, 0]  # BB is 850 m away
    assert table.loc["AA-0", "event_hours"] == pytest.approx(3)
    assert table.loc["AA-0", "event_in_h"] == pytest.approx(5)
    assert np.isnan(table.loc["BB-0", "event_in_h"])


def test_static_and_calendar(facts: Facts) -> None:
    facts.kpis("AA-0", START, HOURS)
    table = make(facts).table
    assert table["generation"].tolist() == [4.0, 4.0, 4.0]
    assert table["sites_2km"].tolist() == [2.0, 2.0, 2.0]
    assert table["origin_hour"].tolist() == [12.0] * 3
    assert make(facts).evidence["located"].all()


def test_neighbours_without_knowledge_are_left_out() -> None:
    values = pd.DataFrame(
        dict.fromkeys({*NEIGHBOUR_SOURCES, *SITE_SOURCES}, 0.0) | {"pain_24h": [1.0, 3.0, np.nan]},
        index=["a", "b", "c"],
    )
    pairs = pd.DataFrame(
        {
            "cell_id": ["a", "a", "c", "b"],
            "neighbour_id": ["b", "c", "a", "c"],
            "kind": "near",
            "weight": [0.5, 0.5, 1.0, 1.0],
        }
    )
    mean = around(values, pairs)["near:pain_24h"]
    assert mean.loc["a"] == 3.0
    assert mean.loc["c"] == 1.0
    assert np.isnan(mean.loc["b"])


def test_normals_are_taken_on_mondays() -> None:
    assert anchor_of(ORIGIN, ZONE) == MONDAY
    assert anchor_of(MONDAY, ZONE) == MONDAY
    assert anchor_of(MONDAY - timedelta(seconds=1), ZONE) == MONDAY - timedelta(days=7)


def test_quarter_hours_weigh_by_their_length(facts: Facts) -> None:
    facts.kpis("AA-0", START, HOURS)
    quarters = pd.DataFrame(
        {
            "cell_id": "AA-1",
            "ts": [ORIGIN - timedelta(minutes=15 * k) for k in range(2, 26)],
            "period_min": 15,
            "drop_rate_pct": 0.3,
            "active_users": 10.0,
        }
    )
    facts.put("kpis", quarters.assign(known_at=quarters["ts"] + timedelta(minutes=15)))
    table = make(facts).table
    assert table.loc["AA-1", "missing_6h"] == pytest.approx(0.0, abs=0.05)

"""What is known of repaired cells: hours in and beyond the band, complaints; by hand."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from forecasting.recovery import COMPLAINTS, KPIS, Band, recovery
from forecasting.settings import ForecastingSettings
from ingest.catalogue import load_catalogue
from tests.support.facts import NORMAL, Facts, local

HOUR = timedelta(hours=1)
MONDAY = local(2026, 11, 2)  # normals of its week are taken then, from the 28 days before
REPAIRED = local(2026, 11, 3, 10)
NOW = local(2026, 11, 5, 12, 20)  # the hour from 11 to 12 is known since 12:15
SETTINGS = ForecastingSettings()
PAST = 24 * 29
_SWING = [0.3 + 0.003 * (n % 5 - 2) for n in range(PAST)]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sound cells up to the repair, with the normals of its week."""
    data = tmp_path_factory.mktemp("sound")
    facts = Facts(data, threads=1)
    facts.cells({"cell_id": "a", "site_id": "s"}, {"cell_id": "b", "site_id": "s"})
    for cell in "ab":
        facts.kpis(cell, MONDAY - PAST * HOUR, PAST, drop_rate_pct=_SWING)
        facts.kpis(cell, MONDAY, 34)  # until the repair
    told(facts, at=MONDAY)
    facts.close()
    return data


@pytest.fixture
def facts(warehouse: Path, tmp_path: Path):
    shutil.copytree(warehouse, tmp_path, dirs_exist_ok=True)
    facts = Facts(tmp_path, threads=1)
    yield facts
    facts.close()


def asked(**since: timedelta) -> pd.DataFrame:
    rows = [
        {
            "ask": "WO-1",
            "cell_id": cell,
            "told_at": REPAIRED,
            "repaired_at": REPAIRED,
            "since": REPAIRED + settle,
        }
        for cell, settle in (since or {"a": HOUR}).items()
    ]
    frame = pd.DataFrame(rows)
    for name in ("told_at", "repaired_at", "since"):
        frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[us, UTC]")
    return frame


def told(facts: Facts, cells: pd.DataFrame | None = None, **how: object) -> pd.DataFrame:
    at = how.pop("at", NOW)
    found = recovery(
        facts.connection, asked() if cells is None else cells, at,
        settings=SETTINGS, catalogue=load_catalogue(), band=Band(**how),
    )  # fmt: skip
    assert list(found.kpis) == KPIS
    return found.kpis.set_index(["cell_id", "kpi"])


def test_hours_beyond_the_band_by_hand(facts: Facts) -> None:
    # Tuesday 10:00 on, fifty hours: three per cent dropped in hours 2, 30, 31 and 49 (the last)
    drops = [3.0 if n in (2, 30, 31, 49) else 0.3 for n in range(50)]
    facts.kpis("a", REPAIRED, 50, drop_rate_pct=drops)
    row = told(facts).loc["a", "drop_rate_pct"]
    # the first hour settles: 49 hours from 11:00 on; the 24 hours before 12:20 hold those that
    # begin from 13:00 on Wednesday to 11:00 on Thursday: 23
    assert (row["since_used_h"], row["since_out_h"]) == (49.0, 4.0)
    assert (row["window_h"], row["used_h"], row["out_h"]) == (23.0, 23.0, 3.0)
    assert row["out_since"] == REPAIRED + 30 * HOUR
    assert (row["value"], row["normal"]) == (pytest.approx(3.0), pytest.approx(0.3))
    assert (row["first"], row["last"]) == (REPAIRED + HOUR, REPAIRED + 49 * HOUR)
    assert told(facts).loc["a", "availability_pct"]["out_h"] == 0.0


def test_a_fault_that_lasts_does_not_become_normal(facts: Facts) -> None:
    """Three per cent dropped for 29 days: the band of the week in which it was told counts."""
    facts.kpis("a", REPAIRED, PAST, drop_rate_pct=[10 * swing for swing in _SWING])
    now = REPAIRED + PAST * HOUR + timedelta(minutes=20)
    cells = asked().assign(since=pd.Timestamp(now - 20 * HOUR))
    for week in range(1, 5):  # as forecasts do, week by week
        told(facts, at=MONDAY + 7 * week * 24 * HOUR)
    row = told(facts, cells, at=now).loc["a", "drop_rate_pct"]
    # of the span's 20 hours the newest is not known yet
    assert row["out_h"] == row["used_h"] == 19.0
    assert row["normal"] == pytest.approx(0.3, rel=0.05)
    late = told(facts, cells.assign(told_at=pd.Timestamp(now)), at=now).loc["a", "drop_rate_pct"]
    assert (late["out_h"], late["used_h"]) == (0.0, 19.0)
    # told before the oldest week that is kept: that one
    long_ago = cells.assign(told_at=pd.Timestamp(MONDAY - 60 * 24 * HOUR))
    assert told(facts, long_ago, at=now).loc["a", "drop_rate_pct"]["out_h"] == 19.0


def test_better_than_usual_is_no_stray_and_a_light_load_neither(facts: Facts) -> None:
    facts.kpis("a", REPAIRED, 50, drop_rate_pct=0.01, prb_util_dl_pct=60.0, throughput_dl_mbps=400)
    found = told(facts)
    assert found.loc["a", "drop_rate_pct"]["out_h"] == 0.0
    assert found.loc["a", "throughput_dl_mbps"]["out_h"] == 0.0
    # 60 % instead of 40 % is far from usual, and far from the limit of 85 %
    assert found.loc["a", "prb_util_dl_pct"]["worst"] > 2
    assert found.loc["a", "prb_util_dl_pct"]["out_h"] == 0.0


def test_a_load_near_its_limit_is_a_stray(facts: Facts) -> None:
    facts.kpis("a", REPAIRED, 50, prb_util_dl_pct=80.0)
    assert told(facts).loc["a", "prb_util_dl_pct"]["out_h"] == 23.0


def test_hours_without_users_are_known_but_not_used(facts: Facts) -> None:
    facts.kpis("a", REPAIRED, 50, drop_rate_pct=3.0)
    row = told(facts, least_users=40.0).loc["a", "drop_rate_pct"]  # usual are 32
    assert (row["window_h"], row["used_h"], row["out_h"]) == (23.0, 0.0, 0.0)


def test_nothing_arrived_is_told_as_no_hours(facts: Facts) -> None:
    row = told(facts).loc["a", "drop_rate_pct"]
    assert row[["window_h", "used_h", "out_h", "since_used_h"]].tolist() == [0, 0, 0, 0]
    assert pd.isna(row["last"])
    # a KPI that the cell never delivers is not asked about, nor a cell without normals
    facts.cells({"cell_id": "new", "site_id": "s"})
    found = told(facts, asked(a=HOUR, new=HOUR))
    assert set(found.index.get_level_values("cell_id")) == {"a"}
    assert set(found.loc["a"].index) == set(NORMAL)


def test_only_what_was_known_then_is_used(facts: Facts) -> None:
    facts.kpis("a", REPAIRED, 50, drop_rate_pct=3.0)
    before = told(facts, at=NOW - 10 * HOUR)
    facts.connection.execute("DELETE FROM kpis WHERE known_at > ?", [NOW - 10 * HOUR])
    facts.kpis("a", NOW - 10 * HOUR - timedelta(minutes=20), 10, drop_rate_pct=0.3)
    pd.testing.assert_frame_equal(told(facts, at=NOW - 10 * HOUR), before)


def test_complaints_since_the_repair_whatever_their_score(facts: Facts) -> None:
    at = {"longitude": 116.4, "latitude": 39.9}
    facts.ticket(REPAIRED, cell_id="a", satisfaction=2)  # at the moment itself: before
    facts.ticket(REPAIRED + HOUR, cell_id="a", satisfaction=9)
    facts.ticket(REPAIRED + 2 * HOUR, cell_id="b")
    facts.ticket(REPAIRED + 3 * HOUR, cell_id="a", recorded_at=NOW + HOUR)  # not known yet
    facts.ticket(REPAIRED + 4 * HOUR, **at)
    found = recovery(
        facts.connection, asked(a=HOUR, b=HOUR), NOW, settings=SETTINGS, catalogue=load_catalogue()
    ).complaints
    assert list(found) == COMPLAINTS
    rows = [(row.cell_id, row.ticket_id, row.weight) for row in found.itertuples()]
    assert rows[:2] == [("a", "T0002", 1.0), ("b", "T0003", 1.0)]
    assert "T0001" not in set(found["ticket_id"])
    assert "T0004" not in set(found["ticket_id"])


def test_two_repairs_of_one_cell_are_told_apart(facts: Facts) -> None:
    facts.kpis("a", REPAIRED, 50, drop_rate_pct=[3.0] * 10 + [0.3] * 40)
    both = pd.concat([asked(), asked(a=20 * HOUR).assign(ask="WO-2")], ignore_index=True)
    found = recovery(
        facts.connection, both, NOW, settings=SETTINGS, catalogue=load_catalogue()
    ).kpis.set_index(["ask", "kpi"])
    assert found.loc[("WO-1", "drop_rate_pct"), "since_out_h"] == 9.0
    assert found.loc[("WO-2", "drop_rate_pct"), "since_out_h"] == 0.0


def test_nothing_asked_nothing_told(facts: Facts) -> None:
    none = recovery(
        facts.connection, asked().iloc[:0], NOW, settings=SETTINGS, catalogue=load_catalogue()
    )
    assert list(none.kpis) == KPIS
    assert none.complaints.empty

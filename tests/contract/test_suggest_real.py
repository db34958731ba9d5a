"""Profiles suggested for the real files load them, row for row as the shipped profiles do."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.contracts import feeds
from ingest.settings import IngestSettings
from ingest.suggest.propose import suggest
from tests.support.warehouses import Room

SETTINGS = IngestSettings()
FEEDS = feeds(SETTINGS.load_catalogue())


def suggested(room: Room, path: Path) -> tuple:
    made = suggest(path, settings=SETTINGS, feeds=FEEDS)
    profile = room.put("made.toml", made.toml)
    [result] = room.load(path, profile=str(profile))
    assert result.refused is None
    return made, result


def test_complaints_in_two_notations(room: Room, real_data: Path) -> None:
    made, result = suggested(
        room, real_data / "fcc_complaints" / "Comcast_telecom_complaints_data.csv"
    )
    assert (result.feed, result.rows_loaded, result.rows_rejected) == ("tickets", 2224, 0)
    # the burst of 24 June is whole only if no day was taken for a month
    assert room.one(
        "SELECT min(created_at::DATE)::VARCHAR, max(created_at::DATE)::VARCHAR, "
        "count(*) FILTER (created_at::DATE = DATE '2015-06-24') FROM tickets"
    ) == ("2015-04-01", "2015-06-30", 218)
    times = next(guess for guess in made.guesses if guess.what == "time formats")
    assert times.sure == "medium"


def test_stations_by_day(room: Room, real_data: Path) -> None:
    made, result = suggested(
        room, real_data / "lte_enodeb_daily" / "encoded_enodeb_rrc_success.csv"
    )
    assert (result.rows_loaded, result.rows_merged) == (10_101, 20_140)
    assert result.reasons == {"no_value": 108}
    assert made.unused == ("eNodeB ID Encoded",)
    shipped = Room(room.data / "shipped")
    shipped.load(
        real_data / "lte_enodeb_daily" / "encoded_enodeb_rrc_success.csv",
        profile="lte_enodeb_daily",
    )
    what = (
        "SELECT cell_id, ts, period_min, rrc_setup_failure_pct, erab_setup_failure_pct, "
        "throughput_dl_mbps, throughput_ul_mbps FROM kpis ORDER BY ALL"
    )
    assert room.rows(what) == shipped.rows(what)
    shipped.close()


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("E_RAB_DR_LTE", "drop_rate_pct"),
        ("E_RAB_SETUP_FR_LTE", "erab_setup_failure_pct"),
        ("E_RRC_SETUP_FR_LTE", "rrc_setup_failure_pct"),
    ],
)
def test_a_network_by_hour(room: Room, real_data: Path, name: str, column: str) -> None:
    made, result = suggested(room, real_data / "lte_network_hourly" / f"{name}.xlsx")
    assert (result.rows_read, result.rows_rejected) == (34_948, 3 if "DR" in name else 2)
    assert made.table.sheets == ("*",)
    assert room.one(f"SELECT DISTINCT cell_id, period_min FROM kpis WHERE {column} > 0") == (
        name, 60,
    )  # fmt: skip

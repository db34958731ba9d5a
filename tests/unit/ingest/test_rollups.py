"""Roll-ups by hand: means over minutes, sums of volumes, the worst hour, days of the zone."""

from __future__ import annotations

import duckdb
import pytest

from ingest.catalogue import BUILT_IN, load_catalogue
from ingest.retention import rollups as module
from ingest.retention import update_rollups
from ingest.settings import IngestSettings
from ingest.warehouse import prepare
from tests.support.warehouses import Room

HEAD = "cell_id,ts,period_min,drop_rate_pct,accessibility_pct,traffic_dl_gb\n"
CATALOGUE = load_catalogue()
SHOWN = "drop_rate_pct, accessibility_pct, traffic_dl_gb"


def hourly(room: Room) -> list[tuple]:
    return room.rows(f"SELECT cell_id, ts, samples, minutes, {SHOWN} FROM kpi_hourly ORDER BY ALL")


def test_an_hour_is_the_mean_over_minutes_and_the_sum_of_volumes(room: Room) -> None:
    room.take(
        "k.csv",
        HEAD
        + "A,2026-03-01T10:00:00+08:00,15,1,99,2\n"
        + "A,2026-03-01T10:15:00+08:00,15,2,,4\n"
        + "A,2026-03-01T10:30:00+08:00,30,4,96,8\n",
    )
    assert update_rollups(room.connection, CATALOGUE) == 1  # one day of one cell
    # (1·15 + 2·15 + 4·30) / 60 = 2.75; (99·15 + 96·30) / 45 = 97; 2 + 4 + 8
    assert hourly(room) == [("A", "2026-03-01T02:00:00Z", 3, 60, 2.75, 97.0, 14.0)]


def test_a_day_is_local_and_names_its_worst_hour(room: Room) -> None:
    room.take(
        "k.csv",
        HEAD
        + "A,2026-03-01T00:00:00+08:00,60,1,98,2\n"  # still 28 February in UTC
        + "A,2026-03-01T23:00:00+08:00,60,3,90,6\n"
        + "A,2026-03-02T00:00:00+08:00,60,9,50,1\n",
    )
    assert update_rollups(room.connection, CATALOGUE) == 2
    worst = ", ".join(f"{name}__worst" for name in SHOWN.split(", "))
    assert room.rows(
        f"SELECT day::VARCHAR, samples, minutes, {SHOWN}, {worst} FROM kpi_daily ORDER BY day"
    ) == [
        # worse is higher, lower, and for traffic the busy hour
        ("2026-03-01", 2, 120, 2.0, 94.0, 8.0, 3.0, 90.0, 6.0),
        ("2026-03-02", 1, 60, 9.0, 50.0, 1.0, 9.0, 50.0, 1.0),
    ]


def test_what_nobody_measured_is_unknown(room: Room) -> None:
    room.take("k.csv", HEAD + "A,2026-03-01T10:00:00+08:00,60,1,,\n")
    update_rollups(room.connection, CATALOGUE)
    assert room.one("SELECT accessibility_pct, accessibility_pct__worst FROM kpi_daily") == (
        None,
        None,
    )


def test_a_value_beyond_all_measure_is_unknown_and_breaks_nothing(room: Room) -> None:
    room.take("k.csv", HEAD + "A,2026-03-01T10:00:00+08:00,60,1,,1e30\n")
    update_rollups(room.connection, CATALOGUE)
    assert room.one("SELECT drop_rate_pct, traffic_dl_gb FROM kpi_daily") == (1.0, None)


def test_only_what_was_touched_is_done_again(room: Room) -> None:
    rows = "".join(f"{c},2026-03-0{d}T10:00:00+08:00,60,1,99,1\n" for c in "AB" for d in (1, 2))
    room.take("k.csv", HEAD + rows)
    assert update_rollups(room.connection, CATALOGUE) == 4
    assert update_rollups(room.connection, CATALOGUE) == 0
    room.take("late.csv", HEAD + "B,2026-03-01T11:00:00+08:00,60,3,97,3\n")
    assert update_rollups(room.connection, CATALOGUE) == 1
    room.take("revised.csv", HEAD + "A,2026-03-02T10:00:00+08:00,60,5,99,1\n")
    assert update_rollups(room.connection, CATALOGUE) == 1
    assert room.rows("SELECT cell_id, day::VARCHAR, drop_rate_pct FROM kpi_daily ORDER BY ALL") == [
        ("A", "2026-03-01", 1.0),
        ("A", "2026-03-02", 5.0),
        ("B", "2026-03-01", 2.0),
        ("B", "2026-03-02", 1.0),
    ]


def test_half_hours_of_the_zone_are_respected(tmp_path) -> None:
    """In Kolkata an hour begins at half past in UTC."""
    room = Room(tmp_path / "data", IngestSettings(time_zone="Asia/Kolkata"))
    try:
        room.take("k.csv", HEAD + "A,2026-03-01T10:15:00+05:30,15,1,99,1\n")
        update_rollups(room.connection, CATALOGUE)
        assert hourly(room)[0][1] == "2026-03-01T04:30:00Z"  # 10:00 there
    finally:
        room.close()


def test_the_hour_that_a_change_of_clocks_doubles_stays_two_hours(tmp_path) -> None:
    room = Room(tmp_path / "data", IngestSettings(time_zone="Europe/Berlin"))
    try:
        # 02:00 summer time and, an hour later, 02:00 winter time
        room.take(
            "k.csv",
            HEAD + "A,2026-10-25T00:00:00Z,60,1,99,1\n" + "A,2026-10-25T01:00:00Z,60,3,99,1\n",
        )
        update_rollups(room.connection, CATALOGUE)
        assert [row[1] for row in hourly(room)] == ["2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"]
        assert room.one("SELECT samples, drop_rate_pct FROM kpi_daily") == (2, 2.0)
    finally:
        room.close()


@pytest.mark.parametrize("step", ["forget_hourly", "write_hourly", "forget_daily", "write_daily"])
def test_an_end_at_any_step_leaves_the_state_before(room: Room, monkeypatch, step: str) -> None:
    room.take("k.csv", HEAD + "A,2026-03-01T10:00:00+08:00,60,1,99,1\n")
    update_rollups(room.connection, CATALOGUE)
    room.take("late.csv", HEAD + "A,2026-03-01T11:00:00+08:00,60,3,97,3\n")
    before = hourly(room)
    real = module.queries("retention")
    monkeypatch.setattr(module, "queries", lambda _: real | {step: "SELECT error('killed')"})
    with pytest.raises(duckdb.Error):
        update_rollups(room.connection, CATALOGUE)
    assert hourly(room) == before
    monkeypatch.setattr(module, "queries", lambda _: real)
    assert update_rollups(room.connection, CATALOGUE) == 1
    assert room.one("SELECT samples, drop_rate_pct FROM kpi_daily") == (2, 2.0)


def test_a_new_kpi_gets_its_columns(room: Room, tmp_path) -> None:
    own = tmp_path / "kpis.toml"
    own.write_text(
        BUILT_IN.read_text("utf-8")
        + '\n[kpi.cqi]\nunit = "-"\nmin = 0\nmax = 15\nworse = "lower"\nrollup = "max"\n'
        'group = "radio"\nzh = "CQI"\nen = "CQI"\nzh_help = "CQI"\nen_help = "CQI"\n',
        "utf-8",
    )
    more = load_catalogue(own)
    prepare(room.connection, time_zone="Asia/Shanghai", catalogue=more)
    room.connection.execute(
        "INSERT INTO kpis (cell_id, ts, period_min, known_at, delivery_id, cqi) VALUES "
        "('A', make_timestamptz(0), 30, make_timestamptz(0), 1, 7), "
        "('A', make_timestamptz(1800000000), 30, make_timestamptz(0), 1, 9)"
    )
    room.take("k.csv", HEAD + "B,2026-03-01T10:00:00+08:00,60,1,99,1\n")
    update_rollups(room.connection, more)
    assert room.one("SELECT cqi FROM kpi_hourly WHERE cell_id = 'A'") == (9.0,)
    assert room.one("SELECT cqi, cqi__worst FROM kpi_daily WHERE cell_id = 'A'") == (9.0, 9.0)

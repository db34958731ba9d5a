"""Old days go as a whole, raw KPIs after their roll-up; what comes for them later is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ingest.catalogue import load_catalogue
from ingest.clock import FixedClock
from ingest.retention import apply_retention
from ingest.retention import purge as module
from ingest.retention.tend import tend
from ingest.settings import RetentionSettings
from tests.support.warehouses import NOW, Room

CATALOGUE = load_catalogue()
HEAD = "cell_id,ts,period_min,drop_rate_pct\n"
LAST = datetime(2026, 3, 1, tzinfo=UTC)  # 08:00 on 1 March in Beijing


def days(room: Room, count: int = 50) -> None:
    """Cell A at 08:00 of so many local days up to 1 March, in one file each ten days."""
    lines = [f"A,{(LAST - timedelta(days=n)).isoformat()},60,1\n" for n in range(count)]
    room.take("k.csv", HEAD + "".join(lines))


def keep(**days: int) -> RetentionSettings:
    return RetentionSettings(**({"keep_raw_days": 40} | days))


def test_raw_days_go_and_their_rollups_stay(room: Room) -> None:
    days(room)
    done = apply_retention(room.connection, NOW, keep(), CATALOGUE)
    # 1 March and the 40 days before it stay: from 20 January on
    assert done.days_deleted == 50 - 41
    assert done.rows == {"kpis": 9}
    assert done.kept_from == datetime(2026, 1, 19, 16, tzinfo=UTC)
    assert room.one("SELECT min(ts), count(*) FROM kpis") == ("2026-01-20T00:00:00Z", 41)
    assert room.one("SELECT count(*) FROM kpi_hourly") == (50,)
    assert room.one("SELECT count(*) FROM kpi_daily") == (50,)


def test_again_it_finds_nothing(room: Room) -> None:
    days(room)
    apply_retention(room.connection, NOW, keep(), CATALOGUE)
    done = apply_retention(room.connection, NOW, keep(), CATALOGUE)
    assert (done.days_deleted, done.rows) == (0, {})


def test_a_dry_run_says_the_same_and_removes_nothing(room: Room) -> None:
    days(room)
    said = apply_retention(room.connection, NOW, keep(), CATALOGUE, dry_run=True)
    assert room.one("SELECT count(*) FROM kpis") == (50,)
    assert room.one("SELECT count(*) FROM upkeep") == (0,)
    assert apply_retention(room.connection, NOW, keep(), CATALOGUE) == said


def test_rollups_go_in_their_turn(room: Room) -> None:
    days(room)
    settings = keep(keep_hourly_days=45, keep_daily_days=47)
    done = apply_retention(room.connection, NOW, settings, CATALOGUE)
    assert done.rows == {"kpis": 9, "kpi_hourly": 4, "kpi_daily": 2}
    assert room.one("SELECT min(day)::VARCHAR FROM kpi_daily") == ("2026-01-13",)


def test_revisions_go_with_what_they_revised(room: Room) -> None:
    days(room)
    for value, day in ((2, "2026-01-12"), (3, "2026-02-20")):
        room.take(f"r{value}.csv", HEAD + f"A,{day}T08:00:00+08:00,60,{value}\n")
    done = apply_retention(room.connection, NOW, keep(), CATALOGUE)
    assert done.rows == {"kpis": 9, "kpi_revisions": 1}
    assert room.one("SELECT ts FROM kpi_revisions") == ("2026-02-20T00:00:00Z",)
    assert room.one("SELECT drop_rate_pct FROM kpi_daily WHERE day = DATE '2026-01-12'") == (2.0,)


def test_rows_for_a_day_that_is_gone_are_rejected_and_counted(room: Room) -> None:
    days(room)
    apply_retention(room.connection, NOW, keep(), CATALOGUE)
    result = room.take(
        "late.csv",
        HEAD + "A,2026-01-19T23:00:00+08:00,60,1\nA,2026-01-20T00:00:00+08:00,60,1\n",
    )
    assert (result.rows_loaded, result.rows_rejected) == (1, 1)
    assert result.reasons == {"too_old:ts": 1}
    assert room.one("SELECT row_number, column_name, reason FROM rejected_rows") == (
        1,
        "ts",
        "too_old",
    )


def test_before_anything_was_removed_old_history_is_welcome(room: Room) -> None:
    assert room.take("old.csv", HEAD + "A,2019-01-19T23:00:00+08:00,60,1\n").rows_loaded == 1


def test_when_deliveries_stop_nothing_runs_away(room: Room) -> None:
    """Ages count back from the newest KPI: an export of 2019 studied in 2026 stays."""
    days(room)
    years_later = NOW + timedelta(days=2000)
    apply_retention(room.connection, years_later, keep(), CATALOGUE)
    assert room.one("SELECT count(*) FROM kpis") == (41,)


def test_a_row_from_the_future_does_not_move_the_end(room: Room) -> None:
    days(room)
    room.take("future.csv", HEAD + "A,2036-01-01T00:00:00+08:00,60,1\n")
    apply_retention(room.connection, NOW, keep(), CATALOGUE)
    assert room.one("SELECT count(*) FROM kpis WHERE ts < TIMESTAMPTZ '2030-01-01'") == (40,)


def test_rejected_rows_go_by_their_loading(room: Room) -> None:
    room.take("bad.csv", HEAD + "A,2026-03-01T10:00:00+08:00,60,wrong\n")
    apply_retention(room.connection, NOW + timedelta(days=90), keep(), CATALOGUE)
    assert room.one("SELECT count(*) FROM rejected_rows") == (1,)
    done = apply_retention(room.connection, NOW + timedelta(days=91), keep(), CATALOGUE)
    assert done.rows == {"rejected_rows": 1}
    assert room.one("SELECT count(*) FROM rejected_rows") == (0,)
    assert room.one("SELECT sum(rows_rejected)::INTEGER FROM deliveries") == (1,)


def test_counters_go_sooner(room: Room) -> None:
    days(room, 3)
    have = room.one("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'counters'")[0]
    if not have:
        room.connection.execute("CREATE TABLE counters (cell_id VARCHAR, ts TIMESTAMPTZ)")
    room.connection.execute(
        "INSERT INTO counters BY NAME SELECT * FROM (SELECT 'A' AS cell_id, "
        "TIMESTAMPTZ '2026-03-01 00:00:00+08' - to_days(n::INTEGER) AS ts FROM range(10) r(n))"
        if not have
        else _counters(room)
    )
    done = apply_retention(room.connection, NOW, keep(), CATALOGUE)
    assert done.rows == {"counters": 2}  # 20 and 21 February
    assert done.days_deleted == 0


def _counters(room: Room) -> str:
    """An INSERT that fills whatever other columns the table wants."""
    columns = room.connection.execute("DESCRIBE counters").fetchall()
    others = [
        f"{'0' if kind in ('INTEGER', 'BIGINT', 'DOUBLE', 'FLOAT') else _some(kind)} AS {name}"
        for name, kind, null, *_ in columns
        if null == "NO" and name not in ("cell_id", "ts")
    ]
    values = ", ".join(
        [
            "'A' AS cell_id",
            "TIMESTAMPTZ '2026-03-01 00:00:00+08' - to_days(n::INTEGER) AS ts",
            *others,
        ]
    )
    return f"INSERT INTO counters BY NAME SELECT {values} FROM range(10) r(n)"


def _some(kind: str) -> str:
    return "make_timestamptz(0)" if kind.startswith("TIMESTAMP") else f"CAST('0' AS {kind})"


def test_an_end_between_the_tables_leaves_both(room: Room, monkeypatch) -> None:
    days(room)
    room.take("r.csv", HEAD + "A,2026-01-12T08:00:00+08:00,60,2\n")
    monkeypatch.setattr(module, "set_mark", _killed)
    with pytest.raises(RuntimeError):
        apply_retention(room.connection, NOW, keep(), CATALOGUE)
    assert room.one("SELECT count(*) FROM kpis") == (50,)
    assert room.one("SELECT count(*) FROM kpi_revisions") == (1,)
    monkeypatch.undo()
    assert apply_retention(room.connection, NOW, keep(), CATALOGUE).days_deleted == 9


def _killed(*_: object) -> None:
    raise RuntimeError("killed")


def test_tending_does_all_of_it(room: Room) -> None:
    days(room)
    settings = room.settings.model_copy(update={"retention": keep()})
    done = tend(room.connection, room.data, settings=settings, clock=FixedClock(NOW))
    assert done.days_deleted == 9
    assert room.one("SELECT count(*) > 0 FROM quality_cells") == (True,)
    again = tend(room.connection, room.data, settings=settings, clock=FixedClock(NOW))
    assert again.rows == {}

"""The warehouse is lost, damaged or put back: noticed at opening, made anew from the archive."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from ingest.archive.journal import Journal
from ingest.clock import FixedClock
from ingest.errors import FileRefusedError, LostDeliveriesError, WarehouseError
from ingest.rebuild import Rebuilt, rebuild
from ingest.retention.tend import tend
from ingest.settings import IngestSettings
from ingest.warehouse import open_warehouse
from tests.support.tables import same_tables, tables
from tests.support.warehouses import KPI_HEAD, NOW, TICKET_HEAD, Room

CANARY = "13987654321"
ASKED = FixedClock(NOW)


def fill(room: Room) -> None:
    """Files of every kind of fate: loaded, revised, rejected rows, refused, live and by hand."""
    room.take("cells.csv", "cell_id,longitude,latitude\nA,116.4,39.9\nB,0,0\n")
    room.take("kpis_1.csv", KPI_HEAD + "A,2026-03-01 08:00,60,1,2\nA,2026-03-01 09:00,60,NaN,2\n")
    room.take("kpis_2.csv.gz", KPI_HEAD + "A,2026-03-01 08:00,60,1.5,\n")
    room.take("kpis_2b.csv", KPI_HEAD + "A,2026-03-01 10:00,60,1,2\n", live_at=NOW)
    room.take("kpis_3.csv", "cell_id,latency_ms\nA,1\n")
    room.take(
        "tickets.csv",
        TICKET_HEAD
        + f"T1,2026-03-01 08:00,,{CANARY},3,请回电{CANARY}\n"
        + "T2,2026-03-01\n"
        + "T3,2026-03-01 09:00,,,99,\n"
        + f"T4,2026-03-01 10:00,2026-03-01 12:00,{CANARY},2,慢\n",
    )
    room.take("tickets2.csv", TICKET_HEAD + "T1,2026-03-01 08:00,2026-03-01 11:00,,4,\n")
    room.take("works.csv", "work_id,cell_id,starts_at\nW,A,2026-03-03\n", live_at=NOW)
    tend(room.connection, room.data, settings=room.settings, clock=ASKED)


def remade(data: Path, settings: IngestSettings | None = None) -> Rebuilt:
    return rebuild(data, settings=settings or IngestSettings(), clock=ASKED)


def test_the_warehouse_made_anew_equals_the_old_one(room: Room) -> None:
    fill(room)
    room.connection.execute(
        "INSERT INTO forecast_runs (as_of, mode, made_at, details) "
        "VALUES (make_timestamptz(0), 'cells', make_timestamptz(0), '{}')"
    )
    room.close()
    before = tables(room.data)
    assert before["ticket_states"].total() == 3
    assert before["kpi_revisions"].total() == 1
    assert before["rejected_rows"].total() == 3
    done = remade(room.data)
    assert (done.deliveries, done.files, done.missing, done.different) == (8, 7, (), ())
    assert done.carried == 1
    same_tables(before, tables(room.data))
    connection = open_warehouse(room.data)  # journal and warehouse agree
    room.connection = connection
    [result] = room.load(
        room.put("kpis_1.csv", (room.data.parent / "files/kpis_1.csv").read_bytes())
    )
    assert result.known


def test_what_was_too_old_is_so_again(tmp_path: Path) -> None:
    room = Room(tmp_path / "data")
    room.take("kpis_1.csv", KPI_HEAD + "A,2025-06-01 08:00,60,1,2\nA,2026-03-01 08:00,60,1,2\n")
    tend(room.connection, room.data, settings=room.settings, clock=ASKED)
    result = room.take("kpis_2.csv", KPI_HEAD + "B,2025-06-01 08:00,60,1,2\nB,2026-03-01,60,1,2\n")
    assert result.reasons == {"too_old:ts": 1}
    tend(room.connection, room.data, settings=room.settings, clock=ASKED)
    room.close()
    before = tables(room.data)
    assert before["kpis"].total() == 2
    assert before["kpi_daily"].total() == 3
    assert remade(room.data).different == ()
    same_tables(before, tables(room.data))


def test_lost_warehouse_is_not_replaced_by_an_empty_one(room: Room) -> None:
    fill(room)
    room.close()
    before = tables(room.data)
    (room.data / "warehouse.duckdb").unlink()
    (room.data / "warehouse.duckdb.wal").unlink(missing_ok=True)
    with pytest.raises(
        LostDeliveriesError, match=r"is gone, but 8 deliveries .* `foresite rebuild`"
    ):
        open_warehouse(room.data)
    assert remade(room.data).carried is None
    same_tables(before, tables(room.data))


def test_an_older_copy_put_back_is_noticed(room: Room) -> None:
    room.take("kpis_1.csv", KPI_HEAD + "A,2026-03-01 08:00,60,1,2\n")
    room.connection.execute("CHECKPOINT")
    old = room.data.parent / "old.duckdb"
    shutil.copy(room.data / "warehouse.duckdb", old)
    room.take("kpis_2.csv", KPI_HEAD + "A,2026-03-01 09:00,60,1,2\n")
    room.close()
    shutil.copy(old, room.data / "warehouse.duckdb")
    with pytest.raises(LostDeliveriesError, match="delivery 1, but delivery 2 was committed"):
        open_warehouse(room.data)
    remade(room.data)
    connection = open_warehouse(room.data)
    assert connection.execute("SELECT count(*) FROM kpis").fetchall() == [(2,)]
    connection.close()


def test_the_warehouse_of_another_directory_is_noticed(tmp_path: Path) -> None:
    rooms = [Room(tmp_path / name / "data") for name in "ab"]
    for place, room in enumerate(rooms):
        room.take("kpis.csv", KPI_HEAD + f"A,2026-03-01 0{place}:00,60,1,2\n")
        room.close()
    shutil.copy(rooms[0].data / "warehouse.duckdb", rooms[1].data / "warehouse.duckdb")
    with pytest.raises(LostDeliveriesError, match="that of another data directory"):
        open_warehouse(rooms[1].data)


@pytest.mark.parametrize("cut", [1, 10, 60])
def test_every_flipped_head_of_the_log_is_noticed(room: Room, cut: int) -> None:
    """A damaged head of the write-ahead log may open normally, with its content gone."""
    room.connection.execute("CHECKPOINT")
    room.take("kpis.csv", KPI_HEAD + "A,2026-03-01 08:00,60,1,2\n")
    crashed = room.data.parent / "crashed"
    shutil.copytree(room.data, crashed)
    log = crashed / "warehouse.duckdb.wal"
    raw = bytearray(log.read_bytes())
    raw[cut] ^= 0xFF
    log.write_bytes(raw)
    with pytest.raises(WarehouseError):
        open_warehouse(crashed)
    remade(crashed)
    connection = open_warehouse(crashed)
    assert connection.execute("SELECT count(*) FROM kpis").fetchall() == [(1,)]
    connection.close()


def test_a_torn_journal_is_completed_from_the_warehouse(room: Room) -> None:
    fill(room)
    room.close()
    journal = Journal(room.data)
    whole = journal.path.read_bytes()
    lines = whole.splitlines(keepends=True)
    for kept in (0, 1, len(lines[-1]) // 2, len(lines[-1]) - 1):
        journal.path.write_bytes(b"".join(lines[:-1]) + lines[-1][:kept])
        open_warehouse(room.data).close()
        assert journal.mark().delivery_id == 8
    damaged = bytearray(whole)
    damaged[-20] ^= 1
    journal.path.write_bytes(damaged)
    open_warehouse(room.data).close()
    assert [entry["delivery_id"] for entry in journal.entries()] == list(range(1, 9))
    before = tables(room.data)
    assert remade(room.data).different == ()
    same_tables(before, tables(room.data))


def test_a_missing_or_changed_copy_is_named(room: Room) -> None:
    fill(room)
    room.close()
    day = datetime(2026, 3, 2, tzinfo=UTC).date().isoformat()
    (room.data / f"archive/{day}/cells.csv").unlink()
    (room.data / f"archive/{day}/kpis_1.csv").write_text("cell_id\n")
    done = remade(room.data)
    assert len(done.missing) == 2
    assert "cells.csv: " in done.missing[0]
    assert "is not what was delivered" in done.missing[1]


def test_damage_in_the_middle_of_the_journal_is_named(room: Room) -> None:
    fill(room)
    room.close()
    journal = Journal(room.data)
    lines = journal.path.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b"kpis", b"cpis", 1)
    journal.path.write_bytes(b"".join(lines))
    with pytest.raises(WarehouseError, match=r"journal\.jsonl: line 3 is damaged"):
        remade(room.data)


def test_without_journal_there_is_nothing_to_make(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="has no deliveries"):
        remade(tmp_path)


def test_no_copies_are_kept_when_the_settings_say_so(tmp_path: Path) -> None:
    room = Room(tmp_path / "data", IngestSettings(keep_raw_files=False))
    room.take("kpis.csv", KPI_HEAD + "A,2026-03-01 08:00,60,1,2\n")
    room.close()
    assert not (room.data / "archive").exists()
    [line] = remade(room.data, room.settings).missing
    assert line.endswith("no copy was kept")


def test_the_old_warehouse_is_kept(room: Room) -> None:
    fill(room)
    room.close()
    remade(room.data)
    remade(room.data)
    old = duckdb.connect(str(room.data / "warehouse.before-rebuild.duckdb"), read_only=True)
    assert old.execute("SELECT count(*) FROM deliveries").fetchall() == [(8,)]
    old.close()
    assert not (room.data / ".rebuild").exists()


def test_a_copy_made_for_nothing_is_removed(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args, **_options):
        raise FileRefusedError("not today")

    path = room.put("kpis.csv", KPI_HEAD + "A,2026-03-01 08:00,60,1,2\n")
    with monkeypatch.context() as patch:
        patch.setattr("ingest.delivering.enter", fail)
        with pytest.raises(FileRefusedError):
            room.load(path)
    assert list((room.data / "archive").rglob("*.csv")) == []
    assert room.load(path)[0].rows_loaded == 1
    assert len(list((room.data / "archive").rglob("*.csv"))) == 1


def test_an_unchanged_file_is_known_without_being_read(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = room.put("kpis.csv", KPI_HEAD + "A,2026-03-01 08:00,60,1,2\n")
    room.load(path)
    with monkeypatch.context() as patch:
        patch.setattr("ingest.delivering.open_file", None)
        patch.setattr("ingest.delivering.sha256", None)
        assert room.load(path)[0].known
    stat = path.stat()
    path.write_text(path.read_text().replace("1,2", "1,3"))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # as if it had not been written to
    assert room.load(path)[0].rows_updated == 1
    copy = room.put("kpis_other_name.csv", path.read_bytes())
    assert room.load(copy)[0].known

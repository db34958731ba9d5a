"""A file that changes under our hands, or takes too long, takes nothing with it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ingest import file_rows
from ingest.clock import FixedClock
from ingest.deadline import check_time
from ingest.inbox import take_inbox
from ingest.settings import IngestSettings
from tests.support.warehouses import KPI_HEAD, NOW, TICKET_HEAD, Room

ROW = "A,2026-03-01T08:00:00+08:00,60,1,2\n"
ENDLESS = "SELECT count(*) FROM range(1000000) a, range(1000000) b"


def grown(monkeypatch: pytest.MonkeyPatch, path: Path, name: str) -> None:
    """The file grows after its rows were read."""
    original = getattr(file_rows, name)

    def load(*args, **options):
        found = original(*args, **options)
        with path.open("a") as file:
            file.write(ROW.replace("A,", "B,"))
        return found

    monkeypatch.setattr(file_rows, name, load)


@pytest.mark.parametrize("name", ["load_directly", "load_interval_rows"])
def test_a_file_that_grows_while_it_is_read_is_left_for_later(
    room: Room, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    settings = IngestSettings(inbox_old_s=0)
    inbox = room.data / "inbox"
    inbox.mkdir()
    path = inbox / "kpis.csv"
    path.write_text(KPI_HEAD + ROW + (ROW if name == "load_interval_rows" else ""))
    with monkeypatch.context() as patch:
        grown(patch, path, name)
        [result] = take_inbox(room.connection, room.data, settings=settings, clock=FixedClock(NOW))
    assert result.again
    assert result.refused is not None
    assert "was changed while it was read" in result.refused
    assert path.exists()
    counts = "SELECT (SELECT count(*) FROM kpis), (SELECT count(*) FROM deliveries)"
    assert room.one(counts) == (0, 0)
    assert [p for p in (room.data / "archive").rglob("*") if p.is_file()] == []
    [result] = take_inbox(room.connection, room.data, settings=settings, clock=FixedClock(NOW))
    assert result.rows_loaded == 2
    assert not path.exists()


def test_a_file_that_is_replaced_while_it_is_read_is_not_taken(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = room.put("kpis.csv", KPI_HEAD + ROW)
    original = file_rows.load_directly

    def load(*args, **options):
        found = original(*args, **options)
        other = path.with_name("other")
        other.write_text(KPI_HEAD + ROW.replace("1,2", "1,3"))
        stat = path.stat()
        os.utime(other, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        other.replace(path)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(file_rows, "load_directly", load)
        [result] = room.load(path)
    assert result.again
    assert room.load(path)[0].rows_loaded == 1
    assert room.one("SELECT latency_ms FROM kpis") == (3.0,)


def test_a_statement_that_takes_too_long_refuses_its_file_alone(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.settings = IngestSettings(max_file_seconds=4)  # the other one must not be hurried
    original = file_rows.load_directly

    def slow(connection, opened, *args, **options):
        if opened.path.name == "kpis_slow.csv":
            connection.execute(ENDLESS).fetchall()
        return original(connection, opened, *args, **options)

    monkeypatch.setattr(file_rows, "load_directly", slow)
    paths = [room.put(f"kpis_{name}.csv", KPI_HEAD + ROW) for name in ("slow", "well")]
    slowly, well = room.load(*paths)
    assert slowly.refused is not None
    assert "takes longer than max_file_seconds = 4" in slowly.refused
    assert well.rows_loaded == 1


def test_a_loop_that_takes_too_long_refuses_its_file(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.settings = IngestSettings(max_file_seconds=0.05)

    def forever(*_args):
        while True:
            check_time()

    monkeypatch.setattr(file_rows, "load_states", forever)
    result = room.take("tickets.csv", TICKET_HEAD + "T,2026-03-01,,,,\n")
    assert result.refused is not None
    assert "takes longer than max_file_seconds" in result.refused
    assert room.one("SELECT count(*) FROM ticket_states") == (0,)

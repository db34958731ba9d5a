from __future__ import annotations

import os
from pathlib import Path

import pytest

from ingest.clock import FixedClock
from ingest.inbox import take_inbox
from ingest.result import FileResult
from ingest.settings import IngestSettings
from tests.support.containers import tarred, zipped
from tests.support.warehouses import KPI_HEAD, NOW, TICKET_HEAD, Room

KPIS = KPI_HEAD + "A,2026-03-02 08:00,60,1,2\n"
TICKETS = TICKET_HEAD + "T1,2026-03-02 08:00,,13987654321,3,slow\n"


def drop(room: Room, name: str, content: bytes) -> Path:
    path = room.data / "inbox" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def look(room: Room) -> list[FileResult]:
    settings = IngestSettings(inbox_old_s=0)
    return take_inbox(room.connection, room.data, settings=settings, clock=FixedClock(NOW))


def left(room: Room, folder: str) -> list[str]:
    root = room.data / folder
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_each_file_of_a_container_is_taken_by_itself(room: Room, pack) -> None:
    content = pack({"kpis.csv": KPIS, "tickets.csv": TICKETS, "kpis_bad.csv": "nothing\n1\n"})
    path = drop(room, "x.dat", content)
    path.with_name("x.dat.ok").touch()
    results = look(room)
    assert [(Path(r.file).name, r.rows_loaded, r.refused is None) for r in results] == [
        ("kpis.csv", 1, True),
        ("kpis_bad.csv", 0, False),
        ("tickets.csv", 1, True),
    ]
    assert list((room.data / "inbox").iterdir()) == []
    assert left(room, "rejected") == [
        "x.dat.members/kpis_bad.csv",
        "x.dat.members/kpis_bad.csv.reason.txt",
    ]
    archived = left(room, "archive")
    assert [Path(name).name for name in archived] == ["kpis.csv", "tickets.csv.masked.csv"]
    for file in room.data.rglob("*"):
        if file.is_file() and "warehouse" not in file.name:
            assert b"13987654321" not in file.read_bytes(), file


def test_a_container_that_cannot_be_used_is_rejected_whole(room: Room) -> None:
    drop(room, "x.zip", zipped({"kpis.csv": KPIS, "../y.csv": KPIS}))
    [result] = look(room)
    assert result.refused is not None
    assert "has a member outside of it" in result.refused
    assert left(room, "rejected") == ["x.zip", "x.zip.reason.txt"]
    assert left(room, "inbox") == []
    assert room.one("SELECT count(*) FROM kpis") == (0,)


def test_a_folder_of_an_earlier_container_is_kept(room: Room) -> None:
    drop(room, "x.zip.members/.waiting.csv", b"")
    drop(room, "x.zip", zipped({"kpis.csv": KPIS}))
    [result] = look(room)
    assert result.file.endswith("x.zip.members-2/kpis.csv")
    assert left(room, "inbox") == ["x.zip.members/.waiting.csv"]


def test_what_a_killed_process_left_is_taken_up(room: Room) -> None:
    """Killed after the folder was made and before the container was gone."""
    drop(room, ".x.zip.unpacking/half.csv", b"half")
    drop(room, "x.zip.members/kpis.csv", KPIS.encode())
    drop(room, "x.zip", zipped({"kpis.csv": KPIS}))
    for path in (room.data / "inbox").rglob("*"):
        os.utime(path, (0, 0))
    results = look(room)
    assert [(r.rows_loaded, r.rows_unchanged) for r in results] == [(1, 0), (0, 1)]
    assert list((room.data / "inbox").iterdir()) == []
    assert room.one("SELECT count(*) FROM kpis") == (1,)

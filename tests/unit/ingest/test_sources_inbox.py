"""What the inbox makes of files that sources brought."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ingest.clock import FixedClock
from ingest.inbox import take_inbox
from ingest.settings import IngestSettings
from tests.support.warehouses import KPI_HEAD, NOW, Room

PROFILE = """
description = "Exports of the operations system"
[[tables]]
feed = "kpis"
files = ["*.txt"]
delimiter = ";"
[tables.columns]
cell_id = { source = "Zelle" }
ts = { source = "Zeit" }
period_min = { constant = "60" }
latency_ms = { source = "ms" }
"""
FOREIGN = "Zelle;Zeit;ms\nA;2026-03-02 08:00;7\n"


def take(room: Room, *sources: dict):
    return take_inbox(
        room.connection,
        room.data,
        settings=IngestSettings(sources=sources),
        clock=FixedClock(NOW),
    )


def drop(room: Room, name: str, content: str) -> Path:
    path = room.data / "inbox" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    os.utime(path, (1, 1))
    return path


@pytest.fixture
def oss(room: Room):
    profile = room.put("oss.toml", PROFILE)
    return {"name": "oss", "kind": "folder", "path": "/srv/oss", "profile": str(profile)}


def test_files_of_a_source_are_read_as_it_declares_under_its_name(room: Room, oss) -> None:
    drop(room, "oss/deep/er/export.txt", FOREIGN)
    drop(room, "web/any-name.csv", KPI_HEAD + "B,2026-03-02 08:00,60,1,2\n")
    drop(room, "kpis.csv", KPI_HEAD + "C,2026-03-02 08:00,60,1,3\n")
    web = {"name": "web", "kind": "https", "url": "https://h.example/any-name.csv", "feed": "kpis"}
    results = take(room, oss, web)
    assert [result.refused for result in results] == [None] * 3
    assert room.rows("SELECT cell_id, latency_ms FROM kpis ORDER BY cell_id") == [
        ("A", 7.0),
        ("B", 2.0),
        ("C", 3.0),
    ]
    assert room.rows("SELECT DISTINCT source FROM deliveries ORDER BY 1") == [
        ("inbox",),
        ("oss",),
        ("web",),
    ]


def test_a_broken_profile_holds_up_its_own_source_alone(room: Room, oss) -> None:
    waiting = [drop(room, f"oss/{n}.txt", FOREIGN) for n in range(2)]
    drop(room, "kpis.csv", KPI_HEAD + "C,2026-03-02 08:00,60,1,3\n")
    Path(oss["profile"]).write_text("nonsense = 1")
    said, loaded = take(room, oss)
    assert said.again
    assert said.refused.startswith("source oss: ")
    assert said.refused.endswith("its files wait in the inbox")
    assert loaded.rows_loaded == 1
    assert all(path.exists() for path in waiting)
    Path(oss["profile"]).write_text(PROFILE)
    assert [result.refused for result in take(room, oss)] == [None, None]
    assert not any(path.exists() for path in waiting)


def test_a_folder_of_no_source_is_an_ordinary_one(room: Room, oss) -> None:
    drop(room, "others/kpis.csv", KPI_HEAD + "C,2026-03-02 08:00,60,1,3\n")
    [result] = take(room, oss)
    assert result.rows_loaded == 1
    assert room.one("SELECT source FROM deliveries") == ("inbox",)

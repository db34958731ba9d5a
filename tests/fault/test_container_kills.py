"""kill -9 while a container in the inbox is unpacked: its files are loaded once, none is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.clock import FixedClock
from ingest.inbox import take_inbox
from ingest.settings import IngestSettings
from tests.fault.test_ingest_kills import stopped_child
from tests.support.containers import zipped
from tests.support.warehouses import KPI_HEAD, NOW, Room

STEPS = [
    ("ingest.containers", "_check_made"),  # files written, folder still hidden
    ("ingest.inbox_containers", "_free"),  # durable, folder still hidden
    ("ingest.inbox_containers", "sync_folder"),  # renamed
    ("ingest.inbox_containers", "_remove"),  # renamed for good, the container still there
    ("ingest.inbox", "_without_broken"),  # the container gone, no file of it loaded
    ("ingest.inbox", "put_away"),  # one file loaded, and still in the folder
    ("ingest.inbox", "remove_empty"),  # all loaded, the folder still there
]


@pytest.mark.parametrize(("module", "name"), STEPS)
def test_killed_while_a_container_is_taken(tmp_path: Path, module: str, name: str) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    lines = {f"kpis_{n}.csv": KPI_HEAD + f"C{n},2026-03-02 08:00,60,1,2\n" for n in range(3)}
    (inbox / "x.zip").write_bytes(zipped(lines))
    stopped_child(tmp_path, module, name).kill()
    room = Room(tmp_path, IngestSettings(inbox_old_s=0))
    for _ in range(2):
        take_inbox(room.connection, tmp_path, settings=room.settings, clock=FixedClock(NOW))
    assert room.rows("SELECT cell_id FROM kpis ORDER BY 1") == [("C0",), ("C1",), ("C2",)]
    assert [path for path in inbox.rglob("*") if path.name != ".looks.json"] == []
    assert room.one("SELECT count(*) FROM deliveries WHERE refused IS NOT NULL") == (0,)
    assert not (tmp_path / "rejected").exists()
    room.close()


def test_killed_while_a_container_is_loaded_by_hand(tmp_path: Path) -> None:
    """What was unpacked is cleared away by the next call."""
    room = Room(tmp_path / "data")
    left = room.data / "unpacked" / "tmp_of_a_killed_process" / "x" / "kpis.csv"
    left.parent.mkdir(parents=True)
    left.write_text(KPI_HEAD)
    room.load(room.put("x.zip", zipped({"kpis.csv": KPI_HEAD + "A,2026-03-02 08:00,60,1,2\n"})))
    assert list((room.data / "unpacked").iterdir()) == []
    assert room.one("SELECT count(*) FROM kpis") == (1,)
    room.close()

"""kill -9 at the steps of the inbox: a restart needs no hand, nothing is lost or doubled."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.clock import FixedClock
from ingest.errors import WarehouseError
from ingest.inbox import take_inbox
from ingest.settings import IngestSettings
from ingest.warehouse import open_warehouse
from tests.support.forks import Child, fork
from tests.support.warehouses import KPI_HEAD, NOW, TICKET_HEAD

CHILD = """
import importlib, sys, time
from datetime import UTC, datetime
from pathlib import Path
from ingest.clock import FixedClock
from ingest.inbox import take_inbox
from ingest.settings import IngestSettings
from ingest.warehouse import open_warehouse

module, name, data = sys.argv[1:]
def stop(*args, **kwargs):
    print("reached", flush=True)
    time.sleep(600)
if name:
    setattr(importlib.import_module(module), name, stop)
connection = open_warehouse(Path(data))
if not name:
    stop()
clock = FixedClock(datetime(2026, 3, 2, 4, 0, tzinfo=UTC))
take_inbox(connection, Path(data), settings=IngestSettings(inbox_old_s=0), clock=clock)
"""


def stopped_child(data: Path, module: str, name: str) -> Child:
    """A child that has reached the step and stands still."""
    child = fork(CHILD, module, name, data)
    child.reach()
    return child


STEPS = [
    ("ingest.file_rows", "load_directly", False),  # in the transaction, nothing of it written
    ("ingest.archive.store", "_keep_one", False),  # rows written, file not archived
    ("ingest.archive.store", "sync_folder", False),  # archived, names not durable
    ("ingest.delivering", "enter", False),  # archived, ledger not written
    ("ingest.archive.journal", "_line", True),  # committed, not in the journal
    ("ingest.inbox", "put_away", True),  # in the journal, not removed from the inbox
]


@pytest.mark.parametrize(("module", "name", "committed"), STEPS)
def test_killed_between_rows_and_move(
    tmp_path: Path, module: str, name: str, committed: bool
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "kpis.csv").write_text(KPI_HEAD + "A,2026-03-02 08:00,60,1,2\n")
    stopped_child(tmp_path, module, name).kill()
    assert (inbox / "kpis.csv").exists()
    connection = open_warehouse(tmp_path)
    assert connection.execute("SELECT count(*) FROM kpis").fetchall() == [(int(committed),)]
    [result] = take_inbox(
        connection, tmp_path, settings=IngestSettings(inbox_old_s=0), clock=FixedClock(NOW)
    )
    assert (result.rows_loaded, result.rows_unchanged) == ((0, 1) if committed else (1, 0))
    assert connection.execute("SELECT count(*) FROM kpis").fetchall() == [(1,)]
    assert connection.execute("SELECT count(*) FROM deliveries").fetchall() == [(1,)]
    assert list(inbox.glob("*.csv")) == []
    assert (tmp_path / "archive/2026-03-02/kpis.csv").exists()
    connection.close()


def test_killed_while_the_masked_copy_is_put_in_place(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "tickets.csv").write_text(TICKET_HEAD + "T,2026-03-02 08:00,,13987654321,3,\n")
    stopped_child(tmp_path, "ingest.archive.masking", "free_name").kill()
    connection = open_warehouse(tmp_path)
    [result] = take_inbox(
        connection, tmp_path, settings=IngestSettings(inbox_old_s=0), clock=FixedClock(NOW)
    )
    assert result.rows_loaded == 1
    files = [path.name for path in (tmp_path / "archive/2026-03-02").iterdir()]
    assert files == ["tickets.csv.masked.csv"]
    assert list(inbox.glob("*.csv")) == []
    connection.close()
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"13987654321" not in path.read_bytes()


def test_a_warehouse_in_use_names_the_process(tmp_path: Path) -> None:
    child = stopped_child(tmp_path, "", "")
    try:
        with pytest.raises(WarehouseError, match=f"is held by process {child.pid};"):
            open_warehouse(tmp_path)
    finally:
        child.kill()
    open_warehouse(tmp_path).close()

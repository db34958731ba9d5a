"""A disk that is full: said so, nothing damaged, and it goes on when there is room again."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.clock import FixedClock
from ingest.errors import DiskFullError, WarehouseError
from ingest.inbox import take_inbox
from ingest.settings import IngestSettings
from ingest.warehouse import open_warehouse
from tests.support.warehouses import KPI_HEAD, NOW, Room

ROOT = Path(__file__).parents[2]
LIVED = """
import random, sys
from pathlib import Path
import duckdb
from ingest.clock import FixedClock
from ingest.errors import DiskFullError, WarehouseError
from ingest.inbox import take_inbox
from ingest.settings import IngestSettings
from ingest.warehouse import open_warehouse
from tests.support.warehouses import KPI_HEAD, NOW

place, keep_free, files = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
data = place / "data"
ballast = place / "ballast"
ballast.write_bytes(bytes(3_000_000))
settings = IngestSettings(inbox_old_s=0, min_free_bytes=keep_free)
chance = random.Random(1)

def drop(number):
    rows = "".join(
        f"C{i},2026-02-{1 + number:02}T{h:02}:00:00Z,60,{chance.random()},{chance.random()}\\n"
        for i in range(250) for h in range(24)
    )
    outside = Path(sys.argv[4]) / f"kpis_{number:03}.csv"
    outside.write_text(KPI_HEAD + rows)
    return outside

def bring(outside):
    # the landing of a file may fail too: then it is brought again
    target = data / "inbox" / outside.name
    part = target.with_name("." + target.name)
    try:
        part.write_bytes(outside.read_bytes())
        part.replace(target)
    except OSError:
        part.unlink(missing_ok=True)
        return False
    return True

def look():
    # as the worker does: a failed warehouse is closed and opened anew
    connection = open_warehouse(data)
    try:
        return [r for r in take_inbox(connection, data, settings=settings, clock=FixedClock(NOW))]
    finally:
        try:
            connection.close()
        except duckdb.Error:
            pass

open_warehouse(data).close()
(data / "inbox").mkdir(exist_ok=True)
taken, full, waiting = 0, 0, [drop(n) for n in range(files)]
while waiting and full < 3:
    if not bring(waiting[0]):
        full += 1
        continue
    try:
        results = look()
    except WarehouseError as error:
        full += 1
        print("full", type(error).__name__, str(error).splitlines()[0], flush=True)
        (data / "inbox" / waiting[0].name).unlink(missing_ok=True)
        continue
    assert all(r.refused is None for r in results), results
    taken += sum(r.rows_loaded for r in results)
    waiting.pop(0)
assert full, "the disk was never full"
ballast.unlink()
for outside in waiting[:2]:
    assert bring(outside)
    results = look()
    assert [r.refused for r in results] == [None], results
    taken += sum(r.rows_loaded for r in results)
connection = open_warehouse(data)
[(rows,)] = connection.execute("SELECT count(*) FROM kpis").fetchall()
[(keys,)] = connection.execute("SELECT count(DISTINCT (cell_id, ts)) FROM kpis").fetchall()
connection.close()
assert rows == keys, (rows, keys)
print("rows", rows, "taken", taken, "of files", rows // 6000, flush=True)
assert rows % 6000 == 0, "half a file"
assert rows >= taken
"""


def in_small_room(place: Path, size: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script with a small disk of its own mounted at ``place``."""
    alone = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-Urm"]
    mount = f'mount -t tmpfs -o size={size} none "{place}" && exec "$@"'
    command = [*alone, "sh", "-c", mount, "sh", sys.executable, "-c", LIVED, str(place), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("keep_free", ["0", "1500000"])
def test_a_small_disk_fills_up_and_is_given_room(tmp_path: Path, keep_free: str) -> None:
    place, outside = tmp_path / "disk", tmp_path / "outside"
    place.mkdir()
    outside.mkdir()
    done = in_small_room(place, "12m", keep_free, "28", str(outside))
    if "mount" in done.stderr or "unshare" in done.stderr:
        pytest.skip(f"no disk of its own can be mounted here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "full DiskFullError" in done.stdout
    assert "rows" in done.stdout


@pytest.mark.parametrize("step", ["archive.store._keep_one", "delivering.enter"])
def test_full_at_a_step_of_loading_leaves_the_file_in_the_inbox(
    room: Room, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(*_args, **_options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    settings = IngestSettings(inbox_old_s=0)
    inbox = room.data / "inbox"
    inbox.mkdir()
    (inbox / "kpis.csv").write_text(KPI_HEAD + "A,2026-03-01 08:00,60,1,2\n")
    with monkeypatch.context() as patch:
        patch.setattr(f"ingest.{step}", full)
        with pytest.raises(DiskFullError, match=r"kpis.csv: .*No space left on device"):
            take_inbox(room.connection, room.data, settings=settings, clock=FixedClock(NOW))
    assert room.one("SELECT count(*) FROM kpis") == (0,)
    assert (inbox / "kpis.csv").exists()
    [result] = take_inbox(room.connection, room.data, settings=settings, clock=FixedClock(NOW))
    assert result.rows_loaded == 1


def test_full_at_the_journal_is_made_good_at_the_next_opening(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("ingest.archive.journal._line", _full)
        with pytest.raises(WarehouseError, match=r"journal\.jsonl: cannot be written"):
            room.take("kpis.csv", KPI_HEAD + "A,2026-03-01 08:00,60,1,2\n")
    assert room.one("SELECT count(*) FROM kpis") == (1,)
    room.close()
    room.connection = open_warehouse(room.data)
    [result] = room.load(room.data.parent / "files/kpis.csv")
    assert result.known


def _full(*_args):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_room_is_asked_for_before_a_file_is_loaded(room: Room) -> None:
    room.settings = IngestSettings(min_free_bytes=1 << 60)
    with pytest.raises(DiskFullError, match="bytes are free, loading needs min_free_bytes = "):
        room.take("kpis.csv", KPI_HEAD + "A,2026-03-01 08:00,60,1,2\n")
    assert room.one("SELECT count(*) FROM deliveries") == (0,)

from __future__ import annotations

import gc
import threading
from datetime import timedelta

import duckdb
import pyarrow as pa
import pytest

from dashboard.errors import SnapshotError
from dashboard.snapshot import SCHEMAS, Snapshot, SnapshotStore, current_id, write_snapshot
from dashboard.snapshot.content import LATER
from tests.support.snapshots import AS_OF, tiny


def publish(data, hours=0, **changes):
    as_of = AS_OF + timedelta(hours=hours)
    return write_snapshot(data, tiny(as_of=as_of, **changes), kpi_days={}, published_at=as_of)


def damage(data, snapshot_id, name="cells.parquet"):
    path = data / "snapshots" / snapshot_id / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_nothing_published(tmp_path):
    with pytest.raises(SnapshotError, match="nothing has been published yet"):
        Snapshot.open(tmp_path)


def test_at_is_the_newest_not_after(tmp_path):
    ids = [publish(tmp_path, hours) for hours in (0, 1, 2)]
    assert Snapshot.open(tmp_path).id == ids[2]
    assert Snapshot.open(tmp_path, AS_OF + timedelta(hours=1)).id == ids[1]
    assert Snapshot.open(tmp_path, AS_OF + timedelta(minutes=119)).id == ids[1]
    with pytest.raises(SnapshotError, match="no snapshot at or before"):
        Snapshot.open(tmp_path, AS_OF - timedelta(seconds=1))


def test_damaged_falls_back_and_says_so(tmp_path):
    good, bad = publish(tmp_path, 0), publish(tmp_path, 1)
    damage(tmp_path, bad)
    snapshot = Snapshot.open(tmp_path)
    assert snapshot.id == good
    assert bad in snapshot.notice
    assert "cells.parquet is damaged" in snapshot.notice


def test_damaged_manifest_and_missing_file_fall_back(tmp_path):
    good = publish(tmp_path, 0)
    torn, missing = publish(tmp_path, 1), publish(tmp_path, 2)
    (tmp_path / "snapshots" / torn / "manifest.json").write_text("{")
    (tmp_path / "snapshots" / missing / "works.parquet").unlink()
    assert Snapshot.open(tmp_path).id == good


def test_all_damaged_says_what_to_do(tmp_path):
    damage(tmp_path, publish(tmp_path))
    with pytest.raises(SnapshotError, match=r"no intact snapshot.*foresite forecast"):
        Snapshot.open(tmp_path)


def test_rows_come_back_typed(tmp_path):
    publish(tmp_path)
    rows = Snapshot.open(tmp_path).rows("cell_table")
    assert [row["cell_id"] for row in rows] == ["C1", "C2", "C3", "C4", "C5"]
    assert rows[4]["probability"] is None
    assert rows[0]["region_name"] == "片区0"
    assert rows[0]["last_kpi_at"] == AS_OF - timedelta(hours=1)


def test_parameters_are_not_sql(tmp_path):
    publish(tmp_path)
    rows = Snapshot.open(tmp_path).rows("cell", {"cell_id": "C1' OR '1'='1"})
    assert rows == []


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY cells TO '/tmp/foresite-leak.csv'",
        "INSTALL httpfs",
        "ATTACH '/tmp/foresite-other.duckdb'",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
    ],
)
def test_locked_down(tmp_path, sql):
    publish(tmp_path)
    snapshot = Snapshot.open(tmp_path)
    with pytest.raises(duckdb.Error):
        snapshot._connection.cursor().execute(sql)


def test_threads_get_their_own_rows(tmp_path):
    publish(tmp_path)
    snapshot, wrong = Snapshot.open(tmp_path), []

    def ask(cell_id):
        for _ in range(40):
            rows = snapshot.rows("cell", {"cell_id": cell_id})
            if [row["cell_id"] for row in rows] != [cell_id]:
                wrong.append(cell_id)

    threads = [threading.Thread(target=ask, args=(f"C{n % 5 + 1}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_store_follows_current(tmp_path):
    store = SnapshotStore(tmp_path)
    with pytest.raises(SnapshotError):
        store.get()
    first = publish(tmp_path, 0)
    held = store.get()
    assert held.id == first
    assert store.get() is held
    second = publish(tmp_path, 1)
    assert store.get().id == second
    assert held.rows("cell", {"cell_id": "C1"})[0]["status"] == "red"  # still readable


def test_store_keeps_what_it_has_when_all_is_lost(tmp_path):
    store = SnapshotStore(tmp_path)
    first = publish(tmp_path, 0)
    store.get()
    bad = publish(tmp_path, 1)
    damage(tmp_path, bad)
    damage(tmp_path, first)
    assert store.get().id == first


def test_store_caches_older_ones(tmp_path):
    ids = [publish(tmp_path, hours) for hours in range(4)]
    store = SnapshotStore(tmp_path, keep_older=2)
    older = store.get(AS_OF + timedelta(hours=1, minutes=30))
    assert older.id == ids[1]
    assert store.get(AS_OF + timedelta(hours=1)) is older
    for hours in (0, 2, 3):
        store.get(AS_OF + timedelta(hours=hours))
    gc.collect()
    assert store.get(AS_OF + timedelta(hours=1)) is not older
    assert current_id(tmp_path) == ids[3]


def test_store_keeps_serving_while_another_thread_opens(tmp_path, monkeypatch):
    store = SnapshotStore(tmp_path)
    first = publish(tmp_path, 0)
    store.get()
    second = publish(tmp_path, 1)
    opening, go_on, opened = threading.Event(), threading.Event(), []
    really = Snapshot.open

    def slow(data, at=None):
        opening.set()
        assert go_on.wait(10)
        return really(data, at)

    monkeypatch.setattr(Snapshot, "open", slow)
    thread = threading.Thread(target=lambda: opened.append(store.get().id))
    thread.start()
    assert opening.wait(10)
    assert store.get().id == first  # at once, from the one before
    go_on.set()
    thread.join()
    assert opened == [second]
    assert store.get().id == second


def test_an_older_snapshot_lacks_later_columns_and_reads_as_unknown(tmp_path, monkeypatch):
    kept = [f for f in SCHEMAS["cells"] if f.name not in LATER["cells"]]
    with monkeypatch.context() as older:
        older.setitem(SCHEMAS, "cells", pa.schema(kept))
        publish(tmp_path)
    rows = Snapshot.open(tmp_path).rows("cell_table")
    assert {row["quality_state"] for row in rows} == {None}
    assert rows[0]["cell_id"] == "C1"


def test_a_newer_snapshot_may_have_columns_unknown_here(tmp_path, monkeypatch):
    more = SCHEMAS["cells"].append(pa.field("later_still", pa.float64()))
    with monkeypatch.context() as newer:
        newer.setitem(SCHEMAS, "cells", more)
        cells = tiny().cells.assign(later_still=1.0)
        publish(tmp_path, cells=cells)
    assert Snapshot.open(tmp_path).rows("cell_table")[0]["cell_id"] == "C1"


def test_only_later_columns_may_be_missing(tmp_path):
    with pytest.raises(SnapshotError, match="columns are missing: quiet"):
        publish(tmp_path, cells=tiny().cells.drop(columns="quiet"))

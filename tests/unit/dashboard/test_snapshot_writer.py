from __future__ import annotations

import dataclasses
import json
from datetime import date, datetime, timedelta

import pyarrow.parquet as pq
import pytest

from dashboard.errors import SnapshotError
from dashboard.snapshot import KpiDay, Snapshot, current_id, list_snapshots, prune, write_snapshot
from dashboard.snapshot.files import sha256
from tests.support.snapshots import AS_OF, kpi_days, kpi_table, tiny

DAY = date(2026, 11, 21)


def publish(data, content=None, *, kpis=None, published_at=AS_OF):
    return write_snapshot(data, content or tiny(), kpi_days=kpis or {}, published_at=published_at)


def test_id_is_as_of_and_manifest_hash(tmp_path):
    snapshot_id = publish(tmp_path)
    stamp, _, digest = snapshot_id.partition("-")
    assert stamp == "20261121T070000Z"
    assert len(digest) == 8
    assert current_id(tmp_path) == snapshot_id


def test_manifest_lists_every_file_with_its_hash(tmp_path):
    snapshot_id = publish(tmp_path, kpis=kpi_days(["C1"], last=DAY, days=2))
    path = tmp_path / "snapshots" / snapshot_id
    manifest = json.loads((path / "manifest.json").read_bytes())
    on_disk = {
        f.relative_to(path).as_posix()
        for f in path.rglob("*")
        if f.is_file() and f.name != "manifest.json"
    }
    assert set(manifest["files"]) == on_disk
    assert all(sha256(path / name) == digest for name, digest in manifest["files"].items())
    assert manifest["counts"] == {"red": 1, "yellow": 2, "green": 1, "unknown": 1}
    assert not list((tmp_path / "snapshots").glob(".tmp-*"))


def test_same_state_twice_is_one_snapshot(tmp_path):
    assert publish(tmp_path) == publish(tmp_path)
    assert len(list_snapshots(tmp_path)) == 1


def test_unchanged_kpi_day_is_linked_and_not_loaded(tmp_path):
    first = publish(tmp_path, kpis={DAY: KpiDay("a", lambda: kpi_table(DAY, ["C1"]))})

    def never():
        raise AssertionError("an unchanged day was loaded")

    later = tiny(as_of=AS_OF + timedelta(hours=1))
    second = publish(tmp_path, later, kpis={DAY: KpiDay("a", never)})
    one, two = (next((tmp_path / "snapshots" / s / "kpis").iterdir()) for s in (first, second))
    assert one.stat().st_ino == two.stat().st_ino

    third = publish(
        tmp_path,
        tiny(as_of=AS_OF + timedelta(hours=2)),
        kpis={DAY: KpiDay("b", lambda: kpi_table(DAY, ["C1"], seed=9))},
    )
    three = next((tmp_path / "snapshots" / third / "kpis").iterdir())
    assert three.name != one.name


def test_damaged_kpi_day_is_written_anew_not_linked(tmp_path):
    day = {DAY: KpiDay("a", lambda: kpi_table(DAY, ["C1"]))}
    first = publish(tmp_path, kpis=day)
    file = next((tmp_path / "snapshots" / first / "kpis").iterdir())
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    file.write_bytes(damaged)
    publish(tmp_path, tiny(as_of=AS_OF + timedelta(hours=1)), kpis=day)
    snapshot = Snapshot.open(tmp_path)
    assert snapshot.manifest.as_of == AS_OF + timedelta(hours=1)
    assert len(snapshot.rows("cell_kpis", {"cell_id": "C1", "since": AS_OF - timedelta(2)})) == 24


def test_kpi_days_are_sorted_by_cell(tmp_path):
    snapshot_id = publish(tmp_path, kpis=kpi_days(["C2", "C1"], last=DAY, days=1))
    file = next((tmp_path / "snapshots" / snapshot_id / "kpis").iterdir())
    table = pq.read_table(file).to_pandas()
    ordered = table.sort_values(["cell_id", "ts"], ignore_index=True)
    assert table[["cell_id", "ts"]].equals(ordered[["cell_id", "ts"]])


def test_past_as_of_goes_into_history_not_onto_the_wall(tmp_path):
    newest = publish(tmp_path)
    older = publish(tmp_path, tiny(as_of=AS_OF - timedelta(hours=5)))
    assert current_id(tmp_path) == newest
    assert Snapshot.open(tmp_path, AS_OF - timedelta(hours=1)).id == older


def test_keep_rule(tmp_path):
    # 60 h, 59 h … 0 h back from Saturday 15:00 local, and one of 36 days ago.
    for hours in (36 * 24, *range(60, -1, -1)):
        publish(tmp_path, tiny(as_of=AS_OF - timedelta(hours=hours)))
    ages = sorted((AS_OF - as_of) / timedelta(hours=1) for as_of, _ in list_snapshots(tmp_path))
    # 48 h back is Thursday 15:00 local; Thursday's last is among them, so the only older one kept
    # is Wednesday's last: none within 60 h (Thursday 03:00 is the oldest). 36 days ago goes.
    assert ages == [float(h) for h in range(49)]


def test_keep_rule_one_a_day(tmp_path):
    for days in range(40, 1, -1):
        for hours in (0, 3):
            as_of = AS_OF - timedelta(days=days, hours=hours)
            publish(tmp_path, tiny(as_of=as_of))
    publish(tmp_path)
    kept = [(AS_OF - as_of) / timedelta(days=1) for as_of, _ in list_snapshots(tmp_path)]
    assert kept == [0.0, *(float(d) for d in range(2, 36))]


def test_prune_keeps_current(tmp_path):
    publish(tmp_path)
    assert prune(tmp_path, time_zone="Asia/Shanghai") == []


def test_leftover_of_a_killed_writer_is_swept(tmp_path):
    leftover = tmp_path / "snapshots" / ".tmp-20261121T060000Z"
    leftover.mkdir(parents=True)
    (leftover / "cells.parquet").write_bytes(b"half")
    publish(tmp_path)
    assert not leftover.exists()


def test_failure_leaves_no_trace(tmp_path):
    before = publish(tmp_path)

    def fails():
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        publish(tmp_path, tiny(as_of=AS_OF + timedelta(hours=1)), kpis={DAY: KpiDay("x", fails)})
    assert current_id(tmp_path) == before
    assert [name for _, name in list_snapshots(tmp_path)] == [before]
    assert not list((tmp_path / "snapshots").glob(".tmp-*"))


def test_missing_column_is_named(tmp_path):
    content = tiny()
    broken = dataclasses.replace(content, cells=content.cells.drop(columns=["status", "cause"]))
    with pytest.raises(SnapshotError, match="table cells: columns are missing: status, cause"):
        broken.table("cells")


def test_misfit_is_named():
    content = tiny()
    broken = dataclasses.replace(content, cells=content.cells.assign(longitude="east"))
    with pytest.raises(SnapshotError, match="table cells, column longitude"):
        broken.table("cells")


def test_naive_time_is_refused(tmp_path):
    naive = datetime(2026, 11, 21, 7, 0)  # noqa: DTZ001 - the point of the test
    with pytest.raises(SnapshotError, match="data_time 2026-11-21T07:00:00 has no time zone"):
        publish(tmp_path, tiny(data_time=naive))


def test_counts_are_regions_in_tickets_mode():
    assert tiny(mode="tickets").counts == {"red": 1, "yellow": 1, "green": 1, "unknown": 1}

"""Tables that came later: empty when nobody gave them, and in snapshots of older versions."""

import json

import pytest

from dashboard.errors import SnapshotError
from dashboard.snapshot import OPTIONAL, Snapshot, write_snapshot
from tests.support.flawed import flawed
from tests.support.snapshots import AS_OF, tiny


def opened(tmp_path, content):
    write_snapshot(tmp_path, content, kpi_days={}, published_at=AS_OF)
    return Snapshot.open(tmp_path)


def test_what_was_given_is_read_again(tmp_path):
    snapshot = opened(tmp_path, flawed())
    [row] = snapshot.rows("quality_cells", {"limit": 5})
    assert (row["cell_id"], row["present"]) == ("C1", 11)
    assert snapshot.rows("quality_flaws")[0]["code"] == "unit"
    assert len(snapshot.rows("cell_alarms", {"cell_id": "C1", "limit": 9})) == 3
    snapshot.close()


def test_what_was_not_given_is_empty(tmp_path):
    snapshot = opened(tmp_path, tiny())
    with snapshot._connection.cursor() as cursor:
        for name in OPTIONAL:
            assert cursor.execute(f"SELECT count(*) FROM {name}").fetchall() == [(0,)], name
    snapshot.close()


def test_snapshots_of_older_versions_still_open(tmp_path):
    snapshot_id = write_snapshot(tmp_path, flawed(), kpi_days={}, published_at=AS_OF)
    folder = tmp_path / "snapshots" / snapshot_id
    manifest = json.loads((folder / "manifest.json").read_text())
    for name in OPTIONAL:
        del manifest["files"][f"{name}.parquet"]
        (folder / f"{name}.parquet").unlink()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    snapshot = Snapshot.open(tmp_path)
    assert len(snapshot.rows("regions")) == 4
    assert snapshot.rows("quality_flaws") == []
    assert snapshot.rows("cell_alarms", {"cell_id": "C1", "limit": 9}) == []
    snapshot.close()


def test_a_column_that_is_missing_is_said(tmp_path):
    content = flawed()
    del content.more["quality_cells"]["present"]
    with pytest.raises(SnapshotError, match=r"quality_cells: columns are missing: present"):
        write_snapshot(tmp_path, content, kpi_days={}, published_at=AS_OF)

"""A new snapshot is open before anybody asks for it; what cannot be opened changes nothing."""

import time
from datetime import timedelta

from dashboard.snapshot import SnapshotStore, write_snapshot
from tests.support.snapshots import AS_OF, tiny


def until(what):
    deadline = time.monotonic() + 60
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def publish(data, as_of):
    return write_snapshot(data, tiny(as_of=as_of), kpi_days={}, published_at=as_of)


def test_a_new_snapshot_is_opened_ahead(tmp_path):
    store = SnapshotStore(tmp_path)
    with store.watched(every_s=0.01):
        first = publish(tmp_path, AS_OF)  # there was none when it began to look
        until(lambda: store._present is not None)
        assert store._present.id == first
        second = publish(tmp_path, AS_OF + timedelta(hours=1))
        until(lambda: store._present.id == second)
        opened = store._present
        assert store.get() is opened
    third = publish(tmp_path, AS_OF + timedelta(hours=2))
    assert store._present is opened  # nobody looks any more
    assert store.get().id == third

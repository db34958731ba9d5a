"""Snapshots: immutable published states, written by the worker, read by everybody else."""

from dashboard.snapshot.content import COUNT_KEYS, ComplaintMonth, Manifest, SnapshotContent
from dashboard.snapshot.reader import (
    NothingPublishedError,
    NothingThatOldError,
    Snapshot,
    current_id,
    list_snapshots,
)
from dashboard.snapshot.schemas import COMPLAINTS, OPTIONAL, SCHEMAS
from dashboard.snapshot.store import SnapshotStore
from dashboard.snapshot.writer import KpiDay, prune, write_snapshot

__all__ = [
    "COMPLAINTS",
    "COUNT_KEYS",
    "OPTIONAL",
    "SCHEMAS",
    "ComplaintMonth",
    "KpiDay",
    "Manifest",
    "NothingPublishedError",
    "NothingThatOldError",
    "Snapshot",
    "SnapshotContent",
    "SnapshotStore",
    "current_id",
    "list_snapshots",
    "prune",
    "write_snapshot",
]

"""Files that survive a power cut: fsync, atomic replacement, hashes."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

CURRENT = "CURRENT"
MANIFEST = "manifest.json"
TEMPORARY = ".tmp-"
_STAMP = "%Y%m%dT%H%M%SZ"


def snapshots_dir(data: Path) -> Path:
    """Where the published states lie."""
    return data / "snapshots"


def stamp(moment: datetime) -> str:
    """``20261121T150000Z`` for an aware datetime."""
    return moment.astimezone(UTC).strftime(_STAMP)


def as_of_of(snapshot_id: str) -> datetime | None:
    """The as_of that a snapshot's name carries, None for a foreign name."""
    head, _, tail = snapshot_id.partition("-")
    if len(tail) != 8:
        return None
    try:
        return datetime.strptime(head, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Make a file's bytes, or a directory's names, durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_durably(path: Path, data: bytes) -> None:
    """Write a new file and fsync it."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def replace_durably(path: Path, data: bytes) -> None:
    """Replace a file atomically: readers see the old bytes or the new ones."""
    aside = path.with_name(f"{TEMPORARY}{path.name}")
    write_durably(aside, data)
    aside.replace(path)
    sync(path.parent)

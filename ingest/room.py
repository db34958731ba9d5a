"""Room on the disk: asked for before a file is loaded, and told from other failures after."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import duckdb

from ingest.errors import DiskFullError
from ingest.settings import IngestSettings

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}
_WORDS = ("no space left", "could not write all bytes", "disk quota", "read-only file system")


def check_room(data: Path, settings: IngestSettings, size: int) -> None:
    """DiskFullError unless a file of ``size`` bytes and ``min_free_bytes`` have room."""
    free = shutil.disk_usage(data).free
    if free < settings.min_free_bytes + size:
        raise DiskFullError(
            f"{data}: {free:,} bytes are free, loading needs min_free_bytes = "
            f"{settings.min_free_bytes:,} beside the file's {size:,}: make room; nothing is lost, "
            "files in the inbox wait"
        )


def is_full(error: BaseException) -> bool:
    """Whether it failed for want of room, or of a disk that can be written, not for the file."""
    if isinstance(error, OSError):
        return error.errno in _FULL
    return isinstance(error, duckdb.Error) and any(w in str(error).lower() for w in _WORDS)

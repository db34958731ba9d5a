"""The beginning of a text file, by which its kind is told; read once however often it is asked."""

from __future__ import annotations

import zlib
from functools import lru_cache
from pathlib import Path

from ingest.readers.scan import open_bytes

_MOST = 256 * 1024


def head_of(path: Path) -> str:
    """The first 256 KiB of a plain or gzip file as text; empty when it cannot be read.

    UTF-16 is known by its byte order mark; bytes that are no UTF-8 are replaced.
    """
    try:
        stamp = path.stat()
    except OSError:
        return ""
    return _read(path, stamp.st_size, stamp.st_mtime_ns)


@lru_cache(maxsize=4)
def _read(path: Path, size: int, written_ns: int) -> str:  # noqa: ARG001 - part of the cache's key
    try:
        with open_bytes(path) as file:
            raw = file.read(_MOST)
    except (OSError, EOFError, zlib.error):
        return ""
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    return raw.decode("utf-16" if wide else "utf-8-sig", "replace")

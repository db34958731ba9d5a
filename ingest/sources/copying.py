"""A copy that is whole or is not."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from ingest.sources.given import Given
from ingest.sources.listing import Seen

CHUNK = 1024 * 1024


def copy_aside(seen: Seen, part: Path, given: Given) -> str | None:
    """Copy a file's content and make it durable; links and pipes are never opened for reading.

    Returns:
        SHA-256 of the content; None when the file was changed meanwhile, and nothing is left then.

    Raises:
        OSError: it cannot be read, or the disk is full; nothing is left then.
        CancelledError: the fetch is to end; nothing is left then.
    """
    try:
        digest = _copy(seen, part, given)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    if digest is None:
        part.unlink(missing_ok=True)
    return digest


def _copy(seen: Seen, part: Path, given: Given) -> str | None:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    source = os.open(seen.path, flags)
    digest = hashlib.sha256()
    try:
        if not seen.is_same(os.fstat(source)):
            return None
        copied = 0
        with part.open("wb") as target:
            while copied <= seen.size and (chunk := os.read(source, CHUNK)):
                given.cancel.check()
                digest.update(chunk)
                target.write(chunk)
                copied += len(chunk)
            target.flush()
            os.fsync(target.fileno())
        unchanged = copied == seen.size and seen.is_same(os.fstat(source))
        return digest.hexdigest() if unchanged else None
    finally:
        os.close(source)

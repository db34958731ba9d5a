"""``kind = "folder"``: files that are ours to take."""

from __future__ import annotations

import errno

from ingest.archive.names import sync_folder
from ingest.sources.copying import copy_aside
from ingest.sources.dock import Dock
from ingest.sources.given import Given
from ingest.sources.listing import Seen, complete
from ingest.sources.model import FolderSource


def fetch_folder(source: FolderSource, dock: Dock, given: Given) -> None:
    """Move complete files into the inbox, with their subfolders; the caller holds the dock.

    Within one file system a file is renamed; across two it is copied, made durable, made visible,
    and only then removed, so that a process that ends in between loses nothing.

    Raises:
        SourceError: the folder cannot be read.
        CancelledError: the fetch is to end; what was moved stays moved.
    """
    for seen in complete(source, given, lambda _: True):
        given.cancel.check()
        if dock.is_full(seen.inside):
            given.tally.waiting += 1
            continue
        try:
            moved = _take(seen, dock, given)
        except FileNotFoundError:
            continue  # somebody else took it
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise
            given.tally.troubles.append(f"{seen.path}: {error.strerror}")
            continue
        if moved:
            given.tally.took(seen.size)
        else:
            given.tally.waiting += 1


def _take(seen: Seen, dock: Dock, given: Given) -> bool:
    part = dock.part(seen.inside)
    if not seen.is_same(seen.path.lstat()):
        return False
    try:
        dock.place(seen.path, seen.inside)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        if copy_aside(seen, part, given) is None:
            return False
        dock.place(part, seen.inside, seen.mtime_ns)
        if not seen.is_same(seen.path.lstat()):  # written to again: it will be taken anew
            return True
        seen.path.unlink()
    sync_folder(seen.path.parent)
    seen.path.with_name(seen.path.name + ".ok").unlink(missing_ok=True)
    return True

"""``kind = "landing"``: a folder that somebody else fills and owns; it is only read."""

from __future__ import annotations

import errno
from datetime import timedelta

from ingest.sources.copying import copy_aside
from ingest.sources.dock import Dock
from ingest.sources.given import Given
from ingest.sources.listing import Seen, complete, look
from ingest.sources.memory import Taken
from ingest.sources.model import LandingSource

FORGET_AFTER = timedelta(days=30)


def fetch_landing(source: LandingSource, dock: Dock, given: Given) -> None:
    """Copy complete files that are new or changed; the caller holds the dock.

    What was taken is remembered by path, size and time; a file that was written to again is taken
    again, unless its content is the same. Files that are gone from the folder are forgotten after
    30 days.

    Raises:
        SourceError: the folder cannot be read.
        CancelledError: the fetch is to end; what was copied stays.
    """
    known = given.memory.taken(source.name)

    def is_news(seen: Seen) -> bool:
        before = known.get(seen.inside)
        return before is None or (before.size, before.mtime_ns) != (seen.size, seen.mtime_ns)

    for seen in complete(source, given, is_news):
        given.cancel.check()
        try:
            _take(seen, known.get(seen.inside), dock, given)
        except FileNotFoundError:
            continue  # cleared away by its owner
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise
            given.tally.troubles.append(f"{seen.path}: {error.strerror}")
    _forget(source, known, given)


def _take(seen: Seen, before: Taken | None, dock: Dock, given: Given) -> None:
    if dock.is_full(seen.inside):
        given.tally.waiting += 1
        return
    part = dock.part(seen.inside)
    digest = copy_aside(seen, part, given)
    if digest is None:
        given.tally.waiting += 1
        return
    if before is not None and before.sha256 == digest:
        part.unlink()
    else:
        dock.place(part, seen.inside, seen.mtime_ns)
        given.tally.took(seen.size)
    # Remembered last: ended in between, it is taken twice, and the ledger knows its content.
    given.memory.remember_taken(
        dock.source,
        Taken(seen.inside, seen.size, seen.mtime_ns, digest, given.file_clock.now()),
    )


def _forget(source: LandingSource, known: dict[str, Taken], given: Given) -> None:
    limit = given.file_clock.now() - FORGET_AFTER
    old = {path for path, taken in known.items() if taken.at < limit}
    if old:
        there = {seen.inside for seen in look(source, given)}
        if there:  # an empty folder may be one that is not mounted
            given.memory.forget_taken(source.name, sorted(old - there))

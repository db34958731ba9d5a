"""Fetches a source of any kind once."""

from __future__ import annotations

import errno

from ingest.sources.dock import Dock
from ingest.sources.errors import SourceError
from ingest.sources.folder import fetch_folder
from ingest.sources.given import Given
from ingest.sources.https import fetch_https
from ingest.sources.landing import fetch_landing
from ingest.sources.model import FolderSource, LandingSource, Source


def fetch(source: Source, given: Given) -> None:
    """Put the source's new and complete files into ``inbox/<source>/``; nothing else is touched.

    What was done stands in ``given.tally``, also when it then fails.

    Raises:
        SourceError: the source, or one of its files, could not be fetched; the others were.
        CancelledError: the fetch was told to end.
    """
    dock = Dock(given.inbox, source.name)
    try:
        with dock.held():
            dock.clear()
            if isinstance(source, FolderSource):
                fetch_folder(source, dock, given)
            elif isinstance(source, LandingSource):
                fetch_landing(source, dock, given)
            else:
                fetch_https(source, dock, given)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise SourceError(f"the disk of {given.inbox} is full: make room") from error
        where = f"{error.filename}: " if error.filename else ""
        raise SourceError(f"{where}{error.strerror or type(error).__name__}") from error
    troubles = given.tally.troubles
    if troubles:
        more = f" (and {len(troubles) - 1} more)" if len(troubles) > 1 else ""
        raise SourceError(troubles[0] + more)

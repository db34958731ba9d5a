"""Files of a folder source: which there are, and which are complete."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from ingest.sources.errors import SourceError
from ingest.sources.given import Given
from ingest.sources.model import FolderSource, LandingSource
from ingest.sources.names import name_trouble


@dataclass(frozen=True)
class Seen:
    """A file as it was seen.

    Attributes:
        path: where it lies.
        inside: the same inside the source's folder, with ``/``.
        size: bytes.
        mtime_ns: last written, nanoseconds since 1970.
    """

    path: Path
    inside: str
    size: int
    mtime_ns: int

    def is_same(self, status: os.stat_result) -> bool:
        """Whether it is the same plain file, not written since."""
        same = (status.st_size, status.st_mtime_ns) == (self.size, self.mtime_ns)
        return same and stat.S_ISREG(status.st_mode)


def look(source: FolderSource | LandingSource, given: Given) -> list[Seen]:
    """The files that the source means, in order of names; nothing that a link leads to.

    Raises:
        SourceError: the folder is absent, unreadable, or holds the inbox.
    """
    root, inbox = source.path.resolve(), given.inbox.resolve()
    if root == inbox or root in inbox.parents or inbox in root.parents:
        raise SourceError(f"{source.path} and the inbox {given.inbox} lie in one another")
    try:
        entries = _scan(root)
    except FileNotFoundError as error:
        raise SourceError(f"{source.path} is not there: is it mounted?") from error
    except OSError as error:
        raise SourceError(f"{source.path} cannot be read: {error.strerror}") from error
    return sorted(_walk(entries, "", source, given, 0), key=lambda seen: seen.inside)


def complete(
    source: FolderSource | LandingSource, given: Given, wanted: Callable[[Seen], bool]
) -> list[Seen]:
    """Those of the wanted files that nobody is writing to any more.

    A file is complete when ``<name>.ok`` stands beside it, when it was last written ``old_s`` ago,
    or when size and time have rested for ``rest_s`` between two looks. The others are counted as
    waiting.

    Raises:
        SourceError: see :func:`look`.
        CancelledError: while waiting for the second look.
    """
    now = given.file_clock.now().timestamp()
    ready: list[Seen] = []
    young: list[Seen] = []
    for seen in look(source, given):
        if not wanted(seen):
            continue
        old = now - seen.mtime_ns / 1e9 >= given.old_s
        vouched = seen.path.with_name(seen.path.name + ".ok").exists()
        (ready if old or vouched else young).append(seen)
    if young:
        given.cancel.wait(given.rest_s)
        for seen in young:
            if _rested(seen):
                ready.append(seen)
            else:
                given.tally.waiting += 1
    return sorted(ready, key=lambda seen: seen.inside)


def _rested(seen: Seen) -> bool:
    try:
        return seen.is_same(seen.path.lstat())
    except OSError:
        return False


def _walk(
    entries: list[os.DirEntry[str]],
    above: str,
    source: FolderSource | LandingSource,
    given: Given,
    depth: int,
) -> Iterator[Seen]:
    for entry in entries:
        given.cancel.check()
        inside = above + entry.name
        try:
            if entry.is_dir(follow_symlinks=False):
                if depth < source.max_depth and not entry.name.startswith("."):
                    deeper = _scan(Path(entry.path))
                    yield from _walk(deeper, inside + "/", source, given, depth + 1)
            elif entry.is_file(follow_symlinks=False) and _is_meant(entry.name, source):
                status = entry.stat(follow_symlinks=False)
                yield Seen(Path(entry.path), inside, status.st_size, status.st_mtime_ns)
        except FileNotFoundError:
            continue  # gone between two looks: somebody else's folder
        except OSError as error:
            given.tally.troubles.append(f"{source.path / inside}: {error.strerror}")


def _scan(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def _is_meant(name: str, source: FolderSource | LandingSource) -> bool:
    if name_trouble(name):
        return False
    if any(fnmatchcase(name, pattern) for pattern in source.exclude):
        return False
    return any(fnmatchcase(name, pattern) for pattern in source.include)

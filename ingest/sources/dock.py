"""A source's place in the inbox: files appear there complete or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from ingest.archive.names import sync_folder
from ingest.sources.errors import SourceError

LOCK = ".lock"
PART = ".part"


class Dock:
    """``DATA/inbox/<source>``. Names that begin with a dot are ours; the inbox never takes them."""

    def __init__(self, inbox: Path, source: str) -> None:
        self.source = source
        self.folder = inbox / source

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keep every other fetch of this source away, in whatever process it runs.

        The lock is the kernel's: that of a killed process is gone with it.

        Raises:
            SourceError: another fetch of the source is running.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise SourceError(f"source {self.source} is being fetched already") from error
            yield
        finally:
            os.close(handle)

    def part(self, inside: str) -> Path:
        """Where the file of that path inside the source is written before it is complete."""
        target = self.folder / inside
        target.parent.mkdir(parents=True, exist_ok=True)
        return target.with_name(f".{target.name}{PART}")

    def is_full(self, inside: str) -> bool:
        """Whether an earlier file of that name still waits to be loaded.

        It is never replaced: the loader may be reading it this very moment.
        """
        return os.path.lexists(self.folder / inside)

    def place(self, part: Path, inside: str, mtime_ns: int | None = None) -> Path:
        """Make a complete part visible, and that durable.

        Args:
            part: complete and durable itself.
            inside: its path inside the source.
            mtime_ns: when its original was written, nanoseconds since 1970.

        Raises:
            SourceError: an earlier file of that name still waits.
        """
        if self.is_full(inside):
            raise SourceError(f"{inside}: an earlier file of that name still waits in the inbox")
        target = self.folder / inside
        if mtime_ns is not None:
            os.utime(part, ns=(mtime_ns, mtime_ns))
        part.replace(target)
        sync_folder(target.parent)
        return target

    def clear(self) -> None:
        """Remove parts that a killed fetch left; downloads that can go on have a note and stay."""
        for part in self.folder.rglob(f".*{PART}"):
            if part.is_file() and not part.with_name(part.name + ".json").exists():
                part.unlink(missing_ok=True)

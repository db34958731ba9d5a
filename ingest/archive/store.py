"""Keeps accepted files below ``DATA/archive``: durable before their rows are committed."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ingest.archive.masking import write_masked
from ingest.archive.names import free_name, sync_folder
from ingest.errors import FileChangedError
from ingest.mapping import Plan
from ingest.settings import IngestSettings
from ingest.staging import Transform

FOLDER = "archive"
BY_HAND = "ingest"
# MapInfo keeps geometry and table apart, and a text table may be called .tab too.
_PARTS = {".tab": (".dat", ".map", ".id", ".ind"), ".mif": (".mid",)}
_FICLONE = 0x40049409  # copies by sharing the blocks, where the file system can


@dataclass(frozen=True)
class Look:
    """What a file looked like before it was read.

    Attributes:
        size: bytes.
        written_ns: when its content was last written, ns since 1970.
        number: of the file in its file system (inode).
        changed_ns: when its content, name or links were last changed; no program can set it back.
    """

    size: int
    written_ns: int
    number: int
    changed_ns: int = field(compare=False)

    @classmethod
    def at(cls, path: Path) -> Look:
        """The look of a file now."""
        stat = path.stat()
        return cls(stat.st_size, stat.st_mtime_ns, stat.st_ino, stat.st_ctime_ns)


def check_unchanged(path: Path, before: Look) -> None:
    """FileChangedError when the file is not what it was before it was read."""
    try:
        same = Look.at(path) == before
    except FileNotFoundError:
        same = False
    if not same:
        raise FileChangedError("was changed while it was read: load it again when it is complete")


def folder_of(data: Path, moment: datetime, inside: Path, settings: IngestSettings) -> Path:
    """Where files loaded at that moment are kept: by local day, below it as in the inbox."""
    day = moment.astimezone(ZoneInfo(settings.time_zone)).date().isoformat()
    return data / FOLDER / day / inside


def keep(path: Path, folder: Path, data: Path) -> Path:
    """Put a copy of a file into the folder, durable; the file stays.

    Files below the data directory are linked, since nobody writes to them any more; others are
    copied (sharing blocks where the file system can). A file in parts brings them.

    Returns:
        The copy; an older one of the same content and name is taken for it.
    """
    return _keep_all(path, folder, data)[0][0]


@contextmanager
def keeping(path: Path, folder: Path, data: Path) -> Iterator[Callable[[], Path]]:
    """`keep` beside other work, in a thread.

    Gives a function that waits for the copy. A copy that was not asked for, or made for nothing
    since the block raised, is removed again.
    """
    asked = False

    def kept() -> Path:
        nonlocal asked
        asked = True
        return copying.result()[0][0]

    with ThreadPoolExecutor(1, thread_name_prefix="archive") as pool:
        copying = pool.submit(_keep_all, path, folder, data)
        try:
            yield kept
        except BaseException:
            asked = False
            raise
        finally:
            if not asked and copying.exception() is None:
                for copy, made in copying.result():
                    if made:
                        copy.unlink(missing_ok=True)


def _keep_all(path: Path, folder: Path, data: Path) -> list[tuple[Path, bool]]:
    """The copies of a file and its companions, and whether each was made just now."""
    copies = [_keep_one(file, folder, data) for file in (path, *_companions(path))]
    sync_folder(folder)
    return copies


def keep_masked(
    path: Path, folder: Path, plan: Plan, transforms: dict[int, Transform], settings: IngestSettings
) -> Path:
    """Put a copy without personal data into the folder, durable; the file stays."""
    return write_masked(path, folder, plan, transforms, settings)


def _keep_one(path: Path, folder: Path, data: Path) -> tuple[Path, bool]:
    folder.mkdir(parents=True, exist_ok=True)
    target = free_name(folder / path.name, path)
    if target.exists():
        return target, False
    if data.resolve() in path.resolve().parents:
        with suppress(OSError):
            target.hardlink_to(path)
            return target, True
    part = folder / f".{path.name}.part"
    with path.open("rb") as source, part.open("wb") as copy:
        try:
            fcntl.ioctl(copy.fileno(), _FICLONE, source.fileno())
        except OSError:
            shutil.copyfileobj(source, copy, 4 * 1024 * 1024)
        copy.flush()
        os.fsync(copy.fileno())
    part.replace(target)
    return target, True


def _companions(path: Path) -> list[Path]:
    suffix = path.suffix.lower()
    if suffix != ".shp" and suffix not in _PARTS:
        return []
    return sorted(
        other
        for other in path.parent.iterdir()
        if other.stem == path.stem
        and other != path
        and other.suffix.lower() != ".ok"
        and other.suffix.lower() in _PARTS.get(suffix, (other.suffix.lower(),))
    )

"""Keeps accepted files below ``DATA/archive``: durable before their rows are committed."""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ingest.archive.masking import write_masked
from ingest.archive.names import free_name, sync_folder
from ingest.errors import FileChangedError
from ingest.mapping import Plan
from ingest.readers.scan import sha256
from ingest.settings import IngestSettings
from ingest.staging import Transform

FOLDER = "archive"
BY_HAND = "ingest"
_FICLONE = 0x40049409  # copies by sharing the blocks, where the file system can


@dataclass(frozen=True)
class Look:
    """What a file looked like before it was read: size in bytes, time in ns, file number."""

    size: int
    written_ns: int
    number: int

    @classmethod
    def at(cls, path: Path) -> Look:
        """The look of a file now."""
        stat = path.stat()
        return cls(stat.st_size, stat.st_mtime_ns, stat.st_ino)


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
    copied (sharing blocks where the file system can). A shapefile brings its companions.

    Returns:
        The copy; an older one of the same content and name is taken for it.
    """
    target, *_ = [_keep_one(file, folder, data) for file in (path, *_companions(path))]
    sync_folder(folder)
    return target


def keep_masked(
    path: Path, folder: Path, plan: Plan, transforms: dict[int, Transform], settings: IngestSettings
) -> Path:
    """Put a copy without personal data into the folder, durable; the file stays."""
    return write_masked(path, folder, plan, transforms, settings)


def hash_of(path: Path, settings: IngestSettings) -> str:
    """SHA-256 of a kept file."""
    return sha256(path, settings)


def _keep_one(path: Path, folder: Path, data: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    target = free_name(folder / path.name, path)
    if target.exists():
        return target
    if data.resolve() in path.resolve().parents:
        with suppress(OSError):
            target.hardlink_to(path)
            return target
    part = folder / f".{path.name}.part"
    with path.open("rb") as source, part.open("wb") as copy:
        try:
            fcntl.ioctl(copy.fileno(), _FICLONE, source.fileno())
        except OSError:
            shutil.copyfileobj(source, copy, 4 * 1024 * 1024)
        copy.flush()
        os.fsync(copy.fileno())
    part.replace(target)
    return target


def _companions(path: Path) -> list[Path]:
    if path.suffix.lower() != ".shp":
        return []
    return sorted(
        other
        for other in path.parent.iterdir()
        if other.stem == path.stem and other != path and other.suffix.lower() != ".ok"
    )

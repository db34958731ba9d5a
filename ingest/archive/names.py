"""Names in the archive: nothing is ever replaced by another content."""

from __future__ import annotations

import filecmp
import os
from pathlib import Path


def free_name(target: Path, source: Path) -> Path:
    """The target, or the first of ``name-2.csv``, ``name-3.csv`` that is free or the same file."""
    stem, dot, suffix = target.name.partition(".")
    for number in range(2, 100_000):
        if not target.exists() or _same(target, source):
            return target
        target = target.with_name(f"{stem}-{number}{dot}{suffix}")
    raise OSError(f"{target.parent} has too many files named {stem}")


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _same(one: Path, other: Path) -> bool:
    return one.samefile(other) or filecmp.cmp(one, other, shallow=False)

"""Names of files that are not there yet."""

from __future__ import annotations

TEMPORARY = (".part", ".tmp", ".filepart", ".crdownload", ".swp", ".writing", "~")
BESIDE = (".ok", ".reason.txt")


def is_waiting_name(name: str) -> bool:
    """Whether the name is of a file still being written, hidden, or of no data file."""
    small = name.lower()
    return small.startswith((".", "~")) or small.endswith(TEMPORARY + BESIDE)

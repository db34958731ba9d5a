"""Names of files that come from outside."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from ingest.waiting import is_waiting_name

MAX_BYTES = 200  # with the marks of a part, still a name that every file system takes


def file_name_of(url: str) -> str:
    """The last part of an address's path, decoded; empty when it ends in a slash."""
    return unquote(urlsplit(url).path.rsplit("/", 1)[-1])


def name_trouble(name: str) -> str | None:
    """What is wrong with a file's name, None when nothing is."""
    if not name:
        return "is empty"
    if "/" in name or "\\" in name or name in (".", ".."):
        return "is no plain name"
    if any(ord(letter) < 32 or 0xD800 <= ord(letter) < 0xE000 for letter in name):
        return "holds signs that no name may hold"
    if len(name.encode("utf-8")) > MAX_BYTES:
        return f"is longer than {MAX_BYTES} bytes"
    if is_waiting_name(name):
        return "is that of a file still being written"
    return None

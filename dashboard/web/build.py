"""Which code draws the pages: screens that were open before an update load themselves anew."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import metadata
from pathlib import Path

_KINDS = {".py", ".css", ".js", ".toml"}
# What else the browser loads.
_LIBRARIES = ("dash", "plotly", "dash-mantine-components", "dash-ag-grid")


@cache
def build_id() -> str:
    """12 hex digits of a hash of code, assets, texts and the browser's libraries."""
    return hash_of(Path(__file__).parent, [(n, metadata.version(n)) for n in _LIBRARIES])


def hash_of(folder: Path, libraries: list[tuple[str, str]]) -> str:
    """The same for the same files and versions, wherever and whenever it is asked for."""
    digest = hashlib.sha256(repr(libraries).encode())
    for path in sorted(p for p in folder.rglob("*") if p.suffix in _KINDS):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]

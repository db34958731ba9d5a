"""What was fetched before: asked before a fetch, told after each file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Taken:
    """A file of a landing folder that was copied.

    Attributes:
        path: inside the folder, with ``/``.
        size: bytes.
        mtime_ns: last written, nanoseconds since 1970.
        sha256: of its content.
        at: when it was taken (UTC).
    """

    path: str
    size: int
    mtime_ns: int
    sha256: str
    at: datetime


@dataclass(frozen=True)
class Pulled:
    """A file of a web server that was fetched.

    Attributes:
        key: its address; a query, which may hold secrets, as a hash.
        etag, last_modified: the server's words on this state of the file; empty when it has none.
        version: what the index said about it; empty when nothing.
        period: start of the period in UTC, ISO 8601; empty when the address is not dated.
        sha256: of its content.
        size: bytes.
        at: when it was fetched (UTC).
    """

    key: str
    etag: str
    last_modified: str
    version: str
    period: str
    sha256: str
    size: int
    at: datetime


class Memory(Protocol):
    """Remembers per source; must not raise for troubles of its storage."""

    def taken(self, source: str) -> dict[str, Taken]:
        """Everything taken from a landing folder, by path."""
        ...

    def remember_taken(self, source: str, taken: Taken) -> None:
        """Note a file that is in the inbox now."""
        ...

    def forget_taken(self, source: str, paths: Iterable[str]) -> None:
        """Drop files that are gone from the folder."""
        ...

    def pulled(self, source: str) -> dict[str, Pulled]:
        """Everything fetched from a web server, by key."""
        ...

    def remember_pulled(self, source: str, pulled: Pulled) -> None:
        """Note a file that is in the inbox now."""
        ...


@dataclass
class HeldMemory:
    """Remembers as long as the process lives."""

    takes: dict[str, dict[str, Taken]] = field(default_factory=dict)
    pulls: dict[str, dict[str, Pulled]] = field(default_factory=dict)

    def taken(self, source: str) -> dict[str, Taken]:
        """Everything taken from a landing folder, by path."""
        return dict(self.takes.get(source, {}))

    def remember_taken(self, source: str, taken: Taken) -> None:
        """Note a file that is in the inbox now."""
        self.takes.setdefault(source, {})[taken.path] = taken

    def forget_taken(self, source: str, paths: Iterable[str]) -> None:
        """Drop files that are gone from the folder."""
        for path in paths:
            self.takes.get(source, {}).pop(path, None)

    def pulled(self, source: str) -> dict[str, Pulled]:
        """Everything fetched from a web server, by key."""
        return dict(self.pulls.get(source, {}))

    def remember_pulled(self, source: str, pulled: Pulled) -> None:
        """Note a file that is in the inbox now."""
        self.pulls.setdefault(source, {})[pulled.key] = pulled

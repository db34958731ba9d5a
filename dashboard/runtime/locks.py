"""One writer: `DATA/worker.lock` is held by whoever may change the data directory."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from dashboard.errors import LockedError

FILE_NAME = "worker.lock"


@dataclass(frozen=True)
class Holder:
    """Who holds the lock, as written into the file by the holder."""

    pid: int
    command: str


@contextmanager
def write_lock(data: Path, command: str) -> Iterator[None]:
    """Hold the data directory for writing; released when the process ends, however it ends.

    The lock is the kernel's (``flock``), not the file: a file left by a killed process holds
    nothing, and needs no hand to remove it.

    Args:
        data: the data directory; made when absent.
        command: what this process does, shown to whoever is refused.

    Raises:
        LockedError: another process holds it; names its PID and command.
    """
    data.mkdir(parents=True, exist_ok=True)
    handle = os.open(data / FILE_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _take(handle, data)
        text = json.dumps(asdict(Holder(os.getpid(), command)), ensure_ascii=False)
        os.ftruncate(handle, 0)
        os.pwrite(handle, text.encode(), 0)
        yield
    finally:
        os.close(handle)


def holder(data: Path) -> Holder | None:
    """Who holds the data directory now; None when nobody does.

    Tries the lock for a moment, so a process that starts in that very moment may be refused:
    for people and the supervisor, not for polling.
    """
    path = data / FILE_NAME
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(handle)
    finally:
        os.close(handle)
    return None


def _take(handle: int, data: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        other = _read(handle)
        raise LockedError(
            f"{data} is in use by process {other.pid} ({other.command}); stop it, or put files "
            f"into {data / 'inbox'} for a running worker"
        ) from error


def _read(handle: int) -> Holder:
    """The holder's own words; PID 0 in the instant between its lock and its words."""
    try:
        raw = json.loads(os.pread(handle, 4096, 0))
        return Holder(int(raw["pid"]), str(raw["command"]))
    except (ValueError, KeyError, TypeError):
        return Holder(0, "just starting")

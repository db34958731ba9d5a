"""A time limit for one file: statements are interrupted, loops look at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event, Timer

import duckdb

from ingest.errors import FileRefusedError

_over: ContextVar[Event | None] = ContextVar("file_time_over", default=None)


@contextmanager
def time_limit(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    """Refuse the file at hand when it takes longer.

    Raises:
        FileRefusedError: the time is over; the transaction at hand is the caller's to roll back.
    """
    over = Event()

    def end() -> None:
        over.set()
        connection.interrupt()

    timer = Timer(seconds, end)
    timer.daemon = True
    token = _over.set(over)
    timer.start()
    try:
        yield
        _raise_if(over, seconds)
    except duckdb.InterruptException as error:
        _raise_if(over, seconds, error)
        raise
    finally:
        timer.cancel()
        timer.join()
        _over.reset(token)


def check_time() -> None:
    """FileRefusedError when the time of the file at hand is over; for loops in Python."""
    over = _over.get()
    if over is not None and over.is_set():
        raise _too_long()


def _raise_if(over: Event, seconds: float, cause: Exception | None = None) -> None:
    if over.is_set():
        raise _too_long(seconds) from cause


def _too_long(seconds: float | None = None) -> FileRefusedError:
    much = "" if seconds is None else f" = {seconds:g}"
    return FileRefusedError(
        f"takes longer than max_file_seconds{much}: it may be a bomb; split it if it is not"
    )

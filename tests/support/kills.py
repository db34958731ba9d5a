"""For children that are to die at an exact step: count what is reached, be killed at the n-th."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType

import duckdb

from ingest.warehouse import transaction


def killer(point: int) -> Callable[[], None]:
    """To be called at each step; the call of that number kills the process."""
    passed = 0

    def reached() -> None:
        nonlocal passed
        passed += 1
        if passed == point:
            os.kill(os.getpid(), signal.SIGKILL)

    return reached


def watch_commits(modules: tuple[ModuleType, ...], point: int) -> None:
    """Steps are the moments before and after each commit of these modules."""
    reached = killer(point)

    @contextmanager
    def watched(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
        with transaction(connection):
            yield
            reached()
        reached()

    for module in modules:
        module.transaction = watched

"""Costly things that are only read are made once a run, whichever of its processes is first."""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

ROOT = "SHARED_BY_TESTS"  # set by tests/conftest.py; no setting of the product


def once(name: str, make: Callable[[Path], object]) -> Path:
    """The folder of that name, filled by ``make(folder)`` if no process of this run has done so.

    The name has to say all that its content follows from. Nobody may write into the folder
    afterwards: copy what is to be changed.
    """
    root = _root()
    folder = root / name
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # let go of by the kernel, whatever becomes of the process
        if not folder.exists():
            unfinished = root / f"{name}.part"
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            make(unfinished)
            unfinished.rename(folder)
    return folder


@cache
def _root() -> Path:
    """The run's folder; outside of pytest (benchmarks) one that goes with the process."""
    if ROOT in os.environ:
        return Path(os.environ[ROOT])
    folder = Path(mkdtemp(prefix="foresite-shared-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder

"""What every run of the tests shares, and what its processes are told."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tests.support import postgres as pg
from tests.support import shared

# Two workers on two cores, and children beside them: threads of LightGBM that wait for one another
# in a busy loop cost many times what they compute (measured: 3 to 14 s instead of 0.5 s a model).
# Read when the library is loaded; children inherit it.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

_MADE = pytest.StashKey[list[Path]]()
_MEMORY = Path("/dev/shm")
_ROOM, _FREE = 3 << 30, 6 << 30  # bytes of files that all tests leave at most; of memory besides


def pytest_configure(config: pytest.Config) -> None:
    """The first process makes the folder in which all of them find what one has made.

    Where memory is plenty, all that tests write lies there: the product waits for the disk at each
    commit, and no test can tell whether a disk kept its word. ``TMPDIR`` decides where it is set.
    """
    if shared.ROOT in os.environ:
        return
    made = config.stash[_MADE] = []
    if "TMPDIR" not in os.environ and _memory_is_plenty():
        _forget_killed_runs()
        made.append(Path(mkdtemp(prefix=f"foresite-tests-{os.getpid()}-", dir=_MEMORY)))
        os.environ["TMPDIR"] = str(made[0])
        tempfile.tempdir = None  # asked for already, and remembered
    made.append(Path(mkdtemp(prefix="foresite-tests-")))
    os.environ[shared.ROOT] = str(made[-1])


def pytest_unconfigure(config: pytest.Config) -> None:
    made = config.stash.get(_MADE, [])
    if made:
        del os.environ[shared.ROOT]
    for folder in reversed(made):
        shutil.rmtree(folder, ignore_errors=True)


def _forget_killed_runs() -> None:
    """What runs left in memory that could not end: the process of their number is gone."""
    for left in _MEMORY.glob("foresite-tests-*-*"):
        if not Path("/proc", left.name.split("-")[2]).exists():
            shutil.rmtree(left, ignore_errors=True)


def _memory_is_plenty() -> bool:
    told = Path("/proc/meminfo")
    if not (os.access(_MEMORY, os.W_OK) and told.exists()):
        return False
    found = re.search(r"MemAvailable:\s+(\d+) kB", told.read_text())
    free = int(found[1]) << 10 if found else 0
    return free >= _ROOM + _FREE and shutil.disk_usage(_MEMORY).free >= _ROOM


@pytest.fixture(scope="session")
def postgres() -> Iterator[pg.Postgres]:
    """A PostgreSQL server of this process's own; skipped where there is none, but not in CI."""
    try:
        with pg.server() as running:
            yield running
    except pg.NoPostgresError as error:
        pg.missing(error)


@pytest.fixture(params=["sqlite", "postgresql"])
def ops_url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """Where the ops database is, in turn: SQLite in the data directory, an empty PostgreSQL."""
    if request.param == "sqlite":
        yield None
        return
    with request.getfixturevalue("postgres").fresh() as url:
        yield url

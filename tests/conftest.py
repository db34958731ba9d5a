"""What every run of the tests shares, and what its processes are told."""

from __future__ import annotations

import os
import shutil
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

_MADE = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """The first process makes the folder in which all of them find what one has made."""
    if shared.ROOT not in os.environ:
        config.stash[_MADE] = Path(mkdtemp(prefix="foresite-tests-"))
        os.environ[shared.ROOT] = str(config.stash[_MADE])


def pytest_unconfigure(config: pytest.Config) -> None:
    made = config.stash.get(_MADE, None)
    if made is not None:
        del os.environ[shared.ROOT]
        shutil.rmtree(made, ignore_errors=True)


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

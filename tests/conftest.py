"""What every run of the tests shares, and what its processes are told."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from tempfile import mkdtemp

import pytest

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

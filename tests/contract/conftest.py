from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.warehouses import Room


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path / "data")
    yield made
    made.close()


@pytest.fixture(scope="session")
def real_data() -> Path:
    default = Path(__file__).parents[2] / ".." / "shared" / "data"
    folder = Path(os.environ.get("FORESITE_REAL_DATA", default)).resolve()
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder} (FORESITE_REAL_DATA)")
    return folder

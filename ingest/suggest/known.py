"""What the warehouse knows that helps to read a file: ids and positions of its cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt

from ingest.warehouse import FILE_NAME

Array = npt.NDArray[np.float64]
_NONE: Array = np.empty((0, 2))


@dataclass(frozen=True)
class Known:
    """Cell ids, and WGS-84 positions of cells (n × 2: longitude, latitude)."""

    cell_ids: frozenset[str] = frozenset()
    positions: Array = field(default_factory=lambda: _NONE)


def read_known(data: Path) -> tuple[Known, str | None]:
    """Read from ``data/warehouse.duckdb``, without writing a byte.

    Returns:
        What is known, and a line that says why nothing could be read; None when it could, or when
        there is no warehouse.
    """
    path = data / FILE_NAME
    if not path.exists():
        return Known(), None
    options: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    try:
        with duckdb.connect(str(path), read_only=True, config=options) as connection:
            ids = connection.execute("SELECT DISTINCT cell_id FROM cell_states").fetchall()
            places = connection.execute(
                "SELECT DISTINCT longitude, latitude FROM cell_states "
                "WHERE longitude IS NOT NULL AND latitude IS NOT NULL"
            ).fetchall()
    except duckdb.Error as error:
        held = "lock" in str(error).lower()
        why = "is held by another process" if held else "cannot be read"
        return Known(), f"{path} {why}: ids and positions are guessed without it"
    return Known(
        frozenset(str(row[0]) for row in ids), np.array(places, dtype=float).reshape(-1, 2)
    ), None

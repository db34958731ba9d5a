"""What the warehouse knows that helps to read a file: its cells, regions, and placed tickets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import geopandas
import numpy as np
import numpy.typing as npt
import pandas as pd

from ingest.region_rows import known_regions
from ingest.warehouse import FILE_NAME

Array = npt.NDArray[np.float64]
_NONE: Array = np.empty((0, 2))
_CELLS = ("name", "longitude", "latitude", "azimuth_deg", "region_id")
_TICKETS = ("name", "longitude", "latitude")
_MOST_TICKETS = 20_000


def _no_regions() -> geopandas.GeoDataFrame:
    columns: Mapping[str, list[object]] = {"region_id": [], "parent_id": [], "level": []}
    return geopandas.GeoDataFrame(columns, geometry=[], crs="EPSG:4326")


@dataclass(frozen=True)
class Known:
    """What is known, in WGS-84.

    Attributes:
        cell_ids: of all cells.
        positions: of cells (n × 2: longitude, latitude).
        cells: ``name`` (cell_id), ``longitude``, ``latitude``, ``azimuth_deg``, ``region_id`` (as
            delivered).
        tickets: positions of tickets that name a cell: ``name`` (cell_id), ``longitude``,
            ``latitude``; the newest.
        regions: ``region_id, name, parent_id, level, geometry``.
    """

    cell_ids: frozenset[str] = frozenset()
    positions: Array = field(default_factory=lambda: _NONE)
    cells: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(_CELLS)))
    tickets: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(_TICKETS)))
    regions: geopandas.GeoDataFrame = field(default_factory=_no_regions)

    @classmethod
    def of(
        cls,
        cells: pd.DataFrame,
        tickets: pd.DataFrame | None = None,
        regions: geopandas.GeoDataFrame | None = None,
    ) -> Known:
        """What follows from these tables; see the attributes."""
        placed = cells[["longitude", "latitude"]].dropna().drop_duplicates()
        return cls(
            frozenset(cells["name"].astype(str)),
            placed.to_numpy(dtype=float).reshape(-1, 2),
            cells,
            pd.DataFrame(columns=list(_TICKETS)) if tickets is None else tickets,
            _no_regions() if regions is None else regions,
        )


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
            return known_of(connection), None
    except duckdb.Error as error:
        held = "lock" in str(error).lower()
        why = "is held by another process" if held else "cannot be read"
        return Known(), f"{path} {why}: ids and positions are guessed without it"


def known_of(connection: duckdb.DuckDBPyConnection) -> Known:
    """What the warehouse behind an open connection knows."""
    cells = connection.execute(
        "SELECT cell_id, longitude, latitude, azimuth_deg, region_id FROM cells ORDER BY cell_id"
    ).fetchall()
    tickets = connection.execute(
        "SELECT cell_id, longitude, latitude FROM ticket_states WHERE cell_id IS NOT NULL AND "
        "longitude IS NOT NULL AND latitude IS NOT NULL "
        f"ORDER BY created_at DESC, ticket_id, state_at LIMIT {_MOST_TICKETS}"
    ).fetchall()
    return Known.of(
        pd.DataFrame(cells, columns=list(_CELLS)),
        pd.DataFrame(tickets, columns=list(_TICKETS)),
        known_regions(connection),
    )

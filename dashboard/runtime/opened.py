"""The warehouse as the settings want it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.settings import Settings
from ingest.warehouse import open_warehouse

if TYPE_CHECKING:
    import duckdb


@contextmanager
def opened_warehouse(data: Path, settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open ``data``'s warehouse and close it at the end; the caller holds the write lock.

    Raises:
        WarehouseError: see `ingest.warehouse.open_warehouse`.
    """
    connection = open_warehouse(
        data,
        time_zone=settings.time_zone,
        catalogue=settings.ingest.load_catalogue(),
        threads=settings.threads,
        memory_limit=settings.memory_limit,
    )
    try:
        yield connection
    finally:
        connection.close()

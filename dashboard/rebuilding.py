"""Forecasts from the snapshots, for a warehouse that was made anew without the old one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.errors import SnapshotError
from dashboard.runtime.opened import opened_warehouse
from dashboard.settings import Settings
from dashboard.snapshot import Snapshot
from dashboard.snapshot.files import snapshots_dir
from dashboard.snapshot.reader import list_snapshots
from ingest.warehouse import transaction

if TYPE_CHECKING:
    import duckdb


def carry_from_snapshots(data: Path, settings: Settings) -> int:
    """Put the forecasts of all snapshots that are whole into the warehouse; their rows.

    A snapshot that is damaged is left out. The caller holds the write lock.
    """
    rows = 0
    with opened_warehouse(data, settings) as connection:
        for _, name in reversed(list_snapshots(data)):
            try:
                snapshot = Snapshot(snapshots_dir(data) / name)
            except SnapshotError:
                continue
            with transaction(connection):
                rows += _carry(connection, snapshot)
    return rows


def _carry(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> int:
    manifest = snapshot.manifest
    as_of = f"TIMESTAMPTZ '{manifest.as_of.isoformat()}'"
    made = f"TIMESTAMPTZ '{manifest.published_at.isoformat()}'"
    connection.execute(
        f"INSERT INTO forecast_runs SELECT {as_of}, ?, ?, {made}, ?",
        [manifest.mode, None, json.dumps({"from": "snapshot"})],
    )
    rows = 1
    cells = snapshot.path / "cells.parquet"
    connection.execute(
        f"INSERT INTO cell_forecasts BY NAME SELECT {as_of} AS as_of, cell_id, "
        "expected_low_complaints, probability, status, coalesce(quiet, false) AS quiet, cause "
        "FROM read_parquet(?)",
        [str(cells)],
    )
    [(count,)] = connection.execute("SELECT count(*) FROM read_parquet(?)", [str(cells)]).fetchall()
    rows += int(count)
    series = str(snapshot.path / "region_series.parquet")
    connection.execute(
        f"INSERT INTO region_forecasts BY NAME SELECT {as_of} AS as_of, region_id, measure, day, "
        "mean, lower, upper, model FROM read_parquet(?) WHERE mean IS NOT NULL",
        [series],
    )
    return rows

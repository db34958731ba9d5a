"""The daily upkeep of the warehouse, as the worker runs it."""

from __future__ import annotations

from pathlib import Path

import duckdb

from ingest.clock import Clock
from ingest.quality.update import update_quality
from ingest.retention.purge import Retained, apply_retention
from ingest.settings import IngestSettings


def tend(
    connection: duckdb.DuckDBPyConnection,
    data: Path,  # noqa: ARG001  jobs of the worker share one signature
    *,
    settings: IngestSettings,
    clock: Clock,
) -> Retained:
    """Bring roll-ups and quality figures up to date, then remove what is old.

    Safe to end at any point and to run at any time; it costs what is new.
    """
    catalogue = settings.load_catalogue()
    update_quality(connection, catalogue)
    return apply_retention(connection, clock.now(), settings.retention, catalogue)

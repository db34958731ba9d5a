"""The temporary tables and views in which the rows of one file are worked on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from ingest.queries import identifier

_MADE_HERE = (
    "source_rows", "staged", "numbered", "time_map", "checked", "fresh", "compared", "replacing",
    "states", "fresh_states", "new_states", "csv_rejects", "csv_scans",
    "measured", "counter_ids", "counter_names", "counter_lines", "object_cells", "counted",
    "counters_compared", "counter_keys", "counter_news", "counters_touched", "counters_stored",
    "counters_wide", "counters_evaluated",
)  # fmt: skip


@contextmanager
def scratch(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Room for the rows of one file: what an earlier failure left is dropped first."""
    _drop(connection)
    yield
    _drop(connection)


def _drop(connection: duckdb.DuckDBPyConnection) -> None:
    found = connection.execute(
        "SELECT 'VIEW', view_name FROM duckdb_views() WHERE temporary AND NOT internal "
        "UNION ALL SELECT 'TABLE', table_name FROM duckdb_tables() WHERE temporary"
    ).fetchall()
    for kind, name in found:
        if name in _MADE_HERE:
            connection.execute(f"DROP {kind} temp.{identifier(name)}")

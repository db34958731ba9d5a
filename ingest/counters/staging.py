"""Measurements of one file, staged and checked line by line; nothing of it is in the warehouse."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pyarrow as pa

from ingest.context import Context
from ingest.counters.cells import CellNames
from ingest.counters.names import CounterNames, counter_names
from ingest.counters.objects import cell_of
from ingest.counters.rows import Measured
from ingest.ledger import moment_sql
from ingest.mapping import Mapping, Plan
from ingest.opening import Opened, times_of
from ingest.profiles.counters import MAX_PERIOD_MIN, MIN_PERIOD_MIN, CounterTable
from ingest.profiles.model import Table
from ingest.queries import queries
from ingest.readers.columnar import read_parquet_rows
from ingest.readers.counter_csv import read_counter_rows
from ingest.readers.measurements import read_measurements
from ingest.readers.rows import BadRow
from ingest.retention.marks import purged_us


def stage_counters(
    connection: duckdb.DuckDBPyConnection, opened: Opened, table: Table, context: Context
) -> tuple[Plan, int, list[BadRow]]:
    """Stage a file of counters.

    Makes the temporary tables ``counter_names`` (as the file has them, as formulas have them),
    ``measured`` (schema MEASURED) and ``checked``: one row per measured object that has a counter
    anybody asks for, with its cell, interval and the reason why it cannot be used.

    Returns:
        How the file is read, its measured objects, and those that could not be taken apart.

    Raises:
        FileRefusedError: the file as a whole cannot be used.
    """
    layout = table.counters or CounterTable()
    names = counter_names(context.settings.load_formulas(), layout)
    xml = opened.kind == "measurements"
    if xml:
        measured = read_measurements(opened.path, table, context.settings, names.wanted)
    else:
        rows = opened.rows or read_parquet_rows(opened.path, context.settings)
        times = times_of(opened, table, context.settings)
        measured = read_counter_rows(rows, table, names, times)
    _take(connection, measured)
    _name(connection, names, kept=not xml)
    sql = queries("counters")
    connection.execute(sql["lines"])
    cells = CellNames(layout, distinguished=xml)
    _map_objects(
        connection, (lambda name: cells.find(name) or cell_of(name)) if xml else cells.find
    )
    late = "NULL"
    if context.live_at is not None:
        late = (
            f"{moment_sql(context.live_at)} + to_minutes({context.settings.future_tolerance_min})"
        )
    purged = purged_us(connection)
    connection.execute(
        sql["checked"]
        .replace("{late}", late)
        .replace("{gone}", "NULL" if purged is None else f"make_timestamptz({purged})")
        .replace("{shortest_s}", str(MIN_PERIOD_MIN * 60))
        .replace("{longest_s}", str(MAX_PERIOD_MIN * 60))
    )
    plan = Plan(context.feeds[table.feed], table, Mapping((), measured.ignored))
    return plan, measured.rows_read, measured.bad


def _take(connection: duckdb.DuckDBPyConnection, measured: Measured) -> None:
    """Fill ``measured``, batch by batch: memory does not grow with the file."""
    sql = queries("counters")
    connection.execute(sql["measured"])
    for batch in measured.rows:
        connection.register("measured_batch", pa.Table.from_batches([batch]))
        connection.execute(sql["take"])
        connection.unregister("measured_batch")


def _name(connection: duckdb.DuckDBPyConnection, names: CounterNames, *, kept: bool) -> None:
    """Fill ``counter_names``; ``kept``: the file's counters have the formulas' names already."""
    pairs = {name: name for name in names.asked} if kept else names.kept_as
    batch = pa.table(
        {
            "raw": pa.array(list(pairs), pa.string()),
            "counter": pa.array(list(pairs.values()), pa.string()),
            "cumulative": pa.array([name in names.cumulative for name in pairs.values()]),
        }
    )
    connection.register("names_batch", batch)
    connection.execute("CREATE TEMP TABLE counter_names AS SELECT * FROM names_batch")
    connection.unregister("names_batch")


def _map_objects(connection: duckdb.DuckDBPyConnection, find: Callable[[str], str | None]) -> None:
    """Fill ``object_cells``: each distinct object is looked at once."""
    objects = [row[0] for row in connection.execute(queries("counters")["objects"]).fetchall()]
    batch = pa.table(
        {
            "object": pa.array(objects, pa.string()),
            "cell_id": pa.array([find(name) for name in objects], pa.string()),
        }
    )
    connection.register("objects_batch", batch)
    connection.execute("CREATE TEMP TABLE object_cells AS SELECT * FROM objects_batch")
    connection.unregister("objects_batch")

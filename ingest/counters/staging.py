"""Measurements of one file, staged and checked line by line; nothing of it is in the warehouse."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import numpy as np
import pyarrow as pa

from ingest.context import Context
from ingest.counters.cells import CellNames
from ingest.counters.evaluate import is_signed
from ingest.counters.names import CounterNames, counter_names
from ingest.counters.rows import Measured
from ingest.formulas.catalogue import Formulas
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

    Makes the temporary tables ``counter_ids`` (counters as formulas have them), ``counter_names``
    (as the file has them), ``measured`` (values) and ``checked``: one row per measured object that
    has a counter anybody asks for, with its cell, interval and the reason why it cannot be used.

    Returns:
        How the file is read, its measured objects, and those that could not be taken apart.

    Raises:
        FileRefusedError: the file as a whole cannot be used.
    """
    layout = table.counters or CounterTable()
    formulas = context.settings.load_formulas()
    names = counter_names(formulas, layout)
    xml = opened.kind == "measurements"
    if xml:
        measured = _read(opened, table, names, context)
    else:
        rows = opened.rows or read_parquet_rows(opened.path, context.settings)
        times = times_of(opened, table, context.settings)
        measured = read_counter_rows(rows, table, names, times)
    raw = _name(connection, names, formulas, kept=not xml)
    _take(connection, measured, raw)
    sql = queries("counters")
    cells = CellNames(layout, distinguished=xml)
    _map_objects(connection, cells.find)
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


def _read(opened: Opened, table: Table, names: CounterNames, context: Context) -> Measured:
    if context.ahead is not None:
        return context.ahead.read(opened.path, table, names.wanted)
    return read_measurements(opened.path, table, context.settings, names.wanted)


def _take(connection: duckdb.DuckDBPyConnection, measured: Measured, raw: dict[str, int]) -> None:
    """Fill ``counter_lines`` and ``measured`` batch by batch: memory does not grow with a file."""
    sql = queries("counters")
    connection.execute(sql["measured"])
    last = 0
    for batch in measured.rows:
        if not batch.num_rows:
            continue
        numbers = batch.column("row_number").to_numpy()
        first = np.flatnonzero(np.diff(numbers, prepend=last))  # rows of one object stand together
        last = int(numbers[-1])
        names = batch.column("counter")
        ids = np.array([raw[name] for name in names.dictionary.to_pylist()], np.int32)
        values = {
            "row_number": batch.column("row_number"),
            "raw_id": pa.array(ids[names.indices.to_numpy()]),
            "value": batch.column("value"),
        }
        connection.register("lines_batch", pa.Table.from_batches([batch.take(pa.array(first))]))
        connection.register("values_batch", pa.table(values))
        connection.execute(sql["take_lines"])
        connection.execute(sql["take_values"])
        connection.unregister("lines_batch")
        connection.unregister("values_batch")


def _name(
    connection: duckdb.DuckDBPyConnection, names: CounterNames, formulas: Formulas, *, kept: bool
) -> dict[str, int]:
    """Fill ``counter_ids`` and ``counter_names``; name in the file -> its number.

    ``kept``: the file's counters have the formulas' names already.
    """
    asked = sorted(names.asked)
    ids = {name: number for number, name in enumerate(asked)}
    _table(
        connection,
        "counter_ids",
        {
            "counter_id": pa.array(range(len(asked)), pa.int32()),
            "counter": pa.array(asked, pa.string()),
            "rises": pa.array([name in names.cumulative for name in asked], pa.bool_()),
            "signed": pa.array([is_signed(name, formulas) for name in asked], pa.bool_()),
        },
    )
    pairs = {name: name for name in asked} if kept else names.kept_as
    _table(
        connection,
        "counter_names",
        {
            "raw_id": pa.array(range(len(pairs)), pa.int32()),
            "counter_id": pa.array([ids[counter] for counter in pairs.values()], pa.int32()),
        },
    )
    return {name: number for number, name in enumerate(pairs)}


def _table(connection: duckdb.DuckDBPyConnection, name: str, columns: dict[str, pa.Array]) -> None:
    connection.register("columns_batch", pa.table(columns))
    connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM columns_batch")
    connection.unregister("columns_batch")


def _map_objects(connection: duckdb.DuckDBPyConnection, find: Callable[[str], str | None]) -> None:
    """Fill ``object_cells``: each distinct object is looked at once."""
    objects = [row[0] for row in connection.execute(queries("counters")["objects"]).fetchall()]
    _table(
        connection,
        "object_cells",
        {
            "object": pa.array(objects, pa.string()),
            "cell_id": pa.array([find(name) for name in objects], pa.string()),
        },
    )

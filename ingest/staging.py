"""Brings the rows of one file into the temporary table ``staged``, typed and checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa

from ingest.checks import Source, staging_sql
from ingest.mapping import Plan
from ingest.queries import identifier, literal, one_row
from ingest.readers.rows import BadRow, Rows
from ingest.readers.scan import Scan

_BATCH = 50_000
Transform = Callable[[str | None], str | None]


@dataclass(frozen=True)
class Staged:
    """What ``staged`` holds: the source's types, and rows that could not be taken apart."""

    source: Source
    rows: int
    bad: list[BadRow]

    @property
    def rows_read(self) -> int:
        """Rows of the file, the broken ones among them."""
        return self.rows + len(self.bad)


def stage_fast_csv(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    scan: Scan,
    width: int,
    plan: Plan,
) -> Staged | None:
    """Stage a CSV file by DuckDB's own parallel reader, all columns as text.

    Only for sound UTF-8 files. None when it saw other than one row per line, be it a ragged row, a
    blank line or a line break within quotes: then the exact reader has to tell what is what.
    """
    fields = tuple(f"c{place}" for place in range(width))
    columns = ", ".join(f"{field}: 'VARCHAR'" for field in fields)
    relation = (
        f"read_csv({literal(str(path))}, columns = {{{columns}}}, auto_detect = false, "
        f"header = true, skip = {plan.table.header_row - 1 + plan.table.unit_rows}, "
        f"delim = {literal(plan.table.delimiter)}, quote = '\"', escape = '\"', "
        "strict_mode = true, null_padding = false, compression = 'auto', store_rejects = true, "
        "rejects_table = 'csv_rejects', rejects_scan = 'csv_scans')"
    )
    source = Source(relation, fields, ("VARCHAR",) * width, None)
    for name in ("csv_rejects", "csv_scans"):
        connection.execute(f"DROP TABLE IF EXISTS temp.{name}")
    try:
        rows = _create(connection, source, plan)
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        return None  # e.g. line breaks of two kinds, which this reader gives up on
    [rejects] = one_row(connection, "SELECT count(*) FROM temp.csv_rejects")
    lines = scan.lines - plan.table.header_row - plan.table.unit_rows
    if rejects == 0 and rows == lines:
        return Staged(source, rows, [])
    connection.execute("DROP TABLE staged")
    return None


def stage_parquet(connection: duckdb.DuckDBPyConnection, path: Path, plan: Plan) -> Staged:
    """Stage a Parquet file by DuckDB's own reader, with its types."""
    relation = f"read_parquet({literal(str(path))})"
    described = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    source = Source(
        relation,
        tuple(identifier(row[0]) for row in described),
        tuple(row[1] for row in described),
        None,
    )
    return Staged(source, _create(connection, source, plan), [])


def stage_rows(
    connection: duckdb.DuckDBPyConnection,
    rows: Rows,
    plan: Plan,
    transforms: dict[int, Transform] | None = None,
) -> Staged:
    """Stage rows of text.

    Only columns that the feed knows are taken over; ``transforms`` (by place in the header) are
    applied before anything reaches the database, which may spill to disk.
    """
    width = len(rows.header)
    places = sorted({place for origin in plan.mapping.origins for place in origin.places})
    names = [f"c{place}" for place in places]
    connection.execute(
        "CREATE TEMP TABLE source_rows (row_number BIGINT, "
        + ", ".join(f"{name} VARCHAR" for name in names)
        + ")"
    )
    for numbers, columns in _batches(rows, places, transforms or {}):
        batch = pa.table(
            [pa.array(numbers, pa.int64()), *(pa.array(c, pa.string()) for c in columns)],
            names=["row_number", *names],
        )
        connection.register("source_batch", batch)
        connection.execute("INSERT INTO source_rows SELECT * FROM source_batch")
        connection.unregister("source_batch")
    fields = tuple(f"c{place}" for place in range(width))
    source = Source("source_rows", fields, ("VARCHAR",) * width, "row_number")
    count = _create(connection, source, plan)
    connection.execute("DROP TABLE source_rows")
    return Staged(source, count, rows.bad)


def _batches(
    rows: Rows, places: list[int], transforms: dict[int, Transform]
) -> Iterator[tuple[list[int], list[list[str | None]]]]:
    data = iter(rows.data)
    while batch := list(islice(data, _BATCH)):
        columns: list[list[str | None]] = []
        for place in places:
            column = [fields[place] for _, fields in batch]
            change = transforms.get(place)
            columns.append(column if change is None else [change(text) for text in column])
        yield [number for number, _ in batch], columns


def _create(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    plan: Plan,
) -> int:
    select = staging_sql(source, plan)
    connection.execute(f"CREATE TEMP TABLE staged AS {select}")
    return int(one_row(connection, "SELECT count(*) FROM staged")[0])

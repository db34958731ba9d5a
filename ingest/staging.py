"""Brings the rows of one file into the temporary table ``staged``, typed and checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa

from ingest.checks import Source, staging_sql
from ingest.deadline import check_time
from ingest.errors import FileRefusedError
from ingest.mapping import Plan
from ingest.queries import identifier, one_row
from ingest.readers.columnar import DAMAGE, open_parquet, sound_batches
from ingest.readers.rows import BadRow, Rows

_BATCH = 60_000
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


def stage_parquet(connection: duckdb.DuckDBPyConnection, path: Path, plan: Plan) -> Staged:
    """Stage a Parquet file with its types, batch by batch.

    Not by DuckDB's own Parquet reader: a damaged file can make it fail in a way that closes the
    whole database. So can text that is not UTF-8, so that each batch is validated.

    Raises:
        FileRefusedError: the file is damaged.
    """
    try:
        with open_parquet(path) as file:
            schema = file.schema_arrow
            connection.register("parquet_batch", schema.empty_table())
            described = connection.execute("DESCRIBE SELECT * FROM parquet_batch").fetchall()
            batches = pa.RecordBatchReader.from_batches(schema, sound_batches(file, _BATCH))
            connection.register("parquet_batch", batches)
            source = Source(
                "parquet_batch",
                tuple(identifier(row[0]) for row in described),
                tuple(row[1] for row in described),
                None,
            )
            return Staged(source, create_staged(connection, source, plan), [])
    except (duckdb.FatalException, duckdb.InternalException, duckdb.OutOfMemoryException):
        raise
    except (duckdb.Error, *DAMAGE) as error:
        reason = str(error).splitlines()[0]
        raise FileRefusedError(f"the Parquet file is damaged: {reason}") from error
    finally:
        connection.unregister("parquet_batch")


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
    count = create_staged(connection, source, plan)
    connection.execute("DROP TABLE source_rows")
    return Staged(source, count, rows.bad)


def _batches(
    rows: Rows, places: list[int], transforms: dict[int, Transform]
) -> Iterator[tuple[list[int], list[list[str | None]]]]:
    data = iter(rows.data)
    while batch := list(islice(data, _BATCH)):
        check_time()
        columns: list[list[str | None]] = []
        for place in places:
            column = [fields[place] for _, fields in batch]
            change = transforms.get(place)
            columns.append(column if change is None else [change(text) for text in column])
        yield [number for number, _ in batch], columns


def create_staged(connection: duckdb.DuckDBPyConnection, source: Source, plan: Plan) -> int:
    """Make the table ``staged`` of a source; the number of its rows."""
    select = staging_sql(source, plan)
    connection.execute(f"CREATE TEMP TABLE staged AS {select}")
    return int(one_row(connection, "SELECT count(*) FROM staged")[0])

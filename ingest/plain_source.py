"""A KPI file as a relation with typed columns, and whether it gave all its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from ingest.errors import FileRefusedError
from ingest.mapping import Plan
from ingest.opening import Opened
from ingest.queries import identifier, literal, one_row
from ingest.readers.ahead import read_ahead
from ingest.readers.columnar import DAMAGE, open_parquet, sound_batches
from ingest.readers.csv_text import read_csv
from ingest.readers.rows import as_text
from ingest.readers.scan import is_gzip, open_bytes
from ingest.settings import IngestSettings

_BATCH = 122_880  # a row group of DuckDB
_TEXTS = ("cell_id", "ts")


class NotPlainError(Exception):
    """The file is not for the short way; it is no error of the file."""


@dataclass(frozen=True)
class PlainSource:
    """A relation over the file, to be read once.

    Attributes:
        relation: what stands behind FROM.
        columns: canonical name -> field and DuckDB type.
        first_ts: time of the first row as text.
        whole: whether that many rows are all that the file has; asked when it was read.
        underscores: in the data of a text file; DuckDB reads 1_000 as 1000, so that all of them
            must be found in the ids. None: numbers come as numbers.
    """

    relation: str
    columns: dict[str, tuple[str, str]]
    first_ts: str
    whole: Callable[[int], bool]
    underscores: int | None = None


@contextmanager
def plain_source(
    connection: duckdb.DuckDBPyConnection, opened: Opened, plan: Plan, settings: IngestSettings
) -> Iterator[PlainSource]:
    """The file as a relation, while the statement runs.

    Raises:
        NotPlainError: it cannot be read so.
        FileRefusedError: a Parquet file is damaged.
    """
    if opened.kind == "text":
        try:
            yield _text_source(connection, opened, plan, settings)
        except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
            raise NotPlainError from error
    elif opened.kind == "parquet":
        with _parquet_source(connection, opened, plan) as source:
            yield source
    else:
        raise NotPlainError


def _text_source(
    connection: duckdb.DuckDBPyConnection, opened: Opened, plan: Plan, settings: IngestSettings
) -> PlainSource:
    scan, table, path = opened.scan, plan.table, opened.path
    expanded = any(sign in str(path) for sign in "*?[]")
    if scan is None or opened.encoding not in ("utf-8", "utf-8-sig") or expanded or is_gzip(path):
        raise NotPlainError
    used = {o.places[0]: o.column.name for o in plan.mapping.origins}
    first = next(read_csv(path, scan, opened.encoding, table, settings).data, None)
    if first is None or (len(used) < len(opened.header) and scan.underscores):
        raise NotPlainError  # empty, or underscores may stand in columns that are not read
    types = {
        f"c{place}": "VARCHAR" if used.get(place, "ts") in _TEXTS else "FLOAT"
        for place in range(len(opened.header))
    }
    columns = {name: (f"c{place}", types[f"c{place}"]) for place, name in used.items()}
    for name in ("plain_rejects", "plain_scans"):
        connection.execute(f"DROP TABLE IF EXISTS temp.{name}")
    above = table.header_row + table.unit_rows
    relation = (
        f"read_csv({literal(str(path))}, columns = {types!r}, auto_detect = false, header = true, "
        f"skip = {above - 1}, delim = {literal(table.delimiter)}, quote = '\"', escape = '\"', "
        "strict_mode = true, null_padding = false, compression = 'none', store_rejects = true, "
        "rejects_table = 'plain_rejects', rejects_scan = 'plain_scans')"
    )

    def whole(rows: int) -> bool:
        [bad] = one_row(connection, "SELECT count(*) FROM temp.plain_rejects")
        lines = scan.lines + scan.open_end - above
        return not bad and (rows == lines or rows == lines - _blank_lines(opened))

    place = next(p for p, name in used.items() if name == "ts")
    ts = (first[1][place] or "").strip()
    return PlainSource(relation, columns, ts, whole, scan.underscores - _above(opened, above))


def _above(opened: Opened, lines: int) -> int:
    """Underscores in the lines above the data."""
    with open_bytes(opened.path) as file:
        return sum(file.readline().count(b"_") for _ in range(lines))


def _blank_lines(opened: Opened) -> int:
    with open_bytes(opened.path) as file:
        return sum(line in (b"\n", b"\r\n") for line in file)


@contextmanager
def _parquet_source(
    connection: duckdb.DuckDBPyConnection, opened: Opened, plan: Plan
) -> Iterator[PlainSource]:
    try:
        with open_parquet(opened.path) as file:
            own = [file.schema_arrow.names[o.places[0]] for o in plan.mapping.origins]
            schema = pa.schema([file.schema_arrow.field(name) for name in own])
            connection.register("plain_batch", schema.empty_table())
            described = connection.execute("DESCRIBE SELECT * FROM plain_batch").fetchall()
            columns = {
                origin.column.name: (identifier(row[0]), row[1])
                for origin, row in zip(plan.mapping.origins, described, strict=True)
            }
            ts = own[plan.mapping.names.index("ts")]
            first = next(file.iter_batches(1, columns=[ts]), None)
            if first is None or first.num_rows == 0:
                raise NotPlainError
            text = as_text(first.column(0).cast(pa.string())[0].as_py()) or ""
            with read_ahead(sound_batches(file, _BATCH, own)) as batches:
                reader = pa.RecordBatchReader.from_batches(schema, batches)
                connection.register("plain_batch", reader)
                yield PlainSource(
                    "plain_batch", columns, text, lambda rows: rows == file.metadata.num_rows
                )
    except (duckdb.FatalException, duckdb.InternalException, duckdb.OutOfMemoryException):
        raise
    except DAMAGE as error:
        reason = str(error).splitlines()[0]
        raise FileRefusedError(f"the Parquet file is damaged: {reason}") from error
    finally:
        connection.unregister("plain_batch")

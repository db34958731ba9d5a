"""A KPI file as a relation with typed columns, and whether it gave all its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from ingest.mapping import Plan
from ingest.opening import Opened
from ingest.queries import identifier, literal, one_row
from ingest.readers.columnar import open_parquet
from ingest.readers.csv_text import read_csv
from ingest.readers.rows import as_text
from ingest.readers.scan import is_gzip, open_bytes
from ingest.settings import IngestSettings

_TEXTS = ("cell_id", "ts")
_EXPANDED = "*?[]"  # DuckDB takes them in a path for patterns
_UNREADABLE = (
    duckdb.InvalidInputException,
    duckdb.ConversionException,
    duckdb.IOException,
    duckdb.NotImplementedException,
)


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
    """
    if opened.kind not in ("text", "parquet"):
        raise NotPlainError
    try:
        if opened.kind == "text":
            yield _text_source(connection, opened, plan, settings)
        else:
            yield _parquet_source(connection, opened, plan)
    except _UNREADABLE as error:
        raise NotPlainError from error


def _text_source(
    connection: duckdb.DuckDBPyConnection, opened: Opened, plan: Plan, settings: IngestSettings
) -> PlainSource:
    scan, table, path = opened.scan, plan.table, opened.path
    expanded = any(sign in str(path) for sign in _EXPANDED)
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


def _parquet_source(
    connection: duckdb.DuckDBPyConnection, opened: Opened, plan: Plan
) -> PlainSource:
    """DuckDB's own reader; the file was looked through by Arrow when it was opened.

    A damaged file can make DuckDB's reader fail in a way that closes the whole database. Of files
    that Arrow reads to the last value, none was found that does.
    """
    path = opened.path
    if any(sign in str(path) for sign in _EXPANDED):
        raise NotPlainError
    with open_parquet(path) as file:
        names = file.schema_arrow.names
        own = [names[o.places[0]] for o in plan.mapping.origins]
        ts = own[plan.mapping.names.index("ts")]
        first = next(file.iter_batches(1, columns=[ts]), None)
        if first is None or first.num_rows == 0 or len({n.lower() for n in own}) < len(own):
            raise NotPlainError
        text = as_text(first.column(0).cast(pa.string())[0].as_py()) or ""
        rows = file.metadata.num_rows
    relation = f"read_parquet({literal(str(path))}, hive_partitioning = false)"
    selected = f"(SELECT {', '.join(identifier(name) for name in own)} FROM {relation})"
    described = connection.execute(f"DESCRIBE SELECT * FROM {selected}").fetchall()
    columns = {
        origin.column.name: (identifier(row[0]), row[1])
        for origin, row in zip(plan.mapping.origins, described, strict=True)
    }
    if columns["cell_id"][1] != "VARCHAR":
        raise NotPlainError
    return PlainSource(selected, columns, text, lambda found: found == rows)

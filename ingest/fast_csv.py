"""Large CSV files by DuckDB's own parallel reader, where its result is proven to be exact."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingest.checks import Source
from ingest.mapping import Plan
from ingest.profiles.model import Table
from ingest.queries import literal
from ingest.readers.csv_text import WRONG_COUNT
from ingest.readers.plain import plain_file
from ingest.readers.rows import BadRow
from ingest.readers.scan import Scan, open_bytes, scan_text
from ingest.settings import IngestSettings
from ingest.staging import Staged, create_staged

_RAGGED = {"MISSING COLUMNS", "TOO MANY COLUMNS"}
_MOST_RAGGED = 1000  # a file with more is read by the exact reader


@dataclass(frozen=True)
class TextFile:
    """A delimited text file that was looked over; ``width``: number of its columns."""

    path: Path
    scan: Scan
    encoding: str
    width: int


def stage_fast_csv(
    connection: duckdb.DuckDBPyConnection, text: TextFile, plan: Plan, settings: IngestSettings
) -> Staged | None:
    """Stage a CSV file, all columns as text.

    The lines of the file, counted apart, must be the rows and the ragged rows that DuckDB saw, and
    blank lines. None when they are not, be it for a line break within quotes or a quote out of
    place: then the exact reader has to tell what is what.
    """
    with plain_file(text.path, text.encoding) as path:
        scan = text.scan if path == text.path else scan_text(path, settings)
        fields = tuple(f"c{place}" for place in range(text.width))
        for name in ("csv_rejects", "csv_scans"):
            connection.execute(f"DROP TABLE IF EXISTS temp.{name}")
        source = Source(
            _relation(path, fields, plan.table), fields, ("VARCHAR",) * text.width, None
        )
        try:
            rows = create_staged(connection, source, plan)
        except (duckdb.InvalidInputException, duckdb.ConversionException):
            return None  # e.g. line breaks of two kinds, which this reader gives up on
        bad = _ragged(connection, plan.table, text.width)
        if bad is not None and _adds_up(path, scan, plan.table, rows, bad):
            left_out = tuple(row.number for row in bad)
            return Staged(Source(source.relation, fields, source.types, None, left_out), rows, bad)
        connection.execute("DROP TABLE staged")
        return None


def _relation(path: Path, fields: tuple[str, ...], table: Table) -> str:
    columns = ", ".join(f"{field}: 'VARCHAR'" for field in fields)
    return (
        f"read_csv({literal(str(path))}, columns = {{{columns}}}, auto_detect = false, "
        f"header = true, skip = {table.header_row - 1 + table.unit_rows}, "
        f"delim = {literal(table.delimiter)}, quote = '\"', escape = '\"', strict_mode = true, "
        "null_padding = false, compression = 'auto', store_rejects = true, "
        "rejects_table = 'csv_rejects', rejects_scan = 'csv_scans')"
    )


def _ragged(connection: duckdb.DuckDBPyConnection, table: Table, width: int) -> list[BadRow] | None:
    """Rows with another number of fields, in order; None when there is another kind of trouble."""
    found = connection.execute(
        "SELECT line, min(csv_line), list(DISTINCT error_type::VARCHAR) FROM temp.csv_rejects "
        f"GROUP BY line ORDER BY line LIMIT {_MOST_RAGGED + 1}"
    ).fetchall()
    if len(found) > _MOST_RAGGED or any(not _RAGGED.issuperset(types) for _, _, types in found):
        return None
    above = table.header_row + table.unit_rows
    return [
        BadRow(
            int(line) - above,
            WRONG_COUNT,
            f"{content.count(table.delimiter) + 1} fields instead of {width}",
        )
        for line, content, _ in found
    ]


def _adds_up(path: Path, scan: Scan, table: Table, rows: int, bad: list[BadRow]) -> bool:
    lines = scan.lines + scan.open_end - table.header_row - table.unit_rows
    if rows + len(bad) == lines:
        # within quotes, delimiters and line breaks do not count: line is row no more
        return not bad or (not scan.quotes and not (scan.open_end and bad[-1].number == lines))
    if bad or scan.quotes:
        return False
    with open_bytes(path) as file:
        blank = sum(line in (b"\n", b"\r\n") for line in file)
    return rows + blank == lines

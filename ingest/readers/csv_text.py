"""Delimited text, row by row and exactly: quotes, line breaks within quotes, ragged rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from ingest.errors import FileRefusedError
from ingest.profiles.model import Table
from ingest.readers.rows import BadRow, Rows, check_header
from ingest.readers.scan import Scan, open_bytes
from ingest.settings import IngestSettings

WRONG_COUNT, BAD_QUOTES = "wrong_field_count", "bad_quotes"


def read_csv(path: Path, scan: Scan, encoding: str, table: Table, settings: IngestSettings) -> Rows:
    """Rows of a delimited text file, strictly.

    A row with another number of fields than the header, or with signs behind a closing quote, is a
    bad row. Blank lines count for nothing.

    Raises:
        FileRefusedError: no header; while rows are taken: the file ends in the middle of a row, a
            field is too long, or bytes are not of the encoding.
    """
    csv.field_size_limit(settings.max_field_bytes)
    with _text(path, encoding) as text:
        lines = csv.reader(_Lines(text, encoding), delimiter=table.delimiter, strict=True)
        header: list[str] = []
        for _ in range(table.header_row):
            header = _next(lines, 0) or []
    rows = Rows(check_header(header, settings.max_columns), iter(()))
    rows.data = _data(path, encoding, table, rows, terminated=scan.terminated)
    return rows


def _text(path: Path, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(open_bytes(path), encoding=encoding, newline="")


def _data(
    path: Path, encoding: str, table: Table, rows: Rows, *, terminated: bool
) -> Iterator[tuple[int, list[str | None]]]:
    width, number = len(rows.header), 0
    held: BadRow | None = None
    with _text(path, encoding) as text:
        reader = csv.reader(_Lines(text, encoding), delimiter=table.delimiter, strict=True)
        for _ in range(table.header_row + table.unit_rows):
            _next(reader, 0)
        while True:
            try:
                fields = _next(reader, number + 1)
            except _BadQuotesError as error:
                number += 1
                rows.bad.append(BadRow(number, BAD_QUOTES, str(error)))
                continue
            if fields is None:
                break
            if not fields:
                continue
            if held is not None:
                rows.bad.append(held)
                held = None
            number += 1
            if len(fields) == width:
                yield number, fields  # type: ignore[misc]
            else:
                held = BadRow(number, WRONG_COUNT, f"{len(fields)} fields instead of {width}")
    if held is not None:
        if not terminated:
            raise cut_off(number, held.value)
        rows.bad.append(held)


def cut_off(number: int, how: str) -> FileRefusedError:
    """The error for a file that ends in the middle of its last row."""
    return FileRefusedError(f"ends in the middle of row {number} ({how}): deliver it whole")


class _BadQuotesError(Exception):
    """A sign stands behind a closing quote; only this row is lost."""


class _Lines:
    """Lines of text for the csv module, with decoding errors as one clear line."""

    def __init__(self, text: io.TextIOWrapper, encoding: str) -> None:
        self._text, self._encoding, self._number = text, encoding, 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        try:
            line = next(self._text)
        except UnicodeError as error:
            raise FileRefusedError(
                f"after line {self._number}: bytes that are not {self._encoding}"
            ) from error
        self._number += 1
        return line


def _next(reader: Iterator[list[str]], number: int) -> list[str] | None:
    try:
        return next(reader)
    except StopIteration:
        return None
    except csv.Error as error:
        text = str(error)
        if "field larger" in text:
            raise FileRefusedError(
                f"row {number}: a field is longer than max_field_bytes = {csv.field_size_limit()}"
            ) from error
        if "unexpected end of data" in text:
            raise FileRefusedError(
                f"a quote opened in row {number} is never closed: the file is cut off or damaged"
            ) from error
        if number == 0:
            raise FileRefusedError(f"the header cannot be read: {text}") from error
        raise _BadQuotesError(text) from error

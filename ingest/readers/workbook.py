"""XLSX workbooks: bounded before they are opened; the stated size of a sheet is not believed."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import python_calamine

from ingest.errors import FileRefusedError
from ingest.profiles.model import Table
from ingest.readers.rows import Rows, as_text, check_header
from ingest.settings import MIB, IngestSettings

_BLOCK = MIB
_CELL = re.compile(rb'<(?:c|row)\b[^>]*?\br="([A-Z]{0,3})(\d{1,7})"')
_TAG_ROOM = 256  # so much of a block is kept, lest a tag be cut in two


def read_workbook(path: Path, table: Table, settings: IngestSettings) -> Rows:
    """Rows of one or more sheets of a workbook, one after the other, numbered through.

    Every sheet that is read has the same header. Dates become ISO text, numbers their shortest
    text (whole ones without ``.0``). Empty rows count for nothing.

    Raises:
        FileRefusedError: damaged, a bomb, of no such sheet, or sheets with different headers.
    """
    check_workbook(path, settings)
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise FileRefusedError(f"the workbook cannot be read: {error}") from error
    sheets = _sheets(book, table)
    first = _lines(book, sheets[0])
    header = check_header(
        [_text(v) or "" for v in next(_skip(first, table.header_row - 1), [])], settings.max_columns
    )
    return Rows(header, _data(book, sheets, header, table))


def check_workbook(path: Path, settings: IngestSettings) -> None:
    """Unpack every part once and throw it away: sizes, ratio, document types, size of sheets.

    Raises:
        FileRefusedError: not a zip file, damaged, or beyond a limit.
    """
    limit = min(
        settings.max_workbook_bytes, max(16 * MIB, path.stat().st_size * settings.max_ratio)
    )
    size = 0
    try:
        with zipfile.ZipFile(path) as packed:
            for entry in packed.infolist():
                size = _check_part(packed, entry, size, limit, settings)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise FileRefusedError(f"is not an XLSX workbook, or damaged: {error}") from error


def _check_part(
    packed: zipfile.ZipFile, entry: zipfile.ZipInfo, size: int, limit: int, settings: IngestSettings
) -> int:
    sheet = entry.filename.startswith("xl/worksheets/")
    column = row = 0
    rest = b""
    with packed.open(entry) as part:
        while block := part.read(_BLOCK):
            size += len(block)
            if size > limit:
                raise FileRefusedError(
                    f"unpacks to more than {limit:,} bytes (max_workbook_bytes, max_ratio): it may "
                    "be a bomb; split it if it is not"
                )
            text = rest + block
            if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
                raise FileRefusedError(f"{entry.filename} has a document type declaration")
            if sheet:
                for match in _CELL.finditer(text):
                    column, row = max(column, _column(match[1])), max(row, int(match[2]))
            rest = text[-_TAG_ROOM:]
    if column * row > settings.max_cells:
        raise FileRefusedError(
            f"{entry.filename} spans {row:,} rows × {column:,} columns, more than "
            f"max_cells = {settings.max_cells:,}: split it"
        )
    return size


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _sheets(book: python_calamine.CalamineWorkbook, table: Table) -> list[str]:
    names = list(book.sheet_names)
    if table.sheets is None:
        return names[:1]
    if table.sheets == ("*",):
        return names
    for name in table.sheets:
        if name not in names:
            raise FileRefusedError(f"has no sheet {name!r}; it has {', '.join(names)}")
    return list(table.sheets)


def _lines(book: python_calamine.CalamineWorkbook, name: str) -> Iterator[list[object]]:
    sheet = book.get_sheet_by_name(name)
    start = sheet.start
    if start is None:
        return
    # rows above the first used one and columns left of it are not given by the library
    for _ in range(start[0]):
        yield []
    for line in sheet.iter_rows():
        yield [None] * start[1] + list(line)


def _skip(lines: Iterator[list[object]], count: int) -> Iterator[list[object]]:
    for _ in range(count):
        next(lines, None)
    return lines


def _data(
    book: python_calamine.CalamineWorkbook, sheets: list[str], header: tuple[str, ...], table: Table
) -> Iterator[tuple[int, list[str | None]]]:
    number, width = 0, len(header)
    for name in sheets:
        lines = _skip(_lines(book, name), table.header_row - 1)
        own = tuple((_text(v) or "").strip() for v in next(lines, []))
        if not any(own):
            continue
        if _trim(own) != _trim(header):
            raise FileRefusedError(
                f"sheet {name!r} has the columns {', '.join(own)}, sheet {sheets[0]!r} "
                f"{', '.join(header)}: load them apart, with `sheets` in a profile"
            )
        for line in _skip(lines, table.unit_rows):
            fields = [_text(value) for value in line[:width]]
            if any(fields):
                number += 1
                yield number, fields + [None] * (width - len(fields))


def _trim(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if name)


def _text(value: object) -> str | None:
    """The cell as text; serial days are binary fractions: 01:00 may come as 00:59:59.999997."""
    if isinstance(value, datetime):
        whole = (value + timedelta(microseconds=500)).replace(microsecond=0)
        near = abs(whole - value) <= timedelta(microseconds=500)
        return (whole if near else value).isoformat(sep=" ")
    return as_text(value)

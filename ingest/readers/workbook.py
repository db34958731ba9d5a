"""XLSX workbooks: bounded before they are opened; the stated size of a sheet is not believed."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import python_calamine

from ingest.errors import FileRefusedError
from ingest.profiles.model import Table
from ingest.readers.error_cells import Errors, error_cells
from ingest.readers.rows import Rows, as_text, check_header
from ingest.settings import MIB, IngestSettings

_UNREADABLE = (python_calamine.CalamineError, OSError, ValueError, OverflowError)
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
    flawed = check_workbook(path, settings)
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
    except _UNREADABLE as error:
        raise FileRefusedError(f"the workbook cannot be read: {error}") from error
    sheets = _sheets(book, table)
    errors = error_cells(path, sheets) if flawed else {}
    first = _lines(book, sheets[0], {})
    header = check_header(
        [_text(v) or "" for v in next(_skip(first, table.header_row - 1), [])], settings.max_columns
    )
    return Rows(header, _data(book, sheets, errors, header, table))


def sheet_lines(
    path: Path, name: str | None, settings: IngestSettings, limit: int
) -> tuple[list[str], list[list[str | None]]]:
    """Names of all sheets, and the first lines of one of them (the first) as text.

    Raises:
        FileRefusedError: damaged, or a bomb.
    """
    check_workbook(path, settings)
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
    except _UNREADABLE as error:
        raise FileRefusedError(f"the workbook cannot be read: {error}") from error
    names = list(book.sheet_names)
    lines = islice(_lines(book, name or names[0], {}), limit)
    return names, [[_text(value) for value in line] for line in lines]


def check_workbook(path: Path, settings: IngestSettings) -> bool:
    """Unpack every part once and throw it away: sizes, ratio, document types, size of sheets.

    Returns:
        Whether a sheet may hold error cells (``#DIV/0!``).

    Raises:
        FileRefusedError: not a zip file, damaged, or beyond a limit.
    """
    limit = min(
        settings.max_workbook_bytes, max(16 * MIB, path.stat().st_size * settings.max_ratio)
    )
    size, flawed = 0, False
    try:
        with zipfile.ZipFile(path) as packed:
            for entry in packed.infolist():
                part = _check_part(packed, entry, limit - size, settings)
                size += part.size
                flawed = flawed or part.flawed
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise FileRefusedError(f"is not an XLSX workbook, or damaged: {error}") from error
    return flawed


@dataclass(frozen=True)
class _Part:
    size: int
    flawed: bool


def _check_part(
    packed: zipfile.ZipFile, entry: zipfile.ZipInfo, room: int, settings: IngestSettings
) -> _Part:
    """Unpack one part of at most ``room`` bytes."""
    sheet = entry.filename.startswith("xl/worksheets/")
    size = column = row = 0
    flawed, rest = False, b""
    with packed.open(entry) as part:
        while block := part.read(_BLOCK):
            size += len(block)
            if size > room:
                raise FileRefusedError(
                    "unpacks to more than max_workbook_bytes or max_ratio allow: it may be a bomb; "
                    "split it if it is not"
                )
            text = rest + block
            if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
                raise FileRefusedError(f"{entry.filename} has a document type declaration")
            if sheet:
                flawed = flawed or b't="e"' in text or b"t='e'" in text
                for match in _CELL.finditer(text):
                    column, row = max(column, _column(match[1])), max(row, int(match[2]))
            rest = text[-_TAG_ROOM:]
    if column * row > settings.max_cells:
        raise FileRefusedError(
            f"{entry.filename} spans {row:,} rows × {column:,} columns, more than "
            f"max_cells = {settings.max_cells:,}: split it"
        )
    return _Part(size, flawed)


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


def _lines(
    book: python_calamine.CalamineWorkbook, name: str, errors: Errors
) -> Iterator[list[object]]:
    try:
        sheet = book.get_sheet_by_name(name)
        if sheet.start is None:
            return
        left = sheet.start[1]  # empty columns before the first used one are not given
        for number, line in enumerate(sheet.iter_rows()):
            fields: list[object] = [None] * left + list(line)
            for place, text in errors.get(number, {}).items():
                fields[place] = text
            yield fields
    except _UNREADABLE as error:
        raise FileRefusedError(f"sheet {name!r} cannot be read: {error}") from error


def _skip(lines: Iterator[list[object]], count: int) -> Iterator[list[object]]:
    for _ in range(count):
        next(lines, None)
    return lines


def _data(
    book: python_calamine.CalamineWorkbook,
    sheets: list[str],
    errors: dict[str, Errors],
    header: tuple[str, ...],
    table: Table,
) -> Iterator[tuple[int, list[str | None]]]:
    number, width = 0, len(header)
    for name in sheets:
        lines = _skip(_lines(book, name, errors.get(name, {})), table.header_row - 1)
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

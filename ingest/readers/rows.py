"""Rows of text: what every reader but the columnar ones gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time

from ingest.errors import FileRefusedError

ROW_NUMBER = "#row"
"""First column of archived copies: the row's number in the file that was delivered."""


@dataclass(frozen=True)
class BadRow:
    """A row that could not be taken apart; ``value`` holds no content of the file."""

    number: int
    reason: str
    value: str


@dataclass
class Rows:
    """A table of text.

    Attributes:
        header: column names as written, trimmed.
        data: iterates over (row number, fields), 1 = first data row; fields are as many as the
            header, None or empty where unknown.
        bad: rows that could not be taken apart, complete once ``data`` is used up.
    """

    header: tuple[str, ...]
    data: Iterator[tuple[int, list[str | None]]]
    bad: list[BadRow] = field(default_factory=list)


def with_own_numbers(rows: Rows) -> Rows:
    """The rows of an archived copy under the numbers that they had in the file delivered."""
    if rows.header[0] != ROW_NUMBER:
        return rows
    data = ((int(fields[0] or number), fields[1:]) for number, fields in rows.data)
    return Rows(rows.header[1:], data, rows.bad)


def check_header(names: list[str], limit: int) -> tuple[str, ...]:
    """Trimmed names; FileRefusedError when there are none or too many."""
    header = tuple(name.strip().strip("\ufeff") for name in names)
    if not any(header):
        raise FileRefusedError("is empty: there is no line of column names")
    if len(header) > limit:
        raise FileRefusedError(f"{len(header)} columns, more than max_columns = {limit}")
    return header


def as_text(value: object) -> str | None:
    """A typed value as text that a person would write; None when it is empty."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)

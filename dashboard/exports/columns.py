"""What a column of an exported table is called, and what kind of value it holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import numpy as np
import pandas as pd

from dashboard.exports.errors import ExportError
from dashboard.plain import absent

Kind = Literal["text", "integer", "number", "percent", "date", "time"]
Value = str | int | float | bool | date | datetime | None

# A spreadsheet takes a cell that begins so for a formula; full-width signs too, in East Asia.
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")


@dataclass(frozen=True)
class Column:
    """One column of a table that leaves the house.

    Attributes:
        key: the frame's column.
        title: head of the column, in the reader's language.
        kind: ``percent`` is a share, 0 … 1; ``time`` an aware moment, written as the local time
            that it carries (convert it to the operator's zone before).
        help: definition in one sentence; stands on the sheet of notes.
    """

    key: str
    title: str
    kind: Kind
    help: str = ""


def rows(frame: pd.DataFrame, columns: Sequence[Column]) -> Iterator[list[Value]]:
    """The frame's rows as plain values in the order of the columns; unknown is None.

    Raises:
        ExportError: the frame lacks a column, or a value is not of its column's kind.
    """
    if missing := [column.key for column in columns if column.key not in frame.columns]:
        raise ExportError(f"the table has no column {', '.join(missing)}")
    parts = [[_value(value, column) for value in frame[column.key]] for column in columns]
    yield from (list(row) for row in zip(*parts, strict=True))


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe before what could be one."""
    bare = text.lstrip(" \u00a0\u3000\ufeff")
    return f"'{text}" if text.startswith(_RISKY) or bare.startswith(_RISKY) else text


def _value(value: object, column: Column) -> Value:
    if absent(value):
        return None
    if isinstance(value, np.generic):
        value = value.item()
    try:
        made: Value = _MAKE[column.kind](value)
    except (TypeError, ValueError, OverflowError, AttributeError) as error:
        shown = repr(value)[:60]
        raise ExportError(f"column {column.key}: {shown} is no {column.kind}") from error
    return made


def _integer(value: float) -> int:
    whole = int(value)
    if whole != value:
        raise ValueError(value)
    return whole


def _number(value: float) -> float | None:
    number = float(value)
    return number if np.isfinite(number) else None


def _day(value: str | date) -> date:
    if isinstance(value, str):
        return date.fromisoformat(value)
    day: date = value.date() if isinstance(value, datetime) else value
    if not isinstance(day, date):
        raise TypeError(value)
    return day


def _time(value: str | datetime) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if isinstance(moment, pd.Timestamp):
        moment = moment.to_pydatetime(warn=False)
    if moment.tzinfo is None:
        raise ValueError(f"{value} has no time zone")
    return moment


_MAKE: dict[str, Any] = {
    "text": str,
    "integer": _integer,
    "number": _number,
    "percent": _number,
    "date": _day,
    "time": _time,
}

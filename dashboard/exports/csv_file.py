"""Tables as CSV that a spreadsheet opens rightly: Chinese reads right, no formula runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime

import pandas as pd

from dashboard.exports.columns import Column, Value, harmless, rows

MIMETYPE = "text/csv; charset=utf-8"


def to_csv(frame: pd.DataFrame, columns: Sequence[Column]) -> bytes:
    """UTF-8 with a BOM, CRLF, heads from the columns; text that could be a formula is made text.

    Numbers have all their digits (a percent is its share, 0 … 1), times are ISO 8601 with their
    offset, unknown is empty.

    Raises:
        ExportError: the frame does not fit the columns.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([harmless(column.title) for column in columns])
    for row in rows(frame, columns):
        writer.writerow([_text(value) for value in row])
    return out.getvalue().encode("utf-8-sig")


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        # The shortest text that reads back as the same number; 3.0 is 3.
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, int):
        return str(value)
    return harmless(value.replace("\x00", ""))

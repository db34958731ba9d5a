"""The state of the sources as tables for a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dashboard.exports.columns import Column, Kind
from dashboard.exports.xlsx_file import Sheet
from dashboard.snapshot import Snapshot
from dashboard.web.view.words import Words

MOST = 10_000
# Table, its query, the key of its title, and its columns: of the frame, of the texts, kind.
_TABLES: dict[str, tuple[str, str, tuple[tuple[str, str, Kind], ...]]] = {
    "rejected_rows": ("quality_rejected_rows", "rejected", (
        ("loaded_at", "loaded", "time"), ("source", "source", "text"), ("feed", "feed", "text"),
        ("file", "file", "text"), ("row_number", "row", "integer"),
        ("column_name", "column", "text"), ("value", "value", "text"), ("reason", "reason", "text"),
    )),
    "sources": ("quality_source_rhythm", "sources", (
        ("source", "source", "text"), ("feed", "feed", "text"),
        ("delivered_at", "delivered", "time"), ("usual_min", "usual", "number"),
        ("data_time", "data_time", "time"), ("files", "files", "integer"),
        ("files_refused", "refused", "integer"),
    )),
    "completeness": ("quality_all_hours", "calendar", (
        ("source", "source", "text"), ("hour", "day", "time"),
        ("intervals_present", "present", "integer"), ("intervals_expected", "expected", "integer"),
    )),
    "refused": ("quality_refused", "refused", (
        ("loaded_at", "loaded", "time"), ("source", "source", "text"), ("feed", "feed", "text"),
        ("file", "file", "text"), ("reason", "reason", "text"),
    )),
    "columns": ("quality_columns", "drift_columns", (
        ("source", "source", "text"), ("feed", "feed", "text"), ("column_name", "name", "text"),
        ("first_seen", "since", "time"), ("last_seen", "until", "time"),
        ("files_with", "share", "integer"),
    )),
}  # fmt: skip
TABLES = tuple(_TABLES)


def sheet(name: str, snapshot: Snapshot, words: Words, chosen: Mapping[str, str | None]) -> Sheet:
    """One table; its name is one of ``TABLES``, ``chosen`` filters the rejected rows."""
    query, title, told = _TABLES[name]
    parameters: dict[str, Any] = {}
    if name == "rejected_rows":
        parameters = {**chosen, "limit": MOST}
    elif name == "refused":
        parameters = {"limit": MOST}
    columns = [Column(key, words.texts(f"data.column_{text}"), kind) for key, text, kind in told]
    frame = snapshot.frame(query, parameters)
    for column in columns:
        if column.kind == "time":
            moments = pd.to_datetime(frame[column.key], utc=True)
            frame[column.key] = moments.dt.tz_convert(words.zone)
    return Sheet(words.texts(f"data.{title}"), frame, columns)

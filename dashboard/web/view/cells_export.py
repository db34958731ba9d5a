"""The table of cells as a file: the rows, the order and the columns that are on the screen."""

from __future__ import annotations

import pandas as pd

from dashboard.exports.columns import Column
from dashboard.exports.csv_file import MIMETYPE as CSV
from dashboard.exports.csv_file import to_csv
from dashboard.exports.names import file_name
from dashboard.exports.xlsx_file import MIMETYPE as XLSX
from dashboard.exports.xlsx_file import Sheet, to_xlsx
from dashboard.web.context import Context, Look
from dashboard.web.view import words as w
from dashboard.web.view.cells_columns import BY_KEY, CellColumn
from dashboard.web.view.cells_query import CellsQuery
from dashboard.web.view.cells_table import CellsTable, Rows, table_of
from dashboard.web.view.cells_words import filters_in_words, sort_in_words


def cells_file(
    context: Context, look: Look, query: CellsQuery, rows: Rows, form: str
) -> tuple[bytes, str, str]:
    """Content, name and media type of a CSV or XLSX file of these rows.

    Columns are those shown, and the cell's id, without which no row can be matched. Numbers are
    typed and have all their digits, probabilities are shares, times carry the operator's offset.

    Args:
        context: the application.
        look: the snapshot.
        query: filters (for name and notes), order and columns.
        rows: places in the table.
        form: ``csv`` or ``xlsx``.
    """
    texts, zone, as_of = look.words.texts, look.words.zone, look.snapshot.manifest.as_of
    table = table_of(context, look)
    keys = query.shown if "cell_id" in query.shown else (*query.shown, "cell_id")
    columns = [_column(look, BY_KEY[key]) for key in keys]
    frame = pd.DataFrame({key: _values(table, rows, BY_KEY[key], look) for key in keys})
    filters = filters_in_words(look, query)
    parts = [value for _, value in filters][:3]
    made = as_of.astimezone(zone)
    name = file_name(texts("cells.file"), *parts, f"{made:%Y-%m-%d_%H%M}", suffix=f".{form}")
    if form == "csv":
        return to_csv(frame, columns), name, CSV
    lines = [line for line, _ in filters]
    notes = [
        (texts("export.data_time"), look.words.full_moment(look.freshness.data_time or as_of)),
        (texts("cells.note_filters"), texts("cells.empty_join").join(lines) or
         texts("cells.note_all")),
        (texts("cells.note_sort"), sort_in_words(look, query)),
        (texts("cells.note_count"), texts("cells.count", n=w.number(len(rows)),
                                          of=w.number(len(table)))),
    ]  # fmt: skip
    sheet = Sheet(texts("cells.sheet"), frame, columns, note=notes[-1][1])
    title = texts("cells.title")
    language = look.words.language
    return to_xlsx([sheet], title=title, notes=notes, made_at=made, language=language), name, XLSX


def _column(look: Look, column: CellColumn) -> Column:
    texts = look.words.texts
    title, definition = texts(f"cells.column.{column.key}"), texts(f"cells.help.{column.key}")
    return Column(column.key, title, column.kind, definition)


def _values(
    table: CellsTable, rows: Rows, column: CellColumn, look: Look
) -> pd.Series | list[object]:
    if column.kind == "text":
        shown = table.texts[column.key][rows]
        return [None if text in ("", w.NOTHING) else text for text in shown]
    found = table.numbers[column.key][rows]
    if column.kind != "time":
        return pd.Series(found)
    moments = pd.to_datetime(pd.Series(found), unit="s", utc=True)
    return moments.dt.tz_convert(look.words.zone)

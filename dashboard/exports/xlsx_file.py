"""Tables as a workbook: typed, formatted, with native charts and a sheet of notes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from dashboard.exports.columns import Column, Value, rows
from dashboard.exports.errors import ExportError
from dashboard.exports.xlsx_chart import Chart, add_chart
from dashboard.exports.xlsx_notes import add_notes
from dashboard.exports.xlsx_style import FORMATS, HEAD_ROW, Styles, sheet_name, width_of

MIMETYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_048_576 - HEAD_ROW - 1
_LONGEST_TEXT = 32_767


@dataclass(frozen=True)
class Sheet:
    """One table of a workbook.

    Attributes:
        name: of the sheet; made fit where a spreadsheet would refuse it.
        frame: the rows.
        columns: what is shown of it, in this order.
        chart: a native chart of some columns, beside the table.
        note: one line above the table.
    """

    name: str
    frame: pd.DataFrame
    columns: Sequence[Column]
    chart: Chart | None = None
    note: str = ""


def to_xlsx(
    sheets: Sequence[Sheet],
    *,
    title: str,
    notes: Sequence[tuple[str, str]] = (),
    made_at: datetime,
    language: str = "zh",
) -> bytes:
    """A workbook with one sheet per view and a last sheet of notes. Same arguments, same bytes.

    Heads are frozen and can be filtered by, numbers are numbers, dates are dates, shares are
    shown as percent, text is text whatever it looks like: nothing in it is a formula or a link.

    Args:
        sheets: the views.
        title: of the whole.
        notes: lines of the notes: what, and its value (filters, data time …); the columns'
            definitions follow by themselves.
        made_at: aware; shown as the local time that it carries.
        language: of the heads of the notes, ``zh`` or ``en``.

    Raises:
        ExportError: a frame does not fit its columns, or has more rows than a sheet takes.
    """
    if not sheets:
        raise ExportError("a workbook without a sheet cannot be made")
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": FORMATS["time"],
    }
    book = Workbook(out, options)
    plain = made_at.replace(tzinfo=None, microsecond=0)
    book.set_properties({"title": title, "author": "Foresite", "created": plain})
    styles = Styles.of(book)
    taken: set[str] = set()
    for number, sheet in enumerate(sheets):
        _add(book, sheet, title, styles, taken, first=number == 0)
    tables = [(sheet.name, sheet.columns) for sheet in sheets]
    add_notes(
        book,
        styles,
        taken,
        title=title,
        notes=notes,
        tables=tables,
        made_at=made_at,
        language=language,
    )
    book.close()
    return out.getvalue()


def _add(
    book: Workbook, sheet: Sheet, title: str, styles: Styles, taken: set[str], *, first: bool
) -> None:
    if len(sheet.frame) > MOST_ROWS:
        raise ExportError(
            f"{sheet.name}: {len(sheet.frame)} rows, a sheet takes {MOST_ROWS}; choose fewer, "
            "or take CSV"
        )
    page = book.add_worksheet(sheet_name(sheet.name, taken))
    page.hide_gridlines(2)
    page.write_string(
        0, 0, f"{title} · {sheet.name}" if title != sheet.name else title, styles.title
    )
    page.write_string(1, 0, sheet.note, styles.muted)
    widths = [width_of(column.title) for column in sheet.columns]
    for at, column in enumerate(sheet.columns):
        head = styles.head_text if column.kind == "text" else styles.head
        page.write_string(HEAD_ROW, at, column.title, head)
    last = HEAD_ROW
    for last, row in _numbered(sheet):
        for at, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
            _write(page, last, at, value, styles.body[column.kind])
            if last < HEAD_ROW + 200:
                widths[at] = max(widths[at], width_of(_shown(value, column)))
    for at, width in enumerate(widths):
        page.set_column(at, at, min(width, 48))
    page.freeze_panes(HEAD_ROW + 1, 1)
    if sheet.columns:
        page.autofilter(HEAD_ROW, 0, max(last, HEAD_ROW + 1), len(sheet.columns) - 1)
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    page.repeat_rows(HEAD_ROW)
    page.set_footer("&L&A&R&P / &N")
    if sheet.chart is not None and last > HEAD_ROW:
        add_chart(book, page, sheet.chart, sheet.columns, first=HEAD_ROW + 1, last=last)
    if first:
        page.activate()


def _numbered(sheet: Sheet) -> Iterator[tuple[int, list[Value]]]:
    return enumerate(rows(sheet.frame, sheet.columns), start=HEAD_ROW + 1)


def _write(page: Worksheet, row: int, at: int, value: Value, style: Format) -> None:
    if value is None:
        page.write_blank(row, at, None, style)
    elif isinstance(value, str):
        page.write_string(row, at, value[:_LONGEST_TEXT], style)
    elif isinstance(value, int | float):
        page.write_number(row, at, value, style)
    else:
        # A spreadsheet knows no zones: the local time as it stands.
        plain = value.replace(tzinfo=None) if isinstance(value, datetime) else value
        page.write_datetime(row, at, plain, style)


def _shown(value: Value, column: Column) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.1%}" if column.kind == "percent" else f"{value:,.2f}"
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value)

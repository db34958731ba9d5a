"""The last sheet of a workbook: what was chosen, when the data are from, what the words mean."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from dashboard.exports.columns import Column
from dashboard.exports.xlsx_style import Styles, sheet_name
from dashboard.web.i18n import load_texts


def add_notes(
    book: Workbook,
    styles: Styles,
    taken: set[str],
    *,
    title: str,
    notes: Sequence[tuple[str, str]],
    tables: Sequence[tuple[str, Sequence[Column]]],
    made_at: datetime,
    language: str,
) -> None:
    """Add it; a definition stands once, however many sheets use it."""
    texts = load_texts(language)
    page = book.add_worksheet(sheet_name(texts("export.notes"), taken))
    page.hide_gridlines(2)
    page.set_column(0, 0, 28)
    page.set_column(1, 1, 96)
    page.write_string(0, 0, title, styles.title)
    lines = [(texts("export.made_at"), _moment(made_at)), *notes]
    row = _table(page, styles, 2, (texts("export.about"), ""), lines)
    seen: dict[str, str] = {}
    for _, columns in tables:
        seen |= {column.title: column.help for column in columns if column.help}
    if seen:
        heads = (texts("export.measure"), texts("export.definition"))
        _table(page, styles, row + 1, heads, list(seen.items()))
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)


def _table(
    page: Worksheet,
    styles: Styles,
    row: int,
    heads: tuple[str, str],
    lines: Sequence[tuple[str, str]],
) -> int:
    """Two columns under their heads; gives the next free row."""
    for at, head in enumerate(heads):
        page.write_string(row, at, head, styles.head_text)
    for at, (term, meaning) in enumerate(lines, start=row + 1):
        page.write_string(at, 0, term, styles.term)
        page.write_string(at, 1, meaning, styles.wrap)
    return row + len(lines) + 1


def _moment(moment: datetime) -> str:
    offset = f"{moment:%z}"
    return f"{moment:%Y-%m-%d %H:%M} {f'UTC{offset[:3]}:{offset[3:5]}' if offset else ''}".strip()

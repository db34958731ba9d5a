"""Type, widths and names of a workbook's sheets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from xlsxwriter import Workbook
from xlsxwriter.format import Format

FORMATS: Mapping[str, str] = {
    "text": "@",
    "integer": "#,##0",
    "number": "#,##0.00",
    "percent": "0.0%",
    "date": "yyyy-mm-dd",
    "time": "yyyy-mm-dd hh:mm",
}
HEAD_ROW = 3  # title, note, an empty row, heads
FONT = "Microsoft YaHei"
INK, MUTED, LINE, GROUND = "#142033", "#52627A", "#D3DCE8", "#E9EFF7"
SERIES = ("#1F6FBF", "#B85F16", "#7A4FC0", "#14807A", "#BE3C82", "#7D6F12")

_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


@dataclass(frozen=True)
class Styles:
    """The formats of one workbook; ``body`` by kind of column."""

    title: Format
    muted: Format
    head: Format
    head_text: Format
    term: Format
    wrap: Format
    body: Mapping[str, Format]

    @classmethod
    def of(cls, book: Workbook) -> Styles:
        """Make them in a workbook."""
        base = {"font_name": FONT, "font_size": 10, "font_color": INK, "valign": "vcenter"}
        head = base | {"bold": True, "bg_color": GROUND, "bottom": 1, "bottom_color": INK}
        line = base | {"bottom": 1, "bottom_color": LINE}

        def body(kind: str) -> Format:
            side = "left" if kind == "text" else "right"
            return book.add_format(line | {"num_format": FORMATS[kind], "align": side})

        return cls(
            title=book.add_format(base | {"bold": True, "font_size": 14}),
            muted=book.add_format(base | {"font_color": MUTED}),
            head=book.add_format(head | {"align": "right"}),
            head_text=book.add_format(head | {"align": "left"}),
            term=book.add_format(line | {"bold": True, "valign": "top"}),
            wrap=book.add_format(line | {"text_wrap": True, "valign": "top"}),
            body={kind: body(kind) for kind in FORMATS},
        )


def sheet_name(name: str, taken: set[str]) -> str:
    """A name that a spreadsheet takes (31 characters, some not allowed), not yet taken."""
    clean = _FORBIDDEN.sub("-", name).strip("' ") or "-"
    # "History" is a name that spreadsheets keep for themselves.
    clean = f"{clean}-" if clean.lower() == "history" else clean
    found, number = clean[:31].strip("' "), 1
    while found.lower() in taken:
        number += 1
        end = f" ({number})"
        found = clean[: 31 - len(end)].strip("' ") + end
    taken.add(found.lower())
    return found


def width_of(text: str) -> float:
    """Width of a column that shows the text; Chinese characters are two wide."""
    wide = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
    return max(9.0, 1.1 * wide + 2.5)

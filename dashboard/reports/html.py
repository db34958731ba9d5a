"""A summary as one HTML text: tables and inline styles alone, as mail programs show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

_INK, _MUTED, _LINE, _BAR = "#142033", "#52627A", "#D3DCE8", "#9DC3EA"
_FONT = "'Microsoft YaHei','PingFang SC','Noto Sans CJK SC',sans-serif"
_CELL = f"padding:5px 12px 5px 0;border-bottom:1px solid {_LINE};text-align:left;white-space:nowrap"


@dataclass(frozen=True)
class Table:
    """A table of texts.

    Attributes:
        title: above it; empty: none.
        heads: of the columns.
        rows: texts.
        bars: a share of 0 … 1 a row, drawn as a bar behind it; empty: none.
        empty: what is said instead of a table without rows.
    """

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    bars: Sequence[float] = field(default=())
    empty: str = ""


def page(
    title: str, about: str, tables: Sequence[Table], notes: Sequence[str], *, language: str
) -> tuple[str, str]:
    """The summary as HTML and as plain text; everything that came with the data is escaped."""
    lang = "zh-CN" if language == "zh" else "en"
    frame = "font-size:14px;line-height:1.5;max-width:760px;margin:0 auto;padding:16px"
    body = [
        f'<div style="font-family:{_FONT};color:{_INK};{frame}">',
        f'<h1 style="font-size:20px;margin:0">{escape(title)}</h1>',
        f'<p style="color:{_MUTED};margin:4px 0 16px">{escape(about)}</p>',
        *(_table(table) for table in tables),
        *(
            f'<p style="color:{_MUTED};margin:4px 0;font-size:12px">{escape(note)}</p>'
            for note in notes
        ),
        "</div>",
    ]
    html = (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title></head><body>{''.join(body)}</body></html>"
    )
    text = "\n\n".join([title, about, *(_plain(table) for table in tables), *notes])
    return html, f"{text}\n"


def _table(table: Table) -> str:
    made = []
    if table.title:
        made.append(f'<h2 style="font-size:15px;margin:20px 0 4px">{escape(table.title)}</h2>')
    if not table.rows:
        made.append(f'<p style="margin:4px 0">{escape(table.empty)}</p>')
        return "".join(made)
    heads = "".join(
        f'<th style="{_CELL};color:{_MUTED};font-weight:400;font-size:12px">{escape(head)}</th>'
        for head in table.heads
    )
    rows = []
    for number, row in enumerate(table.rows):
        cells = "".join(f'<td style="{_CELL}">{escape(text)}</td>' for text in row)
        if table.bars:
            width = round(140 * min(max(table.bars[number], 0.0), 1.0))
            cells += (
                f'<td style="{_CELL}"><div style="width:{width}px;height:10px;background:{_BAR}">'
                "</div></td>"
            )
        rows.append(f"<tr>{cells}</tr>")
    extra = f'<th style="{_CELL}"></th>' if table.bars else ""
    made.append(
        '<table style="border-collapse:collapse;width:100%"><thead><tr>'
        f"{heads}{extra}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )
    return "".join(made)


def _plain(table: Table) -> str:
    lines = [table.title] if table.title else []
    lines.append("  ".join(table.heads) if table.rows else table.empty)
    lines += ["  ".join(row) for row in table.rows]
    return "\n".join(lines)

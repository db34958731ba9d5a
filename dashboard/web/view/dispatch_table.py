"""The board as a table: all orders that fit, one line each, for the grid and for files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from dashboard.exports.columns import Column, Kind
from dashboard.exports.csv_file import MIMETYPE as CSV
from dashboard.exports.csv_file import to_csv
from dashboard.exports.names import file_name
from dashboard.exports.xlsx_file import MIMETYPE as XLSX
from dashboard.exports.xlsx_file import Sheet, to_xlsx
from dashboard.web.context import Look
from dashboard.web.view import words as w
from dashboard.web.view.dispatch_cards import what_can
from dashboard.web.view.dispatch_query import BoardQuery
from dashboard.web.view.dispatch_rows import Row, Rows, lateness
from dashboard.web.view.order_words import SIGNS, reason_text, state_word

Value = Callable[[Look, Rows, Row], Any]


@dataclass(frozen=True)
class OrderColumn:
    """One column; its title is the text ``dispatch.table.<key>``.

    Attributes:
        kind: of its values, as they are exported and sorted.
        width: pixels at a root size of 16 px.
        value: number, moment or text; None for unknown.
        grid: whether the grid has it; files have all.
        digits: after the point, of numbers in the grid.
    """

    key: str
    kind: Kind
    width: int
    value: Value
    grid: bool = True
    grows: int = 0
    digits: int = 2


def _late(look: Look, _: Rows, row: Row) -> str | None:
    late = lateness(row, look.freshness.now)
    return look.words.texts(f"dispatch.lateness.{late}") if late else None


def _found(look: Look, _: Rows, row: Row) -> str | None:
    found = row.order.found_cause
    return look.words.cause(found) if found else None


def _reason(look: Look, _: Rows, row: Row) -> str | None:
    return reason_text(look.words.texts, row.order.reason) or None


COLUMNS: tuple[OrderColumn, ...] = (
    OrderColumn("name", "text", 120, lambda _l, _r, row: row.order.name),
    OrderColumn("state", "text", 128,
                lambda look, _r, row: state_word(look.words.texts, row.order.state)),
    OrderColumn("title", "text", 150, lambda _l, _r, row: row.order.draft.title, grows=2),
    OrderColumn("cells", "integer", 72, lambda _l, _r, row: len(row.order.draft.cell_ids)),
    OrderColumn("region", "text", 96, lambda _l, _r, row: row.region or None),
    OrderColumn("cause", "text", 112,
                lambda look, _r, row: look.words.cause(row.order.draft.cause)),
    OrderColumn("avoided", "number", 96, lambda _l, _r, row: row.order.draft.avoided),
    OrderColumn("rank", "number", 96, lambda _l, _r, row: row.rank),
    OrderColumn("users", "integer", 88, lambda _l, _r, row: row.order.draft.users),
    OrderColumn("team", "text", 112,
                lambda _l, rows, row: rows.teams.name(row.team) if row.team else None, grows=1),
    OrderColumn("due", "time", 112, lambda _l, _r, row: row.timer and row.timer.due_at),
    OrderColumn("late", "text", 88, _late),
    OrderColumn("opened", "time", 112, lambda _l, _r, row: row.order.opened_at),
    OrderColumn("since", "time", 112, lambda _l, _r, row: row.order.since),
    OrderColumn("by", "text", 104, lambda _l, _r, row: row.order.by),
    OrderColumn("reopened", "integer", 72, lambda _l, _r, row: row.order.reopened or None),
    OrderColumn("site_id", "text", 104, lambda _l, _r, row: row.order.draft.site_id, grid=False),
    OrderColumn("cell_ids", "text", 104,
                lambda _l, _r, row: " ".join(row.order.draft.cell_ids), grid=False),
    OrderColumn("expected", "number", 96, lambda _l, _r, row: row.order.draft.expected, grid=False),
    OrderColumn("probability", "percent", 96,
                lambda _l, _r, row: row.order.draft.probability, grid=False),
    OrderColumn("hours", "number", 96, lambda _l, _r, row: row.order.draft.hours, grid=False),
    OrderColumn("found_cause", "text", 112, _found, grid=False),
    OrderColumn("reason", "text", 160, _reason, grid=False),
)  # fmt: skip
BY_KEY: Mapping[str, OrderColumn] = {column.key: column for column in COLUMNS}
SORTABLE = frozenset(column.key for column in COLUMNS if column.grid)


def in_order(look: Look, rows: Rows, fit: Sequence[Row], query: BoardQuery) -> list[Row]:
    """Rows as the table's heads ask; unknown values come last, whichever way."""
    made = list(fit)
    for key, down in reversed(query.rows):
        value = BY_KEY[key].value
        valued = [(value(look, rows, row), row) for row in made]
        known = sorted((one for one in valued if one[0] is not None and one[0] != ""),
                       key=lambda one: one[0], reverse=down)  # fmt: skip
        unknown = [row for found, row in valued if found is None or found == ""]
        made = [row for _, row in known] + unknown
    return made


def lines(look: Look, rows: Rows, listed: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows of the grid in words, with what its buttons need to know."""
    now = look.freshness.now
    made = []
    for row in listed:
        told: dict[str, Any] = {
            "id": row.order.name, "seq": row.order.seq, "code": row.order.state,
            "sign": SIGNS[row.order.state], "can": what_can(row.order.state),
        }  # fmt: skip
        for column in COLUMNS:
            if column.grid:
                told[column.key] = _text(look, column, column.value(look, rows, row), now)
        made.append(told)
    return made


def _text(look: Look, column: OrderColumn, value: Any, now: datetime) -> str:  # noqa: ANN401
    if value is None or value == "":
        return ""
    if column.kind == "time":
        local, today = value.astimezone(look.words.zone), now.astimezone(look.words.zone)
        return f"{local:%H:%M}" if local.date() == today.date() else f"{local:%m-%d %H:%M}"
    if column.kind == "integer":
        return w.number(value)
    return w.number(value, column.digits) if column.kind == "number" else str(value)


def file_of(look: Look, rows: Rows, listed: Sequence[Row], form: str) -> tuple[bytes, str, str]:
    """Content, name and media type of a CSV or XLSX file of these orders, with all columns."""
    texts, zone = look.words.texts, look.words.zone
    columns = [
        Column(c.key, texts(f"dispatch.table.{c.key}"), c.kind,
               texts.get(f"dispatch.table_help.{c.key}") or "")
        for c in COLUMNS
    ]  # fmt: skip
    frame = pd.DataFrame(
        {
            column.key: pd.Series(
                [_exported(column, column.value(look, rows, row), zone) for row in listed],
                dtype=object,
            )
            for column in COLUMNS
        }
    )
    made = look.freshness.now.astimezone(zone)
    name = file_name(texts("dispatch.file"), f"{made:%Y-%m-%d_%H%M}", suffix=f".{form}")
    if form == "csv":
        return to_csv(frame, columns), name, CSV
    filters = texts("dispatch.join").join(
        f"{key}={value}" for key, value in look.state.query.items() if value and key in _NOTED
    )
    count = texts("dispatch.count", n=w.number(len(listed)), of=w.number(len(rows.all)))
    notes = [
        (texts("dispatch.note_at"), look.words.full_moment(look.freshness.now)),
        (texts("dispatch.note_filters"), filters or texts("dispatch.note_all")),
        (texts("dispatch.note_count"), count),
    ]
    sheet = Sheet(texts("dispatch.file"), frame, columns, note=count)
    return (
        to_xlsx([sheet], title=texts("dispatch.title"), notes=notes, made_at=made,
                language=look.words.language), name, XLSX,
    )  # fmt: skip


_NOTED = ("q", "team", "region_id", "state", "cause", "mine", "late")


def _exported(column: OrderColumn, value: Any, zone: Any) -> Any:  # noqa: ANN401
    if value is None or value == "":
        return None
    return value.astimezone(zone) if column.kind == "time" else value

"""The board of work orders as the browser draws it (assets/dispatch*.js)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dashboard.dispatch.states import ENDED, State
from dashboard.web.context import Context, Look
from dashboard.web.view import dispatch_cards as cards
from dashboard.web.view import words as w
from dashboard.web.view.dispatch_query import BoardQuery
from dashboard.web.view.dispatch_rows import (
    Row,
    Rows,
    by_state,
    lateness,
    ordered,
    picked,
    rows_of,
)
from dashboard.web.view.dispatch_teams import duties
from dashboard.web.view.order_words import SIGNS, state_word
from ingest.clock import Clock, ScaledClock, SystemClock

PATH = "/dispatch"
SHOWN = 40
"""Cards of a column; of the others it says how many there are."""
COLUMNS: tuple[tuple[State, ...], ...] = (
    ("proposed", "reopened"),
    ("accepted",),
    ("dispatched",),
    ("on_site",),
    ("repaired",),
    ("verified",),
)
DONE: tuple[State, ...] = ("closed", "rejected", "cancelled")


def board(context: Context, look: Look, query: BoardQuery) -> dict[str, Any]:
    """All that the page shows for an address.

    Raises:
        OpsError: the ops database cannot be read.
    """
    rows = rows_of(context, look)
    texts, now = look.words.texts, look.freshness.now
    fit = picked(rows.all, query, now)
    states = by_state(fit)
    columns = _columns(look, query, states, now)
    acting = can_act(context, look)
    shown = {row.order.name: row for column, listed in columns for row in listed[:SHOWN]
             if column["cards"] is not None}  # fmt: skip
    return {
        "version": version(context, look),
        "now": now.timestamp(),
        "speed": 0.0 if look.state.at_text else speed(context.clock),
        "acting": acting,
        "columns": [column for column, _ in columns],
        "folded": [] if query.unfolded or query.states else _folded(look, states),
        "cards": {name: cards.card(look, rows, row, acting=acting) for name, row in shown.items()},
        "chips": _chips(look, query, rows),
        "late": w.number(sum(lateness(row, now) != "" for row in rows.all)),
        "count": texts("dispatch.count", n=w.number(len(fit)), of=w.number(len(rows.all))),
        "total": len(fit),
        "teams": _teams(look, rows, now),
        "choices": cards.choices(look, rows, rows.all, look.state.query),
        "notes": _notes(look, query),
        "empty": _empty(context, look, rows, fit),
    }


def version(context: Context, look: Look) -> str:
    """Changes whenever something on the board does but the clocks."""
    told = "none" if context.dispatch is None else context.dispatch.version()
    return f"{told}/{look.version}"


def can_act(context: Context, look: Look) -> bool:
    """Whether steps can be taken here: not in a replay, not on a wall, not without a database."""
    return context.dispatch is not None and not look.state.at_text and not look.state.kiosk


def speed(clock: Clock) -> float:
    """Seconds of the facts' clock per second of the machine's."""
    if isinstance(clock, ScaledClock):
        return clock.speed
    return 1.0 if isinstance(clock, SystemClock) else 0.0


def _columns(
    look: Look, query: BoardQuery, states: Mapping[State, list[Row]], now: datetime
) -> list[tuple[dict[str, Any], list[Row]]]:
    """Columns with the rows in them; those whose states were filtered out are left out."""
    wanted = [*COLUMNS, *([DONE] if query.unfolded else [])]
    made = []
    for group in wanted:
        if query.states and not set(group) & set(query.states):
            continue
        listed = _merged([states[state] for state in group], query)
        made.append((_column(look, group, listed, now), listed))
    return made


def _merged(lists: Sequence[list[Row]], query: BoardQuery) -> list[Row]:
    filled = [rows for rows in lists if rows]
    return (
        filled[0] if len(filled) == 1 else ordered([r for rows in filled for r in rows], query.sort)
    )


def _column(
    look: Look, group: tuple[State, ...], listed: Sequence[Row], now: datetime
) -> dict[str, Any]:
    texts, key = look.words.texts, group[0]
    late = 0 if key in ENDED else sum(lateness(row, now) == "missed" for row in listed)
    rest = len(listed) - SHOWN
    return {
        "key": key,
        "states": list(group),
        "title": texts(f"dispatch.column.{key}"),
        "help": texts(f"dispatch.column_help.{key}"),
        "count": w.number(len(listed)),
        "late": w.number(late) if late else "",
        "cards": [row.order.name for row in listed[:SHOWN]],
        "more": texts("dispatch.more", n=w.number(rest)) if rest > 0 else "",
        "none": texts(f"dispatch.column_none.{key}"),
    }


def _folded(look: Look, states: Mapping[State, list[Row]]) -> list[dict[str, str]]:
    return [
        {"key": state, "title": state_word(look.words.texts, state),
         "count": w.number(len(states[state]))}
        for state in DONE
    ]  # fmt: skip


def _chips(look: Look, query: BoardQuery, rows: Rows) -> list[dict[str, Any]]:
    """States with the number of orders that fit all filters but that of states."""
    without = BoardQuery(**{**query.__dict__, "states": ()})
    counted = by_state(picked(rows.all, without, look.freshness.now)) if query.filtered else None
    if counted is None:
        counted = by_state(rows.all)
    texts = look.words.texts
    shown = [state for group in (*COLUMNS, DONE) for state in group]
    return [
        {"state": state, "sign": SIGNS[state],
         "text": state_word(texts, state), "count": w.number(len(listed)),
         "chosen": state in query.states}
        for state in shown
        if (listed := counted[state]) or state in query.states
    ]  # fmt: skip


def _teams(look: Look, rows: Rows, now: datetime) -> dict[str, Any]:
    texts, then = look.words.texts, bool(look.state.at_text)
    plan = [row.stop for row in rows.all if row.stop is not None]
    found = duties(rows.teams, (row.order for row in rows.all), plan, now)
    on = sum(duty.now is not None for duty in found)
    note = texts("dispatch.teams_then") if then else ""
    if not found:
        note = texts("dispatch.teams_none")
    return {
        "count": f"{on} / {len(found)}" if found else "",
        "note": note,
        "list": [cards.team(look, duty, planned=not then) for duty in found],
    }


def _notes(look: Look, query: BoardQuery) -> list[str]:
    texts, state = look.words.texts, look.state
    found = []
    if query.ignored:
        what = texts("dispatch.join").join(f"{name}={value}" for name, value in query.ignored)
        found.append(texts("dispatch.ignored", what=what))
    if not look.freshness.fresh:
        found.append(texts("dispatch.stale", time=look.words.moment(look.snapshot.manifest.as_of)))
    if state.at_text:
        found.append(texts("dispatch.then", time=look.words.full_moment(look.freshness.now)))
    return found


def _empty(context: Context, look: Look, rows: Rows, fit: Sequence[Row]) -> dict[str, Any] | None:
    """Why there is nothing, and what to do; None where there is something."""
    texts = look.words.texts
    if fit:
        return None
    if context.dispatch is None:
        return {"title": texts("dispatch.no_ops_title"), "lines": [texts("dispatch.no_ops")],
                "clear": ""}  # fmt: skip
    if rows.all:
        return {"title": texts("dispatch.empty_title"), "lines": [texts("dispatch.empty_filters")],
                "clear": texts("dispatch.clear")}  # fmt: skip
    red = look.snapshot.manifest.counts.get("red", 0) if look.freshness.fresh else 0
    key = "dispatch.none_then" if look.state.at_text else (
        "dispatch.none_red" if red else "dispatch.none"
    )  # fmt: skip
    lines = [texts(key, n=red), texts("dispatch.none_how")]
    return {"title": texts("dispatch.none_title"), "lines": lines, "clear": ""}

"""One column's filter over the whole table of cells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from dashboard.web.view import words as w
from dashboard.web.view.cells_columns import BY_KEY
from dashboard.web.view.cells_query import Condition

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Objects = npt.NDArray[Any]


def mask_of(
    condition: Condition,
    texts: Mapping[str, Objects],
    values: Mapping[str, Floats],
    zone: ZoneInfo,
) -> Mask:
    """The cells that fit, shape (cells,).

    Texts are compared as they are shown, without regard to case; numbers by value (probabilities
    in percent); times by their local day. What is unknown fits ``?`` alone.

    Args:
        condition: what is asked.
        texts: what the table says, by column.
        values: numbers by column; times in seconds.
        zone: of local days.
    """
    column = BY_KEY[condition.column]
    if column.filter == "text":
        return _text(condition, texts[column.key])
    found = values[column.key]
    known = np.isfinite(found)
    if condition.op in ("?", "!?"):
        return ~known if condition.op == "?" else known
    if column.filter == "date":
        return known & _day(condition, found, zone)
    return known & _number(condition, 100 * found if column.kind == "percent" else found)


def _text(condition: Condition, shown: Objects) -> Mask:
    wanted = condition.value.lower()
    asks: dict[str, Any] = {
        "~": lambda text: wanted in text,
        "!~": lambda text: wanted not in text,
        "=": lambda text: text == wanted,
        "!=": lambda text: text != wanted,
        "^": lambda text: text.startswith(wanted),
        "$": lambda text: text.endswith(wanted),
        "?": lambda text: text in ("", w.NOTHING),
        "!?": lambda text: text not in ("", w.NOTHING),
    }
    ask, told = asks[condition.op], {}
    for text in shown:
        if text not in told:
            told[text] = ask(text.lower())
    return np.fromiter((told[text] for text in shown), dtype=bool, count=len(shown))


def _number(condition: Condition, found: Floats) -> Mask:
    value = float(condition.value)
    if condition.op == "..":
        return (found >= value) & (found <= float(condition.to))
    return _compared(condition.op, found, value)


def _compared(op: str, found: Floats, value: float) -> Mask:
    # 29 % is stored as 0.29, which is a little less than 29 hundredths.
    near = np.isclose(found, value, rtol=1e-9, atol=1e-9)
    made = {
        "=": near,
        "!=": ~near,
        ">=": (found >= value) | near,
        "<=": (found <= value) | near,
        ">": (found > value) & ~near,
        "<": (found < value) & ~near,
    }
    mask: Mask = made[op]
    return mask


def _day(condition: Condition, found: Floats, zone: ZoneInfo) -> Mask:
    start, end = _span(condition.value, zone)
    if condition.op == "<":
        return found < start
    if condition.op == ">":
        return found >= end
    last = _span(condition.to, zone)[1] if condition.op == ".." else end
    return (found >= start) & (found < last)


def _span(text: str, zone: ZoneInfo) -> tuple[float, float]:
    """First second of a local day, and of the next."""
    day = date.fromisoformat(text)
    start = datetime.combine(day, time(), zone)
    return start.timestamp(), datetime.combine(day + timedelta(days=1), time(), zone).timestamp()

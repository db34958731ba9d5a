"""Where the column names stand: title lines above them, rows of units below."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

_LOOK = 30
_NUMBER = re.compile(r"[-+]?[\d.,]+(?:[eE][-+]?\d+)?%?")
_TIME = re.compile(r"\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}.*|\d{1,2}:\d{2}.*")
UNIT = re.compile(
    r"(?i)[\[(（]?(?:%|‰|ms|s|sec|seconds?|min|h|m|km|度|°|米|分钟|秒|次|个|人|db|dbm|dbi|[kmgt]?bit/s|"
    r"[kmg]?bps|[kmgt]?b(?:yte)?s?(?:/s)?|[kmg]bytes?|hz|[kmg]hz|erl(?:ang)?|w|none|无|number|"
    r"none unit|mos|users?)[\])）]?"
)


@dataclass(frozen=True)
class Layout:
    """``header_row`` from 1, ``unit_rows`` below it, names, units by place, and the rows."""

    header_row: int
    unit_rows: int
    header: tuple[str, ...]
    units: tuple[str, ...]
    rows: list[list[str]]


def find_layout(lines: list[list[str]]) -> Layout:
    """Find header and unit rows.

    The header is the first line that is as wide as most lines, names nearly all of its fields,
    and holds no figures; a row of units is a line behind it in which fields are units and none is
    a figure or a time.
    """
    width = _usual_width(lines)
    place = 0
    for number, line in enumerate(lines[:_LOOK]):
        if _is_header(line, width):
            place = number
            break
    header = tuple(name.strip().strip("\ufeff") for name in lines[place])
    below = place + 1
    units = [""] * len(header)
    while below < min(len(lines), place + 4) and _is_units(lines[below], len(header)):
        units = [text.strip() or unit for text, unit in zip(lines[below], units, strict=False)]
        below += 1
    units = (units + [""] * len(header))[: len(header)]
    rows = [line for line in lines[below:] if any(field.strip() for field in line)]
    return Layout(place + 1, below - place - 1, header, tuple(units), rows)


def _usual_width(lines: list[list[str]]) -> int:
    widths = Counter(_filled(line) for line in lines[:200] if _filled(line))
    return max(widths, key=lambda width: (widths[width] * (width > 1), width)) if widths else 0


def _filled(line: list[str]) -> int:
    """Number of fields up to the last that holds something."""
    return max((place for place, field in enumerate(line, 1) if field.strip()), default=0)


def _is_header(line: list[str], width: int) -> bool:
    names = [field.strip() for field in line if field.strip()]
    if len(names) < max(1, 0.7 * width):
        return False
    return not any(_NUMBER.fullmatch(name) or _TIME.fullmatch(name) for name in names)


def _is_units(line: list[str], width: int) -> bool:
    fields = [field.strip() for field in line if field.strip()]
    if not fields or len(line) < width * 0.6:
        return False
    if any(_NUMBER.fullmatch(field) or _TIME.fullmatch(field) for field in fields):
        return False
    return sum(bool(UNIT.fullmatch(field)) for field in fields) >= max(1, 0.5 * len(fields))

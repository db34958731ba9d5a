"""Dated addresses: which periods are due, and what their addresses are."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from string import Formatter
from typing import Literal
from zoneinfo import ZoneInfo

Unit = Literal["day", "hour"]

DEFAULTS = {"day": "%Y-%m-%d", "hour": "%Y-%m-%dT%H"}
_SPEC = re.compile(r"^(%[YmdHjyMS]|[^%{}])*$")
_EPOCH = datetime(2001, 2, 3, 4, tzinfo=UTC)


def check_template(template: str) -> None:
    """Raise ValueError unless the only fields are ``{day}`` and ``{hour}``, with plain formats."""
    try:
        fields = list(Formatter().parse(template))
    except ValueError as error:
        raise ValueError(f"braces do not match ({error})") from error
    for _, name, spec, conversion in fields:
        if name is None:
            continue
        if name not in DEFAULTS or conversion:
            raise ValueError(f"no such field {{{name}}}: use {{day}} or {{hour}}")
        if not _SPEC.match(spec or ""):
            raise ValueError(f"format {spec!r} of {{{name}}}: use %Y %m %d %H %j %y %M %S")


def unit_of(template: str) -> Unit | None:
    """The period by which the text changes; None when it never does."""
    day = _EPOCH.replace(hour=0)
    if render(template, day) != render(template, day + timedelta(hours=1)):
        return "hour"
    if render(template, day) != render(template, day + timedelta(days=1)):
        return "day"
    return None


def render(template: str, start: datetime) -> str:
    """The text for the period that begins at ``start`` (local, aware)."""
    parts = []
    for literal, name, spec, _ in Formatter().parse(template):
        parts.append(literal)
        if name is not None:
            parts.append(start.strftime(spec or DEFAULTS[name]))
    return "".join(parts)


def due_periods(
    unit: Unit, now: datetime, zone: ZoneInfo, *, lag: timedelta, back: timedelta
) -> list[datetime]:
    """Starts of the periods that ended at least ``lag`` ago and within ``back``, oldest first.

    Args:
        unit: length of a period; days are those of ``zone``.
        now: the present moment, aware.
        zone: in which the starts are given.
        lag: between the end of a period and its file.
        back: how far back the end of a period may lie.
    """
    found = []
    end = _floor(unit, (now - lag).astimezone(zone))
    while end.astimezone(UTC) > now - lag - back:
        start = _before(unit, end)
        found.append(start)
        end = start
    return found[::-1]


def _floor(unit: Unit, local: datetime) -> datetime:
    cut = local.replace(minute=0, second=0, microsecond=0)
    return cut if unit == "hour" else cut.replace(hour=0, fold=0)


def _before(unit: Unit, start: datetime) -> datetime:
    """An hour earlier on the clock of the world, or the same wall time a day earlier."""
    if unit == "day":
        return start - timedelta(days=1)
    return (start.astimezone(UTC) - timedelta(hours=1)).astimezone(start.tzinfo)

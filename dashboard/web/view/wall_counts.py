"""Counts by status with their change, and the expected complaints of the horizon."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from dashboard.plain import absent
from dashboard.snapshot import COUNT_KEYS
from dashboard.web.context import Look
from dashboard.web.view import words as w
from dashboard.web.view.freshness import UNKNOWN
from dashboard.web.view.wall_scope import Scope


@dataclass(frozen=True)
class Count:
    """Cells (in tickets mode regions) of one status.

    Attributes:
        status: which.
        number: as text; a dash for what stale data cannot tell.
        change: against a day ago, ``+3``, ``−2``, ``±0``; empty when unknown.
        worse: whether the change is for the worse; None: neither, or unknown.
    """

    status: str
    number: str
    change: str
    worse: bool | None


@dataclass(frozen=True)
class Expected:
    """How many complaints the next hours will bring.

    Attributes:
        number: the expected number.
        interval: ``72–121``; empty when unknown.
        basis: what the interval rests on, in words.
    """

    number: str
    interval: str
    basis: str


def counts(look: Look, scope: Scope) -> tuple[Count, ...]:
    """Red, yellow, green, unknown; stale data tell how many are unknown and nothing else."""
    manifest = look.snapshot.manifest
    now = dict(manifest.counts)
    if scope.within is not None and manifest.mode == "cells":
        rows = look.snapshot.rows("wall_counts", scope.parameters)
        now = {row["status"]: row["cells"] for row in rows}
    elif scope.row is not None:
        now = {scope.row["status"]: 1}
    if not look.freshness.fresh:
        total = sum(now.values())
        return tuple(
            Count(key, w.number(total) if key == UNKNOWN else w.NOTHING, "", None)
            for key in COUNT_KEYS
        )
    before = _earlier(look) if scope.within is None else None
    return tuple(_count(key, now.get(key, 0), before) for key in COUNT_KEYS)


def _earlier(look: Look) -> dict[str, Any] | None:
    """The forecast of a day ago; regions are not told of in the history."""
    manifest = look.snapshot.manifest
    if manifest.mode != "cells":
        return None
    moment = manifest.as_of - timedelta(hours=24)
    found = look.snapshot.rows("earlier", {"moment": moment, "hours": 1.5})
    return found[0] if found else None


def _count(key: str, number: int, before: dict[str, Any] | None) -> Count:
    if before is None or before[key] is None:
        return Count(key, w.number(number), "", None)
    change = number - int(before[key])
    sign = "+" if change > 0 else "−" if change < 0 else "±"
    worse = None if change == 0 else (change > 0) != (key == "green")
    return Count(key, w.number(number), f"{sign}{w.number(abs(change))}", worse)


def expected(look: Look, scope: Scope) -> Expected:
    """The total of the city or the region, as published; without interval where none was made."""
    texts, mode = look.words.texts, look.snapshot.manifest.mode
    found = look.snapshot.rows("wall_outlook", {"region_id": scope.region_id or ""})
    if found:
        row = found[0]
        total, ends = row["expected"], (row["lower"], row["upper"])
        judged = texts("expected.judged", n=row["origins"])
        basis = judged if row["origins"] else texts("expected.not_judged")
    else:
        total, ends, basis = _total(look, scope), (None, None), ""
    if not look.freshness.fresh:
        basis = texts("expected.stale_note")
    elif mode == "tickets":
        basis = texts("expected.tickets_note")
    interval = "" if absent(ends[0]) else f"{w.number(ends[0])}–{w.number(ends[1])}"
    return Expected(_whole(total), interval, basis)


def _whole(value: float | None) -> str:
    """A total beside whole ends: one digit below ten."""
    return w.number(value, 1 if value is not None and value < 10 else 0)


def _total(look: Look, scope: Scope) -> float | None:
    cells = look.snapshot.manifest.mode == "cells"
    column = "expected_low_complaints" if cells else "expected_tickets"
    row = scope.row or look.snapshot.rows("totals" if cells else "region_totals")[0]
    value: float | None = row[column]
    return value

"""What happened to a cell and around it, as moments and stretches for its charts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.web.context import Look
from dashboard.web.view import words as w
from dashboard.web.view.span import Span

LIMIT = 400  # of each kind
KINDS = ("ticket", "alarm", "works", "event")
_EARTH_M = 6_371_000.0


@dataclass(frozen=True)
class Mark:
    """One thing that happened, or is planned.

    Attributes:
        kind: ``ticket``, ``alarm``, ``works`` or ``event``.
        start: when (aware).
        end: until when; None for a moment, or where the end is not known.
        text: what, in words.
        low: of a ticket: low satisfaction; None where unknown.
        standing: an alarm that has not been cleared.
    """

    kind: str
    start: datetime
    end: datetime | None
    text: str
    low: bool | None = None
    standing: bool = False


def marks_of(look: Look, cell_id: str, span: Span) -> tuple[Mark, ...]:
    """Tickets, alarms, works and events of the cell that touch the span, by time."""
    rows, words = look.snapshot.rows, look.words
    now = look.snapshot.manifest.as_of
    found: list[Mark] = []
    since = {"cell_id": cell_id, "since": span.start, "limit": LIMIT}
    for row in rows("cell_tickets", since):
        what = row["category"] or row["service"] or words.texts("lane.ticket")
        score = row["satisfaction"]
        if score is not None:
            what = words.texts("lane.scored", what=what, score=score)
        found.append(Mark("ticket", row["created_at"], None, what, low=row["low"]))
    one = {"cell_id": cell_id, "limit": LIMIT}
    for row in rows("cell_alarms", one):
        cleared = row["cleared_at"]
        what = f"{words.code('severity', row['severity'])} · {alarm_text(row)}"
        standing = cleared is None
        found.append(Mark("alarm", row["raised_at"], cleared or now, what, standing=standing))
    for row in rows("cell_works", one):
        what = row["description"] or words.code("works", row["kind"])
        found.append(Mark("works", row["starts_at"], row["ends_at"], what))
    found += [
        Mark("event", row["starts_at"], row["ends_at"], row["name"] or row["kind"])
        for row in events_near(look, cell_id)
    ]
    shown = [mark for mark in found if span.holds(mark.start, mark.end)]
    return tuple(sorted(shown, key=lambda mark: (mark.start, mark.kind, mark.text)))


def alarm_text(row: dict[str, Any]) -> str:
    """What an alarm says, by the most telling of its texts."""
    return str(row["specific_problem"] or row["probable_cause"] or row["description"] or w.NOTHING)


def events_near(look: Look, cell_id: str) -> list[dict[str, Any]]:
    """Events of the cell's region, of everywhere, or whose circle the cell lies in."""
    rows = look.snapshot.rows("cell_events", {"cell_id": cell_id})
    return [row for row in rows if row["longitude"] is None or _within(row)]


def _within(row: dict[str, Any]) -> bool:
    """Haversine distance between the event and the cell against the event's radius."""
    if row["cell_longitude"] is None or row["radius_m"] is None:
        return False
    lon1, lat1, lon2, lat2 = (
        math.radians(row[name])
        for name in ("longitude", "latitude", "cell_longitude", "cell_latitude")
    )
    half = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * _EARTH_M * math.asin(min(1.0, math.sqrt(half))) <= float(row["radius_m"])

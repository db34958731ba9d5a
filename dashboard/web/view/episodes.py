"""Earlier times at risk like this one, and how they ended."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.web.context import Look
from dashboard.web.view import words as w
from dashboard.web.view.state import path_to

LIMIT = 60
SHOWN = 8
KINDS = ("own", "site", "alike")
ENDS = ("complained", "treated", "calm", "open")


@dataclass(frozen=True)
class Episode:
    """One stretch of forecasts that had a cell red or yellow.

    Attributes:
        href: the cell's page as it was in the middle of it.
        name: the cell's.
        kind: ``own`` (this cell), ``site`` (same mast) or ``alike`` (same cause and technology).
        status: the worst then.
        time: from when to when.
        lasted: how long.
        cause: named then.
        probability: the highest.
        end: one of ``ENDS``.
        ended: how it ended, in words.
    """

    href: str
    name: str
    kind: str
    status: str
    time: str
    lasted: str
    cause: str
    probability: str
    end: str
    ended: str


@dataclass(frozen=True)
class Episodes:
    """The episodes shown, and one sentence on all that were found."""

    shown: tuple[Episode, ...]
    summary: str


def ending(row: dict[str, Any]) -> str:
    """How an episode ended: complaints came, works began, nothing came, or it is not over."""
    if row["complaint_at"] is not None:
        return "complained"
    if not row["over"]:
        return "open"
    return "treated" if row["treated_at"] is not None else "calm"


def episode_rows(look: Look, row: dict[str, Any]) -> list[dict[str, Any]]:
    """Episodes like the present of a cell: its own first, then its mast's, then the closest.

    Args:
        look: the snapshot.
        row: of the cell (query ``cell``).
    """
    found = look.snapshot.rows(
        "episodes",
        {
            "cell_id": row["cell_id"],
            "site_id": row["site_id"],
            "cause": row["cause"],
            "technology": row["technology"],
            "probability": row["probability"],
            "as_of": look.snapshot.manifest.as_of,
            "limit": LIMIT,
        },
    )
    for episode in found:
        own = episode["cell_id"] == row["cell_id"]
        episode["kind"] = "own" if own else "site" if episode["same_site"] else "alike"
        episode["end"] = ending(episode)
    return found


def episodes_of(look: Look, row: dict[str, Any]) -> Episodes:
    """The same in words; empty where there was none, or the snapshot does not know of any."""
    rows = episode_rows(look, row)
    counts = Counter(episode["end"] for episode in rows)
    texts = look.words.texts
    told = [texts(f"episodes.sum_{end}", n=counts[end]) for end in ENDS if counts[end]]
    summary = texts("episodes.summary", n=len(rows), ends=texts("evidence.join").join(told))
    return Episodes(tuple(_episode(look, e) for e in rows[:SHOWN]), summary if rows else "")


def _episode(look: Look, row: dict[str, Any]) -> Episode:
    words, since, until = look.words, row["since"], row["until"]
    at = until.astimezone(words.zone).isoformat(timespec="seconds")
    time = words.moment(since)
    if until > since:
        time = f"{time} – {words.short_moment(until, since)}"
    return Episode(
        href=look.state.href(path_to("cells", row["cell_id"]), at=at),
        name=row["name"] or row["cell_id"],
        kind=row["kind"],
        status=row["status"],
        time=time,
        lasted=_lasted(look, since, until),
        cause=words.cause(row["cause"]),
        probability=w.percent(row["probability"]),
        end=row["end"],
        ended=_ended(look, row),
    )


def _lasted(look: Look, since: datetime, until: datetime) -> str:
    hours = (until - since).total_seconds() / 3600
    if hours < 1:
        return look.words.texts("episodes.once")
    key = "episodes.hours" if hours < 48 else "episodes.days"
    return look.words.texts(key, n=w.number(hours if hours < 48 else hours / 24))


def _ended(look: Look, row: dict[str, Any]) -> str:
    texts, parts = look.words.texts, []
    if row["complaint_at"] is not None:
        hours = (row["complaint_at"] - row["since"]).total_seconds() / 3600
        low = w.measure(row["low_complaints"])
        parts.append(texts("episodes.complained", hours=w.number(hours), n=low))
    elif row["over"]:
        parts.append(texts("episodes.calm"))
    else:
        parts.append(texts("episodes.open"))
    if row["treated_at"] is not None:
        kind = look.words.code("works", row["treatment"])
        hours = (row["treated_at"] - row["since"]).total_seconds() / 3600
        parts.append(texts("episodes.treated", kind=kind, hours=w.number(hours)))
    return texts("evidence.join").join(parts)

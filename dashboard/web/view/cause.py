"""What a cell's cause rests on and what to do about it, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.plain import absent
from dashboard.web.context import Look
from dashboard.web.view import words as w

_HOURS = 72  # back, in which hours off normal are counted
_DAY = 24
_COLUMNS = (
    "kind", "kpi", "window", "value", "normal", "hours", "cells", "site_cells", "code", "text",
    "since", "until",
)  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """One piece of evidence: what was looked at, and what was seen."""

    label: str
    seen: str


@dataclass(frozen=True)
class Play:
    """The playbook's entry for the cause."""

    action: str
    skill: str
    parts: str


def evidence_of(look: Look, cell_id: str) -> tuple[Piece, ...]:
    """Evidence for the cause of the cell, the strongest first; none where none is needed."""
    rows = look.snapshot.rows("cell_evidence", {"cell_id": cell_id})
    return tuple(_TELLERS[row["kind"]](look, row) for row in rows if row["kind"] in _TELLERS)


def piece_of(look: Look, raw: Mapping[str, Any]) -> Piece | None:
    """A piece of evidence kept as JSON, times as ISO 8601; None for a kind unknown here."""
    teller = _TELLERS.get(str(raw.get("kind")))
    if teller is None:
        return None
    row = {name: raw.get(name) for name in _COLUMNS} | dict(raw)
    for name in ("since", "until"):
        if isinstance(told := row[name], str):
            row[name] = datetime.fromisoformat(told)
    return teller(look, row)


def play_of(look: Look, cause: str | None) -> Play | None:
    """What to do about the cause; None where the snapshot has no entry for it."""
    found = look.snapshot.rows("play", {"cause": cause})
    if not found:
        return None
    row, language = found[0], look.words.language
    return Play(*(row[f"{what}_{language}"] for what in ("action", "skill", "parts")))


def _kpi(look: Look, row: dict[str, Any]) -> Piece:
    texts, kpi = look.words.texts, look.words.kpi(row["kpi"])
    if kpi is None:
        value, normal = w.measure(row["value"]), w.measure(row["normal"])
    else:
        value = look.words.with_unit(row["value"], kpi)
        normal = look.words.with_unit(row["normal"], kpi)
    parts = []
    if not absent(row["value"]):
        known = not absent(row["normal"])
        shown = texts("driver.normal", value=value, normal=normal) if known else value
        window = texts.get(f"window.{row['window']}") or ""
        parts.append(texts("evidence.in_window", window=window, value=shown).strip())
    if not absent(row["hours"]) and row["hours"] >= 1:
        parts.append(texts("evidence.hours", n=w.number(row["hours"]), of=_HOURS))
    return Piece(look.words.kpi_label(row["kpi"]), texts("evidence.join").join(parts))


def _limit(look: Look, row: dict[str, Any]) -> Piece:
    kpi = look.words.kpi(row["kpi"])
    limit = w.measure(row["normal"]) if kpi is None else look.words.with_unit(row["normal"], kpi)
    hours = w.number(row["hours"])
    text = look.words.texts("evidence.limit", n=hours, of=_DAY, limit=limit)
    return Piece(look.words.kpi_label(row["kpi"]), text)


def _site(look: Look, row: dict[str, Any]) -> Piece:
    texts, cells, of = look.words.texts, row["cells"], row["site_cells"]
    key = "site_all" if cells == of else "site_one" if cells <= 1 else "site_some"
    return Piece(texts("evidence.site"), texts(f"evidence.{key}", n=cells, of=of))


def _neighbours(look: Look, row: dict[str, Any]) -> Piece:
    del row
    texts = look.words.texts
    return Piece(texts("evidence.neighbours"), texts("evidence.swollen"))


def _missing(look: Look, row: dict[str, Any]) -> Piece:
    texts = look.words.texts
    share = w.percent(row["value"])
    return Piece(texts("evidence.missing"), texts("evidence.missing_share", share=share, of=_DAY))


def _alarm(look: Look, row: dict[str, Any]) -> Piece:
    words = look.words
    severity = words.code("severity", row["code"])
    when = words.moment(row["since"])
    key = "alarm_stands" if row["until"] is None else "alarm_over"
    until = _short(look, row["until"], row["since"])
    text = words.texts(f"evidence.{key}", what=row["text"] or w.NOTHING, since=when, until=until)
    return Piece(words.texts("cell.alarm", severity=severity), text)


def _works(look: Look, row: dict[str, Any]) -> Piece:
    words, age = look.words, look.snapshot.manifest.as_of - row["since"]
    days = max(0, round(age.total_seconds() / 86_400))
    key = "works_today" if days == 0 else "works_ago"
    what = row["text"] or words.code("works", row["code"])
    text = words.texts(f"evidence.{key}", what=what, when=words.moment(row["since"]), n=days)
    return Piece(words.code("works", row["code"]), text)


def _short(look: Look, moment: datetime | None, since: datetime) -> str:
    return "" if moment is None else look.words.short_moment(moment, since)


_TELLERS: dict[str, Callable[[Look, dict[str, Any]], Piece]] = {
    "kpi": _kpi,
    "limit": _limit,
    "site": _site,
    "neighbours": _neighbours,
    "missing": _missing,
    "alarm": _alarm,
    "works": _works,
}

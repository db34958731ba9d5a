"""The values of one cell's page: who it is, why it is at risk, what happened, who is near."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dashboard.plain import absent
from dashboard.web.context import Look
from dashboard.web.view import kpi_quality
from dashboard.web.view import words as w
from dashboard.web.view.cause import Piece, Play, evidence_of, play_of
from dashboard.web.view.drivers import Waterfall, waterfall_of
from dashboard.web.view.episodes import Episodes, episodes_of
from dashboard.web.view.near import SHOWN as NEIGHBOURS_SHOWN
from dashboard.web.view.near import relation
from dashboard.web.view.state import path_to
from dashboard.web.view.timeline import alarm_text, events_near

TICKETS_BACK = timedelta(days=90)
TICKETS_SHOWN = 50
WORKS_SHOWN = 20
ALARMS_SHOWN = 20
EVENTS_SHOWN = 20


@dataclass(frozen=True)
class Fact:
    """A labelled value; ``help`` explains it on hover."""

    label: str
    value: str
    help: str = ""


@dataclass(frozen=True)
class Ticket:
    """A complaint as the list shows it; ``low`` is None where satisfaction is unknown."""

    time: str
    what: str
    channel: str
    satisfaction: str
    low: bool | None
    attribution: str
    status: str


@dataclass(frozen=True)
class Work:
    """Planned or past works, an alarm from its raising to its clearing, or an event nearby."""

    mark: str
    time: str
    kind: str
    description: str


@dataclass(frozen=True)
class Neighbour:
    """A cell nearby; ``relation``: what ties it to this one, how far; ``share``: of hand-overs."""

    cell_id: str
    cosite: bool
    href: str
    name: str
    status: str
    relation: str
    share: str
    probability: str
    cause: str


@dataclass(frozen=True)
class Cell:
    """One cell's page, without its KPI series.

    ``quality`` is a line on how KPIs and risk go together; ``cause`` is empty where nothing asks
    for one (a green cell with fair KPIs). ``row`` is the snapshot's own.
    """

    cell_id: str
    name: str
    status: str
    region_name: str
    region_href: str | None
    trends_href: str | None
    facts: tuple[Fact, ...]
    quality: str
    inventory: tuple[str, ...]
    cause: str
    evidence: tuple[Piece, ...]
    play: Play | None
    waterfall: Waterfall | None
    episodes: Episodes
    tickets: tuple[Ticket, ...]
    works: tuple[Work, ...]
    neighbours: tuple[Neighbour, ...]
    row: dict[str, Any]


def cell(look: Look, cell_id: str) -> Cell | None:
    """The cell of that id, None when the snapshot has none."""
    found = look.snapshot.rows("cell", {"cell_id": cell_id})
    if not found:
        return None
    row, region_id = found[0], found[0]["region_id"]
    href = look.state.href(path_to("regions", region_id)) if region_id else None
    trends = look.state.href("/trends", region_id=region_id) if region_id else None
    return Cell(
        cell_id=cell_id,
        name=row["name"] or cell_id,
        status=look.freshness.status(row["status"]),
        region_name=row["region_name"] or region_id or "",
        region_href=href,
        trends_href=trends,
        facts=_facts(look, row),
        quality=kpi_quality.sentence(look, row),
        inventory=_inventory(look, row),
        cause=_cause(look, row) if row["cause"] else "",
        evidence=evidence_of(look, cell_id),
        play=play_of(look, row["cause"]),
        waterfall=waterfall_of(look, cell_id, row["probability"]),
        episodes=episodes_of(look, row),
        tickets=_tickets(look, cell_id),
        works=_works(look, cell_id),
        neighbours=_neighbours(look, cell_id),
        row=row,
    )


def _facts(look: Look, row: dict[str, Any]) -> tuple[Fact, ...]:
    texts, hours = look.words.texts, look.snapshot.manifest.horizon_h
    tickets = w.number(row["tickets_7d"], 0 if (row["tickets_7d"] or 0) % 1 == 0 else 1)
    return (
        Fact(
            texts("cell.probability", hours=hours),
            w.percent(row["probability"]),
            texts("cell.probability_help", hours=hours),
        ),
        Fact(
            texts("cell.expected", hours=hours),
            w.expected(row["expected_low_complaints"]),
            texts("cell.expected_help"),
        ),
        Fact(texts("cell.quality"), kpi_quality.short(look, row), texts("cell.quality_help")),
        Fact(texts("cell.cause"), _cause(look, row) or w.NOTHING, texts("cell.cause_help")),
        Fact(
            texts("cell.tickets_7d"),
            texts("cell.quiet", n=tickets) if row["quiet"] else tickets,
            texts("cell.quiet_help"),
        ),
    )


def _cause(look: Look, row: dict[str, Any]) -> str:
    """The cause in words; empty for a cell that nothing is wrong with."""
    if row["cause"] is None and row["status"] not in ("red", "yellow"):
        return ""
    return look.words.cause(row["cause"])


def _inventory(look: Look, row: dict[str, Any]) -> tuple[str, ...]:
    texts = look.words.texts
    parts = [row["cell_id"], row["technology"], row["band"], row["vendor"]]
    if row["site_id"]:
        parts.append(texts("cell.site", site=row["site_id"]))
    if not absent(row["azimuth_deg"]):
        parts.append(texts("cell.azimuth", degrees=f"{row['azimuth_deg']:.0f}"))
    if not absent(row["subscribers"]):
        parts.append(texts("cell.subscribers", n=w.number(row["subscribers"])))
    if row["last_kpi_at"] is None:
        parts.append(texts("cell.no_kpi"))
    else:
        parts.append(texts("cell.last_kpi", time=look.words.moment(row["last_kpi_at"])))
    return tuple(str(part) for part in parts if part)


def _tickets(look: Look, cell_id: str) -> tuple[Ticket, ...]:
    words = look.words
    since = look.snapshot.manifest.as_of - TICKETS_BACK
    rows = look.snapshot.rows(
        "cell_tickets", {"cell_id": cell_id, "since": since, "limit": TICKETS_SHOWN}
    )
    return tuple(
        Ticket(
            time=words.moment(row["created_at"]),
            what=row["description"] or row["category"] or w.NOTHING,
            channel=words.code("channel", row["channel"]),
            satisfaction=w.NOTHING if row["satisfaction"] is None else str(row["satisfaction"]),
            low=row["low"],
            attribution=_attribution(look, row),
            status=words.code("ticket_status", row["status"]),
        )
        for row in rows
    )


def _attribution(look: Look, row: dict[str, Any]) -> str:
    text = look.words.code("attribution", row["attribution"])
    weight = row["weight"]
    return text if absent(weight) or weight >= 0.995 else f"{text} {w.percent(weight)}"


def _works(look: Look, cell_id: str) -> tuple[Work, ...]:
    """Works, alarms and events, the newest first."""
    rows, words = look.snapshot.rows, look.words
    found = []
    for row in rows("cell_works", {"cell_id": cell_id, "limit": WORKS_SHOWN}):
        kind = words.code("works", row["kind"])
        time = _span(words, row["starts_at"], row["ends_at"], "")
        found.append((row["starts_at"], Work("works", time, kind, row["description"] or "")))
    for row in rows("cell_alarms", {"cell_id": cell_id, "limit": ALARMS_SHOWN}):
        severity = words.code("severity", row["severity"])
        standing = f" – {words.texts('cell.standing')}"
        time = _span(words, row["raised_at"], row["cleared_at"], standing)
        kind = words.texts("cell.alarm", severity=severity)
        found.append((row["raised_at"], Work("alarm", time, kind, alarm_text(row))))
    for row in events_near(look, cell_id)[:EVENTS_SHOWN]:
        time = _span(words, row["starts_at"], row["ends_at"], "")
        kind = words.code("event_kind", row["kind"])
        found.append((row["starts_at"], Work("event", time, kind, row["name"] or "")))
    return tuple(work for _, work in sorted(found, key=lambda pair: pair[0], reverse=True))


def _span(words: w.Words, start: datetime, end: datetime | None, without_end: str) -> str:
    until = without_end if end is None else f" – {words.short_moment(end, start)}"
    return f"{words.moment(start)}{until}"


def _neighbours(look: Look, cell_id: str) -> tuple[Neighbour, ...]:
    return tuple(
        Neighbour(
            cell_id=row["cell_id"],
            cosite=row["kind"] == "cosite",
            href=look.state.href(path_to("cells", row["cell_id"])),
            name=row["name"] or row["cell_id"],
            status=look.freshness.status(row["status"]),
            relation=relation(look, row),
            share=w.percent(row["share"]),
            probability=w.percent(row["probability"]),
            cause=look.words.cause(row["cause"]) if row["status"] in ("red", "yellow") else "",
        )
        for row in look.snapshot.rows("neighbours", {"cell_id": cell_id})[:NEIGHBOURS_SHOWN]
    )

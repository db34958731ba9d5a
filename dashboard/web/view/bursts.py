"""The values of batch complaints as pages and the API show them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.web.context import Look
from dashboard.web.view import words as w
from dashboard.web.view.state import path_to

_LISTS = ("cell_ids", "services", "categories", "words", "works", "alarms")
_NAMED = 3  # categories, words, works and alarms that a page names


@dataclass(frozen=True)
class BurstView:
    """One batch of complaints in words.

    Attributes:
        href: page of the cell with most of its tickets, else of its region, else None.
        status: of the cell with most of its tickets, as the map shows it; None without cells.
        where: around which cell, or in which region.
        count: tickets in its window.
        since: when the alarm was raised.
        about: categories and rising words, the most telling first.
        facts: label and value of what is told beside it.
        beside: works and alarms near it.
        cells: name and address of the cells concerned.
    """

    burst_id: str
    href: str | None
    status: str | None
    where: str
    count: str
    since: str
    about: str
    facts: tuple[tuple[str, str], ...]
    beside: tuple[str, ...]
    cells: tuple[tuple[str, str], ...]


def burst_rows(
    look: Look, *, cell_id: str | None = None, region_id: str | None = None
) -> list[dict[str, Any]]:
    """Bursts of the snapshot, lists taken apart; all, or those of one cell or region."""
    rows = look.snapshot.rows("bursts", {"cell_id": cell_id, "region_id": region_id})
    return [row | {name: json.loads(row[name]) for name in _LISTS} for row in rows]


def bursts(
    look: Look, *, cell_id: str | None = None, region_id: str | None = None
) -> tuple[BurstView, ...]:
    """The same in words of the page's language."""
    rows = burst_rows(look, cell_id=cell_id, region_id=region_id)
    if not rows:
        return ()
    wanted = sorted({cell for row in rows for cell in row["cell_ids"]})
    known = {
        found["cell_id"]: found for found in look.snapshot.rows("cell_names", {"cell_ids": wanted})
    }
    return tuple(_view(look, row, known) for row in rows)


def _view(look: Look, row: dict[str, Any], known: dict[str, dict[str, Any]]) -> BurstView:
    texts = look.words.texts
    cells = tuple(
        (known[cell]["name"] or cell, look.state.href(path_to("cells", cell)))
        for cell in row["cell_ids"]
        if cell in known
    )
    first = next((known[cell] for cell in row["cell_ids"] if cell in known), None)
    href = cells[0][1] if cells else None
    if href is None and row["region_id"]:
        href = look.state.href(path_to("regions", row["region_id"]))
    where = row["region_name"] or row["region_id"] or w.NOTHING
    if cells:
        where = texts("burst.around", place=cells[0][0])
    return BurstView(
        burst_id=row["burst_id"],
        href=href,
        status=look.freshness.status(first["status"]) if first else None,
        where=where,
        count=texts("burst.count", n=_tickets(row["tickets"]), hours=row["window_h"]),
        since=look.words.short_moment(row["first_seen_at"], look.freshness.now),
        about=" · ".join(
            [*(item["name"] for item in row["categories"][:1]), *row["words"][: _NAMED - 1]]
        ),
        facts=_facts(look, row),
        beside=_beside(look, row),
        cells=cells,
    )


def _tickets(tickets: float) -> str:
    """Whole tickets; of one that may be another cell's only its share counts."""
    return w.number(round(tickets))


def _facts(look: Look, row: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    texts, words = look.words.texts, look.words
    facts = [
        (texts("burst.first_seen"), words.moment(row["first_seen_at"])),
        (texts("burst.expected"), w.expected(row["expected"])),
        (texts("burst.recurrence"), _recurrence(look, row["recurrence_days"])),
        (texts("burst.radius"), texts("burst.kilometres", n=f"{row['radius_m'] / 1000:.1f}")),
    ]
    if row["site_id"]:
        share = w.percent(row["site_share"])
        facts.append(
            (texts("burst.site"), texts("burst.site_share", site=row["site_id"], share=share))
        )
    for key in ("services", "categories"):
        if row[key]:
            named = (f"{item['name']} {item['tickets']}" for item in row[key][:_NAMED])
            facts.append((texts(f"burst.{key}"), " · ".join(named)))
    if row["words"]:
        facts.append((texts("burst.words"), " · ".join(row["words"])))
    return tuple(facts)


def _recurrence(look: Look, days: float) -> str:
    texts = look.words.texts
    if days >= 3650:
        return texts("burst.years")
    return texts("burst.days", n=w.number(days))


def _beside(look: Look, row: dict[str, Any]) -> tuple[str, ...]:
    texts, words = look.words.texts, look.words
    works = [
        texts(
            f"burst.work_{work['when']}",
            what=work["description"] or words.code("works", work["kind"]),
            time=words.moment(datetime.fromisoformat(work["starts_at"])),
        )
        for work in row["works"][-_NAMED:]
    ]
    alarms = [
        texts(
            "burst.alarm",
            severity=words.code("severity", alarm["severity"]),
            what=alarm["text"] or w.NOTHING,
            time=words.moment(datetime.fromisoformat(alarm["raised_at"])),
        )
        for alarm in row["alarms"][-_NAMED:]
    ]
    return (*works, *alarms)

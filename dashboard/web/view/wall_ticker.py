"""What the ticker tells: batch complaints, stale sources, flaws, works and events."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta

from dashboard.web.context import Look
from dashboard.web.view.bursts import bursts
from dashboard.web.view.quality import sentence
from dashboard.web.view.wall_hours import Plan
from dashboard.web.view.wall_scope import Scope

AHEAD_H = 24
"""Works and events that begin later than this stand on the strip and on its board alone."""


@dataclass(frozen=True)
class News:
    """One item.

    Attributes:
        kind: ``burst``, ``source``, ``works`` or ``events``.
        what: the first, heavier part.
        detail: the rest.
        href: where it leads; None: nowhere.
    """

    kind: str
    what: str
    detail: str
    href: str | None


def ticker(look: Look, scope: Scope, plans: tuple[Plan, ...]) -> tuple[News, ...]:
    """Batch complaints, then stale sources, then what is under way or begins within a day."""
    return (*_bursts(look, scope), *_sources(look), *_plans(look, plans))


def _bursts(look: Look, scope: Scope) -> list[News]:
    return [
        News("burst", f"{burst.where} {burst.count}", f"{burst.about} · {burst.since}", burst.href)
        for burst in bursts(look, region_id=scope.region_id)
    ]


def _sources(look: Look) -> list[News]:
    """Flaws of the data that the assessment found, stale sources among them."""
    texts = look.words.texts
    news = []
    for row in look.snapshot.rows("quality_flaws"):
        text = sentence(row["code"], json.loads(row["about"]), look.words)
        news.append(News("source", texts("ticker.data"), text, look.state.href("/data")))
    return news


def _plans(look: Look, plans: tuple[Plan, ...]) -> list[News]:
    texts = look.words.texts
    until = look.snapshot.manifest.as_of + timedelta(hours=AHEAD_H)
    return [
        News(
            plan.kind,
            plan.what,
            " · ".join(
                part
                for part in (
                    plan.where,
                    texts("ticker.now", when=plan.when) if plan.now else plan.when,
                )
                if part
            ),
            plan.href,
        )
        for plan in plans
        if plan.starts <= until
    ]

"""The head of the record: what it tells, over which days, and what can be chosen."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboard.web.components import accuracy_days as single
from dashboard.web.components import parts
from dashboard.web.context import Context, Look
from dashboard.web.view.record import FEW_DAYS, WEEKS, Chosen, Record
from dashboard.web.view.state import ViewState

PATH = single.PATH
SELECTS = ("region", "cause", "technology")


def query_of(state: ViewState) -> dict[str, str]:
    """What of the address belongs to this page."""
    known = ("weeks", "scope", "region_id", "cause", "technology", "day", "list", "fate", "q")
    return {name: state.query[name] for name in known if state.query.get(name)}


def head(context: Context, look: Look, told: Record) -> Component:
    """What the page is about, over how many days, and what can be chosen."""
    texts, words = look.words.texts, look.words
    lines: list[str] = []
    if told.first is not None and told.last is not None:
        first, last = words.day(told.first, year=True), words.day(told.last)
        lines.append(texts("accuracy.lead", first=first, last=last, days=told.days))
        if not told.settled:
            lines.append(texts("accuracy.provisional"))
        if told.waiting:
            lines.append(texts("accuracy.waiting", n=told.waiting))
        if told.days < FEW_DAYS:
            lines.append(texts("accuracy.few", days=told.days))
    if look.snapshot.manifest.mode == "tickets":
        lines.append(texts("accuracy.tickets_mode"))
    return html.Section(
        [
            html.Div(
                [html.H1(texts("accuracy.title")), *(html.P(line) for line in lines)],
                className="record-words",
            ),
            _filters(context, look, told.chosen),
        ],
        className="record-head",
    )


def _filters(context: Context, look: Look, chosen: Chosen) -> Component:
    texts, state = look.words.texts, look.state
    query = query_of(state)

    def chip(text: str, *, here: bool, **changes: str | None) -> Component:
        target = state.href(PATH, **{**query, "day": None, **changes})
        return single.stay(text, target, className="chip here" if here else "chip")

    weeks = [
        chip(
            texts("accuracy.weeks", n=n),
            here=n == chosen.weeks,
            weeks=None if n == WEEKS[-1] else str(n),
        )
        for n in WEEKS
    ]
    scopes = [
        chip(texts("accuracy.scope_all"), here=not chosen.quiet, scope=None),
        chip(texts("accuracy.scope_quiet"), here=chosen.quiet, scope="quiet"),
    ]
    rows, names = context.memo.get(
        ("accuracy-values", look.snapshot.id),
        lambda: (
            look.snapshot.rows("record_values"),
            {row["region_id"]: row["name"] for row in look.snapshot.rows("regions")},
        ),
    )
    data = {
        "region": [(key, names.get(key) or key) for key in _values(rows, "region_id")],
        "cause": [(key, look.words.cause(key)) for key in _values(rows, "cause")],
        "technology": [(key, key) for key in _values(rows, "technology")],
    }
    picked = {
        "region": chosen.region_id,
        "cause": chosen.cause,
        "technology": chosen.technology,
    }
    selects = [_select(look, name, data[name], picked[name]) for name in SELECTS]
    kept = {k: v for k, v in chosen.query().items() if v is not None}
    files = [
        html.A(
            kind.upper(),
            href=f"/api/v1/accuracy?{urlencode({**kept, **_shown_as(look), 'format': kind})}",
            className="chip",
        )
        for kind in ("csv", "xlsx")
    ]
    label = html.Span(texts("accuracy.export"), className="panel-note")
    return html.Div(
        [
            html.Div(weeks, className="chips", role="group", title=texts("accuracy.period")),
            html.Div(scopes, className="chips", role="group", title=texts("accuracy.scope_help")),
            *selects,
            html.Div([label, *files], className="chips export no-print"),
        ],
        className="record-filters",
    )  # fmt: skip


def _shown_as(look: Look) -> dict[str, str]:
    told = {"lang": look.state.language}
    return told | ({"at": look.state.at_text} if look.state.at_text else {})


def _values(rows: list[dict[str, Any]], key: str) -> list[str]:
    return sorted({row[key] for row in rows if row[key]})


def _select(look: Look, name: str, data: list[tuple[str, str]], value: str | None) -> Component:
    texts = look.words.texts
    every = texts(f"accuracy.every_{name}")
    select: Any = dmc.Select
    made: Component = select(
        id=f"accuracy-{name}",
        data=[{"value": key, "label": label} for key, label in data],
        value=value if any(key == value for key, _ in data) else None,
        placeholder=every,
        clearable=True,
        searchable=True,
        nothingFoundMessage=texts("accuracy.nothing_found"),
        className="record-select",
        **parts.aria(label=texts(f"accuracy.filter_{name}")),
    )
    return made

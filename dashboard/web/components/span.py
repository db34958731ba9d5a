"""The choice of a stretch of time: quick ranges, days, and last week beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.web.components import parts
from dashboard.web.context import Look
from dashboard.web.view.span import KEPT, QUICK, Span


def ranges(
    look: Look,
    path: str,
    span: Span,
    kept: Mapping[str, str | None],
    dates_id: str,
    *,
    week_before: bool = True,
) -> list[Component]:
    """Chips of quick ranges, a picker of days, and the ghost of last week.

    Args:
        look: what is looked at.
        path: of the page.
        span: as chosen.
        kept: the page's other parameters.
        dates_id: id of the picker, for the page's callback.
        week_before: last week can be drawn beside.
    """
    texts, zone = look.words.texts, look.words.zone
    ghost = "week" if span.ghost else None
    quick = [
        choice(
            texts(f"span.{name}"),
            look.state.href(path, **{**kept, "range": name, "ghost": ghost}),
            chosen=span.quick == name,
        )
        for name in QUICK
    ]
    chosen, as_of = span.days(zone), look.snapshot.manifest.as_of
    today = as_of.astimezone(zone).date()
    tools = [
        group(texts("span.label"), quick),
        dates(look, dates_id, None if span.quick else chosen, today),
    ]
    if not week_before:
        return tools
    fields: dict[str, str | None] = {"from": None, "to": None, "range": span.quick}
    if span.quick is None:
        query = look.state.query
        fields |= {"from": query.get("from"), "to": query.get("to"), "range": None}
    other = look.state.href(path, **{**kept, **fields, "ghost": None if span.ghost else "week"})
    ghosted = choice(texts("span.ghost"), other, chosen=span.ghost, title=texts("span.ghost_help"))
    return [*tools, ghosted]


def dates(look: Look, dates_id: str, chosen: tuple[date, date] | None, today: date) -> Component:
    """First and last day; weeks begin on Monday; days without data cannot be chosen."""
    texts = look.words.texts
    zh = look.words.language == "zh"
    made: Component = dmc.DatePickerInput(
        id=dates_id,
        type="range",
        value=[day.isoformat() for day in chosen] if chosen else [None, None],
        minDate=(today - KEPT).isoformat(),
        maxDate=(today + timedelta(days=3)).isoformat(),
        allowSingleDateInRange=True,
        valueFormat=texts("span.date_format"),
        placeholder=texts("span.dates"),
        clearable=True,
        monthLabelFormat=texts("span.month_format"),
        highlightToday=False,
        size="sm",
        className="span-dates",
        **parts.aria(label=texts("span.dates")),
    )
    # assets/cell.js knows the names of days and months.
    settings = {"locale": "zh-cn" if zh else "en", "firstDayOfWeek": 1, "weekendDays": [6, 0]}
    localised: Component = dmc.DatesProvider(made, settings=settings)
    return localised


def choice(
    label: parts.Children, href: str, *, chosen: bool, title: str | None = None, kind: str = ""
) -> Component:
    """One of several choices, as a link; the chosen one says so to readers of screens too."""
    extra: dict[str, Any] = {"title": title} if title else {}
    name = " ".join(part for part in ("chip", kind, "here" if chosen else "") if part)
    return dcc.Link(label, href=href, className=name, **extra)


def group(label: str, links: Sequence[Component]) -> Component:
    """Choices of which one holds."""
    return html.Div(list(links), className="chips joined", role="group", **parts.aria(label=label))


def shown(look: Look, span: Span) -> str:
    """The span in words, for a chart's note."""
    words = look.words
    return f"{words.moment(span.start)} – {words.moment(span.end)}"

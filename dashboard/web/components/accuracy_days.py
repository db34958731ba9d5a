"""Single forecasts: a strip of days, and the list of one day or of one cell."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.snapshot.writer import KEEP_DAILY
from dashboard.web.components import parts
from dashboard.web.context import Look
from dashboard.web.view import words as w
from dashboard.web.view.record import FLAGGED, LISTS, Chosen
from dashboard.web.view.state import path_to

SHOWN = 80
PATH = "/accuracy"
Row = dict[str, Any]


def stay(
    content: parts.Children,
    href: str,
    **props: Any,  # noqa: ANN401  attributes of a link, as Dash takes them
) -> Component:
    """A link within the page: the page keeps its place (assets/accuracy.js)."""
    return html.A(content, href=href, **parts.data(stay="yes"), **props)


def strip(look: Look, days: list[Row], chosen: date | None, query: dict[str, str]) -> Component:
    """The judged days in rows of a week: each as large a bar as it had reds, with its hits."""
    texts, words = look.words.texts, look.words
    if not days:
        return html.P(texts("accuracy.list_none"), className="none")
    known = {row["day"]: row for row in days}
    first, last = min(known), max(known)
    monday = first - timedelta(days=first.weekday())
    weeks = []
    while monday <= last:
        cells: list[Component] = []
        for n in range(7):
            day = monday + timedelta(days=n)
            row = known.get(day)
            cells.append(
                html.Span(className="day none-there", **parts.aria(hidden="true"))
                if row is None
                else _day(look, row, query, here=day == chosen)
            )
        label = texts("accuracy.week_short", month=monday.month, day=monday.day)
        weeks.append(html.Div([html.Span(label, className="week-label"), *cells], className="week"))
        monday += timedelta(days=7)
    heads = [html.Span(words.texts(f"weekday.{n}"), className="week-day") for n in range(1, 8)]
    head = html.Div([html.Span(className="week-label"), *heads], className="week head")
    return html.Div([head, *weeks], className="day-strip", **parts.data(rows="yes"))


def _day(look: Look, row: Row, query: dict[str, str], *, here: bool) -> Component:
    texts, words, day = look.words.texts, look.words, row["day"]
    label = texts(
        "accuracy.day_cell",
        day=words.day(day),
        **{
            key: w.number(row[key])
            for key in ("reds", "hits", "treated", "treated_not", "false_alarms", "misses")
        },
    )
    label += "" if row["settled"] else texts("accuracy.day_open")
    share = [
        html.I(className=f"part {kind}", style={"flexGrow": row[key]})
        for kind, key in (
            ("hit", "hits"),
            ("treated", "treated"),
            ("treated_not", "treated_not"),
            ("false_alarm", "false_alarms"),
            ("miss", "misses"),
        )
        if row[key]
    ]
    names = ["day", *(["here"] if here else []), *([] if row["settled"] else ["open"])]
    href = look.state.href(PATH, **{**query, "day": None if here else day.isoformat(), "q": None})
    current: dict[str, Any] = parts.aria(current="date") if here else {}
    number = html.Span(str(day.day), className="day-number")
    bar = html.Span(share, className="day-bar")
    props: dict[str, Any] = {**parts.aria(label=label), **current}
    return stay([number, bar], href, className=" ".join(names), title=label, **props)


def tabs(look: Look, chosen: str, fate: str | None, query: dict[str, str]) -> Component:
    """Red, missed or yellow; among the flagged, all fates or one."""
    texts, state = look.words.texts, look.state

    def link(text: str, here: bool, **changes: str | None) -> Component:
        target = state.href(PATH, **{**query, **changes})
        return stay(text, target, className="chip here" if here else "chip")

    lists = [
        link(
            texts(f"accuracy.list_{name}"), name == chosen,
            list=None if name == LISTS[0] else name, fate=None,
        )
        for name in LISTS
    ]  # fmt: skip
    fates = []
    if chosen != "miss":
        fates = [
            link(
                texts("accuracy.fate_every" if name is None else f"accuracy.fate_{name}"),
                name == fate,
                fate=name,
            )
            for name in (None, *FLAGGED)
        ]
    return html.Div(
        [html.Div(lists, className="chips"), html.Div(fates, className="chips")],
        className="list-tabs",
    )


def forecasts(look: Look, rows: list[Row], *, missed: bool) -> Component:
    """The list of forecasts; each leads to its cell as it was shown then."""
    texts = look.words.texts
    shown = [_forecast(look, row, missed=missed) for row in rows[:SHOWN]]
    keys = ["day", "cell", "region", "probability", "cause", "fate", "when", "treated"]
    heads = ["", *(texts(f"accuracy.column_{key}") for key in keys)]
    content: list[Component] = [_plain(heads, shown, texts("accuracy.list_none"))]
    if len(rows) > SHOWN:
        note = texts("accuracy.list_more", n=SHOWN)
        content.append(html.P(note, className="panel-note"))
    return html.Div(content, **parts.data(rows="yes"))


def _plain(heads: list[str], rows: list[list[Any]], nothing: str) -> Component:
    """A table of plain elements: hundreds of cells are made a good deal faster."""
    if not rows:
        return html.P(nothing, className="none")
    head = html.Thead(html.Tr([html.Th(head) for head in heads]))
    body = html.Tbody([html.Tr([html.Td(value) for value in row]) for row in rows])
    return html.Div(html.Table([head, body]), className="forecasts")


def _forecast(look: Look, row: Row, *, missed: bool) -> list[Any]:
    words, texts = look.words, look.words.texts
    as_of: datetime = row["as_of"]
    local = as_of.astimezone(words.zone)
    there = as_of >= look.snapshot.manifest.as_of - KEEP_DAILY
    page = path_to("cells", row["cell_id"])
    at = local.isoformat(timespec="seconds")
    # The moment is shown to the second below: a snapshot of that very second would be missed.
    at = (local + timedelta(seconds=1)).isoformat(timespec="seconds") if local.microsecond else at
    link = dcc.Link(
        row["name"] or row["cell_id"],
        href=look.state.href(page, at=at) if there else look.state.href(page),
        title=f"{row['cell_id']} · {texts('accuracy.then' if there else 'accuracy.too_old')}",
    )
    fate = html.Span(
        [
            html.I(className=f"square {row['fate']}", **parts.aria(hidden="true")),
            texts(f"accuracy.fate_{row['fate']}"),
        ],
        className="fate",
        title=texts("accuracy.settled" if row["settled"] else "accuracy.unsettled"),
    )
    return [
        parts.status_label(row["status"], look),
        words.moment(as_of),
        link,
        row["region_name"] or row["region_id"] or w.NOTHING,
        w.percent(row["probability"]),
        "" if missed else words.cause(row["cause"]),
        fate,
        _after(look, as_of, row["first_complaint_at"]),
        _treatment(look, row),
    ]


def _treatment(look: Look, row: Row) -> str:
    """After how long, and by what; before orders were known, all treatments were works."""
    if row["treated_at"] is None:
        return w.NOTHING
    kind = look.words.texts(f"accuracy.by_{row['treatment'] or 'works'}")
    return f"{kind} {_after(look, row['as_of'], row['treated_at'])}"


def _after(look: Look, as_of: datetime, moment: datetime | None) -> str:
    if moment is None:
        return w.NOTHING
    hours = (moment - as_of).total_seconds() / 3600
    return look.words.texts("accuracy.after", hours=f"{hours:.0f}")


def chosen_list(query: dict[str, str]) -> tuple[date | None, str, str | None, str | None]:
    """Day, list, fate and search of an address; what cannot be used is as if it were not there."""
    try:
        day = date.fromisoformat(query.get("day", ""))
    except ValueError:
        day = None
    name = query.get("list", "")
    fate = query.get("fate")
    return (
        day,
        name if name in LISTS else LISTS[0],
        fate if fate in FLAGGED and name != "miss" else None,
        (query.get("q") or "").strip()[:80] or None,
    )


def parameters(chosen: Chosen, name: str, fate: str | None) -> Row:
    """What of the forecasts is asked for, but day and search."""
    status = None if name == "miss" else name
    return {**chosen.of_cells(), "status": status, "fate": "miss" if name == "miss" else fate}

"""The page of a work order, apart from its buttons: sized for a telephone first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.dispatch.states import State
from dashboard.web.components import parts
from dashboard.web.context import Look
from dashboard.web.i18n import Texts
from dashboard.web.view import words as w
from dashboard.web.view.dispatch_timers import Running
from dashboard.web.view.order import PATH, Page, Past
from dashboard.web.view.order_kpis import Now
from dashboard.web.view.order_place import distance_text
from dashboard.web.view.order_proof import Proofs
from dashboard.web.view.order_words import SIGNS, duration, reason_text, state_word

_DONE: frozenset[State] = frozenset({"verified", "closed"})


def state_mark(state: State) -> Component:
    """The state's shape."""
    return html.Span(SIGNS[state], className=f"order-sign of-{state}", **parts.aria(hidden="true"))


def state_label(state: State, texts: Texts) -> Component:
    """Shape and word."""
    return html.Span(
        [state_mark(state), html.Span(state_word(texts, state))],
        className=f"order-state of-{state}",
        title=texts(f"order_state_help.{state}"),
    )


def head(page: Page, look: Look) -> Component:
    """Number, place, state, how far it has come, and the timer."""
    order, texts, words = page.order, look.words.texts, look.words
    who = texts("order.since", time=words.moment(order.since), who=order.by)
    told: list[Any] = [state_label(order.state, texts), html.Span(who, className="order-since")]
    if order.reopened:
        told.append(html.Span(texts("order.reopened", n=order.reopened), className="order-again"))
    lines: list[Any] = []
    if order.reason and order.state in ("rejected", "cancelled", "reopened", "accepted"):
        lines.append(html.P(reason_text(texts, order.reason), className="order-reason"))
    if look.state.at_text:
        then = texts("order.then", time=words.full_moment(look.freshness.now))
        lines.append(html.P(then, className="order-then"))
    return html.Section(
        [
            html.Div(
                [html.H1(order.draft.title or order.draft.site_id), html.B(order.name)],
                className="order-title",
            ),
            html.P(" · ".join(part for part in (page.cause, page.place) if part)),
            html.Div(told, className="order-now"),
            *lines,
            _steps(page, texts),
            *timer_bar(page.timer, look),
            _facts(page, look),
        ],
        className=f"panel order-head of-{order.state}",
    )


def _steps(page: Page, texts: Texts) -> Component:
    """The way of an order that goes well, and how far this one is."""
    order = page.order
    state = "verified" if order.state == "closed" else order.state
    reached = PATH.index(state) if state in PATH else -1
    found = []
    for n, step in enumerate(PATH):
        kind = "done" if n < reached or state in _DONE else "here" if n == reached else "to-come"
        found.append(html.Li(texts(f"order_short.{step}"), className=f"order-step {kind}"))
    return html.Ol(found, className="order-steps", **parts.aria(label=texts("order.progress")))


def timer_bar(timer: Running | None, look: Look) -> list[Component]:
    """The running timer; a script moves it between two beats (assets/order.js)."""
    if timer is None:
        return []
    texts, now = look.words.texts, look.freshness.now
    over = now >= timer.due_at and not timer.proof
    warned = timer.warn_at is not None and now >= timer.warn_at
    kind = "late" if over else "close" if warned else "calm"
    left = duration(texts, timer.due_at - now)
    moving = {} if look.state.at_text else _ticking(timer.due_at, now, texts)
    name = texts.get(f"order_timer.{timer.name}") or texts("order.timer_due")
    return [
        html.Div(
            [
                html.Span(name, className="order-timer-name"),
                html.Span(
                    texts("order.late" if over else "order.left", time=left),
                    className="order-timer-left",
                    **moving,
                ),
                html.Span(look.words.short_moment(timer.due_at, now), className="order-timer-due"),
            ],
            className=f"order-timer {kind}",
        )
    ]


def _ticking(due: datetime, now: datetime, texts: Texts) -> dict[str, Any]:
    """What the script needs to go on by itself."""
    return parts.data(
        due=f"{due.timestamp():.0f}",
        now=f"{now.timestamp():.3f}",
        late=texts("order.late", time="{time}"),
        left=texts("order.left", time="{time}"),
        days=texts("duration.days", d="{d}", h="{h}"),
        hours=texts("duration.hours", h="{h}", m="{m}"),
        minutes=texts("duration.minutes", m="{m}"),
    )


def _facts(page: Page, look: Look) -> Component:
    order, texts = page.order, look.words.texts
    draft, words = order.draft, look.words
    team = texts("order.no_team")
    if page.team is not None:
        name = page.team.name
        team = name if page.given else texts("order.suggested", team=name)
    facts = [
        ("team", team),
        ("users", w.number(draft.users)),
        ("risk", w.percent(draft.probability)),
        ("expected", w.expected(draft.expected)),
        ("opened", words.moment(order.opened_at)),
    ]
    if draft.due_at is not None:
        facts.insert(1, ("due", words.moment(draft.due_at)))
    if page.stop is not None:
        facts.insert(1, ("plan", words.moment(page.stop.arrives_at)))
    note: list[Any] = []
    if page.stop is not None:
        place, minutes = page.stop.place, w.number(page.stop.travel_min)
        note = [
            html.P(texts("order.plan_note", place=place, minutes=minutes), className="panel-note")
        ]
    listed = [
        html.Div([html.Dt(texts(f"order.{key}")), html.Dd(value)], className="order-fact")
        for key, value in facts
    ]
    return html.Div([html.Dl(listed, className="order-facts"), *note])


def where(page: Page, look: Look, sketch: str) -> Component:
    """The sketch, coordinates in both systems, and the way into the telephone's own maps."""
    texts, draft, spot = look.words.texts, page.order.draft, page.spot
    lines: list[Any] = [html.P(texts("order.site", site=draft.site_id), className="order-site")]
    if spot is None:
        lines.append(html.P(texts("order.no_place"), className="none"))
        return _panel("where", texts("order.where"), lines)
    if spot.way_km is not None and spot.team is not None:
        way = texts("order.way", team=spot.team.name, distance=distance_text(look, spot.way_km))
    else:
        way = texts("order.no_way")
    lines += [
        html.Img(src=sketch, className="order-map", alt=texts("order.map_label")),
        html.P(way, className="panel-note"),
        html.A(texts("order.navigate"), href=spot.geo, className="order-big order-go no-print"),
        html.Dl(
            [
                html.Div(
                    [
                        html.Dt(name),
                        html.Dd(value, className="order-coordinates"),
                        html.Button(
                            texts("order.copy"),
                            className="order-copy no-print",
                            **parts.data(
                                copy=value,
                                done=texts("order.copied"),
                                failed=texts("order.copy_failed"),
                            ),
                        ),
                    ],
                    className="order-place",
                )
                for name, value in spot.systems
            ],
            title=texts("order.gcj_help"),
        ),
    ]
    return _panel("where", texts("order.where"), lines)


def what(page: Page, look: Look) -> Component:
    """Cause, what to do and to take along, and what speaks for it."""
    texts, draft, play = look.words.texts, page.order.draft, page.play
    pieces = []
    if play is not None:
        pieces += [("action", play.action), ("parts", play.parts), ("skill", play.skill)]
    lines: list[Any] = []
    if pieces:
        listed = [_piece(texts(f"order.{key}"), text) for key, text in pieces]
        lines.append(html.Dl(listed, className="order-play"))
    hours = texts("order.work_hours", hours=w.measure(draft.hours))
    work = hours if draft.on_site else f"{hours} · {texts('order.remote')}"
    lines.append(html.P(work, className="panel-note"))
    if draft.note:
        lines.append(html.Dl(_piece(texts("order.note"), draft.note)))
    lines.append(html.H3(texts("order.evidence")))
    if page.evidence:
        lines.append(html.Dl([_piece(piece.label, piece.seen) for piece in page.evidence]))
    else:
        key = "no_evidence" if page.order.opener == "system" else "by_hand"
        lines.append(html.P(texts(f"order.{key}"), className="none"))
    if page.works:
        planned = [html.Li(work) for work in page.works]
        lines += [html.H3(texts("order.planned")), html.Ul(planned, className="order-works")]
    return _panel("what", texts("order.what"), lines, note=page.cause)


def _piece(label: str, text: str) -> Component:
    return html.Div([html.Dt(label), html.Dd(text)], className="piece")


def kpis(now: Now | None, texts: Texts) -> Component:
    """What is off normal just now, else a few KPIs that are not."""
    title = texts("order.kpis")
    if now is None:
        return _panel("kpis", title, [html.P(texts("order.kpis_none"), className="none")])
    rows = [
        html.Div(
            [
                html.Dt(value.label),
                html.Dd([html.B(value.value), html.Span(value.usual)]),
                html.Span(texts("order.kpi_off" if value.off else "order.kpi_fine")),
            ],
            className="order-kpi off" if value.off else "order-kpi",
        )
        for value in now.values
        if value.off or not now.off
    ]
    lines: list[Any] = [html.Dl(rows)]
    if not now.off:
        lines.insert(0, html.P(texts("order.kpis_all_fine", n=now.all), className="order-fine"))
    note = texts("order.kpis_of", cell=now.cell, time=now.until)
    return _panel("kpis", title, lines, note=note)


def proof(found: Proofs | None, texts: Texts) -> list[Component]:
    """What a repair has to prove, how far it is, and why it was verified or reopened."""
    if found is None:
        return []
    lines: list[Any] = []
    for each in found.proofs:
        bar = html.I(style={"width": f"{100 * each.share:.1f}%"})
        lines.append(
            html.Div(
                [
                    html.Div([html.B(each.what), html.Span(each.until, className="order-when")],
                             className="order-line"),
                    html.Div(bar, className="order-share", **parts.aria(hidden="true")),
                    html.Div(each.seen, className="order-more"),
                ],
                className="order-proof against" if each.bad else "order-proof",
            )
        )  # fmt: skip
    if found.missing:
        lines.append(html.H3(texts("order_proof.why_waits")))
        listed = [html.Li(reason) for reason in found.missing]
        lines.append(html.Ul(listed, className="order-missing"))
    elif found.missing is not None:
        lines.append(html.P(texts("order_proof.time_alone"), className="order-fine"))
    if found.verdict:
        lines.append(html.P(html.B(found.verdict)))
        lines.append(html.Ul([html.Li(reason) for reason in found.reasons]))
    if found.looked:
        lines.append(html.P(found.looked, className="panel-note"))
    note = texts("order.verify_lead") if found.proofs else ""
    return [_panel("verify", texts("order.verify"), lines, note=note)]


def cells(page: Page, look: Look) -> Component:
    """The cells of the order as they are now."""
    texts, rows = look.words.texts, []
    for cell in page.cells:
        name: Any = dcc.Link(cell.name, href=cell.href) if cell.href else html.Span(cell.name)
        word = look.words.status(cell.status, "cells") if cell.href else texts("order.cell_gone")
        mark = parts.status_mark(cell.status)
        status = html.Span([mark, html.Span(word)], className=f"status {cell.status}")
        rows.append(html.Li([name, status, html.Span(cell.probability)], className="order-cell"))
    return _panel("cells", texts("order.cells"), [html.Ul(rows)], note=str(len(rows)))


def timeline(page: Page, texts: Texts) -> Component:
    """All that happened, the newest first."""
    rows = [
        html.Li(
            [
                html.Div(
                    [html.B(line.what), html.Span(line.when, className="order-when")],
                    className="order-line",
                ),
                html.Div(line.more, className="order-more") if line.more else None,
                html.Div(line.who, className="order-who"),
            ],
            className=f"order-event of-{line.kind}",
        )
        for line in reversed(page.lines)
    ]
    return _panel("timeline", texts("order.timeline"), [html.Ol(rows)])


def earlier(page: Page, texts: Texts) -> Component:
    """Earlier orders of the site, and what helped."""
    title = texts("order.earlier")
    if not page.earlier:
        return _panel("earlier", title, [html.P(texts("order.earlier_none"), className="none")])
    return _panel("earlier", title, [past_list(page.earlier)])


def past_list(found: tuple[Past, ...]) -> Component:
    """Earlier orders as lines: number, when, cause, outcome."""
    rows = [
        html.Li(
            [
                html.Div(
                    [
                        state_mark(past.state),
                        dcc.Link(past.name, href=past.href),
                        html.Span(past.cause),
                        html.Span(past.when, className="order-when"),
                    ],
                    className="order-line",
                ),
                html.Div(past.outcome, className="order-more"),
            ]
        )
        for past in found
    ]
    return html.Ol(rows, className="order-past")


def _panel(name: str, title: str, content: list[Any], note: str = "") -> Component:
    small = [html.Small(note)] if note else []
    return html.Section([html.H2([title, *small]), *content], className=f"panel order-{name}")

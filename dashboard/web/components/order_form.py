"""What may be done to a work order, as buttons that gloves can hit; questions unfold in place."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.dispatch.states import Kind, State
from dashboard.web.components import parts
from dashboard.web.context import Look
from dashboard.web.i18n import Texts
from dashboard.web.view.order import Page
from dashboard.web.view.order_act import LONGEST
from dashboard.web.view.order_words import CANNOT, REJECT, REJECT_ON_SITE, REOPEN

AT_ONCE: tuple[Kind, ...] = ("accept", "dispatch", "arrive")
"""These ask nothing."""


def form(page: Page, look: Look) -> list[Component]:
    """The next step first and widest, then what else is possible; nothing in a replay."""
    texts, state, kinds = look.words.texts, page.order.state, page.kinds
    if not kinds:
        return []
    shown: list[Component] = []
    steps = [kind for kind in kinds if kind in (*AT_ONCE, "repair")]
    if not steps and state != "verified":
        key = "waiting" if state == "repaired" else "no_action"
        shown.append(html.P(texts(f"order.{key}"), className="order-waits"))
    shown += [_step(kind, page, look, "first") for kind in steps[:1]]
    rest = [_step(kind, page, look, "third") for kind in steps[1:]]
    rest += [_asking(kind, state, texts) for kind in kinds if kind not in steps]
    return [*shown, html.Div(rest, className="order-rest")]


def _step(kind: Kind, page: Page, look: Look, weight: str) -> Component:
    if kind == "repair":
        return _repair(page, look, weight)
    return _button(kind, look.words.texts(f"order.{kind}"), weight)


def _button(kind: Kind, text: str, weight: str) -> Component:
    ident: Any = {"type": "order-do", "kind": kind}
    return html.Button(text, id=ident, className=f"order-big {weight} order-do", n_clicks=0)


def _repair(page: Page, look: Look, weight: str) -> Component:
    """Asks what it was: never chosen beforehand, since the answer teaches the forecast."""
    texts, words = look.words.texts, look.words
    known = [row["cause"] for row in look.snapshot.rows("order_causes")]
    forecast = page.order.draft.cause
    causes = [forecast, *(c for c in known if c != forecast)] if forecast in known else known
    choices = [
        (
            cause,
            texts("order.found_forecast", cause=words.cause(cause))
            if cause == forecast
            else words.cause(cause),
        )
        for cause in causes
    ]
    choices.append(("other", texts("order_reason.other")))
    asked = [_choose("repair", texts("order.found_cause"), choices), _note("repair", texts)]
    return _unfolds("repair", texts("order.repair"), asked, texts, f"order-big {weight}")


def _asking(kind: Kind, state: State, texts: Texts) -> Component:
    if kind == "comment":
        place = texts("order.comment_place")
        asked = [_note(kind, texts, place)]
        return _unfolds(kind, texts("order.comment"), asked, texts, "order-big third")
    on_site = state == "on_site"
    codes = {
        "cannot": CANNOT,
        "reject": REJECT_ON_SITE if on_site else REJECT,
        "reopen": REOPEN,
    }[kind]
    name = "reject_site" if kind == "reject" and on_site else kind
    choices = [(code, texts(f"order_reason.{code}")) for code in codes]
    asked = [_choose(kind, texts("order.why"), choices), _note(kind, texts)]
    return _unfolds(kind, texts(f"order.{name}"), asked, texts, "order-big third")


def _unfolds(
    kind: Kind, title: str, asked: list[Component], texts: Texts, class_name: str
) -> Component:
    send = _button(kind, texts("order.send"), "send")
    return html.Details(
        [
            html.Summary(title, className=class_name),
            html.Div([*asked, send], className="order-asked"),
        ],
        className=f"order-unfolds of-{kind}",
    )


def _choose(kind: Kind, title: str, choices: list[tuple[str, str]]) -> Component:
    ident: Any = {"type": "order-pick", "form": kind}
    group: Any = dmc.ChipGroup
    chips = [
        dmc.Chip(text, value=code, size="lg", radius="md", className="order-chip")
        for code, text in choices
    ]
    inside = group(chips, id=ident, multiple=False)
    return html.Div(
        [html.P(title), html.Div(inside, className="order-chips")],
        role="group",
        **parts.aria(label=title),
    )


def _note(kind: Kind, texts: Texts, place: str = "") -> Component:
    ident: Any = {"type": "order-note", "form": kind}
    area: Any = dcc.Textarea
    made: Component = area(
        id=ident,
        placeholder=place or texts("order.note_place"),
        maxLength=LONGEST,
        rows=2,
        className="order-note",
    )
    return made

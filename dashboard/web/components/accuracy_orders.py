"""What became of the work orders, and of every red: panels of the record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.web.components import parts
from dashboard.web.i18n import Texts
from dashboard.web.view import words as w
from dashboard.web.view.record import FLAGGED, OUTCOMES, OrderFates
from dashboard.web.view.verdict import cause_word, reason_word
from dashboard.web.view.words import Words

_MOST_REASONS = 4


def every_red(told: OrderFates, texts: Texts) -> list[Component]:
    """All reds of all forecasts, add up as they may: nothing is left out."""
    total = sum(told.reds.values())
    if not total:
        return []
    names = [*FLAGGED, "waiting"]
    items = [
        texts("accuracy.every_red_part", name=texts(f"accuracy.fate_{name}"),
              n=w.number(told.reds.get(name, 0)))
        for name in names
        if told.reds.get(name, 0)
    ]  # fmt: skip
    line = texts(
        "accuracy.every_red", total=w.number(total), parts=texts("accuracy.join").join(items)
    )
    return [html.P(line, className="panel-note", title=texts("accuracy.every_red_help"))]


def orders_panel(told: OrderFates, texts: Texts) -> Component:
    """Orders by what became of them, with the reasons of those that did not hold."""
    if not told.orders:
        return _panel(texts, "orders", [html.P(texts("accuracy.orders_none"), className="none")])
    most = max(told.outcomes.values())
    items = [
        html.Li(
            [
                html.Span(
                    texts(f"accuracy.outcome_{name}"),
                    title=texts(f"accuracy.outcome_{name}_help"),
                    className="has-help",
                ),
                html.Strong(w.number(told.outcomes[name])),
                html.I(
                    className=f"outcome-bar {name}",
                    style={"width": f"{100 * told.outcomes[name] / most:.2f}%"},
                    **parts.aria(hidden="true"),
                ),
                *_why(told.reasons.get(name, ()), texts),
            ]
        )
        for name in OUTCOMES
        if told.outcomes[name]
    ]
    held = told.outcomes["verified"] + told.outcomes["verified_later"]
    sentence = (
        texts("accuracy.orders_sentence", n=w.number(told.orders), judged=w.number(told.judged),
              verified=w.number(held), first=w.number(told.outcomes["verified"]))
        if told.judged
        else texts("accuracy.orders_unjudged", n=w.number(told.orders))
    )  # fmt: skip
    note = html.P(texts("accuracy.orders_note"), className="panel-note")
    list_ = html.Ul(items, className="outcome-list")
    return _panel(texts, "orders", [html.P(sentence, className="said small"), list_, note])


def _why(reasons: Sequence[tuple[str | None, int]], texts: Texts) -> list[Component]:
    if not reasons:
        return []
    told = [
        texts("accuracy.every_red_part", name=reason_word(code, texts), n=w.number(n))
        for code, n in reasons[:_MOST_REASONS]
    ]
    return [html.Span(texts("accuracy.join").join(told), className="outcome-why")]


def causes_panel(told: OrderFates, words: Words) -> Component:
    """Named cause (rows) against the cause that the crew found (columns)."""
    texts = words.texts
    if not told.found:
        return _panel(texts, "causes", [html.P(texts("accuracy.causes_none"), className="none")])
    named = _by_size(told, 0)
    found = [*(name for name in named if name in _by_size(told, 1))]
    found += [name for name in _by_size(told, 1) if name not in found]
    heads = [texts("accuracy.causes_corner"), *(cause_word(name, words) for name in found)]
    heads += [texts("accuracy.causes_right")]
    rows: list[Component] = []
    for one in named:
        counts = [told.causes.get((one, other), 0) for other in found]
        right = told.causes.get((one, one), 0)
        cells: list[Any] = [html.Td(cause_word(one, words))]
        for other, n in zip(found, counts, strict=True):
            kind = "same" if other == one and n else "" if n else "none"
            cells.append(html.Td(w.number(n) if n else "·", className=kind))
        cells.append(html.Td(w.percent(right / sum(counts)), title=f"{right} / {sum(counts)}"))
        rows.append(html.Tr(cells))
    sentence = texts(
        "accuracy.causes_sentence",
        n=w.number(told.found),
        right=w.number(told.confirmed),
        share=w.percent(told.confirmed / told.found),
    )
    head = html.Thead(html.Tr([html.Th(head) for head in heads]))
    table = html.Div(html.Table([head, html.Tbody(rows)]), className="cause-matrix")
    return _panel(texts, "causes", [html.P(sentence, className="said small"), table])


def _by_size(told: OrderFates, place: int) -> list[str]:
    """Named (0) or found (1) causes, the commonest first."""
    sizes: dict[str, int] = {}
    for pair, n in told.causes.items():
        sizes[pair[place]] = sizes.get(pair[place], 0) + n
    return sorted(sizes, key=lambda name: (-sizes[name], name))


def _panel(texts: Texts, key: str, body: list[Component]) -> Component:
    head = html.H2(
        texts(f"accuracy.{key}_title"), title=texts(f"accuracy.{key}_help"), className="has-help"
    )
    return html.Section([head, *body], className="panel verdict")

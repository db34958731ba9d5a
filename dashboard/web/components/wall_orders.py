"""Work orders on the wall: the panel of counts, and the place of a line's order in the list."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.web.components import parts
from dashboard.web.components.wall import number
from dashboard.web.context import Look
from dashboard.web.view.order_words import SIGNS
from dashboard.web.view.wall_areas import AreaRow
from dashboard.web.view.wall_orders import Said, WallOrders


def panel(orders: WallOrders | None, look: Look) -> list[Component]:
    """Open, on the way, verified, overdue: word, a smaller number below it, and the number."""
    if orders is None:
        return []
    texts = look.words.texts
    return [
        html.Div(
            [
                html.Div(
                    [
                        html.Div(texts(f"wall_orders.{tally.key}"), className="tile-head"),
                        html.Div(tally.note, className="tile-note"),
                    ],
                    className="tally-words",
                ),
                number(tally.number),
            ],
            className=f"tally {tally.key}" + (" none" if tally.number == "0" else ""),
            title=orders.help,
        )
        for tally in orders.tallies
    ]


def slot(row: AreaRow, said: Said | None, look: Look, *, acting: bool) -> Component:
    """What is being done about a line's reds; where nothing is, the way to send somebody."""
    texts = look.words.texts
    if said is None:
        return html.Span(className="worst-order")
    if acting and said.to_send:
        ident: Any = {"type": "wall-send", "area": row.key}
        many = len(said.to_send)
        label = texts("wall_orders.dispatch")
        return html.Span(
            html.Button(
                label if many == 1 else f"{label} {many}",
                id=ident,
                n_clicks=0,
                className="worst-send",
                title=f"{texts('wall_orders.dispatch_title', n=many)}\n{said.title}",
                **parts.aria(label=texts("wall_orders.dispatch_label", place=row.name)),
            ),
            className="worst-order",
        )
    inside: list[Any] = [html.Span(said.text)]
    if said.state is not None:
        sign = html.Span(
            SIGNS[said.state], className=f"order-sign of-{said.state}", **parts.aria(hidden="true")
        )
        inside = [sign, *inside]
    kind = "none" if said.state is None else said.state
    return html.Span(inside, className=f"worst-order of-{kind}", title=said.title)

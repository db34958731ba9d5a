"""The work order of a cell on its page: the open one, or one press that sends a crew."""

from __future__ import annotations

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.web.components import parts, who
from dashboard.web.components.order import past_list, state_label, timer_bar
from dashboard.web.context import Look
from dashboard.web.view.cell import Cell
from dashboard.web.view.cell_order import AT_RISK, CellOrder, Offer, Standing


def panel(found: CellOrder | None, cell: Cell, look: Look, beat_ms: int) -> list[Component]:
    """The panel with what it listens to; nothing where nobody tells of orders."""
    if found is None:
        return []
    kind = "cell-order urgent" if cell.status == "red" and found.offer else "cell-order"
    return [
        html.Section(
            [
                html.Div(inside(found, cell, look), id="cell-order"),
                html.Div(id="cell-order-said", className="order-said", role="status"),
                dcc.Interval(
                    id="cell-order-tick", interval=beat_ms, disabled=bool(look.state.at_text)
                ),
                dcc.Store(id="cell-order-seen", data=found.version),
            ],
            className=f"panel {kind}",
        )
    ]


def inside(found: CellOrder, cell: Cell, look: Look) -> list[Component]:
    """State and past of the cell's orders."""
    texts = look.words.texts
    if found.failed:
        failed = html.P(texts("order.failed", reason=found.failed), className="none")
        return [html.H2(texts("order_cell.title")), failed]
    now: list[Component] = []
    if found.standing is not None:
        now += _standing(found.standing, look)
    if found.offer is not None:
        now += _offer(found.offer, cell, look)
    if not now:
        now.append(html.P(texts("order_cell.none"), className="none"))
    past: list[Any] = [html.H3(texts("order_cell.earlier"))]
    if found.past:
        past.append(past_list(found.past))
    else:
        past.append(html.P(texts("order_cell.earlier_none"), className="none"))
    return [
        html.Div([html.H2(texts("order_cell.title")), *now], className="cell-order-now"),
        html.Div(past, className="cell-order-past"),
    ]


def _standing(standing: Standing, look: Look) -> list[Component]:
    texts = look.words.texts
    return [
        html.Div(
            [
                state_label(standing.state, texts),
                dcc.Link(standing.name, href=standing.href, className="cell-order-name"),
                html.Span(standing.team, className="cell-order-team"),
                html.Span(standing.since, className="order-since"),
            ],
            className="cell-order-line",
        ),
        *timer_bar(standing.timer, look),
    ]


def _offer(offer: Offer, cell: Cell, look: Look) -> list[Component]:
    texts = look.words.texts
    team = texts("order_cell.now_team", team=offer.team) if offer.team else ""
    weight = "first" if cell.status == "red" else "second"
    told = [] if offer.team is None else [html.Span(team or texts("order_cell.no_team"))]
    if len(offer.cells) > 1:
        names = texts("order.join").join(offer.cells)
        line = texts("order_cell.cells", n=len(offer.cells), names=names)
        told.append(html.Span(line, className="panel-note"))
    if cell.status not in AT_RISK:
        told.append(html.Span(texts("order_cell.calm"), className="panel-note"))
    return [
        html.Div(
            [
                html.Button(
                    texts("order_cell.now"),
                    id="cell-send",
                    n_clicks=0,
                    className=f"order-big {weight} cell-send",
                    title=texts("order_cell.now_help"),
                    **parts.aria(label=f"{texts('order_cell.now')} {team}".strip()),
                ),
                html.Div(told, className="cell-order-told"),
                who.field(texts),
            ],
            className="cell-order-line",
        )
    ]


def skeleton() -> Component:
    """The ids, for validation of callbacks."""
    return html.Div(
        [
            html.Div(id="cell-order"),
            html.Div(id="cell-order-said"),
            html.Button(id="cell-send"),
            dcc.Interval(id="cell-order-tick"),
            dcc.Store(id="cell-order-seen"),
        ]
    )

"""The distribution of risk: compact under the map, large on its board."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard.web.components import parts
from dashboard.web.context import Look
from dashboard.web.figures.risk import RiskBar, ramp, risk_figure
from dashboard.web.view import words as w
from dashboard.web.view.wall import Wall
from dashboard.web.view.wall_risk import AT_RISK, EDGES, RiskRow

_ROWS = 17  # the whole and sixteen districts


def compact(wall: Wall, look: Look) -> list[Component]:
    """Cells and subscribers by class of risk: a small table, its columns in the ramp's colours."""
    texts = look.words.texts
    if not wall.risk:
        if wall.mode == "tickets":
            return []
        return [html.Div(texts("risk.none_stale"), className="risk-none")]
    whole = wall.risk[0]
    colours = ramp(look.wall_theme, len(EDGES) - 1)
    cells: list[Component] = [
        html.Span(texts("risk.short"), className="risk-head", title=texts("risk.help"))
    ]
    cells += [
        html.Span(
            range_text(n, look, lowest=1), className="risk-range", style={"borderColor": colour}
        )
        for n, colour in enumerate(colours, start=1)
    ]
    cells.append(html.Span(texts("risk.cells"), className="risk-head"))
    cells += [html.Span(w.number(n), className="risk-n") for n in _merged(whole.cells)]
    if whole.subscribers is not None:
        cells.append(html.Span(texts("risk.subscribers"), className="risk-head"))
        cells += [
            html.Span(people(n, look), className="risk-n") for n in _merged(whole.subscribers)
        ]
    return cells


def _merged(values: Sequence[float]) -> list[float]:
    """The two lowest classes as one, without the unknown: what matters is the upper end."""
    return [values[0] + values[1], *values[2:-1]]


def range_text(n: int, look: Look, *, lowest: int = 0) -> str:
    """``<5%``, ``5–10%``, ``≥50%``."""
    texts = look.words.texts
    upper = EDGES[n + 1] if n + 1 < len(EDGES) else None
    if n == lowest:
        return texts("risk.below", upper=f"{100 * (upper or 1):g}%")
    if upper is None:
        return texts("risk.from", lower=f"{100 * EDGES[n]:g}%")
    return texts("risk.from_to", lower=f"{100 * EDGES[n]:g}", upper=f"{100 * upper:g}%")


def people(number: float, look: Look) -> str:
    """``2.1`` ten thousands in Chinese, ``21k`` in English: what one reads from afar."""
    if number < 1e4:
        return w.number(number)
    chinese = look.words.language == "zh"
    value = f"{number / 1e4:.1f}" if chinese else f"{number / 1e3:.0f}"
    return look.words.texts("risk.people", value=value)


def board(wall: Wall, look: Look, scale: float) -> list[Component]:
    """By district: cells and subscribers from 10 % on, by class."""
    texts = look.words.texts
    title = texts("risk.title")
    if wall.scope.name:
        title = f"{title} · {wall.scope.name}"
    head = html.Div(
        [
            html.H2(title, title=texts("risk.help")),
            html.Div(_key(look), className="board-key"),
        ],
        className="board-head",
    )
    if not wall.risk:
        mode = "none_tickets" if wall.mode == "tickets" else "none_stale"
        return [head, html.P(texts(f"risk.{mode}"), className="board-none")]
    districts = [row for row in wall.risk[1:] if row.region_id][: _ROWS - 1]
    rows = districts or list(wall.risk[:1])
    figures = [("cells", risk_figure(_bars(rows, look, "cells"), look.wall_theme, scale,
                                     texts("risk.cells")))]  # fmt: skip
    if all(row.subscribers is not None for row in rows):
        bars = _bars(rows, look, "subscribers")
        title = texts("risk.subscribers")
        figures.append(("subscribers", risk_figure(bars, look.wall_theme, scale, title)))
    charts = [
        parts.graph(figure, "board-graph", zoom=False, id=f"wall-risk-{name}")
        for name, figure in figures
    ]
    return [
        head,
        html.Div(charts, className="board-pair"),
        html.Div(compact(wall, look), className="risk wide"),
    ]


def _key(look: Look) -> list[Component]:
    colours = ramp(look.wall_theme, len(EDGES) - AT_RISK)
    return [
        html.Span([html.I(style={"background": colour}), html.Span(range_text(AT_RISK + n, look))])
        for n, colour in enumerate(colours)
    ]


def _bars(rows: list[RiskRow], look: Look, what: str) -> list[RiskBar]:
    texts = look.words.texts
    bars = []
    for row in rows:
        values = row.cells if what == "cells" else row.subscribers or (0.0,) * (len(EDGES) + 1)
        at_risk = [float(value) for value in values[AT_RISK:-1]]
        total = sum(at_risk)
        label = w.number(total) if what == "cells" else people(total, look)
        hovers = [
            texts(
                "risk.hover",
                name=row.name or texts("risk.whole"),
                range=range_text(n, look),
                cells=w.number(row.cells[n]),
                subscribers=w.NOTHING if row.subscribers is None else w.number(row.subscribers[n]),
            )
            for n in range(AT_RISK, len(EDGES))
        ]
        bars.append(RiskBar(row.name or texts("risk.whole"), at_risk, label, hovers))
    return bars

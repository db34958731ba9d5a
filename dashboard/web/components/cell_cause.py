"""Why a cell is at risk: evidence and playbook of its cause, and the waterfall of its drivers."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.web.components import parts
from dashboard.web.components.cell import panel
from dashboard.web.figures.drivers import Bar, bars_of
from dashboard.web.i18n import Texts
from dashboard.web.view import words as w
from dashboard.web.view.cell import Cell
from dashboard.web.view.drivers import Waterfall, factor, probability_of


def why(cell: Cell, texts: Texts) -> Component:
    """Cause and waterfall beside each other: what stands at the top of the page."""
    return html.Div([cause(cell, texts), drivers(cell, texts)], className="two why")


def cause(cell: Cell, texts: Texts) -> Component:
    """What speaks for the cause, and what to do about it; a calm cell says that all is well."""
    if not cell.cause:
        note = html.P(texts("cell.no_cause"), className="none")
        return panel(texts("cell.cause"), note, name="cause")
    lines: list[Component] = [_piece(piece.label, piece.seen) for piece in cell.evidence]
    nothing = html.P(texts("evidence.none"), className="none")
    told: list[Any] = [html.Dl(lines) if lines else nothing]
    if cell.play is not None:
        steps = (
            ("action", cell.play.action),
            ("skill", cell.play.skill),
            ("parts", cell.play.parts),
        )
        told.append(
            html.Div(
                [
                    html.H3(texts("playbook.title"), title=texts("playbook.note")),
                    html.Dl([_piece(texts(f"playbook.{key}"), text) for key, text in steps]),
                ],
                className="play",
            )
        )
    return panel(texts("evidence.title", cause=cell.cause), html.Div(told), name="cause")


def _piece(label: str, text: str) -> Component:
    return html.Div([html.Dt(label), html.Dd(text)], className="piece")


def drivers(cell: Cell, texts: Texts) -> Component:
    """The way from the usual probability to this cell's, a bar a reason, text beside each."""
    found = cell.waterfall
    if found is None:
        # A red cell without drivers: made by the fallback, which weighs nothing it could show.
        reason = "no_model" if cell.row["status"] in ("red", "yellow") else "no_drivers"
        return panel(texts("cell.drivers"), html.P(texts(f"cell.{reason}"), className="none"))
    bars = bars_of(found)
    usual = w.percent(probability_of(found.base))
    base_help = texts("waterfall.base_help", n=w.number(found.cells))
    rows = [_row(texts("waterfall.base"), "", _point(bars.base, "base"), usual, base_help)]
    for step, bar in zip(found.steps, bars.steps, strict=True):
        rows.append(_row(step.label, step.evidence, _bar(bar), step.factor, step.label))
    other = texts("waterfall.other_help")
    rows.append(_row(texts("waterfall.other"), "", _bar(bars.other), found.rest.factor, other))
    end = w.percent(probability_of(found.end))
    rows.append(_row(texts("waterfall.end"), "", _point(bars.end, f"end {cell.status}"), end, ""))
    axis = [
        html.Span(f"{100 * share:g}%", style={"left": f"{100 * at:.2f}%"})
        for at, share in bars.ticks
    ]
    scale = html.Div([html.Span(), html.Div(axis, className="fall-axis"), html.Span()],
                     className="fall", **parts.aria(hidden="true"))  # fmt: skip
    return panel(
        texts("cell.drivers"),
        html.Div([*rows, scale], className="falls"),
        note=summary(found, texts),
        name="drivers",
    )


def summary(found: Waterfall, texts: Texts) -> str:
    """The waterfall in one sentence."""
    return texts(
        "waterfall.summary",
        usual=w.percent(probability_of(found.base)),
        own=w.percent(probability_of(found.end)),
        factor=factor(found.end - found.base),
    )


def _row(label: str, evidence: str, mark: Component, value: str, hint: str) -> Component:
    told: list[Any] = [html.Span(label, className="fall-label")]
    if evidence:
        told.append(html.Span(evidence, className="fall-evidence"))
    return html.Div(
        [
            html.Div(told, className="fall-text", title=hint or None),
            html.Div(mark, className="fall-track"),
            html.Span(value, className="fall-value"),
        ],
        className="fall",
    )


def _bar(bar: Bar) -> Component:
    style = {"left": f"{100 * bar.left:.2f}%", "width": f"{100 * bar.width:.2f}%"}
    return html.Div(className=f"fall-bar {'up' if bar.up else 'down'}", style=style)


def _point(at: float, kind: str) -> Component:
    return html.Div(className=f"fall-point {kind}", style={"left": f"{100 * at:.2f}%"})

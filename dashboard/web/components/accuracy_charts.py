"""The charts of the record, each with its sentence."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard.exports.names import file_name
from dashboard.web.components import accuracy as panels
from dashboard.web.components.chart import chart
from dashboard.web.context import Look
from dashboard.web.figures import accuracy as figures
from dashboard.web.figures.theme import Figure
from dashboard.web.view import words as w
from dashboard.web.view.record import Covered, Record

MOST_REGIONS = 24
"""Regions shown, those that keep their intervals worst; the export has all of them."""


def charts(look: Look, told: Record, scale: float) -> list[Component]:
    """In the order of the page, two side by side; none without something to show."""
    made: list[Component] = []
    if told.weeks:
        made += _weekly(look, told, scale)
    if told.rules:
        made.append(_rules(look, told, scale))
    if told.bins:
        made.append(_calibration(look, told, scale))
    return made + [
        _coverage(look, measure, told.coverage[measure], scale)
        for measure in sorted(told.coverage, reverse=True)
    ]


def _panel(
    look: Look,
    figure: Figure,
    key: str,
    *,
    help: str = "",  # noqa: A002  the chart's word
    note: str = "",
    box: str = "",
    below: Sequence[Component] = (),
) -> Component:
    texts = look.words.texts
    title = texts(f"accuracy.{key}_title")
    return chart(
        figure,
        title=title,
        name=file_name(texts("accuracy.title"), title, note, suffix=".png"),
        help=texts(f"accuracy.{help}") if help else "",
        look=look,
        note=note,
        box=f"record-box {box}".strip(),
        below=list(below),
    )


def _weekly(look: Look, told: Record, scale: float) -> list[Component]:
    texts, words, theme = look.words.texts, look.words, look.theme
    fates = figures.weekly_fates(told.weeks, words=words, theme=theme, scale=scale)
    shares = figures.weekly_shares(told.weeks, words=words, theme=theme, scale=scale)
    return [
        _panel(look, fates, "weekly_fates", note=texts("accuracy.weekly_fates_note")),
        _panel(look, shares, "weekly", note=texts("accuracy.weekly_note")),
    ]


def _rules(look: Look, told: Record, scale: float) -> Component:
    texts = look.words.texts
    figure = figures.rules_figure(told.rules, words=look.words, theme=look.theme, scale=scale)
    sentence = html.P(panels.rules_sentence(told, texts), className="said small")
    table = panels.rules_table(told.rules, texts)
    return _panel(look, figure, "rules", help="rules_help", box="shallow", below=[sentence, table])


def _calibration(look: Look, told: Record, scale: float) -> Component:
    figure = figures.calibration_figure(told.bins, words=look.words, theme=look.theme, scale=scale)
    sentence = html.P(panels.calibration_sentence(told, look.words.texts), className="said small")
    return _panel(
        look, figure, "calibration", help="calibration_help", box="high", below=[sentence]
    )


def lead(look: Look, told: Record, scale: float) -> list[Component]:
    """How long before the first complaint a cell turned red; nothing where none came."""
    if not told.lead.hours:
        return []
    figure = figures.lead_figure(told.lead, words=look.words, theme=look.theme, scale=scale)
    return [_panel(look, figure, "lead", help="lead_help")]


def _coverage(look: Look, measure: str, rows: Sequence[Covered], scale: float) -> Component:
    texts = look.words.texts
    all_of_them = rows[0]
    regions = [row for row in rows if row.region_id is not None][:MOST_REGIONS]
    figure = figures.coverage_figure(regions, words=look.words, theme=look.theme, scale=scale)
    sentence = texts(
        "accuracy.covered_sentence",
        inside=w.number(all_of_them.inside.above),
        days=w.number(all_of_them.inside.below),
        share=w.percent(all_of_them.inside.value),
        below=w.number(all_of_them.below),
        above=w.number(all_of_them.above),
    )
    aheads = [
        texts("accuracy.covered_ahead", n=row.ahead, share=w.percent(row.inside.value))
        for row in rows
        if row.ahead is not None
    ]
    return _panel(
        look,
        figure,
        "covered",
        help="coverage_help",
        note=texts("accuracy.covered_note", measure=texts(f"accuracy.measure_{measure}")),
        box="tall",
        below=[
            html.P(sentence, className="said small"),
            html.P(" · ".join(aheads), className="panel-note"),
        ],
    )

"""Reports that are made by themselves: the rhythm, who gets them, what became of the last ones."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard.errors import DashboardError
from dashboard.reports.deliveries import FOLDER, Delivery
from dashboard.reports.history import ReportHistory
from dashboard.web.components import parts
from dashboard.web.context import Look
from dashboard.web.view import trend_words as tw

SHOWN = 12
_HEADS = ("report", "recipient", "state", "when")


def reports(look: Look, history: ReportHistory | None) -> Component | None:
    """The section; None in a replay (it belongs to the present), and where nobody tells."""
    if history is None or look.state.at_text:
        return None
    texts = look.words.texts
    head = html.Header([html.H2(texts("reports_page.title"))], className="chart-head")
    return html.Section([head, *_body(look, history)], className="panel trend-reports no-print")


def _body(look: Look, history: ReportHistory) -> list[Component]:
    texts, settings = look.words.texts, history.settings
    said: list[Component] = [html.P(_rhythm(look, history), className="panel-note")]
    try:
        found = history.newest(SHOWN)
    except DashboardError:
        return [*said, html.P(texts("reports_page.unread"), className="panel-note")]
    if found:
        heads = [html.Th(texts(f"reports_page.{name}"), scope="col") for name in _HEADS]
        table = [html.Thead(html.Tr(heads)), html.Tbody([_row(look, one) for one in found])]
        said.append(html.Div(html.Table(table, className="report-table"), **parts.data(rows="yes")))
    elif settings.every:
        said.append(html.P(texts("reports_page.none"), className="panel-note"))
    return said


def _rhythm(look: Look, history: ReportHistory) -> str:
    texts, settings = look.words.texts, history.settings
    if not settings.every:
        return texts("reports_page.off")
    kinds = texts("reports_page.and").join(texts(f"report.{unit}") for unit in settings.every)
    mails = len(settings.mail.to) if settings.mail else 0
    name = "with_mail" if mails else "files"
    return texts(f"reports_page.{name}", kinds=kinds, hour=f"{settings.hour:02d}:00", n=mails)


def _row(look: Look, one: Delivery) -> Component:
    texts, words = look.words.texts, look.words
    when = tw.period(words, one.period.unit, one.period.first, one.period.last)
    folder = texts("reports_page.folder")
    state = html.Span(
        texts(f"reports_page.{one.state}"),
        className=f"report-state {one.state}",
        title=texts(f"reports_page.{one.state}_help"),
    )
    next_at = []
    if one.next_at is not None:
        said = texts("reports_page.again", time=words.moment(one.next_at))
        next_at = [html.Small(said)]
    return html.Tr(
        [
            html.Td(f"{texts(f'report.{one.period.unit}')} {when}"),
            html.Td(folder if one.recipient == FOLDER else one.recipient),
            html.Td([state, *next_at], title=one.message or None),
            html.Td(words.moment(one.changed_at)),
        ]
    )

"""The next hours: the strip on the overview, and its board with works and events as a list."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.web.components import parts
from dashboard.web.components import wall as panels
from dashboard.web.context import Look
from dashboard.web.figures.outlook import Bars, hours_figure
from dashboard.web.figures.theme import Figure
from dashboard.web.view import words as w
from dashboard.web.view.marks import plain
from dashboard.web.view.wall import Wall
from dashboard.web.view.wall_hours import Plan

_LISTED = 8
_USUAL = timedelta(hours=1)  # of a plan without an end


def strip(wall: Wall, look: Look, scale: float, *, large: bool = False) -> Figure:
    """The figure of the strip."""
    return hours_figure(_bars(wall, look), look.wall_theme, scale, large=large)


def _bars(wall: Wall, look: Look) -> Bars:
    hours, words = wall.hours, look.words

    def local(moment: datetime) -> datetime:
        return moment.astimezone(words.zone).replace(tzinfo=None)

    now, until = local(hours.as_of), local(hours.as_of + timedelta(hours=hours.horizon_h))
    midnights = [now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=n)
                 for n in range(1, hours.horizon_h // 24 + 2)]  # fmt: skip
    days = [(day, words.day(day.date())) for day in midnights if now < day < until]
    # The rest of today has a name where there is room for it.
    if not days or days[0][0] - now >= timedelta(hours=19):
        days = [(now, words.day(now.date())), *days]
    days = [day for day in days if until - day[0] >= timedelta(hours=19)]
    return Bars(
        starts=[local(start) for start in hours.starts],
        expected=hours.expected,
        hovers=[
            words.texts("hours.hover", time=words.moment(start), value=w.expected(value))
            for start, value in zip(hours.starts, hours.expected, strict=True)
        ],
        days=days,
        plans=[
            (
                plan.kind,
                local(plan.starts),
                local(plan.ends or plan.starts + _USUAL),
                plain(f"{plan.what} · {plan.where} · {plan.when}"),
            )
            for plan in hours.plans
        ],
        now=now,
        until=until,
        empty=words.texts("hours.none"),
    )


def board(wall: Wall, look: Look, scale: float) -> list[Component]:
    """The strip large, and what is planned."""
    texts, hours = look.words.texts, wall.hours
    title = texts("outlook.title", hours=hours.horizon_h)
    if wall.scope.name:
        title = f"{title} · {wall.scope.name}"
    head = html.Div(
        [html.H2(title), html.Div(panels.hours_key(wall, texts), className="board-key")],
        className="board-head",
    )
    chart: Component = html.P(texts("hours.none"), className="board-none")
    if hours.starts:
        figure = strip(wall, look, scale, large=True)
        chart = parts.graph(figure, "board-graph", zoom=False, id="wall-hours-large")
    # Whoever has a pointer scrolls; a kiosk shows as many as there is room for.
    shown = hours.plans[:_LISTED] if look.state.kiosk else hours.plans
    lines: list[Any] = [_plan(plan) for plan in shown]
    if len(hours.plans) > len(shown):
        more = texts("outlook.more_plans", n=len(hours.plans) - len(shown))
        lines.append(html.Div(more, className="plan-more"))
    if not lines:
        lines = [html.P(texts("outlook.no_plans"), className="board-none")]
    return [
        head,
        chart,
        html.Div(
            [html.H3(texts("outlook.plans")), html.Div(lines, className="plan-list")],
            className="plans",
        ),
    ]


def _plan(plan: Plan) -> Component:
    inside = [
        html.I(className=f"lane {plan.kind}"),
        html.Span(plan.when, className="plan-when"),
        html.Span(plan.what, className="plan-what"),
        html.Span(plan.where, className="plan-where"),
    ]
    if plan.href is None:
        return html.Div(inside, className="plan")
    return dcc.Link(inside, href=plan.href, className="plan")

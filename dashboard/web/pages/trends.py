"""``/trends``: complaint rates for managers, and files to put in front of a board."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboard.exports.names import file_name
from dashboard.plain import absent
from dashboard.trends import held
from dashboard.trends.query import DIMENSIONS
from dashboard.web.components import league as leagues
from dashboard.web.components import parts, states
from dashboard.web.components import trends as shown
from dashboard.web.components.chart import chart
from dashboard.web.components.trend_export import exports, print_head
from dashboard.web.components.trend_reports import reports
from dashboard.web.context import Context, Look
from dashboard.web.view import trend_words as tw
from dashboard.web.view.maps import Screen
from dashboard.web.view.trend_choice import Choice, choose
from dashboard.web.view.trend_curves import SMALL, Drawing, main_figure, small_figure
from dashboard.web.view.trends import Trends, trends_of

PATH = "/trends"
# Heights of the charts' boxes in root units; assets/trends.css has the same.
_MAIN, _SMALL, _HALF = 24.0, 11.0, 44.0
_ROOT = 16


def layout(context: Context, look: Look, screen: Screen) -> Component:
    """Filters, key figures, main chart, small multiples, league, reports."""
    texts = look.words.texts
    if held.history_from(look.snapshot) is None:
        page = parts.message(texts("trends.none_title"), [texts("trends.none")])
        return states.desk(context, look, PATH, [page])
    choice = choose(look)
    found = trends_of(context, look, choice)
    size = screen.desk_scale
    body = _charts(look, choice, found, size) if not found.empty else [_nothing(look, choice)]
    league = leagues.league_of(context, look, choice)
    return states.desk(
        context,
        look,
        PATH,
        [
            print_head(look, choice, found),
            html.Div(
                [html.H1(texts("trends.title")), exports(look, choice)],
                className="trend-title no-print",
            ),
            shown.filters(look, choice, held.values(look.snapshot)),
            *body,
            html.Div(
                leagues.league_panels(look, choice, league, size=size, width=_HALF * _ROOT * size),
                className="league-row",
            ),
            *([told] if (told := reports(look, context.reports)) is not None else []),
        ],
    )


def skeleton() -> Component:
    """The ids of the page, for validation of callbacks."""
    return html.Div([*shown.skeleton(), dcc.Graph(id="trends-funnel")])


def register(app: dash.Dash, context: Context) -> None:
    """What is chosen goes into the address; the page follows the address."""

    @app.callback(
        Output("url", "href", allow_duplicate=True),
        *(Input(f"trends-{name}", "value") for name in shown.CONTROLS),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def choose_values(*given: str | None) -> object:
        *values, search = given
        state = context.state(search)
        present = choose(context.look(state))
        changes = changed(present, dict(zip(shown.CONTROLS, values, strict=True)))
        if not changes:
            raise dash.exceptions.PreventUpdate
        return state.here(PATH, **changes)

    @app.callback(
        Output("url", "href", allow_duplicate=True),
        Input("trends-funnel", "clickData"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def click(clicked: Mapping[str, Any] | None, search: str) -> object:
        data = (clicked or {}).get("points", [{}])[0].get("customdata")
        if not data:
            raise dash.exceptions.PreventUpdate
        state = context.state(search)
        region = str(data[0])
        return state.here(PATH, region=None if region == state.query.get("region") else region)


def changed(present: Choice, values: Mapping[str, str | None]) -> dict[str, str | None]:
    """What the controls say beyond the present choice, as changes of the address."""
    changes: dict[str, str | None] = {}
    for name in DIMENSIONS:
        if (values[name] or None) != present.query.filters.get(name):
            changes[name] = values[name] or None
    if (values["split"] or None) != present.split:
        changes["split"] = values["split"] or None
    first, last = present.query.first.isoformat(), present.query.last.isoformat()
    if values["from"] and values["to"] and (values["from"], values["to"]) != (first, last):
        changes |= {"from": values["from"], "to": values["to"], "range": None}
    return changes


def _charts(look: Look, choice: Choice, found: Trends, size: float) -> list[Component]:
    texts = look.words.texts
    drawing = Drawing(look, choice, found, size, _MAIN * _ROOT * size, _SMALL * _ROOT * size)
    where, measure = shown.where(look, found), choice.measure
    days = f"{found.query.first:%Y-%m-%d}_{found.query.last:%Y-%m-%d}"

    def name(of: str) -> str:
        return file_name(texts(f"trends_measure.{of}"), where, days, suffix=".png")

    per = texts("trends.main_note", per=texts(f"trends_by.{choice.query.by}"))
    unit = per if measure == "rate_per_10k" else texts(f"trends_unit.{measure}")
    main = chart(
        main_figure(drawing),
        title=texts(f"trends_measure.{measure}"),
        note=f"{where} · {unit}",
        name=name(measure),
        help=_help(look, choice, found),
        look=look,
        box="trend-main",
        tools=html.Div(shown.measures(look, choice), className="no-print"),
    )
    small = [m if m != measure else "rate_per_10k" for m in SMALL]
    if measure == "reply_p80_min":
        small = ["rate_per_10k" if m == "replies" else m for m in small]
    panels = [
        chart(
            small_figure(drawing, of),
            title=texts(f"trends_measure.{of}"),
            note=_note(look, found, of),
            name=name(of),
            help=texts(f"trends_help.{of}"),
            look=look,
            box="trend-small",
        )
        for of in small
    ]
    return [shown.head(look, choice, found), main, html.Div(panels, className="trend-panels")]


def _help(look: Look, choice: Choice, found: Trends) -> str:
    """What the measure is, and what the lines beside it are."""
    texts = look.words.texts
    lines = [texts(f"trends_help.{choice.measure}")]
    if found.parts is None:
        lines.append(texts("trends_help.last_year"))
        if choice.measure == "rate_per_10k":
            lines.append(texts("trends_help.target"))
        if choice.measure in ("rate_per_10k", "tickets"):
            lines.append(texts("trends_help.forecast"))
    return "\n".join(lines)


def _note(look: Look, found: Trends, measure: str) -> str:
    """The newest whole value and its unit."""
    texts, at = look.words.texts, found.current
    unit = texts(f"trends_unit.{measure}")
    if at is None or measure not in found.table.columns:
        return unit
    value = found.table[measure].iloc[at]
    return unit if absent(value) else f"{tw.value(look.words, measure, value)} · {unit}"


def _nothing(look: Look, choice: Choice) -> Component:
    texts = look.words.texts
    said = [html.P(texts("trends.empty_range")), html.P(texts("trends.empty_range_hint"))]
    return html.Section([*said, *shown.ignored(look, choice)], className="panel none trend-empty")

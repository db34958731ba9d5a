"""``/accuracy``: what became of every forecast, in public and in words for everybody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import dash
import dash_mantine_components as dmc
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboard.errors import SnapshotError
from dashboard.web.components import accuracy as panels
from dashboard.web.components import accuracy_charts as charts
from dashboard.web.components import accuracy_days as single
from dashboard.web.components import accuracy_orders as orders
from dashboard.web.components import bar, parts, states
from dashboard.web.components.accuracy_head import SELECTS, head, query_of
from dashboard.web.context import Context, Look
from dashboard.web.view.accuracy import record, since_of
from dashboard.web.view.maps import Screen
from dashboard.web.view.record import Chosen, Record
from dashboard.web.view.state import BadQueryError
from forecasting.fates.due import RECORDING

PATH = single.PATH


def layout(context: Context, look: Look, screen: Screen) -> Component:
    """The whole record; what is chosen is in the address."""
    chosen = Chosen.parse(look.state.query)
    told = told_record(context, look, chosen)
    unjudged = [_nothing(look)] if told.empty and not told.coverage else []
    if unjudged and not told.orders.orders:
        return states.desk(context, look, PATH, unjudged)
    body = _body(context, look, told, screen.desk_scale)
    content = [head(context, look, told), *unjudged, *body]
    return states.following(states.desk(context, look, PATH, content), "accuracy")


def frame(look: Look, screen: Screen) -> str:
    """A day, a list or a search changes the list alone."""
    state = look.state
    kinds = (state.language, state.ground, state.palette, state.kiosk, state.at_text)
    return f"{kinds}|{look.version}|{Chosen.parse(state.query)}|{screen.width}x{screen.height}"


def skeleton() -> Component:
    """The ids of the page, for validation of callbacks."""
    return html.Div(
        [
            *(dmc.Select(id=f"accuracy-{name}", data=[]) for name in SELECTS),
            dmc.TextInput(id="accuracy-search"),
            html.Div(id="accuracy-days"),
            html.Div(id="accuracy-bar"),
            dcc.Store(id="accuracy-address"),
        ]
    )


def register(app: dash.Dash, context: Context) -> None:
    """Choices go into the address; the list follows it."""

    @app.callback(
        Output("url", "href", allow_duplicate=True),
        [Input(f"accuracy-{name}", "value") for name in SELECTS],
        Input("accuracy-search", "value"),
        State("url", "search"),
        State("url", "pathname"),
        prevent_initial_call=True,
    )
    def choose(*given: str | None) -> object:
        *values, q, search, path = given
        state = context.state(search)
        chosen = {
            name: value or None
            for name, value in zip(("region_id", "cause", "technology"), values, strict=True)
        }
        chosen["q"] = (q or "").strip() or None
        if path != PATH or all((state.query.get(k) or None) == v for k, v in chosen.items()):
            raise dash.exceptions.PreventUpdate
        if chosen["q"] != (state.query.get("q") or None):
            chosen["day"] = None
        return state.href(PATH, **{**query_of(state), **chosen})

    @app.callback(
        Output("accuracy-bar", "children"),
        Output("accuracy-days", "children"),
        Input("accuracy-address", "data"),
        State("url", "search"),
        State("url", "pathname"),
        prevent_initial_call=True,
    )
    def follow(_: str | None, search: str, path: str) -> object:
        if path != PATH:
            raise dash.exceptions.PreventUpdate
        try:
            look = context.look(context.state(search))
        except (SnapshotError, BadQueryError):
            raise dash.exceptions.PreventUpdate from None
        return bar.desk_bar(context, look, PATH), _days(
            context, look, Chosen.parse(look.state.query)
        )


def told_record(context: Context, look: Look, chosen: Chosen) -> Record:
    """The record of a snapshot, made once."""
    key = ("accuracy", look.snapshot.id, chosen)
    return context.memo.get(key, lambda: record(look.snapshot, chosen))


def _body(context: Context, look: Look, told: Record, scale: float) -> list[Component]:
    texts, words = look.words.texts, look.words
    made: list[Component] = []
    if not told.empty:
        horizon = look.snapshot.manifest.horizon_h
        made += [
            html.Div(
                [panels.reds_panel(told, words, horizon), panels.misses_panel(told, words)],
                className="halves",
            ),
            panels.key_figures(told, words),
            *orders.every_red(told.orders, texts),
        ]
    if told.orders.orders or not told.chosen.everything:
        both = [orders.orders_panel(told.orders, texts), orders.causes_panel(told.orders, words)]
        made.append(html.Div(both, className="halves"))
    key = (
        "record",
        look.snapshot.id,
        told.chosen,
        look.state.language,
        look.theme.ground,
        look.theme.palette,
        scale,
    )
    drawn, lead = context.memo.get(
        key, lambda: (charts.charts(look, told, scale), charts.lead(look, told, scale))
    )
    made += [html.Div(drawn[n : n + 2], className="halves") for n in range(0, len(drawn), 2)]
    if not told.chosen.everything:
        made.append(html.P(texts("accuracy.whole_city"), className="panel-note"))
    if not told.empty:
        made += [
            html.Div(
                [
                    panels.groups(told, "region", words),
                    html.Div(
                        [
                            panels.groups(told, "cause", words),
                            panels.groups(told, "technology", words),
                            *lead,
                        ],
                        className="stack",
                    ),
                ],
                className="halves",
            ),
            html.Section(
                [
                    html.Header(
                        [
                            html.H2(
                                texts("accuracy.days_title"),
                                title=texts("accuracy.days_help"),
                                className="has-help",
                            ),
                            _search(look),
                        ],
                        className="days-head",
                    ),
                    html.Div(_days(context, look, told.chosen), id="accuracy-days"),
                ],
                className="panel",
            ),
        ]
    return made


def _search(look: Look) -> Component:
    texts = look.words.texts
    field: Any = dmc.TextInput
    made: Component = field(
        id="accuracy-search",
        value=query_of(look.state).get("q", ""),
        placeholder=texts("accuracy.search"),
        debounce=300,
        className="record-search",
        **parts.aria(label=texts("accuracy.search_label")),
        **parts.data(search="yes"),
    )
    return made


def _days(context: Context, look: Look, chosen: Chosen) -> list[Component]:
    """The strip of days and the list; of the newest day when none is chosen."""
    texts, words, query = look.words.texts, look.words, query_of(look.state)
    day, name, fate, q = single.chosen_list(query)
    since = since_of(look.snapshot, chosen.weeks)
    judged = context.memo.get(
        ("accuracy-days", look.snapshot.id, chosen),
        lambda: look.snapshot.rows("record_days", chosen.of_cells()),
    )
    days = [row for row in judged if row["day"] >= since]
    if q is None and day is None and days:
        day = days[-1]["day"]
    asked = {
        **single.parameters(chosen, name, fate),
        "day": None if q else day,
        "since": since,
        "q": q,
        "limit": single.SHOWN + 1,
    }
    rows = context.memo.get(
        ("accuracy-list", look.snapshot.id, *asked.values()),
        lambda: look.snapshot.rows("record_forecasts", asked),
    )
    title = texts("accuracy.list_of_search", q=q) if q else ""
    if not q and day is not None:
        as_of = next((row["as_of"] for row in days if row["day"] == day), None)
        time = words.time(as_of) if as_of is not None else ""
        title = texts("accuracy.list_of_day", day=words.day(day), time=time)
    return [
        html.Div(
            [
                single.strip(look, days, None if q else day, query),
                html.Div(
                    [
                        html.Div(
                            [html.H3(title), single.tabs(look, name, fate, query)],
                            className="list-head",
                        ),
                        single.forecasts(look, rows, missed=name == "miss"),
                    ],
                    className="day-list",
                ),
            ],
            className="days-body",
        )
    ]


def _nothing(look: Look) -> Component:
    """Why there is no record yet, and when the first verdict comes."""
    texts, words = look.words.texts, look.words
    [oldest] = look.snapshot.rows("record_oldest")
    second, made = texts("accuracy.empty_none"), oldest["made"]
    if made is not None:
        due = made + timedelta(hours=look.snapshot.manifest.horizon_h) + RECORDING
        second = texts("accuracy.empty_first", made=words.moment(made), due=words.moment(due))
    return parts.message(texts("accuracy.empty_title"), [texts("accuracy.empty"), second])

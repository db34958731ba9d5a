"""``/data``: what arrived, what is missing, what was rejected, and how the jobs run."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import dash
import dash_mantine_components as dmc
from dash import ALL, Input, Output, State, ctx, dcc, html
from dash.development.base_component import Component

from dashboard.errors import DashboardError, SnapshotError
from dashboard.exports.names import file_name
from dashboard.ops.desk import Told
from dashboard.ops.errors import OpsError
from dashboard.web.api.local import require_local
from dashboard.web.components import bar, jobs, outbox, parts, states
from dashboard.web.components import data as panels
from dashboard.web.components.chart import chart
from dashboard.web.context import Context, Look
from dashboard.web.figures.calendar import calendar_figure
from dashboard.web.figures.jobs import runs_figure
from dashboard.web.view import data as view
from dashboard.web.view.maps import Screen
from dashboard.web.view.state import BadQueryError, ViewState
from ingest.clock import SystemClock

PATH = "/data"
TICK_MS = 2000
FILTERS = ("source", "feed", "reason")


def layout(context: Context, look: Look, screen: Screen) -> Component:
    """Warnings first, then sources, completeness, rejected rows, structure, jobs, places."""
    texts, words = look.words.texts, look.words
    told = _told(context)
    content: list[Any] = [
        html.Section(
            [
                html.H1(texts("data.title")),
                html.P(texts("data.lead")),
                html.P(texts("data.as_of", time=words.full_moment(look.snapshot.manifest.as_of))),
            ],
            className="record-words",
        ),
        html.Div([panels.flaws(look), panels.deliveries(look)], className="data-top"),
        *_calendars(context, look, screen.desk_scale),
        html.Div(_jobs(context, look, told, screen.desk_scale), id="data-ops"),
        html.Div(outbox.panel(context, look), id="outbox-panel"),
        html.Section(
            [
                html.Header(
                    [
                        html.H2(
                            texts("data.rejected"),
                            title=texts("data.rejected_help"),
                            className="has-help",
                        ),
                        *_filters(look),
                    ],
                    className="data-head",
                ),
                *panels.rejected_days(look),
                html.Div(_rejected(look), id="data-rejected"),
            ],
            className="panel",
        ),
        html.Div([panels.refused(look), panels.drift(look)], className="halves"),
        html.Div([panels.places(look), *panels.incomplete(look)], className="halves"),
        dcc.Interval(id="data-tick", interval=TICK_MS),
        dcc.Store(id="data-seen", data=_version(told)),
        html.Div(id="data-said", className="data-said", role="status"),
        outbox.store(context),
        html.Div(id="outbox-said", className="data-said", role="status"),
    ]
    return states.following(states.desk(context, look, PATH, content), "data")


def frame(look: Look, screen: Screen) -> str:
    """Filters of the rejected rows change their list alone."""
    state = look.state
    kinds = (state.language, state.ground, state.palette, state.kiosk, state.at_text)
    return f"{kinds}|{look.version}|{screen.width}x{screen.height}"


def skeleton() -> Component:
    """The ids of the page, for validation of callbacks."""
    return html.Div(
        [
            *(dmc.Select(id=f"data-{name}", data=[]) for name in FILTERS),
            html.Div(id="data-rejected"),
            html.Div(id="data-bar"),
            dcc.Store(id="data-address"),
            html.Div(id="data-ops"),
            html.Div(id="data-said"),
            dcc.Interval(id="data-tick"),
            dcc.Store(id="data-seen"),
            *outbox.skeleton(),
        ]
    )


def register(app: dash.Dash, context: Context) -> None:
    """Filters go into the address; jobs are looked at anew every few seconds, and asked for."""
    outbox.register(app, context, PATH, "data-tick")

    @app.callback(
        Output("url", "href", allow_duplicate=True),
        [Input(f"data-{name}", "value") for name in FILTERS],
        State("url", "search"),
        State("url", "pathname"),
        prevent_initial_call=True,
    )
    def choose(*given: str | None) -> object:
        *values, search, path = given
        state = context.state(search)
        chosen = {name: value or None for name, value in zip(FILTERS, values, strict=True)}
        if path != PATH or chosen == view.chosen_rows(state.query):
            raise dash.exceptions.PreventUpdate
        return state.href(PATH, **chosen)

    @app.callback(
        Output("data-bar", "children"),
        Output("data-rejected", "children"),
        Input("data-address", "data"),
        State("url", "search"),
        State("url", "pathname"),
        prevent_initial_call=True,
    )
    def follow(_: str | None, search: str, path: str) -> object:
        look = _look(context, search, path)
        return bar.desk_bar(context, look, PATH), _rejected(look)

    @app.callback(
        Output("data-ops", "children"),
        Output("data-seen", "data"),
        Output("data-said", "children"),
        Input("data-tick", "n_intervals"),
        Input({"type": "data-ask", "job": ALL, "source": ALL}, "n_clicks"),
        State("data-seen", "data"),
        State("url", "search"),
        State("url", "pathname"),
        State("screen", "data"),
        prevent_initial_call=True,
    )
    def work(
        _: int | None,
        clicks: list[int | None],
        seen: str | None,
        search: str,
        path: str,
        size: dict[str, float] | None,
    ) -> object:
        look = _look(context, search, path)
        said: Any = dash.no_update
        asked = ctx.triggered_id
        if isinstance(asked, dict) and any(clicks) and ctx.triggered[0]["value"]:
            said = _ask(context, look, str(asked["job"]), str(asked["source"]))
        told = _told(context)
        version = _version(told)
        if version == seen and said is dash.no_update:
            raise dash.exceptions.PreventUpdate
        screen = Screen(size["w"], size["h"]) if size else Screen(1920, 1080)
        return _jobs(context, look, told, screen.desk_scale), version, said


def _look(context: Context, search: str, path: str) -> Look:
    if path != PATH:
        raise dash.exceptions.PreventUpdate
    try:
        return context.look(context.state(search))
    except (SnapshotError, BadQueryError):
        raise dash.exceptions.PreventUpdate from None


def _ask(context: Context, look: Look, job: str, source: str) -> str:
    """Write the request down; empty, or why it was not."""
    texts = look.words.texts
    if look.state.at_text or context.ops is None:
        return texts("data.not_here")
    try:
        by = require_local()
        context.ops.ask(job, source, SystemClock().now(), by)
    except DashboardError as error:
        return texts("data.asked_failed", reason=str(error))
    return ""


def _told(context: Context) -> Told | OpsError | None:
    """What the ops database says; the error when it cannot be read; None where there is none."""
    if context.ops is None:
        return None
    try:
        return context.ops.told()
    except OpsError as error:
        return error


def _version(told: Told | OpsError | None) -> str:
    """Changes whenever the panel of jobs has to be drawn anew."""
    if not isinstance(told, Told):
        return str(told)
    runs = [(run.id, run.outcome) for run in told.runs[:40]]
    asked = [(request.id, request.state) for request in told.requests[:40]]
    return f"{hash((tuple(runs), tuple(asked)))}|{told.worker_lives(SystemClock().now())}"


def _jobs(
    context: Context, look: Look, told: Told | OpsError | None, scale: float
) -> list[Component]:
    texts, words = look.words.texts, look.words
    if not isinstance(told, Told) or context.ops is None:
        lines = [html.P(texts("data.no_ops"), className="none")]
        if isinstance(told, OpsError):
            lines = [
                html.P(texts("data.ops_failed", reason=str(told)), className="failure"),
                html.P(texts("data.ops_todo"), className="panel-note"),
            ]
        return [panels.panel(texts, "jobs", lines)]
    now, replay = SystemClock().now(), bool(look.state.at_text)
    listed = view.jobs(told, context.ops.jobs())
    body: list[Component] = [jobs.jobs_table(listed, told, now, words, replay=replay)]
    if not told.runs:
        body.append(html.P(texts("data.no_jobs"), className="panel-note"))
    if replay:
        body.append(html.P(texts("data.ops_now"), className="panel-note"))
    worker = jobs.worker_line(told, now, words)
    made = [panels.panel(texts, "jobs", body, beside=worker)]
    names = {
        job: jobs.job_name(texts, job, "").strip()
        for job in dict.fromkeys(each.job for each in listed)
        if any(run.job == job and run.seconds is not None for run in told.runs)
    }
    if names:
        figure = runs_figure(told.runs, names, words=words, theme=look.theme, scale=scale)
        made.append(
            chart(
                figure,
                title=texts("data.runs"),
                name=file_name(texts("data.runs"), suffix=".png"),
                help=texts("data.runs_help"),
                look=look,
                note=texts("data.runs_note"),
                box="runs-box",
            )
        )
    return [html.Div(made, className="data-jobs")]


def _calendars(context: Context, look: Look, scale: float) -> list[Component]:
    """One calendar a source, side by side; drawn once for a snapshot, a language and a theme."""
    key = (
        "calendars",
        look.snapshot.id,
        look.state.language,
        look.theme.ground,
        look.theme.palette,
        scale,
    )
    return context.memo.get(key, lambda: _drawn_calendars(look, scale))


def _drawn_calendars(look: Look, scale: float) -> list[Component]:
    texts = look.words.texts
    hours = look.snapshot.frame("quality_all_hours")
    if hours.empty:
        none = html.P(texts("data.no_calendar"), className="none")
        return [panels.panel(texts, "calendar", [none])]
    made = []
    for source, part in hours.groupby("source", sort=True):
        share = panels.share_text(
            float(part["intervals_present"].sum()), float(part["intervals_expected"].sum())
        )
        figure = calendar_figure(part, words=look.words, theme=look.theme, scale=scale)
        made.append(
            chart(
                figure,
                title=texts("data.calendar"),
                name=file_name(texts("data.calendar"), str(source), suffix=".png"),
                help=texts("data.calendar_help"),
                look=look,
                note=texts("data.calendar_note", source=source, share=share),
                box="calendar-box",
            )
        )
    return [html.Div(made, className="halves")]


def _filters(look: Look) -> list[Component]:
    texts, chosen = look.words.texts, view.chosen_rows(look.state.query)
    rows = look.snapshot.rows("quality_rejected_values")
    made: list[Component] = []
    for name in FILTERS:
        values = sorted({row[name] for row in rows if row[name]})
        word = {"feed": panels.feed, "reason": panels.reason}.get(name)
        labels = [word(texts, value) if word else value for value in values]
        select: Any = dmc.Select
        made.append(
            select(
                id=f"data-{name}",
                data=[{"value": v, "label": t} for v, t in zip(values, labels, strict=True)],
                value=chosen[name] if chosen[name] in values else None,
                placeholder=texts(
                    "data.every_reason" if name == "reason" else f"data.column_{name}"
                ),
                clearable=True,
                className="record-select",
                **parts.aria(label=texts(f"data.column_{name}")),
            )
        )
    return [html.Div(made, className="data-filters")]


def _rejected(look: Look) -> list[Component]:
    texts, chosen = look.words.texts, view.chosen_rows(look.state.query)
    rows = look.snapshot.rows("quality_rejected_rows", {**chosen, "limit": panels.SHOWN})
    made = panels.rejected_table(look, rows)
    if rows:
        kept = {name: value for name, value in chosen.items() if value is not None}
        files = [
            html.A(kind.upper(), href=_export(look.state, kept, kind), className="chip")
            for kind in ("csv", "xlsx")
        ]
        label = html.Span(texts("data.export"), className="panel-note")
        made.append(html.Div([label, *files], className="chips export no-print"))
    return made


def _export(state: ViewState, kept: dict[str, str], kind: str) -> str:
    told = {"table": "rejected_rows", **kept, "lang": state.language, "format": kind}
    told |= {"at": state.at_text} if state.at_text else {}
    return f"/api/v1/data?{urlencode(told)}"

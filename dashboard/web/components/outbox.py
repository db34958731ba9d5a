"""Messages about orders to others: how each endpoint fares, what was not taken, and again."""

from __future__ import annotations

from typing import Any

import dash
from dash import ALL, Input, Output, State, ctx, dcc, html
from dash.development.base_component import Component
from sqlalchemy import Engine

from dashboard.dispatch.model import name_of
from dashboard.dispatch.outbound.desk import OutboxDesk, Told
from dashboard.dispatch.outbound.message import Message
from dashboard.dispatch.outbound.message import State as MessageState
from dashboard.errors import DashboardError
from dashboard.ops.errors import OpsError
from dashboard.web.api.local import require_local
from dashboard.web.components import parts
from dashboard.web.components.cell import table
from dashboard.web.context import Context, Look
from ingest.clock import SystemClock

_SHOWN: tuple[MessageState, ...] = ("sent", "waiting", "dead", "unsure")
_MESSAGE, _ENDPOINT, _DROP = "m:", "e:", "d:"


def panel(context: Context, look: Look) -> list[Component]:
    """The panel; nothing where nobody is told of orders."""
    return _drawn(look, _told(context))


def store(context: Context) -> Component:
    """What the page has seen of it."""
    return dcc.Store(id="outbox-seen", data=_version(_told(context)))


def skeleton() -> list[Component]:
    """The ids, for validation of callbacks."""
    return [html.Div(id="outbox-panel"), dcc.Store(id="outbox-seen"), html.Div(id="outbox-said")]


def register(app: dash.Dash, context: Context, path: str, tick: str) -> None:
    """Drawn anew when something changed; buttons ask for messages to be sent again.

    Args:
        app: the application.
        context: its parts.
        path: of the page that shows it.
        tick: id of its interval.
    """

    @app.callback(
        Output("outbox-panel", "children"),
        Output("outbox-seen", "data"),
        Output("outbox-said", "children"),
        Input(tick, "n_intervals"),
        Input({"type": "outbox-again", "of": ALL}, "n_clicks"),
        State("outbox-seen", "data"),
        State("url", "search"),
        State("url", "pathname"),
        prevent_initial_call=True,
    )
    def work(
        _: int | None, clicks: list[int | None], seen: str | None, search: str, at: str
    ) -> object:
        if at != path:
            raise dash.exceptions.PreventUpdate
        said: Any = dash.no_update
        asked = ctx.triggered_id
        try:
            look = context.look(context.state(search))
            if isinstance(asked, dict) and any(clicks) and ctx.triggered[0]["value"]:
                said = _again(context, look, str(asked["of"]))
        except DashboardError:
            raise dash.exceptions.PreventUpdate from None
        told = _told(context)
        version = _version(told)
        if version == seen and said is dash.no_update:
            raise dash.exceptions.PreventUpdate
        return _drawn(look, told), version, said


def _again(context: Context, look: Look, of: str) -> str:
    """Ask for it; empty, or why it was not done."""
    texts, desk = look.words.texts, _desk(context)
    if look.state.at_text or desk is None:
        return texts("data.not_here")
    try:
        by, now = require_local(), SystemClock().now()
        if of.startswith(_ENDPOINT):
            done, refused = desk.resend_all(of.removeprefix(_ENDPOINT), by, now)
        elif of.startswith(_DROP):
            desk.drop([int(of.removeprefix(_DROP))], by)
            return ""
        else:
            done, refused = desk.resend([int(of.removeprefix(_MESSAGE))], by, now)
    except (DashboardError, ValueError) as error:
        return texts("data.asked_failed", reason=str(error))
    if refused and not done:
        return texts("data.asked_failed", reason=next(iter(refused.values())))
    return ""


def _desk(context: Context) -> OutboxDesk | None:
    desk = context.dispatch
    if desk is None:
        return None

    def reader() -> Engine | None:
        tables = desk.reading()
        return None if tables is None else tables.engine

    return OutboxDesk(desk.settings.outbound, reader, lambda: desk.orders().engine)


def _told(context: Context) -> Told | OpsError | None:
    desk = _desk(context)
    try:
        return None if desk is None else desk.told()
    except OpsError as error:
        return error


def _version(told: Told | OpsError | None) -> str:
    if not isinstance(told, Told):
        return str(told)
    stuck = [(message.id, message.state, message.changed_at) for message in told.troubles]
    return str(hash((str(told.counts), tuple(stuck))))


def _drawn(look: Look, told: Told | OpsError | None) -> list[Component]:
    texts = look.words.texts
    if told is None or (isinstance(told, Told) and not told.counts):
        return []
    head = html.H2(texts("outbox.title"), title=texts("outbox.title_help"), className="has-help")
    if isinstance(told, OpsError):
        line = html.P(texts("data.ops_failed", reason=str(told)), className="failure")
        return [html.Section([head, line], className="panel")]
    replay = bool(look.state.at_text)
    heads = [texts("outbox.endpoint"), *(texts(f"outbox.{state}") for state in _SHOWN), ""]
    rows = [
        [
            name,
            *(
                html.Span(str(each[state]), className="bad" if _bad(state, each[state]) else None)
                for state in _SHOWN
            ),
            _button(texts("outbox.resend_all"), f"{_ENDPOINT}{name}", name, replay)
            if each["dead"]
            else html.Span(),
        ]
        for name, each in told.counts.items()
    ]
    body = [head, html.Div(table(heads, rows, ""), className="wide outbox")]
    if told.troubles:
        body.append(_troubles(look, told.troubles, replay=replay))
    if replay:
        body.append(html.P(texts("data.ops_now"), className="panel-note"))
    return [html.Section(body, className="panel")]


def _troubles(look: Look, troubles: tuple[Message, ...], *, replay: bool) -> Component:
    texts, words, now = look.words.texts, look.words, SystemClock().now()
    keys = ("changed", "order", "what", "to", "state", "why")
    heads = [*(texts(f"outbox.{key}") for key in keys), ""]
    rows = [
        [
            words.short_moment(message.changed_at, now),
            html.A(
                name_of(message.order_id),
                href=look.state.href(f"/dispatch/{name_of(message.order_id)}"),
            ),
            texts(f"outbound.event.{message.event_kind}"),
            message.recipient or message.endpoint,
            _state(look, message),
            html.Div(message.message, className="wrap"),
            html.Div(_buttons(look, message, replay)),
        ]
        for message in troubles
    ]
    return html.Div(table(heads, rows, ""), className="wide outbox")


def _buttons(look: Look, message: Message, replay: bool) -> list[Component]:
    """What a person may do with it; nothing while it is tried again by itself."""
    if message.state == "waiting":
        return []
    texts, about = look.words.texts, f"{name_of(message.order_id)} {message.endpoint}"
    return [
        _button(texts("outbox.resend"), f"{_MESSAGE}{message.id}", about, replay),
        _button(texts("outbox.drop"), f"{_DROP}{message.id}", about, replay),
    ]


def _state(look: Look, message: Message) -> Component:
    texts, now = look.words.texts, SystemClock().now()
    if message.next_at is None:
        return html.Span(texts(f"outbox.{message.state}"), className="bad")
    when = look.words.short_moment(message.next_at, now)
    return html.Span(texts("outbox.again_at", n=message.attempts, time=when))


def _bad(state: str, number: int) -> bool:
    return state in ("dead", "unsure") and number > 0


def _button(text: str, of: str, about: str, replay: bool) -> Component:
    return html.Button(
        text,
        id={"type": "outbox-again", "of": of},
        type="button",
        n_clicks=0,
        disabled=replay,
        className="ask",
        **parts.aria(label=f"{text} · {about}"),
    )

"""The parts of the board of work orders: its places, what one chooses from, and the dialog.

What follows events is drawn by the browser (assets/dispatch*.js).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboard.dispatch.states import State
from dashboard.web.components import parts, who
from dashboard.web.context import Look
from dashboard.web.i18n import Texts
from dashboard.web.view.dispatch_cards import AT_DESK
from dashboard.web.view.dispatch_query import MOST_MARKED, SORTS, VIEWS, BoardQuery
from dashboard.web.view.order_words import REJECT, REOPEN, SIGNS

SELECTS = ("region_id", "team", "cause")
BUTTONS = ("accept", "dispatch", "dispatch_to", "assign", "reject", "cancel", "reopen", "close",
           "comment")  # fmt: skip
_REASONS: Mapping[str, tuple[str, ...]] = {
    "reject": REJECT,
    "cancel": ("duplicate", "planned_works", "recovered", "other"),
    "reopen": REOPEN,
}
_TOLD = (
    "late", "failed", "offline", "working", "selected", "selected_none", "most",
    "avoided", "avoided_help", "users_help", "age", "left", "over", "since",
    "minutes", "hours", "long_hours", "days", "card", "open_orders", "fold",
    "unfold", "every",
    "late_chip", "late_help", "mine", "mine_help", "mine_name", "clear", "select_column",
    "unselect", "map_label", "map_lost", "map_failed", "dialog_note_needed", "table_label",
)  # fmt: skip


def controls(
    look: Look, query: BoardQuery, choices: Mapping[str, Any], *, acting: bool
) -> list[Component]:
    """Search, lists, view, order, and (where steps can be taken) who acts."""
    texts = look.words.texts
    label = texts("dispatch.search")
    box: Any = dmc.TextInput
    search = box(
        id="dispatch-search",
        value=query.q,
        placeholder=label,
        debounce=250,
        className="dp-search",
        **{"data-search": "yes", "aria-label": label},
    )
    return [
        html.Div(search, title=texts("dispatch.search_help"), className="dp-search-box"),
        *(_select(texts, query, name, choices[name]) for name in SELECTS),
        _switch(look, "view", VIEWS, query.view),
        _switch(look, "sort", SORTS, query.sort),
        *([who.field(texts)] if acting else []),
    ]


def select_id(name: str) -> str:
    """The id of a list to choose from."""
    return f"dispatch-{name.removesuffix('_id')}"


def _select(texts: Texts, query: BoardQuery, name: str, choices: Any) -> Component:  # noqa: ANN401
    every = texts(f"dispatch.every_{name}")
    select: Any = dmc.Select
    made: Component = select(
        id=select_id(name),
        data=choices,
        value=getattr(query, name) or None,
        placeholder=every,
        clearable=True,
        searchable=True,
        nothingFoundMessage=texts("dispatch.nothing_found"),
        className="dp-select",
        **{"aria-label": every},
    )
    return made


def _switch(look: Look, name: str, values: tuple[str, ...], chosen: str) -> Component:
    """One of some values, as buttons side by side; the browser writes it into the address."""
    texts = look.words.texts
    buttons = [
        html.Button(
            texts(f"dispatch.{name}.{value}"),
            className="dp-switch-one here" if value == chosen else "dp-switch-one",
            title=texts.get(f"dispatch.{name}_help.{value}") or "",
            **parts.data(value=value),
            **parts.aria(pressed="true" if value == chosen else "false"),
        )
        for value in values
    ]
    return html.Div(
        buttons,
        className="dp-switch",
        role="group",
        **parts.aria(label=texts(f"dispatch.{name}s")),
        **parts.data(switch=name),
    )


def line(look: Look) -> list[Component]:
    """Chips of states, the count, files."""
    texts = look.words.texts
    files = [
        html.A(
            form.upper(),
            className=f"dp-tool file {form}",
            title=texts(f"dispatch.export_{form}"),
            download="",
            **parts.data(form=form),
            **parts.aria(label=texts(f"dispatch.export_{form}")),
        )
        for form in ("csv", "xlsx")
    ]
    return [
        html.Div(className="chips dp-chips", role="group",
                 **parts.aria(label=texts("dispatch.states"))),
        html.P(className="dp-count", title=texts("dispatch.count_help"),
               **parts.aria(live="polite")),
        html.Div(files, className="dp-tools", role="group",
                 **parts.aria(label=texts("dispatch.export"))),
    ]  # fmt: skip


def teams(look: Look) -> Component:
    """The place of the strip of teams."""
    texts = look.words.texts
    return html.Section(
        [
            html.H2(
                [html.Span(texts("dispatch.teams")), html.Span(className="dp-teams-count")],
                className="dp-teams-title",
                title=texts("dispatch.teams_help"),
            ),
            html.Div(className="dp-teams-list"),
        ],
        className="dp-teams",
    )


def place(look: Look) -> Component:
    """The map's place with its legend: drawn by the browser, said in words by the cards."""
    texts = look.words.texts
    buttons = [
        html.Button(
            sign,
            className=f"cells-map-tool {name}",
            title=texts(f"dispatch.map_{name}"),
            **parts.aria(label=texts(f"dispatch.map_{name}")),
        )
        for name, sign in (("in", "+"), ("out", "−"), ("all", "⤢"))
    ]
    shown: tuple[State, ...] = (
        "proposed", "reopened", "accepted", "dispatched", "on_site", "repaired", "verified",
    )  # fmt: skip
    legend = [
        *(
            html.Li([html.Span(SIGNS[state], className=f"dp-sign {state}", **_hidden()),
                     html.Span(texts(f"order_state.{state}"))])
            for state in shown
        ),
        html.Li([html.Span("○", className="dp-sign late", **_hidden()),
                 html.Span(texts("dispatch.lateness.missed"))]),
        html.Li([html.Span("▣", className="dp-sign base", **_hidden()),
                 html.Span(texts("dispatch.map_base"))]),
        html.Li([html.Span("—", className="dp-sign way", **_hidden()),
                 html.Span(texts("dispatch.map_way"))]),
    ]  # fmt: skip
    return html.Div(
        [
            html.Div(
                [
                    html.Canvas(className="dp-canvas", role="img", tabIndex=-1),
                    html.Div(className="dp-tip", **_hidden()),
                    html.Div(buttons, className="cells-map-tools", role="group"),
                    html.Div(className="dp-map-state"),
                ],
                className="dp-map panel",
            ),
            html.Ul(legend, className="dp-legend"),
        ],
        className="dp-side",
    )


def actions(look: Look) -> Component:
    """What can be done with the selected orders; it is always there, so that nothing jumps."""
    texts = look.words.texts
    buttons = [
        html.Button(
            [html.Span(texts(f"dispatch.act.{name}")), html.Span(className="dp-act-count")],
            className=f"dp-act {name}",
            title=texts(f"dispatch.act_help.{name}"),
            disabled=True,
            **parts.data(act=name),
        )
        for name in BUTTONS
    ]
    return html.Div(
        [
            html.Div(texts("dispatch.selected_none"), className="dp-selected",
                     **parts.aria(live="polite")),
            html.Div(buttons, className="dp-acts", role="group",
                     **parts.aria(label=texts("dispatch.bar"))),
            html.Div(className="dp-said", role="status"),
        ],
        className="dp-bar panel no-print",
    )  # fmt: skip


def dialog(look: Look) -> Component:
    """Asked before a step that needs a reason, a team or words; filled by the browser."""
    texts = look.words.texts
    labels = [
        html.Label([html.Span(texts(f"dispatch.dialog_{name}")), field], className=f"dp-ask {name}")
        for name, field in (
            ("team", html.Select(className="dp-field")),
            ("reason", html.Select(className="dp-field")),
            ("note", html.Textarea(className="dp-field", maxLength=1000, rows=3)),
        )
    ]
    buttons = html.Div(
        [
            html.Button(texts("dispatch.dialog_cancel"), className="dp-no", type="button"),
            html.Button(texts("dispatch.dialog_ok"), className="dp-yes", type="button"),
        ],
        className="dp-dialog-buttons",
    )
    return html.Dialog(
        [
            html.H2(id="dispatch-dialog-title"),
            html.P(className="dp-dialog-of"),
            *labels,
            html.P(className="dp-dialog-fault", role="alert"),
            buttons,
        ],
        className="dp-dialog",
        **parts.aria(labelledby="dispatch-dialog-title"),
    )


def keys(look: Look) -> Component:
    """Which keys there are, in one line."""
    texts = look.words.texts
    words = {kind: texts(f"dispatch.act.{kind}") for kind in ("accept", "dispatch")}
    return html.P(texts("dispatch.keys", **words), className="dp-keys")


def setup(look: Look, first: dict[str, Any], scale: float) -> dict[str, Any]:
    """What the browser has to know beside the board itself."""
    texts = look.words.texts
    return {
        "language": look.words.language,
        "at": look.state.at_text,
        "kiosk": look.state.kiosk,
        "scale": scale,
        "most": MOST_MARKED,
        "first": first,
        "texts": {name: texts.table[f"dispatch.{name}"] for name in _TOLD},
        "acts": {name: texts(f"dispatch.act.{name}").rstrip("…") for name in BUTTONS},
        "signs": dict(SIGNS),
        "states": {state: texts(f"order_state.{state}") for state in SIGNS},
        "selects": {name: select_id(name) for name in SELECTS},
        "reasons": {
            kind: [[code, texts(f"order_reason.{code}")] for code in codes]
            for kind, codes in _REASONS.items()
        },
        "words": texts("dispatch.dialog_words"),
        "theirs": texts("dispatch.dialog_suggested"),
        "can": list(AT_DESK),
    }


def _hidden() -> dict[str, Any]:
    return parts.aria(hidden="true")

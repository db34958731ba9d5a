"""Who acts: a name typed once and kept in the browser, until there is sign-in.

A page that writes puts :func:`field` where people see it; the scripts read the name with
``foresite.who()`` (assets/who.js), callbacks with ``State("who", "data")``. :func:`named` makes of
it what is written down with an event.
"""

from __future__ import annotations

from typing import Any

import dash
import dash_mantine_components as dmc
from dash import ClientsideFunction, Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboard.web.components import parts
from dashboard.web.i18n import Texts

LONGEST = 40


def field(texts: Texts) -> Component:
    """Where one types the name, and the store that keeps it."""
    box: Any = dmc.TextInput
    typed = box(
        id="who-name",
        debounce=300,
        placeholder=texts("who.placeholder"),
        className="who-name",
        **{"aria-label": texts("who.label")},
    )
    return html.Div(
        [html.Span(className="who-sign", **parts.aria(hidden="true")), typed, _store()],
        className="who no-print",
        title=texts("who.help"),
    )


def skeleton() -> Component:
    """The ids, for validation of callbacks."""
    box: Any = dmc.TextInput
    return html.Div([box(id="who-name"), _store()])


def register(app: dash.Dash) -> None:
    """What is typed is kept; what is kept, also by another page, is shown."""
    on_browser: Any = app.clientside_callback
    on_browser(
        ClientsideFunction("foresite_who", "keep"),
        Output("who", "data"),
        Output("who-name", "value"),
        Input("who-name", "value"),
        Input("who", "modified_timestamp"),
        State("who", "data"),
    )


def named(given: object, address: str) -> str:
    """The name as it is written down: one line without control characters, or the address.

    Args:
        given: what the browser sent.
        address: from where it asks, for those who gave no name.
    """
    text = given if isinstance(given, str) else ""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line[:LONGEST].strip() or address


def _store() -> Component:
    return dcc.Store(id="who", storage_type="local")

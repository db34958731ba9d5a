"""Where the rotation stands: discreet dots, and the route for assets/kiosk.js."""

from __future__ import annotations

import json

from dash import html
from dash.development.base_component import Component

from dashboard.web.components import parts
from dashboard.web.context import Context, Look
from dashboard.web.view import rotation as route
from dashboard.web.view.wall_scope import BOARDS


def dots(context: Context, look: Look) -> Component | None:
    """The route of the wall; None while it stays where it is."""
    state, texts = look.state, look.words.texts
    pace = route.pace_of(state, kiosk_pace_s=context.settings.rotate_seconds)
    if pace is None:
        return None
    # The other compositions speak of cells.
    boards = BOARDS if look.snapshot.manifest.mode == "cells" else ()
    stops = route.stations(look, boards)
    here = route.here(state, stops)
    gone = dict.fromkeys(route.KEYS)
    config = {
        "seconds": pace,
        "here": here,
        "hrefs": [state.here("/", **(gone | dict(stop.query))) for stop in stops],
    }
    if here is None:
        label = texts("rotation.off_route", all=len(stops))
    else:
        label = texts("rotation.label", here=here + 1, all=len(stops))
    signs = [
        html.Span(className="dot here" if n == here else "dot", title=stop.name or None)
        for n, stop in enumerate(stops)
    ]
    return html.Div(
        [*signs, html.Span(texts("rotation.paused"), className="dots-paused")],
        id="rotation",
        className="dots",
        role="img",
        **parts.aria(label=label),
        **parts.data(config=json.dumps(config)),
    )

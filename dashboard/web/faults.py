"""A callback that fails: said on the page, logged with its trace, and the page stays."""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Callable

import dash
import structlog
from flask import Response, after_this_request, has_request_context

from dashboard.web.components import parts
from dashboard.web.i18n import load_texts
from dashboard.web.view.state import ViewState

log = structlog.get_logger()

# On answers to callbacks that failed; assets/link.js looks for it.
HEADER = "X-Foresite-Fault"


def note(error: Exception) -> str:
    """Log a fault; returns its number, the same for the same fault at the same place."""
    frames = traceback.extract_tb(error.__traceback__)
    place = [(frame.name, frame.lineno) for frame in frames]
    number = hashlib.sha256(repr((type(error).__name__, place)).encode()).hexdigest()[:6]
    log.error("callback_failed", fault=number, reason=str(error), exc_info=error)

    if has_request_context():

        def mark(response: Response) -> Response:
            response.headers[HEADER] = number
            return response

        after_this_request(mark)
    return number


def handler(default_language: str) -> Callable[[Exception], None]:
    """What Dash calls for a callback that raised: the old picture stays, a line says so."""

    def handle(error: Exception) -> None:
        number = note(error)
        given = {**dash.ctx.states, **dash.ctx.inputs}
        state = ViewState.parse(given.get("url.search"), default_language=default_language)
        dash.set_props("fault", {"children": parts.fault(load_texts(state.language), number)})

    return handle

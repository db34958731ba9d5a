"""``/api/v1/bursts``: the batch complaints that stand."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response

from dashboard.web.api.respond import look_of, only_known, respond
from dashboard.web.context import Context, Look
from dashboard.web.view.bursts import burst_rows


def register(server: Flask, context: Context) -> None:
    """Add the route."""

    @server.get("/api/v1/bursts")
    def bursts() -> Response:
        only_known()
        look = look_of(context)
        return respond(look, lambda: _list(look))


def _list(look: Look) -> list[dict[str, Any]]:
    about = {"as_of": look.snapshot.manifest.as_of, "fresh": look.freshness.fresh}
    return [row | about for row in burst_rows(look)]

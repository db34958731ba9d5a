"""``/api/v1/openapi.json``: the description of the API, as this server answers."""

from __future__ import annotations

import hashlib
import json

from flask import Flask, Response, request

from dashboard.web.api.description.document import document
from dashboard.web.api.respond import only_known
from dashboard.web.compress import pack, send_packed
from dashboard.web.context import Context


def register(server: Flask, context: Context) -> None:
    """Add the route; the description is written once."""
    text = json.dumps(document(context.settings), ensure_ascii=False, separators=(",", ":"))
    packed = pack(text.encode())
    tag = hashlib.sha256(packed).hexdigest()[:24]

    @server.get("/api/v1/openapi.json")
    def openapi() -> Response:
        only_known(of_snapshot=False)
        response = Response(mimetype="application/json")
        response.set_etag(tag)
        response.headers["Cache-Control"] = "no-cache"
        if request.if_none_match.contains_weak(tag):
            response.status_code = 304
            return response
        return send_packed(response, packed)

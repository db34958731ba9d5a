"""Answers that travel compressed: gzip, which every browser and the standard library speak."""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass

from flask import Flask, Response, request
from werkzeug.wsgi import FileWrapper

LEVEL = 9
# Below this the header costs more than compression saves.
SMALLEST = 500
_SUITES, _ASSETS = "/_dash-component-suites/", "/assets/"
_TEXT = ("text/", "application/javascript", "application/json", "image/svg+xml")
_FOREVER = "public, max-age=31536000, immutable"
_LEVEL_ONCE = 6  # megabytes of scripts: a tenth smaller would take four times as long
_MOST_FILES = 256
# As Dash writes them: wall.css?m=1763812345.25, async-graph.v4_4_0m1763812345.js.
_MODIFIED = re.compile(r"[0-9.]+")
_FINGERPRINT = re.compile(r"\.v[\w-]+m[0-9a-fA-F]+\.")


def pack(raw: bytes) -> bytes:
    """Gzipped; the same bytes give the same bytes, whenever."""
    return gzip.compress(raw, LEVEL, mtime=0)


def send_packed(response: Response, packed: bytes) -> Response:
    """Puts a gzipped body into an answer, unpacked for a client that does not take gzip."""
    response.headers["Vary"] = "Accept-Encoding"
    if request.accept_encodings["gzip"] > 0:
        response.headers["Content-Encoding"] = "gzip"
        response.set_data(packed)
    else:
        response.set_data(gzip.decompress(packed))
    return response


def send(response: Response, raw: bytes) -> Response:
    """Puts a body into an answer, gzipped where it is worth it and the client takes it."""
    if len(raw) >= SMALLEST:
        return send_packed(response, pack(raw))
    response.set_data(raw)
    return response


def scripts(server: Flask) -> None:
    """Scripts and styles travel gzipped, packed once a process.

    Those whose address names a version (a fingerprint, ``?m=``) browsers keep for ever; of the
    others, such as the charts' engine, they ask whether they are still the same.
    """
    held: dict[str, _Packed] = {}

    def known() -> Response | None:
        key = _file_key()
        if key is None or key not in held or request.accept_encodings["gzip"] <= 0:
            return None
        return _answer(held[key], Response())

    def packed(response: Response) -> Response:
        key = _file_key()
        if key is None or response.status_code != 200 or "Content-Encoding" in response.headers:
            return response
        mimetype = response.mimetype or ""
        if not mimetype.startswith(_TEXT) or request.accept_encodings["gzip"] <= 0:
            return _cached(response)
        response.direct_passthrough = False  # a file that is not read yet
        file = response.response
        raw = response.get_data()
        if isinstance(file, FileWrapper):
            file.close()
        if len(raw) < SMALLEST:
            return _cached(response)
        body = gzip.compress(raw, _LEVEL_ONCE, mtime=0)
        made = _Packed(body, mimetype, hashlib.sha256(body).hexdigest()[:20])
        if len(held) < _MOST_FILES:
            held[key] = made
        return _answer(made, response)

    server.before_request(known)
    server.after_request(packed)


@dataclass(frozen=True)
class _Packed:
    body: bytes
    mimetype: str
    tag: str


def _answer(made: _Packed, response: Response) -> Response:
    response.set_data(made.body)
    response.mimetype = made.mimetype
    response.headers["Content-Encoding"] = "gzip"
    response.set_etag(made.tag)
    _cached(response).make_conditional(request)
    return response


def _cached(response: Response) -> Response:
    response.headers["Cache-Control"] = _FOREVER if _named_version() else "no-cache"
    response.headers["Vary"] = "Accept-Encoding"
    return response


def _file_key() -> str | None:
    """Address of a script or style that stays the same while the process runs; else None."""
    path = request.path
    if request.method != "GET" or not path.startswith((_SUITES, _ASSETS)):
        return None
    if path.startswith(_ASSETS):
        return f"{path}?{request.args['m']}" if _named_version() else None
    return path


def _named_version() -> bool:
    if request.path.startswith(_SUITES):
        return _FINGERPRINT.search(request.path) is not None
    return _MODIFIED.fullmatch(request.args.get("m", "")) is not None

"""Answers that travel compressed: gzip, which every browser and the standard library speak."""

from __future__ import annotations

import gzip
import re

from flask import Flask, Response, request

LEVEL = 9
# Below this the header costs more than compression saves.
SMALLEST = 500
_SUITES, _ASSETS = "/_dash-component-suites/", "/assets/"
_TEXT = ("text/", "application/javascript", "application/json", "image/svg+xml")
_FOREVER = "public, max-age=31536000, immutable"
_LEVEL_ONCE = 6  # megabytes of scripts: a tenth smaller would take four times as long
_MOST_FILES = 256
# As Dash writes it: async-graph.v4_4_0m1763812345.js.
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
    """Scripts and styles travel gzipped, packed once a process, and are fetched once a build.

    That holds for addresses that name a version (a fingerprint, ``?m=``); others stay as they are.
    """
    held: dict[str, tuple[bytes, str]] = {}

    def known() -> Response | None:
        key = _versioned()
        if key is None or key not in held or request.accept_encodings["gzip"] <= 0:
            return None
        packed, mimetype = held[key]
        return _forever(Response(packed, mimetype=mimetype), gzipped=True)

    def packed(response: Response) -> Response:
        key = _versioned()
        if key is None or response.status_code != 200 or "Content-Encoding" in response.headers:
            return response
        mimetype = response.mimetype or ""
        if not mimetype.startswith(_TEXT) or request.accept_encodings["gzip"] <= 0:
            return _forever(response)
        response.direct_passthrough = False  # a file that is not read yet
        raw = response.get_data()
        if len(raw) < SMALLEST:
            return _forever(response)
        body = gzip.compress(raw, _LEVEL_ONCE, mtime=0)
        if len(held) < _MOST_FILES:
            held[key] = body, mimetype
        response.set_data(body)
        response.headers.pop("ETag", None)  # of the file as it lies there
        return _forever(response, gzipped=True)

    server.before_request(known)
    server.after_request(packed)


def _versioned() -> str | None:
    """Address of a script or style that never changes its content; None of all else."""
    path = request.path
    if request.method != "GET":
        return None
    if path.startswith(_SUITES):
        return path if _FINGERPRINT.search(path) else None
    version = request.args.get("m", "") if path.startswith(_ASSETS) else ""
    return f"{path}?{version}" if version.isdigit() else None


def _forever(response: Response, *, gzipped: bool = False) -> Response:
    response.headers["Cache-Control"] = _FOREVER
    response.headers["Vary"] = "Accept-Encoding"
    if gzipped:
        response.headers["Content-Encoding"] = "gzip"
    return response

"""Answers that travel compressed: gzip, which every browser and the standard library speak."""

from __future__ import annotations

import gzip

from flask import Response, request

LEVEL = 9
# Below this the header costs more than compression saves.
SMALLEST = 500


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

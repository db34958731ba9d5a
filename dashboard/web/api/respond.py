"""Answers of the API: JSON with an entity tag, 304 when the asker has it already."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from urllib.parse import quote

from flask import Response, request

from dashboard.plain import plain
from dashboard.web.api.errors import ApiError
from dashboard.web.context import Context, Look


def look_of(context: Context) -> Look:
    """The snapshot asked for (``at``) or the newest.

    Raises:
        SnapshotError: there is none.
        BadQueryError: ``at`` is no time.
    """
    return context.look(context.state(request.query_string.decode("utf-8", "replace")))


def only_known(*names: str, of_snapshot: bool = True) -> None:
    """Refuse parameters that would be ignored, and repeated ones.

    Args:
        names: those that the address takes.
        of_snapshot: it shows a snapshot, and takes a moment and a language too.

    Raises:
        ApiError: 400.
    """
    allowed = (*names, "at", "lang") if of_snapshot else names
    for name in request.args:
        if name not in allowed:
            raise ApiError(
                400,
                "unknown_parameter",
                f"no parameter {name!r}",
                f"use {', '.join(allowed)}" if allowed else "this address takes none",
            )
        if len(request.args.getlist(name)) > 1:
            raise ApiError(
                400, "repeated_parameter", f"{name!r} is given twice", f"give {name!r} once"
            )


def one_of(name: str, value: str, choices: tuple[str, ...]) -> str:
    """The value of a parameter that names one of some choices.

    Raises:
        ApiError: 400.
    """
    if value not in choices:
        message = f"{name}={value[:40]!r} cannot be used"
        raise ApiError(400, "bad_parameter", message, f"use {', '.join(choices)}")
    return value


def tagged(look: Look, mimetype: str, also: str = "") -> Response:
    """An answer without a body, with an ETag of snapshot, freshness and query; maybe a 304.

    Args:
        look: what is answered from.
        mimetype: of the answer.
        also: version of what else it is answered from.
    """
    return marked(f"{look.version}|{also}", mimetype)


def marked(version: str, mimetype: str = "application/json") -> Response:
    """An answer without a body, with an ETag of a version, address and query; maybe a 304."""
    query = request.query_string.decode("utf-8", "replace")
    mark = f"{version}|{request.path}|{query}"
    etag = hashlib.sha256(mark.encode()).hexdigest()[:24]
    response = Response(mimetype=mimetype)
    response.set_etag(etag)
    response.headers["Cache-Control"] = "no-cache"
    if request.if_none_match.contains_weak(etag):
        response.status_code = 304
    return response


def respond(
    look: Look, make: Callable[[], object], *, mimetype: str = "application/json", also: str = ""
) -> Response:
    """JSON with an ETag of snapshot, freshness and query; ``make`` is not called for a 304.

    Args:
        look: what is answered from.
        make: the value.
        mimetype: of the answer.
        also: version of what else it is answered from.
    """
    response = tagged(look, mimetype, also)
    return response if response.status_code == 304 else filled(response, make())


def filled(response: Response, value: object) -> Response:
    """Puts a value into an answer as JSON."""
    text = json.dumps(plain(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    response.set_data(text)
    return response


def attachment(content: bytes, name: str, mimetype: str) -> Response:
    """A file to be saved under that name (RFC 6266, RFC 5987): any script, any browser.

    Args:
        content: the file.
        name: as made by ``dashboard.exports.names.file_name``.
        mimetype: its type; never guessed by the browser.
    """
    response = Response(content, mimetype=mimetype)
    suffix = name[name.rfind(".") :] if "." in name else ""
    # Programs of before 2010 read the first name; all others the second.
    plain = f"foresite{suffix}" if not name.isascii() else name.replace('"', "-")
    full = quote(name, safe="")
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"
    )
    response.headers["Cache-Control"] = "no-store"
    return response

"""What an answer means: taken, to be tried again, or refused for good."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from dashboard.dispatch.outbound.client import Answer
from dashboard.dispatch.outbound.errors import NotTakenError
from dashboard.dispatch.outbound.links import MOST_CHARS

_AGAIN = frozenset({401, 403, 407, 408, 409, 421, 423, 425, 429})
"""Refusals that may pass: credentials and access are mended by people, 409 says that the message
before is still being worked on (Idempotency-Key draft)."""
_SAID_CHARS = 120
_DEAD_CODES: Mapping[str, frozenset[int]] = {
    "wecom": frozenset({93000}),  # no such webhook
    "dingtalk": frozenset({300001, 300005}),  # no such token
    "feishu": frozenset({19001}),  # no such webhook
}
"""Codes that no further attempt changes; all others are tried again, up to the last attempt."""


def taken(kind: str, answer: Answer, now: datetime, secrets: Iterable[str]) -> str | None:
    """The peer has taken the message; gives what it calls the order, where it says so.

    Args:
        kind: of the endpoint.
        answer: of the peer.
        now: by the machine's clock.
        secrets: words that never stand in a message.

    Raises:
        NotTakenError: it has not.
    """
    if not 200 <= answer.status < 300:
        raise NotTakenError(
            f"HTTP {answer.status}{_excerpt(answer.body, secrets)}",
            final=_final(answer.status),
            after_s=_after(answer.headers.get("retry-after"), now),
            status=answer.status,
        )
    if kind in _DEAD_CODES:
        _require_zero(kind, answer, secrets)
        return None
    return _external_id(answer)


def _final(status: int) -> bool:
    """Redirects (never followed) and refusals; not what a later attempt may change."""
    return 300 <= status < 500 and status not in _AGAIN


def _require_zero(kind: str, answer: Answer, secrets: Iterable[str]) -> None:
    """Robots answer 200 whatever happened: their body tells."""
    told = _read(answer.body)
    code = told.get("errcode", told.get("code", told.get("StatusCode")))
    if code == 0:
        return
    if not isinstance(code, int) or isinstance(code, bool):
        raise NotTakenError("the answer tells no code", status=answer.status)
    raise NotTakenError(
        f"code {code}{_excerpt(answer.body, secrets)}",
        final=code in _DEAD_CODES[kind],
        status=answer.status,
    )


def _external_id(answer: Answer) -> str | None:
    """``id`` of the body, else the last part of ``Location``."""
    told = _read(answer.body).get("id")
    if isinstance(told, int) and not isinstance(told, bool):
        told = str(told)
    if not isinstance(told, str) or not told.strip():
        path = urlsplit(answer.headers.get("location", "")).path
        told = unquote(path.rstrip("/").rpartition("/")[2])
    told = told.strip()
    return told if told and told.isprintable() and len(told) <= MOST_CHARS else None


def _read(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _excerpt(body: bytes, secrets: Iterable[str]) -> str:
    """What the peer said, short, on one line and without our secrets."""
    text = body[:4096].decode("utf-8", "replace")
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, "…")
    text = "".join(sign if sign.isprintable() else " " for sign in text)
    text = " ".join(text.split())
    short = text if len(text) <= _SAID_CHARS else text[: _SAID_CHARS - 1] + "…"
    return f": {short}" if short else ""


def _after(value: str | None, now: datetime) -> float | None:
    """Seconds of a ``Retry-After`` (RFC 9110, 10.2.3), which is a number or a date."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return None if moment.tzinfo is None else max(0.0, (moment - now).total_seconds())

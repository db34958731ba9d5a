"""What is sent to work orders: JSON objects whose every field is known, and a key for repeats."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import request

from dashboard.dispatch.errors import DispatchError
from dashboard.dispatch.model import id_of
from dashboard.web.api.errors import ApiError
from dashboard.web.components.who import named
from ingest.masks import mask_text

KEY_HEADER = "Idempotency-Key"
MOST_BYTES = 64 * 1024
LONGEST = 1000
MOST_KEY = 200
_MOST_DETAILS = 4000
_SYSTEM = ("draft", "timer")  # what the product alone tells of an order


class Body:
    """The JSON object of a request; every mistake in it is an ApiError of 400."""

    def __init__(self, known: Iterable[str], example: str) -> None:
        self._hint = f"send {example} as JSON"
        request.max_content_length = MOST_BYTES
        given = request.get_json(silent=True)
        if not isinstance(given, dict):
            raise self.wrong("the body is no JSON object")
        strange = sorted(set(given) - set(known))
        if strange:
            fields = ", ".join(known)
            message = f"no field {strange[0][:40]!r}"
            raise ApiError(400, "unknown_field", message, f"use {fields}")
        self._given: dict[str, Any] = given

    def wrong(self, message: str) -> ApiError:
        """A mistake, with an example of what would be right."""
        return ApiError(400, "bad_request", message, self._hint)

    def text(self, name: str, *, needed: bool = False, longest: int = LONGEST) -> str:
        """A text; empty where it is left out."""
        value = self._given.get(name)
        if value is None and not needed:
            return ""
        if not isinstance(value, str) or len(value) > longest or "\0" in value:
            raise self.wrong(f"{name} must be a text of at most {longest} characters")
        if needed and not value.strip():
            raise self.wrong(f"{name} is empty")
        return value.strip()

    def masked(self, name: str) -> str:
        """A text by a person: phone numbers and the like do not reach the disk."""
        return mask_text(self.text(name)) or ""

    def who(self, address: str) -> str:
        """The name that is written down; without one, the address that asks."""
        return named(mask_text(self.text("by", longest=100)), address)

    def number(self, name: str) -> int | None:
        """A whole number from 0 on; None where it is left out."""
        value = self._given.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**15:
            raise self.wrong(f"{name} must be a whole number from 0 on")
        return value

    def several(self, name: str, most: int) -> tuple[str, ...]:
        """A list of texts; empty where it is left out."""
        value = self._given.get(name)
        if value is None:
            return ()
        good = isinstance(value, list) and 0 < len(value) <= most
        if not good or not all(isinstance(item, str) and item for item in value):
            raise self.wrong(f"{name} must be a list of 1 to {most} texts")
        return tuple(value)

    def moment(self, name: str) -> datetime | None:
        """A time with its offset; None where it is left out."""
        text = self.text(name, longest=40)
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise self.wrong(f"{name} must be a time with its offset, such as 2026-11-21T18:00Z")
        return moment

    def details(self) -> dict[str, Any]:
        """A flat object; what the product alone tells is refused."""
        value = self._given.get("details")
        if value is None:
            return {}
        flat = isinstance(value, dict) and not any(
            isinstance(item, dict | list) for item in value.values()
        )
        if not flat or len(json.dumps(value)) > _MOST_DETAILS:
            raise self.wrong("details must be a flat object of at most 4,000 characters")
        taken = next((name for name in _SYSTEM if name in value), None)
        if taken is not None:
            raise self.wrong(f"details.{taken} is told by the product alone")
        odd = next((k for k in ("team_id", "found_cause") if not isinstance(value.get(k, ""), str)),
                   None)  # fmt: skip
        if odd is not None:
            raise self.wrong(f"details.{odd} must be a text")
        return {
            str(name): mask_text(item) if isinstance(item, str) else item
            for name, item in value.items()
        }

    def orders(self, most: int) -> list[tuple[int, int | None]]:
        """Orders with what was seen of each: ``[{"id": "WO-000001", "seen": 3}]``; each once."""
        listed = self._given.get("orders")
        if not isinstance(listed, list) or not 0 < len(listed) <= most:
            raise self.wrong(f"orders must be a list of 1 to {most} objects")
        found: dict[int, int | None] = {}
        for one in listed:
            told = one if isinstance(one, dict) else {}
            number, seen = id_of(str(told.get("id", ""))), told.get("seen")
            whole = seen is None or (isinstance(seen, int) and not isinstance(seen, bool))
            if number is None or not whole or set(told) - {"id", "seen"}:
                raise self.wrong(f"{str(one)[:60]} names no order")
            found[number] = seen
        return list(found.items())


def request_key() -> str | None:
    """What makes a repeated request known; None where none is sent.

    Raises:
        ApiError: 400.
    """
    key = request.headers.get(KEY_HEADER)
    if key is None:
        return None
    if not (key.isascii() and key.isprintable() and 0 < len(key) <= MOST_KEY):
        message = f"{KEY_HEADER} cannot be used"
        hint = f"use 1 to {MOST_KEY} printable ASCII characters, such as a UUID"
        raise ApiError(400, "bad_key", message, hint)
    return f"api-{key}"


def reason_of(error: DispatchError) -> tuple[str, str]:
    """A word for programs, and what to do, for an error of one order."""
    told = {
        "ConflictError": ("conflict", "read the order again and decide anew"),
        "AlreadyOpenError": ("already_open", "go on with the order that is open"),
        "UnknownOrderError": ("no_such_order", "list them with /api/v1/work-orders"),
        "NotPossibleError": ("not_possible", "see what is possible"),
    }
    return told.get(type(error).__name__, ("refused", "read the order again"))

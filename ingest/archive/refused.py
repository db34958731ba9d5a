"""Refused files that are no tables: JSON, whole or torn, and bytes that nobody can read."""

from __future__ import annotations

import json
import re

from ingest.catalogue import load_catalogue
from ingest.masks import mask_text
from ingest.privacy import HASH_MARK, hash_customer
from ingest.suggest.names import aliases, normal

PARTIES = frozenset({"relatedparty", "engagedparty", "customer", "contact"})
"""Members of TM Forum's records in which people stand."""

NAMES = frozenset({
    "姓名", "客户姓名", "用户姓名", "联系人", "联系人姓名", "机主", "机主姓名", "户名", "投诉人",
    "申告人", "customername", "contactname", "contact", "subscribername", "callername",
})  # fmt: skip
"""Columns of people's names, without case and blanks."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}:,]|[^\s"\[\]{}:,]+', re.DOTALL)
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_TYPES = frozenset({"role", "@type", "@basetype", "@referredtype", "@schemalocation"})


def mask_json(text: str, customers: set[str], key: bytes) -> str:
    """JSON as far as it goes, with every text masked.

    Values of members named in ``customers`` (lower case), and ids and names within members of
    ``PARTIES``, are hashed; all other texts and numbers are masked.
    """
    parts: list[str] = []
    done, name, before = 0, "", ""
    inside: list[bool] = []  # per open bracket: whether people stand in it
    for match in _TOKEN.finditer(text):
        piece = match[0]
        parts.append(text[done : match.start()])
        done = match.end()
        if piece in "{[":
            inside.append(bool(inside and inside[-1]) or name.casefold() in PARTIES)
            name = name if piece == "[" else ""
        elif piece in "}]":
            del inside[-1:]
            name = ""
        elif piece in ":,":
            name = before if piece == ":" else name
        elif _is_name(text, done):
            before = _plain(piece)
            parts.append(json.dumps(mask_text(before), ensure_ascii=False))
            continue
        else:
            people = bool(inside and inside[-1]) and name.casefold() not in _TYPES
            hashed = people or name.casefold() in customers
            parts.append(_masked(piece, key if hashed else None))
            continue
        parts.append(piece)
    return "".join([*parts, text[done:]])


def mask_bytes(raw: bytes) -> bytes:
    """Bytes that are no text, with personal numbers that can be read in them masked."""
    text = raw.decode("latin-1")
    return (mask_text(text) or "").encode("latin-1", "replace")


def is_customer_column(name: str) -> bool:
    """Whether a column holds customers' numbers, by a name that others use for it."""
    known = aliases(load_catalogue())["tickets"]["customer_id"]
    return normal(name) in {alias.name for alias in known}


def is_name_column(name: str) -> bool:
    """Whether a column holds people's names, by its own."""
    return re.sub(r"[\s_-]", "", name).casefold() in NAMES


def _is_name(text: str, end: int) -> bool:
    return text[end : end + 20].lstrip().startswith(":")


def _plain(piece: str) -> str:
    try:
        return str(json.loads(piece))
    except ValueError:  # torn, or with an escape that is none
        return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), piece).strip('"')


def _masked(piece: str, key: bytes | None) -> str:
    if not piece.startswith('"'):
        masked = mask_text(piece)
        if key is not None and piece[:1].isdigit():
            masked = HASH_MARK + (hash_customer(piece, key) or "")
        return piece if masked == piece else json.dumps(masked)
    plain = _plain(piece)
    if key is not None:
        value = hash_customer(plain, key)
        return json.dumps("" if value is None else HASH_MARK + value)
    return json.dumps(mask_text(plain), ensure_ascii=False)

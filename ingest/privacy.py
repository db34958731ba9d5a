"""Personal data at the door: keyed hashes for customers, masks for free text."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import unicodedata
from pathlib import Path

from ingest.errors import IngestError

PERSONAL = ("tickets", "works", "events")
"""Feeds whose texts may hold personal data."""

KEY_FILE = "customer.key"
KEY_BYTES = 32
HASH_MARK = "hmac:"
"""Stands before a hash in archived copies, so that reading them again does not hash it again."""

_HASHED = re.compile(rf"{HASH_MARK}[0-9a-f]{{64}}")
_COUNTRY_CODE = re.compile(r"^(?:\+|00)?86(?=1[3-9]\d{9}$)")
_BEFORE = r"(?<!\d)(?<!\d\.)"  # not inside a longer number, nor behind its decimal point
_TEL = "***TEL***"
_MASKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "***@***"),
    # resident identity number (GB 11643): area, date of birth, serial, check sign
    (
        re.compile(
            r"(?<!\d)[1-9]\d{5}(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx](?!\d)"
        ),
        "***ID***",
    ),
    # mobile, in one piece or 3-4-4, with or without 0 or +86 before it
    (
        re.compile(
            _BEFORE + r"(?:(?:\+|00)?86[-\s]?|0)?1[3-9]\d[-\s]?\d{4}[-\s]?\d{4}(?!\d)", re.ASCII
        ),
        _TEL,
    ),
    # landline with its area code: 010-12345678, (0755)1234567
    (
        re.compile(
            _BEFORE + r"[(（]?0(?:10|2\d|[3-9]\d\d)[)）]?[-\s]?[2-9]\d{6,7}(?!\d)", re.ASCII
        ),
        _TEL,
    ),
    # North American number
    (
        re.compile(
            _BEFORE + r"(?:\+?1[-.\s])?\(?[2-9]\d\d\)?[-.\s]{1,2}[2-9]\d\d[-.\s]\d{4}(?!\d)",
            re.ASCII,
        ),
        _TEL,
    ),
    # number plate: province, letter, five signs (six on new-energy vehicles)
    (
        re.compile(
            r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领]"
            r"[A-Z][·•\s]?[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳](?![A-Za-z0-9])"
        ),
        "***PLATE***",
    ),
)


def customer_key(secrets_dir: Path, *, hashes_exist: bool) -> bytes:
    """The key of the customer hashes; made at first use, 32 random bytes, mode 0600.

    Args:
        secrets_dir: ``DATA/secrets``; made when absent, mode 0700.
        hashes_exist: the warehouse holds customers hashed with it, so that it must not be new.

    Raises:
        IngestError: the key is missing though it was used before, or is not 32 bytes long.
    """
    path = secrets_dir / KEY_FILE
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        if hashes_exist:
            raise IngestError(
                f"{path} is missing, but the warehouse holds customers hashed with it: put the "
                "key back, or the same customer would count as two"
            ) from None
        key = _make_key(path)
    except OSError as error:
        raise IngestError(f"{path}: cannot read the customer key: {error.strerror}") from error
    if len(key) != KEY_BYTES:
        raise IngestError(f"{path} has {len(key)} bytes instead of {KEY_BYTES}: put the key back")
    return key


def _make_key(path: Path) -> bytes:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = os.urandom(KEY_BYTES)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    os.link(part, path)  # fails if another process was first; rename would replace its key
    part.unlink()
    return key


def hash_customer(text: str | None, key: bytes) -> str | None:
    """HMAC-SHA256 of a customer id, 64 hex digits; None when it is empty.

    Full-width signs, blanks, hyphens and China's country code before a mobile number do not make
    another customer. ``hmac:<64 hex digits>``, as in archived copies, is taken as it is.
    """
    if text is None:
        return None
    plain = unicodedata.normalize("NFKC", text).strip()
    if _HASHED.fullmatch(plain):
        return plain.removeprefix(HASH_MARK)
    plain = _COUNTRY_CODE.sub("", re.sub(r"[\s-]", "", plain))
    if not plain:
        return None
    return hmac.new(key, plain.encode("utf-8"), hashlib.sha256).hexdigest()


def mask_text(text: str | None) -> str | None:
    """The text with e-mail addresses, identity, phone and plate numbers masked (not names)."""
    if text is None or text.isalpha():
        return text
    plain = _narrow_digits(text)
    for pattern, mask in _MASKS:
        plain = pattern.sub(mask, plain)
    return plain


_NARROW = {ord("０") + digit: ord("0") + digit for digit in range(10)}


def _narrow_digits(text: str) -> str:
    return text.translate(_NARROW)

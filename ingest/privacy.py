"""Personal data at the door: keyed hashes for customers, what is masked, and the key."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import unicodedata
from pathlib import Path

from ingest.crews import split_list
from ingest.errors import IngestError
from ingest.masks import mask_text

PERSONAL = ("tickets", "works", "events", "alarms", "teams", "shifts")
"""Feeds whose texts may hold personal data."""

__all__ = [
    "PERSONAL", "customer_key", "hash_customer", "mask_id", "mask_place", "mask_places",
    "mask_text",
]  # fmt: skip

KEY_FILE = "customer.key"
KEY_BYTES = 32
HASH_MARK = "hmac:"
"""Stands before a hash in archived copies, so that reading them again does not hash it again."""

_HASHED = re.compile(rf"{HASH_MARK}[0-9a-f]{{64}}")
_COUNTRY_CODE = re.compile(r"^(?:\+|00)?86(?=1[3-9]\d{9}$)")


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


_LETTERS = str.maketrans("0123456789", "ghijklmnop")  # in which no number can be seen again


def mask_id(text: str | None, key: bytes) -> str | None:
    """An id in which no personal number can be read, and which still tells its row from others.

    An id that holds one, as some ticket systems make them, becomes ``id-`` and a keyed hash.
    """
    if text is None or mask_text(text) == text:
        return text
    mark = hmac.new(key, text.strip().encode("utf-8"), hashlib.sha256).hexdigest()[:24]
    return "id-" + mark.translate(_LETTERS)


def mask_place(text: str | None) -> str | None:
    """The id of a cell, site or region, masked unless it is digits alone.

    A cell identity of 5G (36 bits) may look like a mobile number, and cells are joined by it.
    """
    return text if text is None or text.strip().isdigit() else mask_text(text)


def mask_places(text: str | None) -> str | None:
    """A list of such ids in one text; each masked by itself, joined by ``;``."""
    if text is None:
        return None
    return ";".join(mask_place(part) or "" for part in split_list(text)) or None


def key_fingerprint(key: bytes) -> str:
    """What tells one key from another, and from which neither can be told; 16 hex digits."""
    return hmac.new(key, b"foresite customer key", hashlib.sha256).hexdigest()[:16]

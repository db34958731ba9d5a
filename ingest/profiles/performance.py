"""Whether a file is XML, and a performance file of 3GPP, by its first signs."""

from __future__ import annotations

import zlib
from pathlib import Path

from ingest.readers.scan import open_bytes

PROFILE = "3gpp_pm"
"""Profile of performance files for which none was named."""
_HEAD = 8 * 1024
_ROOTS = ("measCollecFile", "measDataFile")
XML_NAMES = (".xml", ".xml.gz")


def is_xml(path: Path) -> bool:
    """Whether the file is called so, or begins like XML, plain or gzip."""
    return path.name.lower().endswith(XML_NAMES) or _head(path).lstrip("\ufeff \t\r\n").startswith(
        "<"
    )


def is_performance(path: Path) -> bool:
    """Whether XML begins with the root element of TS 32.435 or TS 28.532."""
    head = _head(path)
    return any(root in head for root in _ROOTS)


def _head(path: Path) -> str:
    try:
        with open_bytes(path) as file:
            raw = file.read(_HEAD)
    except (OSError, EOFError, zlib.error):
        return ""
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    return raw.decode("utf-16" if wide else "utf-8-sig", "replace")

"""Whether a file is XML, and a performance file of 3GPP, by its first signs."""

from __future__ import annotations

from pathlib import Path

from ingest.readers.head import head_of

PROFILE = "3gpp_pm"
"""Profile of performance files for which none was named."""
_ROOT_WITHIN = 8 * 1024
_ROOTS = ("measCollecFile", "measDataFile")
XML_NAMES = (".xml", ".xml.gz")


def is_xml(path: Path) -> bool:
    """Whether the file is called so, or begins like XML, plain or gzip."""
    head = head_of(path).lstrip("\ufeff \t\r\n")
    return path.name.lower().endswith(XML_NAMES) or head.startswith("<")


def is_performance(path: Path) -> bool:
    """Whether XML begins with the root element of TS 32.435 or TS 28.532."""
    head = head_of(path)[:_ROOT_WITHIN]
    return any(root in head for root in _ROOTS)

"""The cell that a measured object is, by the names of 3GPP (TS 28.622, 28.541, 28.658, 28.652)."""

from __future__ import annotations

import re

from ingest.readers.measurements.names import rdns

_CELL_CLASS = re.compile(
    r"(vsdata)?"
    r"(eutran(generic)?cell(fdd|tdd)?|nrcell(du|cu)?|utran(generic)?cell(fdd|tdd(lcr|hcr)?)?"
    r"|gsmcell|gerancell)",
    re.IGNORECASE,
)
_NAME_KEYS = (
    "cell name", "nr cell name", "nr du cell name", "小区名称", "nr小区名称", "nr du小区名称",
)  # fmt: skip
_BEFORE_KEY = re.compile(r"^[^=]*[:：]")


def keys_of(name: str) -> dict[str, str]:
    """Class -> value of a distinguished name's parts; classes in lower case, the innermost counts.

    ``A/Cell:eNodeB Function Name=A, Cell Name=A_1`` has the keys of a vendor: what stands before a
    colon is left out of them.
    """
    keys: dict[str, str] = {}
    for part in rdns(name):
        key, equals, value = part.partition("=")
        if equals:
            keys[_BEFORE_KEY.sub("", key).strip().casefold()] = value.strip()
    return keys


def cell_of(name: str) -> str | None:
    """Name of the cell that the object is; None when it is none.

    Its own, innermost class tells: ``…,EUtranCellFDD=A_1`` is the cell A_1, while a relation of
    that cell (``…,EUtranCellFDD=A_1,EUtranCellRelation=7``) is not, nor is its base station.
    """
    parts = rdns(name)
    if not parts:
        return None
    own, _, value = parts[-1].partition("=")
    if _CELL_CLASS.fullmatch(own.strip()):
        return value.strip() or None
    keys = keys_of(name)
    return next((keys[key] for key in _NAME_KEYS if keys.get(key)), None)

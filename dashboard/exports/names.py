"""File names that say what is inside, and that every system takes."""

from __future__ import annotations

import re
import unicodedata

# Windows takes none of these; control and format characters (such as one that turns the reading
# direction, so that "fdp.exe" reads as a document) go as well.
_UNSAFE = re.compile(r'[\\/:*?"<>|\s]+')
_DEVICES = {"CON", "PRN", "AUX", "NUL"} | {f"{d}{n}" for d in ("COM", "LPT") for n in range(1, 10)}
_LONGEST = 180  # bytes; file systems take 255 and a browser may add " (1)"


def file_name(*parts: str, suffix: str) -> str:
    """Such as ``投诉率趋势_朝阳区_2026-10.xlsx`` from its three parts and ``.xlsx``.

    Empty parts are left out; characters that some system refuses become ``-``.
    """
    stem = "_".join(clean for part in parts if (clean := _clean(part))) or "foresite"
    if stem.split(".")[0].upper() in _DEVICES:
        stem = f"_{stem}"
    suffix = suffix if suffix.startswith(".") else f".{suffix}"
    return _cut(stem, _LONGEST - len(suffix.encode())) + suffix


def _clean(part: str) -> str:
    shown = "".join(c for c in unicodedata.normalize("NFC", part) if _kept(c))
    return _UNSAFE.sub("-", shown.strip()).strip("-._ ")


def _kept(char: str) -> bool:
    return char.isspace() or unicodedata.category(char)[0] != "C"


def _cut(text: str, most: int) -> str:
    return text.encode()[:most].decode("utf-8", "ignore").rstrip("-._ ")

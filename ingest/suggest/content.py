"""Columns by what stands in them: numbers and their range, times, numbers of phones, positions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import median

from ingest.suggest.moments import Moments, find_moments

MISSING_WORDS = frozenset({
    "-", "--", "---", "/", "\\", "n/a", "na", "#n/a", "nil", "null", "none", "nan", "无", "未知",
    "未评价", "未回访", "#div/0!", "inf", "?",
})  # fmt: skip
_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
_COMMA = re.compile(r"[-+]?\d{1,3}(?:\.\d{3})*,\d+")
_PHONE = re.compile(r"(?:(?:\+|00)?86[-\s]?)?1[3-9]\d[-\s]?\d{4}[-\s]?\d{4}")
_HASH = re.compile(r"(?:hmac:)?[0-9a-f]{32,64}")


@dataclass(frozen=True)
class Facts:
    """What a column's values are.

    Attributes:
        values: those that are not missing.
        missing: words that stand for unknown.
        numbers: the values as numbers, where nearly all are.
        comma: decimals are written with a comma.
        wide: some digits are full-width.
        moments: formats of times.
        phones: share of mobile numbers.
        distinct: different values ÷ values.
    """

    values: tuple[str, ...]
    missing: tuple[str, ...]
    numbers: tuple[float, ...]
    comma: bool
    wide: bool
    moments: Moments | None
    phones: float
    distinct: float

    @property
    def low(self) -> float:
        """The smallest number."""
        return min(self.numbers)

    @property
    def high(self) -> float:
        """The largest number."""
        return max(self.numbers)

    @property
    def middle(self) -> float:
        """The median number."""
        return median(self.numbers)

    @property
    def whole(self) -> bool:
        """All numbers are whole."""
        return all(number == int(number) for number in self.numbers)

    @property
    def decimals(self) -> float:
        """Share of numbers with three decimals or more."""
        fine = sum(len(v.partition(".")[2]) >= 3 for v in self.values)
        return fine / max(1, len(self.values))


def facts_of(values: Sequence[str], zone: str) -> Facts:
    """Look a column over."""
    narrow = [unicodedata.normalize("NFKC", value).strip() for value in values]
    wide = any(
        plain != value.strip() and any(sign.isdigit() for sign in plain)
        for plain, value in zip(narrow, values, strict=True)
    )
    missing = {
        v.strip() for v, n in zip(values, narrow, strict=True) if n.casefold() in MISSING_WORDS
    }
    kept = tuple(n for n in narrow if n and n.casefold() not in MISSING_WORDS)
    commas = sum(bool(_COMMA.fullmatch(value)) for value in kept)
    comma = commas > 0 and not any("." in v and not _COMMA.fullmatch(v) for v in kept)
    numbers = tuple(
        float(text)
        for value in kept
        if _NUMBER.fullmatch(
            text := (value.replace(".", "").replace(",", ".") if comma else value).rstrip("%")
        )
    )
    numbers = tuple(number for number in numbers if isfinite(number))
    if len(numbers) < 0.9 * len(kept):
        numbers = ()
    phones = sum(bool(_PHONE.fullmatch(v) or _HASH.fullmatch(v)) for v in kept)
    return Facts(
        kept,
        tuple(sorted(missing)),
        numbers,
        comma and bool(numbers),
        wide,
        find_moments(kept, zone),
        phones / len(kept) if kept else 0.0,
        len(set(kept)) / len(kept) if kept else 0.0,
    )

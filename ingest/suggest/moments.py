"""Time formats of a column, found over all its values; day and month told apart if they can be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import product

from ingest.suggest.model import Sure
from ingest.times import TimeReader

_DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日", "%d/%m/%Y", "%m/%d/%Y",
    "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%m.%d.%Y", "%d-%m-%y", "%m-%d-%y", "%y-%m-%d",
    "%d/%m/%y", "%m/%d/%y", "%y/%m/%d", "%d.%m.%y", "%d-%b-%y", "%d-%b-%Y", "%d %b %Y",
    "%b %d, %Y", "%b %d %Y", "%d %B %Y", "%B %d, %Y",
)  # fmt: skip
_HOURS = (
    "%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%H:%M:%S.%f", "%H时%M分%S秒", "%H时%M分", "%H",
    "%H%M%S",
)  # fmt: skip
_GAPS = (" ", "T", "")
_DIGITS = re.compile(r"\d")
_LETTERS = re.compile(r"[A-Za-z]+")
_MOST = 2000


@dataclass(frozen=True)
class Moments:
    """Formats that read a column; ``hours``: of texts without a day, to be joined with a date."""

    formats: tuple[str, ...]
    share: float
    sure: Sure
    why: str
    hours: bool = False
    zoned: bool = False


def find_moments(values: Iterable[str], zone: str) -> Moments | None:
    """The formats of a column of times; None when it is none.

    Of two readings of day and month that are both possible for every value, the one counts whose
    days lie closer together, and the guess is a low one.
    """
    texts = list(dict.fromkeys(text.strip() for text in values if text.strip()))[:_MOST]
    if not texts:
        return None
    for word in ("epoch_ms", "epoch_s", "excel"):
        if _fits_word(texts, word, zone):
            why = f"all {len(texts)} different values are numbers of that size"
            return Moments((word,), 1.0, "high", why, zoned=word != "excel")
    shapes: dict[str, list[str]] = {}
    for text in texts:
        shapes.setdefault(_shape(text), []).append(text)
    formats: list[str] = []
    of_day: list[str] = []
    read, sure, notes = 0, "high", []
    hours = 0
    for shape, members in sorted(shapes.items(), key=lambda item: -len(item[1])):
        found = _formats(members, zone)
        if not found:
            if form := _hour_format(members):
                hours += len(members)
                of_day.append(form)
            continue
        best, note = _closest(found, members)
        if note:
            sure = "low" if note.startswith("!") else "medium"
            notes.append(f"{shape!r}: {note.lstrip('!')}")
        if best not in formats:
            formats.append(best)
        read += len(members)
    if hours > read and hours >= 0.95 * len(texts):
        return Moments(tuple(dict.fromkeys(of_day)), 1.0, "high", "a time of day", hours=True)
    share = read / len(texts)
    if share < 0.8:
        return None
    why = f"{share:.0%} of {len(texts)} different values are read by it"
    zoned = formats == ["iso"] and all(re.search(r"(?:[zZ]|[+-]\d\d:?\d\d)$", t) for t in texts)
    final: Sure = "low" if sure == "low" else "medium" if sure == "medium" or share < 1 else "high"
    return Moments(tuple(formats), share, final, "; ".join([why, *notes]), zoned=zoned)


def _shape(text: str) -> str:
    """The text with digits as 9 and words as a; runs of digits between signs may vary in length."""
    plain = _LETTERS.sub("a", _DIGITS.sub("9", text))
    return plain if len(set(plain)) == 1 else re.sub(r"9{1,2}(?!9)", "9", plain)


def _formats(texts: list[str], zone: str) -> list[str]:
    """All formats that read every one of the texts as a moment that may be meant."""
    if _fits_word(texts, "iso", zone):
        return ["iso"]
    found = []
    for date in _DATES:
        if not _reads(texts[:1], date, whole=False):
            continue
        for form in [date, *(date + gap + hour for gap, hour in product(_GAPS, _HOURS))]:
            if form.count("%H%M%S") and form != "%Y%m%d%H%M%S" and "%Y%m%d" not in form:
                continue
            if _reads(texts, form):
                found.append(form)
                break
    return found


def _fits_word(texts: list[str], word: str, zone: str) -> bool:
    if word != "iso":
        low, high = {"epoch_ms": (1e12, 3e12), "epoch_s": (9e8, 3e9), "excel": (3e4, 6e4)}[word]
        try:
            numbers = [float(text) for text in texts]
        except ValueError:
            return False
        if not all(low <= number <= high for number in numbers):
            return False
        if word == "excel" and len(texts) < 3:
            return False
    reader = TimeReader((word,), zone)
    return all(reader.read(text)[0] is not None for text in texts)


def _reads(texts: list[str], form: str, *, whole: bool = True) -> bool:
    for text in texts:
        try:
            moment = datetime.strptime(text, form)  # noqa: DTZ007 - only whether it can be read
        except ValueError as error:
            if not whole and "unconverted data remains" in str(error):
                continue
            return False
        if not 1990 <= moment.year <= 2099:
            return False
    return True


def _hour_format(texts: list[str]) -> str:
    fits = [form for form in _HOURS[:7] if _reads_hour(texts, form)]
    return fits[0] if fits else ""


def _reads_hour(texts: list[str], form: str) -> bool:
    try:
        for text in texts:
            datetime.strptime(text, form)  # noqa: DTZ007 - only whether it can be read
    except ValueError:
        return False
    return True


def _closest(forms: list[str], texts: list[str]) -> tuple[str, str]:
    """The format whose moments lie closest together; a note where others are possible."""
    if len(forms) == 1:
        return forms[0], ""
    spans = {}
    for form in forms:
        moments = [datetime.strptime(text, form) for text in texts]  # noqa: DTZ007  only their distances count
        spans[form] = (max(moments) - min(moments)).days
    ranked = sorted(spans, key=lambda form: spans[form])
    first, second = ranked[0], ranked[1]
    if spans[first] == spans[second]:
        return first, f"!could as well be {second}: no value tells day from month"
    note = f"its days span {spans[first]}, as {second} they would span {spans[second]}"
    return first, note if spans[second] > 3 * max(spans[first], 1) else "!" + note

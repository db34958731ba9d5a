"""Texts to moments: ISO 8601 or a declared format, in the source's zone; never a guess."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
    r"\s?(Z|z|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
_NUMERIC_DATE = re.compile(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})(?:\D.*)?", re.ASCII)
_MIDNIGHT_24 = re.compile(r"(?<![\d:])24(?=:00(?::00(?:\.0+)?)?(?![\d:]))", re.ASCII)
_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a local date; the zone is put to it later
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

BAD, AMBIGUOUS = "bad_time", "ambiguous_time"


class TimeReader:
    """Reads the time texts of one source.

    Args:
        formats: strptime formats, ``iso``, ``excel``, ``epoch_s``, ``epoch_ms``.
        zone: IANA zone of texts without offset.
        next_day_24: 24:00 means midnight of the next day; otherwise it is refused.
    """

    def __init__(self, formats: Sequence[str], zone: str, *, next_day_24: bool = False) -> None:
        self._formats = tuple(formats)
        self._zone = ZoneInfo(zone)
        self._next_day_24 = next_day_24

    def read(self, text: str) -> tuple[datetime | None, str | None]:
        """The moment in UTC and None, or None and the reason: ``bad_time`` or ``ambiguous_time``.

        Ambiguous is what two declared formats read differently, a date like 03/04/2026 without a
        declared format, and a local time that happens twice when clocks are set back. A local time
        that is skipped when they are set forward is bad.
        """
        late = False
        if self._next_day_24 and _MIDNIGHT_24.search(text):
            text, late = _MIDNIGHT_24.sub("00", text, count=1), True
        moments: set[datetime] = set()
        reason = BAD
        for form in self._formats:
            try:
                naive_or_aware = self._by_format(text, form)
            except (ValueError, OverflowError):
                continue
            if late:
                naive_or_aware += timedelta(days=1)
            moment, problem = self._in_zone(naive_or_aware)
            if moment is None:
                reason = problem
            else:
                moments.add(moment)
        if len(moments) > 1:
            return None, AMBIGUOUS
        if moments:
            moment = moments.pop()
            return (moment, None) if _FIRST <= moment < _LAST else (None, BAD)
        return None, AMBIGUOUS if reason == AMBIGUOUS or self._two_readings(text) else BAD

    def _by_format(self, text: str, form: str) -> datetime:
        if form == "iso":
            return _iso(text)
        if form == "excel":
            return _EXCEL_EPOCH + timedelta(seconds=round(float(text) * 86400))
        if form in ("epoch_s", "epoch_ms"):
            if not text.isascii() or not text.isdigit():
                raise ValueError(text)
            seconds = int(text) / (1000 if form == "epoch_ms" else 1)
            return datetime.fromtimestamp(seconds, UTC)
        return datetime.strptime(text, form)  # noqa: DTZ007 - the zone is put to it in _in_zone

    def _in_zone(self, when: datetime) -> tuple[datetime | None, str]:
        if when.tzinfo is not None:
            return when.astimezone(UTC), ""
        first = when.replace(tzinfo=self._zone, fold=0).astimezone(UTC)
        second = when.replace(tzinfo=self._zone, fold=1).astimezone(UTC)
        if first == second:
            return first, ""
        skipped = first.astimezone(self._zone).replace(tzinfo=None) != when
        return None, BAD if skipped else AMBIGUOUS

    def _two_readings(self, text: str) -> bool:
        """Whether the text is a date whose day and month could be told apart by a format only."""
        match = _NUMERIC_DATE.fullmatch(text)
        if match is None or len(match[1]) == 4:
            return False
        return 1 <= int(match[1]) <= 12 and 1 <= int(match[2]) <= 12


def _iso(text: str) -> datetime:
    match = _ISO.fullmatch(text)
    if match is None:
        raise ValueError(text)
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    micro = int((match[7] or "").ljust(6, "0")[:6])
    return datetime(year, month, day, hour, minute, second, micro, _offset(match[8]))


def _offset(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text in "Zz":
        return UTC
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or 0)
    if minutes > 59:
        raise ValueError(text)
    delta = timedelta(hours=hours, minutes=minutes)
    return timezone(-delta if text[0] == "-" else delta)

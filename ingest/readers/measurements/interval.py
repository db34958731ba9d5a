"""The interval of a block of measurements: its start and its length."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.times import TimeReader

_DURATION = re.compile(
    r"P(?:(?P<weeks>\d{1,4})W|(?:(?P<days>\d{1,4})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?(?:(?P<seconds>\d{1,8})(?:\.0+)?S)?)?)",
    re.ASCII,
)
_LONGEST_S = 31 * 86400


@dataclass(frozen=True)
class Interval:
    """Start (UTC) and length of a block; or the reason why they cannot be told."""

    start: datetime | None
    period_s: int
    reason: str = ""
    value: str = ""


def duration_s(text: str) -> int | None:
    """Whole seconds of an ISO 8601 duration (``PT900S``, ``PT15M``, ``P1D``); None when unreadable.

    Years and months have no fixed length, and fractions of seconds no place in a granularity
    period: both are unreadable. So is a duration of nothing, or of more than 31 days.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        return None
    parts = {unit: int(number) for unit, number in match.groupdict().items() if number}
    seconds = round(timedelta(**parts).total_seconds())
    return seconds if 0 < seconds <= _LONGEST_S else None


def read_interval(
    end: str | None, duration: str | None, reader: TimeReader, declared_s: int | None
) -> Interval:
    """Start = end - duration (TS 32.435 gives the end of the granularity period).

    Args:
        end: ``granPeriod/@endTime``.
        duration: ``granPeriod/@duration``.
        reader: reads times, in the source's zone where they have no offset.
        declared_s: length that the profile declares, for durations that cannot be read.
    """
    period_s = duration_s(duration or "") or declared_s
    if period_s is None:
        return Interval(None, 0, "bad_duration:granPeriod", (duration or "")[:40])
    moment, reason = reader.read((end or "").strip())
    if moment is None:
        return Interval(None, period_s, f"{reason}:endTime", (end or "")[:40])
    return Interval(moment - timedelta(seconds=period_s), period_s)

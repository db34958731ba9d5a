"""How much of a timer's time is used up, and when it will be: rules that change by the hour.

A timer with a limit of L minutes uses up 1/L of its time in each minute in which that limit holds;
when all is used up, it is due. So an order accepted one hour before a night with twice the limit
has half of its time left at nightfall, and that half lasts twice as long. In minutes in which the
clock rests nothing is used up. Shares are exact fractions: what is used from a to b and from b to c
adds up to what is used from a to c.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from dashboard.dispatch.sla_settings import SlaRule, SlaSettings, TimerName

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)
_SECOND = 1_000_000
_MINUTE = 60 * _SECOND
_FOREVER_DAYS = 400
_KEPT_DAYS = 4_000

Stretch = tuple[int, int, int]
"""Beginning and end in microseconds since 1970, and the limit within (0: the clock rests)."""


@dataclass(frozen=True, eq=False)
class Rules:
    """The limits of an operator, and what they depend on.

    Attributes:
        settings: limits and rules.
        zone: in whose local time rules begin and end.
        is_day_off: whether a local date is a weekend or holiday that is not worked.
    """

    settings: SlaSettings
    zone: ZoneInfo
    is_day_off: Callable[[date], bool]
    _kept: dict[tuple[date, TimerName, int], tuple[Stretch, ...]] = field(
        default_factory=dict, repr=False
    )

    def limit(self, timer: TimerName, moment: datetime, worth: float = 0.0) -> float | None:
        """Minutes that a timer has by the rule of a moment (aware); None: its clock rests."""
        return self._limit(timer, moment.astimezone(self.zone), self._rules_for(worth))

    def runs(self, timer: TimerName, worth: float = 0.0) -> bool:
        """Whether there is a limit for a timer at any time at all."""
        given = (self.settings, *self._rules_for(worth))
        return any(one.limit(timer) is not None for one in given)

    def stretches(self, timer: TimerName, since: datetime, worth: float) -> Iterator[Stretch]:
        """The time from the local day of ``since`` on, cut where limits change; without an end."""
        rules = self._rules_for(worth)
        day = since.astimezone(self.zone).date()
        while True:
            key = (day, timer, len(rules))
            pieces = self._kept.get(key)
            if pieces is None:
                pieces = tuple(self._of_day(timer, day, rules))
                if len(self._kept) > _KEPT_DAYS:
                    self._kept.clear()
                self._kept[key] = pieces
            yield from pieces
            day += timedelta(days=1)

    def _rules_for(self, worth: float) -> tuple[SlaRule, ...]:
        """The rules for orders of a worth. Of two worths the one with more rules has all others."""
        return tuple(rule for rule in self.settings.rules if worth >= rule.min_avoided)

    def _limit(self, timer: TimerName, local: datetime, rules: tuple[SlaRule, ...]) -> float | None:
        day, clock = local.date(), local.time()
        for rule in rules:
            if _within(rule, clock) and self._on(rule, day):
                if timer in rule.rests:
                    return None
                if (limit := rule.limit(timer)) is not None:
                    return limit
        return self.settings.limit(timer)

    def _on(self, rule: SlaRule, day: date) -> bool:
        return rule.days == "every_day" or (rule.days == "days_off") == self.is_day_off(day)

    def _of_day(self, timer: TimerName, day: date, rules: tuple[SlaRule, ...]) -> Iterator[Stretch]:
        """A local day, whatever its length; limits are looked up within each piece."""
        begin, end = self._midnight(day), self._midnight(day + timedelta(days=1))
        clocks = {clock for rule in rules for clock in (rule.starts, rule.ends) if clock}
        cuts = {begin, end, *self._shifts(begin, end)}
        for clock in clocks:
            for fold in (0, 1):  # a time that comes twice, or is left out, cuts twice
                cuts.add(_micros(datetime.combine(day, clock, self.zone).replace(fold=fold)))
        inside = sorted(cut for cut in cuts if begin <= cut <= end)
        for start, stop in pairwise(inside):
            limit = self._limit(timer, _moment((start + stop) // 2).astimezone(self.zone), rules)
            yield start, stop, 0 if limit is None else round(limit * _MINUTE)

    def _midnight(self, day: date) -> int:
        return _micros(datetime.combine(day, time(), self.zone))

    def _shifts(self, begin: int, end: int) -> Iterator[int]:
        """When clocks are set within a day: at most once, at a whole second."""
        before = self._offset(begin)
        low, high = begin // _SECOND, end // _SECOND
        if before == self._offset(end):
            return
        while high - low > 1:
            middle = (low + high) // 2
            if self._offset(middle * _SECOND) == before:
                low = middle
            else:
                high = middle
        yield high * _SECOND

    def _offset(self, micros: int) -> timedelta | None:
        return _moment(micros).astimezone(self.zone).utcoffset()


@lru_cache(maxsize=8)
def make_rules(settings: SlaSettings, zone: ZoneInfo, country: str | None) -> Rules:
    """Rules with the days off of a country (ISO code; None: weekends alone).

    Raises:
        forecasting.errors.ForecastingError: the country is unknown.
    """
    from forecasting.calendar import load_calendar

    return Rules(settings, zone, load_calendar(country).is_day_off)


def used(
    since: datetime, until: datetime, timer: TimerName, rules: Rules, worth: float = 0.0
) -> Fraction:
    """The share of its time that a timer has used up: 1 when it is due, more when it is late.

    Args:
        since: when it began (aware).
        until: up to when (aware); 0 when that is not later.
        timer: which one.
        rules: the limits.
        worth: complaints that the order is expected to spare, for rules with ``min_avoided``.
    """
    first, last = _micros(since), _micros(until)
    total = Fraction(0)
    if last <= first:
        return total
    for start, stop, limit in rules.stretches(timer, since, worth):
        if start >= last:
            break
        if limit and stop > first:
            total += Fraction(min(stop, last) - max(start, first), limit)
    return total


def at_share(
    since: datetime, timer: TimerName, rules: Rules, share: float, worth: float = 0.0
) -> datetime | None:
    """When a timer will have used up a share of its time.

    Args:
        since: when it began (aware).
        timer: which one.
        rules: the limits.
        share: above 0; 1 is all of it.
        worth: as in :func:`used`.

    Returns:
        UTC, the first microsecond at which it is so; None when the clock rests for 400 days.
    """
    if not rules.runs(timer, worth):
        return None
    first, left = _micros(since), _fraction(share)
    for start, stop, limit in rules.stretches(timer, since, worth):
        if start - first > _FOREVER_DAYS * 86_400 * _SECOND:
            return None
        begin = max(start, first)
        if not limit or stop <= begin:
            continue
        needed = -(-left.numerator * limit // left.denominator)
        if needed <= stop - begin:
            return _moment(begin + needed)
        left -= Fraction(stop - begin, limit)
    return None  # not reached: stretches have no end


def due_at(since: datetime, timer: TimerName, rules: Rules, worth: float = 0.0) -> datetime | None:
    """When all of a timer's time is used up (UTC); None: never, its clock rests."""
    return at_share(since, timer, rules, 1, worth)


def warn_at(since: datetime, timer: TimerName, rules: Rules, worth: float = 0.0) -> datetime | None:
    """When a timer warns (UTC); None: never."""
    return at_share(since, timer, rules, rules.settings.warn_share, worth)


@lru_cache(maxsize=64)
def _fraction(share: float) -> Fraction:
    """The decimal that was meant: 0.7, not the nearest number of 53 bits."""
    return Fraction(share).limit_denominator(1_000_000)


def _within(rule: SlaRule, clock: time) -> bool:
    if rule.starts is None or rule.ends is None:
        return True
    if rule.starts < rule.ends:
        return rule.starts <= clock < rule.ends
    return clock >= rule.starts or clock < rule.ends


def _micros(moment: datetime) -> int:
    return (moment.astimezone(UTC) - _EPOCH) // _MICRO


def _moment(micros: int) -> datetime:
    return _EPOCH + micros * _MICRO

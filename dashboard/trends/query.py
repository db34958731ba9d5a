"""What somebody wants to know of the complaints: days, periods, splits and filters."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal, Self

from dashboard.errors import DashboardError

By = Literal["day", "week", "month"]
PERIODS: tuple[By, ...] = ("day", "week", "month")
DIMENSIONS = ("region", "channel", "service", "category", "technology")
# Of a filter: those of which it is not known.
UNKNOWN = "unknown"
# As far back as one query goes: a row a day and value.
MOST_DAYS = 3700
_BACK: dict[By, int] = {"day": 30, "week": 7 * 26, "month": 365}


class TrendQueryError(DashboardError):
    """A parameter of a query for trends cannot be used.

    Attributes:
        name: the parameter.
        value: as it came.
        hint: what would be right.
    """

    def __init__(self, name: str, value: str, hint: str) -> None:
        super().__init__(f"{name}={value[:60]!r} cannot be used: {hint}")
        self.name, self.value, self.hint = name, value[:60], hint


@dataclass(frozen=True)
class TrendQuery:
    """Complaints of some local days, by period, and maybe split and filtered.

    Attributes:
        first: first local day.
        last: last local day, inclusive.
        by: length of a period; weeks start on Monday (ISO 8601).
        split: dimensions of which each value gets rows of its own.
        filters: value by dimension; ``unknown`` asks for complaints of which it is not known. A
            region includes what is below it. ``level`` says to which level of regions a split
            by region rolls up.
    """

    first: date
    last: date
    by: By = "week"
    split: tuple[str, ...] = ()
    filters: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, mapping: Mapping[str, str], *, newest: date) -> Self:
        """From ``from, to, by`` and a value each of region, channel, service, category, technology.

        Args:
            mapping: ``by`` names a period and dimensions, separated by commas, in any order
                (``week,region``); without a period it is the week. ``split`` may name dimensions
                too. Other keys are left alone; an empty value is none.
            newest: the last local day of which anything can be known: the default of ``to``, and
                the latest.

        Raises:
            TrendQueryError: a value cannot be used.
        """
        by, split = _by(mapping)
        last = _day(mapping, "to") or newest
        first = _day(mapping, "from") or starting(by, min(last, newest))
        if first > last:
            raise TrendQueryError("from", str(first), f"it is after to={last}")
        last = max(min(last, newest), first)
        if (last - first).days >= MOST_DAYS:
            raise TrendQueryError("from", str(first), f"ask for at most {MOST_DAYS} days at once")
        names = [*DIMENSIONS, "level"]
        filters = {name: mapping[name] for name in names if mapping.get(name)}
        level = filters.get("level", "0")
        if not (level.isascii() and level.isdigit() and len(level) <= 3):
            raise TrendQueryError("level", level, "use a whole number, a level of the regions")
        return cls(first, last, by, split, filters)

    @property
    def key(self) -> tuple[Hashable, ...]:
        """What results of the query are remembered by."""
        filters = tuple(sorted(self.filters.items()))
        return (self.first, self.last, self.by, self.split, filters)

    def narrowed(self, **changes: str) -> Self:
        """The same with further filters."""
        filters = {**self.filters, **changes}
        return type(self)(self.first, self.last, self.by, self.split, filters)


def starting(by: By, last: date) -> date:
    """Where a query begins that does not say so: 30 days, 26 weeks or 12 months back."""
    since = last - timedelta(days=_BACK[by] - 1)
    if by == "week":
        return since - timedelta(days=since.weekday())
    return since if by == "day" else since.replace(day=1)


def _by(mapping: Mapping[str, str]) -> tuple[By, tuple[str, ...]]:
    given = mapping.get("by") or ""
    words = [word.strip() for word in given.split(",") if word.strip()]
    periods = [word for word in words if word in PERIODS]
    split = [word for word in words if word not in PERIODS]
    split += [word.strip() for word in (mapping.get("split") or "").split(",") if word.strip()]
    wrong = [word for word in split if word not in DIMENSIONS]
    if wrong:
        choices = ", ".join((*PERIODS, *DIMENSIONS))
        raise TrendQueryError("by", wrong[0], f"use one or more of {choices}, separated by commas")
    if len(periods) > 1:
        raise TrendQueryError("by", given, f"use one period alone: {', '.join(PERIODS)}")
    by: By = next((period for period in PERIODS if period in periods), "week")
    return by, tuple(name for name in DIMENSIONS if name in split)


def _day(mapping: Mapping[str, str], name: str) -> date | None:
    text = mapping.get(name)
    if not text:
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise TrendQueryError(name, text, "use a date such as 2026-11-21") from None
    if not 1971 <= day.year <= 2999:
        raise TrendQueryError(name, text, "use a date such as 2026-11-21")
    return day

"""Sums of complaints over windows of local days, from their daily sums or the complaints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from dashboard.snapshot import Snapshot
from dashboard.trends import held
from dashboard.trends.areas import Areas
from dashboard.trends.periods import DAY, Window, today_of
from dashboard.trends.query import DIMENSIONS, UNKNOWN, TrendQuery, TrendQueryError

KEYS = ["period", *DIMENSIONS]
EVER, NEVER = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Pieces:
    """Time to sum over.

    Attributes:
        whole: local days, with the number of their period.
        parts: local days of which only what lies after a moment and up to another counts.
    """

    whole: list[tuple[date, int]] = field(default_factory=list)
    parts: list[tuple[date, int, datetime, datetime]] = field(default_factory=list)

    @property
    def days(self) -> set[date]:
        """All days of which something counts."""
        return {day for day, _ in self.whole} | {day for day, *_ in self.parts}

    @property
    def all_parts(self) -> Pieces:
        """The same, whole days as parts of which nothing is left out."""
        whole = ((day, number, EVER, NEVER) for day, number in self.whole)
        return Pieces(parts=[*whole, *self.parts])

    def between(self, number: int, since: datetime, until: datetime, zone: ZoneInfo) -> None:
        """Add what lies after one moment and up to another, as one period."""
        first, last = today_of(since, zone), today_of(until, zone)
        self.parts.extend((day, number, since, until) for day in dict.fromkeys((first, last)))
        between = Window(first + DAY, last - DAY, whole=True)
        self.whole.extend((day, number) for day in between.days)


@dataclass(frozen=True)
class Facts:
    """One query on one snapshot; what was read once is not read again."""

    snapshot: Snapshot
    query: TrendQuery
    _known: dict[str, _Known] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The operator's."""
        return ZoneInfo(self.snapshot.manifest.time_zone)

    @property
    def as_of(self) -> datetime:
        """The moment whose knowledge is shown (UTC)."""
        return self.snapshot.manifest.as_of

    @cached_property
    def today(self) -> date:
        """The local day of ``as_of``."""
        return today_of(self.as_of, self.zone)

    @cached_property
    def areas(self) -> Areas:
        """The regions."""
        return held.areas(self.snapshot)

    @cached_property
    def history_from(self) -> date | None:
        """The first local day with a complaint; before it nothing is known."""
        return held.history_from(self.snapshot)

    @cached_property
    def shown(self) -> dict[str, str]:
        """As which region each one counts."""
        level = self.query.filters.get("level")
        return self.areas.shown(self.region, None if level is None else int(level))

    @property
    def region(self) -> str | None:
        """The region looked at; None: all, or those of which none is known.

        Raises:
            TrendQueryError: there is none of that id.
        """
        region = self.query.filters.get("region")
        if region is None or region == UNKNOWN:
            return None
        if region not in self.areas.by_id:
            raise TrendQueryError("region", region, "no such region; /api/v1/regions lists them")
        return region

    @property
    def dimensions(self) -> set[str]:
        """What must be told apart beside regions: splits and filters."""
        return ({*self.query.split} | {*self.query.filters} & {*DIMENSIONS}) - {"region"}

    def counts(
        self, windows: Sequence[Window], cuts: Sequence[datetime | None] | None = None
    ) -> pd.DataFrame:
        """Sums of complaints; ``period`` (number of the window), dimensions, sums.

        Args:
            windows: local days; windows may overlap.
            cuts: for each window the moment after which nothing that was made (or fell due)
                counts; ``as_of`` where left out.
        """
        return self._spread("counts", self.pieces, windows, cuts)

    def replies(
        self, windows: Sequence[Window], cuts: Sequence[datetime | None] | None = None
    ) -> pd.DataFrame:
        """Minutes within which 80 % and 95 % were answered; as :meth:`counts`."""

        def make(pieces: Pieces) -> pd.DataFrame:
            if not held.files_of(self.snapshot, pieces.days):
                return pd.DataFrame(columns=[*KEYS, "reply_p80_min", "reply_p95_min"])
            return self._rows("trend_replies", pieces)

        return self._spread("replies", make, windows, cuts)

    def pieces(self, pieces: Pieces) -> pd.DataFrame:
        """Sums over pieces of time.

        Whole days are read from daily sums, where the snapshot has them and they tell apart what
        is asked for; all else from the complaints themselves. Both give the same digits.
        """
        if not self.snapshot.has_day_sums or len(self.dimensions) > 1:
            return self._rows("trend_counts_rows", pieces.all_parts)
        frames = [self._rows("trend_counts", Pieces(pieces.whole))]
        parts = Pieces(parts=pieces.parts)
        if held.files_of(self.snapshot, parts.days):
            frames.append(self._rows("trend_counts_rows", parts))
        found = [frame for frame in frames if len(frame)] or frames[:1]
        if len(found) == 1:
            return found[0]
        both = pd.concat(found, ignore_index=True)
        sums = both.groupby(KEYS, dropna=False, sort=False).sum(min_count=1).reset_index()
        return _with_none(sums)

    def _rows(self, name: str, pieces: Pieces) -> pd.DataFrame:
        days = pieces.days or {self.today}
        filters, region, shown = self.query.filters, self.region, self.shown
        parameters: dict[str, Any] = {
            "first": min(days),
            "last": max(days),
            "region_ids": list(shown),
            "shown": list(shown.values()),
            "within": None if region is None else self.areas.below(region),
            "region": filters.get("region"),
        }
        if name != "trend_counts_rows":
            parameters["days"] = [day for day, _ in pieces.whole]
            parameters["periods"] = [number for _, number in pieces.whole]
        if name == "trend_counts":
            parameters["dimension"] = next(iter(self.dimensions), "")
        else:
            parameters["files"] = held.files_of(self.snapshot, days)
            parameters["part_days"] = [day for day, *_ in pieces.parts]
            parameters["part_periods"] = [number for _, number, *_ in pieces.parts]
            parameters["since"] = [since for *_, since, _ in pieces.parts]
            parameters["until"] = [until for *_, until in pieces.parts]
        for dimension in DIMENSIONS:
            parameters[f"by_{dimension}"] = dimension in self.query.split
            if dimension != "region":
                parameters[dimension] = filters.get(dimension)
        return _with_none(self.snapshot.frame(name, parameters))

    def _spread(
        self,
        name: str,
        make: Callable[[Pieces], pd.DataFrame],
        windows: Sequence[Window],
        cuts: Sequence[datetime | None] | None,
    ) -> pd.DataFrame:
        """Each different window once, however often it is asked for, then for all.

        The week before a week is one of the weeks; scores are of the periods that were counted.
        """
        ends = [cut or self.as_of for cut in cuts or [None] * len(windows)]
        asked = [
            (window.first, window.last, end if today_of(end, self.zone) <= window.last else None)
            for window, end in zip(windows, ends, strict=True)
        ]
        known = self._known.setdefault(name, _Known())
        pieces = Pieces()
        for one in dict.fromkeys(asked):
            if one not in known.numbers:
                known.numbers[one] = len(known.numbers)
                self._add(pieces, known.numbers[one], *one)
        if pieces.whole or pieces.parts or not known.frames:
            known.frames.append(make(pieces))
        numbers = pd.DataFrame(
            {"period": [known.numbers[one] for one in asked], "window": range(len(asked))},
            dtype="int64",
        )
        frame = pd.concat([f for f in known.frames if len(f)] or known.frames[:1])
        found = numbers.merge(frame, on="period", sort=False).drop(columns="period")
        return found.rename(columns={"window": "period"})

    def _add(
        self, pieces: Pieces, number: int, first: date, last: date, end: datetime | None
    ) -> None:
        cut = None if end is None else today_of(end, self.zone)
        until = last if cut is None else cut - DAY
        pieces.whole.extend((day, number) for day in Window(first, until, whole=True).days)
        if end is not None and cut is not None and cut >= first:
            pieces.parts.append((cut, number, EVER, end))


@dataclass
class _Known:
    """What was read already: windows with their numbers, and rows by these numbers."""

    numbers: dict[tuple[date, date, datetime | None], int] = field(default_factory=dict)
    frames: list[pd.DataFrame] = field(default_factory=list)


def _with_none(frame: pd.DataFrame) -> pd.DataFrame:
    """Values of dimensions that are not known are None, whatever pandas made of them."""
    for dimension in DIMENSIONS:
        column = frame[dimension].astype(object)
        frame[dimension] = column.where(column.notna(), None)
    return frame

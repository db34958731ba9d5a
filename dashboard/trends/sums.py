"""Sums of complaints over windows of local days, straight from the facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from dashboard.snapshot import Snapshot
from dashboard.trends.areas import Areas, areas_of
from dashboard.trends.periods import Window, today_of
from dashboard.trends.query import DIMENSIONS, UNKNOWN, TrendQuery, TrendQueryError

KEYS = ["period", *DIMENSIONS]


@dataclass(frozen=True)
class Facts:
    """One query on one snapshot."""

    snapshot: Snapshot
    query: TrendQuery

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
        return areas_of(self.snapshot)

    @cached_property
    def history_from(self) -> date | None:
        """The first local day with a complaint; before it nothing is known."""
        first: date | None = self.snapshot.rows("trend_span")[0]["first"]
        return first

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

    def frame(
        self, name: str, windows: Sequence[Window], cuts: Sequence[datetime | None] | None = None
    ) -> pd.DataFrame:
        """Rows of a query ``trend_…``: ``period`` (number of the window), dimensions, values.

        Args:
            name: of the query.
            windows: local days; windows may overlap.
            cuts: for each window the moment after which nothing that was made (or fell due)
                counts; ``as_of`` where left out.
        """
        days = [(day, number) for number, window in enumerate(windows) for day in window.days]
        ends = [cut or self.as_of for cut in cuts or [None] * len(windows)]
        filters, region = self.query.filters, self.region
        shown = self.shown
        parameters: dict[str, Any] = {
            "days": [day for day, _ in days],
            "periods": [number for _, number in days],
            "first": min((day for day, _ in days), default=self.today),
            "last": max((day for day, _ in days), default=self.today),
            "cuts": [ends[number] for _, number in days],
            "region_ids": list(shown),
            "shown": list(shown.values()),
            "within": None if region is None else self.areas.below(region),
            "region": filters.get("region"),
        }
        for dimension in DIMENSIONS:
            parameters[f"by_{dimension}"] = dimension in self.query.split
            if dimension != "region":
                parameters[dimension] = filters.get(dimension)
        frame = self.snapshot.frame(name, parameters)
        for dimension in DIMENSIONS:
            column = frame[dimension].astype(object)
            frame[dimension] = column.where(column.notna(), None)
        return frame

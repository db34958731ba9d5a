"""What a series' model may know of each day: weekday, calendar, events and works."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting import queries
from forecasting.calendar import KINDS, Calendar
from forecasting.cells.inventory import Inventory
from forecasting.regions.nodes import ALL, Node
from forecasting.regions.tree import ancestors
from geo.locate import locate_regions

Array = NDArray[np.float64]

EVENTS, WORKS = "events", "works"
_MOST = 4.0  # more events, or works per hundred cells, tell no more
_UNDATED = timedelta(hours=4)  # how long an event lasts whose end is not known


@dataclass(frozen=True)
class DayFacts:
    """Facts of local days before and after an origin, as they were known there.

    Attributes:
        calendar: of the country.
        events: index days, a column per region and ``ALL``: events held, at most 4.
        works: the same: cells under works, per hundred cells of the region, at most 4.
    """

    calendar: Calendar
    events: pd.DataFrame | None = None
    works: pd.DataFrame | None = None
    _ordinary: dict[tuple[date, int], Array] = field(
        default_factory=dict, compare=False, repr=False
    )

    def fingerprint(self) -> bytes:
        """All that the facts say, as bytes; equal facts give equal bytes."""
        tables = [t for t in (self.events, self.works) if t is not None]
        parts = [repr([list(map(str, t.columns)), str(t.index[:1])]).encode() for t in tables]
        parts += [np.ascontiguousarray(t.to_numpy(float)).tobytes() for t in tables]
        years = sorted(self.calendar.covered or ())
        what = (self.calendar.country, years, sorted(self.calendar.workdays), self.calendar.exams)
        return repr(what).encode() + b"".join(parts)

    def happenings(self, node: Node, days: pd.DatetimeIndex) -> pd.DataFrame:
        """``events, works`` of a node on these days; columns that are always 0 are left out."""
        region = node[0].split("\x00")[0]
        found = {}
        for name, table in ((EVENTS, self.events), (WORKS, self.works)):
            if table is not None and region in table.columns:
                values = table[region].reindex(days).fillna(0.0)
                if values.any():
                    found[name] = values
        return pd.DataFrame(found, index=days)

    def design(self, node: Node, days: pd.DatetimeIndex) -> Array:
        """Shape (days, 7 + kinds of days + 2): indicators, and counts of events and works."""
        own = self.happenings(node, days).reindex(columns=[EVENTS, WORKS]).fillna(0.0)
        return np.hstack([self._calendar_of(days), own.to_numpy(float)])

    def _calendar_of(self, days: pd.DatetimeIndex) -> Array:
        key = (days[0].date() if len(days) else date.min, len(days))  # no ticket yet: no day
        if key not in self._ordinary:
            kinds = [self.calendar.kind(day.date()) for day in days]
            special = np.array([[kind == k for k in KINDS] for kind in kinds], float)
            weekday = np.eye(7)[np.asarray(days.day_of_week)]
            self._ordinary[key] = np.hstack([weekday, special.reshape(len(days), len(KINDS))])
        return self._ordinary[key]


def day_facts(
    connection: duckdb.DuckDBPyConnection,
    origin: datetime,
    inventory: Inventory,
    first: date,
    last: date,
    *,
    calendar: Calendar,
    zone: str,
) -> DayFacts:
    """Events and works from ``first`` to ``last`` by region, as announced until ``origin``."""
    days = pd.date_range(pd.Timestamp(first), pd.Timestamp(last), freq="D")
    span: dict[str, queries.Value] = {
        "origin": origin,
        "since": datetime.combine(first, datetime.min.time(), ZoneInfo(zone)),
        "until": datetime.combine(last, datetime.max.time(), ZoneInfo(zone)),
    }
    events = queries.frame(connection, "region_events", span)
    works = queries.frame(connection, "region_works", span)
    cells = inventory.cells
    return DayFacts(
        calendar,
        _by_day(_event_regions(events, inventory), inventory, days, zone).clip(upper=_MOST),
        _works_by_day(works, cells, inventory, days, zone).clip(upper=_MOST),
    )


def _event_regions(events: pd.DataFrame, inventory: Inventory) -> pd.DataFrame:
    """Events with their region: as delivered, else by place; none touches the whole city."""
    regions = inventory.regions
    result = events.assign(weight=1.0)
    placed = events["region_id"].isna() & events["longitude"].notna() & events["latitude"].notna()
    leaves = regions[regions.geometry.notna() & ~regions["region_id"].isin(regions["parent_id"])]
    if placed.any() and len(leaves):
        at = events[placed]
        found = locate_regions(at["longitude"].to_numpy(), at["latitude"].to_numpy(), leaves)
        result["region_id"] = result["region_id"].astype(object)
        result.loc[placed, "region_id"] = np.asarray(found, dtype=object)
    return result


def _works_by_day(
    works: pd.DataFrame,
    cells: pd.DataFrame,
    inventory: Inventory,
    days: pd.DatetimeIndex,
    zone: str,
) -> pd.DataFrame:
    """Cells under works per hundred cells of each region."""
    homes = cells[["cell_id", "site_id", "region_id"]]
    of_cell = works[works["cell_id"].notna()].drop(columns="region_id")
    of_site = works[works["cell_id"].isna() & works["site_id"].notna()]
    touched = pd.concat(
        [
            of_cell.merge(homes[["cell_id", "region_id"]], on="cell_id"),
            of_site.drop(columns=["region_id", "cell_id"]).merge(homes, on="site_id"),
        ],
        ignore_index=True,
    )
    touched = touched[["starts_at", "ends_at", "region_id"]].assign(weight=1.0)
    everywhere = works[works["cell_id"].isna() & works["site_id"].isna()]
    size = homes["region_id"].value_counts()
    whole = everywhere[["starts_at", "ends_at", "region_id"]]
    whole = whole.assign(weight=whole["region_id"].map(size).fillna(len(homes)).astype(float))
    parts = [part for part in (touched, whole) if len(part)]
    if not parts:
        return pd.DataFrame(index=days)
    table = _by_day(pd.concat(parts, ignore_index=True), inventory, days, zone)
    lines = ancestors(pd.DataFrame(inventory.regions[["region_id", "parent_id"]]))
    below = homes["region_id"].dropna().map(lambda r: lines.get(str(r), [])).explode()
    inside = below.value_counts()
    count = [max(1.0, float(len(homes) if r == ALL else inside.get(r, 0))) for r in table.columns]
    return table.mul(100 / np.array(count), axis="columns")


def _by_day(
    rows: pd.DataFrame, inventory: Inventory, days: pd.DatetimeIndex, zone: str
) -> pd.DataFrame:
    """Sum of ``weight`` by local day and region, upper regions and the city included."""
    lines = ancestors(pd.DataFrame(inventory.regions[["region_id", "parent_id"]]))
    names = [ALL, *lines]
    table = np.zeros((len(days), len(names)))
    place = {name: i for i, name in enumerate(names)}
    if len(rows):
        start = rows["starts_at"].dt.tz_convert(zone).dt.tz_localize(None)
        end = rows["ends_at"].dt.tz_convert(zone).dt.tz_localize(None)
        end = end.where(end.notna(), start + _UNDATED)
        for begin, finish, region, weight in zip(
            start, end, rows["region_id"], rows["weight"], strict=True
        ):
            from_ = int(days.searchsorted(begin.normalize()))
            to = max(from_ + 1, int(days.searchsorted(finish, "left")))
            known = isinstance(region, str) and region in lines
            for name in [*lines[region], ALL] if known else names:
                table[from_:to, place[name]] += weight
    return pd.DataFrame(table, index=days, columns=names)

"""All complaints of the kept history for a snapshot: only months that changed are made anew."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from dashboard.publish import queries
from dashboard.snapshot import COMPLAINTS, ComplaintMonth
from forecasting.cells.attribution import Attributor
from forecasting.cells.serving_regions import ticket_regions
from forecasting.run import Forecast

if TYPE_CHECKING:
    import duckdb

REPEAT_WITHIN = timedelta(days=30)
# Of the rule by which rows are made: another number makes all months anew.
_VERSION = 1
_ON_EARTH = ["cell_id", "site_id", "longitude", "latitude", "azimuth_deg", "technology"]


@contextmanager
def complaint_months(
    connection: duckdb.DuckDBPyConnection, made: Forecast, low_limit: int
) -> Iterator[dict[date, ComplaintMonth]]:
    """The months as they were known at ``made.as_of``; their rows can be loaded within the block.

    A complaint counts in the finest region that is known of it, as in the regions' daily counts,
    and in the technology of its cell. One without a known cell is spread over the technologies of
    the probable serving cells of its place, by geometry alone: what is learned of customers' habits
    week by week would make every month anew. Weights are multiples of 2^-20 and sum to 1 a ticket.

    A month is made anew when a complaint of it, or of the two months before (in which repeats have
    their first), is known otherwise than before, and all are when places of cells, their
    technologies or regions changed.

    Args:
        connection: the warehouse.
        made: the forecast, with the inventory known then.
        low_limit: satisfaction at or below it is low.
    """
    found = queries.frame(connection, "complaint_months", {"as_of": made.as_of})
    rows = found.to_dict("records")
    inventory = made.inventory
    common = f"{_VERSION}-{low_limit}-{_of_places(inventory.cells, inventory.regions)}"
    first = min((row["first"] for row in rows), default=made.as_of)
    source = _Source(connection, made, low_limit, first + REPEAT_WITHIN)
    own = {row["month"]: f"{row['rows']}-{row['fingerprint']:x}" for row in rows}
    months = {}
    for month, mark in own.items():
        earlier = [own.get(_before(month, n), "") for n in (1, 2)]
        early = first.isoformat() if (month - first.date()).days <= REPEAT_WITHIN.days else ""
        text = "|".join([mark, *earlier, early, common])
        fingerprint = hashlib.sha256(text.encode()).hexdigest()[:20]
        months[month] = ComplaintMonth(fingerprint, partial(source.rows, month))
    try:
        yield months
    finally:
        connection.execute("DROP TABLE IF EXISTS complaints_known")


@dataclass
class _Source:
    """Rows of months; the facts are read once, from the first month that is asked for on."""

    connection: duckdb.DuckDBPyConnection
    made: Forecast
    low_limit: int
    told_from: datetime
    since: date | None = field(default=None)

    def rows(self, month: date) -> pd.DataFrame:
        """One row per complaint of the month and technology, as in ``COMPLAINTS``."""
        if self.since is None or month < self.since:
            start = datetime.combine(month, datetime.min.time(), ZoneInfo(self.made.time_zone))
            span = {"since": start - REPEAT_WITHIN, "told_from": self.told_from}
            queries.run(self.connection, "complaints_known", {"as_of": self.made.as_of, **span})
            self.since = month
        known = queries.frame(self.connection, "complaint_rows", {"month": month})
        cells, regions = self.made.inventory.cells, self.made.inventory.regions
        known["region_id"] = ticket_regions(known, cells, regions)
        known["technology"] = known["cell_id"].map(cells.set_index("cell_id")["technology"])
        score = known["satisfaction"]
        known["low"] = (score <= self.low_limit).astype("boolean").mask(score.isna())
        shares = _technologies(known[~known["cell_id"].isin(cells["cell_id"])], cells)
        wide = known.merge(shares, on="ticket_id", how="left", suffixes=("", "_near"))
        technology = wide["technology"].where(wide["weight"].isna(), wide["technology_near"])
        result = wide.assign(technology=technology, weight=wide["weight"].fillna(1.0))
        return result[[*COMPLAINTS.names]]


def _technologies(tickets: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """``ticket_id, technology, weight`` of tickets with a place, ordered by technology."""
    placed = cells[cells["longitude"].notna() & cells["latitude"].notna()]
    shares = Attributor(placed).spread(tickets, tickets.iloc[:0])
    shares["technology"] = shares["cell_id"].map(cells.set_index("cell_id")["technology"])
    sums = shares.groupby(["ticket_id", "technology"], sort=True, dropna=False)["weight"].sum()
    return sums.reset_index()


def _before(month: date, months: int) -> date:
    number = 12 * month.year + month.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


def _of_places(cells: pd.DataFrame, regions: gpd.GeoDataFrame) -> str:
    """Changes with whatever a complaint's region and technology follow from."""
    digest = hashlib.sha256()
    for frame in (cells[[*_ON_EARTH, "region_id"]], regions[["region_id", "parent_id"]]):
        hashes = pd.util.hash_pandas_object(pd.DataFrame(frame), index=False)
        digest.update(hashes.to_numpy().tobytes())
    for shape in shapely.to_wkb(np.asarray(regions.geometry.array, dtype=object)):
        digest.update(shape or b"-")
    return digest.hexdigest()[:20]

"""Daily complaints per region, from tickets as they were known."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.locate import locate_regions

Days = pd.DatetimeIndex


def ticket_regions(
    tickets: pd.DataFrame, cells: pd.DataFrame, regions: gpd.GeoDataFrame
) -> pd.Series:
    """The region of each ticket: as delivered, else of its cell, else of its place, else unknown.

    Args:
        tickets: ``cell_id, longitude, latitude, region_id``.
        cells: ``cell_id, region_id``.
        regions: ``region_id, geometry``; a delivered region that is not among them does not count.

    Returns:
        ``region_id`` or None by the index of ``tickets``.
    """
    given = tickets["region_id"].where(tickets["region_id"].isin(regions["region_id"]))
    of_cell = tickets["cell_id"].map(cells.set_index("cell_id")["region_id"])
    result = given.astype(object).where(given.notna(), of_cell)
    place = result.isna() & tickets["longitude"].notna() & tickets["latitude"].notna()
    if place.any() and regions.geometry.notna().any():
        at = tickets.loc[place]
        found = locate_regions(at["longitude"].to_numpy(), at["latitude"].to_numpy(), regions)
        result.loc[place] = np.asarray(found, dtype=object)
    return result.where(result.notna(), None)


def daily_counts(
    tickets: pd.DataFrame, regions: list[str], first: date, last: date, zone: str
) -> pd.DataFrame:
    """Tickets per local day and region; a day without tickets counts 0.

    Args:
        tickets: ``created_at`` (aware), ``region_id`` and, where a row counts as other than one
            ticket, ``share``; tickets without a region are left out.
        regions: the columns of the result, in this order.
        first: first local day.
        last: last local day, inclusive.
        zone: IANA zone of the days.

    Returns:
        Index: local days (naive midnights); one column per region; counts as float.
    """
    days = pd.date_range(pd.Timestamp(first), pd.Timestamp(last), freq="D")
    local = tickets["created_at"].dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
    share = tickets["share"] if "share" in tickets else pd.Series(1.0, index=tickets.index)
    counts = share.groupby([local.rename("day"), tickets["region_id"]]).sum()
    table = pd.DataFrame(0.0, index=days, columns=regions)
    if len(counts):
        wide = (
            counts.rename("n")
            .reset_index()
            .pivot_table(
                index="day", columns="region_id", values="n", aggfunc="sum", fill_value=0.0
            )
        )
        table.update(wide.reindex(index=days, columns=regions))
    return table.astype(float)

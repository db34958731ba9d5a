"""The finest region that is known of a ticket, whether or not a cell is."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.locate import locate_regions


def ticket_regions(
    tickets: pd.DataFrame, cells: pd.DataFrame, regions: gpd.GeoDataFrame
) -> pd.Series:
    """The region of each ticket: as delivered, else of its cell, else of its place, else unknown.

    Where the delivered region is divided further, and cell or place lie in one of its parts, the
    part counts.

    Args:
        tickets: ``cell_id, longitude, latitude, region_id``.
        cells: ``cell_id, region_id``.
        regions: ``region_id, geometry`` and, if nested, ``parent_id``; a delivered region that is
            not among them does not count.

    Returns:
        ``region_id`` or None by the index of ``tickets``.
    """
    given = tickets["region_id"].where(tickets["region_id"].isin(regions["region_id"]))
    given = given.astype(object).where(given.notna(), None)
    parents = _parents(regions)
    divided = given.isin(set(parents.values()))
    finer = tickets["cell_id"].map(cells.set_index("cell_id")["region_id"]).astype(object)
    place = finer.isna() & (given.isna() | divided)
    place &= tickets["longitude"].notna() & tickets["latitude"].notna()
    if place.any() and regions.geometry.notna().any():
        at = tickets.loc[place]
        found = locate_regions(at["longitude"].to_numpy(), at["latitude"].to_numpy(), regions)
        finer.loc[place] = np.asarray(found, dtype=object)
    finer = finer.where(finer.notna(), None)
    result = given.where(given.notna(), finer)
    both = divided & finer.notna()
    part = [_inside(f, g, parents) for f, g in zip(finer[both], given[both], strict=True)]
    result.loc[both] = finer[both].where(np.array(part, dtype=bool), given[both])
    return result.where(result.notna(), None)


def _parents(regions: pd.DataFrame) -> dict[object, object]:
    if "parent_id" not in regions:
        return {}
    known = regions[regions["parent_id"].notna()]
    return dict(zip(known["region_id"], known["parent_id"], strict=True))


def _inside(region: object, other: object, parents: dict[object, object]) -> bool:
    """Whether a region is a part of another, at whatever depth."""
    seen = {region}
    while (region := parents.get(region)) is not None and region not in seen:
        if region == other:
            return True
        seen.add(region)
    return False

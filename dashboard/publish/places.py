"""How cells, tickets and regions lie against each other, as tables of the snapshot.

Positions of tickets are personal: they never leave the warehouse, only what they say together does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import geopandas
import numpy as np
import pandas as pd
import shapely

from dashboard.publish import queries
from geo.agreement import sentence
from geo.detect import Detection, by_names, by_regions
from geo.remarks import remarks

if TYPE_CHECKING:
    import duckdb

MOST_TICKETS, MOST_REMARKS = 20_000, 500
COORDINATES = (
    "first", "second", "verdict", "first_system", "second_system", "sure", "compared", "east_m",
    "north_m", "error_m", "text",
)  # fmt: skip
_KEPT: dict[str, pd.DataFrame] = {}
REMARKS = (
    "code", "grave", "text", "region_id", "other_id", "area_m2", "longitude", "latitude",
)  # fmt: skip


def told_places(
    connection: duckdb.DuckDBPyConnection, as_of: datetime, regions: geopandas.GeoDataFrame
) -> dict[str, pd.DataFrame]:
    """Tables ``coordinates`` and ``boundary_remarks`` as known at ``as_of``.

    Args:
        connection: the warehouse.
        as_of: nothing that became known later counts.
        regions: those known then: ``region_id, parent_id, level, geometry`` (WGS-84).

    Returns:
        ``coordinates``: one row per two of cells, tickets and regions that can be compared;
        ``boundary_remarks``: overlaps, gaps, holes, and levels that do not nest, the gravest first.
    """
    cells = queries.frame(connection, "cells_placed", {"as_of": as_of})
    newest = {"as_of": as_of, "limit": MOST_TICKETS}
    tickets = queries.frame(connection, "tickets_placed", newest)
    drawn = regions[regions.geometry.notna()]
    rows = [_row(*told) for told in _told(cells, tickets, drawn)]
    return {
        "coordinates": pd.DataFrame(rows, columns=list(COORDINATES)),
        "boundary_remarks": _remarks(drawn),
    }


def _told(
    cells: pd.DataFrame, tickets: pd.DataFrame, regions: geopandas.GeoDataFrame
) -> Iterator[tuple[str, str, str, Detection]]:
    found = by_names(tickets, cells)
    if found is not None:
        yield "tickets", "cells", "the cells that they name", found
    for name, rows in (("cells", cells), ("tickets", tickets)):
        named = rows["region_id"].isin(regions["region_id"])
        if not len(regions) or (name == "tickets" and not named.any()):
            continue  # a ticket from beyond the border is no error
        which = "that they name" if named.any() else "altogether"
        found = by_regions(rows[named] if named.any() else rows.drop(columns="region_id"), regions)
        if found is not None:
            yield name, "regions", f"the regions {which}", found


def _row(first: str, second: str, against: str, found: Detection) -> tuple[object, ...]:
    return (
        first,
        second,
        found.verdict,
        *found.pair,
        found.sure,
        found.compared,
        *found.offset_m,
        found.error_m,
        sentence(found, first, against),
    )


def _remarks(regions: geopandas.GeoDataFrame) -> pd.DataFrame:
    """Regions change once a year: what was said of them is kept while they are the same."""
    named = regions[["region_id", "parent_id", "level"]].astype("string").fillna("")
    parts = ["\x1f".join(row) for row in named.itertuples(index=False)]
    digest = hashlib.sha256("\x1e".join(parts).encode())
    for shape in shapely.to_wkb(np.asarray(regions.geometry.array, dtype=object)):
        digest.update(shape)
    key = digest.hexdigest()
    if key not in _KEPT:
        _KEPT.clear()
        said = remarks(regions)[:MOST_REMARKS] if len(regions) else []
        rows = [tuple(getattr(remark, name) for name in REMARKS) for remark in said]
        _KEPT[key] = pd.DataFrame(rows, columns=list(REMARKS))
    return _KEPT[key]

"""Complaints by area: every ticket counts once in each layer, or is counted as outside of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.areas.layers import HEXAGON, REGION, SHARE_BITS, Layer, region_rows
from forecasting.cells.serving_regions import ticket_regions
from forecasting.cells.tickets import chance_of_low
from forecasting.regions.tree import ancestors

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]
_BY_CELL, _WHOLE = -1, 2**SHARE_BITS


def placed_tickets(
    tickets: pd.DataFrame,
    cells: pd.DataFrame,
    regions: gpd.GeoDataFrame,
    *,
    as_of: datetime,
    limit: int,
    resolution: int | None,
) -> pd.DataFrame:
    """Attributed tickets with all that says where and how much they count.

    Args:
        tickets: one row per ticket and probable cell (see ``cells.tickets.attributed``).
        cells: of the inventory: ``cell_id, region_id``.
        regions: of the inventory: ``region_id, geometry`` and, if nested, ``parent_id, level``.
        as_of: aware.
        limit: a score at or below it is low.
        resolution: of the hexagons; None without any.

    Returns:
        ``ticket_id, created_at, cell_id, region_id`` (None: unknown)``, hex_id`` (of the position;
        None without one)``, weight`` (whole multiples of 2^-20; those of a ticket sum to 2^20)``,
        low`` (known to be)``, chance`` (of ending as a low-satisfaction complaint).
    """
    tickets = tickets.sort_values(["ticket_id", "cell_id"], ignore_index=True)
    if "chance" not in tickets:
        age = pd.Timestamp(as_of).tz_convert("UTC") - tickets["created_at"]
        one = tickets.assign(age_h=age.dt.total_seconds() / 3600).drop_duplicates("ticket_id")
        chance = pd.Series(chance_of_low(one, limit).to_numpy(), index=one["ticket_id"].to_numpy())
        tickets = tickets.assign(chance=tickets["ticket_id"].map(chance))
    return pd.DataFrame(
        {
            "ticket_id": tickets["ticket_id"],
            "created_at": tickets["created_at"],
            "cell_id": tickets["cell_id"],
            "region_id": ticket_regions(tickets, cells, regions),
            "hex_id": hexagons_at(tickets["longitude"], tickets["latitude"], resolution),
            "weight": _whole_weights(tickets["ticket_id"], tickets["weight"]),
            "low": tickets["low"] == 1.0,
            "chance": tickets["chance"].astype(float),
        }
    )


def hexagons_at(
    longitude: pd.Series, latitude: pd.Series, resolution: int | None
) -> NDArray[np.object_]:
    """The H3 cell of each position (WGS-84 degrees); None where it is not known."""
    result = np.full(len(longitude), None, object)
    places = zip(latitude.astype(float), longitude.astype(float), strict=True)
    kept: dict[tuple[float, float], str] = {}
    for i, place in enumerate(places):
        if resolution is not None and np.isfinite(place).all():
            if place not in kept:
                kept[place] = h3.latlng_to_cell(*place, resolution)
            result[i] = kept[place]
    return result


def _whole_weights(tickets: pd.Series, weights: pd.Series) -> Integers:
    """Weights as whole numbers; what rounding lost goes to the ticket's heaviest row."""
    table = pd.DataFrame({"ticket": tickets.to_numpy(), "weight": weights.to_numpy(float)})
    table["whole"] = np.rint(table["weight"] * _WHOLE).astype(np.int64)
    heaviest = table.groupby("ticket")["weight"].idxmax()
    lost = _WHOLE - table.groupby("ticket")["whole"].sum()
    table.loc[heaviest.to_numpy(), "whole"] += lost.loc[heaviest.index].to_numpy()
    return table["whole"].to_numpy(np.int64)


def ticket_sums(
    layer: Layer,
    tickets: pd.DataFrame,
    cells: pd.Series,
    lines: Mapping[str, list[str]],
    values: Mapping[str, Reals],
    *,
    by_cell: bool = False,
) -> pd.DataFrame:
    """Sums of what each ticket counts, by area.

    In the city every ticket counts; in a region those of it and of the regions below. In a hexagon
    a ticket counts where its position is, else with the shares of its cells.

    Args:
        layer: the areas.
        tickets: rows of ``placed_tickets``.
        cells: ids of all cells, in the order of the layer's columns.
        lines: each region with those above it (see ``regions.tree``).
        values: by name, 0 ... 1 for each row: how much of its weight counts.
        by_cell: whether the cells go before the position, as forecasts have none.

    Returns:
        A column per name; one row per area and a last one for what is outside. Exact: whole
        multiples of 2^-40.
    """
    cell = pd.Index(cells).get_indexer(pd.Index(tickets["cell_id"]))
    row = _rows(layer, tickets, cell, dict(lines), by_cell)
    direct, shared = row != _BY_CELL, row == _BY_CELL
    sums = {}
    for name, share in values.items():
        counted = np.rint(tickets["weight"].to_numpy(np.int64) * share)
        own = np.bincount(row[direct], weights=counted[direct], minlength=layer.size + 1)
        of_cell = np.bincount(cell[shared], weights=counted[shared], minlength=len(cells))
        total = own.astype(np.int64) * _WHOLE + layer.shares @ of_cell.astype(np.int64)
        sums[name] = total.astype(float) / 2.0 ** (2 * SHARE_BITS)
    return pd.DataFrame(sums, columns=list(values))


def _rows(
    layer: Layer, tickets: pd.DataFrame, cell: Integers, lines: dict[str, list[str]], by_cell: bool
) -> Integers:
    """The area in which each row counts; the one after the last: outside; -1: as its cell does."""
    outside = layer.size
    if layer.kind == REGION:
        row = region_rows(tickets["region_id"], lines, layer.areas["area_id"].tolist())
        return np.where(row >= 0, row, outside)
    if layer.kind != HEXAGON:
        return np.zeros(len(tickets), np.int64)
    placed = tickets["hex_id"].notna().to_numpy()
    found = pd.Index(layer.areas["area_id"]).get_indexer(pd.Index(tickets["hex_id"]))
    row = np.where(found >= 0, found, outside)
    row[(cell >= 0) & (by_cell | ~placed)] = _BY_CELL
    return row.astype(np.int64)


def lines_of(regions: pd.DataFrame) -> dict[str, list[str]]:
    """Each region with those above it."""
    return ancestors(pd.DataFrame(regions[["region_id", "parent_id"]]))

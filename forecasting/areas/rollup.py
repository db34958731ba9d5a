"""One row per area: what is expected, how it compares with the usual, what is complained of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.areas.assess import ASSESSED, assess
from forecasting.areas.kpis import CellKpis, area_kpis
from forecasting.areas.layers import (
    CITY,
    HEXAGON,
    OUTSIDE,
    REGION,
    Layer,
    city_layer,
    hexagon_layer,
    region_layers,
)
from forecasting.areas.sums import cell_sums, no_sums
from forecasting.areas.tickets import lines_of, ticket_sums
from forecasting.policy import UNKNOWN, Policy

Reals = NDArray[np.float64]
COLUMNS = [
    "kind", "area_id", "level", "parent_id", "name", "cells", "subscribers", "users", "status",
    "expected_low_complaints", "probability", "rate_per_10k", "rate_shrunk", "usual_low_complaints",
    "usual_shrunk", "ratio", "ratio_lower", "ratio_upper", "quality_index", "red_cells",
    "yellow_cells", "unknown_cells", "tickets_24h", "tickets_7d", "low_complaints_24h",
    "low_complaints_7d", "cause", "kpis",
]  # fmt: skip
_OF_REGIONS = [
    "subscribers", "expected_low_complaints", "quality_index", "red_cells", "yellow_cells",
    "unknown_cells", *ASSESSED,
]  # fmt: skip
_USUAL_DAYS = 28


@dataclass(frozen=True)
class Tiling:
    """The hexagons over the city.

    Attributes:
        hexagons: ``hex_id, region_id`` (the lowest region in which its centre lies, or None).
        shares: ``cell_id, hex_id, share``.
        resolution: of H3.
    """

    hexagons: pd.DataFrame
    shares: pd.DataFrame
    resolution: int


@dataclass(frozen=True)
class Scene:
    """What is rolled up, as known at one moment.

    Attributes:
        as_of: aware.
        horizon_h: of the expected complaints.
        zone: of local days.
        cells: scored cells (see ``cells.score``), sorted by ``cell_id``; empty in tickets mode.
        regions: of the inventory: ``region_id, parent_id, name, level, subscribers``.
        assessed: the table of regions (see ``areas.status``).
        tickets: of the last 28 days, rows of ``areas.tickets.placed_tickets``.
        kpis: of the cells; None without any.
    """

    as_of: datetime
    horizon_h: int
    zone: str
    cells: pd.DataFrame
    regions: pd.DataFrame
    assessed: pd.DataFrame
    tickets: pd.DataFrame
    kpis: CellKpis | None = None


def rollup(scene: Scene, tiling: Tiling | None, policy: Policy) -> pd.DataFrame:
    """All areas: the city, its regions by level, its hexagons, and what lies outside of each layer.

    Cells count in regions as a whole and in hexagons by the shares of their footprints; tickets as
    ``areas.tickets.ticket_sums`` says. So the complaints of a layer and of its row ``outside`` are
    those of the city, exactly.

    Returns:
        ``COLUMNS``. ``kind`` is ``city``, ``region``, ``hexagon``, or ``outside`` (its ``area_id``
        is the kind of the layer, a colon and its level). Sorted by kind, level and id. Regions have
        the figures of ``scene.assessed``. Unknown is NaN or None.
    """
    ids = scene.cells["cell_id"]
    layers = [city_layer(ids), *region_layers(scene.cells, scene.regions)]
    if tiling is not None and len(ids):
        hexagons = hexagon_layer(ids, tiling.hexagons, tiling.shares, tiling.resolution)
        layers.append(hexagons)
    tables = [_layer_table(layer, scene, policy) for layer in layers]
    rank = {CITY: 0, REGION: 1, HEXAGON: 2, OUTSIDE: 3}
    table = pd.concat(tables, ignore_index=True)
    for text in ("area_id", "parent_id", "name", "cause", "kpis"):
        table[text] = table[text].astype(object).where(table[text].notna(), None)
    table["rank"] = table["kind"].map(rank)
    return table.sort_values(["rank", "level", "area_id"], ignore_index=True)[COLUMNS]


def _layer_table(layer: Layer, scene: Scene, policy: Policy) -> pd.DataFrame:
    sums = cell_sums(layer, scene.cells) if len(scene.cells) else no_sums(layer)
    sums = pd.concat([_names(layer), sums, _complaints(layer, scene)], axis=1)
    sums["kpis"] = area_kpis(layer, scene.kpis) if scene.kpis is not None else None
    inside = sums.iloc[: layer.size].reset_index(drop=True)
    if layer.kind == REGION:
        own = scene.assessed.set_index("region_id").reindex(inside["area_id"])
        found = inside.assign(**{name: own[name].to_numpy() for name in _OF_REGIONS})
    else:
        if layer.kind == CITY:
            inside["subscribers"] = _subscribers(float(inside["subscribers"].iloc[0]), scene)
        counts, horizon = _before(layer, scene)
        found = assess(inside, counts[: layer.size], horizon, policy)
    if layer.kind == CITY:
        return found
    outside = sums.iloc[layer.size :].assign(
        kind=OUTSIDE, area_id=f"{layer.kind}:{layer.level}", parent_id=CITY, status=UNKNOWN
    )
    if scene.cells["expected_low_complaints"].notna().any():
        # No cell outside is no complaint, not an unknown number.
        outside["expected_low_complaints"] = outside["expected_low_complaints"].fillna(0.0)
    outside = outside.reindex(columns=found.columns)
    return pd.concat([found, outside.astype(found.dtypes.to_dict())], ignore_index=True)


def _names(layer: Layer) -> pd.DataFrame:
    """Kind, level, id, parent and name of the areas, and a row for what is outside."""
    rows = layer.areas.reindex(range(layer.size + 1))
    return rows.astype(object).assign(kind=layer.kind, level=layer.level)


def _complaints(layer: Layer, scene: Scene) -> pd.DataFrame:
    """Tickets, and those known to be low, of the last 24 hours and 7 days."""
    age = pd.Timestamp(scene.as_of) - scene.tickets["created_at"]
    low = scene.tickets["low"].to_numpy(float)
    values: dict[str, Reals] = {}
    for name, hours in (("24h", 24), ("7d", 7 * 24)):
        recent: Reals = (age < timedelta(hours=hours)).to_numpy().astype(np.float64)
        values |= {f"tickets_{name}": recent, f"low_complaints_{name}": recent * low}
    return _sums(layer, scene, values, by_cell=False)


def _before(layer: Layer, scene: Scene) -> tuple[Reals, float]:
    """Likely low complaints of the local days before, and the horizon in their length.

    They are spread as the forecast is, by the shares of cells, since they are compared with it.
    """
    local = scene.as_of.astimezone(ZoneInfo(scene.zone))
    midnight = pd.Timestamp(local.replace(hour=0, minute=0, second=0, microsecond=0))
    created = scene.tickets["created_at"]
    before = created < midnight
    if not before.any():
        return np.zeros(layer.size + 1), np.nan
    days = (midnight - created.min()) / timedelta(days=1)
    chance = np.nan_to_num(scene.tickets["chance"].to_numpy(float)) * before.to_numpy(float)
    counts = _sums(layer, scene, {"likely": chance}, by_cell=True)["likely"].to_numpy(float)
    return counts, scene.horizon_h / 24 / min(max(days, 1.0), _USUAL_DAYS)


def _sums(layer: Layer, scene: Scene, values: dict[str, Reals], *, by_cell: bool) -> pd.DataFrame:
    lines = lines_of(scene.regions)
    return ticket_sums(layer, scene.tickets, scene.cells["cell_id"], lines, values, by_cell=by_cell)


def _subscribers(of_cells: float, scene: Scene) -> float:
    """The city's: those of its coarsest regions where all are known, else those of its cells."""
    tops = scene.regions[~scene.regions["parent_id"].isin(scene.regions["region_id"])]
    delivered = tops["subscribers"].astype(float)
    if len(delivered) and delivered.notna().all():
        return float(delivered.sum())
    return of_cells

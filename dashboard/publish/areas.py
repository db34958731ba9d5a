"""Areas of the snapshot: what was forecast, rolled up to hexagons, regions and the city."""

from __future__ import annotations

from typing import TYPE_CHECKING

import h3
import numpy as np
import pandas as pd
import structlog

from dashboard.layers import LayerSet
from dashboard.settings import Settings
from forecasting.areas.kpis import cell_kpis
from forecasting.areas.rollup import Scene, Tiling, rollup
from forecasting.areas.tickets import placed_tickets
from forecasting.policy import Policy
from forecasting.run import Forecast
from geo.errors import GeoError
from geo.ground import Ground
from geo.locate import locate_regions
from ingest.catalogue import Catalogue

if TYPE_CHECKING:
    import duckdb
    import geopandas as gpd


log = structlog.get_logger()


def told_areas(
    connection: duckdb.DuckDBPyConnection,
    made: Forecast,
    layers: LayerSet | None,
    settings: Settings,
) -> pd.DataFrame:
    """The snapshot's table ``areas``, with the hexagons of the layer set.

    Hexagons that cannot be read keep no forecast from the screens: regions and the city are there.
    """
    try:
        ground = None if layers is None else layers.ground
    except GeoError as error:
        log.warning("areas without hexagons", reason=str(error))
        ground = None
    return areas_of(
        connection,
        made,
        ground,
        low_limit=settings.forecasting.low_satisfaction_limit,
        catalogue=settings.ingest.load_catalogue(),
    )


def areas_of(
    connection: duckdb.DuckDBPyConnection,
    made: Forecast,
    ground: Ground | None,
    *,
    low_limit: int,
    catalogue: Catalogue,
) -> pd.DataFrame:
    """The snapshot's table ``areas``; nothing that became known after ``made.as_of`` is in it.

    Args:
        connection: the warehouse.
        made: the forecast.
        ground: of its inventory; None: no hexagons.
        low_limit: satisfaction at or below it is low.
        catalogue: the KPIs.
    """
    policy = Policy.model_validate({name: made.policy[name] for name in Policy.model_fields})
    inventory = made.inventory
    cells = made.cells.sort_values("cell_id", ignore_index=True)
    kpis = None
    if len(cells):
        fresh_h = policy.cells.unknown_after_h
        kpis = cell_kpis(connection, made.as_of, cells["cell_id"], catalogue, fresh_h)
    resolution = None if ground is None else ground.resolution
    scene = Scene(
        as_of=made.as_of,
        horizon_h=made.horizon_h,
        zone=made.time_zone,
        cells=cells,
        regions=pd.DataFrame(inventory.regions.drop(columns="geometry")),
        assessed=made.regions,
        tickets=placed_tickets(
            made.tickets,
            inventory.cells,
            inventory.regions,
            as_of=made.as_of,
            limit=low_limit,
            resolution=resolution,
        ),
        kpis=kpis,
    )
    return rollup(scene, None if ground is None else tiling_of(ground, inventory.regions), policy)


def tiling_of(ground: Ground, regions: gpd.GeoDataFrame) -> Tiling:
    """The hexagons, each in the lowest region that holds its centre."""
    hexagons = ground.hexagons["hex_id"]
    centres = np.array([h3.cell_to_latlng(name) for name in hexagons]).reshape(-1, 2)
    drawn = regions[regions.geometry.notna()]
    found = locate_regions(centres[:, 1], centres[:, 0], drawn)
    return Tiling(
        pd.DataFrame({"hex_id": hexagons.to_numpy(object), "region_id": found}),
        ground.shares,
        ground.resolution,
    )

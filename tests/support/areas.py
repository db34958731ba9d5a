"""Small cities of areas for tests: cells, regions, tickets as the roll-up takes them."""

from __future__ import annotations

from datetime import datetime, timedelta

import geopandas as gpd
import pandas as pd

from forecasting.areas.regions import assess_regions
from forecasting.areas.rollup import Scene
from forecasting.areas.tickets import placed_tickets
from forecasting.policy import load_policy
from tests.support.facts import ZONE, local

AS_OF = local(2026, 10, 12, 15)
POLICY = load_policy()
HORIZON_H = 72


def cell_table(rows: list[dict]) -> pd.DataFrame:
    """Scored cells: green, one site each, 1,000 subscribers, 10 users, unless said otherwise."""
    base = {
        "region_id": None, "site_id": None, "subscribers": 1000.0, "users_24h": 10.0,
        "status": "green", "probability": 0.01, "expected_low_complaints": 0.01,
        "quality_now": 90.0, "cause": None,
    }  # fmt: skip
    table = pd.DataFrame([base | row for row in rows], columns=["cell_id", *base])
    numbers = {name: float for name, value in base.items() if isinstance(value, float)}
    return table.astype(numbers).sort_values("cell_id", ignore_index=True)


def region_table(rows: list[dict]) -> gpd.GeoDataFrame:
    """Regions; no shape unless given as ``geometry``."""
    base = {"parent_id": None, "name": None, "level": None, "subscribers": None, "geometry": None}
    table = pd.DataFrame([base | row for row in rows], columns=["region_id", *base])
    table = table.astype({"subscribers": float, "level": "Int64"})
    return gpd.GeoDataFrame(table, geometry="geometry", crs="EPSG:4326")


def ticket_table(rows: list[dict]) -> pd.DataFrame:
    """Attributed rows of tickets; an hour old and not low, unless said otherwise."""
    base = {
        "ticket_id": "T", "cell_id": None, "weight": 1.0, "created_at": AS_OF - timedelta(hours=1),
        "region_id": None, "longitude": None, "latitude": None, "low": 0.0, "chance": 0.0,
    }  # fmt: skip
    table = pd.DataFrame([base | row for row in rows], columns=list(base))
    table["created_at"] = pd.to_datetime(table["created_at"], utc=True)
    return table.astype({"longitude": float, "latitude": float, "low": float, "weight": float})


def scene_of(
    cells: pd.DataFrame,
    regions: gpd.GeoDataFrame,
    tickets: pd.DataFrame,
    *,
    daily: pd.DataFrame | None = None,
    resolution: int | None = None,
    as_of: datetime = AS_OF,
) -> Scene:
    """A scene; ``daily`` are the regions' likely low complaints of the days before."""
    plain = pd.DataFrame(regions.drop(columns="geometry"))
    if daily is None:
        daily = pd.DataFrame(0.0, index=range(28), columns=list(regions["region_id"]))
    assessed = assess_regions(cells, plain, daily, POLICY, HORIZON_H)
    table = plain.drop(columns="subscribers").join(assessed, on="region_id")
    return Scene(
        as_of=as_of,
        horizon_h=HORIZON_H,
        zone=ZONE,
        cells=cells,
        regions=plain,
        assessed=table,
        tickets=placed_tickets(
            tickets, cells, regions, as_of=as_of, limit=6, resolution=resolution
        ),
    )

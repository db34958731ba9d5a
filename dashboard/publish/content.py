"""The content of a snapshot, from a forecast and the facts beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from dashboard.publish import facts
from dashboard.publish.crews import told_crews
from dashboard.snapshot import SnapshotContent
from forecasting.run import Forecast
from geo.boundaries import label_points, map_tolerance_m, simplify_coverage, to_feature_collection

if TYPE_CHECKING:
    import duckdb


def content_of(
    connection: duckdb.DuckDBPyConnection,
    made: Forecast,
    *,
    low_limit: int,
    quality: Mapping[str, pd.DataFrame],
) -> SnapshotContent:
    """Everything but the KPI days; nothing that became known after ``made.as_of`` is in it.

    Args:
        connection: the warehouse.
        made: the forecast.
        low_limit: satisfaction at or below it is low.
        quality: tables ``quality_*`` and those of the scoreboard, as known then.
    """
    shapes = made.inventory.regions
    drawn = as_drawn(shapes[shapes.geometry.notna()])
    return SnapshotContent(
        as_of=made.as_of,
        mode=made.mode,
        horizon_h=made.horizon_h,
        time_zone=made.time_zone,
        data_time=made.data_time,
        ticket_time=made.ticket_time,
        policy=made.policy,
        model={"model_id": made.model_id, **made.model},
        cells=made.cells,
        drivers=made.drivers,
        regions=_with_labels(made.regions, drawn),
        regions_geojson=to_feature_collection(drawn),
        region_series=made.region_series,
        tickets=facts.tickets(connection, made.as_of, made.inventory, low_limit, made.tickets),
        works=facts.works(connection, made.as_of),
        events=facts.events(connection, made.as_of),
        neighbours=made.neighbours,
        history=facts.history(connection, made.as_of),
        warnings=made.warnings,
        more={
            "alarms": facts.alarms(connection, made.as_of),
            "bursts": made.bursts,
            "causes": made.causes,
            "playbook": made.playbook,
            "region_services": made.region_services,
            **told_crews(connection, made.as_of),
            **quality,
        },
    )


def as_drawn(shapes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Regions as the map draws them: simplified no further than a screen shows.

    Names go where there is room in what is drawn.

    Args:
        shapes: ``region_id, name, parent_id, level, geometry`` (WGS-84), all with geometry.
    """
    return shapes if shapes.empty else simplify_coverage(shapes, map_tolerance_m(shapes))


def _with_labels(regions: pd.DataFrame, shapes: gpd.GeoDataFrame) -> pd.DataFrame:
    """Adds where the names go; unknown where a region has no shape."""
    if shapes.empty:
        return regions.assign(label_longitude=float("nan"), label_latitude=float("nan"))
    return regions.merge(label_points(shapes), on="region_id", how="left")

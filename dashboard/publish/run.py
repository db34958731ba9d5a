"""The pipeline: forecast as of a moment, then publish what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pandas as pd

from dashboard.publish import layers
from dashboard.publish.accuracy import told_accuracy, told_coverage
from dashboard.publish.areas import told_areas
from dashboard.publish.complaints import complaint_months
from dashboard.publish.content import content_of
from dashboard.publish.episodes import told_episodes
from dashboard.publish.kpis import kpi_days
from dashboard.publish.marks import told_marks
from dashboard.publish.orders import mirror_orders
from dashboard.publish.outlook import told_outlook
from dashboard.publish.places import told_places
from dashboard.publish.quality import told_quality
from dashboard.publish.relations import told_relations
from dashboard.settings import Settings
from dashboard.snapshot import current_id, write_snapshot
from dashboard.snapshot.files import as_of_of
from forecasting.run import Forecast, forecast
from ingest.clock import Clock

if TYPE_CHECKING:
    import duckdb

TABLE = ["cell_id", "as_of", "expected_low_complaints", "probability", "status"]


@dataclass(frozen=True)
class Published:
    """What was published.

    Attributes:
        snapshot_id: its name.
        as_of: the moment whose knowledge it shows (UTC).
        mode: `cells`, or `tickets` where no cells are known.
        counts: cells (in tickets mode regions) by status.
        warnings: what people should know about it.
        table: one row per cell, columns ``TABLE``; empty in tickets mode.
    """

    snapshot_id: str
    as_of: datetime
    mode: str
    counts: dict[str, int]
    warnings: tuple[str, ...]
    table: pd.DataFrame

    def as_dict(self) -> dict[str, Any]:
        """As in the JSON of `foresite forecast`."""
        return {
            "snapshot_id": self.snapshot_id,
            "as_of": self.as_of.isoformat(),
            "mode": self.mode,
            "counts": self.counts,
            "warnings": list(self.warnings),
        }


def make_forecast(
    connection: duckdb.DuckDBPyConnection,
    data: Path,
    *,
    as_of: datetime,
    settings: Settings,
    clock: Clock,
) -> Forecast:
    """Forecast as of a moment; kept in the warehouse, not yet shown to anybody.

    What became of work orders is copied into the warehouse first.

    Raises:
        NotEnoughHistoryError: nothing to forecast from is known then.
        ForecastingError: settings or policy cannot be used.
    """
    mirror_orders(connection, data, settings)
    return forecast(
        connection,
        as_of,
        models_dir=data / "models",
        settings=settings.forecasting,
        made_at=clock.now(),
        catalogue=settings.ingest.load_catalogue(),
    )


def publish(
    connection: duckdb.DuckDBPyConnection,
    data: Path,
    made: Forecast,
    *,
    settings: Settings,
    clock: Clock,
) -> Published:
    """Write the snapshot of a forecast; the caller holds the write lock.

    Raises:
        SnapshotError: a table does not fit its schema; the snapshot before stays.
    """
    zone = ZoneInfo(made.time_zone)
    catalogue = settings.ingest.load_catalogue()
    kpis = kpi_days(connection, made.as_of, zone, catalogue)
    content = content_of(
        connection,
        made,
        low_limit=settings.forecasting.low_satisfaction_limit,
        quality=told_quality(connection, made.as_of, settings.ingest, catalogue)
        | told_accuracy(connection, made.as_of, settings.forecasting, catalogue)
        | told_places(connection, made.as_of, made.inventory.regions),
    )
    episodes = told_episodes(
        connection,
        made.as_of,
        cells=made.cells,
        tickets=content.tickets,
        horizon_h=made.horizon_h,
    )
    layer_set, notes = layers.layers_of(data, made, settings)
    with complaint_months(
        connection, made, settings.forecasting.low_satisfaction_limit
    ) as complaints:
        snapshot_id = write_snapshot(
            data,
            replace(
                content,
                layers=layer_set.name if layer_set else None,
                neighbours=told_relations(made, layer_set),
                more={
                    **content.more,
                    "areas": told_areas(connection, made, layer_set, settings),
                    "episodes": episodes,
                    "accuracy_regions": told_coverage(
                        connection, made.as_of, made.region_series, zone
                    ),
                    **told_outlook(made, content, settings.forecasting),
                    "trend_marks": told_marks(
                        connection, made.as_of, zone, settings.forecasting.holiday_country
                    ),
                },
                policy={**made.policy, "trends": settings.trends.model_dump()},
                complaints=complaints,
                warnings=(*content.warnings, *notes),
            ),
            kpi_days=kpis if made.mode == "cells" else {},
            published_at=clock.now(),
        )
    layers.prune(data)
    return Published(
        snapshot_id,
        made.as_of,
        made.mode,
        content.counts,
        (*made.warnings, *notes),
        made.cells.assign(as_of=made.as_of)[TABLE],
    )


def forecast_and_publish(
    connection: duckdb.DuckDBPyConnection,
    data: Path,
    *,
    as_of: datetime,
    settings: Settings,
    clock: Clock,
    progress: Callable[[str, float], None] | None = None,
) -> Published:
    """Both steps in one go; see `make_forecast` and `publish`."""
    say = progress or (lambda _step, _share: None)
    say("forecast", 0.0)
    made = make_forecast(connection, data, as_of=as_of, settings=settings, clock=clock)
    say("publish", 0.0)
    published = publish(connection, data, made, settings=settings, clock=clock)
    say("publish", 1.0)
    return published


def newest_as_of(data: Path) -> datetime | None:
    """The moment that the present snapshot shows; None before the first."""
    name = current_id(data)
    return as_of_of(name) if name else None

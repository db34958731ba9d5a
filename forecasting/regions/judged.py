"""Were the counts of regions within their intervals? The region part of a backtest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd

from forecasting import queries
from forecasting.calendar import Calendar
from forecasting.cells.inventory import InventoryCache
from forecasting.regions.counts import daily_counts, ticket_regions
from forecasting.regions.pipeline import TICKETS, forecast_regions
from forecasting.regions.tree import with_ancestors
from forecasting.settings import ForecastingSettings


@dataclass(frozen=True)
class RegionJudgement:
    """Daily tickets per region, forecast at each origin for the days of the horizon.

    Attributes:
        region_days: forecasts judged (region x day x origin).
        nominal: coverage that the intervals promise.
        coverage: share of counts within their interval; NaN without any.
        error: mean absolute error.
        naive_error: that of the same weekday of the week before the origin's, on the same days.
    """

    region_days: int
    nominal: float
    coverage: float
    error: float
    naive_error: float

    def to_json(self) -> dict[str, Any]:
        """Plain numbers; None where nothing could be judged."""
        measures = ("coverage", "error", "naive_error")
        values = {m: float(v) if np.isfinite(v := getattr(self, m)) else None for m in measures}
        return {"region_days": self.region_days, "nominal": self.nominal, **values}

    def line(self) -> str:
        """For people."""
        if not self.region_days:
            return "regions: no complete day to judge"
        return (
            f"regions: {self.coverage:.1%} of {self.region_days} region-days within their"
            f" {self.nominal:.0%} interval; mean absolute error {self.error:.2f},"
            f" seasonal naive {self.naive_error:.2f}"
        )


def judge_regions(
    connection: duckdb.DuckDBPyConnection,
    origins: Sequence[datetime],
    over: datetime,
    *,
    settings: ForecastingSettings,
    calendar: Calendar,
    zone: str,
) -> RegionJudgement:
    """Forecast daily tickets at each origin as known then, and hold them against what came.

    Args:
        connection: the warehouse.
        origins: local midnights, in order.
        over: until when facts are known; days that end later are not judged.
        settings: horizon, interval.
        calendar: holidays.
        zone: IANA zone of the days.
    """
    inventories = InventoryCache()
    days = max(1, round(settings.horizon_h / 24))
    parts = []
    with TemporaryDirectory() as folder:
        for origin in origins:
            _, made = forecast_regions(
                connection,
                origin,
                inventories.as_of(connection, origin),
                settings=settings,
                calendar=calendar,
                zone=zone,
                models_dir=Path(folder),
                with_low=False,
            )
            today = pd.Timestamp(origin.astimezone(ZoneInfo(zone)).date())
            series = made[TICKETS].series
            day = pd.to_datetime(series["day"])
            ahead = series.assign(day=day, naive_day=day - timedelta(days=7))
            parts.append(ahead[ahead["day"] < today + timedelta(days=days)])
    rows = pd.concat(parts, ignore_index=True)
    came = _observed(connection, inventories, origins[0] - timedelta(days=8), over, zone)
    complete = pd.Timestamp(over.astimezone(ZoneInfo(zone))).tz_localize(None).normalize()
    rows = rows[rows["day"] < complete]
    return _judge(rows, came, settings.interval)


def _observed(
    connection: duckdb.DuckDBPyConnection,
    inventories: InventoryCache,
    since: datetime,
    over: datetime,
    zone: str,
) -> pd.DataFrame:
    """Tickets per day and region as they are known today."""
    forever = datetime(9999, 12, 31, tzinfo=ZoneInfo("UTC"))
    inventory = inventories.as_of(connection, forever)
    span: dict[str, queries.Value] = {"known_at": forever, "since": since, "until": over}
    known = queries.frame(connection, "tickets_between", span)
    known["region_id"] = ticket_regions(known, inventory.cells, inventory.regions)
    rows = with_ancestors(known, inventory.regions).assign(share=1.0)
    regions = [str(region) for region in inventory.regions["region_id"]]
    first, last = (t.astimezone(ZoneInfo(zone)).date() for t in (since, over))
    return daily_counts(rows, regions, first, last, zone)


def _judge(rows: pd.DataFrame, came: pd.DataFrame, nominal: float) -> RegionJudgement:
    if rows.empty:
        return RegionJudgement(0, nominal, float("nan"), float("nan"), float("nan"))
    column = came.columns.get_indexer(pd.Index(rows["region_id"]))
    values = came.to_numpy(float)
    actual = values[came.index.get_indexer(pd.Index(rows["day"])), column]
    naive = values[came.index.get_indexer(pd.Index(rows["naive_day"])), column]
    inside = (actual >= rows["lower"]) & (actual <= rows["upper"])
    return RegionJudgement(
        region_days=len(rows),
        nominal=nominal,
        coverage=float(inside.mean()),
        error=float(np.abs(actual - rows["mean"]).mean()),
        naive_error=float(np.abs(actual - naive).mean()),
    )

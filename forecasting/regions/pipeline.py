"""Regions: daily tickets and low-satisfaction complaints, forecast, reconciled with the cells."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd

from forecasting.calendar import Calendar
from forecasting.cells.inventory import Inventory
from forecasting.hours.weeks import anchor_of
from forecasting.regions.counts import Counts, count
from forecasting.regions.forecast import (
    RegionForecast,
    choose_champions,
    day_weights,
    forecast_counts,
    name_of,
)
from forecasting.regions.intervals import Bounds
from forecasting.regions.keeping import kept_champions
from forecasting.regions.known import DayFacts, day_facts
from forecasting.regions.memo import Memo
from forecasting.settings import ForecastingSettings

TICKETS, LOW = "tickets", "low_complaints"


def forecast_regions(
    connection: duckdb.DuckDBPyConnection,
    origin: datetime,
    inventory: Inventory,
    *,
    settings: ForecastingSettings,
    calendar: Calendar,
    zone: str,
    models_dir: Path,
    with_low: bool,
) -> tuple[Counts, dict[str, RegionForecast]]:
    """Counts and forecasts by measure; ``low_complaints`` only where ``with_low``.

    The champions are chosen as of the last local Monday, from what was known there, and kept in
    ``models_dir`` under a hash of what they were chosen from. Prophet's fits are kept there too.
    """
    monday = anchor_of(origin, zone)
    counts = count(connection, origin, inventory, settings, zone)
    before = count(connection, monday, inventory, settings, zone)

    def facts(moment: datetime, known: Counts) -> DayFacts:
        today = moment.astimezone(ZoneInfo(zone)).date()
        first = known.nodes.index[0].date() if len(known.nodes) else today
        reach = settings.region_horizon_days + settings.horizon_h // 24 + 1
        last = today + timedelta(days=reach)
        return day_facts(connection, moment, inventory, first, last, calendar=calendar, zone=zone)

    now, then = facts(origin, counts), facts(monday, before)
    memo = Memo(models_dir / "regions-fits.json")
    forecasts = {}
    for measure in (TICKETS, LOW) if with_low else (TICKETS,):
        seen = counts.nodes if measure == TICKETS else counts.likely_nodes
        earlier = before.nodes if measure == TICKETS else before.likely_nodes
        champions = kept_champions(
            models_dir,
            measure,
            earlier,
            settings=settings,
            facts=then.fingerprint(),
            choose=partial(choose_champions, earlier, before.tree, then, settings=settings),
        )
        forecasts[measure] = forecast_counts(
            seen,
            counts.tree,
            now,
            origin,
            zone=zone,
            settings=settings,
            champions=champions,
            measure=measure,
            memo=memo,
        )
    memo.save()
    return counts, forecasts


def reconcile(
    series: pd.DataFrame,
    expected: pd.Series,
    origin: datetime,
    *,
    horizon_h: int,
    zone: str,
    bounds: Bounds,
) -> pd.DataFrame:
    """Scale each region's days within the horizon so that they sum to its cells' expectation.

    Args:
        series: ``region_id, day, mean, lower, upper`` from the origin's local day on.
        expected: by ``region_id``, expected complaints within the horizon; NaN leaves it alone.
        origin: aware.
        horizon_h: length of the horizon.
        zone: of the days.
        bounds: of the measure; the intervals are drawn anew around the scaled means.

    Returns:
        ``series`` with other ``mean, lower, upper`` on those days. Where a region's own forecast
        is 0, its cells' sum is spread evenly.
    """
    weights = day_weights(origin, horizon_h, zone)
    first = origin.astimezone(ZoneInfo(zone)).date()
    inside = {first + timedelta(days=i): float(w) for i, w in enumerate(weights)}
    share = series["day"].map(inside).fillna(0.0)
    own = (series["mean"] * share).groupby(series["region_id"]).transform("sum")
    wanted = series["region_id"].map(expected).astype(float)
    touched = (share > 0) & wanted.notna()
    factor = (wanted / own.where(own > 0)).where(touched)
    even = wanted / float(weights.sum())
    result = series.copy()
    scaled = (series["mean"] * factor).where(own > 0, even)
    result["mean"] = scaled.where(touched, series["mean"])
    for region, rows in result[touched].groupby("region_id"):
        lower, _, upper = bounds.of(name_of((str(region), "")), rows["mean"].to_numpy(float))
        result.loc[rows.index, "lower"], result.loc[rows.index, "upper"] = lower, upper
    return result

"""Regions: daily tickets and low-satisfaction complaints, forecast, reconciled with the cells."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd

from forecasting.calendar import Calendar
from forecasting.cells.inventory import Inventory
from forecasting.cells.live import midnight_before
from forecasting.hours.weeks import anchor_of
from forecasting.regions.counts import Counts, count
from forecasting.regions.forecast import (
    Champions,
    RegionForecast,
    calibrate_models,
    choose_models,
    day_weights,
    forecast_counts,
    name_of,
)
from forecasting.regions.intervals import Bounds
from forecasting.regions.keeping import champions_from, foundation_of, kept, plain
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

    The champions are chosen as of the last local Monday, their intervals are calibrated as of the
    last local midnight, each from what was known there. Both, and Prophet's fits, are kept in
    ``models_dir`` under hashes of what they follow from.
    """

    def view(moment: datetime) -> tuple[Counts, DayFacts]:
        known = count(connection, moment, inventory, settings, zone)
        today = moment.astimezone(ZoneInfo(zone)).date()
        first = known.nodes.index[0].date() if len(known.nodes) else today
        reach = settings.region_horizon_days + settings.horizon_h // 24 + 1
        last = today + timedelta(days=reach)
        return known, day_facts(
            connection, moment, inventory, first, last, calendar=calendar, zone=zone
        )

    week, night = view(anchor_of(origin, zone)), view(midnight_before(origin, zone))
    counts, facts = view(origin)
    memo = Memo(models_dir / "regions-fits.json")
    forecasts = {}
    for measure in (TICKETS, LOW) if with_low else (TICKETS,):
        forecasts[measure] = forecast_counts(
            _nodes(counts, measure),
            counts.tree,
            facts,
            origin,
            zone=zone,
            settings=settings,
            champions=_champions(week, night, measure, settings, models_dir),
            measure=measure,
            memo=memo,
        )
    memo.save()
    return counts, forecasts


def _nodes(counts: Counts, measure: str) -> pd.DataFrame:
    return counts.nodes if measure == TICKETS else counts.likely_nodes


def _champions(
    week: tuple[Counts, DayFacts],
    night: tuple[Counts, DayFacts],
    measure: str,
    settings: ForecastingSettings,
    folder: Path,
) -> Champions:
    """Chosen on what ``week`` knew, calibrated on what ``night`` knew."""

    def choose() -> dict[str, Any]:
        return {**choose_models(earlier, week[0].tree, week[1], settings=settings)}

    def calibrate() -> dict[str, Any]:
        return plain(calibrate_models(seen, night[0].tree, night[1], models, settings=settings))

    earlier, seen = _nodes(week[0], measure), _nodes(night[0], measure)
    chosen_from = foundation_of(earlier, settings, week[1].fingerprint())
    models = kept(folder, f"models-{measure}", chosen_from, choose)
    known = foundation_of(seen, settings, night[1].fingerprint())
    bounds = kept(folder, f"bounds-{measure}", chosen_from + known, calibrate)
    return champions_from(bounds)


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

"""Regions: daily tickets and low-satisfaction complaints, forecast, reconciled with the cells."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd

from forecasting import queries
from forecasting.calendar import Calendar
from forecasting.cells.inventory import Inventory
from forecasting.cells.normals import anchor_of
from forecasting.cells.tickets import chance_of_low
from forecasting.regions.champion import Spread
from forecasting.regions.counts import daily_counts, ticket_regions
from forecasting.regions.forecast import (
    Champions,
    RegionForecast,
    choose_champions,
    day_weights,
    forecast_counts,
)
from forecasting.regions.tree import with_ancestors
from forecasting.settings import ForecastingSettings

TICKETS, LOW = "tickets", "low_complaints"
_SHOWN_DAYS = 60


@dataclass(frozen=True)
class Counts:
    """Daily counts of complete local days before an origin; a column per region.

    Attributes:
        tickets: all complaints.
        low: complaints known to be low.
        likely_low: complaints by their chance of ending as low ones (see ``cells.tickets``).
        history_days: days since the first ticket of any region.
    """

    tickets: pd.DataFrame
    low: pd.DataFrame
    likely_low: pd.DataFrame
    history_days: int


def count(
    connection: duckdb.DuckDBPyConnection,
    origin: datetime,
    inventory: Inventory,
    settings: ForecastingSettings,
    zone: str,
) -> Counts:
    """Counts per region as they were known at ``origin``; a region holds its sub-regions'."""
    today = origin.astimezone(ZoneInfo(zone)).date()
    since = origin - timedelta(days=settings.region_history_days)
    span: dict[str, queries.Value] = {"known_at": origin, "since": since, "until": origin}
    known = queries.frame(connection, "tickets_between", span)
    known["region_id"] = ticket_regions(known, inventory.cells, inventory.regions)
    low = (known["satisfaction"] <= settings.low_satisfaction_limit).astype(float)
    known = known.assign(low=low, chance=chance_of_low(known, settings.low_satisfaction_limit))
    rows = with_ancestors(known, inventory.regions)
    regions = [str(region) for region in inventory.regions["region_id"]]
    first = _local_day(known["created_at"].min(), zone) if len(known) else today
    first = max(first, today - timedelta(days=settings.region_history_days - 1))
    last = today - timedelta(days=1)

    def table(share: pd.Series | float) -> pd.DataFrame:
        return daily_counts(rows.assign(share=share), regions, first, last, zone)

    return Counts(
        table(1.0), table(rows["low"]), table(rows["chance"]), max(0, (last - first).days + 1)
    )


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
    ``models_dir`` under a hash of the counts they were chosen from.
    """
    counts = count(connection, origin, inventory, settings, zone)
    monday = count(connection, anchor_of(origin, zone), inventory, settings, zone)
    forecasts = {}
    for measure, seen, before in (
        (TICKETS, counts.tickets, monday.tickets),
        (LOW, counts.likely_low, monday.likely_low),
    ):
        if measure == TICKETS or with_low:
            champions = _champions(before, measure, settings, calendar, models_dir)
            forecasts[measure] = forecast_counts(
                seen,
                origin,
                zone=zone,
                settings=settings,
                calendar=calendar,
                champions=champions,
                measure=measure,
            )
    return counts, forecasts


def reconcile(
    series: pd.DataFrame, expected: pd.Series, origin: datetime, horizon_h: int, zone: str
) -> pd.DataFrame:
    """Scale each region's days within the horizon so that they sum to its cells' expectation.

    Args:
        series: ``region_id, day, mean, lower, upper`` from the origin's local day on.
        expected: by ``region_id``, expected complaints within the horizon; NaN leaves it alone.
        origin: aware.
        horizon_h: length of the horizon.
        zone: of the days.

    Returns:
        ``series`` with ``mean, lower, upper`` scaled on those days. Where a region's own forecast
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
    for column in ("mean", "lower", "upper"):
        scaled = (series[column] * factor).where(own > 0, even)
        result[column] = scaled.where(touched, series[column])
    return result


def shown_series(counts: Counts, forecasts: dict[str, RegionForecast]) -> pd.DataFrame:
    """``region_series`` of the snapshot: 60 days back (observed) and the days ahead (forecast)."""
    parts = []
    for measure, forecast in forecasts.items():
        seen = counts.tickets if measure == TICKETS else counts.low
        back = seen.iloc[-_SHOWN_DAYS:].rename_axis(index="day", columns="region_id")
        past = back.reset_index().melt("day", value_name="observed")
        past["day"] = [day.date() for day in past["day"]]
        models = forecast.series.drop_duplicates("region_id").set_index("region_id")["model"]
        past = past.assign(measure=measure, model=past["region_id"].map(models))
        ahead = forecast.series.assign(observed=np.nan)
        columns = [*_SERIES]
        past[["mean", "lower", "upper"]] = np.nan
        parts += [part[columns] for part in (past, ahead) if len(part)]
    if not parts:
        return pd.DataFrame(columns=[*_SERIES])
    series = pd.concat(parts, ignore_index=True)
    return series.sort_values(["region_id", "measure", "day"], ignore_index=True)


_SERIES = ("region_id", "measure", "day", "observed", "mean", "lower", "upper", "model")


def _local_day(moment: pd.Timestamp, zone: str) -> date:
    day: date = moment.tz_convert(zone).date()
    return day


def _champions(
    counts: pd.DataFrame,
    measure: str,
    settings: ForecastingSettings,
    calendar: Calendar,
    folder: Path,
) -> Champions:
    what = hashlib.sha256(settings.model_dump_json(exclude={"threads", "policy_file"}).encode())
    what.update(measure.encode())
    what.update(repr([str(c) for c in counts.columns]).encode())
    what.update(repr([str(d) for d in counts.index]).encode())
    what.update(counts.to_numpy(float).tobytes())
    path = folder / f"regions-{measure}-{what.hexdigest()[:16]}.json"
    try:
        kept = json.loads(path.read_bytes())
        spread = {name: tuple(kept["spread"][name]) for name in ("daily", "total")}
        return Champions(kept["models"], Spread(**spread))
    except (OSError, ValueError, KeyError, TypeError):
        champions = choose_champions(counts, settings=settings, calendar=calendar)
    content = {"models": dict(champions.models), "spread": asdict(champions.spread)}
    folder.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".tmp")
    aside.write_text(json.dumps(content, sort_keys=True), "utf-8")
    aside.replace(path)
    return champions

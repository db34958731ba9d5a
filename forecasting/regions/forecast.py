"""Pipeline: from daily counts per region to forecasts with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.calendar import Calendar
from forecasting.regions.champion import Spread, choose, run_folds, spread
from forecasting.regions.models import SEASONAL_NAIVE, competitors, predict
from forecasting.settings import ForecastingSettings

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Champions:
    """What the rolling backtest decided; may be kept for some days, errors change slowly."""

    models: Mapping[str, str]
    spread: Spread


@dataclass(frozen=True)
class RegionForecast:
    """Counts ahead.

    Attributes:
        series: ``region_id, measure, day`` (date)``, mean, lower, upper, model``; a region with
            less than a week of history has no rows.
        totals: ``region_id, expected_tickets, expected_tickets_lower, expected_tickets_upper``
            over the horizon from the origin on; NaN where there is no series.
        champions: the models and the spread that were used.
    """

    series: pd.DataFrame
    totals: pd.DataFrame
    champions: Champions


def choose_champions(
    counts: pd.DataFrame, *, settings: ForecastingSettings, calendar: Calendar
) -> Champions:
    """Let the models compete over the last weeks.

    Args:
        counts: complete local days before the origin, a column per region.
        settings: horizon, interval, threads.
        calendar: holidays for Prophet.
    """
    models = competitors(calendar)
    busy = counts.loc[:, counts.sum() > 0]  # nothing to choose where nothing ever came
    folds = run_folds(busy, models, settings.threads)
    chosen = choose(folds, list(counts.columns), list(models))
    days = max(1, round(settings.horizon_h / 24))
    return Champions(chosen, spread(folds, chosen, days, settings.interval))


def forecast_counts(
    counts: pd.DataFrame,
    origin: datetime,
    *,
    zone: str,
    settings: ForecastingSettings,
    calendar: Calendar,
    champions: Champions | None = None,
    measure: str = "tickets",
) -> RegionForecast:
    """Forecast daily counts from the local day of ``origin`` on.

    Args:
        counts: complete local days before the origin's day, a column per region; nothing known
            after the origin may be in it.
        origin: aware.
        zone: IANA zone of the days.
        settings: horizon, interval, threads.
        calendar: holidays for Prophet.
        champions: chosen earlier; chosen anew when None.
        measure: name of what is counted.
    """
    champions = champions or choose_champions(counts, settings=settings, calendar=calendar)
    models = competitors(calendar)
    weights = day_weights(origin, settings.horizon_h, zone)
    ahead = max(settings.region_horizon_days, len(weights))
    first = origin.astimezone(ZoneInfo(zone)).date()

    def one(region_id: str) -> tuple[str, str, Array | None]:
        series = counts[region_id]
        name = champions.models.get(region_id, SEASONAL_NAIVE)
        if series.sum() == 0 and len(series) >= 7:
            return region_id, SEASONAL_NAIVE, np.zeros(ahead)
        mean = predict(models[name], series, ahead)
        if mean is None:
            name, mean = SEASONAL_NAIVE, predict(models[SEASONAL_NAIVE], series, ahead)
        return region_id, name, mean

    with ThreadPoolExecutor(max_workers=max(1, settings.threads)) as pool:
        results = list(pool.map(one, counts.columns))
    rows, totals = [], []
    for region_id, name, mean in results:
        if mean is None:
            totals.append((region_id, np.nan, np.nan, np.nan))
            continue
        lower, upper = champions.spread.bounds(mean)
        for offset in range(ahead):
            day = first + timedelta(days=offset)
            values = (mean[offset], lower[offset], upper[offset])
            rows.append((region_id, measure, day, *map(float, values), name))
        total = np.array([float(mean[: len(weights)] @ weights)])
        least, most = champions.spread.total_bounds(total)
        totals.append((region_id, float(total[0]), float(least[0]), float(most[0])))
    columns = ["region_id", "measure", "day", "mean", "lower", "upper", "model"]
    total_columns = [
        "region_id", "expected_tickets", "expected_tickets_lower", "expected_tickets_upper",
    ]  # fmt: skip
    return RegionForecast(
        pd.DataFrame(rows, columns=columns), pd.DataFrame(totals, columns=total_columns), champions
    )


def day_weights(origin: datetime, horizon_h: int, zone: str) -> Array:
    """Share of each local day, from the origin's own on, that lies within the horizon.

    A day of 24 hours is taken as evenly filled: at 18:00 a quarter of today is still to come.
    """
    local = origin.astimezone(ZoneInfo(zone))
    gone = local.hour + local.minute / 60
    left, weights = float(horizon_h), []
    room = 24 - gone
    while left > 1e-9:
        part = min(left, room)
        weights.append(part / 24)
        left, room = left - part, 24.0
    return np.array(weights)

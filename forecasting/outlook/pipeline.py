"""The outlook of the city and of each region: total, interval, hours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import pandas as pd

from forecasting.calendar import Calendar
from forecasting.outlook.hours import learn_profile, spread_hours
from forecasting.outlook.interval import Spread, daily_interval, learn_spread, total_interval
from forecasting.regions.forecast import day_weights

Measure = Literal["low_complaints", "tickets"]
CITY = ""
TOTALS = ["region_id", "measure", "horizon_h", "expected", "lower", "upper", "spread", "origins"]
HOURS = ["region_id", "measure", "hour", "share", "expected"]


@dataclass(frozen=True)
class Ahead:
    """What a forecast says of the horizon, and what is known of the ones before.

    Attributes:
        as_of: aware.
        horizon_h: hours ahead.
        zone: of local days.
        measure: what is counted.
        total: of the city.
        regions: ``region_id, expected`` (of the horizon; NaN: unknown), and ``parent_id``.
        series: ``region_id, day, mean, lower, upper`` of the days ahead; a row of an empty
            ``region_id`` is the whole city, where there is one.
        tickets: see ``hours.learn_profile``.
        judged: ``expected, observed`` of forecasts before whose outcome is settled, one a day.
    """

    as_of: datetime
    horizon_h: int
    zone: str
    measure: Measure
    total: float
    regions: pd.DataFrame
    series: pd.DataFrame
    tickets: pd.DataFrame
    judged: pd.DataFrame


def outlook(ahead: Ahead, calendar: Calendar) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Totals with their intervals (``TOTALS``), and hours (``HOURS``), city first.

    A region whose expectation is unknown has neither.
    """
    spread = learn_spread(
        ahead.judged["expected"].to_numpy(float),
        ahead.judged["observed"].to_numpy(float),
        ahead.horizon_h,
    )
    low = ahead.measure == "low_complaints"
    told = (spread.variance, spread.origins)
    profile = learn_profile(ahead.tickets, ahead.zone, calendar, low_only=low)
    totals, hours = [], []
    for region_id, expected, days in _scopes(ahead):
        lower, upper = _interval(ahead, region_id, expected, days, spread)
        totals.append((region_id, ahead.measure, ahead.horizon_h, expected, lower, upper, *told))
        spent = spread_hours(
            days["mean"],
            expected,
            profile,
            as_of=ahead.as_of,
            horizon_h=ahead.horizon_h,
            zone=ahead.zone,
            calendar=calendar,
        )
        hours.append(spent.assign(region_id=region_id, measure=ahead.measure))
    if not totals:
        return pd.DataFrame(columns=TOTALS), pd.DataFrame(columns=HOURS)
    return pd.DataFrame(totals, columns=TOTALS), pd.concat(hours, ignore_index=True)[HOURS]


def _scopes(ahead: Ahead) -> Iterable[tuple[str, float, pd.DataFrame]]:
    """The city, then each region with a known expectation: id, total, its days."""
    series = ahead.series[ahead.series["mean"].notna()]
    of = {str(name): rows.set_index("day") for name, rows in series.groupby("region_id")}
    known = set(ahead.regions["region_id"])
    none = pd.DataFrame({"mean": [], "lower": [], "upper": []}, dtype=float)
    if CITY in of:
        city = of[CITY]
    else:
        tops = ahead.regions.loc[~ahead.regions["parent_id"].isin(known), "region_id"]
        parts = [of[name] for name in tops if name in of]
        city = pd.concat(parts).groupby(level=0)[["mean"]].sum() if parts else none
    yield CITY, ahead.total, city
    expected = ahead.regions.set_index("region_id")["expected"].astype(float).dropna()
    for name, value in expected.sort_index().items():
        yield str(name), float(value), of.get(str(name), none)


def _interval(
    ahead: Ahead, region_id: str, expected: float, days: pd.DataFrame, spread: Spread
) -> tuple[float, float]:
    if region_id == CITY and ahead.measure == "low_complaints":
        return total_interval(expected, spread)  # judged as a whole: nothing to put together
    if not {"lower", "upper"} <= set(days.columns) or days.empty:
        return total_interval(expected, spread)
    weights = day_weights(ahead.as_of, ahead.horizon_h, ahead.zone)
    first = ahead.as_of.astimezone(ZoneInfo(ahead.zone)).date()
    within = pd.Series(
        weights, index=[first + pd.Timedelta(days=n).to_pytimedelta() for n in range(len(weights))]
    )
    ours = days.reindex(within.index)
    lower, upper = (ours[name].to_numpy(float) for name in ("lower", "upper"))
    return daily_interval(expected, lower, upper, weights, spread)

"""The complaints to come: days as they are forecast, weeks and months as sums of them."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from dashboard.snapshot import Snapshot
from dashboard.trends.periods import DAY, bounds
from dashboard.trends.query import UNKNOWN, TrendQuery
from dashboard.trends.sums import Facts

# Strays to either side that the forecast's interval of 90 % spans.
Z = 1.6449
COLUMNS = [
    "period_start", "period_end", "observed", "mean", "lower", "upper", "rate_mean", "rate_lower",
    "rate_upper", "days_ahead", "model",
]  # fmt: skip


def ahead(snapshot: Snapshot, query: TrendQuery) -> pd.DataFrame:
    """Expected tickets of the periods from ``as_of`` on, with a band of 90 %.

    There is one for the city and each region, and for their services, where the forecast has them;
    none under a split or another filter. Periods reach as far as the forecast: a period counts
    when each of its days is over or forecast.

    Weeks and months are what was counted on the days that are over (those before today), and the
    sum of the days forecast. **Their band** takes into account that days err together: of a day's
    variance (its half interval / 1.645, squared) the part that counting brings (its mean, as of a
    Poisson number) is independent from day to day and adds up as variance; the rest, the doubt
    about the level, is taken as common to all days, and adds up as deviation. So the band of n
    days is wider than √n bands of a day, and narrower than n: it errs to the wide side. The
    halves below and above are added up apart, since the intervals are not symmetric.

    Returns:
        Columns ``COLUMNS``: local days inclusive; tickets counted so far (0 for periods to come);
        expected tickets of the whole period with lower and upper end; the same per 10,000
        subscribers and period (NaN: unknown); days of it that are forecast; the model. No rows
        where there is no forecast.
    """
    facts = Facts(snapshot, query)
    filters = query.filters
    other = {"channel", "category", "technology"} & set(filters)
    if query.split or other or UNKNOWN in (filters.get("region"), filters.get("service")):
        return pd.DataFrame(columns=COLUMNS)
    series = daily(snapshot, facts.region, filters.get("service"))
    if series.empty:
        return pd.DataFrame(columns=COLUMNS)
    per = 1e4 / facts.areas.subscribers(facts.region)
    rows = series.to_dict("records")
    days: dict[date, dict[Any, Any]] = {row["day"]: row for row in rows}
    coming = [day for day, row in days.items() if day >= facts.today and np.isfinite(row["mean"])]
    found = []
    for start in dict.fromkeys(bounds(query.by, day)[0] for day in coming):
        row = _period(days, start, bounds(query.by, start)[1], facts.today)
        if row is not None:
            found.append(row | {f"rate_{n}": per * row[n] for n in ("mean", "lower", "upper")})
    return pd.DataFrame(found, columns=COLUMNS)


def daily(snapshot: Snapshot, region: str | None, service: str | None = None) -> pd.DataFrame:
    """Daily tickets behind (``observed``) and ahead (``mean, lower, upper``), by local ``day``.

    Args:
        snapshot: the snapshot.
        region: its id; None: the whole city.
        service: its name; None: all.
    """
    found = snapshot.frame("trend_series", {"region": region, "service": service})
    found["day"] = pd.to_datetime(found["day"]).dt.date
    return found


def summed(mean: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> tuple[float, float, float]:
    """Mean, lower and upper end of the sum of days; see :func:`ahead` for the band."""

    def half(halves: np.ndarray) -> float:
        beyond = np.maximum((halves / Z) ** 2 - mean, 0.0)
        counting = np.minimum((halves / Z) ** 2, mean)
        return float(Z * np.sqrt(counting.sum() + np.sqrt(beyond).sum() ** 2))

    total = float(mean.sum())
    below, above = half(np.maximum(mean - lower, 0.0)), half(np.maximum(upper - mean, 0.0))
    return total, max(0.0, total - below), total + above


def _period(
    days: dict[date, dict[Any, Any]], start: date, end: date, today: date
) -> dict[str, Any] | None:
    wanted = [start + i * DAY for i in range((end - start).days + 1)]
    behind = [days.get(day, {}).get("observed", np.nan) for day in wanted if day < today]
    forward = [days.get(day, {"mean": np.nan}) for day in wanted if day >= today]
    if not np.isfinite([*behind, *(row["mean"] for row in forward)]).all():
        return None
    parts = (np.array([row[name] for row in forward]) for name in ("mean", "lower", "upper"))
    mean, lower, upper = summed(*parts)
    counted = float(np.sum(behind))
    return {
        "period_start": start,
        "period_end": end,
        "observed": counted,
        "mean": counted + mean,
        "lower": counted + lower,
        "upper": counted + upper,
        "days_ahead": len(forward),
        "model": forward[0]["model"],
    }

"""The demo's past: forecasts of earlier moments, each made with what was known then.

A city that was just simulated has KPIs and complaints of months, but nobody ever forecast it, so
that nothing could be told of hits and misses. The past is made up for by the product's own
pipeline, in order of time; nothing is invented, and nothing is known earlier than it was.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dashboard.output import Report
from dashboard.publish import forecast_and_publish, newest_as_of
from dashboard.settings import Settings
from forecasting.errors import NotEnoughHistoryError
from ingest.clock import FixedClock

if TYPE_CHECKING:
    import duckdb

LEARNT_DAYS = 42
"""History before the first forecast: less, and there is too little to learn from."""
_HOUR = time(7)
_SLOWEST = 365  # days from one training to the next, as the setting allows
_LAST_DAY = (timedelta(hours=24), timedelta(hours=18), timedelta(hours=12), timedelta(hours=6))


def past_moments(stood_at: datetime, days: int, history: int, zone: ZoneInfo) -> list[datetime]:
    """When forecasts are made up for: each local day at seven, the last day every six hours.

    Args:
        stood_at: up to when the city was simulated (aware).
        days: wanted.
        history: days of the city; ``LEARNT_DAYS`` of them come before the first forecast.
        zone: of local days.

    Returns:
        In order, UTC, all before ``stood_at``; none where there is too little history.
    """
    days = min(days, history - LEARNT_DAYS)
    if days < 1:
        return []
    today = stood_at.astimezone(zone).date()
    daily = [datetime.combine(today - timedelta(days=n), _HOUR, zone) for n in range(days)]
    moments = {moment.astimezone(UTC) for moment in daily}
    moments |= {stood_at.astimezone(UTC) - back for back in _LAST_DAY}
    return sorted(moment for moment in moments if moment < stood_at)


def pace_of(first: datetime, days: int, zone: ZoneInfo) -> int:
    """The pace with one day of training just before ``first``, and none in the days after it.

    Days of training are counted from a fixed Monday (``forecasting.cells.live.trained_at``). Among
    the paces that are long enough, the one whose day of training is nearest; of these the shortest.
    """
    day = first.astimezone(zone).toordinal() - 1
    long_enough = (n for n in range(days + 1, _SLOWEST + 1) if n - day % n > days)
    return min(long_enough, key=lambda pace: (day % pace, pace))


def live_through(
    connection: duckdb.DuckDBPyConnection,
    data: Path,
    settings: Settings,
    moments: list[datetime],
    *,
    report: Report,
) -> None:
    """Forecast and publish as of each moment; those that an earlier run has made are left out.

    One model serves them all, trained at the beginning by what was known then.
    """
    if not moments:
        return
    shown = newest_as_of(data)
    todo = [moment for moment in moments if shown is None or moment > shown]
    days = (moments[-1] - moments[0]).days + 1
    pace = pace_of(moments[0], days, settings.zone)
    learn = settings.forecasting.model_copy(update={"retrain_days": pace})
    paced = settings.model_copy(update={"forecasting": learn})
    task = f"forecast the last {days} days as they were known"
    for number, moment in enumerate(todo):
        report(task, number / len(todo))
        try:
            forecast_and_publish(
                connection, data, as_of=moment, settings=paced, clock=FixedClock(moment)
            )
        except NotEnoughHistoryError:
            continue  # a tiny city may have nothing to tell of its first days
    if todo:
        report(task, 1.0)

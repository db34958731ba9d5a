"""The demo's past: forecasts of earlier moments, each made with what was known then.

A city that was just simulated has KPIs and complaints of months, but nobody ever forecast it, so
that nothing could be told of hits and misses. The past is made up for by the product's own
pipeline, in order of time; nothing is invented, and nothing is known earlier than it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dashboard.newest import newest_forecast
from dashboard.output import Report
from dashboard.publish import make_forecast, publish
from dashboard.settings import Settings
from forecasting.errors import NotEnoughHistoryError
from ingest.clock import FixedClock

if TYPE_CHECKING:
    import duckdb

    from dashboard.demo.lived import Lived

LIVED_DAYS = 7
"""Of the past these days are lived with crews: long enough for repairs to be verified."""
LEARNT_DAYS = 42
"""History before the first forecast: less, and there is too little to learn from."""
SHOWN_DAYS = 7
"""Older forecasts are made and judged, but no snapshots of them are published: that takes long."""
_HOUR = time(7)
_SLOWEST = 365  # days from one training to the next, as the setting allows
_LAST_DAY = (timedelta(hours=24), timedelta(hours=16), timedelta(hours=8))


def past_moments(stood_at: datetime, days: int, history: int, zone: ZoneInfo) -> list[datetime]:
    """When forecasts are made up for: each local day at seven, the last day every eight hours.

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


def lived_from(stood_at: datetime, moments: Sequence[datetime]) -> datetime:
    """From when on the city is lived with crews; ``stood_at`` where nothing is made up for."""
    return min(
        (moment for moment in moments if moment >= stood_at - timedelta(days=LIVED_DAYS)),
        default=stood_at,
    )


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
    lived: Lived | None = None,
    report: Report,
) -> None:
    """Forecast as of each moment, and publish those of the last days; in order of time.

    One model serves them all, trained at the beginning by what was known then. Moments that an
    earlier run has come to are left out.

    Args:
        connection: the warehouse.
        data: the data directory.
        settings: of it.
        moments: in order.
        lived: lives the city up to each moment; None: all that happened is loaded already.
        report: progress.
    """
    if not moments:
        return
    made = newest_forecast(connection)
    todo = [moment for moment in moments if made is None or moment > made]
    days = (moments[-1] - moments[0]).days + 1
    paced = paced_settings(settings, moments)
    task = f"forecast the last {days} days as they were known"
    for number, moment in enumerate(todo):
        report(task, number / len(todo))
        if lived is not None:
            lived.until(moment)
        clock = FixedClock(moment)
        try:
            forecast = make_forecast(connection, data, as_of=moment, settings=paced, clock=clock)
        except NotEnoughHistoryError:
            continue  # a tiny city may have nothing to tell of its first days
        if moments[-1] - moment < timedelta(days=SHOWN_DAYS):
            publish(connection, data, forecast, settings=paced, clock=clock)
            if lived is not None:
                lived.published(moment)
    if todo:
        report(task, 1.0)


def paced_settings(settings: Settings, moments: list[datetime]) -> Settings:
    """The settings with which one model serves all of the moments, and what comes right after."""
    days = (moments[-1] - moments[0]).days + 2
    pace = pace_of(moments[0], days, settings.zone)
    learn = settings.forecasting.model_copy(update={"retrain_days": pace})
    return settings.model_copy(update={"forecasting": learn})

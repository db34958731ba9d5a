"""When a source is due: its trigger, and the first run after the worker was away."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from ingest.sources.model import Source


def cron_trigger(line: str, zone: ZoneInfo) -> CronTrigger:
    """The trigger of five fields: minute, hour, day, month, weekday.

    Raises:
        ValueError: it cannot be understood, or weekdays are numbers, which cron counts from Sunday
            and the scheduler from Monday.
    """
    fields = line.split()
    if len(fields) != 5:
        raise ValueError(f"{line!r} has {len(fields)} fields, not minute hour day month weekday")
    if re.search(r"(?<!#)\d", re.sub(r"/\d+", "", fields[4])):
        raise ValueError(f"{line!r}: write weekdays by name, as in mon-fri: numbers are ambiguous")
    try:
        return CronTrigger.from_crontab(line, timezone=zone)
    except ValueError as error:
        raise ValueError(f"{line!r}: {error}") from error


def trigger_of(source: Source, zone: ZoneInfo) -> BaseTrigger:
    """The source's trigger; times of a cron line are in ``zone``."""
    if source.cron is not None:
        return cron_trigger(source.cron, zone)
    return IntervalTrigger(minutes=source.interval_min or 0)


def due_at(source: Source, last: datetime | None, now: datetime, zone: ZoneInfo) -> datetime:
    """When the source is to be fetched next; ``now`` where it was due meanwhile.

    However many runs were missed, one catches up. A success that lies in the future tells of a
    clock that was set back, and counts as none.

    Args:
        source: its rhythm.
        last: start of its newest fetch that went well; None when there was none.
        now: the present moment.
        zone: of cron lines.
    """
    if last is None or last > now:
        return now
    if source.interval_min is not None:
        return max(now, last + timedelta(minutes=source.interval_min))
    following = cron_trigger(source.cron or "", zone).get_next_fire_time(
        None, last + timedelta(seconds=1)
    )
    return now if following is None else max(now, following)


def interval_of(source: Source, now: datetime, zone: ZoneInfo) -> timedelta:
    """Time between two fetches; of a cron line the longest of its next eight."""
    if source.interval_min is not None:
        return timedelta(minutes=source.interval_min)
    trigger = cron_trigger(source.cron or "", zone)
    fires: list[datetime] = []
    following = trigger.get_next_fire_time(None, now)
    while following is not None and len(fires) < 9:
        fires.append(following)
        following = trigger.get_next_fire_time(None, following + timedelta(seconds=1))
    return max((later - earlier for earlier, later in pairwise(fires)), default=timedelta(days=366))

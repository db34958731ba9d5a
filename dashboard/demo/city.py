"""Brings the demo's city up to the present hour: anew, or from the one that is there."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from dashboard.demo.past import lived_from, past_moments
from dashboard.demo.plan import (
    Plan,
    clear,
    feeds_dir,
    read_marker,
    state_dir,
    write_marker,
)
from dashboard.errors import DashboardError
from dashboard.output import Report, by_files
from dashboard.runtime.opened import opened_warehouse
from dashboard.settings import Settings
from ingest.errors import IngestError
from ingest.load import ingest_paths
from ingest.simulator import LiveCity, simulate

CATCH_UP = timedelta(hours=48)
DAY = timedelta(days=1)
AHEAD = timedelta(days=7)


@dataclass(frozen=True)
class Ready:
    """A city that stands.

    Attributes:
        city: goes on hour by hour.
        present: the moment at which its life goes on.
        reused: what was kept of an earlier run, None when all is new.
    """

    city: LiveCity
    present: datetime
    reused: str | None


def prepare(
    data: Path,
    settings: Settings,
    plan: Plan,
    *,
    now: datetime,
    fresh: bool,
    report: Report,
) -> Ready:
    """Have a city in ``data`` that is known up to the present hour; the caller holds the lock.

    Args:
        data: a demo's directory, or a new one.
        settings: of the data directory.
        plan: the city wanted.
        now: the present moment.
        fresh: make it anew in any case.
        report: progress.
    """
    present = now.replace(minute=0, second=0, microsecond=0)
    city = None if fresh or read_marker(data) != plan else _resume(data)
    reused = None
    if city is not None and present - CATCH_UP <= city.next_hour <= present + AHEAD:
        hours = _catch_up(data, settings, city, present, report)
        reused = f"the city of an earlier run, {hours} h caught up" if hours else "all of it"
    else:
        city = _build(data, settings, plan, present, report)
    return Ready(city, max(now, city.next_hour), reused)


def _resume(data: Path) -> LiveCity | None:
    try:
        return LiveCity.resume(state_dir(data))
    except IngestError:
        return None


def _build(
    data: Path, settings: Settings, plan: Plan, present: datetime, report: Report
) -> LiveCity:
    """A city that stands where its days with crews begin; where there are none, at the present."""
    clear(data)
    write_marker(data, plan, complete=False)
    feeds = feeds_dir(data)
    begin = lived_from(present, past_moments(present, plan.past, plan.days, settings.zone))
    life, tickets = simulate(
        feeds,
        cells=plan.cells,
        days=max(1, plan.days - round((present - begin) / DAY)),
        seed=plan.seed,
        end=begin,
        with_truth=False,
        progress=lambda _step, share: report(
            f"simulate {plan.cells:,} cells, {plan.days} days", share
        ),
    )
    city = LiveCity.start(state_dir(data), life, tickets)
    _load(data, settings, feeds, report)
    write_marker(data, plan, complete=begin >= present, stood_at=present)
    return city


def _catch_up(
    data: Path, settings: Settings, city: LiveCity, present: datetime, report: Report
) -> int:
    """Live through the hours since; files that an earlier run could not load are loaded too."""
    feeds = feeds_dir(data)
    hours = max(0, round((present - city.next_hour) / timedelta(hours=1)))
    start = city.next_hour
    if hours:
        city.drop_hours(
            feeds,
            present,
            before=lambda hour: report(f"catch up {hours} h", (hour - start) / (present - start)),
        )
    if feeds.exists():
        _load(data, settings, feeds, report)
    return hours


def _load(data: Path, settings: Settings, feeds: Path, report: Report) -> None:
    """Load the files as history and remove them.

    Raises:
        DashboardError: one of our own files was refused.
    """
    with opened_warehouse(data, settings) as connection:
        results = ingest_paths(
            connection,
            [feeds],
            settings=settings.ingest,
            data=data,
            progress=by_files(report),
        )
    for result in results:
        if result.refused:
            raise DashboardError(f"demo: {result.file}: {result.refused}")
    shutil.rmtree(feeds)

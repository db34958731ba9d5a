"""The demo's last days, lived with crews: what they mend is in the facts that come after."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.demo.crews import Crews
from dashboard.demo.plan import feeds_dir
from dashboard.dispatch.plans import Plans
from dashboard.dispatch.store import Orders
from dashboard.errors import DashboardError
from dashboard.runtime.dispatching import AFTER_PUBLISH, EACH_TICK, Scene, StepOf
from dashboard.settings import Settings
from ingest.load import ingest_paths
from ingest.simulator import LiveCity

if TYPE_CHECKING:
    import duckdb
    from sqlalchemy import Engine

VISITORS = timedelta(hours=12)
"""Before the present: from then on half of the districts wait for the visitor."""


def crews_of(city: LiveCity, engine: Engine) -> Crews:
    """The crews of a city, who go by the plan of the ops database."""
    plans = Plans(engine)
    return Crews(city, Orders(engine), lambda: dict(plans.read()[0]))


@contextmanager
def hushed() -> Iterator[None]:
    """What was late in the demo's past is no news on the terminal."""
    logger = logging.getLogger("dashboard")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


class Lived:
    """Goes on from where the city stands, up to each forecast, by the product's own steps.

    Args:
        connection: the warehouse.
        data: the data directory.
        settings: of it.
        engine: the ops database.
        city: goes on.
        present: at which the past ends.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        data: Path,
        settings: Settings,
        *,
        engine: Engine,
        city: LiveCity,
        present: datetime,
    ) -> None:
        self.connection, self.data, self.settings = connection, data, settings
        self.engine, self.city = engine, city
        self.crews, self.half_from = crews_of(city, engine), present - VISITORS
        self.half = self.crews.districts
        self.looks = 4  # of crews and timers, an hour

    def until(self, moment: datetime) -> None:
        """Live up to a whole hour and load what happened, all hours at once.

        Raises:
            DashboardError: one of our own files was refused.
        """
        if self.city.next_hour >= moment:
            return
        feeds = feeds_dir(self.data)
        self.city.drop_hours(feeds, moment, before=self._act)
        load_feeds(self.connection, self.data, self.settings, feeds)

    def published(self, moment: datetime) -> None:
        """What follows from a forecast that was published: proposals, plan, verification."""
        self._run(AFTER_PUBLISH, moment, self.connection)

    def _act(self, hour: datetime) -> None:
        """Timers and crews within the hour that is about to be lived through."""
        self.crews.districts = self.crews.everywhere if hour < self.half_from else self.half
        for look in range(1, self.looks + 1):
            now = hour + look * timedelta(hours=1) / self.looks
            self.crews.tick(now)
            self._run(EACH_TICK, now)

    def _run(
        self,
        steps: tuple[tuple[str, StepOf], ...],
        now: datetime,
        warehouse: duckdb.DuckDBPyConnection | None = None,
    ) -> None:
        scene = Scene(self.data, self.settings, self.engine, now, warehouse)
        for _, step in steps:
            step(scene)


def load_feeds(
    connection: duckdb.DuckDBPyConnection, data: Path, settings: Settings, feeds: Path
) -> None:
    """Load the files of a folder as history and remove it.

    Raises:
        DashboardError: one of our own files was refused.
    """
    results = ingest_paths(connection, [feeds], settings=settings.ingest, data=data)
    for result in results:
        if result.refused:
            raise DashboardError(f"demo: {result.file}: {result.refused}")
    shutil.rmtree(feeds)

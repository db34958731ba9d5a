"""The city lives on: each hour that its clock has passed is dropped into the inbox; crews act."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import structlog

from dashboard.demo.crews import Crews
from dashboard.ops.errors import OpsError
from ingest.clock import Clock
from ingest.simulator import LiveCity

log = structlog.get_logger()

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


class LivingCity:
    """Called again and again by the supervisor's loop; mostly does nothing.

    Args:
        city: goes on when an hour is over.
        clock: the demo's.
        inbox: where its files go.
        crews: look every minute of the demo's clock; None: nobody acts.
    """

    def __init__(
        self, city: LiveCity, clock: Clock, inbox: Path, crews: Crews | None = None
    ) -> None:
        self.city, self.clock, self.inbox, self.crews = city, clock, inbox, crews
        self.alive = True
        self._looked: datetime | None = None
        self._cut_off = False

    def tick(self) -> None:
        """Drop one hour's files when the clock has passed its end, else let the crews act.

        A full disk must not take the pages down: the city then stands still, and says so once.
        """
        if not self.alive:
            return
        now = self.clock.now()
        try:
            if now >= self.city.next_hour + HOUR:
                self.city.drop_hour(self.inbox)
            elif self.crews and (self._looked is None or now >= self._looked + MINUTE):
                self._looked = now
                self._act(self.crews, now)
        except OSError as error:
            self.alive = False
            log.error("the city stands still", reason=str(error))  # noqa: TRY400  no traceback

    def _act(self, crews: Crews, now: datetime) -> None:
        """A database that cannot be reached is told once; crews look again a minute later."""
        try:
            crews.tick(now)
            self._cut_off = False
        except OpsError as error:
            if not self._cut_off:
                log.warning("the crews cannot act", reason=str(error))
            self._cut_off = True

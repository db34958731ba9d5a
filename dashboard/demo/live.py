"""The city lives on: each hour that its clock has passed is dropped into the inbox."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import structlog

from ingest.clock import Clock
from ingest.simulator import LiveCity

log = structlog.get_logger()

HOUR = timedelta(hours=1)


class LivingCity:
    """Called again and again by the supervisor's loop; does nothing until an hour is over."""

    def __init__(self, city: LiveCity, clock: Clock, inbox: Path) -> None:
        self.city, self.clock, self.inbox = city, clock, inbox
        self.alive = True

    def tick(self) -> None:
        """Drop one hour's files when the clock has passed its end.

        A full disk must not take the pages down: the city then stands still, and says so once.
        """
        if not self.alive or self.clock.now() < self.city.next_hour + HOUR:
            return
        try:
            self.city.drop_hour(self.inbox)
        except OSError as error:
            self.alive = False
            log.error("the city stands still", reason=str(error))  # noqa: TRY400  no traceback

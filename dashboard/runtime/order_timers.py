"""The worker's step that watches the timers of work orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from dashboard.dispatch.sla import make_rules
from dashboard.dispatch.store import Orders
from dashboard.dispatch.timing import tick

if TYPE_CHECKING:
    from dashboard.runtime.dispatching import Scene

log = structlog.get_logger()


def watch_timers(scene: Scene) -> None:
    """Write the warnings and escalations that are due.

    Raises:
        OpsError: the ops database failed.
        ForecastingError: the country of the holidays is unknown.
    """
    settings = scene.settings
    rules = make_rules(settings.dispatch.sla, settings.zone, settings.forecasting.holiday_country)
    ticked = tick(Orders(scene.engine), scene.now, rules)
    if ticked.escalated:
        log.warning("work orders are late", escalated=ticked.escalated, warned=ticked.warned)

"""The worker's job that hands reports over, in a thread of its own: a mail server may be slow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import structlog

from dashboard.errors import DashboardError, LockedError
from dashboard.ops.engine import open_ops
from dashboard.ops.runs import Outcome, Report
from dashboard.settings import Settings
from ingest.clock import Clock, SystemClock

log = structlog.get_logger()

EVERY_S = 300
"""Seconds between two looks for a report that is due."""


def hand_over(data: Path, settings: Settings, clock: Clock, stopping: Callable[[], bool]) -> Report:
    """What is due is made and handed over; gives the history's entry.

    It never touches the warehouse: numbers come from the published snapshot. Its failures are its
    own, so that they are told here and do not end the worker.
    """
    # Charts' and mail's libraries are loaded only where reports are made.
    from dashboard.reports.run import Desk, run_due

    try:
        engine = open_ops(data, settings.ops.address)
        try:
            desk = Desk(
                data,
                engine,
                settings.reports,
                clock.now(),
                SystemClock().now(),
                stopping=stopping,
            )
            done = run_due(desk)
        finally:
            engine.dispose()
    except LockedError as error:
        return Report("nothing", message=str(error))
    except DashboardError as error:
        log.error("no reports", reason=str(error))  # noqa: TRY400  one line says it
        return Report("failed", message=str(error))
    if not (done.sent or done.failed or done.unsure):
        return Report("nothing")
    outcome: Outcome = "failed" if done.failed or done.unsure else "ok"
    return Report(outcome, files=len(done.sent), message=done.message)

"""The worker's job that tells others of work orders, in a thread of its own: peers may be slow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import structlog
from sqlalchemy import Engine

from dashboard.dispatch.outbound.client import Client
from dashboard.dispatch.outbound.deliver import Desk, run
from dashboard.dispatch.outbound.notice import Play, Voice
from dashboard.dispatch.outbound.sending import Sending
from dashboard.dispatch.outbound.settings import EndpointBase
from dashboard.errors import DashboardError, LockedError
from dashboard.ops.engine import open_ops
from dashboard.ops.runs import Outcome, Report
from dashboard.settings import Settings
from dashboard.web.i18n import load_texts
from forecasting.errors import ForecastingError
from ingest.clock import SystemClock

log = structlog.get_logger()

EVERY_S = 5
"""Seconds between two looks for something to tell."""


def hand_out(data: Path, settings: Settings, stopping: Callable[[], bool]) -> Report:
    """New events become messages, and what is due is handed over; gives the history's entry.

    It never touches the warehouse. Its failures are its own, so that they are told here and do not
    end the worker.
    """
    try:
        engine = open_ops(data, settings.ops.address)
        try:
            done = run(desk_of(data, engine, settings, stopping))
        finally:
            engine.dispose()
    except LockedError as error:
        return Report("nothing", message=str(error))
    except (DashboardError, ForecastingError) as error:
        log.error("nobody told", reason=str(error))  # noqa: TRY400  one line says it
        return Report("failed", message=str(error))
    if not done.message:
        return Report("nothing")
    bad = bool(done.again or done.dead or done.unsure)
    outcome: Outcome = "failed" if bad else "ok"
    return Report(outcome, files=done.sent.total(), message=done.message)


def desk_of(
    data: Path, engine: Engine, settings: Settings, stopping: Callable[[], bool] = lambda: False
) -> Desk:
    """What handing over needs, from the settings.

    Raises:
        ForecastingError: the playbook cannot be read.
    """
    dispatch, voices = settings.dispatch, voices_of(settings)
    return Desk(
        data,
        engine,
        dispatch.outbound,
        dispatch.delivery,
        voices,
        Sending(Client(dispatch.delivery), settings.reports.mail),
        SystemClock(),
        stopping=stopping,
    )


def voices_of(settings: Settings) -> Callable[[EndpointBase], Voice]:
    """How each endpoint is spoken to: its language, or that of the pages."""
    pages = settings.web.public_url

    def voice(endpoint: EndpointBase) -> Voice:
        language = endpoint.language or settings.web.language
        return Voice(
            load_texts(language),
            settings.zone,
            _plays(settings, language),
            pages.rstrip("/") if pages else None,
            {
                kpi.name: kpi.zh if language == "zh" else kpi.en
                for kpi in settings.ingest.load_catalogue().kpis
            },
        )

    return voice


def _plays(settings: Settings, language: str) -> dict[str, Play]:
    # Its reader brings pandas along, which is loaded only where somebody is told.
    from forecasting.cells.playbook import load_playbook

    book = load_playbook(settings.forecasting.playbook_file)
    return {
        cause: Play(
            getattr(play, f"action_{language}"),
            getattr(play, f"skill_{language}"),
            getattr(play, f"parts_{language}"),
        )
        for cause, play in book.items()
    }

"""The whole demo: a city that stands, its past, a forecast, worker and web supervised, and life."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.demo import city
from dashboard.demo.live import LivingCity
from dashboard.demo.lived import Lived, crews_of, hushed
from dashboard.demo.past import live_through, paced_settings, past_moments
from dashboard.demo.plan import Plan, read_stood_at, require_demo_directory, write_marker
from dashboard.errors import SnapshotError
from dashboard.newest import newest_facts
from dashboard.ops.engine import open_ops
from dashboard.output import Output, Report
from dashboard.publish import forecast_and_publish, newest_as_of
from dashboard.runtime import serve
from dashboard.runtime.clock import save_clock
from dashboard.runtime.locks import write_lock
from dashboard.runtime.opened import opened_warehouse
from dashboard.runtime.ready import Ready
from dashboard.runtime.supervisor import Supervisor
from dashboard.settings import Settings
from dashboard.snapshot import Snapshot
from ingest.clock import Clock, FixedClock, ScaledClock, SystemClock

if TYPE_CHECKING:
    from sqlalchemy import Engine

_FIRST_ROWS = 40_000

# A demo has no vendor who writes slowly: look often, so that the colours move.
ENVIRONMENT = {
    "FORESITE_AUTH": "off",
    "FORESITE_SCHEDULE__INBOX_EVERY_S": "2",
    "FORESITE_INGEST__INBOX_REST_S": "1",
}


def run_demo(
    data: Path,
    settings: Settings,
    plan: Plan,
    *,
    port: int,
    speed: float,
    fresh: bool,
    out: Output,
    machine: Clock | None = None,
) -> None:
    """Prepare and serve until SIGTERM or Ctrl-C.

    Raises:
        ServeError: the port is taken.
        LockedError: another process writes to ``data``.
        DashboardError: ``data`` holds data that are not a demo's.
    """
    machine = machine or SystemClock()
    serve.require_free_port(serve.LOOPBACK, port)
    require_demo_directory(data)
    with write_lock(data, "foresite demo"), out.progress() as report:
        ready = city.prepare(data, settings, plan, now=machine.now(), fresh=fresh, report=report)
        learning = _hasty(settings, _past(data, plan, settings))
        if ready.reused:
            out.note(f"Reused: {ready.reused} (`--fresh` starts over).")
        engine = open_ops(data, settings.ops.address)
        with hushed():
            present = _publish(data, learning, plan, ready, engine=engine, report=report)
        if ready.reused is None:
            write_marker(data, plan, complete=True, stood_at=read_stood_at(data))
    logs = data / "logs"
    logs.mkdir(exist_ok=True)
    children = [
        replace(spec, environment=environment_of(learning), log=_emptied(logs / f"{spec.name}.log"))
        for spec in serve.supervised(data, host=serve.LOOPBACK, port=port)
    ]
    address = serve.address(serve.LOOPBACK, port)
    # Time begins to run now: what simulating and training took is not the city's time.
    clock = ScaledClock(machine.now(), present, speed)
    save_clock(data, clock)
    living = LivingCity(ready.city, clock, data / "inbox", crews_of(ready.city, engine))
    pages = Ready(
        serve.LOOPBACK,
        port,
        answered=lambda: out.result(
            {"address": address, **asdict(plan), "speed": speed, "reused": ready.reused},
            [f"Foresite answers at {address}", *_rhythm(speed), "Ctrl-C stops it."],
        ),
        late=lambda: out.note(f"The pages do not answer yet; see {logs / 'web.log'}"),
    )

    def tick() -> None:
        living.tick()
        pages.tick()

    try:
        Supervisor(children).run(tick)
    finally:
        engine.dispose()


def _publish(
    data: Path, settings: Settings, plan: Plan, ready: city.Ready, *, engine: Engine, report: Report
) -> datetime:
    """The past, and a first forecast: the first look shows colours and what became of earlier ones.

    The worker makes the next ones.

    Returns:
        The demo's present: never before a fact that is known or a forecast that was shown.
    """
    with opened_warehouse(data, settings) as connection:
        past = _past(data, plan, settings)
        stands = ready.present.replace(minute=0, second=0, microsecond=0)
        lived = None
        if not ready.reused and ready.city.next_hour < stands:
            lived = Lived(
                connection, data, settings, engine=engine, city=ready.city, present=stands
            )
        live_through(connection, data, settings, past, lived=lived, report=report)
        if lived is not None:
            lived.until(stands)
        moments = (ready.present, newest_as_of(data), newest_facts(connection))
        present = max(moment for moment in moments if moment is not None)
        if not (ready.reused and _shown_since(data, ready.city.next_hour)):
            forecast_and_publish(
                connection,
                data,
                as_of=present,
                settings=settings,
                clock=FixedClock(present),
                progress=report,
            )
            if lived is not None:
                lived.published(present)
    return present


def _past(data: Path, plan: Plan, settings: Settings) -> list[datetime]:
    """The moments for which forecasts are made up for."""
    stood_at = read_stood_at(data)
    if stood_at is None:
        return []
    return past_moments(stood_at, plan.past, plan.days, settings.zone)


def _hasty(settings: Settings, past: list[datetime]) -> Settings:
    """A demo learns from a part of the rows, and one model serves its past and the days after it.

    Training takes minutes, which are hours of a city that lives fast: the pages would be stale.
    """
    learn = settings.forecasting
    few = learn.model_copy(update={"training_rows": min(learn.training_rows, _FIRST_ROWS)})
    hasty = settings.model_copy(update={"forecasting": few})
    return paced_settings(hasty, past) if past else hasty


def environment_of(settings: Settings) -> dict[str, str]:
    """What worker and web are told beside the settings of the data directory."""
    learn = settings.forecasting
    return {
        **ENVIRONMENT,
        "FORESITE_FORECASTING__TRAINING_ROWS": str(learn.training_rows),
        "FORESITE_FORECASTING__RETRAIN_DAYS": str(learn.retrain_days),
    }


def _shown_since(data: Path, moment: datetime) -> bool:
    """Is there an intact snapshot that knows all up to this moment?"""
    try:
        shown = Snapshot.open(data)
    except SnapshotError:
        return False
    try:
        return shown.notice is None and shown.manifest.as_of >= moment
    finally:
        shown.close()


def _emptied(log: Path) -> Path:
    log.write_bytes(b"")
    return log


def _rhythm(speed: float) -> list[str]:
    if speed == 0:
        return ["The city stands still (--speed 0)."]
    return [f"The city lives on: one hour every {3600 / speed:g} s."]

"""The worker's part in dispatch: what follows from a published forecast, and from time passing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from dashboard.errors import DashboardError
from dashboard.ops.engine import open_ops
from dashboard.ops.runs import Report
from dashboard.runtime.order_plans import propose_and_plan, replan
from dashboard.runtime.order_timers import watch_timers
from dashboard.runtime.verifying import verify_repairs
from dashboard.settings import Settings
from ingest.clock import Clock, ScaledClock

if TYPE_CHECKING:
    import duckdb
    from sqlalchemy import Engine

log = structlog.get_logger()

TICK_S = 20
"""Seconds between two looks at the timers of orders."""
_QUICK_TICK_S = 4


@dataclass(frozen=True)
class Scene:
    """What the steps work on.

    Attributes:
        data: the data directory.
        settings: of it.
        engine: the ops database.
        now: the present moment, by the clock of the facts.
        warehouse: open for writing after a publish; None between publishes.
    """

    data: Path
    settings: Settings
    engine: Engine
    now: datetime
    warehouse: duckdb.DuckDBPyConnection | None = None


StepOf = Callable[[Scene], None]

AFTER_PUBLISH: tuple[tuple[str, StepOf], ...] = (
    ("verify", verify_repairs),
    ("propose", propose_and_plan),
)
"""In this order, after each publish, in the worker's own thread."""
EACH_TICK: tuple[tuple[str, StepOf], ...] = (("timers", watch_timers), ("plan", replan))
"""Every ``TICK_S`` seconds, in a thread of its own: without the warehouse."""


def tick_every(clock: Clock) -> float:
    """Seconds of the machine between two looks: fewer where the clock of the facts runs faster.

    A demo's limit of 15 minutes may be over in as many seconds; what is between two looks is told
    late, and a warning not at all.
    """
    speed = clock.speed if isinstance(clock, ScaledClock) else 1.0
    return max(_QUICK_TICK_S, TICK_S / max(1.0, speed))


def run_steps(
    steps: Sequence[tuple[str, StepOf]],
    data: Path,
    settings: Settings,
    now: datetime,
    warehouse: duckdb.DuckDBPyConnection | None = None,
) -> Report:
    """Run the steps; one that fails is told of, and keeps the others from nothing.

    Failures of the warehouse pass through: the worker then has to end.
    """
    failed: list[str] = []
    try:
        engine = open_ops(data, settings.ops.address)
    except DashboardError as error:
        log.error("no dispatch", reason=str(error))  # noqa: TRY400  one line says it
        return Report("failed", message=str(error))
    try:
        scene = Scene(data, settings, engine, now, warehouse)
        for name, step in steps:
            try:
                step(scene)
            except DashboardError as error:
                log.error("dispatch", step=name, reason=str(error))  # noqa: TRY400  one line
                failed.append(f"{name}: {error}")
    finally:
        engine.dispose()
    return Report("failed", message="; ".join(failed)) if failed else Report("nothing")

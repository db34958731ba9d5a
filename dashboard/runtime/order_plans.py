"""The worker's steps that propose orders from what was published, and plan the shifts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import func, select

from dashboard.dispatch.book import Book, read_book
from dashboard.dispatch.crews import Crews, crews_of
from dashboard.dispatch.cure import Cure, learn_cure
from dashboard.dispatch.plan import Desk, make_plan
from dashboard.dispatch.plans import Plans
from dashboard.dispatch.propose import Means, Shown, drafts_of
from dashboard.dispatch.proposing import propose_orders
from dashboard.dispatch.sla import due_at, make_rules
from dashboard.dispatch.store import Orders
from dashboard.ops.engine import reading
from dashboard.ops.order_schema import work_order_plans, work_orders
from dashboard.snapshot import NothingPublishedError
from dashboard.snapshot.tables import Tables
from forecasting.reds import reds_between

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from dashboard.runtime.dispatching import Scene

log = structlog.get_logger()

Pair = frozenset[tuple[str, str]]


def propose_and_plan(scene: Scene) -> None:
    """After a publish: propose, withdraw, and plan anew.

    Raises:
        SnapshotError: the published snapshot cannot be read.
        OpsError: the ops database failed.
    """
    tables = Tables.newest(scene.data)
    settings = scene.settings.dispatch.plan
    crews = read_crews(tables)
    cure = learn_cure(scene.engine, scene.now, settings)
    back = timedelta(hours=settings.rest_h)
    if tables.manifest.mode == "cells":
        means = Means(crews, cure, settings, _due(scene))
        drafts = drafts_of(read_shown(tables), means, scene.now)
        since = scene.now - timedelta(hours=settings.withdraw_after_h)
        lately: Pair = frozenset((cell, d.cause) for d in drafts for cell in d.cell_ids)
        if scene.warehouse is not None:
            lately |= reds_between(scene.warehouse, since, scene.now)
        done = propose_orders(
            Orders(scene.engine),
            read_book(scene.engine, back),
            drafts,
            lately,
            now=scene.now,
            settings=settings,
        )
        if done.opened or done.withdrawn:
            log.info("work orders", opened=done.opened, withdrawn=done.withdrawn)
    _plan(scene, tables, crews, cure, read_book(scene.engine, back))


def replan(scene: Scene) -> None:
    """Between publishes: plan anew when orders changed, or when the plan has grown old.

    Raises:
        SnapshotError: the published snapshot cannot be read.
        OpsError: the ops database failed.
    """
    settings = scene.settings.dispatch.plan
    changed, planned = _moments(scene.engine)
    old = timedelta(minutes=settings.replan_min)
    if changed is None or (planned and planned >= changed and scene.now - planned < old):
        return
    try:
        tables = Tables.newest(scene.data)
    except NothingPublishedError:  # orders by hand, before the first forecast: no crews are known
        return
    crews = read_crews(tables)
    if planned is None and not crews.shifts:
        return
    cure = learn_cure(scene.engine, scene.now, settings)
    _plan(scene, tables, crews, cure, read_book(scene.engine, timedelta(0)))


def read_crews(tables: Tables) -> Crews:
    """Teams, shifts and the tree of regions of a snapshot."""
    return crews_of(tables.rows("teams"), tables.rows("shifts"), tables.rows("regions"))


def read_shown(tables: Tables) -> Shown:
    """What a snapshot says that matters to orders."""
    manifest = tables.manifest
    reds = tables.rows("cells", [("status", "=", "red")])
    names = [row["cell_id"] for row in reds]
    return Shown(
        manifest.snapshot_id,
        manifest.as_of,
        manifest.horizon_h,
        reds,
        tables.rows("causes", [("cell_id", "in", names)]) if names else [],
        tables.rows("playbook"),
        tables.rows("works"),
    )


def _plan(scene: Scene, tables: Tables, crews: Crews, cure: Cure, book: Book) -> None:
    manifest = tables.manifest
    desk = Desk(
        crews,
        cure,
        scene.settings.dispatch.plan,
        ZoneInfo(manifest.time_zone),
        float(manifest.horizon_h),
    )
    Plans(scene.engine).replace(make_plan(book.open, desk, scene.now), scene.now)


def _due(scene: Scene) -> Callable[[datetime], datetime | None]:
    """By when somebody should be there: accepted and on the way within the limits of the timers."""
    settings = scene.settings
    rules = make_rules(settings.dispatch.sla, settings.zone, settings.forecasting.holiday_country)

    def due(now: datetime) -> datetime | None:
        accepted = due_at(now, "accept", rules)
        return None if accepted is None else due_at(accepted, "arrive", rules)

    return due


def _moments(engine: Engine) -> tuple[datetime | None, datetime | None]:
    """When any order changed last, and when the plan was made; None: never."""
    with reading(engine) as connection:
        changed = connection.execute(select(func.max(work_orders.c.changed_at))).scalar()
        planned = connection.execute(select(func.max(work_order_plans.c.made_at))).scalar()
    return changed, planned

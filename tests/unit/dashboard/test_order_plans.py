"""The worker's steps: from a published snapshot to proposals and a plan, made anew when due."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from dashboard.dispatch.model import Step
from dashboard.dispatch.plans import Plans
from dashboard.dispatch.store import Orders
from dashboard.ops.engine import open_ops
from dashboard.runtime.dispatching import AFTER_PUBLISH, EACH_TICK, Scene
from dashboard.runtime.order_plans import propose_and_plan, replan
from dashboard.settings import Settings
from dashboard.snapshot import write_snapshot
from dashboard.snapshot.tables import Tables
from tests.support.city import city
from tests.support.orders import team_tables
from tests.support.snapshots import AS_OF

MIN, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOW = AS_OF + 5 * MIN
CELLS = 64


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("published")
    content = city(cells=CELLS)
    tables = team_tables(AS_OF)
    shifts = tables["shifts"].assign(starts_at=AS_OF - HOUR, ends_at=AS_OF + 8 * HOUR)
    more = {**content.more, "teams": tables["teams"], "shifts": shifts}
    write_snapshot(data, replace(content, more=more), kpi_days={}, published_at=AS_OF)
    return data


@pytest.fixture
def scene(published: Path, tmp_path: Path):
    engine = open_ops(tmp_path)
    yield Scene(published, Settings(), engine, NOW)
    engine.dispose()


def later(scene: Scene, by: timedelta) -> Scene:
    return Scene(scene.data, scene.settings, scene.engine, scene.now + by)


def test_reds_become_orders_and_orders_a_plan(scene: Scene) -> None:
    propose_and_plan(scene)
    orders = {order.id: order for order in Orders(scene.engine).find()}
    reds = {row["cell_id"]: row for row in Tables.newest(scene.data).rows("cells")
            if row["status"] == "red"}  # fmt: skip
    assert sorted(cell for o in orders.values() for cell in o.draft.cell_ids) == sorted(reds)
    for order in orders.values():
        assert (order.state, order.opener) == ("proposed", "system")
        assert {reds[cell]["site_id"] for cell in order.draft.cell_ids} == {order.draft.site_id}
        assert order.draft.skill
        assert order.draft.due_at is not None
        assert 0 < (order.draft.avoided or 0) < (order.draft.expected or 0)
    stops, made_at = Plans(scene.engine).read()
    assert made_at == NOW
    assert len(stops) >= len(orders) // 2
    assert all(orders[n].draft.skill for n in stops)
    before = {order.id: order.seq for order in orders.values()}
    propose_and_plan(later(scene, MIN))
    assert {o.id: o.seq for o in Orders(scene.engine).find()} == before  # nothing new to say


def test_the_plan_is_made_anew_when_orders_change_or_it_grows_old(scene: Scene) -> None:
    propose_and_plan(scene)
    plans, orders = Plans(scene.engine), Orders(scene.engine)
    replan(later(scene, MIN))
    stops, made_at = plans.read()
    assert made_at == NOW
    gone = min(stops)
    orders.act(gone, [Step("reject", "王工", reason="no_fault: 正常")], at=NOW + MIN)
    replan(later(scene, 2 * MIN))
    stops, made_at = plans.read()
    assert made_at == NOW + 2 * MIN
    assert gone not in stops
    replan(later(scene, 13 * MIN))
    assert plans.read()[1] == NOW + 13 * MIN


def test_without_orders_crews_or_snapshot_nothing_is_planned(scene: Scene, tmp_path: Path) -> None:
    replan(scene)
    assert Plans(scene.engine).read() == ({}, None)
    bare = Scene(tmp_path / "empty", scene.settings, scene.engine, NOW)
    propose_and_plan(scene)
    replan(Scene(bare.data, bare.settings, bare.engine, NOW + HOUR))
    assert Plans(scene.engine).read()[1] == NOW


def test_the_worker_runs_them(scene: Scene) -> None:
    assert propose_and_plan in [step for _, step in AFTER_PUBLISH]
    assert replan in [step for _, step in EACH_TICK]


def test_tables_of_an_older_snapshot_read_as_empty_and_unknown(tmp_path: Path) -> None:
    content = city(cells=CELLS)
    few = content.more["playbook"].drop(columns=["skill", "hours", "on_site"])
    older = replace(content, more={"playbook": few})
    write_snapshot(tmp_path, older, kpi_days={}, published_at=AS_OF)
    tables = Tables.newest(tmp_path)
    assert tables.rows("teams") == []
    assert {row["skill"] for row in tables.rows("playbook")} == {None}
    engine = open_ops(tmp_path)
    propose_and_plan(Scene(tmp_path, Settings(), engine, NOW))
    found = Orders(engine).find()
    engine.dispose()
    assert len(found) > 1
    assert {(o.draft.skill, o.draft.team_id) for o in found} == {("", None)}

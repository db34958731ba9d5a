"""The worker's steps: from a published snapshot to proposals and a plan, made anew when due."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from dashboard.dispatch.model import Step
from dashboard.dispatch.plans import Plans
from dashboard.dispatch.store import Orders
from dashboard.ops.engine import open_ops
from dashboard.runtime.dispatching import AFTER_PUBLISH, EACH_TICK, Scene
from dashboard.runtime.order_plans import propose_and_plan, replan
from dashboard.settings import Settings
from dashboard.snapshot import SnapshotContent, write_snapshot
from dashboard.snapshot.tables import Tables
from forecasting.cells.playbook import playbook_table
from tests.support.orders import team_tables
from tests.support.snapshots import AS_OF, tiny

MIN, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOW = AS_OF + 5 * MIN
REDS = (
    ("S1", "hardware", 116.40, 39.90), ("S1", "hardware", 116.40, 39.90),
    ("S2", "interference", 116.50, 39.95), ("S3", "transport", 116.30, 39.85),
    ("S4", "sleeping_cell", 116.45, 40.10), ("S5", None, 116.60, 39.92),
    ("S6", "coverage", 116.41, 39.91), (None, "congestion", 116.42, 39.92),
)  # fmt: skip


def content(**more: pd.DataFrame) -> SnapshotContent:
    """Eight red cells at seven places, and one green."""
    shown = tiny()
    red = shown.cells[shown.cells["status"] == "red"].iloc[0].to_dict()
    cells = [
        red | {"cell_id": f"red{n}", "site_id": site, "name": f"望京{n}", "cause": cause,
               "longitude": longitude, "latitude": latitude, "probability": 0.3 + n / 100}
        for n, (site, cause, longitude, latitude) in enumerate(REDS)
    ]  # fmt: skip
    cells.append(red | {"cell_id": "fine", "status": "green"})
    return replace(shown, cells=pd.DataFrame(cells), more={"playbook": playbook_table(), **more})


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("published")
    tables = team_tables(AS_OF)
    shifts = tables["shifts"].assign(starts_at=AS_OF - HOUR, ends_at=AS_OF + 8 * HOUR)
    shown = content(teams=tables["teams"], shifts=shifts)
    write_snapshot(data, shown, kpi_days={}, published_at=AS_OF)
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
        sites = {reds[cell]["site_id"] or cell for cell in order.draft.cell_ids}
        assert sites == {order.draft.site_id}
        assert order.draft.skill
        assert order.draft.due_at is not None
        assert 0 < (order.draft.avoided or 0) < (order.draft.expected or 0)
    stops, made_at = Plans(scene.engine).read()
    assert made_at == NOW
    assert len(orders) == 7
    assert len(stops) == 7
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
    older = content(playbook=playbook_table().drop(columns=["skill", "hours", "on_site"]))
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

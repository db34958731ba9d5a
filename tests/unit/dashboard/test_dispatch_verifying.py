"""From KPIs and tickets in the warehouse to events of orders, as the worker writes them."""

from __future__ import annotations

import random
import shutil
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from dashboard.dispatch.model import Draft, Order, Step
from dashboard.dispatch.proofs import Proofs
from dashboard.dispatch.store import Orders
from dashboard.dispatch.verifying import verify_orders
from dashboard.ops.engine import open_ops
from dashboard.publish.recovered import recovered
from dashboard.settings import Settings
from forecasting.calendar import load_calendar
from forecasting.cells.panel import Panel
from forecasting.hours.frame import Frame
from ingest.catalogue import load_catalogue
from tests.support.facts import ZONE, Facts, local

HOUR = timedelta(hours=1)
SETTINGS = Settings()
MONDAY = local(2026, 11, 2)
REPAIRED = local(2026, 11, 3, 10)
PAST = 24 * 29
LATE = 100  # hours after the repair for which KPIs are there
CELLS = ("sound", "sick", "mute", "told", "idle")
SYSTEM = Step("propose", "foresite", "system")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five cells repaired at one moment: what became of each is its name."""
    data = tmp_path_factory.mktemp("town")
    facts = Facts(data, threads=1)
    facts.cells(*({"cell_id": cell, "site_id": cell} for cell in CELLS))
    for cell in CELLS:
        users = 0.2 if cell == "idle" else 32.0
        facts.kpis(cell, MONDAY - PAST * HOUR, PAST + 34, active_users=users)
    week = Frame(load_catalogue(), load_calendar("CN"), ZONE, 28, 75)
    Panel(week).gather(facts.connection, MONDAY, pd.Index(sorted(CELLS)), [])  # normals are kept
    facts.close()
    return data


def deliveries() -> list[tuple[str, object, int, dict]]:
    """KPI rows and a complaint after the repair, each a delivery of its own."""
    made: list[tuple[str, object, int, dict]] = []
    for cell in ("sound", "sick", "told", "idle"):
        drops = 3.0 if cell == "sick" else 0.3
        users = 0.2 if cell == "idle" else 32.0
        how = {"drop_rate_pct": drops, "active_users": users}
        made += [(cell, REPAIRED + n * HOUR, 25, how) for n in range(0, LATE, 25)]
    made.append(("told", REPAIRED + 30 * HOUR, 0, {}))
    return made


class Room:
    """The town with an ops database of one order a cell."""

    def __init__(self, town: Path, data: Path, seed: int = 0) -> None:
        shutil.copytree(town, data, dirs_exist_ok=True)
        self.facts = Facts(data, threads=1)
        for number, (cell, start, hours, more) in enumerate(_shuffled(deliveries(), seed), 2):
            if hours:
                self.facts.kpis(cell, start, hours, delivery_id=number, **more)
            else:
                self.facts.ticket(start, cell_id=cell)
        self.engine = open_ops(data)
        self.orders = Orders(self.engine)
        drafts = [Draft(cell, "hardware", (cell,), cell) for cell in CELLS]
        before = REPAIRED - 2 * HOUR
        self.ids = {
            made.order.draft.site_id: made.order.id
            for made in self.orders.propose(drafts, at=before, step=SYSTEM)
        }
        steps = [Step("accept", "w"), Step("dispatch", "w"), Step("repair", "w", "crew")]
        for one in self.ids.values():
            self.orders.act(one, steps, at=REPAIRED)

    def verify(self, hours: float) -> dict[str, int]:
        at = REPAIRED + hours * HOUR

        def facts(orders: list[Order]):
            return recovered(self.facts.connection, orders, at, SETTINGS)

        keep = Proofs(self.engine).replace
        return verify_orders(self.orders, facts, SETTINGS.dispatch.verify, keep, as_of=at, now=at)

    def states(self) -> dict[str, str]:
        return {cell: self.orders.get(one).state for cell, one in self.ids.items()}

    def close(self) -> None:
        self.engine.dispose()
        self.facts.close()


def _shuffled(things: list, seed: int) -> list:
    return random.Random(seed).sample(things, len(things)) if seed else things


@pytest.fixture
def room(town: Path, tmp_path: Path):
    room = Room(town, tmp_path)
    yield room
    room.close()


def test_each_order_as_it_deserves(room: Room) -> None:
    # five hours after the repair settled: too early for anything
    assert room.verify(6.0) == {"verify": 0, "reopen": 0, "close": 0}
    # six hours are known (and the delay of a quarter of an hour): nothing has changed
    assert room.verify(8.0) == {"verify": 0, "reopen": 1, "close": 0}
    assert room.states()["sick"] == "reopened"
    [event] = [e for e in room.orders.events(room.ids["sick"]) if e.kind == "reopen"]
    assert (event.who, event.actor, event.at) == ("foresite", "system", REPAIRED + 8 * HOUR)
    assert event.reason.startswith("no_change: drop_rate_pct of sick 3 (normal 0.3) off for 6 of 6")
    [reason] = event.details["reasons"]
    assert (reason["code"], reason["kpi"], reason["cell_id"]) == (
        "no_change", "drop_rate_pct", "sick",
    )  # fmt: skip
    assert room.verify(31)["reopen"] == 1  # the complaint of the thirtieth hour
    assert room.states()["told"] == "reopened"
    assert room.verify(84) == {"verify": 1, "reopen": 0, "close": 0}
    assert room.states() == {
        "sound": "verified", "sick": "reopened", "told": "reopened", "mute": "repaired",
        "idle": "repaired",
    }  # fmt: skip
    # nobody knows of the one without KPIs and of the one without users: after a week they reopen
    assert room.verify(168)["reopen"] == 2
    reasons = {
        cell: room.orders.get(room.ids[cell]).reason.partition(":")[0] for cell in ("mute", "idle")
    }
    assert set(reasons.values()) == {"not_known"}
    assert room.verify(84 + 168) == {"verify": 0, "reopen": 0, "close": 1}
    assert room.states()["sound"] == "closed"


def test_an_hour_without_users_proves_nothing(room: Room) -> None:
    room.verify(90)
    assert room.states()["sound"] == "verified"
    assert room.states()["idle"] == "repaired"


def test_the_order_of_deliveries_moves_no_verdict(town: Path, tmp_path: Path) -> None:
    told = []
    for seed in (0, 3):
        room = Room(town, tmp_path / str(seed), seed)
        for hours in (31, 84):
            room.verify(hours)
        told.append(
            {
                cell: [(e.kind, e.at, e.reason) for e in room.orders.events(one)]
                for cell, one in room.ids.items()
            }
        )
        room.close()
    assert told[0] == told[1]


def test_who_acts_meanwhile_is_left_alone(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    act, one = Orders.act, room.ids["sick"]

    def sooner(self: Orders, order_id: int, steps, **how):
        if order_id == one and steps[0].who == "foresite":
            monkeypatch.setattr(Orders, "act", act)
            self.act(one, [Step("reopen", "王工", reason="other: 用户又来电")], at=how["at"])
        return act(self, order_id, steps, **how)

    monkeypatch.setattr(Orders, "act", sooner)
    assert room.verify(10)["reopen"] == 0
    assert room.orders.get(one).by == "王工"


def test_a_site_with_another_open_order_stays_verified(room: Room) -> None:
    room.verify(84)
    one = room.ids["sound"]
    again = Draft("sound", "hardware", ("sound",), "sound")
    room.orders.propose([again], at=REPAIRED + 85 * HOUR, step=SYSTEM)
    late = REPAIRED + 60 * HOUR
    room.facts.ticket(late, cell_id="sound", recorded_at=REPAIRED + 86 * HOUR)
    assert room.verify(87)["reopen"] == 0
    assert room.orders.get(one).state == "verified"

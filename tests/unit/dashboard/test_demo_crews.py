"""The demo's dispatcher and crews: half of the districts, each step at its time, nothing twice."""

import copy
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from dashboard.demo.crews import DISPATCHER, OURS, Crews
from dashboard.demo.live import LivingCity
from dashboard.demo.roster import Roster
from dashboard.dispatch.model import Draft, Step
from dashboard.dispatch.store import Orders
from dashboard.ops.engine import open_ops
from dashboard.ops.errors import OpsError
from ingest.clock import FixedClock
from ingest.simulator import LiveCity, simulate
from ingest.simulator.causes import INDEX, NAMES
from ingest.simulator.run import ZONE

MONDAY = datetime(2026, 6, 15, tzinfo=ZONE)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SKILL = {"hardware": "radio", "interference": "interference", "congestion": "capacity",
         "transport": "transmission", "coverage": "antenna", "sleeping_cell": "remote",
         "after_works": "remote"}  # fmt: skip


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    root = tmp_path_factory.mktemp("crews")
    return simulate(root / "feeds", cells=900, days=2, seed=6, end=MONDAY, with_truth=False)


@pytest.fixture
def city(template, tmp_path):
    life, tickets = copy.deepcopy(template)
    return LiveCity.start(tmp_path / "state", life, tickets)


@pytest.fixture
def orders(tmp_path):
    engine = open_ops(tmp_path)
    yield Orders(engine)
    engine.dispose()


def crews_of(city, orders):
    return Crews(city, orders, dict)


def draft_of(city, number, cause=None):
    row = city.life.city.cells.iloc[number]
    cause = cause or NAMES[city.life.state.kind[number]]
    return Draft(
        site_id=row["site_id"], cause=cause, cell_ids=(row["cell_id"],), title=row["name"],
        region_id=row["region_id"], longitude=float(row["longitude"]),
        latitude=float(row["latitude"]), avoided=0.3, skill=SKILL.get(cause, "analysis"),
        hours=1.5, on_site=cause not in ("congestion", "sleeping_cell", "after_works"),
    )  # fmt: skip


def propose(orders, drafts, at=MONDAY):
    step = Step("propose", "foresite", "system")
    return [p.order.id for p in orders.propose(drafts, at=at, step=step)]


def faulty(city, ours, crews):
    """Numbers of cells with a fault that a crew can end, in our districts or the others'."""
    kinds = [INDEX[name] for name in SKILL]
    regions = city.life.city.cells["region_id"].isin(crews.districts).to_numpy()
    found = np.flatnonzero(np.isin(city.life.state.kind, kinds) & (regions == ours))
    first_of_site = np.unique(city.life.city.site[found], return_index=True)[1]
    return [int(n) for n in found[first_of_site]]


def live(city, crews, hours, inbox):
    city.drop_hours(inbox, city.next_hour + hours * HOUR, before=crews.tick)
    crews.tick(city.next_hour)


def live_hourly(city, crews, hours, inbox):
    """As in the demo's life: told and saved hour by hour."""
    for _ in range(hours):
        city.drop_hour(inbox)
        crews.tick(city.next_hour)


def test_crews_act_in_their_half_alone_and_their_repairs_end_the_faults(city, orders, tmp_path):
    crews = crews_of(city, orders)
    mine, others = faulty(city, True, crews), faulty(city, False, crews)
    assert len(mine) >= 5
    assert len(others) >= 5
    ids = propose(orders, [draft_of(city, n) for n in mine])
    left = propose(orders, [draft_of(city, n) for n in others])
    faults = {i: int(city.life.state.fault[n]) for i, n in zip(ids, mine, strict=True)}
    live(city, crews, 50, tmp_path / "in")
    assert all(orders.get(i).state == "proposed" for i in left)
    done = [orders.get(i) for i in ids]
    repaired = [o for o in done if o.state == "repaired"]
    assert len(repaired) >= 0.7 * len(done)
    assert {o.state for o in done} <= {"repaired", "rejected", "accepted", "dispatched", "on_site"}
    for order in repaired:
        assert faults[order.id] not in city.life.state.fault
        events = orders.events(order.id)
        kinds = [e.kind for e in events]
        assert kinds[:3] == ["propose", "accept", "dispatch"]
        assert kinds[-1] == "repair"
        assert [e.at for e in events] == sorted(e.at for e in events)
        team = crews.roster.teams[order.team_id]
        assert (events[1].who, events[1].actor) == (DISPATCHER, "person")
        assert (events[-1].who, events[-1].actor) == (team.name, "crew")
        assert order.draft.skill in team.skills
        assert order.draft.region_id in team.region_ids
    accepted = [orders.events(i)[1].at - MONDAY for i in ids]
    assert sum(wait <= 15 * MINUTE for wait in accepted) >= 0.7 * len(accepted)


def test_a_team_is_at_one_place_at_a_time_and_on_duty(city, orders, tmp_path):
    crews = crews_of(city, orders)
    ids = propose(orders, [draft_of(city, n) for n in faulty(city, True, crews)])
    live(city, crews, 36, tmp_path / "in")
    roster, visits = Roster(city), []
    for order_id in ids:
        begun = None
        for event in orders.events(order_id):
            if event.kind == "dispatch":
                begun = (event.details["team_id"], event.at)
            elif event.kind in ("repair", "cannot", "reject") and begun:
                visits.append((*begun, event.at))
    assert len(visits) >= 5
    for team, start, _ in visits:
        assert roster.on_duty(roster.teams[team], start, MINUTE) == start
    visits.sort()
    for (team, _, end), (other, start, _) in pairwise(visits):
        assert team != other or start >= end


def test_looking_rarely_or_often_or_after_a_restart_is_the_same(template, tmp_path):
    stories = []
    for name, every in (("often", 1), ("rarely", 6), ("anew", 1)):
        life, tickets = copy.deepcopy(template)
        folder = tmp_path / name
        city = LiveCity.start(folder / "state", life, tickets)
        engine = open_ops(folder)
        orders = Orders(engine)
        crews = crews_of(city, orders)
        ids = propose(orders, [draft_of(city, n) for n in faulty(city, True, crews)])
        for step in range(12):
            city.drop_hour(folder / "in")
            if name == "anew":
                city = LiveCity.resume(folder / "state")
                crews = crews_of(city, orders)
            for part in range(every if name == "rarely" else 6):
                if name != "rarely":
                    crews.tick(city.next_hour - HOUR + (part + 1) * 10 * MINUTE)
            if name == "rarely":
                crews.tick(city.next_hour)
            assert step < 12
        stories.append([
            (e.order_id, e.kind, e.at, e.who) for i in ids for e in orders.events(i)
        ])  # fmt: skip
        engine.dispose()
    assert stories[0] == stories[2]
    assert [s[:2] for s in stories[0]] == [s[:2] for s in stories[1]]
    assert len(stories[0]) > 20


def test_killed_between_repair_and_event_repairs_once(city, orders, tmp_path, monkeypatch):
    crews = crews_of(city, orders)
    number = faulty(city, True, crews)[0]
    (order_id,) = propose(orders, [draft_of(city, number)])
    act = Orders.act

    def torn(self, order_id, steps, **more):
        if steps[0].kind == "repair":
            raise KeyboardInterrupt
        return act(self, order_id, steps, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Orders, "act", torn)
        with pytest.raises(KeyboardInterrupt):
            live_hourly(city, crews, 50, tmp_path / "in")
    resumed = LiveCity.resume(city.state_dir)
    known = dict(resumed.life.repairs)
    assert len(known) == 1
    crews_of(resumed, orders).tick(resumed.next_hour)
    assert resumed.life.repairs == known
    order = orders.get(order_id)
    assert order.state == "repaired"
    assert orders.events(order_id)[-1].details[OURS] == next(iter(known))


def test_a_wrong_cause_helps_only_when_it_comes_back(city, orders, tmp_path):
    crews = crews_of(city, orders)
    state = city.life.state
    wrong = [n for n in faulty(city, True, crews) if NAMES[state.kind[n]] != "transport"]
    ids = propose(orders, [draft_of(city, n, "transport") for n in wrong])
    faults = {i: int(state.fault[n]) for i, n in zip(ids, wrong, strict=True)}
    causes = {i: NAMES[state.kind[n]] for i, n in zip(ids, wrong, strict=True)}
    live(city, crews, 24, tmp_path / "in")
    came_back = 0
    for order_id in ids:
        order = orders.get(order_id)
        if order.state != "repaired" or faults[order_id] not in city.life.state.fault:
            continue
        assert order.found_cause in (causes[order_id], None)
        back = Step("reopen", "foresite", "system", "not_cured")
        orders.act(order_id, [back], at=city.next_hour)
        came_back += 1
    assert came_back
    live(city, crews, 26, tmp_path / "in")
    again = [o for o in map(orders.get, ids) if o.reopened and o.state == "repaired"]
    assert again
    assert all(faults[o.id] not in city.life.state.fault for o in again)


def test_what_a_visitor_repairs_is_repaired_in_the_city(city, orders, tmp_path):
    crews = crews_of(city, orders)
    number = faulty(city, False, crews)[0]
    fault = int(city.life.state.fault[number])
    (order_id,) = propose(orders, [draft_of(city, number)])
    at = city.next_hour
    cause = NAMES[city.life.state.kind[number]]
    orders.act(
        order_id,
        [
            Step("accept", "访客"),
            Step("dispatch", "访客", details={"team_id": "C001"}),
            Step("arrive", "访客", "crew"),
            Step("repair", "访客", "crew", details={"found_cause": cause}),
        ],
        at=at,
    )
    crews.tick(at + MINUTE)
    assert fault not in city.life.state.fault
    before = dict(city.life.repairs)
    crews_of(city, orders).tick(at + 2 * MINUTE)  # a new process reads the same event again
    assert city.life.repairs == before


def test_living_city_looks_once_a_minute_and_outlives_a_lost_database(tmp_path):
    class Stub:
        next_hour, ticks = MONDAY, []

        def tick(self, now):
            self.ticks.append(now)
            if len(self.ticks) == 2:
                raise OpsError("gone")

    stub = Stub()
    living = LivingCity(stub, FixedClock(MONDAY), tmp_path, stub)
    for seconds in (0, 30, 60, 90, 120):
        living.clock = FixedClock(MONDAY + timedelta(seconds=seconds))
        living.tick()
    assert [(t - MONDAY).total_seconds() for t in stub.ticks] == [0, 60, 120]

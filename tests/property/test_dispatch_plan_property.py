"""Whatever orders and crews there are: the plan keeps the rules, and is worth greedy or more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.dispatch.assign import assign
from dashboard.dispatch.crews import Crews, Shift, Team
from dashboard.dispatch.cure import Cure
from dashboard.dispatch.model import Draft, Order
from dashboard.dispatch.plan import Desk, is_night, make_plan
from dashboard.dispatch.plan_settings import PlanSettings
from dashboard.dispatch.routes import Problem, chosen, greedy

NOON = datetime(2026, 3, 4, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
SKILLS = ("radio", "antenna", "remote")
SETTINGS = PlanSettings()
ZONE = ZoneInfo("Asia/Shanghai")
places = st.tuples(st.integers(0, 40), st.integers(0, 40)).map(
    lambda at: (116.0 + at[0] / 50, 39.7 + at[1] / 50)
)
regions = st.frozensets(st.sampled_from(["R1", "R2"]), max_size=2)


@st.composite
def orders(draw: st.DrawFn, number: int) -> Order:
    skill = draw(st.sampled_from(SKILLS))
    place = draw(st.one_of(st.none(), places))
    state = draw(st.sampled_from(["proposed", "proposed", "accepted", "dispatched", "on_site"]))
    given_to = draw(st.sampled_from([None, "t0", "t1"])) if state != "proposed" else None
    draft = Draft(
        f"S{number}",
        "hardware",
        (f"c{number}",),
        "x",
        region_id=draw(st.sampled_from([None, "R1", "R2"])),
        longitude=place and place[0],
        latitude=place and place[1],
        as_of=NOON - HOUR,
        expected=draw(st.integers(0, 30)) / 10,
        skill=skill,
        hours=draw(st.sampled_from([0.5, 1.0, 2.0, 3.0])),
        on_site=skill != "remote",
    )
    return Order(number, draft, state, 1, NOON, "x", "system", NOON, NOON, "x", team_id=given_to,
                 dispatched_at=NOON if state in ("dispatched", "on_site") else None,
                 arrived_at=NOON if state == "on_site" else None)  # fmt: skip


@st.composite
def scenes(draw: st.DrawFn) -> tuple[list[Order], Crews]:
    found = [draw(orders(number)) for number in range(1, draw(st.integers(0, 12)) + 1)]
    teams = {
        f"t{n}": Team(
            f"t{n}",
            draw(st.frozensets(st.sampled_from(SKILLS), min_size=1)),
            draw(st.one_of(st.none(), places)),
            draw(regions),
        )
        for n in range(draw(st.integers(1, 4)))
    }
    shifts = [
        Shift(
            NOON + draw(st.integers(-6, 14)) * HOUR, NOON + draw(st.integers(15, 24)) * HOUR, name
        )
        for name in teams
        if draw(st.booleans())
    ]
    return found, Crews(teams, tuple(sorted(shifts)), {})


@settings(max_examples=60, deadline=None)
@given(scene=scenes(), data=st.data())
def test_the_plan_keeps_the_rules(scene: tuple[list[Order], Crews], data: st.DataObject) -> None:
    found, crews = scene
    desk = Desk(crews, Cure(0.6, 10), SETTINGS, ZONE)
    stops = make_plan(found, desk, NOON)
    by_id = {order.id: order for order in found}
    assert len({stop.order_id for stop in stops}) == len(stops)  # nobody is sent twice
    for stop in stops:
        order, team = by_id[stop.order_id], crews.teams[stop.team_id]
        shift = crews.next_shift(stop.team_id, NOON)
        assert shift is not None
        assert stop.starts_at <= stop.arrives_at <= stop.ends_at
        assert order.team_id in (None, stop.team_id)
        if order.state in ("dispatched", "on_site"):
            continue
        assert team.can(order.draft.skill)
        assert team.works_in(crews.regions_of(order.draft.region_id))
        assert max(NOON, shift.starts_at) <= stop.starts_at
        assert stop.ends_at <= shift.ends_at
        if order.draft.skill == "antenna":
            assert not is_night(stop.arrives_at, desk)
            assert not is_night(stop.ends_at - timedelta(minutes=1), desk)
        assert order.draft.on_site or stop.travel_min == 0
    for team_id in crews.teams:
        mine = [stop for stop in stops if stop.team_id == team_id]
        assert [stop.place for stop in mine] == list(range(1, len(mine) + 1))
        for before, after in pairwise(mine):
            if by_id[after.order_id].state == "proposed":
                assert before.ends_at <= after.starts_at
    mixed = data.draw(st.permutations(found))
    assert make_plan(mixed, desk, NOON) == stops  # the same orders give the same plan


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), teams=st.integers(1, 6), orders=st.integers(1, 25))
def test_never_worth_less_than_greedy(seed: int, teams: int, orders: int) -> None:
    random = np.random.default_rng(seed)
    ways = random.uniform(5, 90, (orders, orders))
    problem = Problem(
        free=random.uniform(0, 60, teams),
        ends=random.uniform(100, 480, teams),
        able=random.random((teams, orders)) < 0.6,
        first_ways=random.uniform(5, 90, (teams, orders)),
        ways=ways,
        on_site=random.random(orders) < 0.8,
        work=random.choice([30.0, 60.0, 120.0, 180.0], orders),
        by_day=random.random(orders) < 0.2,
        worth=random.gamma(1.0, 0.3, orders),
        floor=np.where(random.random(orders) < 0.2, 0.02, 0.0),
        until=random.uniform(60, 4320, orders),
        horizon=np.full(orders, 4320.0),
        night=np.arange(700) > 300,
        night_factor=1.25,
        hour_cost=0.001,
    )
    found, rough = assign(problem), greedy(problem)
    taken = [visit.order for _, visit in chosen(found)]
    assert len(set(taken)) == len(taken)
    assert len({route.team for route in found}) == len(found)
    assert sum(r.value for r in found) >= sum(r.value for r in rough) - 1e-9
    assert assign(problem) == found

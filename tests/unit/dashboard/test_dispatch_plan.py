"""The plan of the shifts by hand: ways, skills, shifts, nights, works, what is under way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.dispatch.crews import Crews, Shift, Team
from dashboard.dispatch.cure import Cure
from dashboard.dispatch.model import Draft, Order
from dashboard.dispatch.plan import Desk, make_plan
from dashboard.dispatch.plan_settings import PlanSettings
from dashboard.dispatch.plans import Stop

NOON = datetime(2026, 3, 4, 4, tzinfo=UTC)
HOUR, MIN = timedelta(hours=1), timedelta(minutes=1)
KM = 1 / 111.195  # degrees of latitude
SETTINGS = PlanSettings(speed_kmh=30, detour=1.0, hour_cost=0.0)  # 2 minutes a kilometre
EVERY = frozenset({"radio", "antenna", "remote"})


def team(name: str = "t", km: float = 0, skills: frozenset[str] = EVERY) -> Team:
    return Team(name, skills, (116.4, 39.9 + km * KM))


def order(number: int, km: float | None = 0, *, state: str = "proposed", **changes) -> Order:
    draft = {
        "expected": 1.0, "hours": 2.0, "skill": "radio", "on_site": True, "as_of": NOON,
        "longitude": None if km is None else 116.4,
        "latitude": None if km is None else 39.9 + km * KM,
    }  # fmt: skip
    own = {name: changes.pop(name) for name in list(changes) if name in Order.__dataclass_fields__}
    made = Draft(f"S{number}", "hardware", (f"c{number}",), f"site {number}", **(draft | changes))
    bare = Order(number, made, state, 1, NOON, "foresite", "system", NOON, NOON, "foresite")  # type: ignore[arg-type]
    return replace(bare, **own)


def plan(
    orders: list[Order],
    *teams: Team,
    hours: tuple[float, float] = (-1, 7),
    now: datetime = NOON,
    settings: PlanSettings = SETTINGS,
) -> list[Stop]:
    crews = teams or (team(),)
    start, end = (NOON + HOUR * n for n in hours)
    shifts = tuple(Shift(start, end, one.team_id) for one in crews)
    known = Crews({one.team_id: one for one in crews}, shifts, {})
    zone = ZoneInfo("Asia/Shanghai")
    return make_plan(orders, Desk(known, Cure(0.6, 10), settings, zone), now)


def test_one_stop_by_hand() -> None:
    [stop] = plan([order(1, km=15)])
    assert (stop.team_id, stop.place, stop.travel_min, stop.work_min) == ("t", 1, 30.0, 120.0)
    assert abs(stop.arrives_at - (NOON + 30 * MIN)) < MIN / 60
    assert stop.ends_at - stop.arrives_at == 2 * HOUR
    # 1 × 0.6 × 71.5 / 72 complaints in 2.5 h
    assert stop.per_hour == pytest.approx(0.6 * 71.5 / 72 / 2.5, rel=1e-4)


def test_several_stops_from_the_last_one_and_within_the_shift() -> None:
    along = [order(1, km=0), order(2, km=15), order(3, km=30), order(4, km=200)]
    stops = plan(along, hours=(-1, 7.1))
    assert [(s.order_id, s.place, round(s.travel_min)) for s in stops] == [
        (1, 1, 0), (2, 2, 30), (3, 3, 30),
    ]  # fmt: skip
    assert stops[-1].ends_at <= NOON + 7.1 * HOUR
    assert [s.order_id for s in plan([order(1), order(2)], hours=(-6, 2))] == [1]


def test_each_goes_where_it_spares_most_for_all_together() -> None:
    # Greedy: the better crew takes the near order (most per hour), and nobody can do the far one.
    near, far = order(1, km=2), order(2, km=10, skill="antenna")
    both, one = team("a", 0), team("b", 6, frozenset({"radio"}))
    stops = plan([near, far], both, one, hours=(-1, 2.5))
    assert {s.order_id: s.team_id for s in stops} == {1: "b", 2: "a"}


def test_skills_and_regions_and_given_teams_bind() -> None:
    assert plan([order(1, skill="capacity")]) == []
    abroad = replace(team("x"), regions=frozenset({"R9"}))
    assert plan([order(1, region_id="R1")], abroad) == []
    stops = plan([order(1, state="accepted", team_id="b")], team("a"), team("b", km=60))
    assert [s.team_id for s in stops] == ["b"]


def test_work_from_afar_has_no_way_and_moves_nobody() -> None:
    afar = order(1, km=300, on_site=False, hours=0.5, skill="remote")
    stops = plan([afar, order(2, km=15)])
    assert {s.order_id: round(s.travel_min) for s in stops} == {1: 0, 2: 30}


def test_no_climbing_by_night_and_night_work_takes_longer() -> None:
    settings = SETTINGS.model_copy(update={"night_starts": time(14), "night_ends": time(6)})
    climb, mend = order(1, skill="antenna", hours=3.0), order(2, skill="radio")
    assert [s.order_id for s in plan([climb, mend], settings=settings)] == [2]  # 12:00 to 14:00
    [late] = plan([climb, mend], hours=(3, 10), settings=settings)
    assert (late.order_id, late.work_min) == (2, 150.0)


def test_works_that_begin_before_the_crew_is_there_spare_it_the_way() -> None:
    soon = ({"work_id": "w", "starts_at": (NOON + 20 * MIN).isoformat(), "kind": "cutover"},)
    assert plan([order(1, km=15, works=soon)]) == []
    later = ({"work_id": "w", "starts_at": (NOON + 36 * HOUR).isoformat(), "kind": "cutover"},)
    stops = plan([order(1, works=later), order(2)], hours=(-1, 2))
    assert [s.order_id for s in stops] == [2]  # ranks lower


def test_what_a_person_accepted_is_planned_though_nothing_is_expected() -> None:
    calm = {"expected": 0.0}
    stops = plan([order(1, state="accepted", **calm), order(2, state="reopened", **calm),
                  order(3, **calm)])  # fmt: skip
    assert {s.order_id for s in stops} == {1, 2}


def test_orders_under_way_bind_their_team_first() -> None:
    on_site = order(1, km=30, state="on_site", team_id="t", dispatched_at=NOON - 2 * HOUR,
                    arrived_at=NOON - HOUR)  # fmt: skip
    stops = plan([on_site, order(2, km=45), order(3, state="repaired", team_id="t")])
    assert [(s.order_id, s.place) for s in stops] == [(1, 1), (2, 2)]
    assert stops[0].arrives_at == NOON - HOUR
    assert stops[0].ends_at == stops[1].starts_at == NOON + HOUR
    assert round(stops[1].travel_min) == 30  # from the site, not from the base
    sent = order(4, km=15, state="dispatched", team_id="t", dispatched_at=NOON - 10 * MIN)
    [only] = plan([sent])
    assert abs(only.arrives_at - (NOON + 20 * MIN)) < MIN / 60


def test_work_that_takes_longer_than_usual_still_binds() -> None:
    slow = order(1, state="on_site", team_id="t", arrived_at=NOON - 5 * HOUR)
    stops = plan([slow, order(2)])
    assert stops[0].ends_at == stops[1].starts_at == NOON + 15 * MIN


def test_only_shifts_under_way_or_soon_are_planned() -> None:
    assert plan([order(1)], hours=(25, 32)) == []
    [stop] = plan([order(1)], hours=(3, 10))
    assert stop.starts_at == NOON + 3 * HOUR
    assert plan([order(1)], hours=(-9, -1)) == []
    assert plan([], team()) == []


def test_an_unknown_place_takes_the_usual_way() -> None:
    [stop] = plan([order(1, km=None)])
    assert stop.travel_min == SETTINGS.unknown_way_min


def test_of_very_many_orders_those_worth_most_are_looked_at() -> None:
    settings = SETTINGS.model_copy(update={"most_orders": 2})
    many = [order(n, expected=n / 10) for n in range(1, 6)] + [
        order(9, state="accepted", expected=0)
    ]
    assert {s.order_id for s in plan(many, settings=settings)} == {5, 9}

"""From red cells to drafts, by hand; and which proposals are opened, rest, and are withdrawn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.dispatch.book import read_book
from dashboard.dispatch.crews import Crews, Shift, Team, crews_of, way_min
from dashboard.dispatch.cure import Cure, learn_cure
from dashboard.dispatch.model import Step
from dashboard.dispatch.plan_settings import PlanSettings
from dashboard.dispatch.propose import Means, Shown, drafts_of
from dashboard.dispatch.proposing import propose_orders
from dashboard.dispatch.store import Orders
from dashboard.ops.engine import open_ops

NOON = datetime(2026, 3, 4, 4, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SETTINGS = PlanSettings(speed_kmh=30, detour=1.4)
PLAYBOOK = [
    {"cause": "hardware", "skill": "radio", "hours": 2.0, "on_site": True},
    {"cause": "sleeping_cell", "skill": "remote", "hours": 0.5, "on_site": False},
    {"cause": "unknown", "skill": "analysis", "hours": 1.0, "on_site": False},
]


def cell(name: str, site: str | None = "S", **changes) -> dict:
    row = {
        "cell_id": name, "site_id": site, "name": f"望京西-{name}", "region_id": "grid",
        "longitude": 116.4, "latitude": 39.9, "status": "red", "probability": 0.5,
        "expected_low_complaints": 0.6, "cause": "hardware", "subscribers": 1000.0,
    }  # fmt: skip
    return row | changes


def shown(
    *reds: dict, works: list[dict] | None = None, evidence: list[dict] | None = None
) -> Shown:
    return Shown("snap", NOON - HOUR, 72, reds, evidence or [], PLAYBOOK, works or [])


def crews(*teams: Team, hours: tuple[float, float] = (-4, 4)) -> Crews:
    start, end = (NOON + HOUR * n for n in hours)
    shifts = tuple(Shift(start, end, team.team_id) for team in teams)
    return Crews({team.team_id: team for team in teams}, shifts, {"grid": "district"})


def means(*teams: Team, **changes) -> Means:
    return Means(crews(*teams), Cure(0.6, 10), SETTINGS, **changes)


NEAR = Team("near", frozenset({"radio"}), (116.4, 39.9 + 9 / 111.195))  # 9 km north


def test_the_way_by_hand() -> None:
    assert way_min(NEAR.place, (116.4, 39.9), SETTINGS) == pytest.approx(
        9 * 1.4 / 30 * 60, rel=1e-4
    )
    assert way_min(None, (116.4, 39.9), SETTINGS) == SETTINGS.unknown_way_min


def test_what_is_avoided_by_hand() -> None:
    [draft] = drafts_of(shown(cell("A")), means(NEAR), NOON)
    # 72 h from 11:00; there at 12:25.2: 70.58 h left
    assert draft.avoided == pytest.approx(0.6 * 0.6 * (72 - 1 - 25.2 / 60) / 72, rel=1e-5)
    assert (draft.team_id, draft.skill, draft.hours, draft.on_site) == ("near", "radio", 2.0, True)
    assert (draft.users, draft.expected, draft.due_at) == (1000.0, 0.6, None)


def test_cells_of_one_site_and_cause_are_one_order() -> None:
    reds = [
        cell("1", probability=0.4), cell("2", probability=0.7), cell("3", cause=None),
        cell("4", site="T"), cell("5", site=None),
    ]  # fmt: skip
    evidence = [{"cell_id": "2", "rank": n, "kind": "kpi", "since": NOON} for n in (2, 1)]
    found = {
        (d.site_id, d.cause): d for d in drafts_of(shown(*reds, evidence=evidence), means(), NOON)
    }
    assert set(found) == {("S", "hardware"), ("S", "unknown"), ("T", "hardware"), ("5", "hardware")}
    both = found["S", "hardware"]
    assert (both.cell_ids, both.title, both.probability) == (("1", "2"), "望京西", 0.7)
    assert (both.expected, both.users) == (1.2, 2000.0)
    assert [piece["rank"] for piece in both.evidence] == [1, 2]
    assert both.evidence[0]["since"] == "2026-03-04T04:00:00+00:00"
    assert found["S", "unknown"].skill == "analysis"
    assert both.team_id is None  # no crew is known: a guess of when somebody may be there
    assert both.avoided == pytest.approx(1.2 * 0.6 * (72 - 1 - 4) / 72)


def test_those_that_spare_most_per_hour_come_first() -> None:
    reds = [cell("a", "A"), cell("b", "B", cause="sleeping_cell"),
            cell("c", "C", expected_low_complaints=0.1)]  # fmt: skip
    assert [d.site_id for d in drafts_of(shown(*reds), means(), NOON)] == ["B", "A", "C"]


def test_work_from_afar_needs_no_way_and_the_next_shift_counts_from_its_beginning() -> None:
    desk = Team("desk", frozenset({"remote"}), (100.0, 20.0))
    given = Means(crews(desk, hours=(2, 10)), Cure(0.6, 10), SETTINGS)
    [draft] = drafts_of(shown(cell("A", cause="sleeping_cell")), given, NOON)
    assert draft.team_id == "desk"
    assert draft.avoided == pytest.approx(0.6 * 0.6 * (72 - 3) / 72)
    [looked] = drafts_of(shown(cell("A", cause=None)), given, NOON)
    assert looked.team_id == "desk"  # whoever optimises from afar can analyse too


def test_teams_without_the_skill_or_of_other_regions_are_passed_over() -> None:
    far = Team("far", frozenset({"radio"}), (116.9, 39.9), frozenset({"district"}))
    others = (
        Team("skill", frozenset({"antenna"}), (116.4, 39.9)),
        Team("region", frozenset({"radio"}), (116.4, 39.9), frozenset({"elsewhere"})),
    )
    [draft] = drafts_of(shown(cell("A")), means(*others, far), NOON)
    assert draft.team_id == "far"


def test_works_planned_there_are_named_and_cut_what_is_avoided() -> None:
    def work(name: str, hours: float, **changes) -> dict:
        return {
            "work_id": name, "site_id": "S", "cell_id": None, "region_id": None, "kind": "cutover",
            "starts_at": NOON + hours * HOUR, "ends_at": NOON + (hours + 4) * HOUR,
        } | changes  # fmt: skip

    near = Team("near", frozenset({"radio"}), (116.4, 39.9))
    works = [
        work("soon", 17), work("over", -9), work("far off", 80), work("elsewhere", 3, site_id="T"),
        work("other cell", 3, cell_id="Z"),
    ]  # fmt: skip
    [draft] = drafts_of(shown(cell("A"), works=works), means(near), NOON)
    assert [dict(w) for w in draft.works] == [
        {"work_id": "soon", "kind": "cutover", "starts_at": "2026-03-04T21:00:00+00:00",
         "ends_at": "2026-03-05T01:00:00+00:00"}
    ]  # fmt: skip
    assert draft.avoided == pytest.approx(0.6 * 0.6 * 17 / 72)
    [under_way] = drafts_of(shown(cell("A"), works=[work("now", -1)]), means(near), NOON)
    assert under_way.avoided == 0  # no second crew


def test_due_is_as_the_timers_say_but_within_the_horizon() -> None:
    [draft] = drafts_of(shown(cell("A")), means(NEAR, due=lambda now: now + 2 * HOUR), NOON)
    assert draft.due_at == NOON + 2 * HOUR
    [late] = drafts_of(shown(cell("A")), means(NEAR, due=lambda now: now + 9 * DAY), NOON)
    assert late.due_at == NOON + 71 * HOUR


def test_unknown_values_stay_unknown() -> None:
    [draft] = drafts_of(
        shown(cell("A", expected_low_complaints=None, subscribers=None, longitude=None)),
        means(NEAR), NOON,
    )  # fmt: skip
    assert (draft.expected, draft.avoided, draft.users) == (None, None, None)


def test_crews_from_rows_of_the_snapshot() -> None:
    made = crews_of(
        [{"team_id": "A", "skills": "radio;paint", "longitude": None, "latitude": None,
          "region_ids": None}],
        [{"team_id": "A", "starts_at": NOON + n * HOUR, "ends_at": NOON + (n + 1) * HOUR}
         for n in (5, -1, 0)],
        [{"region_id": "grid", "parent_id": "district"},
         {"region_id": "district", "parent_id": None}],
    )  # fmt: skip
    team = made.teams["A"]
    assert team.can("radio")
    assert team.can("")
    assert not team.can("antenna")
    assert made.regions_of("grid") == {"grid", "district"}
    assert team.works_in(made.regions_of("grid"))
    shift = made.next_shift("A", NOON)
    assert shift is not None
    assert shift.starts_at == NOON


@pytest.fixture
def orders(tmp_path):
    engine = open_ops(tmp_path)
    yield Orders(engine)
    engine.dispose()


def told(orders: Orders, now: datetime, *reds: dict, lately: set | None = None):
    found = drafts_of(shown(*reds), means(NEAR, due=lambda n: n + HOUR), now)
    red = {(cell, draft.cause) for draft in found for cell in draft.cell_ids}
    book = read_book(orders.engine, timedelta(days=2))
    return propose_orders(orders, book, found, red | (lately or set()), now=now, settings=SETTINGS)


def test_one_order_per_site_and_cause_and_its_due_time_stays(orders: Orders) -> None:
    assert told(orders, NOON, cell("A")).opened == 1
    assert told(orders, NOON + HOUR, cell("A"), cell("B")).opened == 0
    [order] = orders.find()
    assert order.draft.cell_ids == ("A", "B")
    assert order.draft.due_at == NOON + HOUR  # not moved by the update


def test_an_open_order_learns_of_works_that_were_planned_since(orders: Orders) -> None:
    told(orders, NOON, cell("A"))
    works = [{"work_id": "W", "site_id": "S", "cell_id": None, "region_id": None, "kind": "cutover",
              "starts_at": NOON + 5 * HOUR, "ends_at": None}]  # fmt: skip
    for hour in (1, 2):
        found = drafts_of(shown(cell("A"), works=works), means(NEAR), NOON + hour * HOUR)
        book = read_book(orders.engine, DAY)
        propose_orders(orders, book, found, {("A", "hardware")}, now=NOON + hour * HOUR,
                       settings=SETTINGS)  # fmt: skip
    [order] = orders.find()
    assert [work["work_id"] for work in order.draft.works] == ["W"]
    assert [event.kind for event in orders.events(order.id)] == ["propose", "update"]  # said once


def test_a_proposal_that_nothing_speaks_for_is_withdrawn_after_a_while(orders: Orders) -> None:
    told(orders, NOON, cell("A"), cell("B", "T"), cell("C", "U"), cell("D", "V"))
    a, b, c, d = sorted(orders.find(), key=lambda order: order.draft.site_id)
    orders.act(b.id, [Step("accept", "王工")], at=NOON + HOUR)
    orders.act(c.id, [Step("comment", "王工", reason="看一下")], at=NOON + HOUR)
    assert told(orders, NOON + 5.9 * HOUR).withdrawn == 0
    assert told(orders, NOON + 6 * HOUR, lately={("D", "hardware")}).withdrawn == 1
    states = {order.id: order.state for order in orders.find()}
    assert states == {a.id: "cancelled", b.id: "accepted", c.id: "proposed", d.id: "proposed"}
    last = orders.events(a.id)[-1]
    assert (last.actor, last.reason) == ("system", "no_longer_red: 6 h")
    assert told(orders, NOON + 7 * HOUR, cell("A")).opened == 1  # red again: it is proposed anew


def test_what_a_person_rejected_rests_for_a_day(orders: Orders) -> None:
    told(orders, NOON, cell("A"))
    [order] = orders.find()
    orders.act(order.id, [Step("reject", "王工", reason="no_fault: 指标正常")], at=NOON + HOUR)
    done = told(orders, NOON + 24 * HOUR, cell("A"), cell("B", "T"))
    assert (done.opened, done.resting) == (1, 1)
    assert told(orders, NOON + 25 * HOUR, cell("A")).opened == 1


def test_the_chance_of_a_cure_is_learnt_from_judged_orders(orders: Orders) -> None:
    assert Cure(0.6, 10).chance("hardware") == 0.6
    assert Cure(0.6, 10, {"hardware": (9, 10)}).chance("hardware") == (9 + 6) / 20
    names = "ABCD"
    told(orders, NOON, *[cell(name, f"S{name}") for name in names])
    way = [Step(kind, "王工") for kind in ("accept", "dispatch", "repair")]
    verify, reopen = Step("verify", "foresite", "system"), Step("reopen", "x", reason="again")
    lives = ([verify], [verify, reopen], [reopen], [])
    for order, life in zip(sorted(orders.find(), key=lambda o: o.id), lives, strict=True):
        orders.act(order.id, [*way, *life], at=NOON + DAY)
    learnt = learn_cure(orders.engine, NOON + 2 * DAY, SETTINGS)
    assert learnt.judged == {"hardware": (1, 3)}  # one verified and reopened, one reopened at once
    assert learn_cure(orders.engine, NOON + 400 * DAY, SETTINGS).judged == {}

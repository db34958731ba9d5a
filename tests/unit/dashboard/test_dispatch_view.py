"""What the board follows from: its address, rows in their order, timers, teams' shifts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.dispatch.model import Draft, Event, Order, Step, fold
from dashboard.dispatch.plans import Stop
from dashboard.dispatch.settings import DispatchSettings
from dashboard.dispatch.sla import make_rules
from dashboard.dispatch.states import KINDS, STATES
from dashboard.web.components.who import LONGEST, named
from dashboard.web.i18n import LANGUAGES, load_texts
from dashboard.web.view.dispatch import COLUMNS, DONE
from dashboard.web.view.dispatch_act import reason_of
from dashboard.web.view.dispatch_cards import AT_DESK, what_can
from dashboard.web.view.dispatch_query import BoardQuery, marked_of, parse
from dashboard.web.view.dispatch_rows import Row, lateness, ordered, picked
from dashboard.web.view.dispatch_teams import Shift, Team, Teams, duties
from dashboard.web.view.dispatch_timers import running

T0 = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)  # Saturday 14:00 in Beijing
MIN, HOUR = timedelta(minutes=1), timedelta(hours=1)
SETTINGS = DispatchSettings()
RULES = make_rules(SETTINGS.sla, ZoneInfo("Asia/Shanghai"), "CN")


def order_of(*steps: tuple[timedelta, Step], order_id: int = 1, **changes: object) -> Order:
    """An order proposed at ``T0``, after steps so long after that."""
    draft = Draft("S1", "hardware", ("C1",), "Site", **{"avoided": 0.4, "hours": 2.0} | changes)
    opening = Step("propose", "foresite", "system", details={"draft": draft.as_json()})
    events, state = [], None
    for seq, (after, step) in enumerate([(timedelta(0), opening), *steps], start=1):
        to = {"propose": "proposed", "accept": "accepted", "dispatch": "dispatched",
              "arrive": "on_site", "repair": "repaired", "warn": state,
              "escalate": state}[step.kind]  # fmt: skip
        events.append(Event(seq, order_id, seq, step.kind, state, to, T0 + after, step.who,
                            step.actor, step.reason, step.details))  # fmt: skip
        state = to
    return fold(events)


def row_of(order: Order, stop: Stop | None = None, **changes: object) -> Row:
    rank = stop.per_hour if stop else (order.draft.avoided or 0) / order.draft.hours
    made = Row(
        order, stop, "District", order.team_id or "", rank, running(order, RULES, SETTINGS.verify),
        "", f"{order.name}\nsite".lower(),
    )  # fmt: skip
    return replace(made, **changes)


class TestAddress:
    def test_what_is_said_is_understood(self):
        query = parse(
            {"view": "both", "q": " a b ", "state": "accepted,on_site", "late": "yes",
             "sort": "due", "done": "open", "rows": "-users,name", "mine": "Li"},
            frozenset({"users", "name"}),
        )  # fmt: skip
        assert query == BoardQuery(
            view="both", q="a b", states=("accepted", "on_site"), late=True, sort="due", done=True,
            rows=(("users", True), ("name", False)), mine="Li",
        )  # fmt: skip
        assert query.filtered
        assert query.unfolded

    def test_what_cannot_be_used_is_named(self):
        query = parse({"view": "wall", "state": "lost", "late": "no", "rows": "colour"})
        assert query.ignored == (
            ("state", "lost"), ("rows", "colour"), ("view", "wall"), ("late", "no"),
        )  # fmt: skip
        assert not query.filtered

    def test_a_finished_state_unfolds(self):
        assert parse({"state": "rejected"}).unfolded
        assert not parse({"state": "verified"}).unfolded

    def test_names_of_orders(self):
        assert marked_of(["WO-000012", "wo-12", "13", "C1", 5, None]) == [12, 13]
        assert marked_of("WO-000012") == []


class TestOrder:
    def test_by_worth_of_a_crew_hour_with_the_way(self):
        # 0.4 / 2 h = 0.2 an hour; planned with half an hour of way: 0.4 / 2.5 h = 0.16.
        near = row_of(order_of(order_id=1))
        stop = Stop(2, "T1", 1, T0, T0 + 30 * MIN, T0 + 150 * MIN, 30.0, 120.0, 0.16)
        far = row_of(order_of(order_id=2), stop)
        best = row_of(order_of(order_id=3, avoided=0.9))
        assert [row.order.id for row in ordered([far, near, best], "rank")] == [3, 1, 2]

    def test_by_what_runs_out_first(self):
        # Accept within 15 min; on site within 120 min of acceptance.
        waits = row_of(order_of(order_id=1))
        goes = row_of(order_of((5 * MIN, Step("accept", "Li")), order_id=2))
        there = row_of(
            order_of(
                (1 * MIN, Step("accept", "Li")),
                (2 * MIN, Step("dispatch", "Li")),
                (30 * MIN, Step("arrive", "crew", "crew")),
                order_id=3,
            )
        )
        assert there.timer is None  # no limit for repairs by default
        assert [row.order.id for row in ordered([there, goes, waits], "due")] == [1, 2, 3]

    def test_filters_are_all_to_be_met(self):
        one = row_of(order_of(order_id=1, region_id="R1"))
        two = row_of(order_of(order_id=2, region_id="R2"))
        rows, now = [one, two], T0 + MIN
        assert picked(rows, BoardQuery(region_id="R2"), now) == [two]
        assert picked(rows, BoardQuery(region_id="R2", q="wo-000001"), now) == []
        assert picked(rows, BoardQuery(q="SITE 000002"), now) == [two]
        assert picked(rows, BoardQuery(team="none"), now) == rows
        assert picked(rows, BoardQuery(team="T1"), now) == []


class TestTimers:
    def test_it_warns_and_misses_by_the_clock(self):
        row = row_of(order_of())
        # 70 % of 15 minutes are 10.5.
        assert lateness(row, T0 + 10 * MIN) == ""
        assert lateness(row, T0 + 10.5 * MIN) == "warned"
        assert lateness(row, T0 + 15 * MIN) == "missed"

    def test_what_the_events_say_holds_too(self):
        row = row_of(order_of(), late="missed")
        assert lateness(row, T0) == "missed"

    def test_proof_is_no_delay(self):
        order = order_of(
            (1 * MIN, Step("accept", "Li")), (2 * MIN, Step("dispatch", "Li")),
            (60 * MIN, Step("repair", "crew", "crew")),
        )  # fmt: skip
        row = row_of(order)
        assert row.timer is not None
        assert row.timer.proof
        # 72 quiet hours, and 12 in which complaints are still recorded.
        assert row.timer.due_at == T0 + 60 * MIN + 84 * HOUR
        assert lateness(row, T0 + 400 * HOUR) == ""


class TestTeams:
    SHIFT = Shift(T0 - 2 * HOUR, T0 + 6 * HOUR)  # eight hours, a quarter gone

    def teams(self, *teams: Team) -> Teams:
        return Teams({team.team_id: team for team in teams})

    def test_the_plan_fills_the_shift(self):
        team = Team("T1", "One", shifts=(self.SHIFT,))
        stops = [
            Stop(1, "T1", 1, T0, T0 + 30 * MIN, T0 + 2 * HOUR, 30, 90, 0.2),
            # Beyond the end of the shift: what is beyond does not count.
            Stop(2, "T1", 2, T0 + 5 * HOUR, T0 + 5 * HOUR, T0 + 8 * HOUR, 0, 180, 0.1),
        ]
        duty = duties(self.teams(team), [], stops, T0)[0]
        assert (duty.state, duty.now, duty.planned_h) == ("free", 0.25, 3.0)
        assert [(b.kind, b.start, b.end) for b in duty.blocks] == [
            ("way", 0.25, 0.3125), ("work", 0.3125, 0.5), ("work", 0.875, 1.0),
        ]  # fmt: skip

    def test_where_a_team_is(self):
        team = Team("T1", "One", shifts=(self.SHIFT,))
        sent = Step("dispatch", "Li", details={"team_id": "T1"})
        goes = order_of((1 * MIN, Step("accept", "Li")), (2 * MIN, sent), order_id=1)
        there = order_of(
            (1 * MIN, Step("accept", "Li")), (2 * MIN, sent),
            (40 * MIN, Step("arrive", "crew", "crew")), order_id=2,
        )  # fmt: skip
        duty = duties(self.teams(team), [goes, there], [], T0)[0]
        assert (duty.state, duty.at, duty.open) == ("on_site", there, 2)
        assert duties(self.teams(team), [goes], [], T0)[0].state == "dispatched"

    def test_who_is_not_on_duty(self):
        later = Team("T1", "Later", shifts=(Shift(T0 + 3 * HOUR, T0 + 9 * HOUR),))
        gone = Team("T2", "Gone", shifts=(Shift(T0 - 9 * HOUR, T0),))
        here = Team("T3", "Here", shifts=(self.SHIFT,))
        found = duties(self.teams(later, gone, here), [], [], T0)
        assert [(d.team.name, d.state, d.now) for d in found] == [
            ("Here", "free", 0.25), ("Later", "later", None), ("Gone", "off", None),
        ]  # fmt: skip


def test_every_state_has_its_column():
    assert sorted(s for group in (*COLUMNS, DONE) for s in group) == sorted(STATES)


def test_a_team_may_be_sent_to_what_is_only_proposed():
    assert what_can("proposed")[:2] == ["accept", "dispatch"]
    assert what_can("verified") == ["reopen", "close", "comment"]
    assert what_can("rejected") == ["comment"]
    assert set(AT_DESK) <= set(KINDS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_for_every_state_and_step(language):
    texts = load_texts(language)
    for state in STATES:
        assert texts(f"order_state.{state}")
    for kind in AT_DESK:
        assert texts(f"order_kind.{kind}")
        assert texts(f"dispatch.act.{kind}")
    for group in (*COLUMNS, DONE):
        assert texts(f"dispatch.column.{group[0]}")
        assert texts(f"dispatch.column_none.{group[0]}")


def test_reasons():
    assert reason_of("duplicate", " as WO-000001 ") == "duplicate: as WO-000001"
    assert reason_of("duplicate", "") == "duplicate"
    assert reason_of("", "words") == "words"
    assert reason_of("", "") == ""


def test_names_of_people():
    assert named("  Wang \n Li\t", "127.0.0.1") == "Wang Li"
    assert named("", "127.0.0.1") == "127.0.0.1"
    assert named(None, "::1") == "::1"
    assert len(named("x" * 500, "a")) == LONGEST

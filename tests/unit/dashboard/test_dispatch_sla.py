"""Timers of orders by hand: limits that change at night, at weekends, and when clocks are set."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from dashboard.dispatch.model import Draft, Event, fold
from dashboard.dispatch.sla import Rules, at_share, due_at, make_rules, used, warn_at
from dashboard.dispatch.sla_settings import SlaRule, SlaSettings
from dashboard.dispatch.timers import history, timers

BEIJING = ZoneInfo("Asia/Shanghai")
NIGHT = SlaRule(name="night", starts="22:00", ends="06:00", accept_min=30, arrive_min=240)
REST = SlaRule(name="closed", starts="20:00", ends="08:00", rests=("accept",))


def weekend(day):
    return day.weekday() >= 5


def rules(*given, zone=BEIJING, off=weekend, **limits):
    return Rules(SlaSettings(**{"rules": given} | limits), zone, off)


def bj(hour, minute=0, day=18):  # a Wednesday
    return datetime(2026, 11, day, hour, minute, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("since", "due"),
    [
        (bj(12), bj(14)),  # 2 h by day
        (bj(22), bj(2, day=19)),  # 4 h by night
        # One of two hours by day: half is left, and half of 4 h of the night is 2 h.
        (bj(21), bj(0, day=19)),
        # 5:00: one of four hours by night: three quarters of 2 h by day are left.
        (bj(5), bj(7, 30)),
        (bj(20), bj(22)),  # used up in the minute in which night begins
        (bj(20, 1), bj(22, 2)),  # 1/120 is left: 2 minutes by night
    ],
)
def test_each_minute_uses_up_its_own_share(since, due):
    found = due_at(since, "arrive", rules(NIGHT))
    assert found == due
    assert found.tzinfo is UTC
    assert used(since, found, "arrive", rules(NIGHT)) == 1


def test_it_warns_when_seventy_percent_are_used_up():
    assert warn_at(bj(12), "arrive", rules(NIGHT)) == bj(13, 24)
    # 60 of 120 min until 22:00 are 50 %; 20 % of 240 min by night are 48.
    assert warn_at(bj(21), "arrive", rules(NIGHT)) == bj(22, 48)


def test_a_clock_that_rests_at_night_goes_on_in_the_morning():
    told = rules(REST)
    assert due_at(bj(19, 50), "accept", told) == bj(8, 5, day=19)
    assert due_at(bj(3), "accept", told) == bj(8, 15)
    assert due_at(bj(19, 50), "arrive", told) == bj(21, 50)  # the rule speaks of accept alone
    assert used(bj(20), bj(8, day=19), "accept", told) == 0
    assert told.limit("accept", bj(21)) is None


def test_days_off_have_rules_of_their_own_and_the_first_that_speaks_counts():
    off = SlaRule(name="weekend", days="days_off", arrive_min=360)
    told = rules(off, NIGHT)
    saturday = bj(12, day=21)
    assert due_at(saturday, "arrive", told) == saturday + timedelta(hours=6)
    assert told.limit("arrive", bj(23, day=21)) == 360  # before night, as it comes first
    assert told.limit("accept", bj(23, day=21)) == 30  # of which it says nothing
    # Friday 23:00: 1 h of 4 by night until midnight, then 3/4 of 6 h.
    assert due_at(bj(23, day=20), "arrive", told) == bj(4, 30, day=21)
    workdays = rules(SlaRule(name="w", days="workdays", arrive_min=60))
    assert workdays.limit("arrive", bj(12)) == 60
    assert workdays.limit("arrive", saturday) == 120


def test_holidays_and_makeup_workdays_are_those_of_the_country():
    rule = SlaRule(name="holiday", days="days_off", accept_min=60)
    told = make_rules(SlaSettings(rules=(rule,)), BEIJING, "CN")
    national = datetime(2026, 10, 1, 12, tzinfo=BEIJING)  # a Thursday
    makeup = datetime(2026, 10, 10, 12, tzinfo=BEIJING)  # a Saturday that is worked
    assert told.limit("accept", national) == 60
    assert told.limit("accept", makeup) == 15
    abroad = make_rules(SlaSettings(rules=(rule,)), BEIJING, None)
    assert abroad.limit("accept", national) == 15


def test_orders_of_more_worth_may_have_less_time():
    urgent = SlaRule(name="urgent", min_avoided=5, arrive_min=60)
    told = rules(urgent)
    assert due_at(bj(12), "arrive", told, worth=5) == bj(13)
    assert due_at(bj(12), "arrive", told, worth=4.9) == bj(14)


def test_clocks_set_forward_and_back():
    berlin = ZoneInfo("Europe/Berlin")
    night = SlaRule(name="n", starts="01:00", ends="04:00", arrive_min=240)
    told = rules(night, zone=berlin)
    # 2026-03-29: 02:00 becomes 03:00, so that this night has 2 hours: half of 4 h, and 1 h by day.
    spring = datetime(2026, 3, 29, 1, tzinfo=berlin)
    assert due_at(spring, "arrive", told) == datetime(2026, 3, 29, 5, tzinfo=berlin)
    assert due_at(spring, "arrive", told) - spring.astimezone(UTC) == timedelta(hours=3)
    # 2026-10-25: 03:00 becomes 02:00: 4 hours of night, all of the 4 h.
    autumn = datetime(2026, 10, 25, 1, tzinfo=berlin)
    assert due_at(autumn, "arrive", told) - autumn.astimezone(UTC) == timedelta(hours=4)
    # A rule that begins at a time which is left out begins when clocks are set.
    gap = rules(SlaRule(name="g", starts="02:30", ends="04:00", rests=("arrive",)), zone=berlin)
    assert due_at(spring, "arrive", gap) == datetime(2026, 3, 29, 5, tzinfo=berlin)


def test_a_clock_that_always_rests_is_never_due():
    told = rules(SlaRule(name="never", rests=("accept",)))
    assert due_at(bj(12), "accept", told) is None
    assert due_at(bj(12), "repair", told) is None  # no limit by default
    assert due_at(bj(12), "repair", rules(repair_min=90)) == bj(13, 30)


def test_nothing_is_used_up_before_the_beginning():
    assert used(bj(12), bj(11), "arrive", rules()) == 0
    assert used(bj(12), bj(13), "arrive", rules()) == Fraction(1, 2)
    assert at_share(bj(12), "arrive", rules(), 2.0) == bj(16)


def test_a_moment_within_a_minute_counts_to_the_microsecond():
    since = bj(12) + timedelta(seconds=13, microseconds=7)
    assert due_at(since, "accept", rules()) == since + timedelta(minutes=15)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "x", "starts": "22:00", "accept_min": 5}, "both starts and ends"),
        ({"name": "x", "starts": "22:00", "ends": "22:00", "accept_min": 5}, "the same"),
        ({"name": "x", "starts": "22:00+08:00", "ends": "23:00", "accept_min": 5}, "no offset"),
        ({"name": "x", "accept_min": 5, "rests": ("accept",)}, "choose one"),
        ({"name": "x"}, "says nothing"),
        ({"name": "x", "accept_min": 5, "day": "monday"}, "not permitted"),
    ],
)
def test_rules_that_make_no_sense_are_refused(given, said):
    with pytest.raises(ValidationError, match=said):
        SlaRule(**given)


def test_the_default_has_other_limits_at_night():
    told = make_rules(SlaSettings(), BEIJING, "CN")
    assert [told.limit(t, bj(12)) for t in ("accept", "arrive", "repair")] == [15, 120, None]
    assert [told.limit(t, bj(23)) for t in ("accept", "arrive")] == [30, 240]
    assert told.settings.rules[0].ends == time(6)


# ---------------------------------------------------------------- orders


def story(*told, draft=None, opener="system"):
    """Events of one order: kind, minutes after noon, actor, reason, details."""
    draft = draft or Draft("S", "hardware", ("C",), "S")
    events, before = [], None
    after = {
        "propose": "proposed", "accept": "accepted", "dispatch": "dispatched",
        "arrive": "on_site", "repair": "repaired", "reopen": "reopened", "cannot": "accepted",
        "reject": "rejected",
    }  # fmt: skip
    for seq, (kind, minute) in enumerate(told, 1):
        details = {"draft": draft.as_json()} if kind == "propose" else {}
        actor = opener if kind == "propose" else "person"
        state = after.get(kind, before)
        at = bj(12).astimezone(UTC) + timedelta(minutes=minute)
        events.append(Event(seq, 1, seq, kind, before, state, at, "Li", actor, "why", details))
        before = state
    return events


def shape(found):
    noon = bj(12)
    return [
        (t.name, (t.since - noon) // timedelta(minutes=1), t.left // timedelta(minutes=1), t.state)
        for t in found
    ]


LIFE = [("propose", 0), ("accept", 10), ("dispatch", 30), ("arrive", 140), ("repair", 300)]


@pytest.mark.parametrize(
    ("steps", "now", "shown"),
    [
        (1, 0, [("accept", 0, 15, "running")]),
        (1, 11, [("accept", 0, 4, "warned")]),
        (1, 15, [("accept", 0, 0, "missed")]),
        (1, 40, [("accept", 0, -25, "missed")]),
        (2, 50, [("arrive", 10, 80, "running")]),
        (3, 100, [("arrive", 10, 30, "warned")]),  # from acceptance, not from dispatch
        (4, 200, []),
        (5, 400, []),
    ],
)
def test_the_timer_of_each_state(steps, now, shown):
    order = fold(story(*LIFE[:steps]))
    assert shape(timers(order, rules(), bj(12) + timedelta(minutes=now))) == shown


def test_the_history_tells_what_was_met_and_missed():
    events = story(*LIFE[:2], ("comment", 11), *LIFE[2:], ("reopen", 400), ("dispatch", 420))
    found = history(events, rules(repair_min=60), bj(12) + timedelta(minutes=430))
    assert shape(found) == [
        ("accept", 0, 5, "met"),
        ("arrive", 10, -10, "missed"),
        ("repair", 140, -100, "missed"),
        ("accept", 400, -5, "missed"),
        ("arrive", 420, 110, "running"),
    ]
    assert found[-1:] == timers(fold(events), rules(repair_min=60), bj(12) + timedelta(minutes=430))


def test_an_order_that_is_given_back_gets_new_time():
    events = story(*LIFE[:4], ("cannot", 150), ("dispatch", 160))
    found = history(events, rules(), bj(12) + timedelta(minutes=170))
    assert shape(found)[-1] == ("arrive", 150, 100, "running")
    refused = story(LIFE[0], ("reject", 5))
    assert shape(history(refused, rules(), bj(13))) == [("accept", 0, 10, "stopped")]


def test_remote_work_is_met_by_the_repair():
    events = story(*LIFE[:3], ("repair", 60))
    assert shape(history(events, rules(), bj(20)))[-1] == ("arrive", 10, 70, "met")


def test_an_agreed_time_before_the_limit_counts():
    draft = Draft("S", "hardware", ("C",), "S", due_at=bj(13, 10))
    by_hand = fold(story(*LIFE[:2], draft=draft, opener="person"))
    [timer] = timers(by_hand, rules(), bj(12, 30))
    assert (timer.due_at, timer.left) == (bj(13, 10), timedelta(minutes=40))
    assert timer.warn_at == bj(12, 52)  # 70 % of 60 min
    later = Draft("S", "hardware", ("C",), "S", due_at=bj(16))
    by_hand = fold(story(*LIFE[:2], draft=later, opener="person"))
    [timer] = timers(by_hand, rules(), bj(12, 30))
    assert timer.due_at == bj(14, 10)
    [timer] = timers(fold(story(*LIFE[:2], draft=draft)), rules(), bj(12, 30))
    assert timer.due_at == bj(14, 10)  # the product's own suggestion shortens nothing


def test_levels_of_escalation():
    [timer] = timers(fold(story(LIFE[0])), rules(escalate_again=0.5), bj(12))
    assert timer.levels == (bj(12, 15), bj(12, 15) + timedelta(minutes=7.5))
    assert date(2026, 11, 18) == timer.due_at.date()

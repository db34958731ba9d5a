"""What a timer has used up equals a walk minute by minute, over nights, holidays and set clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.dispatch.sla import Rules, at_share, due_at, used, warn_at
from dashboard.dispatch.sla_settings import SlaRule, SlaSettings

MINUTE = timedelta(minutes=1)
# Zones with days on which clocks are set: by an hour at night, at midnight, by half an hour.
PLACES = (
    ("Asia/Shanghai", datetime(2026, 10, 1, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 3, 28, 12, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 24, 12, tzinfo=UTC)),
    ("America/Havana", datetime(2026, 3, 7, 18, tzinfo=UTC)),
    ("America/Havana", datetime(2026, 10, 31, 18, tzinfo=UTC)),
    ("America/Sao_Paulo", datetime(2018, 11, 3, 12, tzinfo=UTC)),
    ("America/Sao_Paulo", datetime(2018, 2, 17, 12, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 4, tzinfo=UTC)),
)
# Clocks are set at night: rules that begin or end then are the hard ones.
hours = st.one_of(st.integers(0, 3), st.integers(0, 23))
clocks = st.builds(time, hours, st.sampled_from((0, 1, 15, 30, 59)))
spans = st.one_of(
    st.tuples(st.none(), st.none()),
    st.tuples(clocks, clocks).filter(lambda pair: pair[0] != pair[1]),
)
limits = st.sampled_from((7.0, 30.0, 61.0, 120.0, 241.0, 1440.0))


@st.composite
def rule(draw):
    starts, ends = draw(spans)
    rests = draw(st.booleans())
    return SlaRule(
        name="r", starts=starts, ends=ends,
        days=draw(st.sampled_from(("every_day", "workdays", "days_off"))),
        min_avoided=draw(st.sampled_from((0.0, 0.0, 2.0))),
        accept_min=draw(limits),
        arrive_min=None if rests else draw(limits),
        rests=("arrive",) if rests else (),
    )  # fmt: skip


@st.composite
def world(draw):
    """Rules somewhere, a beginning near a day on which clocks are set, and two spans after it."""
    zone, about = draw(st.sampled_from(PLACES))
    off = draw(st.frozensets(st.integers(0, 3)))
    holidays = {about.date() + timedelta(days=n) for n in off}
    told = Rules(
        SlaSettings(rules=tuple(draw(st.lists(rule(), max_size=3))), arrive_min=draw(limits)),
        ZoneInfo(zone),
        holidays.__contains__,
    )
    since = about + draw(st.integers(0, 720)) * MINUTE
    spans = [draw(st.integers(0, 1000)) * MINUTE for _ in range(2)]
    return told, since, since + spans[0], since + spans[0] + spans[1], draw(st.integers(0, 3))


def minute_limit(told: Rules, moment: datetime, worth: float) -> float | None:
    """The limit of a minute, as one reads it off a clock on the wall and a calendar."""
    local = moment.astimezone(told.zone)
    now = local.hour * 60 + local.minute
    day = date(local.year, local.month, local.day)
    for one in told.settings.rules:
        if worth < one.min_avoided:
            continue
        if one.days == "days_off" and not told.is_day_off(day):
            continue
        if one.days == "workdays" and told.is_day_off(day):
            continue
        if one.starts is not None:
            first = one.starts.hour * 60 + one.starts.minute
            length = (one.ends.hour * 60 + one.ends.minute - first) % 1440
            if (now - first) % 1440 >= length:
                continue
        if "arrive" in one.rests:
            return None
        return one.arrive_min
    return told.settings.arrive_min


def walked(told: Rules, since: datetime, until: datetime, worth: float) -> Fraction:
    total, moment = Fraction(0), since
    while moment < until:
        limit = minute_limit(told, moment, worth)
        if limit is not None:
            total += Fraction(1) / Fraction(limit)
        moment += MINUTE
    return total


@settings(deadline=None, max_examples=250)
@given(world())
def test_it_equals_a_walk_minute_by_minute_and_adds_up(case):
    told, since, middle, until, worth = case
    whole = used(since, until, "arrive", told, worth)
    assert whole == walked(told, since, until, worth)
    parts = used(since, middle, "arrive", told, worth) + used(middle, until, "arrive", told, worth)
    assert whole == parts


@settings(deadline=None, max_examples=80)
@given(world(), st.sampled_from((0.25, 0.5, 1.0, 2.5)))
def test_the_moment_at_which_a_share_is_used_up(case, share):
    told, since, _, until, worth = case
    found = at_share(since, "arrive", told, share, worth)
    if found is None:  # the clock rests for ever: by whole days alone
        assert used(since, until, "arrive", told, worth) < share
        return
    micro = timedelta(microseconds=1)
    assert used(since, found, "arrive", told, worth) >= share
    assert used(since, found - micro, "arrive", told, worth) < share


@settings(deadline=None, max_examples=60)
@given(world())
def test_who_begins_later_is_due_no_earlier_and_warned_before(case):
    told, since, later, _, worth = case
    first, second = (due_at(moment, "arrive", told, worth) for moment in (since, later))
    warned = warn_at(since, "arrive", told, worth)
    if first is None or second is None or warned is None:
        return
    assert first <= second
    assert since < warned < first

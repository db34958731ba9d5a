from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.demo import past
from dashboard.demo.past import (
    LEARNT_DAYS,
    LIVED_DAYS,
    live_through,
    lived_from,
    pace_of,
    paced_settings,
    past_moments,
)
from dashboard.settings import load_settings
from forecasting.cells.live import trained_at
from forecasting.errors import NotEnoughHistoryError

ZONE = ZoneInfo("Asia/Shanghai")
STOOD_AT = datetime(2026, 11, 22, 4, tzinfo=UTC)  # 12:00 in Shanghai


def local(moments):
    return [f"{moment.astimezone(ZONE):%d %H}" for moment in moments]


def test_every_day_at_seven_and_the_last_day_more_often():
    moments = past_moments(STOOD_AT, 3, 90, ZONE)
    assert local(moments) == ["20 07", "21 07", "21 12", "21 20", "22 04", "22 07"]
    assert all(moment.tzinfo is UTC for moment in moments)


def test_before_seven_the_day_has_no_moment_of_its_own_yet():
    early = datetime(2026, 11, 21, 21, tzinfo=UTC)  # 05:00 on the 22nd
    assert local(past_moments(early, 2, 90, ZONE)) == ["21 05", "21 07", "21 13", "21 21"]


def test_a_short_history_has_a_short_past():
    assert past_moments(STOOD_AT, 21, 14, ZONE) == []
    assert past_moments(STOOD_AT, 0, 90, ZONE) == []
    short = past_moments(STOOD_AT, 21, LEARNT_DAYS + 2, ZONE)
    assert local(short)[0] == "21 07"


@pytest.mark.parametrize("days", [1, 3, 21, 60])
@pytest.mark.parametrize("month", range(1, 13))
def test_one_training_serves_the_whole_past(days, month):
    first = datetime(2026, month, 9, 7, tzinfo=ZONE)
    pace = pace_of(first, days, ZONE)
    trained = {trained_at(first + n * timedelta(days=1), ZONE.key, pace) for n in range(days)}
    assert len(trained) == 1
    assert pace <= 365  # as the setting allows
    assert first - trained.pop() < timedelta(days=4)


def test_trainings_by_pace():
    moment = datetime(2026, 11, 21, 3, tzinfo=UTC)  # a Saturday, 11:00 in Shanghai
    days = {n: trained_at(moment, ZONE.key, n).astimezone(ZONE) for n in (1, 7)}
    assert days[1] == datetime(2026, 11, 21, tzinfo=ZONE)
    assert days[7] == datetime(2026, 11, 16, tzinfo=ZONE)
    assert days[7].date().weekday() == date(2026, 11, 16).weekday() == 0
    monday = datetime(2026, 11, 15, 16, tzinfo=UTC)  # its very midnight
    assert trained_at(monday, ZONE.key, 7) == monday


def test_lives_through_in_order_with_one_pace_and_goes_on_where_it_stopped(tmp_path, monkeypatch):
    made, shown, refused, said = [], [], [], []

    def make(_connection, _data, *, as_of, settings, clock):
        if not refused:
            refused.append(as_of)
            raise NotEnoughHistoryError("nothing is known yet")
        made.append((as_of, clock.now(), settings.forecasting.retrain_days))
        return as_of

    monkeypatch.setattr(past, "make_forecast", make)
    monkeypatch.setattr(past, "publish", lambda _c, _d, as_of, **_: shown.append(as_of))
    monkeypatch.setattr(past, "newest_forecast", lambda _connection: None)
    moments = past_moments(STOOD_AT, 10, 90, ZONE)
    settings = load_settings(tmp_path)
    tell = {"report": lambda step, share: said.append((step, share))}
    live_through(None, tmp_path, settings, moments, **tell)
    assert refused == moments[:1]
    assert [as_of for as_of, _, _ in made] == moments[1:]
    assert all(as_of == now for as_of, now, _ in made)
    assert len({pace for _, _, pace in made}) == 1
    assert local(shown)[:2] == ["16 07", "17 07"]  # the last seven days alone are shown again
    assert shown == moments[-len(shown) :]
    assert said[-1][1] == 1.0
    assert settings.forecasting.retrain_days == 1  # the present trains as it always does

    monkeypatch.setattr(past, "newest_forecast", lambda _connection: moments[-3])
    made.clear()
    live_through(None, tmp_path, settings, moments, **tell)
    assert [as_of for as_of, _, _ in made] == moments[-2:]
    monkeypatch.setattr(past, "newest_forecast", lambda _connection: STOOD_AT)
    live_through(None, tmp_path, settings, moments, **tell)
    assert len(made) == 2
    live_through(None, tmp_path, settings, [], **tell)


def test_the_first_look_after_it_is_served_by_the_same_model(tmp_path):
    moments = past_moments(STOOD_AT, 10, 90, ZONE)
    learn = paced_settings(load_settings(tmp_path), moments).forecasting
    days = {trained_at(at, ZONE.key, learn.retrain_days) for at in (*moments, STOOD_AT)}
    assert len(days) == 1


def test_the_last_days_are_lived_with_crews_from_a_forecast_on():
    moments = past_moments(STOOD_AT, 10, 90, ZONE)
    begin = lived_from(STOOD_AT, moments)
    assert begin in moments
    assert timedelta(days=LIVED_DAYS - 1) < STOOD_AT - begin <= timedelta(days=LIVED_DAYS)
    assert lived_from(STOOD_AT, []) == STOOD_AT
    assert lived_from(STOOD_AT, past_moments(STOOD_AT, 2, 90, ZONE)) == STOOD_AT - timedelta(
        days=1, hours=5
    )


def test_the_city_lives_up_to_each_forecast_and_orders_follow_what_is_shown(tmp_path, monkeypatch):
    told = []

    class Lived:
        def until(self, moment):
            told.append(("lived", moment))

        def published(self, moment):
            told.append(("followed", moment))

    monkeypatch.setattr(past, "make_forecast", lambda *_, as_of, **__: as_of)
    monkeypatch.setattr(past, "publish", lambda _c, _d, as_of, **_: told.append(("shown", as_of)))
    monkeypatch.setattr(past, "newest_forecast", lambda _connection: None)
    moments = past_moments(STOOD_AT, 9, 90, ZONE)
    live_through(
        None, tmp_path, load_settings(tmp_path), moments, lived=Lived(), report=lambda *_: None
    )
    for moment in moments:
        steps = [step for step, when in told if when == moment]
        shown = STOOD_AT - moment < timedelta(days=past.SHOWN_DAYS)
        assert steps == ["lived", "shown", "followed"] if shown else steps == ["lived"]
    assert [when for _, when in told] == sorted(when for _, when in told)

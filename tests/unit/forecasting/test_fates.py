"""What becomes of forecasts: hit, miss, false alarm, treated; when, and by whose knowledge."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from forecasting.fates.due import due
from tests.support.forecasts import FIRST, HOUR, JUDGED, OVER, STATUS, Forecasts


@pytest.fixture
def room(tmp_path: Path):
    room = Forecasts(tmp_path)
    yield room
    room.close()


def test_every_fate_by_hand(room: Forecasts) -> None:
    room.forecast()
    room.complain("a", FIRST + 5 * HOUR)  # red: hit
    room.complain("a", FIRST + 9 * HOUR)
    room.work(FIRST + 20 * HOUR, site_id="s0")  # a and b: b was treated
    room.complain("d", FIRST + 72 * HOUR)  # yellow, at the horizon's very end: hit
    room.complain("e", FIRST + HOUR)  # green: miss
    room.complain("c", FIRST)  # at the moment itself: it was no more to be foreseen
    room.complain("f", FIRST + HOUR, score=8)  # content
    told = room.told(JUDGED + timedelta(days=1))["fates"].set_index("cell_id")
    assert told["fate"].to_dict() == {
        "a": "hit", "b": "treated", "c": "false_alarm", "d": "hit", "e": "miss",
    }  # fmt: skip
    assert told.loc["a", "low_complaints"] == 2.0
    assert told.loc["a", "first_complaint_at"] == FIRST + 5 * HOUR
    assert told.loc["a", "treated_at"] == FIRST + 20 * HOUR  # a complaint came: still a hit
    assert told["status"].to_dict()["e"] == "green"
    assert told.loc["a", ["cause", "technology"]].tolist() == ["hardware", "LTE"]
    assert told["day"].unique().tolist() == [FIRST.date()]


def test_treated_by_orders_by_hand(room: Forecasts) -> None:
    room.forecast()
    room.repair(FIRST + 10 * HOUR, "a")  # and a complaint only then: treated, and not
    room.complain("a", FIRST + 20 * HOUR)
    room.complain("b", FIRST + 5 * HOUR)  # it came before the crew: a hit
    room.repair(FIRST + 10 * HOUR, "b")
    room.repair(FIRST + 30 * HOUR, site="s1")  # of c and d
    room.work(FIRST + 20 * HOUR, cell_id="d")  # works were there before
    room.repair(FIRST + 2 * HOUR, "e")  # green: neither flagged nor complained about
    told = room.told(JUDGED + timedelta(days=1))["fates"].set_index("cell_id")
    assert told["fate"].to_dict() == {
        "a": "treated_not", "b": "hit", "c": "treated", "d": "treated",
    }  # fmt: skip
    assert told["treatment"].to_dict() == {"a": "order", "b": "order", "c": "order", "d": "works"}
    assert told.loc["c", "treated_at"] == FIRST + 30 * HOUR
    assert told.loc["d", "treated_at"] == FIRST + 20 * HOUR


def test_repairs_before_and_after_the_horizon_treat_nothing(room: Forecasts) -> None:
    room.forecast()
    room.repair(FIRST, "a")
    room.repair(OVER + HOUR, "b")
    room.order("WO-X", ["c"], (FIRST + HOUR, "propose", "proposed"),
               (FIRST + 2 * HOUR, "reject", "rejected", {"reason": "no_fault"}))  # fmt: skip
    assert room.fates(JUDGED) == dict.fromkeys("abcd", "false_alarm")
    room.repair(OVER, "c")
    room.connection.execute("DELETE FROM forecast_judgements")
    assert room.fates(JUDGED)["c"] == "treated"


def test_complaints_after_works_are_kept_apart_from_hits(room: Forecasts) -> None:
    room.forecast()
    room.work(FIRST + 2 * HOUR, cell_id="a")
    room.complain("a", FIRST + 3 * HOUR)
    told = room.told(JUDGED + timedelta(days=1))["fates"].set_index("cell_id")
    assert told.loc["a", ["fate", "treatment"]].tolist() == ["treated_not", "works"]


def test_repaired_cells_count_neither_for_nor_against(room: Forecasts) -> None:
    room.forecast()
    room.complain("a", FIRST + HOUR)
    room.repair(FIRST + 2 * HOUR, "b")  # quiet ever after
    room.work(FIRST + 2 * HOUR, cell_id="c")  # works leave the measures as they were
    told = room.told(JUDGED + timedelta(days=1))
    own = told["accuracy"].set_index(["scope", "score"]).loc[("all", "forecast")]
    # crews go to a, b and c; b is left out, and of its 0.5 expected complaints nobody knows
    assert own[["cells", "positives", "visits", "found"]].tolist() == [4, 1, 2, 1]
    assert own["expected"] == pytest.approx(0.6 + 0.4 + 0.2 + 0.05)
    bins = told["accuracy_reliability"]
    assert bins["cells"].sum() == 4
    assert bins["forecast"].sum() == pytest.approx(0.6 + 0.4 + 0.2 + 0.05)


def test_every_red_of_all_forecasts_is_counted_once(room: Forecasts) -> None:
    for hour in (0, 1, 24, 80):
        room.forecast(FIRST + hour * HOUR)
    room.complain("a", FIRST + 60 * HOUR)
    room.repair(FIRST + 30 * HOUR, "b")
    moment = FIRST + (24 + 72 + 12) * HOUR  # the first three are due, the last is not
    for _ in range(2):  # judged just now, then read back
        reds = room.told(moment)["accuracy_reds"]
        rows = {
            (row.day, row.fate, row.treatment): row.reds
            for row in reds.astype(object).where(reds.notna(), None).itertuples()
        }
        day = FIRST.date()
        assert rows == {
            (day, "hit", None): 2, (day, "treated", "order"): 2, (day, "false_alarm", None): 2,
            (day + timedelta(days=1), "hit", None): 1,
            (day + timedelta(days=1), "treated", "order"): 1,
            (day + timedelta(days=1), "false_alarm", None): 1,
            (day + timedelta(days=3), "waiting", None): 3,
        }  # fmt: skip


def test_outcomes_of_orders_by_hand(room: Forecasts) -> None:
    opened = FIRST + HOUR
    start = (opened, "propose", "proposed")
    found = {"found_cause": "transport"}
    repair = (opened + HOUR, "repair", "repaired", found)
    verify = (opened + 90 * HOUR, "verify", "verified")
    reopen = (opened + 20 * HOUR, "reopen", "reopened", {"reason": "complaint"})
    room.order("WO-1", ["a"], start, repair, verify)
    room.order("WO-2", ["a", "b"], start, repair, reopen, repair, verify,
               (opened + 95 * HOUR, "close", "closed"))  # fmt: skip
    room.order("WO-3", ["c"], start, repair, reopen)
    room.order("WO-4", ["c"], start, repair)
    room.order("WO-5", ["d"], start, (opened, "reject", "rejected", {"reason": "no_fault"}))
    room.order("WO-6", ["d"], start, (opened, "cancel", "cancelled", {"reason": "duplicate"}))
    room.order("WO-7", ["e"], start)
    room.order("WO-8", ["f"], (opened + 200 * HOUR, "propose", "proposed"))  # not known yet
    room.insert("work_orders", [{"order_id": "WO-7", "event_id": 900, "known_at": opened,
                                 "cell_ids": ["e", "f"]}])  # fmt: skip
    told = room.told(opened + 100 * HOUR)["accuracy_orders"].set_index("order_id")
    assert told["outcome"].to_dict() == {
        "WO-1": "verified", "WO-2": "verified_later", "WO-3": "reopened", "WO-4": "waiting",
        "WO-5": "rejected", "WO-6": "cancelled", "WO-7": "open",
    }  # fmt: skip
    assert told["reason"].dropna().to_dict() == {
        "WO-2": "complaint", "WO-3": "complaint", "WO-5": "no_fault",
    }  # fmt: skip
    assert told.loc["WO-1", ["cause", "found_cause", "cells"]].tolist() == [
        "hardware", "transport", 1,
    ]  # fmt: skip
    assert told.loc["WO-7", ["cause", "cells"]].tolist() == ["hardware", 2]  # told of one more
    assert told["verified_at"].notna().to_dict()["WO-3"] is False
    early = room.told(opened + 2 * HOUR)["accuracy_orders"].set_index("order_id")
    assert early["outcome"].to_dict()["WO-1"] == "waiting"


def test_works_elsewhere_before_or_after_treat_nothing(room: Forecasts) -> None:
    room.forecast()
    room.work(FIRST, cell_id="a")
    room.work(OVER + HOUR, cell_id="a")
    room.work(FIRST + HOUR, cell_id="f")
    room.work(FIRST + HOUR, region_id="r")
    assert room.fates(JUDGED) == dict.fromkeys("abcd", "false_alarm")


def test_a_forecast_is_judged_when_its_horizon_and_the_recording_are_over(room: Forecasts) -> None:
    room.forecast()
    assert room.fates(JUDGED - timedelta(seconds=1)) == {}
    assert room.stored() == []
    assert room.fates(JUDGED)["a"] == "false_alarm"
    assert due(FIRST, 72, JUDGED - HOUR) is None


def test_judged_anew_at_midnights_until_it_is_settled() -> None:
    start = datetime(2026, 10, 1, 5, tzinfo=UTC)
    first = start + timedelta(hours=84)  # 4 October, 17:00
    assert due(start, 72, first).known_at == first
    assert due(start, 72, first + 5 * HOUR).known_at == first
    noon = datetime(2026, 10, 7, 12, tzinfo=UTC)
    assert due(start, 72, noon).known_at == noon - 12 * HOUR
    assert not due(start, 72, noon).settled
    # over on 4 October, 05:00; seven days more: the midnight after
    settled = datetime(2026, 10, 12, tzinfo=UTC)
    assert not due(start, 72, settled - HOUR).settled
    for later in (settled, settled + timedelta(days=300)):
        assert due(start, 72, later).known_at == settled
        assert due(start, 72, later).settled


def test_late_tickets_and_scores_revise_the_fate(room: Forecasts) -> None:
    room.forecast()
    # recorded only two days after the horizon; scored three days after it
    room.complain("b", FIRST + HOUR, recorded_at=OVER + timedelta(days=2))
    room.complain("c", FIRST + HOUR, closed_at=OVER + timedelta(days=3))
    assert room.fates(JUDGED) == dict.fromkeys("abcd", "false_alarm")
    assert room.fates(OVER + timedelta(days=2, hours=20))["b"] == "hit"
    assert room.fates(OVER + timedelta(days=2, hours=20))["c"] == "false_alarm"
    told = room.told(OVER + timedelta(days=9))["fates"]
    assert told.set_index("cell_id")["fate"].to_dict()["c"] == "hit"
    assert told["settled"].all()
    # what comes after it has settled is not waited for
    room.complain("a", FIRST + HOUR, recorded_at=OVER + timedelta(days=20))
    assert room.fates(OVER + timedelta(days=30))["a"] == "false_alarm"


def test_only_what_is_new_is_judged(room: Forecasts) -> None:
    room.forecast()
    room.forecast(FIRST + 2 * HOUR)
    moment = OVER + timedelta(days=20)
    assert len(room.judge(moment).made["judgements"]) == 2
    again = room.judge(moment + timedelta(days=1))
    assert again.made["judgements"].empty
    assert len(again.kept) == 2
    room.forecast(FIRST + 3 * HOUR)
    assert len(room.judge(moment).made["judgements"]) == 1


def test_an_older_moment_is_told_as_it_was_and_nothing_is_overwritten(room: Forecasts) -> None:
    for day in range(4):
        room.forecast(FIRST + timedelta(days=day))
    for day in range(5):
        closed = FIRST + timedelta(days=day + 3)
        room.complain("abcde"[day], FIRST + timedelta(days=day, hours=3), closed_at=closed)
    moments = [JUDGED + timedelta(days=d, hours=5) for d in (0, 1, 2, 5, 9)]
    then = [room.told(moment) for moment in moments]
    stored = room.stored()
    for moment, told in zip(moments, then, strict=True):
        again = room.told(moment)
        for name, frame in told.items():
            pd.testing.assert_frame_equal(frame, again[name], check_exact=True)
    assert room.stored() == stored


def test_the_same_however_often_and_in_which_order_it_was_judged(tmp_path: Path) -> None:
    last = JUDGED + timedelta(days=4)
    told = []
    for number, moments in enumerate(([], [JUDGED, JUDGED + timedelta(days=2)], [last, JUDGED])):
        room = Forecasts(tmp_path / str(number))
        for hour in (0, 6, 30):
            room.forecast(FIRST + hour * HOUR)
        room.complain("a", FIRST + 40 * HOUR, closed_at=JUDGED + timedelta(days=1))
        room.work(FIRST + 50 * HOUR, cell_id="b")
        for moment in moments:
            room.judge(moment)
        told.append((room.told(last), room.stored()))
        room.close()
    for tables, stored in told[1:]:
        assert stored == told[0][1]
        for name, frame in tables.items():
            pd.testing.assert_frame_equal(frame, told[0][0][name], check_exact=True)


def test_a_forecast_that_was_made_anew_is_judged_anew(room: Forecasts) -> None:
    room.forecast()
    assert room.fates(JUDGED)["a"] == "false_alarm"
    room.connection.execute("DELETE FROM forecast_runs")
    room.connection.execute("DELETE FROM cell_forecasts")
    room.forecast(status=dict.fromkeys(STATUS, "green"))
    room.connection.execute("UPDATE forecast_runs SET made_at = made_at + INTERVAL 1 HOUR")
    assert room.fates(JUDGED) == {}
    assert room.stored() == []


def test_scores_beside_rules_by_hand(room: Forecasts) -> None:
    room.complain("e", FIRST - 20 * HOUR)  # persistence goes there
    room.forecast()
    room.complain("a", FIRST + HOUR)
    room.complain("e", FIRST + HOUR)
    told = room.told(JUDGED)["accuracy"]
    own = told.set_index(["scope", "score"]).loc[("all", "forecast")]
    # five cells have a forecast; three visits go to a, b, c: one of two is found
    assert own[["cells", "positives", "visits", "found"]].tolist() == [5, 2, 3, 1]
    assert own[["visits_1pct", "found_1pct"]].tolist() == [1, 1]
    # ranked a, b, c, d, e: precision 1 at the first, 2/5 at the second hit
    assert own["average_precision"] == pytest.approx((1 + 2 / 5) / 2)
    assert own["expected"] == pytest.approx(0.6 + 0.5 + 0.4 + 0.2 + 0.05)
    assert own["observed"] == 2.0
    rule = told.set_index(["scope", "score"]).loc[("all", "persistence")]
    assert (rule["visits_1pct"], rule["found_1pct"]) == (1, 1)
    # visits beyond those with tickets are drawn by lot: 1 + 2 x 1/4
    assert rule["found"] == pytest.approx(1.5)
    assert set(told["score"]) == {
        "forecast", "persistence", "kpi_rule", "seasonal_naive", "last_week_rate",
    }  # fmt: skip
    bins = room.told(JUDGED)["accuracy_reliability"].set_index("bin")
    assert bins.loc[0.4, ["cells", "forecast", "observed"]].tolist() == pytest.approx([2, 0.9, 0])
    assert bins.loc[0.05, "observed"] == 1.0
    assert bins["cells"].sum() == 5


def test_the_first_forecast_of_a_local_day_is_measured_and_all_are_marked(
    room: Forecasts,
) -> None:
    for hour in (0, 1, 24):
        room.forecast(FIRST + hour * HOUR)
    told = room.told(OVER + timedelta(days=20))
    assert told["accuracy"]["as_of"].unique().tolist() == [FIRST, FIRST + 24 * HOUR]
    assert told["fates"]["as_of"].nunique() == 2
    marked = room.connection.execute("SELECT count(DISTINCT as_of) FROM forecast_fates").fetchone()
    assert marked == (3,)


def test_lead_times_come_from_all_forecasts(room: Forecasts) -> None:
    for hour in range(4):
        status = STATUS if hour else dict.fromkeys(STATUS, "green")
        room.forecast(FIRST + hour * HOUR, status=status)
    room.complain("a", FIRST + 31 * HOUR)
    told = room.told(JUDGED + timedelta(days=1))
    leads = told["accuracy_leads"].set_index("cell_id")
    assert leads.loc["a", "lead_h"] == 30.0
    assert leads.loc["a", "cause"] == "hardware"
    assert leads["lead_h"].isna().sum() == 2
    # at the time of the complaint nothing later is known
    early = room.told(FIRST + 20 * HOUR)["accuracy_leads"]
    assert early["lead_h"].isna().all()
    assert not early["over"].any()


def test_a_horizon_of_its_own(room: Forecasts) -> None:
    room.forecast(horizon_h=24)
    room.complain("a", FIRST + 30 * HOUR)
    assert room.fates(FIRST + 36 * HOUR)["a"] == "false_alarm"


def test_nothing_forecast_nothing_told(room: Forecasts) -> None:
    told = room.told(JUDGED)
    assert all(frame.empty for frame in told.values())


def test_without_cells_there_is_no_scoreboard(tmp_path: Path) -> None:
    room = Forecasts(tmp_path)
    room.connection.execute("DELETE FROM cell_states")
    assert room.told(JUDGED) == {}
    room.close()

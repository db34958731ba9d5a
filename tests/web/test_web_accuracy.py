"""The page of accuracy: figures by hand, choices, single forecasts, exports."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
import python_calamine

from dashboard.snapshot import Snapshot
from dashboard.web.components.accuracy import shared
from dashboard.web.components.accuracy_days import chosen_list
from dashboard.web.figures import accuracy as figures
from dashboard.web.figures.theme import theme_of
from dashboard.web.i18n import load_texts
from dashboard.web.view.accuracy import record
from dashboard.web.view.order_words import reason_text
from dashboard.web.view.record import Bin, Chosen, Lead, Rule, Week
from dashboard.web.view.sure import RESAMPLES, Share, Sure
from dashboard.web.view.verdict import reason_word
from dashboard.web.view.words import Words
from ingest.catalogue import load_catalogue
from tests.support import record as made_up
from tests.support.city import city
from tests.support.snapshots import AS_OF, ZONE, tiny
from tests.web.conftest import make_site

THEME = theme_of()
WORDS = Words(load_texts("en"), ZONE, load_catalogue())
DRAW = {"words": WORDS, "theme": THEME, "scale": 1.0}


def judged(day: date, settled: bool, fates: list[tuple]) -> dict[str, pd.DataFrame]:
    """One day: rows of ``(cell, status, fate, region, cause, technology, quiet)``."""
    as_of = pd.Timestamp(day, tz=ZONE)
    names = ["cell_id", "status", "fate", "region_id", "cause", "technology", "quiet", "treatment"]
    rows = pd.DataFrame(fates, columns=names).assign(
        day=day, as_of=as_of, settled=settled, probability=0.5, low_complaints=1.0,
        first_complaint_at=None, treated_at=None,
    )  # fmt: skip
    scores = [("forecast", 3.0), ("persistence", 2.0), ("kpi_rule", 1.0)]
    return {
        "fates": rows,
        "accuracy": pd.DataFrame(
            {
                "day": day, "as_of": as_of, "settled": settled, "scope": "all", "score": score,
                "cells": 100, "positives": 4.0, "visits": 4.0, "found": found, "visits_1pct": 1.0,
                "found_1pct": 1.0, "average_precision": 0.5, "expected": 5.0, "observed": 4.0,
            }
            for score, found in scores
        ),
        "accuracy_reliability": pd.DataFrame(
            {"day": day, "as_of": as_of, "settled": settled, "bin": [0.0, 0.25],
             "cells": [90, 10], "forecast": [1.8, 3.0], "observed": [0.0, 4.0]}
        ),
    }  # fmt: skip


FATES = [
    ("C1", "red", "hit", "R0", "hardware", "NR", True, None),
    ("C2", "red", "hit", "R0", "hardware", "NR", False, None),
    ("C3", "red", "false_alarm", "R1", "interference", "LTE", True, None),
    ("C4", "red", "treated", "R1", "interference", "LTE", True, "order"),
    ("C5", "yellow", "hit", "R1", "interference", "LTE", True, None),
    ("C6", "green", "miss", "R1", None, "LTE", True, None),
    ("C7", "red", "treated_not", "R1", "interference", "LTE", True, "works"),
]
ORDERS = [  # cause, found cause, outcome, reason
    ("hardware", "hardware", "verified", None),
    ("hardware", "transport", "verified_later", "complaint"),
    ("hardware", "none", "rejected", "no_fault"),
    ("interference", "interference", "reopened", "out_of_band"),
    ("interference", None, "open", None),
]


def orders(day: date) -> pd.DataFrame:
    """Five orders of one day, all in the second region."""
    rows = pd.DataFrame(ORDERS, columns=["cause", "found_cause", "outcome", "reason"])
    opened = pd.Timestamp(day, tz=ZONE)
    return rows.assign(
        day=day, opened_at=opened, order_id=[f"WO-{n:06d}" for n in range(len(rows))],
        region_id="R1", technology="LTE", cells=1, reopened=0, repaired_at=opened, verified_at=None,
    )  # fmt: skip


@pytest.fixture
def small(tmp_path):
    """Two settled days of one week and one that may be revised."""
    today = AS_OF.astimezone(ZONE).date()
    days = [
        (today - timedelta(days=n), settled) for n, settled in ((26, True), (25, True), (5, False))
    ]
    parts = [judged(day, settled, FATES) for day, settled in days]
    tables = {name: pd.concat([part[name] for part in parts]) for name in parts[0]}
    tables["accuracy_leads"] = pd.DataFrame(
        {
            "cell_id": ["C1", "C2", "C3"], "red_since": AS_OF - timedelta(days=26),
            "red_until": AS_OF - timedelta(days=25), "complaint_at": None,
            "lead_h": [10.0, 30.0, None], "over": True, "cause": "hardware", "region_id": "R0",
            "technology": "NR",
        }
    )  # fmt: skip
    tables["accuracy_firsts"] = pd.DataFrame(
        {"cell_id": ["C1", "C6"], "created_at": AS_OF - timedelta(days=20),
         "warned": [True, False], "lead_h": [10.0, None], "region_id": "R0", "technology": "NR"}
    )  # fmt: skip
    tables["accuracy_regions"] = pd.DataFrame(
        {
            "day": [days[0][0]] * 4, "as_of": AS_OF - timedelta(days=27), "ahead": [1, 1, 2, 3],
            "settled": True, "region_id": ["R0", "R1", "R0", "R0"], "measure": "tickets",
            "mean": 5.0, "lower": 2.0, "upper": 8.0, "observed": [2.0, 9.0, 1.0, 8.0],
            "model": "sum",
        }
    )  # fmt: skip
    tables["accuracy_orders"] = orders(days[0][0])
    tables["accuracy_reds"] = pd.DataFrame(
        [(days[0][0], "hit", None, 20), (days[0][0], "treated", "order", 3),
         (days[0][0], "treated", "works", 2), (days[2][0], "waiting", None, 7)],
        columns=["day", "fate", "treatment", "reds"],
    )  # fmt: skip
    site = make_site(tmp_path)
    site.publish(replace(tiny(), more=tables))
    return site


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    content = city()
    site = make_site(tmp_path_factory.mktemp("record"))
    site.publish(replace(content, more={**content.more, **made_up.record(content)}))
    return site


def told(site, **chosen):
    return record(Snapshot.open(site.data), Chosen(**chosen))


def test_the_record_by_hand(small):
    all_of_it = told(small)
    # two settled days; the third may be revised and does not count
    assert (all_of_it.days, all_of_it.waiting, all_of_it.settled) == (2, 1, True)
    total = all_of_it.total
    assert dict(total.red) == {"hit": 4, "treated": 2, "treated_not": 2, "false_alarm": 2}
    # of 10 complaints (4 hits, 2 though treated, 2 of yellow cells, 2 missed) 6 had been red
    assert (total.precision.value, total.recall.value) == (4 / 6, 6 / 10)
    assert total.precision.lower is None  # two days say nothing of how sure it is
    assert all_of_it.gain == ("persistence", Share(6.0, 4.0))
    forecast, kpi, persistence = all_of_it.rules
    assert (forecast.precision.value, persistence.recall.value) == (6 / 8, 4 / 8)
    assert kpi.lift == pytest.approx((2 / 8) / (8 / 200))
    assert all_of_it.expected.value == 10 / 8
    low, high = all_of_it.bins
    assert (low.observed.value, high.forecast, high.observed.value) == (0.0, 0.3, 0.4)
    assert (all_of_it.lead.quantile(0.5), all_of_it.lead.runs) == (20.0, 3)
    assert all_of_it.lead.firsts.value == 0.5
    everything, *rest = all_of_it.coverage["tickets"]
    # bounds belong to the interval: 2 and 8 lie inside 2 to 8, 9 above, 1 below
    assert (everything.inside.value, everything.below, everything.above) == (0.5, 1, 1)
    assert [r.ahead for r in rest[:3]] == [1, 2, 3]
    assert [(r.name, r.inside.value) for r in rest[3:]] == [("片区1", 0.0), ("片区0", 2 / 3)]
    assert [(w.settled, w.group.reds) for w in all_of_it.weeks][-1] == (False, 5)


def test_what_became_of_orders_by_hand(small):
    made = told(small).orders
    assert {name: n for name, n in made.outcomes.items() if n} == {
        "verified": 1, "verified_later": 1, "reopened": 1, "rejected": 1, "open": 1,
    }  # fmt: skip
    assert (made.orders, made.judged, made.found, made.confirmed) == (5, 3, 4, 2)
    assert made.reasons["rejected"] == (("no_fault", 1),)
    assert made.causes["hardware", "transport"] == 1
    # of the two settled days; the third does not count yet
    assert dict(made.treatments) == {("order", "treated"): 2, ("works", "treated_not"): 2}
    assert dict(made.reds) == {"hit": 20, "treated": 5, "waiting": 7}
    assert told(small, region_id="R0").orders.orders == 0
    assert told(small, cause="hardware").orders.found == 3
    text = small.page("/accuracy", "?lang=en")
    for words in ("Of 5 orders, 3 repairs have been proven or not: 2 held (1 at the first attempt)",
                  "Crews told the cause of 4 orders; 2 were as named (50%)", "nothing found",
                  "of the period: 32. Hit 20 · Treated, and quiet 5 · Not yet due 7.",
                  "No fault found on site 1", "KPIs out of their band 1",
                  "Treated by a work order: 2 quiet, 0 not; by works: 0 quiet, 2 not.",
                  "not say how many complaints were avoided"):  # fmt: skip
        assert words in text, words
    api = small.get("/api/v1/accuracy").get_json()
    assert api["fates"]["by_status"]["red"]["treated_not"] == 2
    assert api["fates"]["recall"] == 6 / 10
    assert {"fate": "treated", "reds": 3, "treatment": "order"} in api["all_reds"]
    assert {"named": "hardware", "found": "none", "orders": 1} in api["causes"]
    assert {row["outcome"] for row in api["orders"]} == {row[2] for row in ORDERS}
    for table, line in (("outcomes", "Rejected,No fault found on site,1"),
                        ("causes", "nothing found,1"), ("orders", "WO-000001")):  # fmt: skip
        file = small.get(f"/api/v1/accuracy?format=csv&table={table}&lang=en").data
        assert line in file.decode("utf-8-sig"), table


def test_reasons_in_words():
    texts = load_texts("en")
    assert reason_word("no_change", texts) == "KPIs unchanged"
    assert reason_word("no_fault", texts) == "No fault found on site"
    assert reason_word("of_a_later_program", texts) == "of_a_later_program"
    assert reason_text(texts, "out_of_band: drop_rate_pct of C1 3.1") == "KPIs out of their band"
    assert reason_text(texts, "other: the gate is locked") == "Other: the gate is locked"


def test_choices_leave_cells_out(small):
    assert told(small, region_id="R0").total.precision.value == 1.0
    assert told(small, quiet=True).total.red["hit"] == 0  # no score of quiet cells: no days
    by_cause = told(small, cause="interference").total
    assert (by_cause.reds, by_cause.precision.value, by_cause.recall) == (6, 0.0, None)
    assert [g.value for g in told(small).by["cause"]] == ["interference", "hardware"]
    assert [g.name for g in told(small).by["region"]] == [
        "片区1",
        "片区0",
    ]  # as many reds, more misses


def test_nonsense_in_the_address_is_as_if_it_were_not_there():
    query = {"weeks": "99", "scope": "x", "day": "yesterday", "list": "blue", "fate": "miss"}
    assert Chosen.parse(query) == Chosen()
    assert chosen_list(query) == (None, "red", None, None)


def test_intervals_follow_from_whole_days():
    days = pd.Index([date(2026, 1, 1) + timedelta(days=n) for n in range(30)])
    sure = Sure.of(days, 72)
    alike, swinging = np.full(30, 5.0), np.tile([0.0, 10.0], 15)
    assert sure.weights.shape == (RESAMPLES, 30)
    same = sure.share(alike, 2 * alike)
    assert (same.value, same.lower, same.upper) == (0.5, 0.5, 0.5)
    wide = sure.share(swinging, 2 * alike)
    assert wide.lower < wide.value == 0.5 < wide.upper
    assert Sure.of(days[:5], 72).share(alike[:5], alike[:5]).lower is None
    nothing = sure.share(0 * alike, 0 * alike)
    assert (nothing.value, nothing.lower) == (None, None)


def test_a_hundred_is_shared_out_whole():
    assert shared([2, 1]) == [67, 33]
    assert shared([1, 1, 1]) == [34, 33, 33]
    assert shared([0, 0]) == [0, 0]
    assert sum(shared([1095, 195, 180])) == 100


def test_what_may_be_revised_is_drawn_otherwise(small):
    weeks = told(small).weeks
    bars = figures.weekly_fates(weeks, **DRAW)["data"]
    assert [trace["name"] for trace in bars] == [
        "Hit", "Treated, and quiet", "Treated, yet a complaint", "False alarm", "Missed",
    ]  # fmt: skip
    assert list(bars[0]["marker"]["pattern"]["shape"])[-1] == "/"
    assert all(n <= 0 for n in bars[-1]["y"])  # misses stand below the line, as large as hits
    lines = figures.weekly_shares(weeks, **DRAW)["data"]
    assert lines[0]["marker"]["color"][-1] == THEME.panel
    assert lines[0]["y"][0] == 4 / 6
    no_recall = [replace(w, group=replace(w.group, recall=None)) for w in weeks]
    assert len(figures.weekly_shares(no_recall, **DRAW)["data"]) == 1


def test_figures_as_data():
    rules = [Rule("forecast", Share(3, 4, 0.5, 0.9), Share(3, 6), 2.0, 0.4),
             Rule("persistence", Share(1, 4), Share(1, 6), 1.0, 0.2)]  # fmt: skip
    bars = figures.rules_figure(rules, **DRAW)["data"][0]
    assert list(bars["x"]) == [0.25, 0.75]  # the best on top
    assert list(bars["error_x"]["array"]) == [0.0, pytest.approx(0.15)]
    bins = [Bin(0.1, 100, 0.12, Share(10, 100, 0.05, 0.2))]
    diagonal, points = figures.calibration_figure(bins, **DRAW)["data"]
    assert list(diagonal["x"]) == list(diagonal["y"]) == [0, 1]
    assert (points["x"][0], points["y"][0]) == (0.12, 0.1)
    lead = Lead((1.0, 7.0, 8.0, 80.0), 6, Share(1, 2))
    figure = figures.lead_figure(lead, **DRAW)
    assert sum(figure["data"][0]["y"]) == 4
    assert list(figure["data"][0]["y"][:2]) == [1, 2]
    assert figure["layout"]["shapes"][0]["x0"] == 7.5


def test_the_page_says_it_in_words(full):
    text = full.page("/accuracy")
    for words in ("预测战绩", "每 100 个红色预警", "每 100 个出现低满意度投诉的小区", "本页不估算",
                  "90% 区间", "同样的上门次数", "还会修订", "片区预测区间是否守信"):  # fmt: skip
        assert words in text
    english = full.page("/accuracy", "?lang=en&weeks=4&scope=quiet&region_id=110105")
    assert "Of 100 reds" in english
    assert "of the whole city" in english
    assert "cannot be told by cause" in full.page("/accuracy", "?lang=en&cause=hardware")
    assert "预测战绩" in full.page("/accuracy", "?weeks=zz&day=31-31&q=%00&fate=9")


def test_single_forecasts_lead_back_to_their_moment(full):
    day = max(made_up.record(city())["fates"]["day"])
    page = full.page("/accuracy", f"?day={day}")
    assert f"at={day}T00%3A10%3A00%2B08%3A00" in page
    missed = full.page("/accuracy", f"?day={day}&list=miss")
    assert "漏报" in missed
    old = full.page("/accuracy", f"?day={day - timedelta(days=50)}")
    assert "更早的画面已不在" in old
    cell = made_up.record(city())["fates"].query("status == 'red'")["cell_id"].iloc[0]
    found = full.page("/accuracy", f"?q={cell}")
    assert f"“{cell}”的全部预警" in found


def test_choices_go_into_the_address(full):
    ids = ("region", "cause", "technology")
    inputs = {f"accuracy-{name}.value": None for name in ids} | {"accuracy-search.value": "BJ0"}
    inputs["accuracy-region.value"] = "110105"
    states = {"url.search": "?weeks=4&day=2026-11-01", "url.pathname": "/accuracy"}
    status, body = _choose(full, inputs, states)
    assert status == 200
    [href] = [v["href"] for v in body["response"].values()]
    assert all(part in href for part in ("weeks=4", "region_id=110105", "q=BJ0"))
    assert "day=" not in href
    same = {f"accuracy-{name}.value": None for name in ids} | {"accuracy-search.value": ""}
    assert _choose(full, same, states)[0] == 204
    status, body = full.callback(
        "accuracy-days.children",
        {"accuracy-address.data": "changed"},
        {"url.search": "?list=miss", "url.pathname": "/accuracy"},
    )
    assert status == 200
    assert "漏报" in json.dumps(body, ensure_ascii=False)


def _choose(site, inputs, states):
    specs = site.get("/_dash-dependencies").get_json()
    spec = next(s for s in specs if any(i["id"] == "accuracy-search" for i in s["inputs"]))
    return site.callback(spec["output"], inputs, states)


def test_nothing_judged_yet_says_when(tmp_path):
    site = make_site(tmp_path)
    site.publish(tiny())
    text = site.page("/accuracy", "?lang=en")
    assert "No forecast can be judged yet" in text
    assert "foresite forecast" in text


def test_orders_are_told_before_the_first_verdict(tmp_path):
    site = make_site(tmp_path)
    today = AS_OF.astimezone(ZONE).date()
    site.publish(replace(tiny(), more={"accuracy_orders": orders(today - timedelta(days=1))}))
    text = site.page("/accuracy", "?lang=en")
    assert "Of 5 orders" in text
    assert "What the reds brought" not in text


def test_files_hold_what_the_page_says(full):
    answer = full.get("/api/v1/accuracy?format=csv&table=weeks&lang=en")
    assert answer.status_code == 200
    lines = answer.data.decode("utf-8-sig").splitlines()
    weeks = told(full).weeks
    assert len(lines) == 1 + len(weeks)
    assert float(lines[1].split(",")[9]) == weeks[0].group.precision.value
    assert "filename*=UTF-8''Accuracy_Weeks_2026-11-21.csv" in answer.headers["Content-Disposition"]
    book = full.get("/api/v1/accuracy?format=xlsx&weeks=4").data
    names = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(book)).sheet_names
    assert {
        "每周",
        "对照规则",
        "概率校准",
        "片区区间",
        "逐次预测",
        "派单结果",
        "原因核对",
        "派单明细",
    } <= set(names)
    for bad in ("format=pdf", "format=csv&table=x", "format=csv&days=3"):
        assert full.get(f"/api/v1/accuracy?{bad}").status_code == 400


def test_weeks_hold_all_judged_days(full):
    weeks = told(full).weeks
    assert all(isinstance(week, Week) for week in weeks)
    assert sum(week.group.reds for week in weeks) > told(full).total.reds  # with those that wait

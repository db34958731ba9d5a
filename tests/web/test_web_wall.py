"""What stands around the map: counts, what comes, measures, fates, areas, risk, ticker."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import h3
import pandas as pd
import pytest

from dashboard.snapshot import OPTIONAL, SnapshotStore
from dashboard.web.context import Context
from dashboard.web.settings import WebSettings
from dashboard.web.view.wall import wall
from dashboard.web.view.wall_risk import AT_RISK, EDGES
from dashboard.web.view.wall_scope import BOARDS, board_of, scope_of
from forecasting.fates.scores import COLUMNS as SCORES
from ingest.catalogue import load_catalogue
from tests.support.city import city
from tests.support.snapshots import AS_OF, ZONE, tiny
from tests.web.conftest import HandClock


@pytest.fixture
def look(tiny_site):
    """The look of a snapshot just published, at an address."""

    def at(content, search="", *, after=timedelta(minutes=5)):
        tiny_site.publish(content)
        now = HandClock(content.as_of + after)
        context = Context(SnapshotStore(tiny_site.data), now, WebSettings(), load_catalogue())
        return context.look(context.state(search))

    return at


def hexagons(cells):
    """A hexagon where each cell with a position stands."""
    names = OPTIONAL["areas"].names
    rows = [
        dict.fromkeys(names)
        | {"kind": "hexagon", "level": 7, "area_id": h3.latlng_to_cell(c.latitude, c.longitude, 7)}
        for c in cells.itertuples()
    ]
    return pd.DataFrame(rows, columns=names).drop_duplicates("area_id")


def fates(as_of):
    """Two judged days; the newest: three reds hit, one false alarm, two treated, two misses."""
    newest = (as_of - timedelta(days=4)).astimezone(ZONE).date()
    rows = [("red", "hit")] * 3 + [("red", "false_alarm"), ("red", "treated"), ("yellow", "hit")]
    rows += [("green", "miss"), ("unknown", "miss"), ("yellow", "false_alarm")]
    rows += [("red", "treated_not")]
    base = {
        "settled": False, "quiet": True, "cause": None, "probability": 0.3, "low_complaints": 1.0,
        "first_complaint_at": None, "treated_at": None, "region_id": "R0", "technology": "NR",
    }  # fmt: skip
    start = pd.Timestamp(newest, tz=ZONE).tz_convert("UTC")
    told = [
        base | {"day": newest, "as_of": start, "cell_id": f"C{n}", "status": s, "fate": f}
        for n, (s, f) in enumerate(rows)
    ]
    old = base | {"cell_id": "X", "status": "red", "fate": "hit"}
    older = {"day": newest - timedelta(days=1), "as_of": start - timedelta(days=1)}
    told.append(old | older)
    accuracy = [
        dict.fromkeys(SCORES, 1.0)
        | {"scope": "all", "score": "forecast", "settled": False, "cells": 5}
        | {"day": row["day"], "as_of": row["as_of"]}
        for row in (told[0], told[-1])
    ]
    return {"fates": pd.DataFrame(told), "accuracy": pd.DataFrame(accuracy)}


class TestCounts:
    def test_each_status_with_its_change(self, look):
        told = wall(look(city()), rows=10).counts
        assert [(c.status, c.number, c.change, c.worse) for c in told] == [
            ("red", "9", "+2", True),
            ("yellow", "18", "±0", None),
            ("green", "94", "+4", False),
            ("unknown", "5", "±0", None),
        ]

    def test_a_focus_counts_its_own_cells(self, look):
        told = wall(look(tiny(), "?focus=R0"), rows=10).counts
        assert [c.number for c in told] == ["1", "1", "0", "0"]
        assert {c.change for c in told} == {""}

    def test_an_unknown_focus_is_the_city(self, look):
        seen = look(tiny(), "?focus=nowhere&board=nothing")
        assert scope_of(seen.snapshot, seen.state).region_id is None
        assert board_of(seen.state) is None
        assert set(BOARDS) == {"risk", "outlook"}


class TestExpected:
    def test_total_and_interval_as_published(self, look):
        content = city()
        told = wall(look(content), rows=10).expected
        row = content.more["outlook"].iloc[0]
        assert told.number == f"{row['expected']:.0f}"
        assert told.interval == f"{row['lower']:.0f}–{row['upper']:.0f}"
        assert "3" in told.basis  # judged forecasts

    def test_an_older_snapshot_has_no_interval(self, look):
        told = wall(look(tiny()), rows=10)
        assert told.expected.number == "1.4"
        assert told.expected.interval == ""
        assert told.hours.starts == ()

    def test_a_focus_has_its_own(self, look):
        content = city()
        told = wall(look(content, "?focus=110105"), rows=10)
        rows = content.more["outlook"].set_index("region_id")
        assert told.hours.total == pytest.approx(rows.loc["110105", "expected"])


class TestJudged:
    def test_the_newest_day(self, look):
        told = wall(look(tiny(more=fates(AS_OF))), rows=10).judged
        assert [number for _, number in told.numbers] == ["3", "2", "1", "2"]
        # As of Saturday: the forecast of Tuesday's midnight was over at Friday's.
        assert told.head == "11月19日 周四 到期预测"
        assert "之后无投诉 1 个，仍投诉 1 个" in told.help

    def test_none_yet(self, look):
        told = wall(look(tiny()), rows=10).judged
        assert [number for _, number in told.numbers] == ["—", "—", "—"]
        assert "尚无" in told.help


class TestAreas:
    def test_districts_without_hexagons_lead_to_the_cause(self, look):
        rows = wall(look(tiny()), rows=10).rows
        assert [(row.key, row.status, row.value) for row in rows] == [
            ("region:R0", "red", "1"),
            ("region:R1", "yellow", "0"),
        ]
        assert rows[0].href == "/cells/C1"  # one red makes it: straight to its cause
        assert (rows[0].name, rows[0].place) == ("望京-1", "片区0")

    def test_several_reds_lead_to_their_list(self, look):
        content = tiny()
        content.cells.loc[1, ["status", "probability"]] = ["red", 0.4]
        (first, _) = wall(look(content), rows=10).rows
        assert first.value == "2"
        assert first.href == "/cells?area=region%3AR0"
        assert first.name == "望京-1"  # the worst

    def test_hexagons_where_there_are_some(self, look):
        content = tiny(more={"areas": hexagons(tiny().cells)})
        rows = wall(look(content), rows=10).rows
        assert all(row.key.startswith("hexagon:") for row in rows)
        assert rows[0].name == "望京-1"

    def test_grids_where_regions_are_nested(self, look):
        content = tiny(more={"areas": hexagons(tiny().cells)})
        content.regions["parent_id"] = [None, "R0", "R0", None]
        assert {row.key.split(":")[0] for row in wall(look(content), rows=10).rows} == {"region"}


class TestRisk:
    def test_all_cells_and_subscribers_are_in_it_once(self, look):
        content = city()
        rows = wall(look(content), rows=10).risk
        whole, districts = rows[0], rows[1:]
        assert sum(whole.cells) == len(content.cells)
        assert sum(whole.subscribers) == pytest.approx(content.cells["subscribers"].sum())
        for n in range(len(EDGES) + 1):
            assert whole.cells[n] == sum(row.cells[n] for row in districts)
        assert whole.cells[-1] == content.cells["probability"].isna().sum()
        assert whole.cells_at_risk == (content.cells["probability"] >= EDGES[AT_RISK]).sum()
        at_risk = [row.subscribers_at_risk for row in districts]
        assert at_risk == sorted(at_risk, reverse=True)

    def test_old_risks_are_none(self, look):
        assert wall(look(city(), after=timedelta(hours=5)), rows=10).risk == ()


class TestMap:
    def test_quality_now_outlines_where_users_cells_are_bad(self, look):
        content = tiny()
        states = ["bad", "good", "good", "good", "unknown"]
        content = dataclasses.replace(content, cells=content.cells.assign(quality_state=states))
        marks = wall(look(content), rows=10).regions
        # R0: 1200 of 2100 subscribers at a bad cell; R2's only cell is of unknown quality.
        assert {key: mark.poor for key, mark in marks.items()} == {
            "R0": True, "R1": False, "R2": False, "R3": False,
        }  # fmt: skip
        assert "57%" in marks["R0"].hover
        assert not any(
            m.poor for m in wall(look(content, after=timedelta(hours=9)), rows=9).regions.values()
        )


class TestTicker:
    def test_works_under_way_and_within_a_day(self, look):
        base = {"site_id": None, "cell_id": "C1", "region_id": None, "kind": "cutover",
                "announced_at": AS_OF - timedelta(days=3), "description": None}  # fmt: skip
        spans = ((-1, 2), (5, 9), (30, 33), (80, 81), (-9, -5))
        works = pd.DataFrame(
            [
                base
                | {"work_id": f"W{n}", "starts_at": AS_OF + timedelta(hours=a),
                   "ends_at": AS_OF + timedelta(hours=b)}
                for n, (a, b) in enumerate(spans)
            ]
        )  # fmt: skip
        told = wall(look(tiny(works=works)), rows=10)
        assert [plan.now for plan in told.hours.plans] == [True, False, False]
        assert [news.kind for news in told.news] == ["works", "works"]
        assert told.news[0].detail == "片区0 望京-1 · 进行中 14:00–17:00"
        assert told.news[1].detail == "片区0 望京-1 · 20:00–周日 00:00"

    def test_flaws_of_the_data(self, look):
        flaw = {"rank": 1, "code": "no_tickets", "weight": 1.0,
                "about": '{"since": "2026-11-21T01:00:00+00:00"}'}  # fmt: skip
        (news,) = wall(look(tiny(more={"quality_flaws": pd.DataFrame([flaw])})), rows=10).news
        assert (news.kind, news.href) == ("source", "/data")
        assert "11月21日" in news.detail


def test_measures_that_are_unknown_say_so(look):
    told = wall(look(tiny()), rows=10).measures
    assert [(m.key, m.number, m.note) for m in told] == [
        (key, "—", "未知") for key in ("rate", "timely", "repeat", "satisfaction")
    ]


def test_measures_of_the_sample_city(look):
    told = {m.key: m for m in wall(look(city()), rows=10).measures}
    assert 0 < told["rate"].gauge.lower < told["rate"].gauge.upper <= 1
    assert told["timely"].unit == "%"
    assert 1 <= float(told["satisfaction"].number) <= 10


def test_a_board_is_a_second_composition(tiny_site):
    tiny_site.publish(city(as_of=AS_OF + timedelta(minutes=1)))
    assert '"id": "wall-risk-subscribers"' in tiny_site.page("/", "?board=risk")
    assert '"id": "wall-hours-large"' in tiny_site.page("/", "?board=outlook")
    assert '"id": "wall-hours-large"' not in tiny_site.page("/")

"""Batch complaints on the wall, on the pages of cells and regions, and in the API."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.burst_rows import burst_table
from tests.support.snapshots import AS_OF, tiny

LATER = AS_OF + timedelta(minutes=1)
TWO = (("C1", "S1", "R0"), ("C3", "S2", "R1"))


@pytest.fixture
def site(tiny_site):
    """A snapshot without bursts, then one with two."""
    tiny_site.publish(tiny(as_of=LATER, more={"bursts": burst_table(*TWO, as_of=LATER)}))
    return tiny_site


def test_the_list_of_bursts(site):
    first, second = site.get("/api/v1/bursts").get_json()
    assert first["burst_id"].startswith("B20261121")
    assert (first["tickets"], first["window_h"], first["region_name"]) == (9.4, 24, "片区0")
    assert first["cell_ids"] == ["C1"]
    assert first["categories"][0] == {"name": "无法上网", "tickets": 6}
    assert first["works"][0]["when"] == "done"
    assert first["alarms"][0]["cleared_at"] is None
    assert first["first_seen_at"] == "2026-11-21T04:01:00+00:00"
    assert (first["as_of"], first["fresh"]) == ("2026-11-21T07:01:00+00:00", True)
    assert second["llr"] < first["llr"]


def test_an_older_moment_shows_what_stood_then(site):
    assert site.get("/api/v1/bursts?at=2026-11-21T07:00:30Z").get_json() == []


def test_a_parameter_it_does_not_know_is_refused(site):
    answer = site.get("/api/v1/bursts?region=R0")
    assert answer.status_code == 400
    assert answer.get_json()["error"]["code"] == "unknown_parameter"


def test_the_wall_s_ticker_names_them_first(site):
    page = site.page()
    assert page.count("批量投诉") == 2
    assert "望京-1 一带 9 件 / 24 小时" in page
    assert "无法上网 · 整片区域 · 一直缓冲" in page
    assert page.index("ticker-mark of-burst") < page.index('"id": "wall-tick"')
    assert "around 望京-1" in site.page(search="?lang=en")


def test_nothing_is_shown_where_there_is_none(tiny_site):
    for path in ("/cells/C1", "/regions/R0"):
        page = tiny_site.page(path)
        assert "批量投诉" not in page
        assert "burst" not in page
    assert "of-burst" not in tiny_site.page("/")


def test_cells_and_regions_show_their_own(site):
    cell, other = site.page("/cells/C1"), site.page("/cells/C2")
    assert "S1（占 81%）" in cell
    assert "刚完成：传输割接" in cell
    assert "告警（重要）：传输链路误码" in cell
    assert "十年以上一次" in cell
    assert "批量投诉" not in other
    region = site.page("/regions/R1")
    assert "约 84 天一次" in region
    assert "S2（占 81%）" in region
    assert "S1（占" not in region


def test_a_refresh_brings_them(tiny_site):
    page = tiny_site.page()
    assert "of-burst" not in page
    seen = {"version": "", "clock": "", "geometry": "", "reds": []}
    tiny_site.publish(tiny(as_of=LATER, more={"bursts": burst_table(*TWO, as_of=LATER)}))
    _, body = tiny_site.refresh(seen)
    assert "of-burst" in str(body["response"]["wall-ticker"])

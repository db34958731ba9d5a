from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from dashboard.snapshot import Snapshot
from dashboard.web.figures import theme
from tests.support.snapshots import AS_OF, kpi_days, tiny

STATUS_COLOURS = [theme.theme_of().status[s] for s in ("green", "yellow", "red")]


def worst_cell(site):
    return site.content.cells.sort_values("probability", ascending=False)["cell_id"].iloc[0]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_wall(city_site, lang):
    page = city_site.page("/", f"?lang={lang}")
    assert {"zh": "提前修障", "en": "Repair ahead"}[lang] in page
    assert {"zh": "数据截至 11月21日 周六 15:00", "en": "Data up to Sat 21 Nov 15:00"}[lang] in page
    assert '"15:23"' in page
    assert page.count("worst-line ") == 10
    assert f"/cells/{worst_cell(city_site)}?lang={lang}" in page


def test_chinese_is_the_default(city_site):
    assert "提前修障" in city_site.page("/")


def test_policy_stands_beside_the_colours(city_site):
    page = city_site.page("/")
    assert "72 小时低满意度投诉概率 ≥25%，按抢修能力最多 12 个" in page


def test_policy_without_parameters(tiny_site):
    assert "72 小时内可能出现低满意度投诉，须提前修障" in tiny_site.page("/")


def test_change_since_yesterday(city_site):
    # history: 9 reds now, reds - 3 + 12 // 9 = 7 a day (24 of 36 hours) ago
    page = city_site.page("/")
    counts = page[page.index('"wall-counts"') - 6000 : page.index('"wall-counts"')]
    assert [*re.findall(r'"([+−±]\d+)"', counts)] == ["+2", "±0", "+4", "±0"]
    assert '"change worse"' in counts


def test_kiosk_hides_controls(city_site):
    assert "nav-link" in city_site.page("/")
    page = city_site.page("/", "?kiosk=full")
    assert "nav-link" not in page
    assert '"scrollZoom": false' in page


def test_no_graph_talks_to_a_cloud(city_site, states_site):
    pages = [
        city_site.page("/"),
        city_site.page(f"/cells/{worst_cell(city_site)}"),
        states_site.page("/"),
        states_site.page("/regions/110105"),
    ]
    for page in pages:
        graphs = page.count('"type": "Graph"')
        assert page.count('"showSendToCloud": false') == graphs
    assert "http" not in re.sub(r"http://www\.w3\.org/\S+", "", pages[0])


def test_stale_is_grey(tiny_site):
    fresh = tiny_site.page("/")
    tiny_site.clock.at = AS_OF + timedelta(minutes=300)
    stale = tiny_site.page("/")
    assert "数据过期 自 17:30" in stale
    assert "wall stale" in stale
    figures = [json.dumps(f) for f in _figures(stale)]
    assert any(theme.theme_of().status["red"] in json.dumps(f) for f in _figures(fresh))
    for colour in STATUS_COLOURS:
        for figure in figures:
            # The empty point layers keep their style; nothing is drawn in it.
            drawn = re.sub(r'"marker": \{.*?\}\}', "", figure)
            assert colour not in drawn


def test_stale_cells_are_unknown(tiny_site):
    tiny_site.clock.at = AS_OF + timedelta(minutes=300)
    assert "status unknown" in tiny_site.page("/cells/C1")
    assert "status red" not in tiny_site.page("/cells/C1")
    assert "status red" not in tiny_site.page("/cells")


def test_replay_shows_the_older_one_and_says_so(tiny_site):
    tiny_site.publish(tiny(as_of=AS_OF + timedelta(hours=2)))
    tiny_site.clock.at = AS_OF + timedelta(days=3)
    page = tiny_site.page("/", "?at=2026-11-21T15:30")
    assert "历史回放 2026年11月21日 周六 15:00" in page
    assert '"15:30"' in page
    assert "wall stale" not in page
    assert "at=2026-11-21T15%3A30" in page  # links keep it


def test_empty_says_why_and_what_to_do(empty_site):
    page = empty_site.page("/")
    assert "还没有预测结果" in page
    assert "foresite forecast" in page
    assert "desk-tick" in page  # it looks again by itself


def test_before_the_first_snapshot(tiny_site):
    assert "没有该时刻的快照" in tiny_site.page("/", "?at=2020-01-01")


def test_bad_moment(tiny_site):
    page = tiny_site.page("/", "?at=soon")
    assert "参数 at=soon 无法识别" in page


def test_unknown_page(tiny_site):
    assert "地址 /nope 不存在" in tiny_site.page("/nope")


def test_all_damaged(tiny_site):
    for file in tiny_site.data.glob("snapshots/*/cells.parquet"):
        file.write_bytes(b"")
    page = tiny_site.page("/")
    assert "快照全部损坏" in page
    assert "cells.parquet is damaged" in page


def test_damaged_newest_is_passed_over_and_named(tiny_site):
    newest = tiny_site.publish(tiny(as_of=AS_OF + timedelta(minutes=10)))
    (tiny_site.data / "snapshots" / newest / "works.parquet").write_bytes(b"")
    assert "最新快照已损坏，显示 11月21日 周六 15:00 的快照" in tiny_site.page("/")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_cell(city_site, lang):
    page = city_site.page(f"/cells/{worst_cell(city_site)}", f"?lang={lang}")
    assert "71%" in page
    assert {"zh": "掉线率", "en": "Drop rate"}[lang] in page
    assert {"zh": "1.42%（常态 0.31%）", "en": "1.42% (usual 0.31%)"}[lang] in page
    assert {"zh": "3（全网中位 0）", "en": "3 (median of all 0)"}[lang] in page
    assert "×6.69" in page  # e^1.9
    assert "138****0000" in page
    assert {"zh": "传输割接", "en": "cut-over"}[lang] in page


@pytest.mark.parametrize("trigger", ["cell-key.data", "cell-ahead.data"])
def test_cell_charts(city_site, trigger):
    cell_id = worst_cell(city_site)
    output = "cell-ahead.data" if trigger == "cell-key.data" else "cell-kpis.children@"
    status, body = city_site.callback(
        output,
        {trigger: "x"},
        {
            "url.pathname": f"/cells/{cell_id}",
            "url.search": "",
            "screen.data": {"w": 1920, "h": 1080},
        },
    )
    assert status == 200
    text = json.dumps(body, ensure_ascii=False)
    assert text.count('"type": "Graph"') == 6
    assert (text.count('"预测"') == 6) is (trigger == "cell-ahead.data")
    assert text.index("接通率") < text.index("掉线率") < text.index("用户下行速率")
    assert "RRC 建立成功率" in text  # the definition, on hover


def test_old_charts_stay_until_new_ones_are_made(tiny_site):
    days = kpi_days(["C1"], last=AS_OF.date() - timedelta(days=1), days=3)
    states = {"url.pathname": "/cells/C1", "url.search": "", "screen.data": {"w": 1920, "h": 1080}}
    tiny_site.publish(tiny(as_of=AS_OF + timedelta(minutes=5)), days)
    assert "正在计算" in tiny_site.page("/cells/C1")
    for output, trigger in (
        ("cell-ahead.data", "cell-key.data"),
        ("cell-kpis.children@", "cell-ahead.data"),
    ):
        assert tiny_site.callback(output, {trigger: "x"}, states)[0] == 200
    tiny_site.publish(tiny(as_of=AS_OF + timedelta(minutes=9)), days)
    page = tiny_site.page("/cells/C1")
    assert "正在计算" not in page
    assert page.count('"预测"') == 6
    _, body = tiny_site.callback("cell-ahead.data", {"cell-key.data": "x"}, states)
    assert set(body["response"]) == {"cell-ahead"}


def test_kpi_files_that_are_gone_are_said(tiny_site):
    content = tiny(as_of=AS_OF + timedelta(minutes=5))
    newest = tiny_site.publish(content, kpi_days(["C1"], last=AS_OF.date(), days=1))
    tiny_site.page("/cells/C1")
    for file in (tiny_site.data / "snapshots" / newest / "kpis").iterdir():
        file.unlink()
    status, body = tiny_site.callback(
        "cell-ahead.data",
        {"cell-key.data": "x"},
        {"url.pathname": "/cells/C1", "url.search": "", "screen.data": {"w": 1920, "h": 1080}},
    )
    assert status == 200
    assert "指标数据读取失败" in json.dumps(body, ensure_ascii=False)
    assert tiny_site.get("/api/v1/cells/C1").status_code == 503


def test_unknown_cell(city_site):
    page = city_site.page("/cells/XX")
    assert "小区 XX 不在当前快照中" in page


def test_markup_in_names_stays_text(tiny_site):
    content = tiny(as_of=AS_OF + timedelta(minutes=5))
    content.cells.loc[0, "name"] = "<b>x</b><script>"
    content.regions_geojson["features"][0]["properties"]["name"] = "<a href='x'>y</a>"
    tiny_site.publish(content)
    figures = json.dumps(_figures(tiny_site.page("/")), ensure_ascii=False)
    assert "<script>" not in figures
    assert "<a href" not in figures
    assert "&lt;script&gt;" in figures


class TestTicketsMode:
    def test_wall(self, states_site):
        page = states_site.page("/")
        assert "低满意度未知" in page
        assert "预计工单最多的 10 个片区" in page
        assert "/regions/" in page
        assert "小区清单" not in page
        assert "提前修障" not in page

    def test_region(self, states_site):
        page = states_site.page("/regions/110105")
        assert "每日投诉工单" in page
        assert "没有满意度数据，低满意度投诉未知" in page
        assert "未知（无满意度）" in page

    def test_unknown_region(self, states_site):
        assert "片区 XX 不在当前快照中" in states_site.page("/regions/XX")


def test_region_in_cells_mode(city_site):
    page = city_site.page("/regions/110105", "?lang=en")
    assert "Low-satisfaction complaints a day" in page
    assert "/cells?lang=en&region_id=110105" in page


def test_pages_do_not_import_each_other():
    from pathlib import Path

    import dashboard.web.pages as pages

    for path in Path(pages.__file__).parent.glob("*.py"):
        if path.stem != "shell":
            assert "dashboard.web.pages" not in path.read_text("utf-8")


def test_two_applications_in_one_process(tiny_site, city_site):
    assert "望京-1" in tiny_site.page("/")
    assert "望京-1" not in city_site.page("/")


def test_snapshot_is_not_opened_twice(tiny_site, monkeypatch):
    tiny_site.page("/")

    def never(*_args, **_kwargs):
        raise AssertionError("opened again")

    monkeypatch.setattr(Snapshot, "open", never)
    tiny_site.page("/")


def _figures(page):
    found = []

    def walk(node):
        if isinstance(node, dict):
            if node.get("type") == "Graph":
                found.append(node["props"]["figure"])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(json.loads(page))
    return found

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from dashboard.web.figures.cell_map import cell_map_figure
from dashboard.web.figures.compare import compare_figure
from dashboard.web.figures.drivers import bars_of
from dashboard.web.figures.heatmap import heatmap_figure
from dashboard.web.figures.kpi import kpi_figure
from dashboard.web.figures.theme import theme_of
from dashboard.web.figures.tickets import lanes_figure
from dashboard.web.i18n import load_texts
from dashboard.web.view.drivers import Step, Waterfall, probability_of, scale
from dashboard.web.view.episodes import ending
from dashboard.web.view.kpis import Series, cut, week_before
from dashboard.web.view.lines import Line
from dashboard.web.view.near import Place
from dashboard.web.view.span import span_of
from dashboard.web.view.timeline import Mark
from dashboard.web.view.week import by_hour_of_week
from dashboard.web.view.words import Words
from ingest.catalogue import load_catalogue
from tests.support.city import city, city_kpis
from tests.support.snapshots import AS_OF
from tests.web.conftest import make_site

ZONE = ZoneInfo("Asia/Shanghai")
HOUR = timedelta(hours=1)
WORDS = Words(load_texts("zh"), ZONE, load_catalogue())
SIZE = {"w": 1920, "h": 1080}
DRAWN = {"words": WORDS, "scale": 1.0, "theme": theme_of()}


def worst(content):
    return content.cells.sort_values("probability", ascending=False).iloc[0]


def episode(cell, **changes):
    """Five days ago, red for six hours, a complaint thirty hours after its beginning."""
    since = AS_OF - timedelta(days=5)
    return {
        "cell_id": cell.cell_id, "since": since, "until": since + 6 * HOUR, "status": "red",
        "probability": 0.6, "cause": cell.cause, "forecasts": 7, "technology": cell.technology,
        "region_id": cell.region_id, "complaint_at": since + 30 * HOUR, "low_complaints": 2.0,
        "tickets": 3.0, "treated_at": None, "treatment": None, "over": True,
    } | changes  # fmt: skip


@pytest.fixture(scope="module")
def cell_site(tmp_path_factory):
    """The sample city with episodes: the worst cell's own, and one of its technology and cause."""
    content = city()
    cell = worst(content)
    alike = content.cells[
        (content.cells["technology"] == cell.technology)
        & (content.cells["site_id"] != cell.site_id)
    ].iloc[0]
    works = AS_OF - timedelta(days=5) + 4 * HOUR
    calm = {"complaint_at": None, "low_complaints": 0.0}
    rows = [
        episode(cell),
        episode(cell, cell_id=alike.cell_id, treated_at=works, treatment="maintenance", **calm),
        episode(cell, cell_id=alike.cell_id, cause="another", **calm),
        episode(cell, since=AS_OF, until=AS_OF, over=False, **calm),  # the present one
    ]
    times = ["since", "until", "complaint_at", "treated_at"]
    frame = pd.DataFrame(rows)
    frame[times] = frame[times].apply(pd.to_datetime, utc=True)
    content = replace(content, more={**content.more, "episodes": frame})
    site = make_site(tmp_path_factory.mktemp("cell"))
    site.publish(content, city_kpis(content, days=16))
    site.content, site.cell = content, cell
    return site


def series(kpi="latency_ms", hours=14 * 24, start=None):
    line = np.arange(hours, dtype=float)
    return Series(
        kpi=load_catalogue()[kpi], start=start or AS_OF - hours * HOUR, step=HOUR,
        value=line.copy(), lower=line - 2, median=line, upper=line + 2, ahead_step=HOUR,
    )  # fmt: skip


class TestSpan:
    def span(self, **query):
        return span_of(query, as_of=AS_OF, zone=ZONE, ahead_h=72)

    def test_two_weeks_back_and_three_days_ahead_by_default(self):
        span = self.span()
        assert (span.quick, span.ghost) == ("14d", False)
        assert (AS_OF - span.start, span.end - AS_OF) == (14 * 24 * HOUR, 72 * HOUR)

    def test_a_short_one_looks_half_as_far_ahead(self):
        span = self.span(range="24h")
        assert (AS_OF - span.start, span.end - AS_OF) == (24 * HOUR, 12 * HOUR)

    def test_days_are_local_and_the_last_one_is_in_it(self):
        span = self.span(**{"from": "2026-11-10", "to": "2026-11-12"})
        assert span.start == datetime(2026, 11, 9, 16, tzinfo=UTC)
        assert span.end == datetime(2026, 11, 12, 16, tzinfo=UTC)
        assert [day.isoformat() for day in span.days(ZONE)] == ["2026-11-10", "2026-11-12"]

    def test_moments_of_a_zoom(self):
        span = self.span(**{"from": "2026-11-10T08:30", "to": "2026-11-10T20:00"})
        assert span.start == datetime(2026, 11, 10, 0, 30, tzinfo=UTC)
        assert span.quick is None

    @pytest.mark.parametrize(
        "query",
        [
            {"range": "1y"},
            {"from": "2026-11-12", "to": "2026-11-10"},
            {"from": "2026-11-12"},
            {"from": "9999-12-31", "to": "9999-12-31"},
            {"from": "2001-01-01", "to": "2001-01-05"},
            {"from": "yesterday00", "to": "2026-11-10"},
        ],
    )
    def test_what_cannot_be_used_is_as_if_it_were_not_there(self, query):
        assert self.span(**query).quick == "14d"


class TestWaterfall:
    def test_the_scale_is_the_logarithm_of_the_expected_count(self):
        # p = 1 - exp(-count): a count of 2 is a probability of 0.8647, and ln 2 = 0.6931.
        assert scale(1 - math.exp(-2)) == pytest.approx(math.log(2))
        assert probability_of(math.log(2)) == pytest.approx(1 - math.exp(-2))
        # For rare complaints it is the log-odds: ln(0.01/0.99) = -4.595, here -4.600.
        assert scale(0.01) == pytest.approx(math.log(0.01 / 0.99), abs=0.006)
        assert probability_of(scale(0.0)) == pytest.approx(1e-6)
        assert probability_of(scale(1.0)) == pytest.approx(1 - 1e-6)

    def test_bars_join_and_stay_in_view(self):
        steps = (Step("a", "", -4.0, -2.5, "×4.48"), Step("b", "", -2.5, -2.0, "×1.65"))
        bars = bars_of(Waterfall(-4.0, steps, -0.5, -2.5, 100))
        # From -4 to -2 over 0.9 of the width: 1.5 is 0.675, 0.5 is 0.225.
        assert (bars.base, bars.end) == (pytest.approx(0.05), pytest.approx(0.725))
        assert [(b.left, b.width, b.up) for b in bars.steps] == [
            (pytest.approx(0.05), pytest.approx(0.675), True),
            (pytest.approx(0.725), pytest.approx(0.225), True),
        ]
        assert (bars.other.left, bars.other.up) == (pytest.approx(0.725), False)
        assert all(0 <= at <= 1 for at, _ in bars.ticks)
        assert len(bars.ticks) >= 2

    def test_the_api_adds_up_to_the_cells_probability(self, cell_site):
        body = cell_site.get(f"/api/v1/cells/{cell_site.cell.cell_id}").get_json()
        fall = body["waterfall"]
        given = [driver["contribution"] for driver in body["drivers"]]
        assert fall["contributions"] == pytest.approx(given)
        total = fall["base"] + sum(given) + fall["remainder"]
        assert total == pytest.approx(fall["end"])
        assert 1 - math.exp(-math.exp(total)) == pytest.approx(body["probability"])
        usual = cell_site.content.cells["probability"].median()
        assert fall["base_probability"] == pytest.approx(usual)

    def test_a_calm_cell_has_none(self, cell_site):
        cells = cell_site.content.cells
        calm = cells.loc[cells["status"] == "green", "cell_id"].iloc[0]
        assert cell_site.get(f"/api/v1/cells/{calm}").get_json()["waterfall"] is None
        assert "只对提前修障和关注小区分析成因" in cell_site.page(f"/cells/{calm}")


class TestSeries:
    def test_cut_takes_the_intervals_that_begin_in_the_span(self):
        part = cut(series(), AS_OF - 5 * HOUR, AS_OF - 2 * HOUR)
        assert part.start == AS_OF - 5 * HOUR
        assert part.value.tolist() == [331.0, 332.0, 333.0]  # of 0 … 335, the newest last
        assert cut(series(), AS_OF + HOUR, AS_OF + 2 * HOUR).last is None

    def test_last_week_is_moved_onto_this_one(self):
        start, values = week_before(series(), AS_OF - 3 * HOUR, AS_OF + HOUR)
        assert start == AS_OF - 3 * HOUR
        assert values.tolist() == [165.0, 166.0, 167.0, 168.0]  # 168 hours before 333 … 336

    def test_hours_of_the_week_begin_on_monday(self):
        monday = datetime(2026, 11, 8, 16, tzinfo=UTC)  # Monday 00:00 in Beijing
        found = series(start=monday)
        table = by_hour_of_week(found, ZONE, deviation=False)
        assert table.shape == (7, 24)
        assert table[0, 0] == (0 + 168) / 2
        assert table[6, 23] == (167 + 335) / 2
        found.value[:] = found.median + 3  # 3 above, half a band is 2
        worse = by_hour_of_week(found, ZONE, deviation=True)
        assert worse == pytest.approx(np.full((7, 24), 1.5))
        better = by_hour_of_week(
            replace(found, kpi=load_catalogue()["voice_mos"]), ZONE, deviation=True
        )
        assert better == pytest.approx(np.full((7, 24), -1.5))  # more of a good thing


class TestFigures:
    span = (AS_OF - 100 * HOUR, AS_OF + 24 * HOUR)

    def test_kpi_with_limit_ghost_and_marks(self):
        found = cut(series("prb_util_dl_pct"), AS_OF - 250 * HOUR, AS_OF - 200 * HOUR)
        mark = Mark("works", AS_OF - 220 * HOUR, AS_OF - 210 * HOUR, "割接 <b>")
        figure = go.Figure(kpi_figure(
            found, as_of=AS_OF, span=self.span, tickets=[AS_OF, AS_OF], lows=[True, None],
            marks=[mark], ghost=(AS_OF - 250 * HOUR, np.ones(50)), **DRAWN,
        ))  # fmt: skip
        by_name = {trace.name: trace for trace in figure.data}
        assert list(by_name["投诉工单"].marker.symbol) == ["triangle-down", "triangle-down-open"]
        assert by_name["割接"].text[0] == "割接 &lt;b&gt;"
        assert by_name["上周同期"].line.dash == "dash"
        # The limit of 85 lies 0.6 ranges from values of 84 … 137: it is drawn, and in view.
        limit = load_catalogue()["prb_util_dl_pct"].limit
        assert figure.layout.shapes[1].y0 == limit
        assert figure.layout.yaxis.range[0] < limit < figure.layout.yaxis.range[1]

    def test_lanes_tell_low_complaints_apart(self):
        marks = [
            Mark("ticket", AS_OF - 9 * HOUR, None, "上网慢", low=low) for low in (True, False, None)
        ]
        marks.append(Mark("alarm", AS_OF - 90 * HOUR, AS_OF, "告警", standing=True))
        figure = go.Figure(lanes_figure(marks, as_of=AS_OF, span=self.span, **DRAWN))
        symbols = [trace.marker.symbol for trace in figure.data[:3]]
        assert symbols == ["triangle-down", "triangle-down-open", "circle-open"]
        assert figure.data[3].x[:3] == (
            "2026-11-17T21:00:00", "2026-11-19T18:00:00", "2026-11-21T15:00:00",
        )  # fmt: skip
        assert "未清除" in figure.data[3].text[0]

    def test_heat_map_has_monday_on_top(self):
        figure = go.Figure(
            heatmap_figure(
                np.zeros((7, 24)), load_catalogue()["latency_ms"], deviation=True, **DRAWN
            )
        )
        assert figure.data[0].y[0] == "周一"
        assert (figure.data[0].zmin, figure.data[0].zmax) == (-2, 2)
        assert figure.layout.yaxis.autorange == "reversed"
        used = {colour for _, colour in figure.data[0].colorscale}
        assert not used & set(theme_of().status.values())

    def test_small_map_keeps_the_own_cell_on_top(self):
        places = [
            Place("A", "甲", "/cells/A", "red", 0.0, 0.0, 90.0, "甲", own=True),
            Place("B", "乙", "/cells/B", "green", 300.0, 400.0, None, "乙", own=False),
        ]
        figure = go.Figure(cell_map_figure(places, **DRAWN))
        assert [trace.name for trace in figure.data[:2]] == ["B", "A"]
        assert list(figure.data[-1].customdata) == ["", "/cells/B"]
        # Calm neighbours carry no sign.
        assert list(figure.data[2].text) == ["■"]
        sector = np.array(figure.data[1].x)
        assert sector.min() == 0.0  # it looks east

    def test_names_at_the_ends_of_lines_do_not_touch(self):
        lines = [
            Line(str(n), f"小区{n}", AS_OF - HOUR * 3, HOUR, np.full(3, 1.0)) for n in range(6)
        ]
        figure = go.Figure(
            compare_figure(
                lines,
                as_of=AS_OF,
                span=self.span,
                colours=theme_of().categories,
                limit=None,
                **DRAWN,
            )
        )
        heights = sorted(note.y for note in figure.layout.annotations)
        assert np.diff(heights).min() > 0.08
        assert heights[-1] <= 1.0
        assert [trace.line.color for trace in figure.data] == list(theme_of().categories)


class TestPage:
    @pytest.mark.parametrize("lang", ["zh", "en"])
    def test_cause_waterfall_and_playbook_come_first(self, cell_site, lang):
        page = cell_site.page(f"/cells/{cell_site.cell.cell_id}", f"?lang={lang}")
        words = {
            "zh": ("全网小区中位", "1.42%，平时 0.31%", "其他因素", "处置建议", "指标"),
            "en": ("Median cell", "1.42%, usually 0.31%", "Everything else", "What to do", "KPIs"),
        }[lang]
        places = [page.index(f'"{word}') for word in words]
        assert places[0] < places[1] < places[2]
        assert max(places[:4]) < page.index("cell-kpis")

    def test_past_episodes_and_how_they_ended(self, cell_site):
        page = cell_site.page(f"/cells/{cell_site.cell.cell_id}")
        assert "2 次：1 次随后有低满意度投诉；1 次处理后没有投诉" in page
        assert "30 小时后出现低满意度投诉，共 2 件" in page
        assert "没有低满意度投诉；4 小时后实施维护" in page
        body = cell_site.get(f"/api/v1/cells/{cell_site.cell.cell_id}").get_json()
        assert [(e["kind"], e["end"]) for e in body["episodes"]] == [
            ("own", "complained"), ("alike", "treated"),
        ]  # fmt: skip

    def test_without_episodes_the_page_says_so(self, city_site):
        page = city_site.page(f"/cells/{worst(city_site.content).cell_id}")
        assert "近 90 天没有相似的历史风险" in page

    def test_endings(self):
        row = {"complaint_at": None, "over": True, "treated_at": None}
        assert ending(row) == "calm"
        assert ending(row | {"over": False, "treated_at": AS_OF}) == "open"
        assert ending(row | {"treated_at": AS_OF}) == "treated"
        assert ending(row | {"complaint_at": AS_OF, "treated_at": AS_OF}) == "complained"

    def charts(self, site, search, output="cell-ahead.data"):
        states = {"url.pathname": f"/cells/{site.cell.cell_id}", "url.search": search}
        status, body = site.callback(
            output, {"cell-key.data": search}, states | {"screen.data": SIZE}
        )
        assert status == 200
        return json.dumps(body, ensure_ascii=False)

    def test_ghost_range_and_week(self, cell_site):
        ghost = self.charts(cell_site, "?range=7d&ghost=week")
        assert ghost.count('"上周同期"') == 6
        assert "2026-11-14T15:00:00" in ghost
        week = self.charts(cell_site, "?view=week&heat=deviation")
        assert week.count('"heatmap"') == 6
        nothing = self.charts(cell_site, "?from=2026-10-20&to=2026-10-21")
        assert "所选时段没有数据" in nothing

    def test_one_kpi_beside_the_neighbours(self, cell_site):
        shown = self.charts(cell_site, "?kpi=latency_ms", output="cell-near.children")
        assert "时延" in shown
        assert "beside own" in shown
        none = self.charts(cell_site, "?kpi=voice_mos", output="cell-near.children")
        assert "都没有语音 MOS数据" in none

    @pytest.mark.parametrize(
        ("output", "inputs", "target"),
        [
            ("cell-near-kpi.value", {"cell-near-kpi.value": "latency_ms"}, "kpi=latency_ms"),
            (
                "cell-dates.value",
                {"cell-dates.value": ["2026-11-10", "2026-11-12"]},
                "from=2026-11-10&to=2026-11-12",
            ),
            (
                "cell-map.clickData",
                {"cell-map.clickData": {"points": [{"customdata": "/cells/X?lang=en"}]}},
                "/cells/X?lang=en",
            ),
        ],
    )
    def test_choices_go_into_the_address(self, cell_site, output, inputs, target):
        listed = cell_site.get("/_dash-dependencies").get_json()
        wanted = output.rsplit(".", 1)
        spec = next(
            c for c in listed if [i for i in c["inputs"] if [i["id"], i["property"]] == wanted]
        )
        states = {
            "url.pathname": f"/cells/{cell_site.cell.cell_id}", "url.search": "?ghost=week",
        }  # fmt: skip
        if "clickData" in output:
            states = {}
        status, body = cell_site.callback(spec["output"], inputs, states)
        assert status == 200
        assert target in body["response"]["url"]["href"]

    def test_a_click_on_the_cell_itself_leads_nowhere(self, cell_site):
        listed = cell_site.get("/_dash-dependencies").get_json()
        spec = next(c for c in listed if c["inputs"][0]["id"] == "cell-map")
        status, _ = cell_site.callback(
            spec["output"], {"cell-map.clickData": {"points": [{"customdata": "//evil.example"}]}}
        )
        assert status == 204

    def test_the_api_takes_the_same_span(self, cell_site):
        address = f"/api/v1/cells/{cell_site.cell.cell_id}"
        short = cell_site.get(f"{address}?range=24h").get_json()["kpis"][0]
        long = cell_site.get(address).get_json()["kpis"][0]
        assert len(short["ts"]) < 25 < len(long["ts"])
        assert long["value"][-len(short["value"]):] == short["value"]  # fmt: skip
        assert cell_site.get(f"{address}?days=3").status_code == 400


class TestCompare:
    def ids(self, site, n):
        ordered = site.content.cells.sort_values("probability", ascending=False)
        return ordered["cell_id"].head(n).tolist()

    def test_heads_charts_and_table(self, cell_site):
        page = cell_site.page("/cells", f"?compare={','.join(self.ids(cell_site, 3))}")
        assert page.count("compared-cell") == 3
        assert page.count('"type": "Graph"') == 6
        assert "关键指标" in page

    def test_seven_are_six_and_the_seventh_is_named(self, cell_site):
        ids = self.ids(cell_site, 7)
        page = cell_site.page("/cells", f"?compare={','.join(ids)}")
        assert page.count("compared-cell") == 6
        assert f"最多对比 6 个，未显示：{ids[6]}" in page

    def test_unknown_and_repeated_ids(self, cell_site):
        (one,) = self.ids(cell_site, 1)
        page = cell_site.page("/cells", f"?compare={one},{one},nope")
        assert page.count("compared-cell") == 1
        assert "当前快照中没有：nope" in page
        assert "选择要对比的小区" in cell_site.page("/cells", "?compare=nope")

    def test_a_cell_is_added_and_not_twice(self, cell_site):
        one, two = self.ids(cell_site, 2)
        listed = cell_site.get("/_dash-dependencies").get_json()
        spec = next(
            c for c in listed if c["inputs"][0] == {"id": "compare-add", "property": "value"}
        )
        states = {"url.search": f"?compare={one}&range=7d"}
        _, body = cell_site.callback(spec["output"], {"compare-add.value": two}, states)
        href = body["response"]["url"]["href"]
        assert f"compare={one}%2C{two}" in href
        assert "range=7d" in href
        status, _ = cell_site.callback(spec["output"], {"compare-add.value": one}, states)
        assert status == 204
        _, body = cell_site.callback("compare-add.data", {"compare-add.searchValue": two}, states)
        assert body["response"]["compare-add"]["data"][0]["value"] == two


def test_figures_are_valid(cell_site):
    """What is sent is what Plotly knows: a misspelt property would be refused here."""
    body = TestPage().charts(cell_site, "?range=3d&ghost=week")

    def figures(node):
        if isinstance(node, dict):
            if node.get("type") == "Graph":
                yield node["props"]["figure"]
            for value in node.values():
                yield from figures(value)
        elif isinstance(node, list):
            for value in node:
                yield from figures(value)

    found = list(figures(json.loads(body)))
    assert len(found) == 6
    ranges = {tuple(go.Figure(figure).layout.xaxis.range) for figure in found}
    assert len(ranges) == 1  # one time axis for all

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest
from plotly.io import json as plotly_json
from python_calamine import CalamineWorkbook

from dashboard.cli.app import main
from dashboard.ops.engine import open_ops
from dashboard.reports.deliveries import FOLDER, Deliveries
from dashboard.reports.history import ReportHistory
from dashboard.reports.periods import Period
from dashboard.reports.settings import MailSettings, ReportsSettings
from dashboard.snapshot import Snapshot, SnapshotStore
from dashboard.trends.compare import compared
from dashboard.trends.query import TrendQuery
from dashboard.web.components.trend_reports import reports
from dashboard.web.context import Context
from dashboard.web.pages.trends import changed
from dashboard.web.settings import WebSettings
from dashboard.web.view.trend_choice import choose, starts
from ingest.catalogue import load_catalogue
from tests.support.city import city, states
from tests.support.snapshots import AS_OF

CONTROLS = ("region", "channel", "service", "category", "technology", "split", "from", "to")
OCTOBER = "from=2026-10-01&to=2026-10-31"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    from tests.web.conftest import make_site

    site = make_site(tmp_path_factory.mktemp("trends"))
    site.publish(city(cells=200))
    return site


def figures(page):
    """The figures of a page, by the class of their box."""
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


def hrefs(page):
    found = []

    def walk(node):
        if isinstance(node, dict):
            if isinstance(node.get("href"), str):
                found.append(node["href"])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(json.loads(page))
    return found


def rates(figure):
    """Values and hover texts of the curve that carries the rate of the periods."""
    for trace in figure["data"]:
        said = trace.get("customdata") or []
        if trace["type"] == "scatter" and any("万投比" in str(text) for text in said):
            return trace
    raise AssertionError("no such curve")


def test_the_page_shows_what_was_chosen_in_both_languages(site):
    page = site.page("/trends")
    for words in ("投诉趋势", "本期要点", "万投比", "近 26 周", "片区排行", "漏斗图", "尚未结束"):
        assert words in page
    english = site.page("/trends", "?lang=en&by=month&measure=timely_rate&league=month")
    for words in (
        "Complaint trends",
        "Key figures",
        "Timely rate",
        "12 months",
        "League of regions",
    ):
        assert words in english
    assert "{" not in "".join(t for t in english.split('"') if "percent}" in t or "time}" in t)


def test_page_api_csv_xlsx_and_command_give_the_same_numbers(site, tmp_path):
    wanted = f"{OCTOBER}&by=week"
    told = site.get(f"/api/v1/trends?{wanted}").get_json()["rows"]
    query = TrendQuery.parse(
        {"from": "2026-10-01", "to": "2026-10-31", "by": "week"}, newest=date(2026, 11, 21)
    )
    direct = compared(Snapshot.open(site.data), query)
    assert [row["rate_per_10k"] for row in told] == list(direct["rate_per_10k"])

    figure = figures(site.page("/trends", f"?{wanted}"))[0]
    drawn = {}
    for trace in figure["data"]:
        if any("万投比" in str(text) for text in trace.get("customdata") or []):
            pairs = zip(trace["x"], trace["y"], strict=True)
            drawn |= {x: y for x, y in pairs if y is not None}
    assert drawn == {row["period_start"]: row["rate_per_10k"] for row in told}

    answer = site.get(f"/api/v1/trends?{wanted}&format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    [rate] = [
        head
        for head in rows[0]
        if head.startswith("万投比") and "上期" not in head and "去年" not in head
    ]
    assert [float(row[rate]) for row in rows] == [row["rate_per_10k"] for row in told]

    out = tmp_path / "trends.csv"
    given = ["--data", str(site.data), "export", "trends", "--from", "2026-10-01"]
    assert main([*given, "--to", "2026-10-31", "--by", "week", "-o", str(out)]) == 0
    assert out.read_bytes() == answer.data

    book = site.get(f"/api/v1/trends?{wanted}&format=xlsx")
    sheets = CalamineWorkbook.from_filelike(io.BytesIO(book.data))
    grid = sheets.get_sheet_by_name("趋势").to_python()
    at = grid[3].index(rate)
    assert [row[at] for row in grid[4:]] == pytest.approx(
        [row["rate_per_10k"] for row in told], rel=1e-15
    )
    assert {"趋势", "满意度分布", "说明"} <= set(sheets.sheet_names)


def test_files_are_named_after_what_they_hold(site):
    region = site.get("/api/v1/regions").get_json()["features"][0]["properties"]
    for kind in ("csv", "xlsx"):
        address = f"/api/v1/trends?{OCTOBER}&by=month&region={region['region_id']}&format={kind}"
        head = site.get(address).headers["Content-Disposition"]
        name = unquote(head.partition("filename*=UTF-8''")[2])
        assert name == f"投诉率趋势_{region['name']}_2026-10.{kind}"
        assert head.isascii()


def test_links_to_files_ask_for_what_the_page_shows(site):
    page = site.page("/trends", "?by=month&range=m6&split=channel&lang=en")
    links = [href for href in hrefs(page) if href.startswith("/api/v1/trends")]
    assert len(links) == 2
    asked = parse_qs(urlsplit(links[1]).query)
    assert asked["by"] == ["month,channel"]
    assert (asked["from"], asked["format"], asked["lang"]) == (["2026-06-01"], ["xlsx"], ["en"])
    assert all(site.get(link).status_code == 200 for link in links)


@pytest.mark.parametrize(
    "search",
    [
        "?by=year", "?range=w9999", "?from=yesterday", "?from=2026-11-01&to=2026-10-01",
        "?region=nowhere", "?split=colour", "?measure=beauty", "?league=day", "?level=x&by=,,",
        "?from=0001-01-01&to=9999-12-31",
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_used_never_breaks_the_page(site, search):
    page = site.page("/trends", search)
    assert "本期要点" in page or "所选范围内没有投诉工单" in page
    if "level" not in search:
        assert "无法使用，已忽略" in page


def test_a_filter_without_complaints_says_so(site):
    page = site.page("/trends", f"?channel={quote('飞鸽')}")
    assert "所选范围内没有投诉工单" in page
    assert "片区排行" in page


def test_an_empty_city_and_an_older_snapshot_say_what_to_do(tmp_path):
    from tests.web.conftest import make_site

    site = make_site(tmp_path)
    assert "foresite forecast" in site.page("/trends")
    site.publish(states())
    page = site.page("/trends")
    assert "还没有投诉工单" in page or "本期要点" in page


def test_splits_have_a_curve_and_a_name_each(site):
    figure = figures(site.page("/trends", "?split=channel"))[0]
    names = {note["text"] for note in figure["layout"]["annotations"]}
    assert "热线" in names
    values = {
        row["value"]
        for row in Snapshot.open(site.data).rows("trend_values")
        if row["dimension"] == "channel"
    }
    assert len(
        [
            t
            for t in figure["data"]
            if t.get("mode", "").startswith("lines") and t.get("hovertemplate")
        ]
    ) >= len(values)


def test_a_period_that_is_not_over_is_drawn_hollow(site):
    figure = figures(site.page("/trends"))[0]
    curve = rates(figure)
    assert curve["x"][-1] == "2026-11-16"
    assert curve["y"][-1] is None, "not on the full line"
    hollow = [t for t in figure["data"] if t.get("mode") == "markers" and t["x"] == ["2026-11-16"]]
    assert hollow
    assert "未结束" in hollow[0]["customdata"][0]


def answered(site, values, search):
    """The address that a callback with these inputs leads to; None: it stays."""
    first = next(iter(values)).split(".")[0]
    spec = next(
        c
        for c in site.get("/_dash-dependencies").get_json()
        if any(i["id"] == first for i in c["inputs"])
    )
    names = [(i["id"], i["property"]) for i in spec["inputs"]]
    body = {
        "output": spec["output"],
        "outputs": {"id": "url", "property": "href"},
        "inputs": [{"id": a, "property": b, "value": values[f"{a}.{b}"]} for a, b in names],
        "state": [{"id": "url", "property": "search", "value": search}],
        "changedPropIds": [next(iter(values))],
    }
    answer = site.client.post("/_dash-update-component", json=body)
    return None if answer.status_code == 204 else json.loads(answer.data)["response"]["url"]["href"]


def test_controls_write_the_address_and_nothing_else(site):
    def chosen(search, **given):
        base = dict.fromkeys(CONTROLS) | {"from": "2026-05-25", "to": "2026-11-21"}
        values = {f"trends-{name}.value": value for name, value in (base | given).items()}
        address = answered(site, values, search)
        return None if address is None else parse_qs(urlsplit(address).query)

    assert chosen("") is None
    assert chosen("?lang=en", channel="热线") == {"lang": ["en"], "channel": ["热线"]}
    moved = chosen("?range=w26", **{"from": "2026-06-01"})
    assert moved == {"from": ["2026-06-01"], "to": ["2026-11-21"]}


def test_a_click_on_the_funnel_filters_by_that_region_and_back(site):
    clicked = {"trends-funnel.clickData": {"points": [{"customdata": ["R1", "…"]}]}}
    assert answered(site, clicked, "?lang=en") == "/trends?lang=en&region=R1"
    assert answered(site, clicked, "?lang=en&region=R1") == "/trends?lang=en"


def test_quick_ranges_begin_with_whole_periods():
    day = date(2026, 11, 21)
    assert starts("d14", day) == date(2026, 11, 8)
    assert starts("w13", day) == date(2026, 8, 24)
    assert starts("m12", day) == date(2025, 12, 1)


def test_what_controls_say_is_compared_with_the_present_choice(site):
    look = type("Look", (), {})()
    look.snapshot = Snapshot.open(site.data)
    look.state = type("State", (), {"query": {}})()
    choice = choose(look)
    same = dict.fromkeys(CONTROLS) | {
        "from": choice.query.first.isoformat(), "to": choice.query.last.isoformat(),
    }  # fmt: skip
    assert changed(choice, same) == {}
    assert changed(choice, same | {"split": "region"}) == {"split": "region"}
    assert changed(choice, same | {"to": ""}) == {}, "half a date is no choice yet"


def section(site, data, settings, search="?lang=en"):
    """The section of reports as text; None where it is left out."""
    context = Context(
        SnapshotStore(site.data), site.clock, WebSettings(), load_catalogue(),
        reports=ReportHistory(data, None, settings),
    )  # fmt: skip
    made = reports(context.look(context.state(search)), context.reports)
    return None if made is None else plotly_json.to_json_plotly(made)


def test_reports_say_how_to_switch_them_on_and_what_became_of_them(site, tmp_path):
    now = datetime(2026, 11, 16, 7, 5, tzinfo=UTC)
    off = section(site, tmp_path, ReportsSettings())
    assert "every" in off
    assert "Off" in off
    mail = MailSettings(host="mail", sender="f@op.example", to=("a@op.example",))
    on = ReportsSettings(every=("week",), mail=mail)
    assert "1 addresses" in section(site, tmp_path, on)
    assert "None has been made yet" in section(site, tmp_path, on)
    engine = open_ops(tmp_path)
    deliveries, week = Deliveries(engine), Period("week", date(2026, 11, 9))
    for recipient in (FOLDER, "a@op.example"):
        assert deliveries.claim(week, recipient, now, snapshot_id="s")
    deliveries.sent(week, FOLDER, now)
    deliveries.failed(week, "a@op.example", now, "greylisted", attempts=12)
    engine.dispose()
    shown = section(site, tmp_path, on)
    for text in ("folder", "delivered", "a@op.example", "not delivered", "again at", "greylisted"):
        assert text in shown
    assert section(site, tmp_path, on, f"?lang=en&at={quote(AS_OF.isoformat())}") is None
    (tmp_path / "ops.sqlite").write_bytes(b"broken" * 999)
    assert "cannot be read" in section(site, tmp_path, on)


def test_several_splits_have_a_sheet_each_and_one_together(site):
    answer = site.get(f"/api/v1/trends?{OCTOBER}&by=month,channel,service&format=xlsx&lang=en")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    names = [name for name in book.sheet_names if name.startswith("By ")]
    assert len(names) == 3
    table = book.get_sheet_by_name(names[-1]).to_python()
    start = next(n for n, row in enumerate(table) if "Complaints" in row)
    head, *rows = table[start:]
    told = site.get(f"/api/v1/trends?{OCTOBER}&by=month,channel,service").get_json()["rows"]
    place, counted = head.index("Complaints"), [row["tickets"] for row in told]
    assert [row[place] for row in rows] == counted
    assert sum(counted) > 0

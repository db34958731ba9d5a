"""A work order's page, the panel on a cell's page, and orders on the wall."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from dashboard.dispatch.model import Step, fold
from dashboard.snapshot import write_snapshot
from dashboard.web import create_app
from dashboard.web.components import wall_picture
from dashboard.web.settings import WebSettings
from dashboard.web.view.order_act import MissingError, Pressed, step_of
from dashboard.web.view.order_place import distance_km
from tests.support.orders import desk_of, look_at_proof, team_tables
from tests.support.snapshots import AS_OF, tiny
from tests.web.conftest import HandClock, Site

NOW = AS_OF + timedelta(minutes=23)
MIN, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Five cells with teams, and no orders yet; C1 of site S1 is red for dropped calls."""
    data = tmp_path_factory.mktemp("orders")
    content = tiny(more=team_tables(AS_OF))
    write_snapshot(data, content, kpi_days={}, published_at=AS_OF)
    desk = desk_of(data)
    assert desk.orders().find() == []  # the database is made once
    desk.close()
    return data


@pytest.fixture
def site(published, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(published, data)
    clock, desk = HandClock(NOW), desk_of(data)
    app = create_app(data, clock=clock, settings=WebSettings(), dispatch=desk)
    made = Site(data, clock, app)
    made.desk = desk
    yield made
    desk.close()


def press(site, kind, order, *, seen=None, pick=None, note=None, name="王工", search=""):
    """What the browser sends when a button of the page is pressed."""
    ident = json.dumps({"kind": kind, "type": "order-do"}, separators=(",", ":"))
    shown = {"id": order.id, "seq": order.seq if seen is None else seen, "state": order.state,
             "version": ""}  # fmt: skip
    body = {
        "output": "..order-body.children...order-form.children...order-seen.data"
        "...order-said.children...order-said.className..",
        "outputs": [
            {"id": i, "property": p}
            for i, p in (
                ("order-body", "children"), ("order-form", "children"), ("order-seen", "data"),
                ("order-said", "children"), ("order-said", "className"),
            )
        ],
        "inputs": [
            [{"id": {"kind": kind, "type": "order-do"}, "property": "n_clicks", "value": 1}],
        ],
        "state": [
            [{"id": {"form": kind, "type": "order-pick"}, "property": "value", "value": pick}],
            [{"id": {"form": kind, "type": "order-pick"}, "property": "id",
              "value": {"form": kind, "type": "order-pick"}}],
            [{"id": {"form": kind, "type": "order-note"}, "property": "value", "value": note}],
            [{"id": {"form": kind, "type": "order-note"}, "property": "id",
              "value": {"form": kind, "type": "order-note"}}],
            {"id": "order-seen", "property": "data", "value": shown},
            {"id": "who", "property": "data", "value": name},
            {"id": "url", "property": "search", "value": search},
            {"id": "url", "property": "pathname", "value": f"/dispatch/{order.name}"},
        ],
        "changedPropIds": [f"{ident}.n_clicks"],
    }  # fmt: skip
    answer = site.client.post("/_dash-update-component", json=body)
    assert answer.status_code == 200, answer.data
    told = answer.get_json()["response"]
    return told["order-said"]["children"], told["order-said"]["className"]


def sent(site, cell_id="C1"):
    """The order that one press on the cell's page makes."""
    states = {"who.data": "李敏", "url.pathname": f"/cells/{cell_id}", "url.search": ""}
    status, body = site.callback("cell-order-said.children", {"cell-send.n_clicks": 1}, states)
    assert status == 200
    (order, *_) = site.desk.orders().find(cell_id=cell_id)
    return order, body["response"]["cell-order-said"]["children"]


class TestOnePress:
    def test_a_red_cell_is_dispatched_to_the_suggested_crew(self, site):
        order, said = sent(site)
        assert said == f"已派单 {order.name}"
        assert (order.state, order.draft.site_id, order.draft.cause) == (
            "dispatched", "S1", "drop_rate_pct",
        )  # fmt: skip
        assert order.draft.cell_ids == ("C1",)
        assert order.team_id == order.draft.team_id
        events = site.desk.events(order.id)
        assert [(e.kind, e.who, e.at) for e in events] == [
            ("propose", "李敏", NOW), ("accept", "李敏", NOW), ("dispatch", "李敏", NOW),
        ]  # fmt: skip

    def test_the_second_press_leads_to_the_first_order(self, site):
        first, _ = sent(site)
        again, said = sent(site)
        assert again == first
        assert said == f"{first.name} 已存在，由 李敏 先提出"

    def test_a_proposal_of_the_forecast_is_taken_on(self, site):
        order, _ = sent(site)
        site.desk.act(order.id, [Step("cancel", "李敏", reason="duplicate")], at=NOW)
        draft = order.draft
        step = Step("propose", "foresite", "system")
        (made,) = site.desk.propose([draft], at=NOW + MIN, step=step)
        site.clock.at = NOW + 2 * MIN
        order, said = sent(site)
        assert order.id == made.order.id
        assert order.state == "dispatched"
        assert [e.kind for e in site.desk.events(order.id)] == ["propose", "accept", "dispatch"]
        assert said == f"已派单 {order.name}"

    def test_all_or_nothing(self, site, monkeypatch):
        """A database that fails in between leaves no half of it."""
        from dashboard.dispatch import taking

        real = taking.act

        def breaks(*args, **kwargs):
            real(*args, **kwargs)
            raise OSError("disk full")

        monkeypatch.setattr(taking, "act", breaks)
        states = {"who.data": "", "url.pathname": "/cells/C1", "url.search": ""}
        _, body = site.callback("cell-order-said.children", {"cell-send.n_clicks": 1}, states)
        assert "disk full" in body["response"]["cell-order-said"]["children"]
        assert site.desk.orders().find() == []

    def test_not_in_a_replay(self, site):
        states = {"who.data": "", "url.pathname": "/cells/C1", "url.search": "?at=2026-11-21T15:10"}
        site.callback("cell-order-said.children", {"cell-send.n_clicks": 1}, states)
        assert site.desk.orders().find() == []
        assert "cell-send" not in site.page("/cells/C1", "?at=2026-11-21T15:10")
        assert "cell-send" in site.page("/cells/C1")

    def test_the_panel_tells_of_the_order_and_of_earlier_ones(self, site):
        order, _ = sent(site)
        site.desk.act(order.id, [Step("arrive", "张", "crew"),
                                 Step("repair", "张", "crew", details={"found_cause": "hardware"}),
                                 Step("verify", "foresite", "system"),
                                 Step("close", "foresite", "system")], at=NOW + MIN)  # fmt: skip
        page = site.page("/cells/C1")
        assert order.name in page
        assert "查明：设备故障" in page
        assert "cell-send" in page
        assert "cell-send" not in site.page("/cells/C1", "?kiosk=full")


class TestPage:
    def test_the_way_of_an_order(self, site):
        order, _ = sent(site)
        site.clock.at = NOW + 30 * MIN
        assert press(site, "arrive", order) == ("已记录：到站", "order-said done")
        order = site.desk.order(order.id)
        site.clock.at = NOW + 60 * MIN
        assert press(site, "repair", order)[0] == "请选择查明的原因"
        assert site.desk.order(order.id).seq == order.seq
        said, tone = press(site, "repair", order, pick="transport", note="光模块更换")
        assert (said, tone) == ("已记录：修复", "order-said done")
        order = site.desk.order(order.id)
        assert (order.state, order.found_cause) == ("repaired", "transport")
        last = site.desk.events(order.id)[-1]
        assert (last.actor, last.who, last.reason) == ("crew", "王工", "光模块更换")
        page = site.page(f"/dispatch/{order.name}")
        # 24 h of KPIs after one that does not count; 72 h of quiet and 12 h of recording.
        for text in ("至 11月22日 周日 17:23", "至 11月25日 周三 04:23", "光模块更换"):
            assert text in page

    def test_how_far_the_proof_is(self, site):
        """What the newest look said, not the rules' hours alone; nothing of it in a replay."""
        order, _ = sent(site)
        steps = [Step("arrive", "赵强", "crew"), Step("repair", "赵强", "crew")]
        order = site.desk.act(order.id, steps, at=NOW)
        address = f"/dispatch/{order.name}"
        assert "项指标已恢复" not in site.page(address)
        at = NOW + 13 * HOUR
        site.clock.at = at + MIN
        # twelve hours of three KPIs are known, and for one four of them are off
        look_at_proof(site.desk.orders(), order, at, off="drop_rate_pct")
        site.desk._look_again()  # its version is believed for a second
        page = site.page(address)
        for text in (
            "3 项指标已恢复 2 项，数据已有 12 / 24 小时",
            "尚缺",
            "依据 11月22日 周日 04:23 的数据判定",
            "掉线率 12 小时中有 4 小时偏离",
        ):
            assert text in page, text
        assert "数据不全" not in page  # the first day is not over
        assert "2 of 3 KPIs are back" in site.page(address, "?lang=en")
        then = f"?at={(NOW + HOUR).strftime('%Y-%m-%dT%H:%M:%SZ')}"
        assert "项指标已恢复" not in site.page(address, then)
        look_at_proof(site.desk.orders(), order, at + HOUR)
        site.desk._look_again()
        page = site.page(address)
        assert "3 项指标已恢复 3 项" in page
        assert "目前没有不合格项，只待时间期满" in page

    def test_who_was_first_is_told(self, site):
        order, _ = sent(site)
        site.desk.act(order.id, [Step("arrive", "赵强", "crew")], at=NOW + MIN)
        said, tone = press(site, "cannot", order, pick="no_access")
        assert tone == "order-said failed"
        assert said == "赵强 已先一步操作（到站，15:24），工单现为「在站」。请看最新状态再操作。"
        assert site.desk.order(order.id).state == "on_site"

    def test_a_repeated_request_is_taken_once(self, site):
        """The answer was lost on the way: whoever presses again is not told of a conflict."""
        order, _ = sent(site)
        assert press(site, "arrive", order) == press(site, "arrive", order)
        assert [e.kind for e in site.desk.events(order.id)].count("arrive") == 1

    def test_reasons_and_comments(self, site):
        order, _ = sent(site)
        assert press(site, "cannot", order)[0] == "请选择原因"
        assert press(site, "comment", order, note="  ")[0] == "备注不能为空"
        assert press(site, "comment", order, note="业主不在")[1] == "order-said done"
        press(site, "cannot", order, pick="no_access", note="门禁卡失效")
        order = site.desk.order(order.id)
        assert (order.state, order.reason) == ("accepted", "no_access: 门禁卡失效")
        page = site.page(f"/dispatch/{order.name}")
        assert "无法进站：门禁卡失效" in page
        assert "业主不在" in page

    def test_as_it_was(self, site):
        order, _ = sent(site)
        site.desk.act(order.id, [Step("arrive", "赵强", "crew")], at=NOW + 10 * MIN)
        site.clock.at = NOW + 20 * MIN
        then = site.page(f"/dispatch/{order.name}", "?at=2026-11-21T15:25")
        assert "order-do" not in then
        assert "赵强" not in then
        assert "只读" in then
        assert "赵强" in site.page(f"/dispatch/{order.name}")
        assert "没有这张工单" in site.page(f"/dispatch/{order.name}", "?at=2026-11-21T15:01")
        assert press(site, "arrive", order, search="?at=2026-11-21T15:25")[1].endswith("failed")

    def test_where_it_is(self, site):
        order, _ = sent(site)
        page = site.page(f"/dispatch/{order.name}")
        assert "39.700000, 116.200000" in page
        assert "geo:39.700000,116.200000" in page
        # GCJ-02 lies some hundred metres to the south-east there.
        assert "39.70" in page.split("GCJ-02")[1][:200]
        assert "data:image/svg+xml;base64," in page

    def test_unknown_orders_and_no_desk(self, site, tiny_site):
        assert "没有这张工单" in site.page("/dispatch/WO-000099")
        assert "没有这张工单" in site.page("/dispatch/nonsense")
        assert "此处没有工单库" in tiny_site.page("/dispatch/WO-000001")

    def test_news_leave_answers_alone(self, site):
        order, _ = sent(site)
        site.desk.act(order.id, [Step("comment", "赵强", reason="快到了")], at=NOW + MIN)
        states = {
            "order-seen.data": {"id": order.id, "seq": 3, "state": "dispatched", "version": ""},
            "url.search": "", "url.pathname": f"/dispatch/{order.name}",
        }  # fmt: skip
        spec = next(
            c for c in site.get("/_dash-dependencies").get_json()
            if [i["id"] for i in c["inputs"]] == ["order-tick"]
        )  # fmt: skip
        status, body = site.callback(spec["output"], {"order-tick.n_intervals": 1}, states)
        assert status == 200
        assert set(body["response"]) == {"order-body", "order-seen"}
        assert "快到了" in json.dumps(body, ensure_ascii=False)


class TestSteps:
    def test_a_crew_speaks_for_itself(self, site):
        order, _ = sent(site)
        made = step_of(order, Pressed("arrive", "", "", 3, "王工"), "T01")
        assert (made.actor, made.details) == ("crew", {})
        on_site = replace(order, state="on_site")
        assert step_of(on_site, Pressed("reject", "no_fault", "", 4, "王工"), None).actor == "crew"
        assert step_of(order, Pressed("comment", "", "x", 3, "王工"), None).actor == "person"

    def test_the_suggested_crew_sets_out(self, site):
        order, _ = sent(site)
        accepted = fold(site.desk.events(order.id)[:2])
        made = step_of(accepted, Pressed("dispatch", "", "", 2, "王工"), "T07")
        assert made.details == {"team_id": "T07"}

    def test_what_is_missing(self, site):
        order, _ = sent(site)
        with pytest.raises(MissingError, match=r"order\.reason_needed"):
            step_of(order, Pressed("cannot", "", "words alone", 3, "王工"), None)


class TestWall:
    def test_counts_states_and_marks(self, site):
        before = site.page("/")
        assert '"wall-send"' in before
        order, _ = sent(site)
        page = site.page("/")
        assert '"wall-send"' not in page
        assert "在途" in page
        assert '"triangle-right"' in page
        assert f"工单 {order.name} · 在途" in page
        assert '"wall-send"' not in site.page("/", "?kiosk=full")

    def test_one_press_for_a_line(self, site):
        shown = {"wall-wish.data": {"area": "region:R0", "who": "李敏"}}
        states = {
            "wall-tick.n_intervals": 4,
            "url.search": "",
            "screen.data": {"w": 1920, "h": 1080},
        }
        status, body = site.callback("wall-said.children", shown, states)
        assert status == 200
        (order,) = site.desk.orders().find()
        assert order.state == "dispatched"
        assert order.name in json.dumps(body["response"]["wall-said"])
        assert body["response"]["wall-tick"]["n_intervals"] == 5  # what changed is fetched at once

    def test_only_what_an_order_changes_is_sent(self, site):
        site.page("/")
        seen = seen_by(site)
        assert site.refresh(seen) == (204, None)
        sent(site)
        status, body = site.refresh(seen)
        assert status == 200
        assert set(body["response"]) == {
            "wall-map", "wall-worst", "wall-orders", "wall-clock", "wall", "wall-seen",
        }  # fmt: skip
        # A comment changes nothing that the wall shows.
        seen = body["response"]["wall-seen"]["data"]
        (order,) = site.desk.orders().find()
        site.desk.act(order.id, [Step("comment", "x", reason="y")], at=NOW)
        _, body = site.refresh(seen)
        assert set(body["response"]) == {"wall-clock", "wall", "wall-seen"}

    def test_as_it_was(self, site):
        order, _ = sent(site)
        site.clock.at = NOW + timedelta(hours=1)
        then = site.page("/", "?at=2026-11-21T15:10")
        assert order.name not in then
        assert '"wall-send"' not in then
        assert order.name in site.page("/", "?at=2026-11-21T15:30")

    def test_pictures_are_kept_until_something_happens(self, site, monkeypatch):
        site.page("/")
        monkeypatch.setattr(wall_picture, "_picture", None)
        site.page("/")  # nothing is made anew

    def test_the_ops_database_fails(self, site, monkeypatch):
        from dashboard.ops.errors import OpsError

        def broken(*_):
            raise OpsError("disk I/O error")

        monkeypatch.setattr(site.desk, "version", broken)
        monkeypatch.setattr(site.desk, "book", broken)
        assert "工单库无法读取" in site.page("/")


def seen_by(site):
    """What a page of the wall has seen."""
    page = json.loads(site.page("/"))
    stack = [page]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            if node.get("props", {}).get("id") == "wall-seen":
                return node["props"]["data"]
            stack += node.values()
        elif isinstance(node, list):
            stack += node
    raise AssertionError("no wall-seen")


def test_distance_by_hand():
    # One degree of latitude: 6371 km × π / 180.
    assert distance_km(116.0, 39.0, 116.0, 40.0) == pytest.approx(111.195, abs=0.01)


def test_the_sketch_is_an_image_with_its_parts(site):
    import base64

    order, _ = sent(site)
    page = site.page(f"/dispatch/{order.name}")
    coded = page.split("data:image/svg+xml;base64,")[1].split('"')[0]
    root = ET.fromstring(base64.b64decode(coded))
    texts = {node.text for node in root.iter() if node.tag.endswith("text")}
    team = next(t for t in team_tables(AS_OF)["teams"].itertuples() if t.team_id == order.team_id)
    assert {"北", team.name} <= texts
    # Two sectors of S1 (0° and 120°), the named one last.
    wedges = [
        n for n in root.iter() if n.attrib.get("stroke-linejoin") == "round" and "d" in n.attrib
    ]
    assert len(wedges) == 2


def test_the_table_of_cells_tells_and_filters_by_state(site):
    def column(search=""):
        body = site.get(f"/api/v1/cells-table?lang=zh{search}").get_json()
        return {row["cell_id"]: row["order"] for row in body["rows"]}

    assert set(column().values()) == {"—"}
    sent(site)
    assert column()["C1"] == "在途"
    assert set(column("&where=order~在途")) == {"C1"}
    site.clock.at = NOW + MIN
    (order,) = site.desk.orders().find()
    site.desk.act(order.id, [Step("arrive", "赵强", "crew")], at=NOW + MIN)
    assert column("&where=order~在途") == {}
    assert set(column("&where=order~在站")) == {"C1"}

"""The frame of all pages: bar, kiosk and rotation, replay, faults, build."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.web import faults
from dashboard.web.build import build_id, hash_of
from dashboard.web.components import bar, parts
from dashboard.web.components.bar import GO
from dashboard.web.components.keys import overlay
from dashboard.web.i18n import load_texts
from dashboard.web.pages import shell
from dashboard.web.settings import WebSettings
from dashboard.web.view.replay import replay
from dashboard.web.view.rotation import Station, here, pace_of
from dashboard.web.view.state import ViewState
from tests.support.snapshots import AS_OF, ZONE, tiny


def state(search=""):
    return ViewState.parse(search, default_language="zh")


def find(node, wanted):
    """Properties of all components with that class name among theirs."""
    found = []
    if isinstance(node, dict):
        props = node.get("props", {})
        if wanted in str(props.get("className", "")).split():
            found.append(props)
        node = list(node.values())
    if isinstance(node, list):
        for value in node:
            found += find(value, wanted)
    return found


def page(site, path="/", search=""):
    return json.loads(site.page(path, search))


class TestBar:
    def test_every_page_of_the_bar_has_a_key(self):
        assert [key for key, _ in parts.PAGES if key not in GO] == []
        assert len(set(GO.values())) == len(GO)

    def test_choices_keep_what_was_chosen_before(self, tiny_site):
        shown = page(tiny_site, "/cells", "?status=red&palette=cvd&theme=light")
        links = {name: find(shown, name)[0] for name in ("tool-palette", "tool-dark", "language")}
        assert links["tool-palette"]["href"] == "/cells?status=red&theme=light"
        assert links["tool-dark"]["href"] == "/cells?status=red&palette=cvd&theme=dark"
        assert links["language"]["href"] == "/cells?status=red&palette=cvd&theme=light&lang=en"
        assert "on" in links["tool-palette"]["className"].split()

    def test_the_wall_is_dark_and_turns_instead(self, tiny_site):
        shown = page(tiny_site)
        assert not find(shown, "tool-light")
        assert find(shown, "tool-rotate")[0]["href"] == "/?rotate=30"

    @pytest.mark.parametrize("path", ["/", "/cells", "/cells/C1"])
    def test_a_kiosk_has_nothing_to_press(self, tiny_site, path):
        shown = page(tiny_site, path, "?kiosk=full")
        for control in ("tools", "nav", "skip"):
            assert not find(shown, control)
        assert find(shown, "kiosk")

    def test_theme_and_palette_reach_the_document(self, tiny_site):
        dress = dressed(tiny_site, "/cells", "?theme=light&palette=cvd")
        assert (dress["theme"], dress["palette"]) == ("light", "cvd")
        assert dressed(tiny_site, "/", "?theme=light")["theme"] == "dark"


def dressed(site, path="/", search=""):
    inputs = {"url.pathname": path, "url.search": search, "screen.data": {"w": 1920, "h": 1080}}
    return site.callback("page.children", inputs)[1]["response"]["dress"]["data"]


class TestRotation:
    def test_city_then_districts_in_trouble_then_boards(self, tiny_site):
        shown = page(tiny_site, "/", "?rotate=20&lang=en&focus=R1")
        config = json.loads(find(shown, "dots")[0]["data-config"])
        assert config["seconds"] == 20
        queries = [re.sub(r".*lang=en&?", "", href) for href in config["hrefs"]]
        regions = [query for query in queries if query.startswith("focus=")]
        assert queries[0] == ""
        assert queries[1 : 1 + len(regions)] == regions != []
        assert all(query.startswith("board=") for query in queries[1 + len(regions) :])
        assert config["here"] == queries.index("focus=R1")

    def test_stale_data_tell_of_no_trouble(self, tiny_site):
        tiny_site.clock.at = AS_OF + timedelta(minutes=300)
        config = json.loads(find(page(tiny_site, "/", "?rotate=20"), "dots")[0]["data-config"])
        assert not any("focus=" in href for href in config["hrefs"])

    def test_tickets_mode_has_districts_and_no_boards(self, states_site):
        config = json.loads(find(page(states_site, "/", "?rotate=20"), "dots")[0]["data-config"])
        assert not any("board=" in href for href in config["hrefs"])
        assert any("focus=" in href for href in config["hrefs"])

    def test_at_most_so_many_districts(self, city_site):
        config = json.loads(find(page(city_site, "/", "?rotate=20"), "dots")[0]["data-config"])
        assert sum("focus=" in href for href in config["hrefs"]) == 6

    def test_no_rotation_unless_asked_for(self, tiny_site):
        assert not find(page(tiny_site), "dots")
        assert not find(page(tiny_site, "/cells", "?rotate=20"), "dots")

    @pytest.mark.parametrize(
        ("search", "pace"),
        [
            ("?rotate=30", 30), ("?rotate=1", 5), ("?rotate=99999", 3600), ("?rotate=0", None),
            ("?rotate=fast", None), ("?rotate=-5", None), ("?rotate=³", None),
            ("?kiosk=full", 60), ("", None),
        ],
    )  # fmt: skip
    def test_pace_is_bounded(self, search, pace):
        assert pace_of(state(search), kiosk_pace_s=60) == pace

    def test_where_one_is(self):
        route = (Station({}), Station({"focus": "R1"}), Station({"board": "risk"}))
        assert here(state("?lang=en"), route) == 0
        assert here(state("?board=risk"), route) == 2
        assert here(state("?focus=R9"), route) is None


class TestNight:
    @pytest.mark.parametrize(
        ("search", "hours"),
        [("?night=21-7", "21-7"), ("?night=off", "off"), ("?night=25-3", "22-6"), ("", "22-6")],
    )
    def test_the_address_goes_before_the_setting(self, search, hours):
        assert state(search).night("22-6") == hours

    def test_settings_refuse_what_is_no_time(self):
        for bad in ({"night": "22"}, {"reload_at": "4"}, {"reload_at": "24:00"}):
            with pytest.raises(ValueError, match="pattern"):
                WebSettings(**bad)

    def test_the_document_knows_hours_and_zone(self, tiny_site):
        dress = dressed(tiny_site, "/", "?kiosk=full&night=20-5")
        assert (dress["hours"], dress["zone"], dress["renew"]) == ("20-5", str(ZONE), "04:00")


class TestReplay:
    def test_days_and_steps_by_hand(self):
        # local (UTC+8): 19 Nov 23:30, 20 Nov 00:00; nothing on the 21st; 22 Nov 09:00 twice
        zone = ZoneInfo("Asia/Shanghai")
        moments = [
            datetime(2026, 11, 22, 1, tzinfo=UTC),
            datetime(2026, 11, 19, 15, 30, tzinfo=UTC),
            datetime(2026, 11, 19, 16, tzinfo=UTC),
            datetime(2026, 11, 22, 1, tzinfo=UTC),
        ]
        found = replay(moments, moments[2], zone)
        assert [(d.day.day, len(d.moments)) for d in found.days] == [
            (19, 1), (20, 1), (21, 0), (22, 1),
        ]  # fmt: skip
        assert found.here == 1
        assert replay(moments, moments[2] + timedelta(hours=1), zone).here is None
        assert replay([], moments[0], zone).days == ()

    def test_the_slider_stands_at_the_snapshot(self, tiny_site):
        tiny_site.publish(tiny(as_of=AS_OF - timedelta(days=2)))
        at = AS_OF.astimezone(ZONE).isoformat()
        shown = page(tiny_site, "/", f"?at={at.replace('+', '%2B')}")
        config = json.loads(find(shown, "replay-track")[0]["data-config"])
        assert (config["here"], len(config["moments"]), config["days"]) == (1, 2, [0, 1])
        assert config["moments"][1] == at
        # Two days with one step each and an empty one between them: the second in the last third.
        assert config["middles"] == [round(0.5 / 3, 5), round(2.5 / 3, 5)]
        assert len(find(shown, "gap")) == 1
        assert find(shown, "to-now")[0]["href"] == "/"

    def test_on_desk_pages_too_and_not_on_kiosks(self, tiny_site):
        assert find(page(tiny_site, "/cells/C1", "?at=2026-11-21T15:30"), "replay")
        assert not find(page(tiny_site, "/", "?at=2026-11-21T15:30&kiosk=full"), "replay")
        assert not find(page(tiny_site), "replay")

    def test_one_snapshot_says_so(self, tiny_site):
        shown = json.dumps(page(tiny_site, "/", "?at=2026-11-21T15:30"), ensure_ascii=False)
        assert "目前只有这一个快照" in shown

    def test_the_bar_leads_into_the_replay_of_what_is_shown(self, tiny_site):
        tool = find(page(tiny_site, "/cells", "?status=red"), "tool-replay")[0]
        assert tool["href"] == "/cells?status=red&at=2026-11-21T15%3A00%3A00%2B08%3A00"
        tool = find(page(tiny_site, "/", "?at=2026-11-21T15:30"), "tool-replay")[0]
        assert tool["href"] == "/"

    @pytest.mark.parametrize(("path", "tick"), [("/", "wall-tick"), ("/cells", "desk-tick")])
    def test_a_replay_asks_for_no_news(self, tiny_site, path, tick):
        for search, disabled in (("", False), ("?at=2026-11-21T15:30", True)):
            shown = tiny_site.page(path, search)
            start = shown.index(f'"id": "{tick}"')
            interval = shown[start : shown.index("}", start)]
            assert ('"disabled": true' in interval) is disabled

    def test_nothing_that_old_leads_to_the_oldest(self, tiny_site):
        shown = page(tiny_site, "/", "?at=2020-01-01")
        links = [link["href"] for link in find(shown, "button")]
        assert links == ["/?at=2026-11-21T07%3A00%3A00%2B00%3A00", "/"]


class TestFaults:
    def test_a_page_that_fails_is_said_and_logged(self, tiny_site, monkeypatch, capsys):
        def fails(*_):
            raise ZeroDivisionError("division by nothing")

        routes = dict(shell.PAGES) | {"/": shell.Route(fails, "wall", "nav.map")}
        monkeypatch.setattr(shell, "PAGES", routes)
        shown = tiny_site.page("/")
        number = re.search(r"请把编号 ([0-9a-f]{6}) 告诉", shown)[1]
        assert "页面没有算出来" in shown
        logged = capsys.readouterr().out
        assert number in logged
        assert "division by nothing" in logged
        assert "division by nothing" not in shown  # what failed inside is for the log

    def test_a_refresh_that_fails_leaves_the_picture(self, tiny_site, monkeypatch):
        def fails(_):
            raise ZeroDivisionError

        seen = {"version": version(tiny_site), "clock": ""}
        monkeypatch.setattr(bar, "clock", fails)
        ask = ("desk-version.data", {"desk-tick.n_intervals": 1})
        given = {"url.search": "?lang=en", "desk-seen.data": seen}
        status, body = tiny_site.callback(*ask, given)
        assert status == 200
        said = json.dumps(body["sideUpdate"]["fault"]["children"])
        assert "could not be computed" in said
        assert body["response"] == {}

    def test_the_answer_is_marked(self, tiny_site):
        with tiny_site.app.server.test_request_context():
            number = faults.note(ValueError("x"))
            response = tiny_site.app.server.process_response(tiny_site.app.server.make_response(""))
        assert response.headers[faults.HEADER] == number

    def test_the_same_fault_has_the_same_number(self):
        def number(value):
            try:
                return int(value)
            except ValueError as error:
                return faults.note(error)

        logging.disable(logging.CRITICAL)
        try:
            assert number("a") == number("b") != faults.note(KeyError("c"))
        finally:
            logging.disable(logging.NOTSET)


def version(site):
    shown = page(site, "/cells/C1")
    return next(s["data"]["version"] for s in stores(shown) if s["id"] == "desk-seen")


def stores(node):
    if isinstance(node, dict):
        if node.get("type") == "Store":
            yield node["props"]
        node = list(node.values())
    if isinstance(node, list):
        for value in node:
            yield from stores(value)


class TestBuild:
    def test_page_and_server_tell_the_same_build(self, tiny_site):
        told = tiny_site.get("/healthz").get_json()
        assert told["build"] == build_id()
        assert told["now"] == tiny_site.clock.at.isoformat(timespec="seconds")
        index = tiny_site.get("/").text
        assert re.search(r'<meta name="build" content="(\w+)">', index)[1] == build_id()

    def test_any_changed_file_is_another_build(self, tmp_path):
        def made(**texts):
            for name, text in texts.items():
                (tmp_path / name.replace("_", ".")).write_text(text)
            return hash_of(tmp_path, [("dash", "4")])

        first = made(a_py="1", b_css="2")
        assert made(a_py="1") == first
        assert made(b_css="3") != first
        assert made(b_css="2") == first
        assert made(notes_txt="no code") == first
        assert hash_of(tmp_path, [("dash", "5")]) != first


def test_health_needs_no_snapshot(empty_site):
    assert empty_site.get("/healthz").get_json()["status"] == "ok"


def test_help_names_every_key_in_both_languages():
    for language in ("zh", "en"):
        texts = load_texts(language)
        shown = json.dumps(overlay(texts).to_plotly_json(), default=lambda c: c.to_plotly_json())
        for key in ("?", "/", "Esc", "G", "M", "["):
            assert f'"{key}"' in shown.replace("\\", "")

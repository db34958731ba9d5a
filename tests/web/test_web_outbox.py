"""The panel of messages about orders on the page of data."""

from __future__ import annotations

import json

import pytest
from structlog.testing import capture_logs

from dashboard.dispatch.desk import DispatchDesk
from dashboard.dispatch.outbound.history import History
from dashboard.dispatch.settings import DispatchSettings
from dashboard.web import create_app
from dashboard.web.settings import WebSettings
from tests.support.peers import Peer, fails
from tests.support.snapshots import AS_OF, tiny
from tests.support.telling import Telling, endpoint
from tests.web.conftest import HandClock, Site

DELIVERY = {"allow_hosts": ["127.0.0.1"]}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Three messages: one was taken, two are dead letters."""
    data = tmp_path_factory.mktemp("outbox")
    with Peer([fails(400, b"no such <field>"), fails(404)]) as peer, capture_logs():
        one = endpoint("tmf697", name="itsm", url=peer.url())
        with Telling(data, [one]) as telling:
            telling.run()
            for site in ("S1", "S2", "S3"):
                telling.propose(site)
            telling.run()
    desk = DispatchDesk(data, None, DispatchSettings(outbound=(one,), delivery=DELIVERY))
    clock = HandClock(AS_OF)
    made = Site(data, clock, create_app(data, clock=clock, settings=WebSettings(), dispatch=desk))
    made.publish(tiny())
    made.desk = desk
    yield made
    desk.close()


def pressed(site, of, search="", **asker):
    """What a click on one of the buttons brings."""
    name = json.dumps({"of": of, "type": "outbox-again"}, separators=(",", ":"))
    button = {"id": {"of": of, "type": "outbox-again"}, "property": "n_clicks", "value": 1}
    outputs = [
        {"id": "outbox-panel", "property": "children"},
        {"id": "outbox-seen", "property": "data"},
        {"id": "outbox-said", "property": "children"},
    ]
    body = {
        "output": "..outbox-panel.children...outbox-seen.data...outbox-said.children..",
        "outputs": outputs,
        "inputs": [{"id": "data-tick", "property": "n_intervals", "value": 1}, [button]],
        "state": [
            {"id": "outbox-seen", "property": "data", "value": "x"},
            {"id": "url", "property": "search", "value": search},
            {"id": "url", "property": "pathname", "value": "/data"},
        ],
        "changedPropIds": [f"{name}.n_clicks"],
    }
    answer = site.client.post("/_dash-update-component", json=body, **asker)
    assert answer.status_code == 200
    return json.loads(answer.data)["response"]


def stuck(site):
    return History(site.desk.orders().engine).find(states=["dead"])


def test_it_shows_what_was_taken_and_what_was_not(site):
    page = site.page("/data")
    for word in ("派单消息", "itsm", "WO-000001", "HTTP 400: no such <field>", "全部重发"):
        assert word in page
    assert '"href": "/dispatch/WO-000001' in page
    assert "Send all again" in site.page("/data", "?lang=en")


def test_dead_letters_are_sent_again_and_removed_by_buttons(site):
    second, first = stuck(site)
    answer = pressed(site, f"m:{first.id}")
    assert answer["outbox-said"]["children"] == ""
    assert [message.id for message in stuck(site)] == [second.id]
    found = History(site.desk.orders().engine).find(order_id=first.order_id)[0]
    assert (found.state, found.resent_by) == ("waiting", "127.0.0.1")
    assert "it is waiting" in pressed(site, f"m:{first.id}")["outbox-said"]["children"]
    pressed(site, f"d:{second.id}")
    assert stuck(site) == []
    assert pressed(site, "e:itsm")["outbox-said"]["children"] == ""


def test_nobody_else_and_no_replay_sends_again(site):
    far = pressed(site, "e:itsm", environ_base={"REMOTE_ADDR": "10.0.0.9"})
    assert far["outbox-said"]["children"] != ""
    then = pressed(site, "e:itsm", search=f"?at={AS_OF.isoformat().replace('+', '%2B')}")
    assert then["outbox-said"]["children"] != ""
    for odd in ("m:x", "x", "m:"):
        assert pressed(site, odd)["outbox-said"]["children"] != ""


def test_where_nobody_is_told_there_is_no_panel(city_site):
    assert "派单消息" not in city_site.page("/data")

"""``/api/v1/work-orders``: what people and programs do to orders, and what they are told."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest

from dashboard.dispatch.desk import DispatchDesk
from dashboard.dispatch.settings import DispatchSettings
from dashboard.ops.desk import OpsDesk
from dashboard.snapshot.schemas import OPTIONAL
from dashboard.web import create_app
from dashboard.web.settings import WebSettings
from forecasting.cells.playbook import playbook_table
from tests.support.snapshots import AS_OF, tiny
from tests.web.conftest import HandClock, Site

OWN = "/api/v1/work-orders"
NOW = AS_OF + timedelta(minutes=23)
MINUTE = timedelta(minutes=1)


def publish(site):
    """C1 and C2 stand on S1 (red, yellow), C3 and C4 on S2, C5 on S3."""
    piece = dict.fromkeys(OPTIONAL["causes"].names) | {
        "cell_id": "C1", "rank": 1, "kind": "kpi", "kpi": "drop_rate_pct", "value": 1.5,
        "since": AS_OF - timedelta(hours=2),
    }  # fmt: skip
    causes = pd.DataFrame([piece])
    content = tiny(more={"playbook": playbook_table(), "causes": causes})
    content.cells["cause"] = ["hardware", "congestion", None, None, None]
    site.publish(content)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """One application for all of these tests; its orders are emptied by ``site``."""
    data, clock = tmp_path_factory.mktemp("orders"), HandClock(NOW)
    desk = DispatchDesk(data, None, DispatchSettings())
    app = create_app(
        data, clock=clock, settings=WebSettings(), ops=OpsDesk(data, None), dispatch=desk
    )
    site = Site(data, clock, app)
    publish(site)
    yield site, desk
    desk.close()


@pytest.fixture
def site(served):
    """No orders yet."""
    site, desk = served
    desk.close()
    for file in site.data.glob("ops.*"):
        file.unlink()
    desk.__init__(site.data, None, DispatchSettings())
    site.clock.at = NOW
    return site


def send(site, path, status, body, key=None, **where):
    headers = {"Idempotency-Key": key} if key else {}
    answer = site.client.post(OWN + path, json=body, headers=headers, **where)
    assert answer.status_code == status, answer.data
    return answer


def opened(site, **about):
    body = {"site_id": "S1", "cause": "hardware", "by": "王工"} | about
    return send(site, "", 201, body).get_json()["order"]


def act(site, order, event, status=200, **more):
    return send(site, f"/{order}/events", status, {"event": event, "by": "王工"} | more).get_json()


def listed(site, query=""):
    answer = site.get(f"{OWN}{query}")
    assert answer.status_code == 200, answer.data
    return [order["id"] for order in answer.get_json()]


def test_an_order_by_hand_knows_what_the_snapshot_knows(site):
    answer = send(
        site, "", 201, {"site_id": "S1", "cause": "hardware", "note": "看电源 13812345678"}
    )
    body = answer.get_json()
    order = body["order"]
    assert body["new"] is True
    assert answer.headers["Location"] == f"{OWN}/WO-000001"
    assert (order["id"], order["state"], order["seq"]) == ("WO-000001", "proposed", 1)
    assert order["cell_ids"] == ["C1", "C2"]
    assert (order["title"], order["region_id"]) == ("望京-1", "R0")
    assert (order["longitude"], order["latitude"]) == (116.2, 39.7)
    assert order["probability"] == 0.62
    assert order["expected_low_complaints"] == pytest.approx(0.97 + 0.24)
    assert order["users"] == 1200 + 900
    assert (order["skill"], order["on_site"]) == ("radio", True)
    assert order["evidence"] == [
        {"kind": "kpi", "kpi": "drop_rate_pct", "value": 1.5,
         "since": "2026-11-21T05:00:00+00:00"}
    ]  # fmt: skip
    assert order["opened_by"] == "127.0.0.1"
    assert order["opened_at"] == "2026-11-21T07:23:00+00:00"
    assert "13812345678" not in order["note"]
    assert order["note"].startswith("看电源")
    assert order["timer"]["name"] == "accept"
    assert order["timer"]["due_at"] == "2026-11-21T07:38:00+00:00"  # 15 minutes
    assert order["possible"] == ["accept", "reject", "assign", "cancel", "comment"]
    assert site.get(f"{OWN}/WO-000001").get_json() == order


def test_a_calm_site_stands_with_all_of_its_cells_and_cells_name_their_site(site):
    assert opened(site, site_id="S3", cause="unknown")["cell_ids"] == ["C5"]
    both = send(site, "", 201, {"cell_ids": ["C4", "C3"]}).get_json()["order"]
    assert (both["site_id"], both["cell_ids"], both["cause"]) == ("S2", ["C3", "C4"], "unknown")


def test_one_open_order_a_site_and_cause(site):
    first = opened(site)
    again = send(site, "", 200, {"cell_ids": ["C1"], "cause": "hardware"})
    assert again.get_json() == {"new": False, "order": first}
    assert again.headers["Location"].endswith(first["id"])
    assert opened(site, cause="congestion")["id"] == "WO-000002"
    act(site, first["id"], "reject", reason="duplicate: twice")
    assert opened(site)["id"] == "WO-000003"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "bad_request"),
        ({"site_id": ""}, 400, "bad_request"),
        ({"site_id": 7}, 400, "bad_request"),
        ({"cell_ids": []}, 400, "bad_request"),
        ({"cell_ids": "C1"}, 400, "bad_request"),
        ({"cell_ids": ["C1", "C3"]}, 400, "several_sites"),
        ({"site_id": "S2", "cell_ids": ["C1"]}, 400, "several_sites"),
        ({"site_id": "S1", "cause": "magic"}, 400, "bad_request"),
        ({"site_id": "S1", "due_at": "tomorrow"}, 400, "bad_request"),
        ({"site_id": "S1", "due_at": "2026-11-21T18:00"}, 400, "bad_request"),
        ({"site_id": "S1", "note": "x" * 1001}, 400, "bad_request"),
        ({"site_id": "S1", "state": "closed"}, 400, "unknown_field"),
        ({"site_id": "S9"}, 404, "no_such_site"),
        ({"cell_ids": ["C1", "C9"]}, 404, "no_such_cell"),
    ],
)
def test_what_cannot_be_opened(site, body, status, code):
    error = send(site, "", status, body).get_json()["error"]
    assert error["code"] == code
    assert error["message"]
    assert error["hint"]
    assert listed(site) == []


def test_a_body_that_is_no_json_object(site):
    for how in ({"data": "site=S1"}, {"json": [1]}, {"data": b"{" * 70_000}):
        answer = site.client.post(OWN, **how)
        assert answer.status_code in (400, 413, 415)
        assert set(answer.get_json()) == {"error"}


def test_a_whole_life(site):
    order = opened(site)["id"]
    act(site, order, "accept", seen=1)
    site.clock.at = NOW + MINUTE
    sent = act(site, order, "dispatch", details={"team_id": "T01"}, seen=2)
    assert (sent["state"], sent["team_id"], sent["by"]) == ("dispatched", "T01", "王工")
    assert sent["dispatched_at"] == "2026-11-21T07:24:00+00:00"
    act(site, order, "arrive", actor="crew", by="一队")
    act(site, order, "comment", reason="等业主开门")
    done = act(site, order, "repair", actor="crew", details={"found_cause": "transport", "m": 3})
    assert (done["state"], done["found_cause"], done["comments"]) == ("repaired", "transport", 1)
    assert done["possible"] == ["reopen", "comment"]  # what was repaired, the data prove
    events = site.get(f"{OWN}/{order}/events").get_json()
    assert [e["kind"] for e in events] == [
        "propose", "accept", "dispatch", "arrive", "comment", "repair",
    ]  # fmt: skip
    assert [e["seq"] for e in events] == [1, 2, 3, 4, 5, 6]
    assert events[3]["actor"] == "crew"
    assert events[3]["who"] == "一队"
    assert (events[5]["before"], events[5]["after"]) == ("on_site", "repaired")
    assert events[5]["details"] == {"found_cause": "transport", "m": 3}
    assert events[0]["details"]["draft"]["cell_ids"] == ["C1", "C2"]


def test_of_two_people_one_wins_and_the_other_is_told(site):
    order = opened(site)["id"]
    act(site, order, "accept", seen=1, by="李敏")
    body = act(site, order, "reject", 409, seen=1, reason="duplicate")
    assert body["error"]["code"] == "conflict"
    assert "李敏 was first: accept" in body["error"]["message"]
    assert (body["event"]["who"], body["event"]["kind"]) == ("李敏", "accept")
    assert body["event"]["at"] == "2026-11-21T07:23:00+00:00"
    assert (body["order"]["state"], body["order"]["seq"]) == ("accepted", 2)
    assert len(site.get(f"{OWN}/{order}/events").get_json()) == 2
    # a comment decides nothing: it is no conflict, and makes none
    act(site, order, "comment", reason="先看告警", seen=1)
    act(site, order, "cancel", reason="other: 已恢复", seen=2)


@pytest.mark.parametrize(
    ("event", "more", "code", "said"),
    [
        ("repair", {}, "not_possible", "possible: accept, reject, assign, cancel, comment"),
        ("verify", {}, "not_possible", "accept"),
        ("propose", {}, "not_possible", "accept"),
        ("reject", {}, "not_possible", "accept"),
        ("assign", {}, "not_possible", "accept"),
        ("accept", {"seen": 7}, "not_possible", "accept"),
    ],
)
def test_what_is_not_possible_names_what_is(site, event, more, code, said):
    body = act(site, opened(site)["id"], event, 422, **more)
    assert body["error"]["code"] == code
    assert said in body["error"]["hint"]
    assert "accept" in body["possible"]
    assert body["order"]["state"] == "proposed"


@pytest.mark.parametrize(
    "body",
    [
        {}, {"event": "dance"}, {"event": 5}, {"event": "accept", "seen": "1"},
        {"event": "accept", "seen": -1}, {"event": "accept", "seen": True},
        {"event": "accept", "actor": "system"}, {"event": "accept", "details": []},
        {"event": "accept", "details": {"draft": "x"}}, {"event": "comment"},
        {"event": "accept", "details": {"a": {"b": 1}}}, {"event": "accept", "reason": "\0"},
        {"event": "dispatch", "details": {"team_id": 5}}, {"event": "accept", "colour": "red"},
    ],
)  # fmt: skip
def test_steps_that_cannot_be_read(site, body):
    order = opened(site)["id"]
    assert set(send(site, f"/{order}/events", 400, body).get_json()) == {"error"}
    assert len(site.get(f"{OWN}/{order}/events").get_json()) == 1


def test_an_order_that_is_not_there(site):
    for name in ("WO-000009", "9", "nothing", "WO-" + "9" * 30, "%2e%2e"):
        assert site.get(f"{OWN}/{name}").status_code == 404
        assert site.get(f"{OWN}/{name}/events").status_code == 404
        answer = site.client.post(f"{OWN}/{name}/events", json={"event": "accept"})
        assert answer.get_json()["error"]["code"] == "no_such_order"


def test_a_dispatch_without_a_team_asks_for_one(site):
    order = opened(site)["id"]
    act(site, order, "accept")
    body = act(site, order, "dispatch", 422)
    assert "needs a team" in body["error"]["message"]
    act(site, order, "assign", details={"team_id": "T02"})
    assert act(site, order, "dispatch")["team_id"] == "T02"


def test_a_request_that_is_repeated_does_nothing_twice(site):
    new = {"site_id": "S1", "cause": "hardware"}
    first = send(site, "", 201, new, key="k1")
    again = send(site, "", 200, new, key="k1")
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.get_json()["order"]["id"] == first.get_json()["order"]["id"]
    order = first.get_json()["order"]["id"]
    note = {"event": "comment", "reason": "再看"}
    send(site, f"/{order}/events", 200, note, key="k2")
    repeated = send(site, f"/{order}/events", 200, note, key="k2")
    assert repeated.headers["Idempotency-Replayed"] == "true"
    assert repeated.get_json()["comments"] == 1
    # also when it would be refused by now
    send(site, f"/{order}/events", 200, {"event": "accept", "seen": 1}, key="k3")
    send(site, f"/{order}/events", 200, {"event": "accept", "seen": 1}, key="k3")
    other = send(site, "", 201, {"site_id": "S2"}).get_json()["order"]["id"]
    for path, body in (
        (f"/{order}/events", {"event": "accept"}),
        (f"/{other}/events", note),
        ("", new),
    ):
        error = send(site, path, 422, body, key="k2").get_json()["error"]
        assert error["code"] == "key_reused"
    error = send(site, "", 422, {"site_id": "S3"}, key="k1").get_json()["error"]
    assert error["code"] == "key_reused"
    assert send(site, "", 400, new, key="k" * 201).get_json()["error"]["code"] == "bad_key"


def test_only_this_machine_writes(site):
    order, step = opened(site)["id"], {"event": "accept"}
    far = {"environ_base": {"REMOTE_ADDR": "10.0.0.9"}}
    for path, body in (("", {"site_id": "S2"}), (f"/{order}/events", step),
                       ("/events", step | {"orders": [{"id": order}]})):  # fmt: skip
        assert send(site, path, 403, body, **far).get_json()["error"]["code"] == "not_local"
        foreign = site.client.post(OWN + path, json=body, headers={"Origin": "https://evil.test"})
        assert foreign.status_code == 403
    assert listed(site, "?state=accepted") == []


def test_many_at_once(site):
    one, two = opened(site)["id"], opened(site, site_id="S2", cause="unknown")["id"]
    act(site, two, "accept")
    wanted = [{"id": one, "seen": 1}, {"id": two, "seen": 1}, {"id": "WO-000077"}]
    body = {"event": "accept", "orders": wanted, "by": "李敏"}
    told = send(site, "/events", 200, body).get_json()
    assert [(o["id"], o["state"], o["by"]) for o in told["done"]] == [(one, "accepted", "李敏")]
    assert [(r["id"], r["error"]["code"]) for r in told["refused"]] == [
        ("WO-000077", "no_such_order"), (two, "conflict"),
    ]  # fmt: skip
    assert told["refused"][1]["event"]["who"] == "王工"
    sent = {"event": "dispatch", "orders": [{"id": one}, {"id": two}]}
    refused = send(site, "/events", 200, sent).get_json()
    assert [r["error"]["code"] for r in refused["refused"]] == ["not_possible"] * 2
    told = send(site, "/events", 200, sent | {"details": {"team_id": "T1"}}).get_json()
    assert {o["team_id"] for o in told["done"]} == {"T1"}
    for wrong in ([], [{"id": "x"}], [one], [{"id": one, "seen": "1"}], [{"id": one}] * 201):
        send(site, "/events", 400, {"event": "accept", "orders": wrong})


def test_the_list_and_its_filters(site):
    first = opened(site, note="电源柜")["id"]
    second = opened(site, cause="congestion")["id"]
    third = opened(site, site_id="S2", cause="unknown")["id"]
    act(site, second, "accept")
    act(site, second, "dispatch", details={"team_id": "T07"})
    act(site, third, "reject", reason="recovered")
    assert listed(site) == [third, second, first]
    for query, expected in {
        "state=open": [second, first],
        "state=proposed,rejected": [third, first],
        "site_id=S1": [second, first],
        "cell_id=C3": [third],
        "cause=congestion": [second],
        "team_id=T07": [second],
        "region_id=R1": [third],
        "region_id=R0&state=open&cause=hardware": [first],
        "q=电源": [first],
        "q=t07+wo-": [second],
        "q=C1": [second, first],
        "q=%25": [],
        "cause=' OR 1=1": [],
        "region_id=none": [],
    }.items():
        assert listed(site, f"?{query}") == expected, query


def test_pages_are_stable_while_orders_come(site):
    made = [opened(site, site_id=s, cause=c)["id"]
            for s in ("S1", "S2") for c in ("hardware", "congestion")]  # fmt: skip
    first = site.get(f"{OWN}?limit=2&state=open")
    assert [o["id"] for o in first.get_json()] == [made[3], made[2]]
    link = first.headers["Link"]
    assert link == f'<{OWN}?limit=2&state=open&after={made[2]}>; rel="next"'
    opened(site, site_id="S3", cause="unknown")
    rest = site.get(link[1 : link.index(">")])
    assert [o["id"] for o in rest.get_json()] == [made[1], made[0]]
    assert "Link" not in rest.headers


@pytest.mark.parametrize(
    "query",
    ["state=asleep", "state=", "limit=0", "limit=1001", "limit=x", "after=x", "colour=red",
     "at=yesterday", "q=a&q=b", "q=%00", "lang=en"],
)  # fmt: skip
def test_bad_parameters(site, query):
    opened(site)
    answer = site.get(f"{OWN}?{query}")
    assert answer.status_code == 400
    assert set(answer.get_json()["error"]) == {"code", "message", "hint"}


def test_an_earlier_moment_shows_the_orders_as_they_stood(site):
    order = opened(site)["id"]
    site.clock.at = NOW + 5 * MINUTE
    act(site, order, "accept")
    opened(site, site_id="S2", cause="unknown", note="later")
    site.clock.at = NOW + 9 * MINUTE
    then = "at=2026-11-21T15:25"  # two minutes after it was opened, in Beijing
    assert listed(site, f"?{then}") == [order]
    assert listed(site, f"?{then}&state=accepted&q=later") == []
    assert listed(site, f"?{then}&state=open&q={order}&site_id=S1&cell_id=C1&region_id=R0") == [
        order
    ]
    was = site.get(f"{OWN}/{order}?{then}").get_json()
    assert (was["state"], was["seq"], was["possible"]) == ("proposed", 1, [])
    assert len(site.get(f"{OWN}/{order}/events?{then}").get_json()) == 1
    assert site.get(f"{OWN}/WO-000002?{then}").status_code == 404
    assert listed(site, "?at=2026-11-21T00:00Z") == []
    assert listed(site, "?at=2999-01-01") == ["WO-000002", order]


def test_a_cell_tells_its_orders(site):
    first, second = opened(site)["id"], opened(site, cause="congestion", cell_ids=["C2"])["id"]
    act(site, second, "reject", reason="duplicate")

    def orders(cell, query=""):
        body = site.get(f"/api/v1/cells/{cell}{query}").get_json()
        return [(o["id"], o["state"]) for o in body["work_orders"]]

    assert orders("C1") == [(first, "proposed")]
    assert orders("C2") == [(first, "proposed"), (second, "rejected")]
    assert orders("C5") == []
    before = site.get("/api/v1/cells/C1").headers["ETag"]
    same = site.get("/api/v1/cells/C1", **{"If-None-Match": before})
    site.clock.at = NOW + 2 * MINUTE
    act(site, first, "accept")
    changed = site.get("/api/v1/cells/C1", **{"If-None-Match": before})
    assert (same.status_code, changed.status_code) == (304, 200)
    assert orders("C1", "?at=2026-11-21T15:24") == [(first, "proposed")]


def test_a_cell_is_told_of_though_its_orders_cannot_be_read(site):
    (site.data / "ops.sqlite").write_bytes(b"no database at all" * 100)
    answer = site.get("/api/v1/cells/C1")
    assert answer.status_code == 200
    assert answer.get_json()["work_orders"] is None
    assert site.get(OWN).get_json()["error"]["code"] == "ops_unreadable"
    assert "foresite_work_orders_readable 0.0" in site.get("/metrics").data.decode()


def test_it_is_answered_once_until_something_happens(site):
    order = opened(site)["id"]
    paths = ("", f"/{order}", f"/{order}/events", "/events?after=0")
    tags = {path: site.get(OWN + path).headers["ETag"] for path in paths}
    for path, tag in tags.items():
        again = site.get(OWN + path, **{"If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b"")
    act(site, order, "accept")
    for path, tag in tags.items():
        assert site.get(OWN + path, **{"If-None-Match": tag}).status_code == 200


def test_events_can_be_followed(site):
    order = opened(site)["id"]
    act(site, order, "accept")
    first, second = site.get(f"{OWN}/events").get_json()
    assert (first["order_id"], first["kind"], second["kind"]) == (order, "propose", "accept")
    [last] = site.get(f"{OWN}/events?after={first['id']}").get_json()
    assert last == second
    assert site.get(f"{OWN}/events?after={last['id']}").get_json() == []
    assert len(site.get(f"{OWN}/events?limit=1").get_json()) == 1


def test_without_any_order_and_without_a_database(site, empty_site):
    assert listed(site) == []
    assert site.get(f"{OWN}/events").get_json() == []
    for path in ("", "/WO-000001", "/WO-000001/events", "/events"):
        answer = empty_site.get(OWN + path)
        assert answer.status_code == 503
        assert answer.get_json()["error"]["code"] == "no_orders"


def test_gauges(site):
    order = opened(site)["id"]
    opened(site, cause="congestion")
    act(site, order, "accept")
    site.clock.at = NOW + 16 * MINUTE
    text = site.get("/metrics").data.decode()
    assert "foresite_work_orders_readable 1.0" in text
    assert 'foresite_work_orders{state="proposed"} 1.0' in text
    assert 'foresite_work_orders{state="accepted"} 1.0' in text
    assert 'foresite_work_orders{state="closed"} 0.0' in text
    assert 'foresite_work_orders_overdue{timer="accept"} 1.0' in text  # 15 minutes
    assert 'foresite_work_orders_overdue{timer="arrive"} 0.0' in text
    assert 'route="/api/v1/work-orders/<order_id>/events",status="200"' in text


def test_gauges_without_orders(empty_site):
    text = empty_site.get("/metrics").data.decode()
    assert "foresite_work_orders_readable 0.0" in text
    assert "foresite_work_order_plan_timestamp_seconds NaN" in text
    assert "foresite_work_orders{" not in text
